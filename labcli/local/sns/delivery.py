"""From a topic to its subscribers: who gets a message, in what shape, and what becomes of one that cannot be delivered.

Rights are AWS's: a queue's policy decides about SQS, a function's resource policy about Lambda, both for the
principal ``sns.amazonaws.com`` with the topic as ``aws:SourceArn``. A client-side failure (the endpoint is gone, or
refuses) is not tried again: the subscription's dead-letter queue gets the message (SNS Developer Guide, "Amazon SNS
dead-letter queues"). A function is invoked asynchronously; that it fails is Lambda's business.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from labcli.local import iam
from labcli.local.names import names
from labcli.local.sns.filters import wants
from labcli.local.sns.scope import plain
from labcli.local.sqs.inject import Letter, put

sns = names(
    "services.sns",
    *("_topic_by_arn_any_scope", "request_scope", "_resolve_message_for_protocol", "_deliver_to_http"),
)
sqs = names("services.sqs", "queue_policy_allows")
lambdas = names(
    "services.lambda_svc",
    *("_functions", "_get_func_record_for_ref", "_execution_record_for_config", "invoke_async_with_retry"),
)
SERVICE = "sns.amazonaws.com"


@dataclass(frozen=True)
class Notice:
    """One message that was published, as its subscribers see it."""

    topic: str
    message_id: str
    message: str
    subject: str = ""
    structure: str = ""
    attributes: Mapping[str, Any] | None = None
    group: str = ""
    deduplication: str = ""
    sequence: str = ""


@dataclass(frozen=True)
class Delivery:
    """``clock`` gives seconds since the epoch."""

    clock: Callable[[], float]

    def fanout(
        self,
        topic_arn: str,
        msg_id: str,
        message: str,
        subject: str,
        message_structure: str = "",
        message_attributes: Mapping[str, Any] | None = None,
        message_group_id: str = "",
        message_dedup_id: str = "",
    ) -> None:
        """Deliver a message to every subscription that wants it; the engine calls it when it has taken one."""
        topic = sns._topic_by_arn_any_scope(topic_arn)
        if topic is None:
            return
        sequence = str(topic.get("fifo_seq", "")).zfill(20) if message_group_id and "fifo_seq" in topic else ""
        said = (topic_arn, msg_id, message, subject, message_structure, message_attributes or {})
        notice = Notice(*said, message_group_id, plain(topic, message_group_id, message_dedup_id), sequence)
        with sns.request_scope(topic_arn.split(":")[4], topic_arn.split(":")[3]):
            for subscription in list(topic["subscriptions"]):
                if subscription.get("confirmed"):
                    self._deliver(notice, subscription)

    def _deliver(self, notice: Notice, subscription: Any) -> None:
        protocol, endpoint = subscription["protocol"], subscription["endpoint"]
        text = sns._resolve_message_for_protocol(notice.message, notice.structure, protocol)
        if not wants(subscription, notice.attributes, text):
            return
        raw = subscription["attributes"].get("RawMessageDelivery") == "true"
        envelope = self.envelope(notice, subscription["arn"], text)
        if protocol == "sqs":
            body = text if raw else json.dumps(envelope)
            letter = Letter(body, (notice.attributes or {}) if raw else {}, notice.group, notice.deduplication)
            if not self._to_queue(endpoint, letter, notice.topic):
                self._to_dead_letters(letter, notice, subscription)
        elif protocol == "lambda":
            if not self._to_function(endpoint, envelope, notice, subscription["arn"]):
                letter = Letter(json.dumps(envelope), {}, notice.group, notice.deduplication)
                self._to_dead_letters(letter, notice, subscription)
        elif protocol in ("http", "https"):
            body = text if raw else json.dumps(envelope)
            work = sns._deliver_to_http(endpoint, body)
            threading.Thread(target=asyncio.run, args=(work,), daemon=True).start()

    def envelope(self, notice: Notice, subscription_arn: str, text: str) -> dict[str, Any]:
        """The message as JSON, with AWS's fields in AWS's order; its signature is not one."""
        region, now = notice.topic.split(":")[3], self.clock()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03}Z"
        host = f"https://sns.{region}.amazonaws.com"
        envelope: dict[str, Any] = {
            "Type": "Notification",
            "MessageId": notice.message_id,
            "SequenceNumber": notice.sequence or None,
            "TopicArn": notice.topic,
            "Subject": notice.subject or None,
            "Message": text,
            "Timestamp": stamp,
            "SignatureVersion": "1",
            "Signature": "bGFiY2xp",
            "SigningCertURL": f"{host}/SimpleNotificationService-00000000000000000000000000000000.pem",
            "UnsubscribeURL": f"{host}/?Action=Unsubscribe&SubscriptionArn={subscription_arn}",
        }
        if notice.attributes:
            envelope["MessageAttributes"] = {name: _spoken(value) for name, value in notice.attributes.items()}
        return {name: value for name, value in envelope.items() if value is not None}

    def _to_queue(self, queue_arn: str, letter: Letter, topic: str) -> bool:
        if not sqs.queue_policy_allows(queue_arn, SERVICE, topic, topic.split(":")[4]):
            return False
        return put(queue_arn, letter, self.clock())

    def _to_function(self, function_arn: str, envelope: dict[str, Any], notice: Notice, subscription: str) -> bool:
        func, config, name = lambdas._get_func_record_for_ref(function_arn)
        if not func or not config:
            return False
        policy = (lambdas._functions.get(name) or func).get("policy")
        if not iam.service_may(policy, SERVICE, "lambda:InvokeFunction", function_arn, notice.topic):
            return False
        said = {"Subject": None, **envelope, "MessageAttributes": envelope.get("MessageAttributes", {})}
        said["SigningCertUrl"] = said.pop("SigningCertURL")  # in an event for Lambda they are spelt so
        said["UnsubscribeUrl"] = said.pop("UnsubscribeURL")
        record = {"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": subscription, "Sns": said}
        called = {**config, "FunctionArn": function_arn}
        lambdas.invoke_async_with_retry(lambdas._execution_record_for_config(func, called), {"Records": [record]})
        return True

    def _to_dead_letters(self, letter: Letter, notice: Notice, subscription: Any) -> None:
        try:
            policy = json.loads(subscription["attributes"].get("RedrivePolicy") or "{}")
        except ValueError:
            return
        target = policy.get("deadLetterTargetArn") if isinstance(policy, dict) else None
        if target:
            self._to_queue(str(target), letter, notice.topic)


def _spoken(attribute: Mapping[str, Any]) -> dict[str, Any]:
    """A message attribute as the envelope says it."""
    kind = str(attribute.get("DataType") or "String")
    value = attribute.get("BinaryValue" if kind.startswith("Binary") else "StringValue", "")
    return {"Type": kind, "Value": value}
