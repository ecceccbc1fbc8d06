"""Messages as a lab writes them, for the verbs that send them: ``bodies``, ``groups``, ``count`` or ``messages``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from labcli.errors import LabcliError
from labcli.lab.model import ResourceSpec, Where
from labcli.lab.reader import Findings, Reader, kind_of
from labcli.lab.refs import literal, only
from labcli.lab.scope import Scope

MOST = 1000
"""Messages of one step."""
_WAYS = ("bodies", "groups", "count", "messages")


@dataclass(frozen=True)
class Message:
    """One message to send. ``body`` is text or anything that becomes JSON."""

    body: Any
    attributes: Mapping[str, Any] = field(default_factory=dict)
    group: str = ""
    dedup: str = ""
    delay: int | None = None
    subject: str = ""

    @property
    def text(self) -> str:
        """The body as it is sent."""
        return self.body if isinstance(self.body, str) else json.dumps(self.body, ensure_ascii=False)

    def more(self, fifo: bool) -> dict[str, Any]:
        """What SQS and SNS call alike: groups (they mean order on FIFO only), deduplication id, attributes."""
        found: dict[str, Any] = {}
        if fifo and self.group:
            found["MessageGroupId"] = self.group
        if self.dedup:
            found["MessageDeduplicationId"] = self.dedup
        if self.attributes:
            found["MessageAttributes"] = {name: _attribute(value) for name, value in self.attributes.items()}
        return found


@dataclass(frozen=True)
class SendArgs:
    """Where to, by its name in the lab, and the messages."""

    to: str
    messages: tuple[Message, ...]
    listed: str = ""
    """The reference to a list of bodies, where the lab does not say the messages themselves."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """What the lab says beside ``to``: references stand in it."""


def _attribute(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)  # written out as AWS writes it: {DataType: …, StringValue: …}
    if isinstance(value, list):
        return {"DataType": "String.Array", "StringValue": json.dumps(value, ensure_ascii=False)}
    if isinstance(value, bool) or not isinstance(value, int | float):
        return {"DataType": "String", "StringValue": str(value)}
    return {"DataType": "Number", "StringValue": str(value)}


class MessageReader:
    """Reads the messages of one verb. ``lists``: whether an attribute can be a list; ``own`` reads its own keys."""

    def __init__(self, verb: str, own: Callable[[Reader], Mapping[str, Any]], lists: bool = False) -> None:
        self.verb = verb
        self.own = own
        self.lists = lists

    def read(self, step: Reader) -> SendArgs:
        """``{to: orders, bodies: […] | groups: {A: […]} | count: n | messages: […]}``."""
        reader = step.inner(self.verb, f"`{self.verb}`")
        if reader is None:
            return SendArgs("", ())
        to = reader.text("to", required=True)
        given = [key for key in _WAYS if reader.has(key)]
        if len(given) != 1 and reader.whole:
            reader.findings.add(reader.where, f"`{self.verb}` has one of `bodies`, `groups`, `count` and `messages`")
        found = [*self._bodies(reader), *self._groups(reader), *self._counted(reader), *self._messages(reader)]
        if given and reader.data[given[0]] in ([], {}):
            reader.bad(given[0], f"`{self.verb}` has nothing to send")
        reader.done()
        bodies = reader.data.get("bodies")
        listed = str(bodies) if only(bodies) is not None else ""
        return SendArgs(to, tuple(found), listed, {key: value for key, value in reader.data.items() if key != "to"})

    def _bodies(self, reader: Reader) -> list[Message]:
        bodies = [] if only(reader.data.get("bodies")) is not None else reader.items("bodies")
        reader.raw("bodies")
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
        count = reader.integer("count", 1, MOST) or 0
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
            own = self.own(one)
            attributes = one.mapping("attributes")
            for name, value in attributes.items():
                if problem := self._attribute_error(value):
                    one.findings.add((*one.at("attributes"), name), problem)
            found.append(Message(body, attributes, one.text("group"), one.text("dedup"), **own))
            one.done()
        return found

    def _attribute_error(self, value: Any) -> str:
        if self.lists and isinstance(value, list):
            good = value and all(isinstance(each, str) and each for each in value)
            return "" if good else "an attribute that is a list holds texts"
        if value in (None, "") or isinstance(value, list | bool):
            return f"an attribute is text or a number{' or a list of texts' if self.lists else ''}"
        return ""

    def _text_or_json(self, bodies: list[Any], where: Where, findings: Findings) -> None:
        for index, body in enumerate(bodies):
            if not isinstance(body, str | dict | list) or body == "":
                findings.add(
                    (*where, index),
                    f"a body is text or a mapping, not {kind_of(body) if body != '' else 'empty'}: quote it",
                )


def check_fifo(args: SendArgs, spec: ResourceSpec, where: Where, scope: Scope) -> None:
    """What is FIFO gets groups and deduplication ids, what is Standard no deduplication id. One problem is enough."""
    dedups = spec.props.attributes.get("ContentBasedDeduplication") == "true"
    said = f"`{args.to}` is a FIFO {spec.kind}"
    for message in args.messages or ([Message(args.listed)] if args.listed else ()):
        problem = ""
        if spec.props.fifo and not message.group:
            problem = f"{said}: its messages need a group (`groups: {{A: […]}}`)"
        elif spec.props.fifo and not message.dedup and not dedups:
            problem = f"`{args.to}` does not deduplicate by content: its messages need a `dedup` id"
        elif spec.props.fifo and message.delay is not None:
            problem = f"{said}: it delays all messages alike, never one"
        elif not spec.props.fifo and message.dedup:
            problem = f"`{args.to}` is a Standard {spec.kind}: it does not deduplicate"
        if problem:
            scope.findings.add(where, problem)
            return


def listed_messages(found: Any, said: str) -> tuple[Message, ...]:
    """The messages of which a run found the bodies; ``said`` is the reference. LabcliError when they are none."""
    if not isinstance(found, list) or not 1 <= len(found) <= MOST:
        what = f"a list of {len(found)}" if isinstance(found, list) else kind_of(found)
        raise LabcliError(f"{said} is {what}, not a list of one to {MOST} bodies")
    odd = next((each for each in found if not isinstance(each, str | dict | list) or each == ""), None)
    if odd is not None or None in found:
        raise LabcliError(f"a body in {said} is {'empty' if odd == '' else kind_of(odd)}: it is text, or becomes JSON")
    return tuple(Message(literal(body)) for body in found)
