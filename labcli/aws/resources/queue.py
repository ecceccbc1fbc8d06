"""The resource kind ``queue``: an SQS queue, Standard or FIFO, with all of its attributes.

Facts of AWS: the SQS API Reference, CreateQueue and DeleteQueue (the model that ships with botocore 1.43).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from labcli.aws.resources.base import PLANNED_TAGS, PREFIX, Found, Place, Row, Sheet
from labcli.context import Aws
from labcli.errors import AwsError
from labcli.lab.model import Call, Effect, Planned, ResourceSpec, Times, Where
from labcli.lab.problem import nearest
from labcli.lab.reader import Findings, Reader

GONE = frozenset({"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"})
LONGEST_NAME = 80

_NUMBERS = {
    # key in the lab: (attribute, lowest, highest), seconds or bytes
    "visibility": ("VisibilityTimeout", 0, 43200),
    "delay": ("DelaySeconds", 0, 900),
    "retention": ("MessageRetentionPeriod", 60, 1209600),
    "receive_wait": ("ReceiveMessageWaitTimeSeconds", 0, 20),
    "kms_reuse": ("KmsDataKeyReusePeriodSeconds", 60, 86400),
}


@dataclass(frozen=True)
class QueueProps:
    """A queue as a lab declares it. ``attributes`` are AWS's, by AWS's names; references may stand in them."""

    fifo: bool
    attributes: Mapping[str, Any] = field(default_factory=dict)
    dead_letter: str = ""
    after: int = 0
    sources: tuple[str, ...] = ()
    """The only queues that may use this one as a dead-letter queue."""


class Queue:
    """The kind ``queue``."""

    attributes: Mapping[str, str] = {"name": "name", "url": "url", "arn": "arn"}
    rank = 60

    def read(self, declaration: Reader) -> QueueProps:
        """Read ``{queue: standard, visibility: 3, dead_letter: {to: dlq, after: 3}, …}``."""
        fifo = declaration.choice("queue", ("standard", "fifo")) == "fifo"
        if declaration.data.get("queue") in (None, ""):
            declaration.findings.add(declaration.at("queue"), "a queue is `standard` or `fifo`", key=True)
        found: dict[str, Any] = {}
        for key, (attribute, low, high) in _NUMBERS.items():
            seconds = declaration.duration(key, low, high)
            if seconds is not None:
                if seconds != int(seconds):
                    declaration.bad(key, f"`{key}` is whole seconds")
                found[attribute] = str(int(seconds))
        size = declaration.integer("max_size", 1024, 1048576)
        if size is not None:
            found["MaximumMessageSize"] = str(size)
        self._encryption(declaration, found)
        self._fifo(declaration, fifo, found)
        if declaration.has("policy"):
            found["Policy"] = declaration.mapping("policy")
        to, after = self._dead_letter(declaration)
        allowed = declaration.raw("dead_letters_from")
        sources: tuple[str, ...] = ()
        if allowed in ("all", "none"):
            permission = {"all": "allowAll", "none": "denyAll"}[allowed]
            found["RedriveAllowPolicy"] = json.dumps({"redrivePermission": permission})
        elif allowed is not None:
            sources = declaration.texts("dead_letters_from")
        return QueueProps(fifo, found, to, after, sources)

    def _encryption(self, declaration: Reader, found: dict[str, Any]) -> None:
        key = declaration.text("kms_key")
        if key:
            found["KmsMasterKeyId"] = key
        sse = declaration.flag("sse")
        if sse is not None:
            found["SqsManagedSseEnabled"] = "true" if sse else "false"
            if key and sse:
                declaration.bad("sse", "a queue is encrypted by `kms_key` or by `sse`, not by both")

    def _fifo(self, declaration: Reader, fifo: bool, found: dict[str, Any]) -> None:
        if fifo:
            found["FifoQueue"] = "true"
        for key, attribute, words in (
            ("dedup", "ContentBasedDeduplication", {"content": "true", "id": "false"}),
            ("dedup_scope", "DeduplicationScope", {"queue": "queue", "group": "messageGroup"}),
            ("throughput", "FifoThroughputLimit", {"queue": "perQueue", "group": "perMessageGroupId"}),
        ):
            word = declaration.choice(key, words)
            if word and not fifo:
                declaration.findings.add(declaration.at(key), f"`{key}` is for fifo queues only", key=True)
            elif word:
                found[attribute] = words[word]
        if (
            found.get("FifoThroughputLimit") == "perMessageGroupId"
            and found.get("DeduplicationScope") != "messageGroup"
        ):
            declaration.bad("throughput", "`throughput: group` needs `dedup_scope: group`")

    def _dead_letter(self, declaration: Reader) -> tuple[str, int]:
        inner = declaration.inner("dead_letter", "`dead_letter`")
        if inner is None:
            return "", 0
        to, after = inner.text("to", required=True), inner.integer("after", 1, 1000, 10)
        inner.done()
        return to, after or 10

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
        if not spec.props.fifo:
            if "MessageDeduplicationId" in message:
                said = f"`{spec.name}` is a Standard queue: it takes no `MessageDeduplicationId`"
                findings.add((*where, "MessageDeduplicationId"), said, key=True)
            return
        if "MessageGroupId" not in message:
            findings.add(where, f"`{spec.name}` is a FIFO queue: `MessageGroupId` is missing")
        if "MessageDeduplicationId" not in message and not self.dedups(spec):
            findings.add(where, f"`{spec.name}` does not deduplicate by content: `MessageDeduplicationId` is missing")
        if "DelaySeconds" in message:
            said = f"`{spec.name}` is a FIFO queue: it delays all messages alike, never one"
            findings.add((*where, "DelaySeconds"), said, key=True)

    def dedups(self, spec: ResourceSpec) -> bool:
        """Whether the queue makes its own deduplication ids."""
        return bool(spec.props.attributes.get("ContentBasedDeduplication") == "true")

    def aws_name(self, prefix: str, spec: ResourceSpec) -> str:
        """At most 80 letters, digits, - and _; a FIFO queue's ends in .fifo."""
        return f"{prefix}-{spec.name}" + (".fifo" if spec.props.fifo else "")

    def shape(self, spec: ResourceSpec) -> list[Planned]:
        """Create it and read the tags back."""
        url = f"${{{spec.name}.url}}"
        params: dict[str, Any] = {"QueueName": f"${{{spec.name}.name}}", "tags": PLANNED_TAGS}
        attributes = self._attributes(spec, lambda value: value)
        if attributes:
            params["Attributes"] = attributes
        return [
            Planned(Call("sqs", "create_queue", params), effect=Effect.CREATE),
            Planned(Call("sqs", "list_queue_tags", {"QueueUrl": url})),
        ]

    def shape_of_delete(self, spec: ResourceSpec) -> list[Planned]:
        """Find it, read its tags, delete it, and read until it is gone."""
        url = f"${{{spec.name}.url}}"
        named = {"QueueName": f"${{{spec.name}.name}}"}
        return [
            Planned(Call("sqs", "get_queue_url", named), Times(0, 2)),
            Planned(Call("sqs", "list_queue_tags", {"QueueUrl": url}), Times(2, 60, "it is gone")),
            Planned(Call("sqs", "delete_queue", {"QueueUrl": url}), Times(1, 2), Effect.DELETE),
        ]

    def create(
        self, aws: Aws, name: str, spec: ResourceSpec, tags: Mapping[str, str], fill: Callable[[Any], Any]
    ) -> dict[str, str]:
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
        return {"name": name, "arn": f"arn:{place.partition}:sqs:{place.region}:{place.account}:{name}"}

    def _attributes(self, spec: ResourceSpec, fill: Callable[[Any], Any]) -> dict[str, str]:
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

    def attributes_of(self, aws: Aws, name: str) -> dict[str, str] | None:
        """The URL of the queue with this name."""
        url = self._url(aws, name)
        return {"url": url} if url else None

    def _url(self, aws: Aws, name: str) -> str | None:
        try:
            return str(aws.call("sqs", "get_queue_url", {"QueueName": name})["QueueUrl"])
        except AwsError as error:
            if error.names & GONE:
                return None
            raise

    def tags(self, aws: Aws, name: str, known: Mapping[str, str]) -> dict[str, str] | None:
        """Its tags, None when SQS says that there is no such queue."""
        url = known.get("url") or self._url(aws, name)
        if url is None:
            return None
        try:
            return dict(aws.call("sqs", "list_queue_tags", {"QueueUrl": url}).get("Tags", {}))
        except AwsError as error:
            if error.names & GONE:
                return None
            raise

    def delete(self, aws: Aws, name: str, known: Mapping[str, str]) -> None:
        """Delete the queue and all that is in it."""
        url = known.get("url") or self._url(aws, name)
        if url is None:
            return
        try:
            aws.call("sqs", "delete_queue", {"QueueUrl": url})
        except AwsError as error:
            if not error.names & GONE:
                raise

    def sweep(self, aws: Aws) -> list[Found]:
        """Every queue whose name starts with ours, with its tags; one that vanishes meanwhile is left out."""
        found, token = [], None
        while True:
            params: dict[str, Any] = {"QueueNamePrefix": PREFIX, "MaxResults": 1000}
            page = aws.call("sqs", "list_queues", {**params, **({"NextToken": token} if token else {})})
            for url in page.get("QueueUrls", []):
                name = url.rsplit("/", 1)[-1]
                try:
                    tags = self.tags(aws, name, {"url": url})
                except AwsError as error:  # one that cannot be read hides none of the others
                    found.append(Found("queue", name, {}, unread=f"{error.code} on {error.operation}"))
                    continue
                if tags is not None:
                    found.append(Found("queue", name, tags, self._created(aws, url) if tags else None))
            token = page.get("NextToken")
            if not token:
                return found

    def _created(self, aws: Aws, url: str) -> float | None:
        asked = {"QueueUrl": url, "AttributeNames": ["CreatedTimestamp"]}
        try:
            return float(aws.call("sqs", "get_queue_attributes", asked)["Attributes"]["CreatedTimestamp"])
        except (AwsError, KeyError):  # an age is a help, not a proof
            return None

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

    def sheet(self, aws: Aws, name: str) -> Sheet | None:
        """Name, URL, ARN, the depth, and every attribute that matters."""
        url = self._url(aws, name)
        if url is None:
            return None
        found = aws.call("sqs", "get_queue_attributes", {"QueueUrl": url, "AttributeNames": ["All"]})["Attributes"]
        tags = aws.call("sqs", "list_queue_tags", {"QueueUrl": url}).get("Tags", {})
        facts = [("name", name), ("url", url), ("arn", found.pop("QueueArn", ""))]
        facts += [
            ("visible", found.pop("ApproximateNumberOfMessages", "")),
            ("in flight", found.pop("ApproximateNumberOfMessagesNotVisible", "")),
            ("delayed", found.pop("ApproximateNumberOfMessagesDelayed", "")),
        ]
        for skip in ("CreatedTimestamp", "LastModifiedTimestamp"):
            found.pop(skip, None)
        return Sheet((*facts, *sorted(found.items())), dict(tags))

    def by_hand(self, name: str, place: Place) -> str:
        """The aws command that deletes it."""
        host = place.endpoint or f"https://sqs.{place.region}.amazonaws.com"
        where = f"--endpoint-url {place.endpoint}" if place.endpoint else f"--region {place.region}"
        return f"aws sqs delete-queue --queue-url {host}/{place.account}/{name} {where}"
