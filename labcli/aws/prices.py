"""What AWS asks for what a lab does: one dated list with its source.

Prices are for us-east-1, without the free tier, as of the date below. A region may ask more.
They are of AWS's price pages, not confirmed from here: a guide and not a quote. Calls that make, read or
delete functions, machines, log groups and roles cost nothing; what runs does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

AS_OF = "2026-11-24"

TRANSITIONS = 50
"""State transitions that are reckoned for one execution; 1,000 of them cost 2.5 cents (Step Functions pricing)."""

CALLS = 10
"""Invocations that are reckoned for one execution."""

POLLS = 900
"""Receives that a mapping makes in an hour without being asked: five pollers, each waits 20 s (Lambda, SQS scaling)."""

INVOCATION = 0.20 + 0.25 * 16.67
"""A million invocations in US dollars: the request, and 256 MB for a second."""

PER_MILLION: Mapping[str, float] = {
    # US dollars for a million; FIFO requests, the dearer ones, count for all
    "sqs": 0.50,
    "sns": 0.50,
    "polls": 0.50,
    "invocations": INVOCATION,
    "executions": TRANSITIONS * 25.0 + CALLS * INVOCATION,
}
"""Requests by their service, and what they set going. What is not named costs nothing."""

SET_GOING = frozenset({"polls", "invocations", "executions"})
"""What is no request of labcli's."""


class Cost(NamedTuple):
    """At most so many requests, at most so many dollars."""

    requests: int
    dollars: float

    def __str__(self) -> str:
        return "under 1 cent" if self.dollars < 0.01 else f"at most ${self.dollars:.2f}"


def cost(counts: Mapping[str, int]) -> Cost:
    """The cost of so many requests by service, and of so much that they set going."""
    dollars = sum(count * PER_MILLION.get(what, 0.0) / 1_000_000 for what, count in counts.items())
    return Cost(sum(count for what, count in counts.items() if what not in SET_GOING), dollars)
