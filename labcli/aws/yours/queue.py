"""A queue of the learner's.

Compared: its sort, each attribute that the lab declares (visibility, delay, retention, receive_wait, max_size, dedup,
dedup_scope, throughput, kms_key, kms_reuse, sse), its dead-letter queue and after how many receives, whose dead letters
it takes. Its policy is not: whom it lets in, ``permit`` of a subscription and ``allows`` say.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from labcli.aws.yours.base import Live, Look, Plain, Seen, Want
from labcli.aws.yours.near import said_of_names
from labcli.aws.yours.words import last_of, named, seconds, sort_of, times
from labcli.rules.finding import whole

_SECONDS: Mapping[str, tuple[str, str]] = {
    "VisibilityTimeout": ("a received message stays hidden for", "after a receive"),
    "DelaySeconds": ("a message is hidden at first for", "before the first receive"),
    "MessageRetentionPeriod": ("a message is kept for", ""),
    "ReceiveMessageWaitTimeSeconds": ("a receive waits for a message for", ""),
    "KmsDataKeyReusePeriodSeconds": ("a data key is used again for", ""),
}
"""Attributes that are seconds: how their rows begin, and when a message is hidden by them."""
_WORDS: Mapping[tuple[str, str], str] = {
    ("ContentBasedDeduplication", "true"): "it deduplicates by content",
    ("ContentBasedDeduplication", "false"): "it deduplicates by an id",
    ("DeduplicationScope", "messageGroup"): "it deduplicates in each group",
    ("DeduplicationScope", "queue"): "it deduplicates in the whole queue",
    ("FifoThroughputLimit", "perMessageGroupId"): "its throughput is counted for each group",
    ("FifoThroughputLimit", "perQueue"): "its throughput is counted for the whole queue",
    ("SqsManagedSseEnabled", "true"): "SQS encrypts it",
    ("SqsManagedSseEnabled", "false"): "SQS does not encrypt it",
}
_SKIPPED = frozenset({"FifoQueue", "Policy", "RedriveAllowPolicy"})
"""What is no row of its own here: the name tells the sort."""


class Queue(Plain):
    """The kind ``queue``."""

    def title(self, look: Look) -> str:
        """``inbox is a Standard queue``."""
        return f"{look.name} is a {sort_of(look.spec.props.fifo)} queue"

    def live(self, look: Look) -> Live | None:
        """Its attributes, and its URL."""
        found = look.handle().read()
        if found is None:
            return None
        asked = {"QueueUrl": found.known["url"], "AttributeNames": ["All"]}
        return {**look.aws.call("sqs", "get_queue_attributes", asked).get("Attributes", {}), "url": found.known["url"]}

    def attributes(self, look: Look, live: Live) -> dict[str, str]:
        """Its URL, and what its name tells."""
        return {**look.handle().known, "url": str(live["url"]), "arn": str(live["QueueArn"])}

    def near(self, look: Look) -> str:
        """What has nearly that name."""
        return said_of_names(look)

    def wants(self, look: Look) -> list[Want]:
        """Each declared attribute, then the dead-letter queue."""
        props = look.spec.props
        found = [_attribute(look, key, str(value)) for key, value in props.attributes.items() if key not in _SKIPPED]
        if props.dead_letter:
            found += _dead_letter(look)
        if props.sources or "RedriveAllowPolicy" in props.attributes:
            found.append(_takes_from(look))
        return found


def _attribute(look: Look, key: str, wanted: str) -> Want:
    if key in _SECONDS:
        begins, _ = _SECONDS[key]
        return Want(f"{begins} {seconds(wanted)}", seconds(wanted), _judge_seconds(look, key, wanted))
    title = _WORDS.get((key, wanted), f"its {key} is {wanted}")

    def judge(live: Live) -> Seen:
        seen = str(live.get(key, ""))
        return Seen(seen == wanted, seen, f"`{look.name}` is there; its {key} is {seen or 'not set'}, wanted {wanted}.")

    return Want(title, wanted, judge)


def _judge_seconds(look: Look, key: str, wanted: str) -> Callable[[Live], Seen]:
    begins, hidden = _SECONDS[key]

    def judge(live: Live) -> Seen:
        seen = str(live.get(key, ""))
        said = f"`{look.name}` is there; {begins} {seconds(seen)}, wanted {seconds(wanted)}."
        for other, (_, when) in _SECONDS.items():  # the right number at the wrong attribute
            undeclared = other not in look.spec.props.attributes
            if hidden and when and other != key and undeclared and live.get(other) == wanted:
                said = f"{other} is {seconds(wanted)}: that hides a message {when}, not {hidden}."
        return Seen(seen == wanted, seconds(seen) if whole(seen, 0, 10**9) else seen, said)

    return judge


def redrive(live: Live) -> dict[str, Any]:
    """A queue's RedrivePolicy as data, empty when it has none."""
    try:
        found = json.loads(live.get("RedrivePolicy") or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _dead_letter(look: Look) -> list[Want]:
    to, after = look.spec.props.dead_letter, str(look.spec.props.after)

    def count(live: Live) -> Seen:
        policy = redrive(live)
        if not policy:
            return Seen(False, "never", _the_other_way(look, to) or f"`{look.name}` never gives a message up.")
        seen = str(policy.get("maxReceiveCount", ""))
        said = f"`{look.name}` gives up after {times(seen, 'receive')}, wanted {after}."
        return Seen(seen == after, times(seen, "receive"), said)

    def target(live: Live) -> Seen:
        arn, seen = look.value(to), str(redrive(live).get("deadLetterTargetArn", ""))
        if not seen:
            return Seen(False, "nowhere", _the_other_way(look, to) or f"`{look.name}` puts nothing into `{to}`.")
        if seen == live.get("QueueArn"):
            return Seen(False, last_of(seen), f"`{look.name}` is its own dead-letter queue; wanted is `{to}`.")
        said = f"`{look.name}` puts a message into {named(seen)}, wanted is `{to}`."
        return Seen(seen == arn, last_of(seen), said)

    return [
        Want(f"it gives a message up after {times(after, 'receive')}", times(after, "receive"), count),
        Want(f"and puts it into {to}", to, target),
    ]


def _the_other_way(look: Look, to: str) -> str:
    """Whether the policy stands on the dead-letter queue, and points back."""
    asked = {"QueueUrl": look.value(to, "url"), "AttributeNames": ["RedrivePolicy"]}
    policy = redrive(look.aws.call("sqs", "get_queue_attributes", asked).get("Attributes", {}))
    if last_of(str(policy.get("deadLetterTargetArn", ""))) != look.name:
        return ""
    return f"The policy stands on `{to}` and points to `{look.name}`: it is the other way round."


def _takes_from(look: Look) -> Want:
    props = look.spec.props
    if props.sources:
        title = f"it takes the dead letters of {', '.join(props.sources)} only"
    else:
        word = json.loads(props.attributes["RedriveAllowPolicy"])["redrivePermission"]
        title = "it takes everybody's dead letters" if word == "allowAll" else "it takes nobody's dead letters"

    def judge(live: Live) -> Seen:
        try:
            held = json.loads(live.get("RedriveAllowPolicy") or "{}")
        except ValueError:
            held = {}
        word = held.get("redrivePermission", "allowAll")  # what a queue has that says nothing (CreateQueue)
        seen = {"allowAll": "everybody's", "denyAll": "nobody's"}.get(word) or ", ".join(
            sorted(last_of(str(each)) for each in held.get("sourceQueueArns", []))
        )
        if props.sources:
            right = word == "byQueue" and set(held.get("sourceQueueArns", [])) == {look.value(e) for e in props.sources}
            wanted = f"those of {', '.join(props.sources)} only"
        else:
            wanted_word = json.loads(props.attributes["RedriveAllowPolicy"])["redrivePermission"]
            right, wanted = word == wanted_word, "everybody's" if wanted_word == "allowAll" else "nobody's"
        return Seen(right, seen, f"`{look.name}` takes as dead letters {seen}; wanted are {wanted}.")

    return Want(title, ", ".join(props.sources), judge)
