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
from labcli.rules import filters

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
NAME = re.compile(r"[A-Za-z0-9_-]{1,256}", re.ASCII)
KIND = re.compile(r"(String|Number|Binary)(\.[^\x00-\x1f]+)?")
_FIFO_NAME = (
    "Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, numbers, "
    "underscores, and hyphens, and must be between 1 and 256 characters long."
)
NO_DEDUPLICATION = (
    "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
)


def invalid(text: str) -> Refused:
    """The usual refusal."""
    return Refused("InvalidParameter", f"Invalid parameter: {text}")


def arn(value: str, name: str) -> None:
    """Refuse what is not an ARN at all (R)."""
    if (parts := len(value.split(":"))) < 6:
        raise invalid(f"{name} Reason: An ARN must have at least 6 elements, not {parts}")


def topic_name(name: str, fifo: bool) -> None:
    """Refuse a name that a topic cannot have."""
    if fifo and not (name.endswith(".fifo") and NAME.fullmatch(name[:-5]) and len(name) <= 256):
        raise invalid(_FIFO_NAME)
    if not fifo and not NAME.fullmatch(name):
        raise invalid("Topic Name")


# -- messages --------------------------------------------------------------------------------------------------------


def message(text: str, subject: str, structure: str, attributes: Mapping[str, Any], size: int, limit: int) -> None:
    """Refuse a message that cannot be published (R). ``size`` and ``limit`` in bytes."""
    if not text:
        raise invalid("Empty message")
    if size > limit:
        raise invalid("Message too long")
    if len(subject) > 100 or any(ord(character) < 32 for character in subject) or subject[:1].isspace():
        raise invalid("Subject")
    if structure and structure != "json":
        raise invalid("MessageStructure")
    if structure:
        _structure(text)
    for name, value in attributes.items():
        _attribute(name, value)


def _structure(text: str) -> None:
    try:
        parsed = json.loads(text)
    except ValueError:
        raise invalid("Message Structure - JSON message body failed to parse") from None
    if not isinstance(parsed, dict) or not isinstance(parsed.get("default"), str):
        raise invalid("Message Structure - No default entry in JSON message body")


def _attribute(name: str, value: Mapping[str, Any]) -> None:
    kind, about = str(value.get("DataType") or ""), f"The message attribute '{name}'"
    if not kind:
        raise Refused("ParameterValueInvalid", f"{about} must contain non-empty message attribute type.")
    if not KIND.fullmatch(kind):
        text = "has an invalid message attribute type, the set of supported type prefixes is"
        raise Refused("ParameterValueInvalid", f"{about} {text} Binary, Number, and String.")
    said = value.get("BinaryValue" if kind.startswith("Binary") else "StringValue")
    if not said:
        text = f"must contain non-empty message attribute value for message attribute type '{kind}'."
        raise Refused("ParameterValueInvalid", f"{about} {text}")
    if kind.startswith("Number"):
        try:
            float(str(said))
        except ValueError:
            text = f"Could not cast message attribute '{name}' value to number."
            raise Refused("ParameterValueInvalid", text) from None


def ordering(fifo: bool, by_content: bool, group: str, deduplication: str) -> None:
    """Refuse what does not fit the kind of topic."""
    if fifo and not group:
        raise invalid("The MessageGroupId parameter is required for FIFO topics")
    if fifo and not (by_content or deduplication):
        raise invalid(NO_DEDUPLICATION)
    if not fifo and deduplication:
        name = "MessageDeduplicationId"
        raise invalid(f"{name} Reason: The request includes {name} parameter that is not valid for this topic type")


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
        target = str(json.loads(value)["deadLetterTargetArn"])
    except (ValueError, TypeError):
        raise invalid(f"{where}RedrivePolicy: failed to parse JSON.") from None
    except KeyError:
        raise invalid(f"{where}RedrivePolicy: deadLetterTargetArn is missing") from None
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
