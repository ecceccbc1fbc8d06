"""A live state machine's executions, for those who look at it: the last ones, and one of them to the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from labcli.context import Aws
from labcli.errors import AwsError, LabcliError, UsageError
from labcli.machines.executions import document_of
from labcli.machines.history import seconds_of
from labcli.steps.verbs.execution import every_event

LAST = "last"
"""What names the newest execution."""
_SHOWN, _LOOKED_AT = 10, 20
"""Executions that are shown; pages of them, of 1,000 each, that are searched for a name."""


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


def execution_of(aws: Aws, machine: str, wanted: str, called: str) -> str:
    """The ARN of the execution that is meant: by ``last``, its name, its ARN, or a prefix that only one name has.

    ``called`` is the name under which a person knows the machine.
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
    raise LabcliError(none, f"Its last ones: labcli inspect {called}")


def execution(aws: Aws, arn: str) -> dict[str, Any]:
    """The document of an execution, as ``execute`` gives it; what perishes is hidden."""
    this = {"executionArn": arn}
    described = aws.call("stepfunctions", "describe_execution", this)
    events = every_event(lambda **page: aws.call("stepfunctions", "get_execution_history", {**this, **page}))
    definition = aws.call("stepfunctions", "describe_state_machine_for_execution", this).get("definition")
    return {**document_of(described, events, definition), "started": described.get("startDate")}


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
