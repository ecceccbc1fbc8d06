"""The kind ``subscription``: what joins a topic to a queue or a function, with its filter.

Facts of AWS: the SNS API Reference, Subscribe, Unsubscribe and GetSubscriptionAttributes (botocore 1.43). It has no
name, only an ARN that AWS gives, and no tags: it is whose its topic is. What was permitted for it stays with the queue
or the function.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from labcli.aws.resources import let_in
from labcli.aws.resources.base import (
    ORPHAN,
    PREFIX,
    TAG_LAB,
    TAG_OWNER,
    TAG_RUN,
    Fill,
    Found,
    Joining,
    Place,
    Row,
    Sheet,
)  # fmt: skip
from labcli.aws.resources.calls import or_none, pages, sweep_of, swept
from labcli.aws.resources.filters import check_filter, in_words
from labcli.aws.resources.topic import GONE, attributes_of, last_of, subscriptions_of, tags_of
from labcli.context import Aws
from labcli.lab.model import Call, Effect, Planned, ResourceSpec, Times
from labcli.lab.reader import Findings, Reader
from labcli.rules.filters import ATTRIBUTES, BODY
from labcli.rules.near import nearest

PROTOCOLS = {"queue": "sqs", "function": "lambda"}
"""What SNS calls the way to an endpoint, by the endpoint's kind."""

_SCOPES = {"attributes": ATTRIBUTES, "body": BODY}


class SubscriptionProps(NamedTuple):
    """A subscription as a lab declares it."""

    topic: str
    to: str
    raw: bool = False
    filter: Mapping[str, Any] = {}
    scope: str = ""
    dead_letter: str = ""
    permit: bool = True
    protocol: str = ""
    """``sqs`` or ``lambda``: known when all resources of the lab are."""


class Subscription(Joining):
    """The kind ``subscription``."""

    attributes: Mapping[str, str] = {"name": "name", "arn": "arn"}
    rank = 30
    gone = GONE | {"ResourceNotFound", "ResourceNotFoundException"}
    known_before = frozenset({"name"})
    permits = True

    def read(self, declaration: Reader) -> SubscriptionProps:
        """Read ``{subscription: news, to: orders, raw: true, filter: {kind: [order]}}``."""
        scope = declaration.choice("scope", _SCOPES)
        if scope and not declaration.has("filter"):
            declaration.findings.add(declaration.at("scope"), "`scope` is for a `filter`, and there is none", key=True)
        filter_ = declaration.mapping("filter")
        if filter_ == {} and declaration.has("filter") and isinstance(declaration.data["filter"], dict):
            declaration.bad("filter", "`filter` is empty: leave it out, and everything is delivered")
        return SubscriptionProps(
            topic=declaration.text("subscription", required=True),
            to=declaration.text("to", required=True),
            raw=bool(declaration.flag("raw", False)),
            filter=filter_,
            scope=scope,
            dead_letter=declaration.text("dead_letter"),
            permit=declaration.flag("permit", True) is not False,
        )

    def needs(self, props: SubscriptionProps) -> tuple[tuple[str, str], ...]:
        """The topic, the endpoint and the dead-letter queue."""
        dead = (("dead_letter", props.dead_letter),) if props.dead_letter else ()
        return (("subscription", props.topic), ("to", props.to), *dead)

    def brings(self, spec: ResourceSpec, others: Mapping[str, ResourceSpec]) -> tuple[ResourceSpec, ...]:
        """Itself, with the protocol: only now it is known what sort of thing its endpoint is."""
        to = others.get(spec.props.to)
        protocol = PROTOCOLS.get(to.kind, "") if to is not None else ""
        return (spec._replace(props=spec.props._replace(protocol=protocol)),)

    def check(self, spec: ResourceSpec, others: Mapping[str, ResourceSpec], findings: Findings) -> None:
        """Topic and endpoint are of this lab and fit each other; the filter is one; nothing is subscribed twice."""
        props: SubscriptionProps = spec.props
        topic = self._of("subscription", props.topic, ("topic",), spec, others, findings)
        to = self._of("to", props.to, tuple(PROTOCOLS), spec, others, findings)
        if props.filter:
            check_filter(props.filter, props.scope == "body", (*spec.where, "filter"), findings)
        if to is not None and to.kind != "queue" and props.raw:
            said = f"`raw` is for queues: SNS always puts an envelope around what a {to.kind} gets"
            findings.add((*spec.where, "raw"), said, key=True)
        if topic is not None and to is not None:
            self._fifo(spec, topic, to, findings)
        if props.dead_letter:
            dead = self._of("dead_letter", props.dead_letter, ("queue",), spec, others, findings)
            if dead is not None and topic is not None and dead.props.fifo and not topic.props.fifo:
                said = f"`{props.dead_letter}` is a FIFO queue, and `{props.topic}` is a Standard topic"
                findings.add((*spec.where, "dead_letter"), said)
        first = next((each for each in others.values() if self._joins(each, props)), spec)
        if first.name != spec.name and props.topic and props.to:
            said = f"`{props.to}` is subscribed to `{props.topic}` by `{first.name}` already: AWS keeps one of them"
            findings.add(spec.where, said, key=True)

    def _of(
        self, key: str, name: str, kinds: tuple[str, ...], spec: ResourceSpec, others: Mapping[str, ResourceSpec],
        findings: Findings,
    ) -> ResourceSpec | None:  # fmt: skip
        """The resource that a key names, None (and a problem) when it is not there or of another kind."""
        other = others.get(name)
        if other is None or other.lab:
            if name:  # a missing name was said where it was read
                findings.add((*spec.where, key), f"no resource `{name}` in this lab{nearest(name, others)}")
            return None
        if other.kind not in kinds:
            findings.add((*spec.where, key), f"`{name}` is a {other.kind}, not a {' or a '.join(kinds)}")
            return None
        return other

    def _fifo(self, spec: ResourceSpec, topic: ResourceSpec, to: ResourceSpec, findings: Findings) -> None:
        """Standard queues may subscribe to FIFO topics, and lose the order (SNS Developer Guide, FIFO topics)."""
        if topic.props.fifo and to.kind == "function":
            said = f"`{topic.name}` is a FIFO topic: only queues subscribe to it, and a queue can feed the function"
            findings.add((*spec.where, "to"), said)
        elif to.kind == "queue" and to.props.fifo and not topic.props.fifo:
            said = f"`{to.name}` is a FIFO queue: it subscribes to FIFO topics only, and `{topic.name}` is Standard"
            findings.add((*spec.where, "to"), said)

    def _joins(self, other: ResourceSpec, props: SubscriptionProps) -> bool:
        return other.kind == "subscription" and (other.props.topic, other.props.to) == (props.topic, props.to)

    def aws_name(self, prefix: str, spec: ResourceSpec, others: Mapping[str, ResourceSpec]) -> str:
        """The topic's name and the endpoint's."""
        names = [f"{prefix}-{name}{self._ending(others.get(name))}" for name in (spec.props.topic, spec.props.to)]
        return "/".join(names)

    def _ending(self, other: ResourceSpec | None) -> str:
        return ".fifo" if other is not None and other.kind in ("topic", "queue") and other.props.fifo else ""

    def any_of(self, kind: str) -> ResourceSpec:
        """Of a topic called ``each`` as well."""
        return ResourceSpec("each", kind, SubscriptionProps("each", "each"), ())

    def _params(self, spec: ResourceSpec, fill: Fill) -> dict[str, Any]:
        props: SubscriptionProps = spec.props
        found: dict[str, str] = {"RawMessageDelivery": "true"} if props.raw else {}
        if props.filter:
            found["FilterPolicy"] = json.dumps(fill(dict(props.filter)))
            found["FilterPolicyScope"] = _SCOPES[props.scope or "attributes"]
        if props.dead_letter:
            found["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": fill(f"${{{props.dead_letter}.arn}}")})
        return {
            "TopicArn": fill(f"${{{props.topic}.arn}}"), "Protocol": props.protocol,
            "Endpoint": fill(f"${{{props.to}.arn}}"), "ReturnSubscriptionArn": True,
            **({"Attributes": found} if found else {}),
        }  # fmt: skip

    def shape(self, spec: ResourceSpec) -> list[Planned]:
        """Write the permission, subscribe, read it and its topic's tags back."""
        subscribe = Planned(Call("sns", "subscribe", self._params(spec, lambda value: value)), effect=Effect.CREATE)
        permits = self.shape_of_permit(spec) if spec.props.permit else []
        return [*permits, subscribe, *self._reads(spec, Times(1, 15), Times(1, 1))]

    def shape_of_delete(self, spec: ResourceSpec) -> list[Planned]:
        """Find it, read its topic and its topic's tags, unsubscribe, and read until it is gone."""
        listed = Call("sns", "list_subscriptions_by_topic", {"TopicArn": f"${{{spec.props.topic}.arn}}"})
        unsubscribe = Call("sns", "unsubscribe", {"SubscriptionArn": f"${{{spec.name}.arn}}"})
        return [
            Planned(listed, Times(0, 60)),
            *self._reads(spec, Times(2, 60, "it is gone"), Times(1, 60)),
            Planned(unsubscribe, Times(1, 2), Effect.DELETE),
        ]

    def _reads(self, spec: ResourceSpec, itself: Times, tags: Times) -> list[Planned]:
        topic = f"${{{spec.props.topic}.arn}}"
        return [
            Planned(Call("sns", "get_subscription_attributes", {"SubscriptionArn": f"${{{spec.name}.arn}}"}), itself),
            Planned(Call("sns", "get_topic_attributes", {"TopicArn": topic}), tags),
            Planned(Call("sns", "list_tags_for_resource", {"ResourceArn": topic}), tags),
        ]

    def shape_of_permit(self, spec: ResourceSpec) -> list[Planned]:
        """A statement more in the policy of the queue or the function, and of the dead-letter queue."""
        props: SubscriptionProps = spec.props
        if props.protocol == "lambda":
            calls = let_in.shape_of_function(props.to, spec.name, props.topic)
        else:
            calls = let_in.shape_of_queue(props.to)
        return [*calls, *(let_in.shape_of_queue(props.dead_letter) if props.dead_letter else [])]

    def permit(self, aws: Aws, spec: ResourceSpec, fill: Fill) -> None:
        """Let the topic send to the queue, or invoke the function; and send to the dead-letter queue. AwsError."""
        props: SubscriptionProps = spec.props
        topic = str(fill(f"${{{props.topic}.arn}}"))
        if props.protocol == "lambda":
            let_in.into_function(aws, str(fill(f"${{{props.to}.name}}")), spec.name, topic)
        else:
            self._let_send(aws, props.to, spec.name, topic, fill)
        if props.dead_letter:
            self._let_send(aws, props.dead_letter, f"{spec.name}-dead-letter", topic, fill)

    def _let_send(self, aws: Aws, queue: str, sid: str, topic: str, fill: Fill) -> None:
        one = let_in.statement(sid, str(fill(f"${{{queue}.arn}}")), topic)
        let_in.into_queue(aws, str(fill(f"${{{queue}.url}}")), one)

    def create(self, aws: Aws, name: str, spec: ResourceSpec, tags: Mapping[str, str], fill: Fill) -> dict[str, str]:
        """Write the permission that it needs, then subscribe. AwsError when AWS refuses."""
        if spec.props.permit:
            self.permit(aws, spec, fill)
        return {"arn": str(aws.call("sns", "subscribe", self._params(spec, fill))["SubscriptionArn"])}

    def tagged(self, params: Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
        """A subscription has no tags."""
        return dict(params)

    def predict(self, name: str, place: Place) -> dict[str, str]:
        """What it joins; its ARN is known when it is there."""
        topic, _, endpoint = name.partition("/")
        return {"name": name, "topic": place.arn("sns", topic), "endpoint": endpoint}

    def find(self, aws: Aws, known: Mapping[str, str]) -> dict[str, str] | None:
        """Its ARN. The one of the same topic and endpoint is the one; one that was recorded and joins others is not."""
        if not all(known["name"].partition("/")):
            return None
        if "arn" in known:
            found = or_none(aws, "sns", "get_subscription_attributes", {"SubscriptionArn": known["arn"]}, GONE)
            if found is None:
                return None
            own = found.get("Attributes", {})
            if own.get("TopicArn") == known["topic"] and last_of(str(own.get("Endpoint"))) == known["endpoint"]:
                return {"arn": known["arn"]}
        for each in subscriptions_of(aws, known["topic"]) or []:
            if last_of(str(each["Endpoint"])) == known["endpoint"] and str(each["SubscriptionArn"]).startswith("arn:"):
                return {"arn": str(each["SubscriptionArn"])}
        return None

    def tags(self, aws: Aws, known: Mapping[str, str]) -> dict[str, str]:
        """The tags of its topic.

        One that outlives its topic for a while is of the run that is in the topic's name, which nobody else could give.
        """
        if attributes_of(aws, known["topic"]) is not None:
            return tags_of(aws, known["topic"])
        _, lab, run, *_ = [*known["name"].split("-", 3), "", "", ""]
        return {TAG_LAB: lab, TAG_RUN: run, TAG_OWNER: ORPHAN}

    def delete(self, aws: Aws, known: Mapping[str, str]) -> None:
        """Unsubscribe. What was permitted for it stays, and goes with the queue or the function."""
        or_none(aws, "sns", "unsubscribe", {"SubscriptionArn": known["arn"]}, GONE)

    def sweep(self, aws: Aws) -> list[Found]:
        """Every subscription of a topic whose name starts with ours."""
        found: list[Found] = []
        for page in pages(aws, "sns", "list_subscriptions", {}, ("NextToken", "NextToken")):
            for each in page.get("Subscriptions", []):
                arn, topic = str(each["SubscriptionArn"]), str(each["TopicArn"])
                if last_of(topic).startswith(PREFIX) and arn.startswith("arn:"):
                    endpoint = last_of(str(each["Endpoint"]))
                    known = {"arn": arn, "topic": topic, "endpoint": endpoint}
                    found += swept(aws, "subscription", self, {"name": f"{last_of(topic)}/{endpoint}", **known})
        return found

    def shape_of_sweep(self) -> list[Planned]:
        """The calls of a sweep."""
        reads = (
            ("get_subscription_attributes", {"SubscriptionArn": "${each.arn}"}),
            ("get_topic_attributes", {"TopicArn": "${each}"}), ("list_tags_for_resource", {"ResourceArn": "${each}"}),
        )  # fmt: skip
        return sweep_of("sns", "list_subscriptions", *reads)

    def row(self, spec: ResourceSpec) -> Row:
        """What it joins, and how."""
        props: SubscriptionProps = spec.props
        said = [f"{props.topic} → {props.to}"]
        said += ["raw"] if props.raw else []
        said += [in_words(props.filter) + (" (in the body)" if props.scope == "body" else "")] if props.filter else []
        said += [f"undelivered → {props.dead_letter}"] if props.dead_letter else []
        said += [] if props.permit else ["nothing is permitted"]
        return Row("subscription", ", ".join(said))

    def sheet(self, aws: Aws, known: Mapping[str, str]) -> Sheet:
        """What it joins and its settings."""
        answer = aws.call("sns", "get_subscription_attributes", {"SubscriptionArn": known["arn"]})
        found = dict(answer.get("Attributes", {}))
        for skip in ("SubscriptionArn", "EffectiveDeliveryPolicy"):
            found.pop(skip, None)
        settings = sorted((key, str(value)) for key, value in found.items())
        return Sheet((("name", known["name"]), ("arn", known["arn"]), *settings))

    def by_hand(self, name: str, place: Place) -> str:
        """The aws commands that find and delete it."""
        topic, _, endpoint = name.partition("/")
        found = f"aws sns list-subscriptions-by-topic --topic-arn {place.arn('sns', topic)}"
        query = f"--query \"Subscriptions[?ends_with(Endpoint, ':{endpoint}')].SubscriptionArn\" --output text"
        return f"aws sns unsubscribe {place.options} --subscription-arn $({found} {query} {place.options})"
