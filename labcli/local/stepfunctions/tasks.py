"""Tasks that wait for somebody: task tokens, and activities (API reference, the actions of these names)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Condition
from typing import Any

from labcli.local.refused import Refused
from labcli.local.stepfunctions.interpreter.tokens import Answer, Tokens
from labcli.local.stepfunctions.model import Activity
from labcli.local.stepfunctions.refusals import Call, check_arn, check_name, check_size, json_trouble, page
from labcli.local.stepfunctions.registry import Registry

POLL = 60.0
"""Seconds that GetActivityTask waits for a task (API reference)."""
GONE = "Task Timed Out: 'Provided task does not exist anymore'"


@dataclass
class Benches:
    """The tasks of activities that no worker has taken: token and input, by the activity's ARN."""

    bell: Condition = field(default_factory=Condition)
    tasks: dict[str, deque[tuple[str, str]]] = field(default_factory=dict)

    def offer(self, activity: str, token: str, given: str) -> None:
        """Put a task where workers find it."""
        with self.bell:
            self.tasks.setdefault(activity, deque()).append((token, given))
            self.bell.notify_all()

    def take(self, activity: str, seconds: float) -> tuple[str, str] | None:
        """The next task; None when there is none for so long."""
        with self.bell:
            if not self.bell.wait_for(lambda: self.tasks.get(activity), seconds):
                return None
            return self.tasks[activity].popleft()


@dataclass
class Tasks:
    """The actions of those who do tasks."""

    registry: Registry
    benches: Benches
    tokens: Tokens

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

    def _known(self, call: Call) -> str:
        """The token. One that was never given is invalid."""
        if self.registry.by_token(token := call.need("taskToken")) is None:
            raise Refused("InvalidToken", "Invalid Token: 'Invalid token'")
        return token

    def _say(self, call: Call, answer: Answer) -> Any:
        """Tell who waits. A token that was used has timed out."""
        if not self.tokens.answer(self._known(call), answer):
            raise Refused("TaskTimedOut", GONE)
        return {}

    def success(self, call: Call) -> Any:
        """The task is done, with this output."""
        output = call.need("output")
        if trouble := json_trouble(output):
            raise Refused("InvalidOutput", f"Invalid Output: '{trouble}'")
        check_size(output, "output")
        return self._say(call, Answer(output))

    def failure(self, call: Call) -> Any:
        """The task has failed, with this error."""
        return self._say(call, Answer(None, call.data.get("error"), call.data.get("cause")))

    def heartbeat(self, call: Call) -> Any:
        """Somebody is still at it."""
        if not self.tokens.beat(self._known(call)):
            raise Refused("TaskTimedOut", GONE)
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
        activity = self._find(call).arn
        while (task := self.benches.take(activity, POLL)) is not None:
            token, given = task
            if self.tokens.start(token, call.data.get("workerName")):  # else its execution has ended meanwhile
                return {"taskToken": token, "input": given}
        return {}
