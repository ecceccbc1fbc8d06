"""A subscription of the learner's: found by its topic and its endpoint, because AWS gives it no name.

Compared: topic, endpoint and protocol, and where declared: raw, filter with its scope, dead_letter, and ``permit:
true`` (the queue or the function lets this topic in, and no other). A filter is compared as data, not as text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labcli.aws.resources.calls import or_none, pages
from labcli.aws.resources.queue import GONE as NO_QUEUE
from labcli.aws.resources.subscription import PROTOCOLS
from labcli.aws.resources.topic import subscriptions_of
from labcli.aws.yours import doors
from labcli.aws.yours.base import Live, Look, Plain, Seen, Want
from labcli.aws.yours.words import last_of, named
from labcli.lab.refs import NoSuchValue
from labcli.rules.filters import ATTRIBUTES, BODY

_SCOPES = {ATTRIBUTES: "the attributes", BODY: "the body"}


class Subscription(Plain):
    """The kind ``subscription``."""

    def title(self, look: Look) -> str:
        """``books is subscribed to sales``."""
        return f"{look.spec.props.to} is subscribed to {look.spec.props.topic}"

    def live(self, look: Look) -> Live | None:
        """Its attributes, and its ARN. The topic must be there, the endpoint need not."""
        look.value(look.spec.props.topic)
        found = look.handle(ends(look)).read()
        if found is None:
            return None
        asked = {"SubscriptionArn": found.known["arn"]}
        attributes = look.aws.call("sns", "get_subscription_attributes", asked).get("Attributes", {})
        return {**attributes, "arn": found.known["arn"]}

    def attributes(self, look: Look, live: Live) -> dict[str, str]:
        """Its ARN, and what it joins."""
        return {**look.handle(ends(look)).known, "arn": str(live["arn"])}

    def near(self, look: Look) -> str:
        """Who is subscribed instead, or to what."""
        look.value(look.spec.props.to)
        return _by_topic(look) or _other_topic(look) or _not_yet(look)

    def wants(self, look: Look) -> list[Want]:
        """Each declared property."""
        props, raw = look.spec.props, look.spec.raw
        found = [_raw(look)] if "raw" in raw else []
        found += [_filter(look), _scope(look)] if props.filter else []
        found += [_dead_letter(look)] if props.dead_letter else []
        return found + (lets_in(look, props.topic, props.to) if raw.get("permit") is True else [])

    def still(self, look: Look, live: Live) -> str:
        """That it is there, and whether what it points to is."""
        topic, to = look.spec.props.topic, look.spec.props.to
        if not look.there(to):
            return f"A subscription of `{topic}` points to `{to}`, which is gone."
        return f"`{to}` is still subscribed to `{topic}`."


def ends(look: Look) -> str:
    """The AWS names of both ends, as they are, or as they are wanted where one is gone."""
    names = look.name.partition("/")[::2]
    props = look.spec.props
    first = props.topic if look.spec.kind == "subscription" else props.queue
    found = []
    for name, wanted in zip((first, props.to), names, strict=True):
        try:
            found.append(look.value(name, "name"))
        except NoSuchValue:
            found.append(wanted)
    return "/".join(found)


def _by_topic(look: Look) -> str:
    """What the topic's list shows: somebody who waits, another endpoint."""
    props = look.spec.props
    kind = look.declared[props.to].kind
    for each in subscriptions_of(look.aws, look.value(props.topic)) or []:
        protocol, endpoint = str(each["Protocol"]), str(each["Endpoint"])
        if protocol not in PROTOCOLS.values():
            waits = "" if str(each["SubscriptionArn"]).startswith("arn:") else " and waits for confirmation"
            right = f"a {kind}'s protocol is {PROTOCOLS[kind]}, its endpoint the ARN"
            return f"A subscriber `{protocol}` is there{waits}: {right}."
        if look.lab_name("arn", endpoint) and protocol == PROTOCOLS[kind]:
            continue  # another one of the lab
        if protocol == "lambda" and kind == "queue":
            whose = look.lab_name("arn", endpoint) or last_of(endpoint)
            return f"`{whose}` is subscribed itself; wanted is the queue `{props.to}`."
        if protocol == "sqs" and kind == "function":
            continue
        if (
            protocol == "sqs"
            and or_none(look.aws, "sqs", "get_queue_url", {"QueueName": last_of(endpoint)}, NO_QUEUE) is None
        ):
            return f"A queue {named(endpoint)} is subscribed, and it does not exist; wanted is `{props.to}`."
        return f"{named(endpoint)} is subscribed to `{props.topic}`; wanted is `{props.to}`."
    return ""


def _other_topic(look: Look) -> str:
    props, arn = look.spec.props, look.value(look.spec.props.to)
    declared = {
        each.props.topic for each in look.declared.values() if each.kind == "subscription" and each.props.to == props.to
    }
    for page in pages(look.aws, "sns", "list_subscriptions", {}, ("NextToken", "NextToken")):
        for each in page.get("Subscriptions", []):
            topic = str(each["TopicArn"])
            if str(each["Endpoint"]) == arn and look.lab_name("arn", topic) not in declared:
                return f"`{props.to}` is subscribed, but to the topic {named(topic)}; wanted is `{props.topic}`."
    return ""


def _not_yet(look: Look) -> str:
    """Nothing is subscribed; the permission may be there already."""
    props = look.spec.props
    at = doors.door(look.aws, look.resolve, look.declared, props.to)
    if at.lets_in(look.value(props.topic)):
        return f"`{props.to}` lets the topic in, but the topic does not know `{props.to}`: it is not subscribed."
    return f"`{props.to}` is not subscribed to `{props.topic}` yet."


def _raw(look: Look) -> Want:
    wanted = "true" if look.spec.props.raw else "false"
    title = "the bare message is delivered" if look.spec.props.raw else "the message comes in SNS's envelope"

    def judge(live: Live) -> Seen:
        seen = str(live.get("RawMessageDelivery", "false")).lower()
        said = "wraps the message" if seen == "false" else "gives the bare message"
        return Seen(seen == wanted, seen, f"The subscription {said}: RawMessageDelivery is {seen}, wanted {wanted}.")

    return Want(title, wanted, judge)


def _data(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) and text else {}
    except ValueError:
        return text


def _filter(look: Look) -> Want:
    wanted: Mapping[str, Any] = look.spec.props.filter

    def judge(live: Live) -> Seen:
        seen, right = _data(live.get("FilterPolicy")), look.filled(dict(wanted))
        text = json.dumps(seen, ensure_ascii=False)
        if not seen:
            return Seen(False, "none", "The subscription has no filter: every message is delivered.")
        said = f"The filter is {text}, wanted {json.dumps(right, ensure_ascii=False)}."
        return Seen(seen == right, text, said)

    return Want("its filter is the one that is wanted", json.dumps(wanted, ensure_ascii=False), judge)


def _scope(look: Look) -> Want:
    wanted = BODY if look.spec.props.scope == "body" else ATTRIBUTES

    def judge(live: Live) -> Seen:
        seen = str(live.get("FilterPolicyScope") or ATTRIBUTES)  # what SNS takes where nothing is said
        said = f"The filter looks at {_SCOPES.get(seen, seen)} of a message; wanted is {_SCOPES[wanted]}."
        return Seen(seen == wanted, seen, said)

    return Want(f"the filter looks at {_SCOPES[wanted]}", wanted, judge)


def _dead_letter(look: Look) -> Want:
    to = look.spec.props.dead_letter

    def judge(live: Live) -> Seen:
        policy = _data(live.get("RedrivePolicy"))
        seen = str(policy.get("deadLetterTargetArn", "")) if isinstance(policy, dict) else ""
        said = f"What cannot be delivered goes {'to ' + named(seen) if seen else 'nowhere'}; wanted is `{to}`."
        return Seen(seen == look.value(to), last_of(seen), said)

    return Want(f"what cannot be delivered goes to {to}", to, judge)


def lets_in(look: Look, topic: str, to: str) -> list[Want]:
    """The two rows about a policy: the topic comes in, and no other does."""
    verb = "invoke" if look.declared[to].kind == "function" else "send to"

    def comes_in(_: Live) -> Seen:
        at, arn = doors.door(look.aws, look.resolve, look.declared, to), look.value(topic)
        held = at.lets_in(arn)
        return Seen(held, "allowed" if held else "refused", "" if held else doors.why_not(at, topic, arn))

    def alone(_: Live) -> Seen:
        at, arn = doors.door(look.aws, look.resolve, look.declared, to), look.value(topic)
        if not at.lets_in(arn):
            raise NoSuchValue("the first row says it")
        others = doors.others_let_in(at, arn, look.aws)
        return Seen(not others, "others, too" if others else "no other", others)

    return [Want(f"{topic} may {verb} {to}", "allowed", comes_in), Want("and no other topic may", "no other", alone)]
