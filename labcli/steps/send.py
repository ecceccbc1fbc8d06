"""The verb ``send``: messages to a queue, one call for one message, batches of ten for more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labcli.errors import LabcliError
from labcli.lab.model import Call, Effect, Planned, Step, Times, Where
from labcli.lab.reader import Findings, Reader, kind_of
from labcli.lab.scope import Scope
from labcli.steps.base import Plain, Ran
from labcli.steps.evidence import Facts
from labcli.steps.world import World

BATCH = 10
"""SQS takes at most ten messages in one SendMessageBatch."""


@dataclass(frozen=True)
class Message:
    """One message to send. ``body`` is text or anything that becomes JSON."""

    body: Any
    attributes: Mapping[str, Any] = field(default_factory=dict)
    group: str = ""
    dedup: str = ""
    delay: int | None = None


@dataclass(frozen=True)
class SendArgs:
    """The queue by its name, and the messages."""

    to: str
    messages: tuple[Message, ...]
    raw: Mapping[str, Any] = field(default_factory=dict)
    """What the lab says beside ``to``: references stand in it."""


class Send(Plain):
    """Send messages; it gives their ``ids``."""

    def read(self, step: Reader) -> SendArgs:
        """``send: {to: orders, bodies: […] | groups: {A: […]} | count: n | messages: […]}``."""
        reader = step.inner("send", "`send`")
        if reader is None:
            return SendArgs("", ())
        to = reader.text("to", required=True)
        given = [key for key in ("bodies", "groups", "count", "messages") if reader.has(key)]
        if len(given) != 1 and reader.whole:
            reader.findings.add(reader.where, "`send` has one of `bodies`, `groups`, `count` and `messages`")
        found = [*self._bodies(reader), *self._groups(reader), *self._counted(reader), *self._messages(reader)]
        if given and reader.data[given[0]] in ([], {}):
            reader.bad(given[0], "`send` has nothing to send")
        reader.done()
        return SendArgs(to, tuple(found), {key: value for key, value in reader.data.items() if key != "to"})

    def _bodies(self, reader: Reader) -> list[Message]:
        bodies = reader.items("bodies")
        self._text_or_json(bodies, reader.at("bodies"), reader.findings)
        return [Message(body) for body in bodies]

    def _groups(self, reader: Reader) -> list[Message]:
        found = []
        for group, bodies in reader.mapping("groups").items():
            where = (*reader.at("groups"), group)
            if not isinstance(bodies, list):
                reader.findings.add(where, f"a group is a list of bodies, not {kind_of(bodies)}")
                continue
            self._text_or_json(bodies, where, reader.findings)
            found += [Message(body, group=group) for body in bodies]
        return found

    def _counted(self, reader: Reader) -> list[Message]:
        count = reader.integer("count", 1, 1000) or 0
        return [Message(f"{number}") for number in range(1, count + 1)]

    def _messages(self, reader: Reader) -> list[Message]:
        found = []
        for index, item in enumerate(reader.items("messages")):
            one = Reader(item, (*reader.at("messages"), index), reader.findings, "a message")
            body = one.raw("body")
            if one.has("body"):
                self._text_or_json([body], one.at("body"), reader.findings)
            elif isinstance(item, dict):
                reader.findings.add(one.where, "a message has a `body`")
            delay = one.duration("delay", 0, 900)
            if delay is not None and delay != int(delay):
                one.bad("delay", "`delay` is whole seconds")
            attributes = one.mapping("attributes")
            for name, value in attributes.items():
                if value in (None, "") or isinstance(value, list | bool):
                    one.findings.add((*one.at("attributes"), name), "an attribute is text or a number")
            found.append(
                Message(body, attributes, one.text("group"), one.text("dedup"), None if delay is None else int(delay))
            )
            one.done()
        return found

    def _text_or_json(self, bodies: list[Any], where: Where, findings: Findings) -> None:
        for index, body in enumerate(bodies):
            if not isinstance(body, str | dict | list) or body == "":
                findings.add(
                    (*where, index),
                    f"a body is text or a mapping, not {kind_of(body) if body != '' else 'empty'}: quote it",
                )

    def title(self, args: SendArgs) -> str:
        """``Send 3 messages to orders``."""
        count = len(args.messages)
        return f"Send {count} message{'s' if count != 1 else ''} to {args.to}"

    def check(self, step: Step, scope: Scope) -> None:
        """The queue exists; a FIFO queue gets groups and deduplication ids, a Standard queue no deduplication id."""
        args: SendArgs = step.args
        where = (*step.where, "send")
        scope.references(args.raw, where)
        spec = scope.resource(args.to, (*where, "to"), "queue")
        if spec is None:
            return
        for message in args.messages:
            if spec.props.fifo and not message.group:
                scope.findings.add(
                    where, f"`{args.to}` is a FIFO queue: its messages need a group (`groups: {{A: […]}}`)"
                )
                break
            if (
                spec.props.fifo
                and not message.dedup
                and spec.props.attributes.get("ContentBasedDeduplication") != "true"
            ):
                scope.findings.add(
                    where, f"`{args.to}` does not deduplicate by content: its messages need a `dedup` id"
                )
                break
            if spec.props.fifo and message.delay is not None:
                scope.findings.add(where, f"`{args.to}` is a FIFO queue: it delays all messages alike, never one")
                break
            if not spec.props.fifo and message.dedup:
                scope.findings.add(where, f"`{args.to}` is a Standard queue: it does not deduplicate")
                break

    def shape(self, step: Step, scope: Scope) -> list[Planned]:
        """One send_message, or as many send_message_batch as there are tens."""
        spec = scope.lab.resources.get(step.args.to)
        fifo = bool(spec and spec.props.fifo)
        calls = self._calls(step.args, fifo)
        if not calls or calls[0][0] == "send_message":
            return [Planned(Call("sqs", name, params), effect=Effect.DATA) for name, params in calls]
        params = {**calls[0][1], "Entries": "${entries}"}
        return [Planned(Call("sqs", "send_message_batch", params), Times(len(calls), len(calls)), Effect.DATA)]

    def _calls(self, args: SendArgs, fifo: bool) -> list[tuple[str, dict[str, Any]]]:
        url = f"${{{args.to}.url}}"
        if len(args.messages) == 1:
            body, more = _entry(args.messages[0], fifo)
            return [("send_message", {"QueueUrl": url, "MessageBody": body, **more})]
        calls: list[tuple[str, dict[str, Any]]] = []
        for start in range(0, len(args.messages), BATCH):
            entries = []
            for index, message in enumerate(args.messages[start : start + BATCH]):
                body, more = _entry(message, fifo)
                entries.append({"Id": f"m{start + index + 1}", "MessageBody": body, **more})
            calls.append(("send_message_batch", {"QueueUrl": url, "Entries": entries}))
        return calls

    def run(self, step: Step, world: World) -> Ran:
        """Send them all; a message that SQS refuses in a batch ends the step."""
        fifo = world.lab.resources[step.args.to].props.fifo
        ids: list[str] = []
        sequence: list[str] = []
        for operation, params in self._calls(step.args, fifo):
            answer = world.call("sqs", operation, params)
            for refused in answer.get("Failed", []):
                raise LabcliError(f"sqs.{operation}: message {refused.get('Id')}: {refused.get('Code')}")
            for each in answer.get("Successful", [answer]):
                ids.append(each["MessageId"])
                sequence += [each["SequenceNumber"]] if "SequenceNumber" in each else []
        unique = list(dict.fromkeys(ids))
        return Ran({"ids": ids, "sent_count": len(ids), "distinct_ids": len(unique), "sequence_numbers": sequence})

    def facts(self, step: Step, document: Mapping[str, Any]) -> Facts:
        """How many were sent, and the ids of the first few."""
        facts: Facts = [("sent", document["sent_count"]), ("seconds", document.get("seconds"))]
        if document["sent_count"] <= 3:
            facts.append(("ids" if document["sent_count"] > 1 else "id", document["ids"]))
        return facts

    def queue(self, step: Step) -> str:
        """Where the messages went."""
        return f"${{{step.args.to}.url}}"

    def moves(self, step: Step) -> tuple[set[str], set[str]]:
        """Into the queue."""
        return {step.args.to}, set()


def _entry(message: Message, fifo: bool) -> tuple[str, dict[str, Any]]:
    """The body as text, and what else a send of this message says. Groups mean order on FIFO queues only."""
    body = message.body if isinstance(message.body, str) else json.dumps(message.body, ensure_ascii=False)
    more: dict[str, Any] = {}
    if fifo and message.group:
        more["MessageGroupId"] = message.group
    if message.dedup:
        more["MessageDeduplicationId"] = message.dedup
    if message.delay is not None:
        more["DelaySeconds"] = message.delay
    if message.attributes:
        more["MessageAttributes"] = {name: _attribute(value) for name, value in message.attributes.items()}
    return body, more


def _attribute(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)  # written out as AWS writes it: {DataType: …, StringValue: …}
    if isinstance(value, bool) or not isinstance(value, int | float):
        return {"DataType": "String", "StringValue": str(value)}
    return {"DataType": "Number", "StringValue": str(value)}
