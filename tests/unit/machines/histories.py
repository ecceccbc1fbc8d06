"""Histories as AWS writes them, told in a few words: ``Story().enter("Task", "Charge").fail(…)``."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

BEGAN = datetime(2026, 11, 25, 9, 0, 0, tzinfo=UTC)


class Story:
    """Events in a row, each after the one before unless ``after`` says another. Times in seconds since the start."""

    def __init__(self, given: Any = None) -> None:
        self.events: list[dict[str, Any]] = []
        self.now = 0.0
        self.last = 0
        self.add("ExecutionStarted", "executionStarted", input=json.dumps(given or {}), roleArn="arn:aws:iam::1:role/r")
        self.last = 0  # the first state follows 0, not the start

    def at(self, now: float) -> Story:
        self.now = now
        return self

    def add(self, kind: str, details: str = "", after: int | None = None, **said: Any) -> int:
        number = len(self.events) + 1
        event: dict[str, Any] = {
            "timestamp": (BEGAN + timedelta(seconds=self.now)).isoformat(), "type": kind, "id": number,
            "previousEventId": self.last if after is None else after,
        }  # fmt: skip
        if details:
            event[f"{details}EventDetails"] = said
        self.events.append(event)
        self.last = number
        return number

    def enter(self, kind: str, name: str, after: int | None = None, given: Any = None) -> int:
        return self.add(f"{kind}StateEntered", "stateEntered", after, name=name, input=json.dumps(given or {}))

    def exit(self, kind: str, name: str, after: int | None = None, output: Any = None) -> int:
        return self.add(f"{kind}StateExited", "stateExited", after, name=name, output=json.dumps(output or {}))

    def task(self, start: float, end: float, error: str = "", service: tuple[str, str] = ("lambda", "invoke")) -> Story:
        """An attempt at a Task through an integration."""
        kind, resource = service
        self.at(start).add("TaskScheduled", "taskScheduled", resourceType=kind, resource=resource, parameters="{}")
        self.add("TaskStarted", "taskStarted", resourceType=kind, resource=resource)
        self.at(end)
        if error == "States.Timeout":
            self.add("TaskTimedOut", "taskTimedOut", resourceType=kind, resource=resource, error=error)
        elif error:
            self.add("TaskFailed", "taskFailed", resourceType=kind, resource=resource, error=error, cause="no luck")
        else:
            self.add("TaskSucceeded", "taskSucceeded", resourceType=kind, resource=resource, output="{}")
        return self

    def end(self, kind: str = "Succeeded", **said: Any) -> list[dict[str, Any]]:
        self.add(f"Execution{kind}", f"execution{kind}", **said)
        return self.events


LARGE = {
    "StartAt": "ProcessStep1",
    "States": {
        "ProcessStep1": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "HighValue"},
        "HighValue": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.total", "NumericGreaterThanEquals": 1000, "Next": "QueueForReview"}],
            "Default": "AutoApprove",
        },
        "QueueForReview": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True},
        "AutoApprove": {"Type": "Pass", "End": True},
    },
}


def large() -> list[dict[str, Any]]:
    """A large order takes the other path."""
    story = Story({"orderId": "o-2", "amount": 2000})
    story.enter("Task", "ProcessStep1")
    story.task(0.01, 0.7).at(0.71).exit("Task", "ProcessStep1", output={"total": 2200})
    story.enter("Choice", "HighValue")
    story.exit("Choice", "HighValue")
    story.enter("Task", "QueueForReview")
    story.task(0.72, 0.82, service=("sqs", "sendMessage")).at(0.84).exit("Task", "QueueForReview")
    return story.end(output=json.dumps({"orderId": "o-2", "total": 2200.0}))


CHARGE = {
    "StartAt": "Charge",
    "States": {
        "Charge": {
            "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "Paid",
            "Retry": [{"ErrorEquals": ["TransientError"], "IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 2}],
            "Catch": [
                {"ErrorEquals": ["States.Timeout"], "Next": "AskThePerson"},
                {"ErrorEquals": ["States.ALL"], "Next": "Stuck"},
            ],
        },
        "Paid": {"Type": "Succeed"},
        "AskThePerson": {"Type": "Pass", "End": True},
        "Stuck": {"Type": "Fail", "Error": "OrderStuck", "Cause": "retries exhausted"},
    },
}  # fmt: skip


def flaky() -> list[dict[str, Any]]:
    """Fails twice, and pays at the third try."""
    story = Story()
    story.enter("Task", "Charge")
    story.task(0.0, 0.1, "TransientError").task(1.1, 1.2, "TransientError").task(3.2, 3.3)
    story.exit("Task", "Charge")
    story.enter("Succeed", "Paid")
    story.exit("Succeed", "Paid")
    return story.end(output="{}")


def always() -> list[dict[str, Any]]:
    """Uses all its retries, is caught, and fails."""
    story = Story()
    story.enter("Task", "Charge")
    for start in (0.0, 1.1, 3.2, 7.3):
        story.task(start, start + 0.1, "TransientError")
    story.exit("Task", "Charge", output={"Error": "TransientError"})
    story.enter("Fail", "Stuck")
    return story.end("Failed", error="OrderStuck", cause="retries exhausted")


def slow() -> list[dict[str, Any]]:
    """Is cut off at 2 s, and caught."""
    story = Story()
    story.enter("Task", "Charge")
    story.task(0.0, 2.0, "States.Timeout").exit("Task", "Charge")
    story.enter("Pass", "AskThePerson")
    story.exit("Pass", "AskThePerson")
    return story.end(output="{}")


def parallel(end: str = "Succeeded") -> list[dict[str, Any]]:
    """Three branches at once, their events mixed; with ``Failed`` the last one fails while the others run."""
    story = Story()
    fan = story.enter("Parallel", "Fan")
    begun = story.add("ParallelStateStarted")
    entered = {name: story.enter("Task", name, after=begun) for name in ("Charge", "Reserve", "Email")}
    running = {}
    for name, number in entered.items():
        story.last = number
        running[name] = story.add("TaskScheduled", "taskScheduled", resourceType="lambda", resource="invoke")
    if end == "Failed":
        story.at(0.3).add("TaskFailed", "taskFailed", after=running["Email"], error="NoMail", cause="no luck")
        story.add("ParallelStateFailed")
        return story.end("Failed", error="NoMail", cause="no luck")
    for name, now in (("Email", 0.3), ("Reserve", 0.6), ("Charge", 1.0)):
        story.at(now).add("TaskSucceeded", "taskSucceeded", after=running[name], output="{}")
        story.exit("Task", name)
    story.exit("Parallel", "Fan")
    assert fan
    return story.end(output="[]")


def items(count: int = 3) -> list[dict[str, Any]]:
    """A Map whose items work one after the other, each in two states."""
    story = Story()
    story.enter("Map", "Each")
    begun = story.add("MapStateStarted", "mapStateStarted", length=count)
    for index in range(count):
        said = {"name": "Each", "index": index}
        story.add("MapIterationStarted", "mapIterationStarted", after=begun, **said)
        for name in ("Look", "Pack"):
            story.enter("Pass", name)
            story.at(story.now + 0.1).exit("Pass", name)
        story.add("MapIterationSucceeded", "mapIterationSucceeded", **said)
    story.exit("Map", "Each")
    return story.end(output="[]")
