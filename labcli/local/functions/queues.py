"""Functions that read from queues: event source mappings, for SQS as AWS has them.

AWS: Lambda Developer Guide, "Using Lambda with Amazon SQS", and API reference (CreateEventSourceMapping). What differs:
a batch is never larger than ten messages, and there is no batching window: what is there is taken at once.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labcli.local import iam
from labcli.local.functions.refusals import invalid, refuse
from labcli.local.functions.rules import Rules
from labcli.local.names import names
from labcli.local.patience import CALLER
from labcli.local.refused import Refused
from labcli.rules import functions
from labcli.rules import sqs as rules

lambdas = names(
    "services.lambda_svc",
    *("_esm_response", "_esms", "_execute_function", "_get_func_record_for_qualifier", "_func_arn"),
    *("_resolve_request_scoped_name_and_qualifier", "_esm_backoff_until", "_ESM_BACKOFF_SECONDS", "_esm_wake.set"),
)
sqs = names("services.sqs", "_queue_by_arn", "_delete_messages_for_esm")
RIGHTS = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
"""What the execution role must be allowed to do with the queue (Developer Guide, "Execution role permissions")."""
CHANGES = 0.4
"""Seconds for which a mapping is Creating, Enabling or Disabling; on AWS they are more."""
_AGAIN = 0.1  # seconds between two tries while the function has no concurrency left


_START = 60.0  # seconds; longer than a process may take to start


class Batch:
    """Messages that a mapping has received: while a process of ours starts for them, their time does not pass.

    They were received before the function runs, as on AWS; there a sandbox starts in a fraction of a second, and on a
    learner's machine the messages could be visible again before anybody has looked at them.
    """

    def __init__(self, messages: list[dict[str, Any]]) -> None:
        self.messages = messages

    @contextlib.contextmanager
    def starting(self) -> Iterator[None]:
        """The messages stay hidden; afterwards they have as much time left as before."""
        began = time.monotonic()
        self._hide(_START)
        try:
            yield
        finally:
            self._hide(time.monotonic() - began - _START)

    def _hide(self, seconds: float) -> None:
        for message in self.messages:
            message["visible_at"] += seconds


@dataclass(frozen=True)
class Mappings:
    """Event source mappings, in the engine's Lambda module. ``clock`` gives seconds since the epoch."""

    clock: Callable[[], float]

    def create(self, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Refuse what cannot be mapped; a new mapping is Creating for a moment."""

        def create_esm(data: Any) -> Any:
            source = str(data.get("EventSourceArn") or "")
            if ":sqs:" in source:
                try:
                    self._check(source, data)
                except Refused as refused:
                    return Rules().refused(refused)
            answer = original(data)
            return self._changing(answer, "Creating") if answer[0] < 300 else answer

        return create_esm

    def _check(self, source: str, data: Any) -> None:
        reference = str(data.get("FunctionName") or "")
        name, qualifier = lambdas._resolve_request_scoped_name_and_qualifier(reference)
        _, config = lambdas._get_func_record_for_qualifier(name, qualifier)
        if config is None:
            arn = lambdas._func_arn(name or reference)
            raise Refused("ResourceNotFoundException", f"Function not found: {arn}", 404)
        queue = sqs._queue_by_arn(source)
        if queue is None:
            text = "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
            raise invalid(text + "SQS Error Message: The specified queue does not exist.")
        refuse(functions.mapping(data, queue["is_fifo"]))
        for right in RIGHTS:
            if not self._may(config, right, source):
                text = f"The provided execution role does not have permissions to call {right} on SQS"
                raise invalid(text)
        visibility = int(queue["attributes"].get("VisibilityTimeout", rules.DEFAULT_VISIBILITY))
        refuse(functions.hidden_long_enough(visibility, int(config.get("Timeout") or functions.DEFAULT_TIMEOUT)))
        for mapping in lambdas._esms.values():
            if (mapping["EventSourceArn"], mapping["FunctionName"]) == (source, name):
                text = f'An event source mapping with SQS arn (" {source} ") and function (" {name} ") already exists. '
                text += f"Please update or delete the existing mapping with UUID {mapping['UUID']}"
                raise Refused("ResourceConflictException", text, 409)

    def _check_change(self, before: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        queue = sqs._queue_by_arn(before["EventSourceArn"])
        refuse(functions.mapping({**before, **data}, queue is not None and queue["is_fifo"]))

    def _may(self, config: Mapping[str, Any], right: str, queue_arn: str) -> bool:
        return iam.role_may(str(config.get("Role") or ""), f"sqs:{right}", queue_arn, queue_arn.split(":")[3])

    def update(self, original: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
        """A mapping that is changed is not at work for a moment."""

        def update_esm(esm_id: str, data: Any) -> Any:
            before = dict(lambdas._esms.get(esm_id) or {})
            if ":sqs:" in str(before.get("EventSourceArn")):
                try:
                    self._check_change(before, data)
                except Refused as refused:
                    return Rules().refused(refused)
            answer = original(esm_id, data)
            if answer[0] >= 300 or not before:
                return answer
            switched = {True: "Enabling", False: "Disabling"}.get(bool(data.get("Enabled")), "")
            same = "Enabled" not in data or bool(before.get("Enabled", True)) == bool(data["Enabled"])
            return self._changing(answer, "Updating" if same else switched)

        return update_esm

    def _changing(self, answer: Any, state: str) -> Any:
        """The mapping in this answer is in ``state`` for a moment."""
        status, headers, body = answer
        said = json.loads(body)
        mapping = lambdas._esms.get(said["UUID"])
        if mapping is None:
            return answer
        mapping["labcli_state"], mapping["labcli_until"] = state, self.clock() + CHANGES
        timer = threading.Timer(CHANGES + 0.01, lambdas._esm_wake.set)
        timer.daemon = True
        timer.start()
        return status, headers, json.dumps(lambdas._esm_response(mapping)).encode()

    def response(self, original: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
        """A mapping as AWS shows it."""

        def esm_response(mapping: Any) -> dict[str, Any]:
            said = {name: value for name, value in original(mapping).items() if not name.startswith("labcli_")}
            if mapping.get("labcli_until", 0) > self.clock() and said.get("State") != "Deleting":
                said["State"] = mapping["labcli_state"]
            if ":sqs:" in str(mapping.get("EventSourceArn")):
                said.pop("LastProcessingResult", None)  # AWS tells it of streams only
                said.pop("Qualifier", None)
            return said

        return esm_response

    def concurrency(self, original: Callable[..., int]) -> Callable[..., int]:
        """How many batches may be under way: MaximumConcurrency, whatever is reserved for the function; none before the
        mapping is there, or without the right to read.
        """

        def allowed(mapping: Any, func: Any, config: Any, queue: Any = None) -> int:
            if mapping.get("labcli_until", 0) > self.clock():
                return 0
            if not self._may(config, "ReceiveMessage", str(mapping["EventSourceArn"])):
                return 0
            return original(mapping, {}, {}, queue)  # a function without a reservation

        return allowed

    def run(self, mapping: Any, func: Any, event: Any, batch: Any, queue_url: str, queue_name: str) -> None:
        """One batch: what the mapping's filters do not want, and what the function has done, is deleted; the rest comes
        back after the visibility timeout, received once more, also when the function had no concurrency left.
        """
        wanted = {record["messageId"]: record for record in event["Records"]}
        unwanted = {message["receipt_handle"] for message in batch if message["id"] not in wanted}
        if unwanted and sqs._queue_by_arn(mapping["EventSourceArn"]) is not None:
            sqs._delete_messages_for_esm(queue_url, unwanted)
        batch = [message for message in batch if message["id"] in wanted]
        for message in batch:
            _as_aws_tells(wanted[message["id"]], message, mapping)
        result = self._patiently(func, event, batch)
        if result.get("throttle"):
            return
        failed = {message["id"] for message in batch} if result.get("error") else _failed(mapping, result, batch)
        done = {message["receipt_handle"] for message in batch if message["id"] not in failed}
        mapping["LastProcessingResult"] = "PROBLEM: Function call failed" if result.get("error") else "OK"
        if result.get("error"):
            lambdas._esm_backoff_until[mapping["UUID"]] = self.clock() + lambdas._ESM_BACKOFF_SECONDS
        elif sqs._queue_by_arn(mapping["EventSourceArn"]) is not None:
            sqs._delete_messages_for_esm(queue_url, done)

    def _patiently(self, func: Any, event: Any, batch: Any) -> Any:
        """Run the function as soon as it has concurrency left, while the batch is hidden from others."""
        until, pause = min(message["visible_at"] for message in batch) - 1, threading.Event()
        waits = CALLER.set(Batch(batch))
        try:
            while True:
                result = lambdas._execute_function(func, event)
                if not result.get("throttle") or self.clock() > until:
                    return result
                pause.wait(_AGAIN)
        finally:
            CALLER.reset(waits)


def _as_aws_tells(record: dict[str, Any], message: Mapping[str, Any], mapping: Mapping[str, Any]) -> None:
    """The attributes of a message in its record, as recorded from AWS: without any, their digest is not there, and null
    where the mapping has a batching window.
    """
    if message.get("md5_attrs"):
        record["md5OfMessageAttributes"] = message["md5_attrs"]
    elif mapping.get("MaximumBatchingWindowInSeconds"):
        record["md5OfMessageAttributes"] = None
    for value in record["messageAttributes"].values():
        value.setdefault("stringListValues", [])
        value.setdefault("binaryListValues", [])


def _failed(mapping: Any, result: Any, batch: Any) -> set[str]:
    """The ids that the function reported as failed; all of them when its report makes no sense, as on AWS."""
    if "ReportBatchItemFailures" not in (mapping.get("FunctionResponseTypes") or ()):
        return set()
    body = result.get("body")
    ids = {message["id"] for message in batch}
    if body is None or body == {}:
        return set()
    failures = body.get("batchItemFailures") if isinstance(body, Mapping) else ids
    if failures is None:
        return set()
    if not isinstance(failures, list) or not all(isinstance(item, Mapping) for item in failures):
        return ids
    named = {item.get("itemIdentifier") for item in failures}
    return named if named <= ids else ids
