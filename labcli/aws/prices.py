"""What AWS asks for a call, by service: one dated list with its source.

Prices are for us-east-1, without the free tier, as of the date below. A region may ask more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

AS_OF = "2026-11-24"

SOURCE = "AWS price pages; not confirmed from here, so a guide and not a quote"

PER_MILLION: Mapping[str, float] = {
    # US dollars for a million requests; FIFO requests, the dearer ones, count for all
    "sqs": 0.50,
    "sts": 0.0,
    "iam": 0.0,
}


class Cost(NamedTuple):
    """At most so many requests, at most so many dollars."""

    requests: int
    dollars: float

    def __str__(self) -> str:
        return "under 1 cent" if self.dollars < 0.01 else f"at most ${self.dollars:.2f}"


def cost(requests: Mapping[str, int]) -> Cost:
    """The cost of so many requests by service."""
    dollars = sum(count * PER_MILLION.get(service, 0.0) / 1_000_000 for service, count in requests.items())
    return Cost(sum(requests.values()), dollars)
