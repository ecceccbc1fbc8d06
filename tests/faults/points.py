"""Which of the points of a command are killed at: a few in `make test`, many in `make faults`, all with FULL=1."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from functools import partial

import pytest

from tests.faults.conftest import Nursery

FULL = bool(os.environ.get("FULL"))
KILLED = -9
_SEED = 20250607

Points = Callable[[list[str]], list[int]]
"""The names of all points of a command → those to be killed at, by their numbers."""


def few(names: list[str]) -> list[int]:
    """One point of each sort: before a call that acts, after one, in the middle of a line of the ledger, after one."""
    acting = [number for number, name in enumerate(names) if _acts(name)]
    sorts = [
        [number for number in acting if names[number].startswith("before ")],
        [number for number in acting if names[number].startswith("after ")],
        [number for number, name in enumerate(names) if name.startswith("half of ")],
        [number for number, name in enumerate(names) if name == "it is synced"],
    ]
    rng = random.Random(_SEED)
    return sorted(rng.choice(sort) for sort in sorts if sort)


def many(names: list[str], sample: int) -> list[int]:
    """The points around every call that acts of each kind's first create and delete, and a sample; all with FULL=1."""
    if FULL:
        return list(range(len(names)))
    own = [n for n in _of_each_kind(names) if names[n].startswith(("before ", "after ")) and _acts(names[n])]
    rest = sorted(set(range(len(names))) - set(own))
    return sorted({*own, *random.Random(_SEED).sample(rest, min(sample, len(rest)))})


def anywhere(sample: int) -> pytest.MarkDecorator:
    """Such a test gets ``points``: few in `make test`, and many, with a sample of this size, in `make faults`."""
    faults = pytest.param(partial(many, sample=sample), marks=pytest.mark.faults, id="many")
    return pytest.mark.parametrize("points", [pytest.param(few, id="few"), faults])


def seeds(few: int, many: int, full: int) -> pytest.MarkDecorator:
    """Such a test gets ``seeds`` of so many turns: in `make test`, in `make faults`, and there with FULL=1."""
    faults = pytest.param(range(full if FULL else many), marks=pytest.mark.faults, id="many")
    return pytest.mark.parametrize("seeds", [pytest.param(range(few), id="few"), faults])


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
    nursery: Nursery, argv: list[str], points: Points, before: Callable[[], object], after: Callable[[str], object]
) -> tuple[int, int]:
    """Kill a command at its chosen points. How many there are, and at how many it was killed."""
    before()
    code, names = nursery.run(*argv)
    assert code == 0
    after("nowhere")
    killed = points(names)
    for number in killed:
        before()
        code, seen = nursery.run(*argv, fatal=number)
        assert (code, seen) == (KILLED, names[: number + 1]), "the points of a dry run and of this one differ"
        after(f"{number} {names[number]}")
    before()
    code, seen = nursery.run(*argv, fatal=len(names))
    assert (code, seen) == (0, names), "there is no further point"
    after("nowhere")
    return len(names), len(killed)
