"""The kind ``topic``: an SNS topic, Standard or FIFO.

Facts of AWS: the SNS API Reference, CreateTopic, DeleteTopic and Publish (botocore 1.43). A topic is found by its ARN,
which is made of account, region and name; its subscriptions go with it, though on AWS not at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labcli.aws.resources.base import PLANNED_TAGS, PREFIX, Fill, Found, Place, PlainKind, Row, Sheet
from labcli.aws.resources.calls import or_none, pages, sweep_of, swept
from labcli.aws.resources.filters import in_words
from labcli.aws.resources.message import check_attributes, filled
from labcli.context import Aws
from labcli.errors import AwsError
from labcli.lab.model import Call, Effect, Planned, ResourceSpec, Times, Where
from labcli.lab.reader import Findings, Reader
from labcli.rules import sns

GONE = frozenset({"NotFound", "NotFoundException"})
_SAID = {
    sns.Code.NO_GROUP: "`{name}` is a FIFO topic: `MessageGroupId` is missing",
    sns.Code.NO_DEDUPLICATION: "`{name}` does not deduplicate by content: `MessageDeduplicationId` is missing",
    sns.Code.TYPE: "`{name}` is a Standard topic: it takes no `MessageDeduplicationId`",
}
"""What an author is told about a message that AWS refuses."""


@dataclass(frozen=True)
class TopicProps:
    """A topic as a lab declares it. ``attributes`` are AWS's, by AWS's names."""

    fifo: bool
    attributes: Mapping[str, str] = field(default_factory=dict)


class Topic(PlainKind):
    """The kind ``topic``."""

    attributes: Mapping[str, str] = {"name": "name", "arn": "arn"}
    rank = 50
    arn_has = ":sns:"
    gone = GONE | {"ResourceNotFound", "ResourceNotFoundException"}

    def read(self, declaration: Reader) -> TopicProps:
        """Read ``{topic: standard, display_name: …}`` or ``{topic: fifo, dedup: content}``."""
        fifo = declaration.choice("topic", ("standard", "fifo")) == "fifo"
        if declaration.data.get("topic") in (None, ""):
            declaration.findings.add(declaration.at("topic"), "a topic is `standard` or `fifo`", key=True)
        found = {"FifoTopic": "true"} if fifo else {}
        dedup = declaration.choice("dedup", ("content", "id"))
        if dedup and not fifo:
            declaration.findings.add(declaration.at("dedup"), "`dedup` is for fifo topics only", key=True)
        elif dedup:
            found["ContentBasedDeduplication"] = "true" if dedup == "content" else "false"
        shown = declaration.text("display_name")
        if len(shown) > sns.LONGEST_DISPLAY_NAME or "\n" in shown:
            said = f"`display_name` is one line of at most {sns.LONGEST_DISPLAY_NAME} characters"
            declaration.bad("display_name", said)
        found.update({"DisplayName": shown} if shown else {})
        key = declaration.text("kms_key")
        found.update({"KmsMasterKeyId": key} if key else {})
        return TopicProps(fifo, found)

    def check_call(
        self, operation: str, params: Mapping[str, Any], spec: ResourceSpec, where: Where, findings: Findings
    ) -> None:
        """A FIFO topic wants a group, and a deduplication id where it does not make one (Publish)."""
        if operation == "publish":
            self._published(params, spec, where, findings)
        entries = params.get("PublishBatchRequestEntries") if operation == "publish_batch" else None
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            if isinstance(entry, Mapping):
                self._published(entry, spec, (*where, "PublishBatchRequestEntries", index), findings)

    def _published(self, message: Mapping[str, Any], spec: ResourceSpec, where: Where, findings: Findings) -> None:
        known = {key: filled(value) for key, value in message.items()}
        for found in sns.ordering(known, spec.props.fifo, dedups(spec)):
            wrong = found.code == sns.Code.TYPE
            said = _SAID[sns.Code(found.code)].format(name=spec.name)
            findings.add((*where, *found.path) if wrong else where, said, key=wrong)
        subject = message.get("Subject")
        if isinstance(subject, str) and not sns.subject(subject):
            said = f"`Subject` is one line of 1 to {sns.LONGEST_SUBJECT} characters"
            findings.add((*where, "Subject"), said)
        check_attributes(message, sns.message_attributes, where, findings)

    def aws_name(self, prefix: str, spec: ResourceSpec, others: Mapping[str, ResourceSpec]) -> str:
        """At most 256 letters, digits, - and _; a FIFO topic's ends in .fifo."""
        return f"{prefix}-{spec.name}" + (sns.FIFO_SUFFIX if spec.props.fifo else "")

    def shape(self, spec: ResourceSpec) -> list[Planned]:
        """Create it and read the tags back."""
        params = self.tagged({"Name": f"${{{spec.name}.name}}", **self._attributes(spec, _as_it_is)}, PLANNED_TAGS)
        return [
            Planned(Call("sns", "create_topic", params), effect=Effect.CREATE),
            Planned(Call("sns", "get_topic_attributes", {"TopicArn": f"${{{spec.name}.arn}}"}), Times(1, 15)),
            Planned(Call("sns", "list_tags_for_resource", {"ResourceArn": f"${{{spec.name}.arn}}"})),
        ]

    def shape_of_delete(self, spec: ResourceSpec) -> list[Planned]:
        """Read it and its tags, delete it, and read it until it is gone."""
        topic = {"TopicArn": f"${{{spec.name}.arn}}"}
        tags = Call("sns", "list_tags_for_resource", {"ResourceArn": f"${{{spec.name}.arn}}"})
        return [
            Planned(Call("sns", "get_topic_attributes", topic), Times(2, 60, "it is gone")),
            Planned(tags, Times(1, 60)),
            Planned(Call("sns", "delete_topic", topic), Times(1, 2), Effect.DELETE),
        ]

    def _attributes(self, spec: ResourceSpec, fill: Fill) -> dict[str, Any]:
        found = {key: fill(value) for key, value in spec.props.attributes.items()}
        return {"Attributes": found} if found else {}

    def create(self, aws: Aws, name: str, spec: ResourceSpec, tags: Mapping[str, str], fill: Fill) -> dict[str, str]:
        """Create it with its tags. AwsError when AWS refuses."""
        aws.call("sns", "create_topic", self.tagged({"Name": name, **self._attributes(spec, fill)}, tags))
        return {}

    def tagged(self, params: Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
        """CreateTopic takes a list of keys and values."""
        ours = [{"Key": key, "Value": value} for key, value in tags.items()]
        return {**params, "Tags": [*(params.get("Tags") or []), *ours]}

    def predict(self, name: str, place: Place) -> dict[str, str]:
        """Its name and its ARN."""
        return {"name": name, "arn": place.arn("sns", name)}

    def find(self, aws: Aws, known: Mapping[str, str]) -> dict[str, str] | None:
        """Whether it is there: its name tells the rest."""
        if sns.name(known["name"], known["name"].endswith(sns.FIFO_SUFFIX)):
            return None
        return None if attributes_of(aws, known["arn"]) is None else {}

    def tags(self, aws: Aws, known: Mapping[str, str]) -> dict[str, str]:
        return tags_of(aws, known["arn"])

    def delete(self, aws: Aws, known: Mapping[str, str]) -> None:
        """Delete it; deleting one that does not exist is no error (DeleteTopic)."""
        or_none(aws, "sns", "delete_topic", {"TopicArn": known["arn"]}, GONE)

    def sweep(self, aws: Aws) -> list[Found]:
        """Every topic whose name starts with ours."""
        found: list[Found] = []
        for page in pages(aws, "sns", "list_topics", {}, ("NextToken", "NextToken")):
            for each in page.get("Topics", []):
                name = last_of(str(each["TopicArn"]))
                if name.startswith(PREFIX):
                    found += swept(aws, "topic", self, {"name": name, "arn": str(each["TopicArn"])})
        return found

    def shape_of_sweep(self) -> list[Planned]:
        """The calls of a sweep."""
        itself = ("get_topic_attributes", {"TopicArn": "${each}"})
        return sweep_of("sns", "list_topics", itself, ("list_tags_for_resource", {"ResourceArn": "${each}"}))

    def row(self, spec: ResourceSpec) -> Row:
        """Kind and specialities, in words."""
        said = []
        attributes = spec.props.attributes
        if attributes.get("ContentBasedDeduplication") == "true":
            said.append("deduplicates by content")
        if "DisplayName" in attributes:
            said.append(f"shown as {attributes['DisplayName']}")
        if "KmsMasterKeyId" in attributes:
            said.append("encrypted")
        return Row("FIFO topic" if spec.props.fifo else "Standard topic", ", ".join(said))

    def sheet(self, aws: Aws, known: Mapping[str, str]) -> Sheet:
        """Its attributes, its policy, and every subscription."""
        found = attributes_of(aws, known["arn"]) or {}
        for skip in ("TopicArn", "EffectiveDeliveryPolicy"):
            found.pop(skip, None)
        facts = (("name", known["name"]), ("arn", known["arn"]), *sorted(found.items()))
        lines = tuple(self._line(aws, each) for each in subscriptions_of(aws, known["arn"]) or [])
        return Sheet(facts, lines=(("subscriptions", lines),))

    def _line(self, aws: Aws, subscription: Mapping[str, Any]) -> str:
        """A subscription in one line: protocol, endpoint, filter, raw or not."""
        said = [f"{subscription['Protocol']} → {self.key_of(last_of(str(subscription['Endpoint'])))}"]
        arn = str(subscription["SubscriptionArn"])
        if not arn.startswith("arn:"):  # not confirmed, or deleted a moment ago: there is nothing more to read
            return f"{said[0]} · {arn}"
        answer = or_none(aws, "sns", "get_subscription_attributes", {"SubscriptionArn": arn}, GONE) or {}
        attributes = answer.get("Attributes", {})
        if attributes.get("RawMessageDelivery") == "true":
            said.append("raw")
        if attributes.get("FilterPolicy"):
            said.append(in_words(json.loads(attributes["FilterPolicy"])))
        return " · ".join(said)

    def by_hand(self, name: str, place: Place) -> str:
        """The aws command that deletes it."""
        return f"aws sns delete-topic --topic-arn {place.arn('sns', name)} {place.options}"


def _as_it_is(value: Any) -> Any:
    return value


def dedups(spec: ResourceSpec) -> bool:
    """Whether the topic makes its own deduplication ids."""
    return bool(spec.props.attributes.get("ContentBasedDeduplication") == "true")


def last_of(arn: str) -> str:
    """The last part of an ARN: the name of a topic, a queue or a function."""
    return arn.rsplit(":", 1)[-1]


def attributes_of(aws: Aws, arn: str) -> dict[str, str] | None:
    """The attributes of a topic, None when there is none."""
    found = or_none(aws, "sns", "get_topic_attributes", {"TopicArn": arn}, GONE)
    return None if found is None else dict(found.get("Attributes", {}))


def tags_of(aws: Aws, arn: str) -> dict[str, str]:
    """The tags of a topic. AwsError when nobody knows, and when there is none."""
    found = aws.call("sns", "list_tags_for_resource", {"ResourceArn": arn})
    return {each["Key"]: each["Value"] for each in found.get("Tags", [])}


def subscriptions_of(aws: Aws, arn: str) -> list[dict[str, Any]] | None:
    """Every subscription of a topic, None when there is no such topic."""
    try:
        found = pages(aws, "sns", "list_subscriptions_by_topic", {"TopicArn": arn}, ("NextToken", "NextToken"))
    except AwsError as error:
        if error.names & GONE:
            return None
        raise
    return [each for page in found for each in page.get("Subscriptions", [])]
