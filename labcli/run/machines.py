"""A live state machine's executions, for those who look at it: the last ones, and one of them to the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from labcli.context import Aws
from labcli.errors import AwsError, LabcliError, UsageError
from labcli.machines.events import seconds_of
from labcli.machines.executions import document_of
from labcli.machines.map_runs import map_runs_of
from labcli.machines.secrets import token_names, without_secrets
from labcli.steps.verbs.execution import every_event

LAST = "last"
"""What names the newest execution."""
_SHOWN, _LOOKED_AT = 10, 20
"""Executions that are shown; pages of them, of 1,000 each, that are searched for a name."""
_MAP_RUNS, _CHILDREN = 5, 20
"""Map Runs of an execution whose children are read; children of each: the latest ones."""


class Listed(NamedTuple):
    """An execution as ListExecutions tells it. ``start`` is ISO text; ``seconds`` None while it runs."""

    name: str
    arn: str
    status: str
    start: str
    seconds: float | None
    began: float | None = None
    """``start`` in seconds since the epoch."""


def last_executions(aws: Aws, machine: str) -> tuple[Listed, ...]:
    """The newest executions of a machine, newest first; none of an Express machine: AWS keeps none of those."""
    try:
        page = aws.call("stepfunctions", "list_executions", {"stateMachineArn": machine, "maxResults": _SHOWN})
    except AwsError as error:
        if "StateMachineTypeNotSupported" in error.names:
            return ()
        raise
    return tuple(_listed(each) for each in page.get("executions", []))


def execution_of(aws: Aws, machine: str, wanted: str, all_of_it: str) -> str:
    """The ARN of the execution that is meant: by ``last``, its name, its ARN, or a prefix that only one name has.

    ``all_of_it`` is the command that shows the machine.
    """
    if wanted.startswith("arn:"):
        described = aws.call("stepfunctions", "describe_execution", {"executionArn": wanted})
        if described.get("stateMachineArn") != machine:
            raise UsageError("that is an execution of another machine", "Name one of this machine's, or: --run last")
        return wanted
    near: list[Listed] = []
    for each in _every(aws, machine):
        if wanted in (LAST, each.name):
            return each.arn
        near += [each] if wanted and each.name.startswith(wanted) else []
    if len(near) == 1:
        return near[0].arn
    if near:
        named = ", ".join(each.name for each in near[:4])
        raise UsageError(f"`{wanted}` begins the names of {len(near)} executions", f"{named}{', …' * (len(near) > 4)}")
    none = "it has none yet" if wanted == LAST else f"no execution `{wanted}`"
    raise LabcliError(none, f"Its last ones: {all_of_it}")


def execution(aws: Aws, arn: str) -> dict[str, Any]:
    """The document of an execution, as ``execute`` gives it; what perishes is hidden.

    ``map_runs`` is there when it started some: by ARN, DescribeMapRun's answer (``run``) and the latest ``children``,
    each with its ``events``.
    """
    this = {"executionArn": arn}
    described = aws.call("stepfunctions", "describe_execution", this)
    events = every_event(lambda **page: aws.call("stepfunctions", "get_execution_history", {**this, **page}))
    definition = aws.call("stepfunctions", "describe_state_machine_for_execution", this).get("definition")
    found = {**document_of(described, events, definition), "started": described.get("startDate")}
    runs = {arn: _map_run(aws, arn) for arn in map_runs_of(events)[:_MAP_RUNS]}
    return {**found, "map_runs": without_secrets(runs, token_names(found["definition"]))} if runs else found


def _map_run(aws: Aws, arn: str) -> dict[str, Any]:
    """A Map Run and its children; what this account may not read of it, or AWS does not keep, is left out."""
    try:
        run = aws.call("stepfunctions", "describe_map_run", {"mapRunArn": arn})
        page = aws.call("stepfunctions", "list_executions", {"mapRunArn": arn, "maxResults": _CHILDREN})
    except AwsError:
        return {"children": []}
    return {"run": run, "children": [{**each, "events": _events(aws, each)} for each in page.get("executions", [])]}


def _events(aws: Aws, child: dict[str, Any]) -> list[Any]:
    """The history of a child; of an Express one AWS keeps none."""
    this = {"executionArn": child["executionArn"]}
    try:
        return every_event(lambda **page: aws.call("stepfunctions", "get_execution_history", {**this, **page}))
    except AwsError:
        return []


def _every(aws: Aws, machine: str) -> Iterator[Listed]:
    more: dict[str, Any] = {}
    for _ in range(_LOOKED_AT):
        asked = {"stateMachineArn": machine, "maxResults": 1000, **more}
        page = aws.call("stepfunctions", "list_executions", asked)
        yield from map(_listed, page.get("executions", []))
        if not page.get("nextToken"):
            return
        more = {"nextToken": page["nextToken"]}


def _listed(each: dict[str, Any]) -> Listed:
    start = str(each.get("startDate") or "")
    began, ended = seconds_of(start), seconds_of(each.get("stopDate"))
    took = None if began is None or ended is None else round(ended - began, 3)
    name, arn = str(each.get("name", "")), str(each.get("executionArn", ""))
    return Listed(name, arn, str(each.get("status", "")), start, took, began)
