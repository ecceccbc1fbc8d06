"""Which of the points of a command are killed at: all of them in ``make soak``, some of them in the tests."""

from __future__ import annotations

import os
import random
from collections.abc import Callable

from tests.faults.conftest import Nursery

EVERY = bool(os.environ.get("EVERY_POINT"))
KILLED = -9
_SEED = 20250607


def chosen(names: list[str], sample: int) -> list[int]:
    """Points by their numbers: around every call that acts of each kind's first create and delete, and a sample."""
    if EVERY:
        return list(range(len(names)))
    own = [number for number in _of_each_kind(names) if names[number].startswith(("before ", "after "))]
    own = [number for number in own if _acts(names[number])]
    rest = sorted(set(range(len(names))) - set(own))
    return sorted({*own, *random.Random(_SEED).sample(rest, min(sample, len(rest)))})


def _of_each_kind(names: list[str]) -> list[int]:
    """The points from the intent of the first create, and of the first delete, of each kind to the next intent."""
    found, seen, inside = [], set(), False
    for number, name in enumerate(names):
        if name.startswith("before intent "):
            what = name.removeprefix("before ").removesuffix(" is written")
            inside = what not in seen
            seen.add(what)
        if inside:
            found.append(number)
    return found


def _acts(name: str) -> bool:
    """Whether a point is one around a call that changes something."""
    operation = name.rpartition(".")[2]
    return "." in name and not operation.startswith(("get_", "list_", "describe_"))


def each_point(
    nursery: Nursery, argv: list[str], sample: int, before: Callable[[], object], after: Callable[[str], object]
) -> tuple[int, int]:
    """Kill a command at its chosen points. How many there are, and at how many it was killed."""
    before()
    code, names = nursery.run(*argv)
    assert code == 0
    after("nowhere")
    points = chosen(names, sample)
    for number in points:
        before()
        code, seen = nursery.run(*argv, fatal=number)
        assert (code, seen) == (KILLED, names[: number + 1]), "the points of a dry run and of this one differ"
        after(f"{number} {names[number]}")
    before()
    code, seen = nursery.run(*argv, fatal=len(names))
    assert (code, seen) == (0, names), "there is no further point"
    after("nowhere")
    return len(names), len(points)
