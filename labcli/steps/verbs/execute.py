"""The verb ``execute``: one execution of a state machine, started, awaited and read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from labcli.errors import AwsError
from labcli.lab.aws import Shape
from labcli.lab.expect import Expectation
from labcli.lab.given import ANY, list_of, map_of, structure, words
from labcli.lab.model import Call, Effect, Planned, Step, Times, Where
from labcli.lab.params import encode
from labcli.lab.reader import Reader
from labcli.lab.refs import only
from labcli.lab.scope import Scope
from labcli.rules.asl.quotas import NAME
from labcli.steps.evidence.evidence import Facts, Plot, Table, side_by_side
from labcli.steps.verb import Plain, Result
from labcli.steps.verbs.execution import FASTEST, OVER, PAGE, PAGES, PEEK, REREADS, STOPPED, Execution, looks
from labcli.steps.world import Stopped, World

DEFAULT_WITHIN = 60.0
"""Seconds that an execution may take where the step does not say."""
_END = re.compile(r"\b(status|error|cause)\b")


class ExecuteArgs(NamedTuple):
    """The machine by its name, its input (a mapping, a list, or a reference to one), the name of the execution."""

    machine: str
    input: Any = None
    name: str = ""
    wait_for: str = ""
    """A reference to the ARN of an execution that was started before: it is awaited, and nothing is started."""


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
        if isinstance(step.data.get("execute"), dict):
            inner = step.inner("execute", "`execute`")
            wait_for = inner.text("wait_for", required=True) if inner else ""
            if inner:
                inner.done()
            return ExecuteArgs("", wait_for=wait_for)
        given = step.data.get("input")
        whole = isinstance(given, list) or only(given) is not None
        data = step.raw("input") if whole else step.mapping("input")
        return ExecuteArgs(step.text("execute"), data, step.text("name"))

    def title(self, args: ExecuteArgs) -> str:
        """``Execute flow``."""
        return f"Execute {args.machine}" if args.machine else "Wait for an execution"

    def check(self, step: Step, scope: Scope) -> None:
        """The machine exists, and the name is one that AWS takes.

        The input is JSON: a lab file holds nothing else. Nor can it be larger than the 262,144 bytes that
        StartExecution takes, since a lab file is not.
        """
        args: ExecuteArgs = step.args
        if not args.machine:
            _check_awaited(args.wait_for, (*step.where, "execute", "wait_for"), scope)
            return
        spec = scope.resource(args.machine, (*step.where, "execute"), "machine")
        if spec is not None and spec.props.type == "EXPRESS":
            said = f"`{args.machine}` is an Express machine, of which AWS keeps no history"
            scope.findings.add((*step.where, "execute"), said)
        scope.references(args.input, (*step.where, "input"))
        scope.references(args.name, (*step.where, "name"))
        if args.name and "${" not in args.name and not NAME.fullmatch(args.name):
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
        this = {"executionArn": step.args.wait_for or "${execution}"}
        history = {**this, "maxResults": PAGE}
        more, peek = {**history, "nextToken": "${nextToken}"}, {**this, "maxResults": PEEK, "reverseOrder": True}
        stop = {**this, "error": STOPPED, "cause": "${cause}"}
        until = Times(1, looks(within, FASTEST) + 1, "it has ended")
        end = Planned(Call("stepfunctions", "stop_execution", stop), Times(0, 1), Effect.DATA)
        begin = Planned(Call("stepfunctions", "start_execution", start), effect=Effect.DATA)
        return [
            *([begin] if step.args.machine else []),
            Planned(Call("stepfunctions", "describe_execution", this), until),
            Planned(Call("stepfunctions", "get_execution_history", peek), Times(0, int(within) + 1)),
            Planned(Call("stepfunctions", "get_execution_history", history), Times(1, REREADS)),
            Planned(Call("stepfunctions", "get_execution_history", more), Times(0, REREADS * (PAGES - 1))),
            Planned(Call("stepfunctions", "describe_state_machine_for_execution", this)),
            *([end] if step.args.machine else []),
        ]

    def run(self, step: Step, world: World) -> Result:
        """Start it, wait, read. AwsError when it cannot be started; Stopped, after a try to stop it, on Ctrl-C."""
        from labcli.machines.executions import why

        args: ExecuteArgs = step.args
        if args.machine:
            arn = str(world.call("stepfunctions", "start_execution", _start(args))["executionArn"])
        else:
            arn = str(world.fill(args.wait_for))
        execution = Execution(world, args.machine, arn, step.within or DEFAULT_WITHIN)
        try:
            document = execution.run()
        except (KeyboardInterrupt, Stopped, AwsError):
            execution.stop("the run was interrupted")
            raise
        if execution.late:
            seen = f"still RUNNING in {execution.late} after {execution.within:g} s"
            seen += ": stopped" if args.machine else ""
            return Result(document, (Expectation(f"an end within {execution.within:g} s", "SUCCEEDED", seen, False),))
        if document["status"] != "SUCCEEDED" and _unexpected(_around(world.lab.steps, step) or [step]):
            return Result(document, (Expectation("status", "SUCCEEDED", why(document), False),))
        return Result(document)

    def references(self, args: ExecuteArgs) -> Any:
        """The input and the name."""
        return args.input, args.name, args.wait_for

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
        return side_by_side({str(document["machine"]): self.facts(step, document)})


def _check_awaited(wait_for: str, where: Where, scope: Scope) -> None:
    """What is awaited is a saved value that can be an ARN."""
    found = scope.references(wait_for, where)
    for _, ref, kind in found:
        if only(wait_for) is None or ref.root not in scope.saved or kind not in ("any", "string"):
            scope.findings.add(where, "`wait_for` is the saved ARN of an execution, such as ${execution}")
    if wait_for and "${" not in wait_for:
        scope.findings.add(where, "`wait_for` is the saved ARN of an execution, such as ${execution}")


def _start(args: ExecuteArgs) -> dict[str, Any]:
    named = {"name": args.name} if args.name else {}
    return {"stateMachineArn": f"${{{args.machine}.arn}}", **named, "input": {} if args.input is None else args.input}


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
