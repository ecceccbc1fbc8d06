"""Executions: what starts, stops and shows them (API reference, the actions of these names)."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from labcli.local.refused import Refused
from labcli.local.stepfunctions import redrives
from labcli.local.stepfunctions.limits import Limits
from labcli.local.stepfunctions.machines import Machines
from labcli.local.stepfunctions.map_run import PENDING_REDRIVE
from labcli.local.stepfunctions.model import Execution, Machine
from labcli.local.stepfunctions.references import references
from labcli.local.stepfunctions.refusals import (
    Call,
    check_arn,
    check_name,
    check_size,
    invalid,
    json_trouble,
    page,
)
from labcli.local.stepfunctions.registry import Registry
from labcli.local.stepfunctions.shown import described, listed, without_data
from labcli.local.stepfunctions.versions import Target, resolve, split

STATUSES = ("RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", PENDING_REDRIVE)
REDRIVEN = ("REDRIVEN", "NOT_REDRIVEN")
WRONG_TYPE = "This operation is not supported by this type of state machine"
SYNC_LIMIT = 300
"""Seconds that an execution of an Express machine may take (Step Functions quotas)."""

Executed = list[Execution]


@dataclass
class Executions:
    """The actions on executions. ``begin`` sets the interpreter to work on one."""

    registry: Registry
    machines: Machines
    begin: Callable[[Execution], Future[None]]
    halt: Callable[[Execution], None]
    limits: Limits = field(default_factory=Limits)

    @property
    def table(self) -> dict[str, Callable[[Call], Any]]:
        """Which action is done by what."""
        return {
            "StartExecution": self.start,
            "StartSyncExecution": self.start_sync,
            "StopExecution": self.stop,
            "RedriveExecution": self.redrive,
            "DescribeExecution": self.describe,
            "DescribeStateMachineForExecution": self.machine_of,
            "ListExecutions": self.list,
            "GetExecutionHistory": self.history,
        }

    def find(self, call: Call) -> Execution:
        """The execution that is meant; ExecutionDoesNotExist when there is none."""
        arn = check_arn(call.need("executionArn"), "execution", "express")
        with self.registry.lock:
            if (found := self.registry.executions.get(arn)) is None:
                raise Refused("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
            return found

    def start(self, call: Call) -> Any:
        """One that runs under this name with this input is not started again: it is the same one."""
        target = resolve(call.need("stateMachineArn"), self.machines.find)
        machine = self._startable(target)
        given = _input(call)
        name = check_name(call.need("name")) if call.data.get("name") else str(uuid4())
        if machine.kind == "EXPRESS":
            execution = self._made(call, target, name, given)
            self.begin(execution)
            return {"executionArn": execution.arn, "startDate": execution.started}
        with self.registry.lock:
            old = self.registry.executions.get(call.arn("execution", f"{machine.name}:{name}"))
            if old is not None and not (old.running and old.input == given):
                raise Refused("ExecutionAlreadyExists", f"Execution Already Exists: '{old.arn}'")
            execution = old or self._made(call, target, name, given)
            if old is None:
                self.registry.keep(execution)
        if old is None:
            self.begin(execution)
        return {"executionArn": execution.arn, "startDate": execution.started}

    def _startable(self, target: Target) -> Machine:
        if target.machine.status == "DELETING":
            text = f"State Machine is being deleted: '{target.machine.arn}'"
            raise Refused("StateMachineDeleting", text)
        return target.machine

    def _made(self, call: Call, target: Target, name: str, given: str) -> Execution:
        machine = target.machine
        self.limits.admit(call, self.registry)
        arn = call.arn("execution", f"{machine.name}:{name}")
        if machine.kind == "EXPRESS":
            arn = call.arn("express", f"{machine.name}:{name}:{uuid4()}")
        what = target.version or machine
        return Execution(
            arn=arn,
            name=name,
            machine=machine.arn,
            role=what.role,
            definition=what.definition,
            kind=machine.kind,
            input=given,
            started=round(self.registry.clock(), 3),
            revision=what.revision,
            machine_updated=machine.updated,
            version=target.version.arn if target.version is not None else "",
            alias=target.alias.arn if target.alias is not None else "",
            settings=what.settings,
        )

    def start_sync(self, call: Call) -> Any:
        """Run one of an Express machine, and answer when it has ended."""
        target = resolve(call.need("stateMachineArn"), self.machines.find)
        if self._startable(target).kind != "EXPRESS":
            raise Refused("StateMachineTypeNotSupported", WRONG_TYPE)
        name = check_name(call.need("name")) if call.data.get("name") else str(uuid4())
        execution = self._made(call, target, name, _input(call))
        with contextlib.suppress(TimeoutError):
            self.begin(execution).result(SYNC_LIMIT + 5)
        execution.end("ExecutionTimedOut", self.registry.clock(), "States.Timeout")
        took = round(1000 * ((execution.stopped or execution.started) - execution.started))
        billing = {"billedDurationInMilliseconds": (took // 100 + 1) * 100, "billedMemoryUsedInMB": 64}
        return {**described(execution), "billingDetails": billing}

    def stop(self, call: Call) -> Any:
        """Stop it, whatever it does; of one that has ended, say when."""
        execution = self.find(call)
        if execution.kind == "EXPRESS":
            raise Refused("StateMachineTypeNotSupported", WRONG_TYPE)
        error, cause = call.data.get("error"), call.data.get("cause")
        if execution.end("ExecutionAborted", self.registry.clock(), error, cause):
            self.halt(execution)
        return {"stopDate": execution.stopped}

    def describe(self, call: Call) -> Any:
        """How it stands with an execution; one of an Express machine has no answer, but a Map Run's child has."""
        execution = self.find(call)
        if execution.kind == "EXPRESS" and not execution.map_run:
            raise Refused("StateMachineTypeNotSupported", WRONG_TYPE)
        again = redrives.shown(execution, self.registry.clock(), self._deleting(execution))
        return {**described(execution), **again}

    def _deleting(self, execution: Execution) -> bool:
        machine = self.registry.machines.get(execution.machine)
        return machine is not None and machine.status == "DELETING"

    def redrive(self, call: Call) -> Any:
        """Go on with one that has failed, at the state that failed."""
        execution, now = self.find(call), self.registry.clock()
        token = str(call.data.get("clientToken") or "")
        with self.registry.lock:
            if (at := redrives.answered(execution, token, now)) is not None:
                return {"redriveDate": at}
            redrives.check(execution, now, self._deleting(execution))
            self.limits.admit(call, self.registry)
            redrives.go_on(execution, now, token)
        self.begin(execution)
        return {"redriveDate": execution.redriven}

    def machine_of(self, call: Call) -> Any:
        """The definition that an execution runs, which may no longer be its machine's."""
        execution = self.find(call)
        answer = {
            "stateMachineArn": execution.machine,
            "name": execution.machine.rpartition(":")[2],
            "definition": execution.definition,
            "roleArn": execution.role,
            "updateDate": execution.machine_updated,
            **(execution.settings or {}),
        }
        if execution.map_run:
            answer["mapRunArn"] = execution.map_run
        if found := references(json.loads(execution.definition)):
            answer["variableReferences"] = found
        return {**answer, "revisionId": execution.revision} if execution.revision else answer

    def list(self, call: Call) -> Any:
        """The executions of a machine, of one of its versions or aliases, or of a Map Run, the latest first."""
        run, wanted = call.data.get("mapRunArn"), call.data.get("statusFilter")
        if (run is None) == (call.data.get("stateMachineArn") is None):
            raise Refused(
                "ValidationException", "You must specify either a stateMachineArn or a mapRunArn, but not both"
            )
        if wanted is not None and wanted not in STATUSES:
            rule = f"Member must satisfy enum value set: [{', '.join(STATUSES)}]"
            raise invalid(str(wanted), "statusFilter", rule)
        if wanted == PENDING_REDRIVE and run is None:
            raise Refused("ValidationException", "statusFilter PENDING_REDRIVE can only be used with a mapRunArn")
        again = call.data.get("redriveFilter")
        if again not in (None, *REDRIVEN):
            raise invalid(str(again), "redriveFilter", f"Member must satisfy enum value set: [{', '.join(REDRIVEN)}]")
        all_ = self._of(call.need("stateMachineArn")) if run is None else self._of_run(str(run))
        ours = [
            e
            for e in all_
            if wanted in (None, e.status) and (again is None or (again == "REDRIVEN") == bool(e.redrives))
        ]
        part_of = page(call, ours, lambda e: [-e.started, e.name])
        shown = [listed(execution) for execution in part_of.items]
        return {"executions": shown, **({"nextToken": part_of.token} if part_of.token else {})}

    def _of_run(self, arn: str) -> Executed:
        """The children of a Map Run, Express ones as well (API reference, ListExecutions)."""
        check_arn(arn, "mapRun")
        with self.registry.lock:
            if (run := self.registry.map_runs.get(arn)) is None:
                raise Refused("ResourceNotFound", f"Resource not found: '{arn}'")
            return self.registry.children(run)

    def _of(self, arn: str) -> Executed:
        target = resolve(arn, self.machines.find)
        if target.machine.kind == "EXPRESS":
            raise Refused("StateMachineTypeNotSupported", WRONG_TYPE)
        ours = self.registry.of_machine(target.machine.arn)
        if not split(arn)[1]:
            return ours
        return [execution for execution in ours if arn in (execution.version, execution.alias)]

    def history(self, call: Call) -> Any:
        """What happened in it, event by event."""
        execution = self.find(call)
        if execution.kind == "EXPRESS":
            raise Refused("StateMachineTypeNotSupported", WRONG_TYPE)
        with execution.lock:
            events = list(execution.events)
        sign = -1 if call.data.get("reverseOrder") else 1
        part_of = page(call, events, lambda event: [sign * event["id"]])
        shown = part_of.items
        if call.data.get("includeExecutionData") is False:
            shown = [without_data(event) for event in shown]
        return {"events": shown, **({"nextToken": part_of.token} if part_of.token else {})}


def _input(call: Call) -> str:
    given = call.data.get("input")
    if given is None:
        return "{}"
    if not isinstance(given, str):
        raise Refused("SerializationException", "input is not a string")
    if trouble := json_trouble(given):
        raise Refused("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{trouble}'")
    check_size(given, "input")
    return given
