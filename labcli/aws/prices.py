"""What AWS asks for what a lab does. The prices themselves stand with their services (``labcli.aws.services``).

They are for us-east-1, without the free tier, as of the date below. A region may ask more.
They are of AWS's price pages, not confirmed from here: a guide and not a quote. Calls that make, read or
delete functions, machines, log groups and roles cost nothing; what runs does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from labcli.aws.services import SERVICES

AS_OF = "2026-11-24"


class Cost(NamedTuple):
    """At most so many requests, at most so many dollars."""

    requests: int
    dollars: float

    def __str__(self) -> str:
        return "under 1 cent" if self.dollars < 0.01 else f"at most ${self.dollars:.2f}"


def cost(counts: Mapping[str, int]) -> Cost:
    """The cost of so many requests by service, and of so much that they set going."""
    requests = {each.name: each.price for each in SERVICES.values()}
    set_going = {what: price for each in SERVICES.values() for what, price in each.sets_going.items()}
    million = {**requests, **set_going}
    dollars = sum(count * million.get(what, 0.0) / 1_000_000 for what, count in counts.items())
    return Cost(sum(count for what, count in counts.items() if what not in set_going), dollars)
