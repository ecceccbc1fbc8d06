"""The verb ``execute``: one execution of a state machine, started, awaited and read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from labcli.errors import AwsError, LabcliError
from labcli.lab.aws import Shape
from labcli.lab.expect import Expectation
from labcli.lab.given import ANY, list_of, map_of, structure, words
from labcli.lab.model import Call, Effect, Planned, Step, Times
from labcli.lab.params import encode
from labcli.lab.reader import Reader
from labcli.lab.refs import only
from labcli.lab.scope import Scope
from labcli.steps.evidence.evidence import Facts, Plot, Table, side_by_side
from labcli.steps.verb import Plain, Ran
from labcli.steps.world import Stopped, Waiting, World

DEFAULT_WITHIN = 60.0
"""Seconds that an execution may take where the step does not say."""
FASTEST = 0.1
"""Seconds between two looks, on the fastest target; the plan promises no more than that."""
PAGE, PAGES = 1000, 50
"""Events of a page, and pages of a history that are read: AWS keeps 25,000 events (Step Functions quotas)."""
REREADS = 3
"""How often a history without its end is read again: GetExecutionHistory is eventually consistent."""
_PEEK = 20
"""Events that are looked at to say in which state an execution is."""
_STOPPED = "Labcli.Stopped"
"""The error of an execution that labcli stopped."""
OVER = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")
"""The statuses of an execution that has ended (DescribeExecution, ``status``); a redrive is not looked at."""
_NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}")
"""A name that StartExecution takes."""
_END = re.compile(r"\b(status|error|cause)\b")


class ExecuteArgs(NamedTuple):
    """The machine by its name, its input (a mapping, a list, or a reference to one), the name of the execution."""

    machine: str
    input: Any = None
    name: str = ""


class Execute(Plain):
    """Start an execution, wait until it ends, and read its history."""

    takes = frozenset({"within"})
    gives = structure({
        "status": words(*OVER), "output": "any", "input": "any", "error": "string", "cause": "any",
        "path": list_of("string"), "gaps": map_of(list_of("float")), "attempts": map_of("integer"),
        "branches": list_of(structure({
            "state": "string", "index": "integer", "name": "string", "start": "float", "end": "float",
            "seconds": "float", "status": words(*OVER, "RUNNING"),
        })),
        "spread": "float", "execution": "string", "name": "string", "machine": "string", "seconds": "float",
        "events": list_of("any"), "definition": "any",
    })  # fmt: skip

    def read(self, step: Reader) -> ExecuteArgs:
        """``execute: flow``, ``input: {orderId: o-1}``, ``name: order-1``."""
        given = step.data.get("input")
        whole = isinstance(given, list) or only(given) is not None
        data = step.raw("input") if whole else step.mapping("input")
        return ExecuteArgs(step.text("execute"), data, step.text("name"))

    def title(self, args: ExecuteArgs) -> str:
        """``Execute flow``."""
        return f"Execute {args.machine}"

    def check(self, step: Step, scope: Scope) -> None:
        """The machine exists, and the name is one that AWS takes.

        The input is JSON: a lab file holds nothing else. Nor can it be larger than the 262,144 bytes that
        StartExecution takes, since a lab file is not.
        """
        args: ExecuteArgs = step.args
        spec = scope.resource(args.machine, (*step.where, "execute"), "machine")
        if spec is not None and spec.props.type == "EXPRESS":
            said = f"`{args.machine}` is an Express machine, of which AWS keeps no history"
            scope.findings.add((*step.where, "execute"), said)
        scope.references(args.input, (*step.where, "input"))
        scope.references(args.name, (*step.where, "name"))
        if args.name and "${" not in args.name and not _NAME.fullmatch(args.name):
            said = "an execution's name is up to 80 characters without spaces and special ones such as : / * ?"
            scope.findings.add((*step.where, "name"), said)

    def answer(self, step: Step, scope: Scope) -> Shape:
        """With the events as AWS's model has them."""
        history = scope.catalog.operation("stepfunctions", "get_execution_history")
        events = history.output.members["events"] if history is not None and history.output is not None else ANY
        return structure({**self.gives.members, "events": events})

    def shape(self, step: Step, scope: Scope) -> list[Planned]:
        """A start, looks until it has ended, its history and its definition; a stop when it takes too long."""
        within = step.within or DEFAULT_WITHIN
        known = scope.catalog.operation("stepfunctions", "start_execution")
        start = encode(known.input if known is not None else None, _start(step.args))
        this = {"executionArn": "${execution}"}
        history = {**this, "maxResults": PAGE}
        more, peek = {**history, "nextToken": "${nextToken}"}, {**this, "maxResults": _PEEK, "reverseOrder": True}
        stop = {**this, "error": _STOPPED, "cause": "${cause}"}
        looks = Times(1, _looks(within, FASTEST) + 1, "it has ended")
        return [
            Planned(Call("stepfunctions", "start_execution", start), effect=Effect.DATA),
            Planned(Call("stepfunctions", "describe_execution", this), looks),
            Planned(Call("stepfunctions", "get_execution_history", peek), Times(0, int(within) + 1)),
            Planned(Call("stepfunctions", "get_execution_history", history), Times(1, REREADS)),
            Planned(Call("stepfunctions", "get_execution_history", more), Times(0, REREADS * (PAGES - 1))),
            Planned(Call("stepfunctions", "describe_state_machine_for_execution", this)),
            Planned(Call("stepfunctions", "stop_execution", stop), Times(0, 1), Effect.DATA),
        ]

    def run(self, step: Step, world: World) -> Ran:
        """Start it, wait, read. AwsError when it cannot be started; Stopped, after a try to stop it, on Ctrl-C."""
        from labcli.machines.executions import why

        started = world.call("stepfunctions", "start_execution", _start(step.args))
        arn = str(started["executionArn"])
        execution = _Execution(world, step.args.machine, arn, step.within or DEFAULT_WITHIN)
        try:
            document = execution.run()
        except (KeyboardInterrupt, Stopped, AwsError):
            execution.stop("the run was interrupted")
            raise
        if execution.late:
            seen = f"still RUNNING in {execution.late} after {execution.within:g} s: stopped"
            return Ran(document, (Expectation(f"an end within {execution.within:g} s", "SUCCEEDED", seen, False),))
        if document["status"] != "SUCCEEDED" and _unexpected(_around(world.lab.steps, step) or [step]):
            return Ran(document, (Expectation("status", "SUCCEEDED", why(document), False),))
        return Ran(document)

    def references(self, args: ExecuteArgs) -> Any:
        """The input and the name."""
        return args.input, args.name

    def facts(self, step: Step, document: Mapping[str, Any]) -> Facts:
        """How it ended, which way it took, what came out."""
        again = {name: document["attempts"].get(name) for name in document.get("gaps") or {}}
        facts: Facts = [("status", document["status"]), ("path", " → ".join(document["path"]))]
        facts += [("attempts", ", ".join(f"{name} {count}" for name, count in again.items()))] if again else []
        if document["status"] == "SUCCEEDED":
            return [*facts, ("output", _few(document["output"]))]
        return [*facts, ("error", document["error"]), ("cause", document["cause"])]

    def evidence(self, step: Step, document: Mapping[str, Any]) -> Table | Plot | None:
        """The facts below each other: a path and an output are wide."""
        return side_by_side({step.args.machine: self.facts(step, document)})


class _Execution:
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
        from labcli.machines.executions import document_of

        described = self._wait()
        if described.get("status") not in OVER:
            self.stop(f"still running after {self.within:g} s")
            described = self._call("describe_execution")
            self.late = "?" if described.get("status") in ("ABORTED", "RUNNING") else ""
        document = {"machine": self.machine, **document_of(described, self._history(), self._definition())}
        if self.late:
            self.late = str((document["path"] or ["no state"])[-1])
        return document

    def _wait(self) -> dict[str, Any]:
        world, began, seen = self.world, self.world.monotonic(), ""
        described: dict[str, Any] = {}
        for _ in range(_looks(self.within, world.target.poll)):
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
            last = self._call("get_execution_history", maxResults=_PEEK, reverseOrder=True).get("events", [])
        except AwsError:
            return ""
        names = (event["stateEnteredEventDetails"].get("name") for event in last if "stateEnteredEventDetails" in event)
        name = next(names, "")
        return f"RUNNING, in {name}" if name else ""

    def stop(self, because: str) -> None:
        """Stop it, once, as well as one can: it may have ended meanwhile."""
        if self._stopped:
            return
        self._stopped = True
        with suppress(LabcliError):
            self._call("stop_execution", error=_STOPPED, cause=f"labcli stopped it: {because}")

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


def _start(args: ExecuteArgs) -> dict[str, Any]:
    named = {"name": args.name} if args.name else {}
    return {"stateMachineArn": f"${{{args.machine}.arn}}", **named, "input": {} if args.input is None else args.input}


def _looks(within: float, poll: float) -> int:
    """The most times that an execution is looked at: a run stops there, so that the plan's promise holds."""
    return int(within / max(poll, FASTEST)) + 1


def _few(output: Any) -> Any:
    """An output in short: what stands first in it."""
    from labcli.machines.definition import from_json

    output = from_json(output)
    if not isinstance(output, Mapping) or len(output) <= 4:
        return output
    return dict(list(output.items())[:4]) | {"…": f"{len(output) - 4} more"}


def _around(steps: tuple[Step, ...], step: Step) -> list[Step]:
    """The steps around a step, from the outside in, with itself."""
    for each in steps:
        if each.number == step.number:
            return [each]
        if inner := _around((*each.arms, *each.steps), step):
            return [each, *inner]
    return []


def _unexpected(around: list[Step]) -> bool:
    """Whether an execution that failed fails the step: nobody expects anything of its end, or expects success."""
    way: list[str] = []
    told = False
    for step in reversed(around):
        for path, expected in step.expect.items():
            if _END.search(path) and (not way or "*" in path or way[0] in path):
                told = True
                if path == ".".join([*way, "status"]) and expected == "SUCCEEDED":
                    return True
        way.insert(0, step.name)
    return not told
