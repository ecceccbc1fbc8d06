"""What AWS refuses at SNS, in its words: messages, subscriptions, topics.

Texts marked R are recorded from AWS (the snapshot tests of the LocalStack project); limits are those of the SNS API
reference (CreateTopic, Subscribe, Publish, PublishBatch).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from labcli.local.refused import Refused
from labcli.rules import filters, policies
from labcli.rules import sns as rules
from labcli.rules.finding import Finding

PROTOCOLS = {"http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"}
CONFIRMED_BY_THEIR_OWNER = {"http", "https", "email", "email-json"}
SETTABLE = {
    *("DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy"),
    *("SubscriptionRoleArn", "ReplayPolicy"),
}
TOPIC_SETTABLE = {
    *("DeliveryPolicy", "DisplayName", "Policy", "TracingConfig", "KmsMasterKeyId", "SignatureVersion"),
    *("ContentBasedDeduplication", "ArchivePolicy", "FifoThroughputScope", "MaximumMessageSize"),
}


def invalid(text: str) -> Refused:
    """The usual refusal."""
    return Refused("InvalidParameter", f"Invalid parameter: {text}")


def arn(value: str, name: str, region: str = "") -> None:
    """Refuse what is not an ARN at all (R), and one of another region than ``region``."""
    parts = value.split(":")
    if len(parts) < 6:
        raise invalid(f"{name} Reason: An ARN must have at least 6 elements, not {len(parts)}")
    if region and parts[3] != region:
        raise invalid(name)


def refuse(found: Iterable[Finding]) -> None:
    """Refuse what the rules refuse, in AWS's words; of several findings AWS says the first."""
    for each in found:
        raise Refused(each.error, each.message)


def policy(text: str, where: str = "") -> None:
    """Refuse a policy of a topic that is none, or is about another service."""
    statements = policies.statements(text)
    if not statements:
        raise invalid(f"{where}Policy Error: null")
    if policies.unknown_services(text):
        raise invalid(f"{where}Policy Error: PrincipalNotFound")
    for each in statements:
        said = each.get("Action", each.get("NotAction"))
        for action in said if isinstance(said, list) else [said]:
            if not re.match(r"(?i)\*|sns:", str(action)):
                raise invalid(f"{where}Policy statement action out of service scope!")


# -- messages --------------------------------------------------------------------------------------------------------


def message(
    text: str, subject: str | None, structure: str, attributes: Mapping[str, Any], size: int, limit: int
) -> None:
    """Refuse a message that cannot be published (R). ``subject`` None when there is none; sizes in bytes."""
    if not text:
        raise invalid("Empty message")
    if size > limit:
        raise invalid("Message too long")
    if subject is not None and not rules.subject(subject):
        raise invalid("Subject")
    if structure and structure != "json":
        raise invalid("MessageStructure")
    if structure:
        _structure(text)
    refuse(rules.message_attributes(attributes))


def _structure(text: str) -> None:
    try:
        parsed = json.loads(text)
    except ValueError:
        raise invalid("Message Structure - JSON message body failed to parse") from None
    if not isinstance(parsed, dict) or not isinstance(parsed.get("default"), str):
        raise invalid("Message Structure - No default entry in JSON message body")


def batch(entries: Iterable[Mapping[str, Any]], total: int, limit: int) -> None:
    """Refuse a batch as a whole (R)."""
    ids = [str(entry.get("id") or "") for entry in entries]
    if not ids:
        raise Refused("EmptyBatchRequest", "The batch request doesn't contain any entries.")
    if len(ids) > 10:
        raise Refused("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.")
    if len(set(ids)) < len(ids):
        raise Refused("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
    if not all(re.fullmatch(r"[A-Za-z0-9_-]{1,80}", id_, re.ASCII) for id_ in ids):
        text = "The Id of a batch entry in a batch request doesn't abide by the specification."
        raise Refused("InvalidBatchEntryId", text)
    if total > limit:
        raise Refused("BatchRequestTooLong", "The length of all the messages put together is more than the limit.")


# -- subscriptions ---------------------------------------------------------------------------------------------------


def endpoint(protocol: str, value: str, topic_is_fifo: bool) -> None:
    """Refuse what cannot be subscribed (R where quoted by the scenarios)."""
    if protocol not in PROTOCOLS:
        raise invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    service = {"sqs": "sqs", "lambda": "lambda", "firehose": "firehose"}.get(protocol)
    if service and not re.fullmatch(rf"arn:aws[a-z-]*:{service}:[a-z0-9-]+:\d{{12}}:\S+", value, re.ASCII):
        label = {"sqs": "SQS", "lambda": "Lambda", "firehose": "Firehose"}[service]
        raise invalid(f"{label} endpoint ARN")
    if protocol in ("http", "https") and not value.startswith(f"{protocol}://"):
        raise invalid("Endpoint must match the specified protocol")
    if protocol.startswith("email") and not re.fullmatch(r"[^@\s]+@[^@\s]+", value):
        raise invalid("Email address")
    if protocol == "sqs" and value.endswith(".fifo") and not topic_is_fifo:
        text = "Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"
        raise invalid(f"Invalid parameter: {text}")
    if topic_is_fifo and protocol != "sqs":
        raise invalid("Invalid parameter: Endpoint Reason: Please use FIFO SQS queue")


def attribute(name: str, value: str, scope: str, topic_is_fifo: bool, where: str = "") -> None:
    """Refuse an attribute of a subscription. ``where`` stands before the reason, as Subscribe has it."""
    if name not in SETTABLE:
        raise invalid("AttributeName")
    if name == "RawMessageDelivery" and value.lower() not in ("true", "false"):
        raise invalid(f"{where}RawMessageDelivery: Invalid value [{value}]. Must be true or false.")
    if name == "FilterPolicyScope" and value not in filters.SCOPES:
        text = f"FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or MessageAttributes"
        raise invalid(where + text)
    if name == "FilterPolicy" and value and value != "{}":
        for found in filters.read_text(value, scope):
            raise invalid(f"{where}FilterPolicy: {found.message}")
    if name == "RedrivePolicy" and value:
        _redrive(value, topic_is_fifo, where)


def _redrive(value: str, topic_is_fifo: bool, where: str) -> None:
    try:
        policy = json.loads(value)
        unknown = next((name for name in policy if name != "deadLetterTargetArn"), None)
        target = str(policy["deadLetterTargetArn"]) if unknown is None else ""
    except (ValueError, TypeError, RecursionError):
        raise invalid(f"{where}RedrivePolicy: failed to parse JSON.") from None
    except KeyError:
        raise invalid(f"{where}RedrivePolicy: deadLetterTargetArn is missing") from None
    if unknown is not None:  # as AWS says it of maxReceiveCount
        raise invalid(f"{where}RedrivePolicy: invalid JSON. Attribute {unknown} is unknown.")
    if not re.fullmatch(r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:\S+", target, re.ASCII):
        raise invalid(f"{where}RedrivePolicy: deadLetterTargetArn is an invalid arn")
    if topic_is_fifo and not target.endswith(".fifo"):
        text = "must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic."
        raise invalid(f"{where}RedrivePolicy: {text}")


def in_awss_words(original: Callable[..., Any]) -> Callable[..., Any]:
    """Errors of the engine in AWS's words."""

    def error(code: str, message: str, status: int) -> Any:
        code = {"InvalidParameterException": "InvalidParameter", "ResourceNotFoundException": "ResourceNotFound"}.get(
            code, code
        )
        message = re.sub(r"^(Topic|Subscription) does not exist: .*", r"\1 does not exist", message)
        return original(code, message, status)

    return error
