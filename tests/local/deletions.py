"""Deletes each declared name of the engine and of the interpreter in turn, and looks what becomes of its room.

Run as a program, in a process of its own: it takes the engine apart. Prints, by name, what was wrong.
"""

from __future__ import annotations

import importlib
import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from labcli.local import iam
from labcli.local.awslike import mode
from labcli.local.engine import Engine, keys, persistence, saving, sessions
from labcli.local.functions import correct as functions
from labcli.local.functions import worker
from labcli.local.names import missing, split
from labcli.local.process.keyring import Keys
from labcli.local.sns import correct as sns
from labcli.local.sqs import correct as sqs
from labcli.local.stepfunctions import correct as stepfunctions
from labcli.local.stepfunctions import service
from tests.local.declared import Declaration, asked, declarations

KEYS = Keys("LKIA" + "A" * 16, "secret", 1, "123456789012", "eu-central-1")


# -- taking the engine apart -------------------------------------------------------------------------------------------

Owned = dict[int, tuple[Any, dict[Any, Any]]]


def held() -> Owned:
    """Every module of the package, and every thing inside of which a name is declared, with what is in it."""
    owners: list[Any] = [m for name, m in sys.modules.items() if name.partition(".")[0] == "ministack"]
    for each in declarations():
        for owner in [owner for owner, _ in _way(each)][1:]:
            owners += [owner, *(of for of in getattr(owner, "__mro__", ()) if _theirs(of))]
    return {id(owner): (owner, dict(_inside(owner))) for owner in owners}


def _theirs(cls: type) -> bool:
    return cls.__module__.startswith("ministack")


def _inside(owner: Any) -> Any:
    return owner if isinstance(owner, dict) else vars(owner)


def _way(each: Declaration) -> Iterator[tuple[Any, str]]:
    owner, rest = each.bound.labcli.find(), each.wanted
    while rest:
        step, rest = split(rest)
        yield owner, step
        owner = owner[step[1:-1]] if step.startswith("[") else getattr(owner, step)


def changed(before: Owned) -> set[str]:
    """The names whose values are not what they were."""
    found: set[str] = set()
    for owner, was in before.values():
        now = _inside(owner)
        found |= {str(name) for name in {*was, *now} if was.get(name, owner) is not now.get(name, owner)}
    return found


def put_back(before: Owned) -> None:
    for owner, was in before.values():
        now = dict(_inside(owner))
        for name in {*was, *now}:
            if was.get(name, before) is now.get(name, before):
                continue
            if isinstance(owner, dict):
                owner.pop(name, None) if name not in was else owner.__setitem__(name, was[name])
            elif name in was:
                setattr(owner, name, was[name])
            else:
                delattr(owner, name)


@contextmanager
def without(each: Declaration, pristine: Owned) -> Iterator[Owned]:
    """The engine without this name, as nobody has corrected it; gives what is in it now."""
    way = list(_way(each))
    owner, step = way[-1]
    if step.startswith("["):
        del owner[step[1:-1]]
    elif not isinstance(owner, type | ModuleType) and step not in vars(owner):  # its class is not of the engine
        above, name = way[-2]
        setattr(above, name, Lacking(owner, step))
    else:
        _delete(owner, step)
    try:
        yield {key: (thing, dict(_inside(thing))) for key, (thing, _) in pristine.items()}
    finally:
        put_back(pristine)


def _delete(owner: Any, name: str) -> None:
    """Where it stands, and wherever a class has it from."""
    for holder in getattr(owner, "__mro__", (owner,)):
        if name in vars(holder):
            delattr(holder, name)


class Lacking:
    """A thing without one of its names."""

    def __init__(self, thing: Any, name: str) -> None:
        self.__dict__ |= {"_thing": thing, "_name": name}

    def __getattr__(self, name: str) -> Any:
        if name == self._name:
            raise AttributeError(name)
        return getattr(self._thing, name)


# -- the rooms -------------------------------------------------------------------------------------------------------


def clock() -> float:
    return 0.0


CORRECT: dict[str, Callable[[], list[str]]] = {
    "iam": iam.correct,
    "sqs": lambda: sqs.correct("secret", clock),
    "sns": lambda: sns.correct(clock),
    "functions": lambda: functions.correct(clock),
    "stepfunctions": lambda: stepfunctions.correct(service.StepFunctions(KEYS, clock)),
    "awslike": lambda: mode.begin(7, clock),
}


def unsaid(each: Declaration, said: list[str]) -> list[str]:
    """What is wrong with what was said: this one is to be named, and else only what has gone with it."""
    gone = missing(*(other.bound for other in declarations()))
    return [] if each.name in said and set(said) <= set(gone) and len(set(said)) == len(said) else [f"it says {said}"]


def of_a_room(name: str, each: Declaration, before: Owned) -> list[str]:
    wrong = [f"{name}: {trouble}" for trouble in unsaid(each, CORRECT[name]())]
    return wrong + ([f"{name} is half done: {sorted(left)}"] if (left := changed(before)) else [])


def of_the_inside(each: Declaration, before: Owned) -> list[str]:
    """What the engine's own Step Functions would run, which is looked for after the server answers."""
    broken: list[str] = []
    service.StepFunctions(KEYS, clock, broken=broken).warm()
    return unsaid(each, broken) + [f"half done: {name}" for name in changed(before)]


def of_the_engine(each: Declaration, before: Owned) -> list[str]:
    engine = Engine(KEYS.account, KEYS.access_key, KEYS.secret_key)
    wrong = unsaid(each, engine.broken)
    wrong += [f"half done: {name}" for name in changed(before) - {"_collect_scripts"}]
    if each.bound in (saving, persistence) and engine.can_save:
        wrong.append("it would save")
    if each.bound in (keys, sessions) and engine.secret("ASIA" + "A" * 16, "token") is not None:
        wrong.append("it knows a stranger")
    engine.warm()
    engine.kill_workers()
    return wrong


def look(each: Declaration, pristine: Owned, stands_on: dict[str, set[int]]) -> list[str]:
    """What is wrong when this one is gone."""
    wrong: list[str] = []
    if isinstance(_value(each), ModuleType) and _value(each).__name__.startswith("ministack"):
        wrong.append("it is a module: what is in it would not be declared")
    with without(each, pristine) as before:
        if each.bound is service.engines:
            return wrong + of_the_inside(each, before)
        if each.room == "engine":
            return wrong + of_the_engine(each, before)
    for name in CORRECT:
        if name == each.room or id(each.bound) in stands_on.get(name, set()):
            with without(each, pristine) as before:
                wrong += of_a_room(name, each, before)
    return wrong


def _value(each: Declaration) -> Any:
    *_, (owner, step) = _way(each)
    return owner[step[1:-1]] if step.startswith("[") else getattr(owner, step)


OBJECTS = {f"core.lambda_runtime.Worker.{name}": ("lambda_runtime", name) for name in worker.OF_A_WORKER}
"""What only objects have: the label, and where and what it is."""


def of_an_object(label: str, pristine: Owned) -> list[str]:
    """What is wrong when objects of the engine's have this no more."""
    file, name = OBJECTS[label]
    owner: Any = getattr(importlib.import_module(f"ministack.core.{file}"), label.split(".")[-2])
    original = owner.__init__

    def without_it(self: Any, *given: Any, **named: Any) -> None:
        original(self, *given, **named)
        delattr(self, name)

    owner.__init__ = without_it
    try:
        before = {key: (thing, dict(_inside(thing))) for key, (thing, _) in pristine.items()}
        broken = functions.correct(clock)
        wrong = [] if broken == [label] else [f"it says {broken}"]
        return wrong + [f"half done: {left}" for left in changed(before)]
    finally:
        owner.__init__ = original
        put_back(pristine)


def of_a_state() -> list[str]:
    """A saved state of two services, one of which can no longer take its own: neither is put back."""
    sqs_module, sns_module = (importlib.import_module(f"ministack.services.{name}") for name in ("sqs", "sns"))
    engine, took = Engine(KEYS.account, KEYS.access_key, KEYS.secret_key), list[Any]()
    sqs_module.load_persisted_state = took.append  # type: ignore[attr-defined]
    del sns_module.load_persisted_state  # type: ignore[attr-defined]
    try:
        engine.restore({"sqs": "{}", "sns": "{}"})
    except LookupError:
        moved = ["services.sns.load_persisted_state"]
        return [] if (took, engine.broken) == ([], moved) else [f"it took {took}, and says {engine.broken}"]
    return ["it was put back"]


def main() -> None:
    """Delete each."""
    logging.disable(logging.CRITICAL)
    stands_on, told = asked(), dict[str, list[str]]()
    assert missing(*(each.bound for each in declarations())) == []
    pristine = held()
    for each in declarations():
        try:
            wrong = look(each, pristine, stands_on)
        except Exception as error:  # noqa: BLE001  a room that falls is what is looked for
            wrong = [f"{type(error).__name__}: {error}"]
        told.setdefault(each.name, []).extend(wrong)
    told |= {label: of_an_object(label, pristine) for label in OBJECTS}
    told["restore"] = of_a_state()
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
