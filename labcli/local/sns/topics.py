"""SNS as AWS has it, where the engine differs. This file: the actions; who gets a message is in delivery.py.

The corrections wrap the engine's action handlers, behind its signature and policy checks. R marks texts recorded
from AWS.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from labcli.local.names import names
from labcli.local.refused import Refused
from labcli.local.sns import defaults, refusals, scope, tags
from labcli.local.sns.refusals import invalid
from labcli.rules import sns as rules

sns = names(
    "services.sns",
    *("_error", "_p", "_topics", "_topic_by_arn_any_scope", "_is_fifo_topic", "_normalize_arn", "_xml"),
    *("_find_subscription", "_sub_arn_to_topic", "_refresh_subscription_counts", "_platform_endpoints"),
    *("_parse_message_attributes", "_parse_batch_entries", "_message_payload_size", "_param_tags"),
    *("_resolve_topic_tag_arn", "get_account_id", "get_region", "new_uuid"),
)
evaluator = names("core.iam_evaluator", "caller_arn")
LARGEST = 262_144
Answer = Any
"""What a handler of the engine gives: status, headers, body."""
Handler = Callable[[Any], Answer]


class Topics:
    """The actions of the engine's SNS module."""

    @property
    def checks(self) -> dict[str, Callable[[Any], None]]:
        """What is looked at before which action."""
        return {
            "_create_topic": self.create_topic,
            "_set_topic_attributes": self.set_topic_attributes,
            "_delete_topic": lambda params: self._topic(self._p(params, "TopicArn")),
            "_tag_resource": tags.tag_resource,
            "_publish": self.publish,
            "_publish_batch": self.publish_batch,
            "_unsubscribe": self.subscription_arn,
            "_get_subscription_attributes": self.subscription_arn,
            "_set_subscription_attributes": self.set_subscription_attributes,
        }

    def checked(self, check: Callable[[Any], None]) -> Callable[[Handler], Handler]:
        """A wrapper that refuses what the check refuses."""

        def wrap(original: Handler) -> Handler:
            def handle(params: Any) -> Answer:
                try:
                    check(params)
                except Refused as refused:
                    return sns._error(refused.code, refused.text, refused.status)
                return original(params)

            return handle

        return wrap

    def _p(self, params: Any, name: str) -> str:
        return str(sns._p(params, name) or "")

    def _entries(self, params: Any, prefix: str = "Attributes.entry") -> dict[str, str]:
        found, number = {}, 1
        while name := self._p(params, f"{prefix}.{number}.key"):
            found[name] = self._p(params, f"{prefix}.{number}.value")
            number += 1
        return found

    def found(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """The engine's look-up of a topic; what is not an ARN is not looked up (R)."""

        def get_topic(topic_arn: str, action: str | None = None) -> Any:
            try:
                refusals.arn(topic_arn, "TopicArn", sns.get_region())
            except Refused as refused:
                return None, sns._error(refused.code, refused.text, refused.status)
            return original(topic_arn, action)

        return get_topic

    def _topic(self, topic_arn: str) -> Any:
        refusals.arn(topic_arn, "TopicArn", sns.get_region())
        return sns._topic_by_arn_any_scope(sns._normalize_arn(topic_arn))

    # -- topics ----------------------------------------------------------------------------------------------------

    def create_topic(self, params: Any) -> None:
        """Refuse bad names, and a twin with other attributes or tags."""
        name, attributes = self._p(params, "Name"), self._entries(params)
        refusals.refuse(rules.name(name, attributes.get("FifoTopic") == "true"))
        self._check_values(attributes, "Attributes Reason: ")
        tags.check(params, {})
        existing = sns._topics.get(self._arn(name))
        if existing is None:
            return
        if any(existing["attributes"].get(key) != value for key, value in attributes.items()):
            raise invalid("Attributes Reason: Topic already exists with different attributes")
        given = sns._param_tags(params)
        if given and given != existing.get("tags", {}):
            raise invalid("Tags Reason: Topic already exists with different tags")

    def _arn(self, name: str) -> str:
        return f"arn:aws:sns:{sns.get_region()}:{sns.get_account_id()}:{name}"

    def _check_values(self, attributes: Mapping[str, str], where: str = "") -> None:
        if attributes.get("FifoThroughputScope", scope.SCOPES[0]) not in scope.SCOPES:
            raise invalid(f"{where}FifoThroughputScope")
        if attributes.get("Policy"):
            refusals.policy(attributes["Policy"], where)

    def completed(self, original: Handler) -> Handler:
        """What AWS gives a new topic beyond the engine."""

        def handle(params: Any) -> Answer:
            arn = self._arn(self._p(params, "Name"))
            new, answer = arn not in sns._topics, original(params)
            if new and answer[0] == 200:
                given = self._entries(params)
                made = defaults.attributes(arn, sns.get_account_id())
                sns._topics[arn]["attributes"] |= {key: made[key] for key in made if key not in given}
            return answer

        return handle

    def set_topic_attributes(self, params: Any) -> None:
        """Refuse attributes that a topic does not have."""
        self._topic(self._p(params, "TopicArn"))
        if self._p(params, "AttributeName") not in refusals.TOPIC_SETTABLE:
            raise invalid("AttributeName")
        self._check_values({self._p(params, "AttributeName"): self._p(params, "AttributeValue")})

    # -- messages --------------------------------------------------------------------------------------------------

    def publish(self, params: Any) -> None:
        """Refuse what cannot be published."""
        target = self._p(params, "TopicArn") or self._p(params, "TargetArn")
        topic = None
        if not self._p(params, "PhoneNumber"):
            topic = self._topic(target)
            if topic is None and target not in sns._platform_endpoints:
                return  # the engine says NotFound
        attributes = sns._parse_message_attributes(params)
        text = self._p(params, "Message")
        size = sns._message_payload_size(text, attributes)
        structure = self._p(params, "MessageStructure")
        subject = self._p(params, "Subject") if "Subject" in params else None
        refusals.message(text, subject, structure, attributes, size, _limit(topic))
        if topic is not None:
            group, deduplication = self._p(params, "MessageGroupId"), self._p(params, "MessageDeduplicationId")
            self._check_ids(topic, params, "", text, group, deduplication)

    def publish_batch(self, params: Any) -> None:
        """Refuse a batch that AWS refuses as a whole."""
        topic = self._topic(self._p(params, "TopicArn"))
        if topic is None:
            return
        entries = sns._parse_batch_entries(params)
        sizes = [sns._message_payload_size(e["message"], e["message_attributes"]) for e in entries]
        refusals.batch(entries, sum(sizes), _limit(topic))
        for number, (entry, size) in enumerate(zip(entries, sizes, strict=True), 1):
            prefix = f"PublishBatchRequestEntries.member.{number}."
            subject = entry["subject"] if f"{prefix}Subject" in params else None
            about = (entry["message"], subject, entry["message_structure"], entry["message_attributes"])
            refusals.message(*about, size, _limit(topic))
            ids = (entry["message_group_id"], entry["message_dedup_id"])
            self._check_ids(topic, params, prefix, entry["message"], *ids)

    def _check_ids(self, topic: Any, params: Any, prefix: str, text: str, group: str, deduplication: str) -> None:
        """Refuse ids that do not fit the topic; hand on the one that its scope asks for."""
        given = {"MessageGroupId": group, "MessageDeduplicationId": deduplication}
        refusals.refuse(rules.ordering(given, sns._is_fifo_topic(topic), _by_content(topic)))
        if scoped := scope.within_group(topic, text, group, deduplication):
            params[f"{prefix}MessageDeduplicationId"] = [scoped]

    def with_binary(self, original: Callable[[Any], list[Any]]) -> Callable[[Any], list[Any]]:
        """The entries of a batch, with the binary values that the engine leaves out."""

        def parse(params: Any) -> list[Any]:
            entries = original(params)
            for number, entry in enumerate(entries, 1):
                prefix = f"PublishBatchRequestEntries.member.{number}.MessageAttributes.entry"
                for place, attribute in enumerate(entry["message_attributes"].values(), 1):
                    if binary := self._p(params, f"{prefix}.{place}.Value.BinaryValue"):
                        attribute.pop("StringValue", None)
                        attribute["BinaryValue"] = binary
            return entries

        return parse

    # -- subscriptions ---------------------------------------------------------------------------------------------

    def subscription_arn(self, params: Any) -> None:
        """Refuse what is not an ARN."""
        refusals.arn(self._p(params, "SubscriptionArn"), "SubscriptionArn")

    def set_subscription_attributes(self, params: Any) -> None:
        """Refuse what a subscription cannot be set to."""
        subscription = self._p(params, "SubscriptionArn")
        refusals.arn(subscription, "SubscriptionArn")
        topic = sns._topic_by_arn_any_scope(sns._sub_arn_to_topic.get(subscription) or "")
        found = sns._find_subscription(topic["arn"], subscription) if topic else None
        if found is None:
            return
        filtered = found["attributes"].get("FilterPolicyScope", "MessageAttributes")
        fifo = sns._is_fifo_topic(topic)
        refusals.attribute(self._p(params, "AttributeName"), self._p(params, "AttributeValue"), filtered, fifo)

    def subscribe(self, original: Handler) -> Handler:
        """Refuse what cannot be subscribed; e-mail waits to be confirmed, as http does."""

        def handle(params: Any) -> Answer:
            protocol, endpoint = self._p(params, "Protocol"), self._p(params, "Endpoint")
            attributes = self._entries(params)
            try:
                topic = self._topic(self._p(params, "TopicArn"))
                if topic is not None and self._is_same(topic, protocol, endpoint, attributes):
                    return original(params)
            except Refused as refused:
                return sns._error(refused.code, refused.text, refused.status)
            answer = original(params)
            return self._complete(topic, params, answer) if topic is not None and answer[0] == 200 else answer

        return handle

    def _is_same(self, topic: Any, protocol: str, endpoint: str, attributes: Mapping[str, str]) -> bool:
        """Whether this subscription is there already; Refused when it is with other attributes, or cannot be."""
        fifo = sns._is_fifo_topic(topic)
        refusals.endpoint(protocol, endpoint, fifo)
        filtered = attributes.get("FilterPolicyScope", "MessageAttributes")
        for name, value in attributes.items():
            refusals.attribute(name, value, filtered, fifo, "Attributes Reason: ")
        for existing in topic["subscriptions"]:
            if (existing["protocol"], existing["endpoint"]) == (protocol, endpoint):
                if any(existing["attributes"].get(name) != value for name, value in attributes.items()):
                    raise invalid("Attributes Reason: Subscription already exists with different attributes")  # R
                return existing["confirmed"] is True
        return False

    def _complete(self, topic: Any, params: Any, answer: Answer) -> Answer:
        """What AWS's subscriptions have beyond the engine's."""
        status, headers, body = answer
        protocol, endpoint = self._p(params, "Protocol"), self._p(params, "Endpoint")
        made = next(s for s in topic["subscriptions"] if (s["protocol"], s["endpoint"]) == (protocol, endpoint))
        attributes = made["attributes"]
        attributes.setdefault("SubscriptionPrincipal", evaluator.caller_arn())
        if attributes.get("FilterPolicy"):
            attributes.setdefault("FilterPolicyScope", "MessageAttributes")
        if protocol in refusals.CONFIRMED_BY_THEIR_OWNER and not made.get("labcli_seen"):
            made |= {"confirmed": False, "token": made.get("token") or sns.new_uuid(), "labcli_seen": True}
            attributes |= {"PendingConfirmation": "true", "ConfirmationWasAuthenticated": "false"}
            sns._refresh_subscription_counts(topic)
        if not made["confirmed"]:
            shown = made["arn"] if self._p(params, "ReturnSubscriptionArn") == "true" else "pending confirmation"
            said = re.sub(rb"(?<=<SubscriptionArn>)[^<]*", shown.encode(), body)
            return status, headers, said
        return answer

    def list_pending(self, original: Handler) -> Handler:
        """Who has not confirmed has no ARN in a list."""

        def handle(params: Any) -> Answer:
            status, headers, body = original(params)
            for topic in sns._topics.values() if status == 200 else ():
                for subscription in topic["subscriptions"]:
                    if not subscription["confirmed"]:
                        body = body.replace(f">{subscription['arn']}<".encode(), b">PendingConfirmation<")
            return status, headers, body

        return handle


def _limit(topic: Any) -> int:
    """Bytes that a message may have."""
    value = str((topic or {"attributes": {}})["attributes"].get("MaximumMessageSize") or LARGEST)
    return int(value) if value.isdecimal() else LARGEST


def _by_content(topic: Any) -> bool:
    return bool(topic["attributes"].get("ContentBasedDeduplication") == "true")
