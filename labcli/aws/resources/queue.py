"""The resource kind ``queue``: an SQS queue, Standard or FIFO, with all of its attributes.

Facts of AWS: the SQS API Reference, CreateQueue and DeleteQueue (the model that ships with botocore 1.43).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labcli.aws.resources.base import PLANNED_TAGS, PREFIX, Fill, Found, Place, PlainKind, Row, Sheet
from labcli.aws.resources.calls import or_none, pages, sweep_of, swept
from labcli.aws.resources.message import check_attributes, filled
from labcli.aws.resources.queue_props import QueueProps, read_queue
from labcli.context import Aws
from labcli.errors import AwsError
from labcli.lab.model import Call, Effect, Planned, ResourceSpec, Times, Where
from labcli.lab.reader import Findings, Reader
from labcli.rules import sqs
from labcli.rules.near import nearest

GONE = frozenset({"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"})


_GROUP, _DEDUPLICATION = "MessageGroupId", "MessageDeduplicationId"
_SAID = {
    (sqs.Code.TYPE, _DEDUPLICATION): "`{name}` is a Standard queue: it takes no `MessageDeduplicationId`",
    (sqs.Code.TYPE, "DelaySeconds"): "`{name}` is a FIFO queue: it delays all messages alike, never one",
    (sqs.Code.NO_GROUP, _GROUP): "`{name}` is a FIFO queue: `MessageGroupId` is missing",
    (sqs.Code.NO_DEDUPLICATION, _DEDUPLICATION):
        "`{name}` does not deduplicate by content: `MessageDeduplicationId` is missing",
    (sqs.Code.GROUP, _GROUP): "`MessageGroupId` is 1 to 128 letters, digits and punctuation marks",
    (sqs.Code.DEDUPLICATION, _DEDUPLICATION):
        "`MessageDeduplicationId` is 1 to 128 letters, digits and punctuation marks",
    (sqs.Code.DELAY, "DelaySeconds"): f"`DelaySeconds` is whole seconds, from {sqs.DELAY.low} to {sqs.DELAY.high}",
}  # fmt: skip
"""What an author is told about a message that AWS refuses, by the rule and the parameter."""


class Queue(PlainKind):
    """The kind ``queue``."""

    attributes: Mapping[str, str] = {"name": "name", "url": "url", "arn": "arn"}
    rank = 60
    arn_has = ":sqs:"
    absent_reads = 15
    gone = GONE

    def read(self, declaration: Reader) -> QueueProps:
        """Read ``{queue: standard, visibility: 3, dead_letter: {to: dlq, after: 3}, …}``."""
        return read_queue(declaration)

    def needs(self, props: QueueProps) -> tuple[tuple[str, str], ...]:
        """The dead-letter queue must be there first (CreateQueue, RedrivePolicy)."""
        return (("dead_letter", props.dead_letter),) if props.dead_letter else ()

    def check(self, spec: ResourceSpec, others: Mapping[str, ResourceSpec], findings: Findings) -> None:
        """A dead-letter queue is a queue of the lab, Standard or FIFO as its source is (CreateQueue, RedrivePolicy)."""
        named = [((*spec.where, "dead_letter", "to"), name) for _, name in self.needs(spec.props)]
        named += [((*spec.where, "dead_letters_from"), name) for name in spec.props.sources]
        for where, name in named:
            other = others.get(name)
            if other is None:
                findings.add(where, f"no resource `{name}` in this lab{nearest(name, others)}")
            elif other.kind != spec.kind:
                findings.add(where, f"`{name}` is a {other.kind}, not a queue")
            elif other.props.fifo != spec.props.fifo:
                word = "FIFO" if spec.props.fifo else "Standard"
                findings.add(where, f"the dead-letter queue of a {word} queue is {word} too; `{name}` is not")
            elif name == spec.props.dead_letter and not other.props.takes_from(spec.name):
                findings.add(where, f"`{name}` takes no dead letters of `{spec.name}`: see its `dead_letters_from`")

    def check_call(
        self, operation: str, params: Mapping[str, Any], spec: ResourceSpec, where: Where, findings: Findings
    ) -> None:
        """A FIFO queue wants a group, and a deduplication id where it does not make one (SendMessage)."""
        if operation == "send_message":
            self._sent(params, spec, where, findings)
        entries = params.get("Entries") if operation == "send_message_batch" else None
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            if isinstance(entry, Mapping):
                self._sent(entry, spec, (*where, "Entries", index), findings)

    def _sent(self, message: Mapping[str, Any], spec: ResourceSpec, where: Where, findings: Findings) -> None:
        known = {key: filled(value) for key, value in message.items()}
        for found in sqs.message(known, spec.props.fifo, self.dedups(spec)):
            key = str(found.path[-1])
            if found.code == sqs.Code.DELAY and type(found.given) is not int:
                continue  # that it is no whole number is said of every parameter
            missing = found.code in (sqs.Code.NO_GROUP, sqs.Code.NO_DEDUPLICATION)
            said = _SAID[sqs.Code(found.code), key].format(name=spec.name)
            findings.add(where if missing else (*where, key), said, key=found.code == sqs.Code.TYPE)
        if isinstance(body := message.get("MessageBody"), str) and any(sqs.body(body)):
            findings.add((*where, "MessageBody"), "a control character stands in the message")
        check_attributes(message, sqs.message_attributes, where, findings)

    def dedups(self, spec: ResourceSpec) -> bool:
        """Whether the queue makes its own deduplication ids."""
        return bool(spec.props.attributes.get("ContentBasedDeduplication") == "true")

    def aws_name(self, prefix: str, spec: ResourceSpec, others: Mapping[str, ResourceSpec]) -> str:
        """At most 80 letters, digits, - and _; a FIFO queue's ends in .fifo."""
        return f"{prefix}-{spec.name}" + (sqs.FIFO_SUFFIX if spec.props.fifo else "")

    def shape(self, spec: ResourceSpec) -> list[Planned]:
        """Create it and read the tags back."""
        url = f"${{{spec.name}.url}}"
        params: dict[str, Any] = {"QueueName": f"${{{spec.name}.name}}", "tags": PLANNED_TAGS}
        attributes = self._attributes(spec, lambda value: value)
        if attributes:
            params["Attributes"] = attributes
        return [
            Planned(Call("sqs", "create_queue", params), effect=Effect.CREATE),
            Planned(Call("sqs", "get_queue_attributes", _asked(url)), Times(1, 15)),
            Planned(Call("sqs", "list_queue_tags", {"QueueUrl": url})),
        ]

    def shape_of_delete(self, spec: ResourceSpec) -> list[Planned]:
        """Find it, read its tags, delete it, and read until it is gone."""
        url = f"${{{spec.name}.url}}"
        named = {"QueueName": f"${{{spec.name}.name}}"}
        return [
            Planned(Call("sqs", "get_queue_url", named), Times(0, 60)),
            Planned(Call("sqs", "get_queue_attributes", _asked(url)), Times(1, 60, "it is gone")),
            Planned(Call("sqs", "list_queue_tags", {"QueueUrl": url}), Times(1, 60)),
            Planned(Call("sqs", "delete_queue", {"QueueUrl": url}), Times(1, 2), Effect.DELETE),
        ]

    def create(self, aws: Aws, name: str, spec: ResourceSpec, tags: Mapping[str, str], fill: Fill) -> dict[str, str]:
        """Create the queue with its tags. AwsError when AWS refuses."""
        params: dict[str, Any] = {"QueueName": name, "tags": dict(tags)}
        attributes = self._attributes(spec, fill)
        if attributes:
            params["Attributes"] = attributes
        return {"url": aws.call("sqs", "create_queue", params)["QueueUrl"]}

    def tagged(self, params: Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
        """CreateQueue takes the tags beside the attributes."""
        return {**params, "tags": {**(params.get("tags") or {}), **tags}}

    def predict(self, name: str, place: Place) -> dict[str, str]:
        """What is known before it exists: its name, and its ARN, which is made of account, region and name."""
        return {"name": name, "arn": place.arn("sqs", name)}

    def _attributes(self, spec: ResourceSpec, fill: Fill) -> dict[str, str]:
        found = {key: fill(value) for key, value in spec.props.attributes.items()}
        if isinstance(found.get("Policy"), Mapping):
            found["Policy"] = json.dumps(found["Policy"])
        if spec.props.dead_letter:
            arn = fill(f"${{{spec.props.dead_letter}.arn}}")
            found["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": spec.props.after})
        if spec.props.sources:
            arns = [fill(f"${{{source}.arn}}") for source in spec.props.sources]
            found["RedriveAllowPolicy"] = json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": arns})
        return found

    def find(self, aws: Aws, known: Mapping[str, str]) -> dict[str, str] | None:
        """Its URL. One that was recorded and is another queue's is not believed."""
        name, url = known["name"], known.get("url", "")
        if url.rsplit("/", 1)[-1] == name:
            found = or_none(aws, "sqs", "get_queue_attributes", _asked(url), GONE)
            if found is None:
                return None
            if known.get("arn", "") in ("", found.get("Attributes", {}).get("QueueArn")):
                return {"url": url}
        named = or_none(aws, "sqs", "get_queue_url", {"QueueName": name}, GONE)
        return None if named is None else {"url": str(named["QueueUrl"])}

    def tags(self, aws: Aws, known: Mapping[str, str]) -> dict[str, str]:
        return dict(aws.call("sqs", "list_queue_tags", {"QueueUrl": known["url"]}).get("Tags", {}))

    def delete(self, aws: Aws, known: Mapping[str, str]) -> None:
        """Delete the queue and all that is in it."""
        or_none(aws, "sqs", "delete_queue", {"QueueUrl": known["url"]}, GONE)

    def sweep(self, aws: Aws) -> list[Found]:
        """Every queue whose name starts with ours, with its tags; one that vanishes meanwhile is left out."""
        found: list[Found] = []
        listed = {"QueueNamePrefix": PREFIX, "MaxResults": 1000}
        found_pages = pages(aws, "sqs", "list_queues", listed, ("NextToken", "NextToken"))
        for url in [each for page in found_pages for each in page.get("QueueUrls", [])]:
            name = url.rsplit("/", 1)[-1]
            one = swept(aws, "queue", self, {"name": name, "url": url})
            found += [each._replace(created=self._created(aws, url) if each.tags else None) for each in one]
        return found

    def _created(self, aws: Aws, url: str) -> float | None:
        asked = {"QueueUrl": url, "AttributeNames": ["CreatedTimestamp"]}
        try:
            return float(aws.call("sqs", "get_queue_attributes", asked)["Attributes"]["CreatedTimestamp"])
        except (AwsError, KeyError):  # an age is a help, not a proof
            return None

    def shape_of_sweep(self) -> list[Planned]:
        """The calls of a sweep."""
        created = {"QueueUrl": "${each}", "AttributeNames": ["CreatedTimestamp"]}
        reads = (
            ("get_queue_attributes", _asked("${each}")), ("list_queue_tags", {"QueueUrl": "${each}"}),
            ("get_queue_attributes", created),
        )  # fmt: skip
        return sweep_of("sqs", "list_queues", *reads, QueueNamePrefix=PREFIX, MaxResults=1000)

    def row(self, spec: ResourceSpec) -> Row:
        """Kind and specialities, in words."""
        said = []
        attributes = spec.props.attributes
        if "VisibilityTimeout" in attributes:
            said.append(f"visible again after {attributes['VisibilityTimeout']} s")
        if spec.props.dead_letter:
            said.append(f"{spec.props.after} receives → {spec.props.dead_letter}")
        if attributes.get("ContentBasedDeduplication") == "true":
            said.append("deduplicates by content")
        if attributes.get("ReceiveMessageWaitTimeSeconds", "0") != "0":
            said.append(f"receives wait {attributes['ReceiveMessageWaitTimeSeconds']} s")
        if attributes.get("DelaySeconds", "0") != "0":
            said.append(f"delays {attributes['DelaySeconds']} s")
        return Row("FIFO" if spec.props.fifo else "Standard", ", ".join(said))

    def sheet(self, aws: Aws, known: Mapping[str, str]) -> Sheet:
        """Name, URL, ARN, the depth, and every attribute that matters."""
        name, url = known["name"], known["url"]
        found = aws.call("sqs", "get_queue_attributes", {"QueueUrl": url, "AttributeNames": ["All"]})["Attributes"]
        facts = [("name", name), ("url", url), ("arn", found.pop("QueueArn", ""))]
        facts += [
            ("visible", found.pop("ApproximateNumberOfMessages", "")),
            ("in flight", found.pop("ApproximateNumberOfMessagesNotVisible", "")),
            ("delayed", found.pop("ApproximateNumberOfMessagesDelayed", "")),
        ]
        for skip in ("CreatedTimestamp", "LastModifiedTimestamp"):
            found.pop(skip, None)
        return Sheet((*facts, *sorted(found.items())))

    def by_hand(self, name: str, place: Place) -> str:
        """The aws command that deletes it."""
        from labcli.aws.loader import partition_of  # it brings botocore with it, and few need it

        host = place.endpoint or f"https://sqs.{place.region}.{partition_of(place.region)[1]}"
        where = f"--endpoint-url {place.endpoint}" if place.endpoint else f"--region {place.region}"
        return f"aws sqs delete-queue --queue-url {host}/{place.account}/{name} {where}"


def _asked(url: str) -> dict[str, Any]:
    """The read of the queue itself: its ARN says which one it is."""
    return {"QueueUrl": url, "AttributeNames": ["QueueArn"]}
