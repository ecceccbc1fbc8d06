"""What the verbs that send messages have in common: one call for one message, batches of ten for more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from labcli.errors import LabcliError
from labcli.lab.given import list_of, structure
from labcli.lab.model import Call, Effect, Planned, Step, Times
from labcli.lab.paths import word_of
from labcli.lab.reader import Reader
from labcli.lab.scope import Scope
from labcli.steps.evidence.evidence import Facts
from labcli.steps.verb import Plain, Result
from labcli.steps.verbs.messages import MOST, Message, MessageReader, SendArgs, check_fifo, listed_messages
from labcli.steps.world import World

BATCH = 10
"""SQS and SNS take at most ten messages in one batch."""


class Sender(Plain):
    """A verb that sends messages. Its class says which, to what, and by which calls; ``body`` is AWS's word for it."""

    word = ""
    kind = ""
    lists = False
    """Whether an attribute can be a list."""
    service = ""
    single = ""
    batch = ""
    entries = ""
    body = ""
    done = ""
    """What a count of the messages is called on the screen."""

    gives = structure({
        "ids": list_of("string"), "sent_count": "integer", "distinct_ids": "integer",
        "sequence_numbers": list_of("string"),
    })  # fmt: skip

    def own(self, message: Reader) -> dict[str, Any]:
        """The keys of a message that only this verb knows."""
        raise NotImplementedError

    def place(self, name: str) -> dict[str, str]:
        """Where it sends to, as a parameter of its calls."""
        raise NotImplementedError

    def more(self, message: Message) -> dict[str, Any]:
        """What this verb says of a message beside what all say."""
        raise NotImplementedError

    def read(self, step: Reader) -> SendArgs:
        """``{to: orders, bodies: […] | groups: {A: […]} | count: n | messages: […]}``."""
        return MessageReader(self.word, self.own, self.lists).read(step)

    def title(self, args: SendArgs) -> str:
        """``Send 3 messages to orders``."""
        if args.listed:
            return f"{self.word.capitalize()} messages to {args.to}"
        count = len(args.messages)
        return f"{self.word.capitalize()} {count} message{'s' if count != 1 else ''} to {args.to}"

    def check(self, step: Step, scope: Scope) -> None:
        """Its place exists; what is FIFO gets groups and deduplication ids, what is Standard no deduplication id."""
        where = (*step.where, self.word)
        for place, ref, kind in scope.references(step.args.raw, where):
            if place == (*where, "bodies") and kind not in ("any", "list"):
                scope.findings.add(place, f"`bodies` is a list; {ref.text} is {word_of(kind)}")
        spec = scope.resource(step.args.to, (*where, "to"), self.kind)
        if spec is not None:
            check_fifo(step.args, spec, where, scope)

    def shape(self, step: Step, scope: Scope) -> list[Planned]:
        """One call for one message, or as many batches as there are tens."""
        spec = scope.lab.spec(step.args.to)
        if step.args.listed:  # one body is one call, more are batches
            place, most = self.place(step.args.to), MOST // BATCH
            one = Planned(Call(self.service, self.single, {**place, self.body: "${body}"}), Times(0, 1), Effect.DATA)
            tens = {**place, self.entries: "${entries}"}
            return [one, Planned(Call(self.service, self.batch, tens), Times(0, most), Effect.DATA)]
        calls = self.calls(step.args, bool(spec and spec.props.fifo))
        if not calls or calls[0][0] == self.single:
            return [Planned(Call(self.service, name, params), effect=Effect.DATA) for name, params in calls]
        params = {**calls[0][1], self.entries: "${entries}"}
        return [Planned(Call(self.service, self.batch, params), Times(len(calls), len(calls)), Effect.DATA)]

    def calls(self, args: SendArgs, fifo: bool) -> list[tuple[str, dict[str, Any]]]:
        """The operations that send the messages, with their parameters."""
        place = self.place(args.to)
        entries = [self._entry(message, fifo) for message in args.messages]
        if len(entries) == 1:
            return [(self.single, {**place, **entries[0]})]
        named = [{"Id": f"m{number}", **entry} for number, entry in enumerate(entries, 1)]
        tens = [named[start : start + BATCH] for start in range(0, len(named), BATCH)]
        return [(self.batch, {**place, self.entries: ten}) for ten in tens]

    def _entry(self, message: Message, fifo: bool) -> dict[str, Any]:
        return {self.body: message.text, **message.more(fifo), **self.more(message)}

    def run(self, step: Step, world: World) -> Result:
        """Send them all. LabcliError, in AWS's words, when a message of a batch is refused."""
        spec = world.lab.spec(step.args.to)
        sent: list[dict[str, Any]] = []
        args: SendArgs = step.args
        if args.listed:
            args = replace(args, messages=listed_messages(world.fill(args.listed), args.listed))
        for operation, params in self.calls(args, bool(spec and spec.props.fifo)):
            answer = world.call(self.service, operation, params)
            sent += self._successful(answer) if operation == self.batch else [answer]
        ids = [each["MessageId"] for each in sent]
        sequence = [each["SequenceNumber"] for each in sent if "SequenceNumber" in each]
        return Result({"ids": ids, "sent_count": len(ids), "distinct_ids": len(set(ids)), "sequence_numbers": sequence})

    def _successful(self, answer: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What a batch accepted, in the order of sending."""
        for refused in answer.get("Failed", []):
            words = ": ".join(str(refused[key]) for key in ("Code", "Message") if refused.get(key))
            raise LabcliError(f"{self.service}.{self.batch}: message {refused.get('Id')}: {words}")
        return sorted(answer.get("Successful", []), key=lambda each: int(str(each["Id"])[1:]))

    def facts(self, step: Step, document: Mapping[str, Any]) -> Facts:
        """How many were sent, and the ids of the first few."""
        facts: Facts = [(self.done, document["sent_count"]), ("seconds", document.get("seconds"))]
        if document["sent_count"] <= 3:
            facts.append(("ids" if document["sent_count"] > 1 else "id", document["ids"]))
        return facts

    def references(self, args: SendArgs) -> Any:
        """The messages as the lab says them."""
        return args.raw

    def moves(self, step: Step) -> tuple[set[str], set[str]]:
        """Into the queue, or into the topic, and so into every queue that is subscribed to it."""
        return {step.args.to}, set()
