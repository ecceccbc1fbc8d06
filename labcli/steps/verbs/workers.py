"""The workers of a ``consume`` step: one consumption, its workers in threads, its events in the order they happened."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

from labcli.errors import AwsError
from labcli.lab.expect import seek
from labcli.steps.parallel import at_once
from labcli.steps.world import Stopped, Waiting, World

LONGEST_POLL = 20
"""Seconds that SQS lets a receive wait at most."""


def empty_poll(visibility: int, local: bool) -> int:
    """Seconds of the one long poll that must find nothing for a queue to be empty.

    As long as messages in flight need to come back, and a little more; as far as SQS lets a receive wait.
    """
    return min(LONGEST_POLL, visibility + (1 if local else 3))


DEFAULT_WITHIN = 30.0
COPY = "a copy, dropped"
"""What becomes of a message that comes once more after it was deleted."""


class ConsumeArgs(NamedTuple):
    """How to consume. Times in seconds, ``rate`` in messages a second over all workers, ``until`` 0 for empty."""

    source: str
    workers: int = 1
    batch: int = 1
    takes: float = 0.0
    rate: float = 0.0
    crash_on: str = ""
    fail_on: tuple[str, ...] = ()
    keep: bool = False
    label: str = ""
    until: int = 0
    within: float = DEFAULT_WITHIN


class Crashed(Exception):  # noqa: N818 - it happens on purpose
    """A worker died holding a message."""


class Consumption:
    """One run of ``consume``. ``reached`` says whether ``until`` was reached in time."""

    def __init__(self, args: ConsumeArgs, world: World, within: float, visibility: int, allowed: int) -> None:
        fails = tuple(str(each) for each in world.fill(args.fail_on))
        self.args = args._replace(crash_on=str(world.fill(args.crash_on)), fail_on=fails)
        self.world = world
        self.within = within
        self.url = world.fill(f"${{{args.source}.url}}")
        self.empty_poll = empty_poll(visibility, world.target.name == "local")
        self.allowed = allowed
        self.started = world.monotonic()
        self.reached = False
        self.lock = threading.Lock()
        self.events: list[dict[str, Any]] = []
        self.completed: list[str] = []
        self.done_ids: set[str] = set()
        self.crashed = False
        self.receives = self.empty = 0
        self.next_slot = self.started

    def run(self) -> dict[str, Any]:
        """Let the workers work; a document for ``expect``."""
        names = [f"worker{number}" for number in range(1, self.args.workers + 1)]
        at_once({name: self._thunk(name) for name in names}, self.world)
        received = [event for event in self.events if event["what"] == "received"]
        return {
            "received": [event["label"] for event in received],
            "received_count": len({event["id"] for event in received}),
            "deliveries": len(received),
            "completed": self.completed,
            "completed_count": len(self.done_ids),
            "copies": sum(event["what"] == COPY for event in self.events),
            "failures": sum(event["what"] == "failed" for event in self.events),
            "longest_wait": round(max((event["waited"] for event in received), default=0.0), 2),
            "receives": self.receives,
            "empty_receives": self.empty,
            "events": self.events,
        }

    def _thunk(self, name: str) -> Any:
        def work() -> None:
            worker = name
            while self._turn():
                try:
                    self._receive(worker)
                except Crashed:
                    worker = f"{worker}'"  # another process, in the place of the one that died

        return work

    def _turn(self) -> bool:
        """Whether one more receive is to be made. It is counted here, so that all workers together keep the promise."""
        if self.world.stop.is_set():
            raise Stopped
        with self.lock:
            if self.args.until and len(self.done_ids) >= self.args.until:
                self.reached = True
            if self.reached or self._left() <= 0 or self.receives >= self.allowed:
                return False
            self.receives += 1
        return True

    def _left(self) -> float:
        if self.world.vain.is_set():
            return 0.0
        return self.within - (self.world.monotonic() - self.started)

    def _receive(self, worker: str) -> None:
        wait = 1 if self.args.until else self.empty_poll
        wait = max(0, min(wait, math.ceil(self._left())))
        self._progress()
        self._wait_for_slot()
        answer = self.world.call("sqs", "receive_message", {
            "QueueUrl": self.url, "MaxNumberOfMessages": self.args.batch, "WaitTimeSeconds": wait,
            "MessageSystemAttributeNames": ["All"],
        })  # fmt: skip
        messages = answer.get("Messages", [])
        with self.lock:
            self.empty += not messages
            if not messages and not self.args.until and wait == self.empty_poll:
                self.reached = True
        for message in messages:
            self._work(worker, message)

    def _wait_for_slot(self) -> None:
        """With a ``rate``, receives are spaced over all workers."""
        if not self.args.rate:
            return
        with self.lock:
            now = self.world.monotonic()
            slot = max(self.next_slot, now)
            self.next_slot = slot + self.args.batch / self.args.rate
        self.world.pause(slot - now)

    def _work(self, worker: str, message: Mapping[str, Any]) -> None:
        label = self._label(message["Body"])
        if self._is_copy(message):
            self._note(COPY, worker, label, message)
            self._delete(worker, label, message)
            return
        self._note("received", worker, label, message)
        with self.lock:
            dies = bool(self.args.crash_on) and label == self.args.crash_on and not self.crashed
            self.crashed = self.crashed or dies
        if dies:
            self._note("crashed", worker, label, message)
            raise Crashed
        if self.args.takes:
            self.world.pause(self.args.takes)
        if label in self.args.fail_on:
            self._note("failed", worker, label, message)
            return
        if not self.args.keep:
            self._delete(worker, label, message)
        with self.lock:
            self.completed.append(label)
            self.done_ids.add(message["MessageId"])
        self._note("completed", worker, label, message)

    def _is_copy(self, message: Mapping[str, Any]) -> bool:
        """Whether this is a copy of a message that the run has deleted: it is done, and not worked on again."""
        return not self.args.keep and self.world.copies.known(self.url, message["MessageId"])

    def _delete(self, worker: str, label: str, message: Mapping[str, Any]) -> None:
        try:
            handle = message["ReceiptHandle"]
            self.world.call("sqs", "delete_message", {"QueueUrl": self.url, "ReceiptHandle": handle})
        except AwsError as error:  # a FIFO queue refuses a handle whose time is over
            self._note(f"delete refused ({error.code})", worker, label, message)

    def _note(self, what: str, worker: str, label: str, message: Mapping[str, Any]) -> None:
        attributes = message.get("Attributes", {})
        at = self.world.monotonic() - self.started
        sent = int(attributes.get("SentTimestamp", 0)) / 1000
        first = int(attributes.get("ApproximateFirstReceiveTimestamp", 0)) / 1000
        with self.lock:
            self.events.append({
                "at": round(at, 2), "what": what, "worker": worker, "label": label, "id": message["MessageId"],
                "receives": int(attributes.get("ApproximateReceiveCount", 1)),
                "waited": round(max(0.0, first - sent), 2) if sent and first else 0.0,
            })  # fmt: skip

    def _label(self, body: str) -> str:
        if not self.args.label:
            return body
        try:
            found = seek(self.args.label, json.loads(body))
        except (ValueError, RecursionError):  # no JSON, or nested without end
            return body
        return body if found is None else str(found)

    def _progress(self) -> None:
        done = len(self.done_ids)
        said = f"{done} of {self.args.until} completed" if self.args.until else f"{done} completed, until empty"
        self.world.report(Waiting(f"{self.args.source}: {said}", left=max(0.0, self._left())))
