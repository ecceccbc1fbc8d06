"""Performing a step: its arms or sub-steps or its verb, its repetition, its expectations, its saves.

One function for every step at every depth; what is particular to a verb is in the verb's file.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from labcli.errors import AwsError
from labcli.lab.expect import Expectation, look, seek
from labcli.lab.model import Step
from labcli.lab.words import text_of
from labcli.steps.depth import depth_of
from labcli.steps.language import VERBS
from labcli.steps.parallel import at_once
from labcli.steps.verb import Result
from labcli.steps.world import Waiting, World

_NOT_YET = re.compile(r"NotFound|DoesNotExist|NonExistent|NoSuch", re.IGNORECASE)


@dataclass
class Done:
    """What a step gave. ``expectations`` are its own and those of the steps inside it."""

    document: dict[str, Any]
    expectations: list[Expectation] = field(default_factory=list)
    tries: int = 1
    error: AwsError | None = None
    titles: dict[str, str] = field(default_factory=dict)
    """The titles of the steps inside it as a reader is told them, by the steps' numbers."""

    @property
    def passed(self) -> bool:
        """Whether all that was expected was seen."""
        return self.error is None and all(each.met for each in self.expectations)

    def inside(self, name: str) -> list[Expectation]:
        """Its expectations as the step around it tells them: ``work: completed_count``."""
        return [each._replace(path=f"{name}: {each.path}") for each in self.expectations]


def perform(step: Step, world: World) -> Done:
    """Perform one step. Its saves go into ``world.saved`` when it passed.

    Raises what AWS or the target raises when the step did not expect it.
    """
    here = world.inside()
    started = here.monotonic()
    if step.arms:
        done = _together(step.arms, here)
    elif step.steps:
        done = _BLOCKS[step.verb](step, here)
    else:
        done = _verb(step, here)
    if done.passed and _wants_depth(step) and (url := queue_of(step)):
        done.document["depth"] = depth_of(here, url)
    done.document.setdefault("calls", here.count.calls)
    done.document.setdefault("seconds", round(here.monotonic() - started, 2))
    if step.arms or step.steps or not VERBS[step.verb].repeats or _late(step):
        done.expectations += look(here.fill(step.expect), done.document) if done.passed else []
    if done.passed:
        for name, path in step.save.items():
            world.saved[name] = seek(path, done.document)
    return done


def _wants_depth(step: Step) -> bool:
    return any(heading == "depth" and not path for heading, path in step.show)


def _late(step: Step) -> bool:
    """Expectations of a single ``do`` are looked at once everything of its document is there."""
    return step.within is None


def queue_of(step: Step) -> str:
    """The queue that a step is about; of a block, the last one that its steps are about."""
    if step.steps or step.arms:
        return next((url for each in reversed(step.steps) if (url := queue_of(each))), "")
    return VERBS[step.verb].queue(step)


def _either(step: Step, world: World) -> Done:
    """One of the steps: in a guided run the person says which, else it is the first."""
    steps = tuple(_titled(each, world) for each in step.steps)
    name = world.choose(step._replace(steps=steps))
    chosen = next(each for each in steps if each.name == name)
    inner = perform(chosen, world)
    titles = {each.number: each.title for each in steps} | inner.titles
    return Done({"chosen": name, name: inner.document}, inner.inside(name), inner.tries, titles=titles)


def _titled(step: Step, world: World) -> Step:
    """A step inside another with its title as a reader is told it: its surroundings know what it may name."""
    return step._replace(title=world.told(step.title))


def told(step: Step, titles: Mapping[str, str]) -> Step:
    """A step with the titles of the steps inside it as they were told."""
    return step._replace(
        title=titles.get(step.number, step.title),
        arms=tuple(told(each, titles) for each in step.arms),
        steps=tuple(told(each, titles) for each in step.steps),
    )


def _asked_first(steps: tuple[Step, ...], world: World) -> World:
    """The world of steps that go on at once: what a person is to choose in them is asked before they begin."""
    answers: dict[str, str] = {}

    def ask(step: Step) -> None:
        inner = step.steps
        if step.verb == "either" and not step.arms:
            answers[step.number] = world.choose(step._replace(steps=tuple(_titled(each, world) for each in inner)))
            inner = tuple(each for each in inner if each.name == answers[step.number])
        for each in inner:
            ask(each)

    for step in steps:
        ask(step)
    return replace(world, choose=lambda step: answers[step.number]) if answers else world


def _in_order(steps: tuple[Step, ...], world: World) -> Done:
    done = Done({})
    for step in (_titled(each, world) for each in steps):
        inner = perform(step, world)
        done.titles |= {step.number: step.title} | inner.titles
        done.document[step.name] = inner.document
        done.expectations += inner.inside(step.name)
        done.tries = max(done.tries, inner.tries)
        if not inner.passed:
            break
    return done


def _together(steps: tuple[Step, ...], world: World) -> Done:
    """All at once. Background steps are told when the others have ended."""
    world = replace(world, rest_done=threading.Event())  # of these steps, not of a block before or around them
    steps = tuple(_titled(each, world) for each in steps)
    world = _asked_first(steps, world)
    left = [step.name for step in steps if not _in_background(step)]

    def one(step: Step) -> Done:
        try:
            return perform(step, world.inside())
        finally:
            if step.name in left:
                left.remove(step.name)
                if not left:
                    world.rest_done.set()

    results: dict[str, Done] = at_once({step.name: partial(one, step) for step in steps}, world)
    done = Done({name: result.document for name, result in results.items()})
    done.titles = {step.number: step.title for step in steps}
    for result in results.values():
        done.titles |= result.titles
    for name, result in results.items():
        done.expectations += result.inside(name)
    return done


_BLOCKS: dict[str, Callable[[Step, World], Done]] = {
    "in_order": lambda step, world: _in_order(step.steps, world),
    "together": lambda step, world: _together(step.steps, world),
    "either": _either,
}


def _in_background(step: Step) -> bool:
    return not step.arms and not step.steps and VERBS[step.verb].background


def _verb(step: Step, world: World) -> Done:
    verb = VERBS[step.verb]
    if not verb.repeats:
        ran = verb.run(step, world)
        return Done(dict(ran.document), list(ran.unmet))
    deadline = world.monotonic() + (step.within or 0.0)
    tries, seen = 0, ""
    while True:
        tries += 1
        if step.within is not None:  # said before the call, which may be a long poll
            world.report(Waiting(_awaited(step), seen, max(0.0, deadline - world.monotonic())))
        done = _once(step, world)
        done.tries = tries
        left = 0.0 if world.vain.is_set() else deadline - world.monotonic()
        if (done.passed and done.error is None) or left <= 0 or tries >= tries_allowed(step, world.target.poll):
            return done
        seen = _seen(done)
        world.pause(min(world.target.poll, left))


def _awaited(step: Step) -> str:
    """What is waited for: the title of a step inside another; a step of the lab has its title beside it anyway."""
    return step.title if step.name else ""


def tries_allowed(step: Step, poll: float) -> int:
    """The most tries of a step that repeats: it stops there, so that the plan's promise holds."""
    return 1 if step.within is None else int(step.within / poll) + 2


def _once(step: Step, world: World) -> Done:
    """One try: the call, and its expectations when they can be looked at now."""
    try:
        ran: Result = VERBS[step.verb].run(step, world)
    except AwsError as error:
        if step.fails:
            document = {"error": {"code": error.code, "message": error.aws_message}}
            return Done(document, [Expectation("error", step.fails, error.code, step.fails in error.names)])
        if step.within is not None and any(_NOT_YET.search(name) for name in error.names):
            return Done(
                {"error": {"code": error.code}}, [Expectation("an answer", "one", error.code, False)], error=error
            )
        raise
    done = Done(dict(ran.document), list(ran.unmet))
    if step.fails:
        done.expectations.append(Expectation("error", step.fails, None, False))
    if step.within is not None:
        done.expectations += look(world.fill(step.expect), done.document)
    return done


def _seen(done: Done) -> str:
    missing = next((each for each in done.expectations if not each.met), None)
    return text_of(missing.seen) if missing is not None else ""
