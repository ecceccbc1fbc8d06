"""SQS as AWS has it, where the engine differs: the messages and their receipt handles.

Receipt handles here carry their own proof, as AWS's do: a late delete with an old handle succeeds and deletes nothing,
an invented handle is refused, and neither needs a memory of all handles ever given. Limits: SQS API reference
(SendMessage, ReceiveMessage, DeleteMessage, ChangeMessageVisibility). R marks texts recorded from AWS.
"""

from __future__ import annotations

import asyncio
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import Any

from labcli.local.names import names
from labcli.local.refused import Refused
from labcli.local.sqs import refusals
from labcli.local.sqs.refusals import Actions, Data, Handler
from labcli.rules import sqs as rules
from labcli.rules.finding import whole

sqs = names("services.sqs", "_validate_batch_entries", "esm_wake.set")
SYSTEM_ATTRIBUTES = {"All", "SenderId", "SentTimestamp", "ApproximateReceiveCount", "SequenceNumber"}
SYSTEM_ATTRIBUTES |= {"ApproximateFirstReceiveTimestamp", "MessageDeduplicationId", "MessageGroupId"}
SYSTEM_ATTRIBUTES |= {"AWSTraceHeader", "DeadLetterQueueSourceArn"}
NO_LONGER = "Message does not exist or is not available for visibility timeout change."
LOOK_AGAIN = 0.1
"""Seconds after which a waiting receive looks again although no bell rang: not every sender inside rings it."""


@dataclass
class Arrivals:
    """Wakes waiting receives: the engine rings its own bell whenever a message arrives, from whichever thread."""

    waiting: set[asyncio.Future[None]] = field(default_factory=set)

    def ring(self, original: Callable[[], None]) -> Callable[[], None]:
        """The engine's bell, which now also wakes those who wait here."""

        def rung() -> None:
            original()
            for future in tuple(self.waiting):
                future.get_loop().call_soon_threadsafe(_resolve, future)

        return rung

    async def wait(self, seconds: float) -> None:
        """Until the bell rings, or ``seconds`` have passed."""
        future = asyncio.get_running_loop().create_future()
        self.waiting.add(future)
        try:
            await asyncio.wait({future}, timeout=seconds)
        finally:
            self.waiting.discard(future)


@dataclass
class Messages(Actions):
    """Sending, receiving, and what a receipt handle is good for. ``key`` signs handles."""

    key: bytes = b""
    arrivals: Arrivals = field(default_factory=Arrivals)

    @property
    def table(self) -> dict[str, Callable[[Handler], Handler]]:
        """What wraps which action; SendMessage is put in by itself, as batches use it too."""
        delete, change = ("sqs:DeleteMessage", self._delete), ("sqs:ChangeMessageVisibility", self._change)
        return {
            "SendMessageBatch": self.send_batch,
            "ReceiveMessage": self.receive,
            "DeleteMessage": lambda _: self._one(*delete),
            "DeleteMessageBatch": lambda _: self._many("DeleteMessageBatchRequestEntry", *delete),
            "ChangeMessageVisibility": lambda _: self._one(*change),
            "ChangeMessageVisibilityBatch": lambda _: self._many("ChangeMessageVisibilityBatchRequestEntry", *change),
        }

    def send(self, original: Handler) -> Handler:
        """Refuse what does not fit the queue: sizes, delays, ids, attributes."""

        def sending(data: Data, url: str) -> Any:
            queue = self.queue(data, url, "sqs:SendMessage")
            if not data.get("MessageBody"):
                raise refusals.missing("MessageBody")  # R
            by_content = queue["attributes"].get("ContentBasedDeduplication") == "true"
            refusals.refuse(rules.message(data, queue["is_fifo"], by_content))
            refusals.refuse(rules.body(str(data["MessageBody"])))
            refusals.refuse(rules.message_attributes(data.get("MessageAttributes") or {}))
            limit = int(queue["attributes"].get("MaximumMessageSize", rules.LARGEST_MESSAGE))
            if _size(data) > limit:
                text = f"One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes."
                raise Refused("InvalidParameterValue", text)
            return original(data, url)

        return sending

    def send_batch(self, original: Handler) -> Handler:
        """A batch for a FIFO queue in which one entry lacks its ids fails as a whole (R), and so does one that is too
        large with its messages' attributes (API reference, SendMessageBatch).
        """

        def sending(data: Data, url: str) -> Any:
            queue = self.queue(data, url, "sqs:SendMessage")
            entries = data.get("Entries") or []
            if queue["is_fifo"] and len(entries) <= rules.BATCH.high:
                if not all(entry.get("MessageGroupId") for entry in entries):
                    text = "The request must contain the parameter MessageGroupId."
                    raise Refused("InvalidParameterValue", text)
                by_content = queue["attributes"].get("ContentBasedDeduplication") == "true"
                if not by_content and not all(entry.get("MessageDeduplicationId") for entry in entries):
                    raise Refused("InvalidParameterValue", rules.NO_DEDUPLICATION)
            total, limit = sum(_size(entry) for entry in entries), rules.LARGEST_MESSAGE
            if total > limit and len(entries) <= rules.BATCH.high:
                text = f"Batch requests cannot be longer than {limit} bytes. You have sent {total} bytes."
                raise Refused("BatchRequestTooLong", text)
            return original(data, url)

        return sending

    def batch_size(self, original: Callable[[Any, str], None]) -> Callable[[Any, str], None]:
        """The engine's check of a batch, with AWS's words for too many entries."""

        def checking(entries: Any, entry_name: str) -> None:
            if len(entries or ()) > rules.BATCH.high:
                text = f"Maximum number of entries per request are {rules.BATCH.high}. You have sent {len(entries)}."
                raise Refused("TooManyEntriesInBatchRequest", text)
            original(entries, entry_name)

        return checking

    def receive(self, original: Handler) -> Callable[[Data, str], Awaitable[Any]]:
        """Refuse what is out of range; wait without polling: a message that arrives is given at once."""

        async def receiving(data: Data, url: str) -> Any:
            queue = self.queue(data, url, "sqs:ReceiveMessage")
            self._check_receive(data)
            loop = asyncio.get_running_loop()
            wait = data.get("WaitTimeSeconds")
            if wait is None:
                wait = queue["attributes"].get("ReceiveMessageWaitTimeSeconds", 0)
            deadline = loop.time() + int(wait)
            while True:
                answer = await original({**data, "WaitTimeSeconds": 0}, url)
                left = deadline - loop.time()
                if answer or left <= 0:
                    return answer
                await self.arrivals.wait(min(left, LOOK_AGAIN, self._next_visible(queue)))

        return receiving

    def _check_receive(self, data: Data) -> None:
        refusals.within(data, "MaxNumberOfMessages", *rules.BATCH, "Must be between 1 and 10, if provided.")  # R
        refusals.within(data, "WaitTimeSeconds", *rules.WAIT, "Must be >= 0 and <= 20, if provided.")
        refusals.within(data, "VisibilityTimeout", *rules.VISIBILITY, "Must be >= 0 and <= 43200, if provided.")
        names = [*(data.get("AttributeNames") or ()), *(data.get("MessageSystemAttributeNames") or ())]
        for name in names:
            if name not in SYSTEM_ATTRIBUTES:
                raise refusals.unknown(name)

    def _next_visible(self, queue: Any) -> float:
        """Seconds until the next hidden or delayed message of the queue shows."""
        now = self.clock()
        return max(0.001, min((m["visible_at"] - now for m in queue["messages"] if m["visible_at"] > now), default=60))

    # -- receipt handles -----------------------------------------------------------------------------------------

    def with_handles(self, original: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
        """The engine's picking of messages, with our receipt handles on what it picked."""

        def collecting(queue: Any, count: int, visibility: int) -> list[Any]:
            picked = original(queue, count, visibility)
            for message in picked:
                message["receipt_handle"] = self._handle(queue, message["id"])
            return picked

        return collecting

    def _handle(self, queue: Any, message_id: str, nonce: bytes = b"") -> str:
        nonce = nonce or token_bytes(12)
        about = queue["attributes"]["QueueArn"].encode() + b"\0" + message_id.encode()
        proof = hmac.digest(self.key, nonce + about, "sha256")
        return "AQEB" + urlsafe_b64encode(nonce + proof + message_id.encode()).decode()

    def _message_id(self, queue: Any, handle: str) -> str:
        """The message a handle was given for; ReceiptHandleIsInvalid when this queue never gave it."""
        try:
            raw = urlsafe_b64decode(handle.removeprefix("AQEB").encode("ascii"))
            message_id = raw[44:].decode()
        except ValueError:
            raw, message_id = b"", ""
        if not hmac.compare_digest(self._handle(queue, message_id, raw[:12]).encode(), handle.encode()):
            text = f'The input receipt handle "{handle}" is not a valid receipt handle.'
            raise Refused("ReceiptHandleIsInvalid", text)
        return message_id

    def _delete(self, queue: Any, data: Data) -> None:
        """Take the message away; a handle that a later receive has superseded succeeds and takes nothing."""
        handle = self._given(data)
        message = self._find(queue, self._message_id(queue, handle))
        if message is None:
            return
        current = message["receipt_handle"] == handle
        if queue["is_fifo"] and not (current and message["visible_at"] > self.clock()):
            raise refusals.invalid(handle, "ReceiptHandle", "The receipt handle has expired.")  # R
        if current:
            queue["messages"] = [kept for kept in queue["messages"] if kept is not message]
            sqs.esm_wake.set()  # the next of a FIFO group may go now

    def _change(self, queue: Any, data: Data) -> None:
        """Hide the message for so many seconds from now; 0 shows it at once."""
        if (seconds := data.get("VisibilityTimeout")) is None:
            raise refusals.missing("VisibilityTimeout")
        if not whole(seconds, *rules.VISIBILITY):
            raise refusals.invalid(seconds, "VisibilityTimeout", "Must be >= 0 and <= 43200, if provided.")
        handle = self._given(data)
        message = self._find(queue, self._message_id(queue, handle))
        expired = queue["is_fifo"] and message is not None and message["visible_at"] <= self.clock()
        if message is None or message["receipt_handle"] != handle or expired:
            raise refusals.invalid(handle, "ReceiptHandle", NO_LONGER)
        message["visible_at"] = self.clock() + int(seconds)
        sqs.esm_wake.set()

    def _given(self, data: Data) -> str:
        if not data.get("ReceiptHandle"):
            raise refusals.missing("ReceiptHandle")
        return str(data["ReceiptHandle"])

    def _find(self, queue: Any, message_id: str) -> Any:
        return next((message for message in queue["messages"] if message["id"] == message_id), None)

    def _one(self, action: str, act: Callable[[Any, Data], None]) -> Handler:
        def doing(data: Data, url: str) -> Any:
            act(self.queue(data, url, action), data)
            return {}

        return doing

    def _many(self, entry_name: str, action: str, act: Callable[[Any, Data], None]) -> Handler:
        def doing(data: Data, url: str) -> Any:
            queue = self.queue(data, url, action)
            entries = data.get("Entries") or []
            sqs._validate_batch_entries(entries, entry_name)
            answer: dict[str, list[Any]] = {"Successful": [], "Failed": []}
            for entry in entries:
                try:
                    act(queue, entry)
                except Refused as refused:
                    failed = {"Id": entry["Id"], "Code": refused.code, "Message": refused.text, "SenderFault": True}
                    answer["Failed"].append(failed)
                else:
                    answer["Successful"].append({"Id": entry["Id"]})
            return answer

        return doing


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _size(data: Data) -> int:
    """Bytes of a message as AWS counts them: the body, and names, types and values of its attributes."""
    total = len(str(data.get("MessageBody") or "").encode("utf-8", "surrogatepass"))
    for name, value in (data.get("MessageAttributes") or {}).items():
        parts = (name, value.get("DataType") or "", value.get("StringValue") or "")
        total += sum(len(part.encode("utf-8", "surrogatepass")) for part in parts)
        total += len(value.get("BinaryValue") or "") * 3 // 4  # on the wire it is base64
    return total
