"""Dead-letter queue redrive: StartMessageMoveTask, ListMessageMoveTasks, CancelMessageMoveTask.

A task keeps no thread: the loop of the server calls it when the next messages are due, and it moves a bounded number
at a time. It stands in the record of its source queue, is saved with it, and goes with it; one that was running when
the server stopped goes on when its tasks are next asked for.

Facts: SQS API Reference (the three actions); SQS Developer Guide, "Configure a dead-letter queue redrive" (a moved
message is a new one, with a new id and a new retention period) and "Troubleshooting dead-letter queue redrive". Texts
marked R are recorded from AWS.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from labcli.local.names import names
from labcli.local.refused import Refused
from labcli.local.sqs import handle, refusals
from labcli.local.sqs.inject import Letter, put
from labcli.local.sqs.refusals import Actions, Data, Handler
from labcli.rules import sqs as rules
from labcli.rules.finding import whole

sqs = names("services.sqs", "_queue_by_arn", "_queues", "_expire_retained")
TASKS = "labcli_moves"
"""Where the record of a queue keeps its tasks, the youngest last."""
AT_ONCE = 100
"""Messages that one turn moves; the server answers others between two turns."""
RUNNING, COMPLETED, CANCELLED, FAILED = "RUNNING", "COMPLETED", "CANCELLED", "FAILED"
SHOWN = (
    *("TaskHandle", "Status", "SourceArn", "DestinationArn", "MaxNumberOfMessagesPerSecond"),
    *("ApproximateNumberOfMessagesMoved", "ApproximateNumberOfMessagesToMove", "FailureReason", "StartedTimestamp"),
)


@dataclass
class Redrive(Actions):
    """The three actions, and the turns that move messages."""

    turns: dict[str, asyncio.TimerHandle] = field(default_factory=dict)
    """What is due next of which task, by its handle."""

    @property
    def table(self) -> dict[str, Handler]:
        """Which action is whose; the engine has none of them."""
        return {
            "StartMessageMoveTask": self.start,
            "ListMessageMoveTasks": self.list,
            "CancelMessageMoveTask": self.cancel,
        }

    def start(self, data: Data, url: str) -> Any:
        """Begin to move what is visible in a dead-letter queue, to one queue or to where each message came from."""
        source = self._named(data, "SourceArn", "sqs:StartMessageMoveTask")
        arn = source["attributes"]["QueueArn"]
        if not any(_dead_letters_of(queue) == arn for queue in sqs._queues.values()):
            raise _invalid("Source queue must be configured as a Dead Letter Queue.")  # R
        if data.get("DestinationArn") is not None:
            self._check_destination(source, self._named(data, "DestinationArn", "sqs:SendMessage"))
        rate = data.get("MaxNumberOfMessagesPerSecond")
        if rate is not None and not whole(rate, *rules.MOVES_PER_SECOND):
            low, high = rules.MOVES_PER_SECOND
            text = f"You must enter a number that's between {low} and {high}."
            raise _invalid(f"Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: {text}")
        self._go_on(source)
        tasks = source.setdefault(TASKS, [])
        if any(task["Status"] == RUNNING for task in tasks):
            text = "There is already a task running. Only one active task is allowed for a source queue arn at a "
            raise _invalid(f"{text}given time.")  # R
        now = self.clock()
        made = handle.new(arn)
        task = {"TaskHandle": made, "Status": RUNNING, "SourceArn": arn, "StartedTimestamp": int(now * 1000)}
        task |= {"DestinationArn": data.get("DestinationArn"), "FailureReason": None}
        task |= {"MaxNumberOfMessagesPerSecond": None if rate is None else int(rate)}
        task |= {"ApproximateNumberOfMessagesMoved": 0, "ApproximateNumberOfMessagesToMove": len(_visible(source, now))}
        source[TASKS] = [*tasks, task][-rules.MOVE_TASKS.high :]
        self._go_on(source)
        return {"TaskHandle": made}

    def _check_destination(self, source: Any, destination: Any) -> None:
        if destination is source:
            raise _invalid("Source queue arn and destination queue arn cannot be the same.")
        if destination["is_fifo"] != source["is_fifo"]:
            raise _invalid("The source queue and destination queue must be of the same queue type.")

    def list(self, data: Data, url: str) -> Any:
        """The tasks of a queue, the youngest first; a handle only while it runs (R)."""
        source = self._named(data, "SourceArn", "sqs:ListMessageMoveTasks")
        most = data.get("MaxResults")
        if most is not None and not whole(most, *rules.MOVE_TASKS):
            low, high = rules.MOVE_TASKS
            raise refusals.invalid(most, "MaxResults", f"Must be between {low} and {high}, if provided.")
        self._go_on(source)
        tasks = source.get(TASKS, [])[::-1][: int(most or rules.MOVE_TASKS.low)]
        return {"Results": [_shown(task) for task in tasks]}

    def cancel(self, data: Data, url: str) -> Any:
        """Stop a running task; what it moved stays where it is."""
        if not data.get("TaskHandle"):
            raise refusals.missing("TaskHandle")
        given = str(data["TaskHandle"])
        arn = handle.source_of(given)
        if not arn:
            raise _invalid("Value for parameter TaskHandle is invalid.")  # R
        source = self._named({"SourceArn": arn}, "SourceArn", "sqs:CancelMessageMoveTask")
        task = next((each for each in source.get(TASKS, []) if each["TaskHandle"] == given), None)
        if task is None:
            raise Refused("ResourceNotFoundException", "Task does not exist.", 404)  # R
        if task["Status"] != RUNNING:
            raise _invalid("Only active tasks can be cancelled.")
        task["Status"] = CANCELLED
        if turn := self.turns.pop(given, None):
            turn.cancel()
        return {"ApproximateNumberOfMessagesMoved": task["ApproximateNumberOfMessagesMoved"]}

    def _named(self, data: Data, name: str, action: str) -> Any:
        """The queue with this ARN; ResourceNotFoundException (R), or AccessDenied as its policy says."""
        if data.get(name) is None:
            raise refusals.missing(name)
        arn = str(data[name])
        if arn.count(":") != 5 or not arn.startswith("arn:"):
            said = f"You must use this format to specify the {name}: "
            raise Refused("InvalidAddress", said + "arn:<partition>:<service>:<region>:<account-id>:<resource-id>")
        queue = sqs._queue_by_arn(arn)
        if queue is None or queue["url"] not in sqs._queues:  # one of another region or account is none
            text = f"The resource that you specified for the {name} parameter doesn't exist."
            raise Refused("ResourceNotFoundException", text, 404)
        return self.queue({"QueueUrl": queue["url"]}, "", action)

    # -- the turns -------------------------------------------------------------------------------------------------

    def _go_on(self, source: Any) -> None:
        """See that what runs has a next turn: also what the state brought back."""
        for task in source.get(TASKS, []):
            if task["Status"] == RUNNING and task["TaskHandle"] not in self.turns:
                self._later(task, 0)

    def _later(self, task: Any, seconds: float) -> None:
        loop = asyncio.get_running_loop()  # the account and the region of the caller go with it
        self.turns[task["TaskHandle"]] = loop.call_later(seconds, self._turn, task)

    def _turn(self, task: Any) -> None:
        self.turns.pop(task["TaskHandle"], None)
        source = sqs._queue_by_arn(task["SourceArn"])
        if source is None or task not in source.get(TASKS, []) or task["Status"] != RUNNING:
            return
        rate, now = task["MaxNumberOfMessagesPerSecond"], self.clock()
        due = _visible(source, now)[: 1 if rate else AT_ONCE]
        for message in due:
            if reason := self._move(source, message, task, now):
                task |= {"Status": FAILED, "FailureReason": reason}
                return
        if _visible(source, now):
            self._later(task, 1 / rate if rate else 0)
        else:
            task["Status"] = COMPLETED

    def _move(self, source: Any, message: Any, task: Any, now: float) -> str:
        """Move one message; why not, empty when it was moved."""
        target = task["DestinationArn"] or message.get("sys", {}).get("DeadLetterQueueSourceArn")
        if not target:
            return "CouldNotDetermineMessageSource"
        ids = (message.get("group_id") or "", message.get("dedup_id") or "")
        letter = Letter(message["body"], message.get("message_attributes") or {}, *ids, moved=True)
        if not put(target, letter, now):
            return "AWS.SimpleQueueService.NonExistentQueue"  # R
        source["messages"] = [kept for kept in source["messages"] if kept is not message]
        task["ApproximateNumberOfMessagesMoved"] += 1
        return ""


def _shown(task: Any) -> dict[str, Any]:
    shown = {name: task[name] for name in SHOWN if task[name] is not None}
    return shown if task["Status"] == RUNNING else {name: shown[name] for name in shown if name != "TaskHandle"}


def _visible(queue: Any, now: float) -> list[Any]:
    sqs._expire_retained(queue)
    return [message for message in queue["messages"] if message["visible_at"] <= now]


def _dead_letters_of(queue: Any) -> str:
    policy = json.loads(queue["attributes"].get("RedrivePolicy") or "{}")
    return str(policy.get("deadLetterTargetArn") or "")


def _invalid(text: str) -> Refused:
    return Refused("InvalidParameterValue", text)
