"""An execution that is under way: waited for, looked at, stopped when it takes too long, and read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from labcli.errors import AwsError, LabcliError
from labcli.lab.refs import NoSuchValue
from labcli.steps.world import Waiting, World

FASTEST = 0.1
"""Seconds between two looks, on the fastest target; the plan promises no more than that."""
PAGE, PAGES = 1000, 50
"""Events of a page, and pages of a history that are read: AWS keeps 25,000 events (Step Functions quotas)."""
REREADS = 3
"""How often a history without its end is read again: GetExecutionHistory is eventually consistent."""
PEEK = 20
"""Events that are looked at to say in which state an execution is."""
STOPPED = "Labcli.Stopped"
"""The error of an execution that labcli stopped."""
OVER = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")
"""The statuses of an execution that has ended (DescribeExecution, ``status``); a redrive is not looked at."""


class Execution:
    """An execution that is under way. ``late`` names the state in which its time was over."""

    def __init__(self, world: World, machine: str, arn: str, within: float) -> None:
        self.world = world
        self.machine = machine
        self.arn = arn
        self.within = within
        self.late = ""
        self._stopped = False
        self._peeked = world.monotonic() + 1.0 - FASTEST

    def run(self) -> dict[str, Any]:
        """Wait, stop it when it takes too long and it is ours, and read it: the step's document."""
        from labcli.machines.executions import document_of

        described = self._wait()
        if described.get("status") not in OVER:
            self.stop(f"still running after {self.within:g} s")
            described = self._call("describe_execution")
            self.late = "?" if described.get("status") in ("ABORTED", "RUNNING") else ""
        machine = self.machine or self._machine(described)
        document = {"machine": machine, **document_of(described, self._history(), self._definition())}
        if self.late:
            self.late = str((document["path"] or ["no state"])[-1])
        return document

    def _machine(self, described: Mapping[str, Any]) -> str:
        """The lab's name of the machine whose execution this is; AWS's where it is none of the lab's."""
        arn = described.get("stateMachineArn")
        specs = {**self.world.lab.resources, **self.world.lab.borrowed}
        machines = [name for name, spec in specs.items() if spec.kind == "machine"]
        for name in machines:
            with suppress(NoSuchValue):
                if self.world.fill(f"${{{name}.arn}}") == arn:
                    return name
        return str(arn).rpartition(":")[2]

    def _wait(self) -> dict[str, Any]:
        world, began, seen = self.world, self.world.monotonic(), ""
        described: dict[str, Any] = {}
        for _ in range(looks(self.within, world.target.poll)):
            left = self.within - (world.monotonic() - began)
            world.report(Waiting("until the execution ends", seen, max(0.0, left)))
            described = self._call("describe_execution")
            if described.get("status") in OVER or left <= 0:
                break
            seen = self._peek() or seen or str(described.get("status"))
            world.pause(min(world.target.poll, left))
        return described

    def _peek(self) -> str:
        """The state in which it is, for those who wait; asked once a second, and not at all of a quick one."""
        if self.world.monotonic() - self._peeked < 1.0:
            return ""
        self._peeked = self.world.monotonic()
        try:
            last = self._call("get_execution_history", maxResults=PEEK, reverseOrder=True).get("events", [])
        except AwsError:
            return ""
        names = (event["stateEnteredEventDetails"].get("name") for event in last if "stateEnteredEventDetails" in event)
        name = next(names, "")
        return f"RUNNING, in {name}" if name else ""

    def stop(self, because: str) -> None:
        """Stop it, once, as well as one can: it may have ended meanwhile."""
        if self._stopped or not self.machine:  # another step started it
            return
        self._stopped = True
        with suppress(LabcliError):
            self._call("stop_execution", error=STOPPED, cause=f"labcli stopped it: {because}")

    def _history(self) -> list[Any]:
        """All events, read again where the last one is missing yet."""
        events: list[Any] = []
        for again in range(REREADS):
            if again:
                self.world.pause(self.world.target.poll)
            events = every_event(partial(self._call, "get_execution_history"))
            if events and str(events[-1].get("type", "")).startswith("Execution") and len(events) > 1:
                break
        return events

    def _definition(self) -> Any:
        """The definition that it ran with; an update of the machine does not touch it. None when nobody knows."""
        try:
            return self._call("describe_state_machine_for_execution").get("definition")
        except AwsError:
            return None

    def _call(self, operation: str, **more: Any) -> dict[str, Any]:
        return self.world.call("stepfunctions", operation, {"executionArn": self.arn, **more})


def every_event(page_of: Callable[..., Mapping[str, Any]]) -> list[Any]:
    """All events of an execution's history. ``page_of`` is asked for each page, by GetExecutionHistory's parameters."""
    events: list[Any] = []
    more: dict[str, Any] = {}
    for _ in range(PAGES):
        page = page_of(maxResults=PAGE, **more)
        events += page.get("events", [])
        if not page.get("nextToken"):
            break
        more = {"nextToken": page["nextToken"]}
    return events


def looks(within: float, poll: float) -> int:
    """The most times that an execution is looked at: a run stops there, so that the plan's promise holds."""
    return int(within / max(poll, FASTEST)) + 1
