"""Tasks that wait for somebody: task tokens, and activities (API reference, the actions of these names)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Condition
from typing import Any

from labcli.local.refused import Refused
from labcli.local.stepfunctions import moto
from labcli.local.stepfunctions.model import Activity, Registry
from labcli.local.stepfunctions.refusals import Call, check_arn, check_name, check_size, json_trouble, page

POLL = 60.0
"""Seconds that GetActivityTask waits for a task (API reference)."""
GONE = "Task Timed Out: 'Provided task does not exist anymore'"


@dataclass
class Bench:
    """The tasks of one activity that no worker has taken; the interpreter adds to it."""

    bell: Condition
    tasks: deque[Any] = field(default_factory=deque)

    def add_task(self, task: Any) -> None:
        """Called by the interpreter."""
        with self.bell:
            self.tasks.append(task)
            self.bell.notify_all()


@dataclass
class Benches(Mapping[str, Bench]):
    """The benches of all activities there are, as the interpreter looks them up."""

    registry: Registry
    bell: Condition = field(default_factory=Condition)
    made: dict[str, Bench] = field(default_factory=dict)

    def __getitem__(self, arn: str) -> Bench:
        with self.bell:
            if arn not in self.registry.activities:
                raise KeyError(arn)
            return self.made.setdefault(arn, Bench(self.bell))

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self.registry.activities))

    def __len__(self) -> int:
        return len(self.registry.activities)


@dataclass
class Tasks:
    """The actions of those who do tasks."""

    registry: Registry
    benches: Benches

    @property
    def table(self) -> dict[str, Callable[[Call], Any]]:
        """Which action is done by what."""
        return {
            "SendTaskSuccess": self.success,
            "SendTaskFailure": self.failure,
            "SendTaskHeartbeat": self.heartbeat,
            "CreateActivity": self.create,
            "DeleteActivity": self.delete,
            "DescribeActivity": self.describe,
            "ListActivities": self.list,
            "GetActivityTask": self.take,
        }

    # -- task tokens ---------------------------------------------------------------------------------------------

    def _waiting(self, call: Call) -> Any:
        """The task that waits for this token. One that was never given is invalid; one that was used, timed out."""
        execution = self.registry.by_token(token := call.need("taskToken"))
        if execution is None:
            raise Refused("InvalidToken", "Invalid Token: 'Invalid token'")
        environment = execution.environment
        endpoint = environment.callback_pool_manager.get(token) if execution.running and environment else None
        if endpoint is None or endpoint._notify_event.is_set():
            raise Refused("TaskTimedOut", GONE)
        return endpoint

    def success(self, call: Call) -> Any:
        """The task is done, with this output."""
        output = call.need("output")
        if trouble := json_trouble(output):
            raise Refused("InvalidOutput", f"Invalid Output: '{trouble}'")
        check_size(output, "output")
        endpoint = self._waiting(call)
        endpoint.notify(moto.callback.CallbackOutcomeSuccess(endpoint.callback_id, output))
        return {}

    def failure(self, call: Call) -> Any:
        """The task has failed, with this error."""
        endpoint, error, cause = self._waiting(call), call.data.get("error"), call.data.get("cause")
        outcome = moto.callback.CallbackOutcomeFailure(endpoint.callback_id, error, cause)
        endpoint.notify(outcome)
        return {}

    def heartbeat(self, call: Call) -> Any:
        """Somebody is still at it."""
        self._waiting(call).notify_heartbeat()
        return {}

    # -- activities ----------------------------------------------------------------------------------------------

    def _find(self, call: Call) -> Activity:
        arn = check_arn(call.need("activityArn"), "activity")
        with self.registry.lock:
            if (found := self.registry.activities.get(arn)) is None:
                raise Refused("ActivityDoesNotExist", f"Activity Does Not Exist: '{arn}'")
            return found

    def create(self, call: Call) -> Any:
        """Made twice, it is the same activity."""
        name = check_name(call.need("name"))
        arn = call.arn("activity", name)
        tags = {str(tag.get("key", "")): str(tag.get("value", "")) for tag in call.data.get("tags") or ()}
        with self.registry.lock:
            made = self.registry.activities.setdefault(arn, Activity(arn, name, self.registry.clock(), tags))
        return {"activityArn": arn, "creationDate": made.created}

    def delete(self, call: Call) -> Any:
        """One that is not there is deleted as well."""
        arn = check_arn(call.need("activityArn"), "activity")
        with self.registry.lock:
            self.registry.activities.pop(arn, None)
        return {}

    def describe(self, call: Call) -> Any:
        """What it is."""
        found = self._find(call)
        shown = {"activityArn": found.arn, "name": found.name, "creationDate": found.created}
        return {**shown, "encryptionConfiguration": {"type": "AWS_OWNED_KEY"}}

    def list(self, call: Call) -> Any:
        """The activities of the caller's account and region."""
        with self.registry.lock:
            ours = [a for a in self.registry.activities.values() if a.arn == call.arn("activity", a.name)]
        part_of = page(call, ours, lambda activity: [activity.name])
        shown = [{"activityArn": a.arn, "name": a.name, "creationDate": a.created} for a in part_of.items]
        return {"activities": shown, **({"nextToken": part_of.token} if part_of.token else {})}

    def take(self, call: Call) -> Any:
        """The next task of an activity, once there is one; an empty answer after a minute without."""
        bench, worker = self.benches[self._find(call).arn], call.data.get("workerName")
        while True:
            with self.benches.bell:
                if not self.benches.bell.wait_for(lambda: bench.tasks, POLL):
                    return {}
                task = bench.tasks.popleft()
            execution = self.registry.by_token(task.task_token)
            environment = execution.environment if execution is not None and execution.running else None
            endpoint = environment.callback_pool_manager.get(task.task_token) if environment is not None else None
            if endpoint is not None:  # else its execution has ended meanwhile
                endpoint.notify_activity_task_start(worker)
                return {"taskToken": task.task_token, "input": task.task_input}
