"""Functions that raise while a step waits for what they should have done: said early, and not waited for in vain.

Their logs are read beside the step, at the pace of the plan. A function that feeds a queue which the step takes from,
and that fails every time it is invoked, is given up after Lambda's own number of attempts: three (AWS Lambda Developer
Guide, "How Lambda handles errors and retries with asynchronous invocation": two retries). Labs also raise on purpose:
whatever succeeds once, or feeds nothing that is awaited, stops no waiting.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from labcli.errors import AwsError, LabcliError
from labcli.lab.model import Call, Effect, Lab, Planned, ResourceSpec, Step, Times
from labcli.lab.refs import NoSuchValue
from labcli.steps.language import VERBS
from labcli.steps.world import Waiting, World

POLLS = 20
"""Polls of a step that repeats between two looks at a log: 2 s here, 20 s on an account."""
ATTEMPTS = 3
ENDS = '?"[ERROR]" ?"Task timed out" ?"Status: error" ?"END RequestId"'
"""A pattern of CloudWatch Logs: what Python's runtime writes of an error, the platform of a death, and each end."""
_ERROR = re.compile(r"\[ERROR\] ([\w.]+(?:: [^\r\n]*)?)")
_TIMED_OUT = re.compile(r"Task timed out after [\d.]+ seconds")
_DIED = re.compile(r"Status: error\tError Type: (\S+)")
_FRAME = re.compile(r'File "/var/task/([^"]+)", line (\d+), in (\S+)')


class Raised(NamedTuple):
    """A function that raised: the last error, where, how often, and how many invocations ended since the step began."""

    name: str
    error: str
    where: str
    times: int
    ended: int

    @property
    def always(self) -> bool:
        """Whether it has failed as often as Lambda tries, and never done anything else."""
        return self.times >= max(ATTEMPTS, self.ended)

    def __str__(self) -> str:
        """``lab_notify raised KeyError: 'Sms' in handler, notify.py:14, 3 times``."""
        often = f", {self.times} times" if self.times > 1 else ""
        verb = "" if _TIMED_OUT.match(self.error) else " raised"
        return f"{self.name}{verb or ':'} {self.error}{self.where}{often}"


def watched(step: Step, lab: Lab) -> dict[str, bool]:
    """The functions that a waiting step has to do with, and whether what it takes can come from nowhere else."""
    if not waits(step):
        return {}
    puts, takes = set[str](), set[str]()
    for each in step.tree():
        if each.verb and not each.arms and not each.steps:
            more_puts, more_takes = VERBS[each.verb].moves(each)
            puts, takes = puts | more_puts, takes | more_takes
    functions = [spec for spec in lab.resources.values() if spec.kind == "function"]
    feeds = {f.name: any(g.word == "send" and g.to in takes for g in f.props.may) for f in functions}
    told = {spec.props.to for spec in lab.resources.values() if spec.kind in _JOINS and _source(spec) in puts}
    return {name: fed for name, fed in feeds.items() if fed or name in told}


_JOINS = ("subscription", "mapping")


def _source(spec: ResourceSpec) -> str:
    return str(spec.props.topic if spec.kind == "subscription" else spec.props.queue)


def waits(step: Step) -> float:
    """Seconds that a step may wait for messages and for expectations, at most."""
    leaves = [each for each in step.tree() if each.verb and not each.arms and not each.steps]
    return sum(VERBS[each.verb].patience(each) for each in leaves)


def looks(step: Step, poll: float) -> int:
    """How often a log is read while the step waits, at most."""
    return int(waits(step) / (POLLS * poll))


def shape(step: Step, lab: Lab, poll: float) -> Iterator[Planned]:
    """The reads of logs that a run may make beside the step, and one when it has failed."""
    for name in watched(step, lab):
        params = _asked(f"${{{name}.log_group}}", "${began}")
        yield Planned(Call("logs", "filter_log_events", params), Times(0, looks(step, poll) + 1), Effect.READ)


def _asked(group: str, began: object) -> dict[str, Any]:
    return {"logGroupName": group, "startTime": began, "filterPattern": ENDS}


class Watch:
    """Looks at the logs of a step's functions while the step goes on. ``began`` is the wall time, seconds."""

    def __init__(self, step: Step, world: World, began: float) -> None:
        self._world = world
        self._functions = watched(step, world.lab)
        self._looks = looks(step, world.target.poll) if self._functions else 0
        self._began = int(began * 1000)
        self._over = threading.Event()
        self.vain = threading.Event()
        """Set when what the step waits for cannot come any more."""
        self._thread: threading.Thread | None = None
        self.raised: list[Raised] = []

    def report(self, waiting: Waiting) -> None:
        """Tell what the step waits for, and what has raised meanwhile."""
        said = f"{self.raised[0]} · {waiting.what}".removesuffix(" · ") if self.raised else waiting.what
        self._world.report(waiting._replace(what=said))

    def begin(self) -> None:
        """Look from now on, beside the step."""
        if self._looks:
            self._thread = threading.Thread(target=self._go_on, name="watch of logs", daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Look no more."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(5)

    def last(self) -> str:
        """What raised, in words, for a step that has failed; one more look."""
        if not self.vain.is_set():
            self._look()
        given_up = " It was not waited for any longer." if self.vain.is_set() else ""
        return "".join(f"{each}." for each in self.raised[:1]) + (given_up if self.raised else "")

    def _go_on(self) -> None:
        pause = POLLS * self._world.target.poll
        for _ in range(self._looks):
            if self._over.wait(pause) or self._world.stop.is_set():
                return
            self._look()
            if any(each.always and self._functions[each.name] for each in self.raised):
                self.vain.set()
                return

    def _look(self) -> None:
        found = [raised for name in self._functions if (raised := self._read(name)) is not None]
        self.raised = sorted(found, key=lambda each: (not self._functions[each.name], -each.times))

    def _read(self, name: str) -> Raised | None:
        """A look at one log; None when it says nothing, or cannot be read: this is beside the step."""
        world = self._world
        try:
            group = world.port.attributes(name)["log_group"]
            answer = world.call("logs", "filter_log_events", _asked(str(group), self._began))
        except (AwsError, LabcliError, NoSuchValue, KeyError):
            return None
        return read(name, answer.get("events", []))


def read(name: str, events: list[Mapping[str, Any]]) -> Raised | None:
    """What the events of a log say of a function that raised; None when it did not."""
    messages = [str(each.get("message", "")) for each in events]
    errors = [(error, each) for each in messages if (error := _error(each))]
    if not errors:
        return None
    last, message = errors[-1]
    frames = _FRAME.findall(message)
    where = f" in {frames[-1][2]}, {frames[-1][0]}:{frames[-1][1]}" if frames else ""
    ended = sum(each.startswith("END RequestId") for each in messages)
    return Raised(name, last, where, len(errors), ended)


def _error(message: str) -> str:
    """The error of one event: ``KeyError: 'Sms'``; empty when it is none."""
    if found := _ERROR.match(message):
        return found[1]
    if found := _TIMED_OUT.search(message):
        return found[0]
    return found[1] if (found := _DIED.search(message)) else ""
