"""What each verb of the lab language is in a script."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from labcli.aws.resources import KINDS
from labcli.lab import refs
from labcli.lab.model import Call, Lab, ResourceSpec, Step
from labcli.lab.scope import Scope
from labcli.run.plan.script.conditions import condition
from labcli.run.plan.script.recorder import permits, updates
from labcli.run.plan.script.statements import (
    Ask,
    Await,
    Burst,
    Consume,
    Left,
    Pack,
    Pause,
    Say,
    Statement,
    stem,
)
from labcli.steps.depth import DEPTH_ATTRIBUTES
from labcli.steps.language import VERBS
from labcli.steps.verbs.consume import DEFAULT_VISIBILITY
from labcli.steps.verbs.execute import DEFAULT_WITHIN


class Maker(Protocol):
    """Who makes the script, and remembers what lives."""

    lab: Lab
    scope: Scope
    slow: bool
    made: dict[str, ResourceSpec]
    saved: set[str]
    counts: dict[str, int]

    def create(self, names: tuple[str, ...]) -> list[Statement]:
        """What creates these, and before them what they need."""

    def delete(self, name: str) -> list[Statement]:
        """The calls that delete what the script made, none when it is gone."""

    def remember(self, call: Call) -> None:
        """A policy that was written is taken off before its role goes."""

    def known_by_name(self, call: Call) -> Call:
        """ARNs of what is not made yet are put together from its name."""

    def late(self, call: Call) -> str:
        """Why AWS may refuse a call that labcli makes soon enough."""

    def filled(self, call: Call) -> Call:
        """The call with the counts that are known."""

    def proof(self) -> list[Statement]:
        """What is there still, by the lists of every service."""


_MANY = 20
"""Messages from which on nobody wants to see each."""
UNHURRIED = {False: 10, True: 30}
"""Seconds for which a queue (True: a FIFO queue) hides a message, where each call is a process of its own.

A FIFO queue takes no handle whose time is over, and the lab holds one over several calls.
"""


def _do(maker: Maker, step: Step) -> list[Statement]:
    call = maker.filled(VERBS["do"].shape(step, maker.scope)[0].call)
    until = condition(step.expect, maker.saved) if step.within is not None and not step.fails else ""
    keep = dict(step.save)
    maker.saved |= set(keep)
    within = (step.within or 0.0) * (2 if maker.slow else 1)
    late = "" if step.fails else maker.late(call)
    return [Ask(call, keep, until, within, step.fails, stem=stem(f"step{step.number}"), may_fail=late)]


def _send(maker: Maker, step: Step) -> list[Statement]:
    verb: Any = VERBS[step.verb]
    spec = maker.lab.spec(step.args.to)
    maker.counts |= {name: len(step.args.messages) for name, path in step.save.items() if path == "sent_count"}
    if step.args.listed:
        return [Say(f"(one message for each of {step.args.listed})")]
    if "count" in step.args.raw and len(step.args.messages) > 1:
        call = Call(verb.service, verb.batch, verb.place(step.args.to))
        return [Burst(call, verb.entries, verb.body, len(step.args.messages))]
    made = verb.calls(step.args, bool(spec and spec.props.fifo))
    keep = {name: "MessageId" for name, path in step.save.items() if path == "ids[0]" and len(made) == 1}
    maker.saved |= set(keep)
    files = stem(f"step{step.number}")
    return [Ask(Call(verb.service, operation, params), keep, stem=files) for operation, params in made]


def _consume(maker: Maker, step: Step) -> list[Statement]:
    args, spec = step.args, maker.lab.spec(step.args.source)
    attributes: Mapping[str, str] = spec.props.attributes if spec is not None else {}
    visibility = int(attributes.get("VisibilityTimeout", DEFAULT_VISIBILITY))
    if maker.slow and not args.takes:
        visibility = max(visibility, UNHURRIED[bool(spec and spec.props.fifo)])
    again = bool(args.fail_on or args.crash_on)  # what is in flight comes back
    within = int(step.within or args.within) * (3 if maker.slow else 1)
    wait = 1 if args.until else min(20, visibility + 2) if again else 2
    many = args.until >= _MANY
    fails = tuple(args.fail_on)
    return [
        Consume(f"${{{args.source}.url}}", args.until, wait, within, args.workers, args.takes, args.crash_on, fails,
                args.keep, many)
    ]  # fmt: skip


def _execute(maker: Maker, step: Step) -> list[Statement]:
    within = int(step.within or DEFAULT_WITHIN)
    if step.args.wait_for:
        ref = refs.only(step.args.wait_for)
        return [Await(ref.root if ref is not None else "execution", within)]
    begin = VERBS["execute"].shape(step, maker.scope)[0].call
    named = next((name for name, path in step.save.items() if path == "execution"), "")
    kept = named or "started"
    maker.saved |= {named} if named else set()
    return [Ask(begin, {kept: "executionArn"}, stem=stem(f"step{step.number}")), Await(kept, within)]


def _update(maker: Maker, step: Step) -> list[Statement]:
    spec: ResourceSpec = step.args.spec()
    others = {**maker.lab.resources, **maker.lab.borrowed}
    whole = KINDS[spec.kind].whole(spec, others)
    calls = updates(whole, maker.scope.catalog)
    for call in calls:
        maker.remember(call)
    pack: list[Statement] = [Pack(stem(spec.name), whole.props.code.files)] if spec.kind == "function" else []
    calls = [maker.known_by_name(call) for call in calls]
    return [*pack, *(Ask(call, patient=spec.kind == "function", stem=stem(spec.name)) for call in calls)]


def _permit(maker: Maker, step: Step) -> list[Statement]:
    found: list[Statement] = []
    for name in step.args:
        for call in permits(maker.lab.resources[name], maker.scope.catalog):
            maker.remember(call)
            found.append(Ask(call, stem=stem(name)))
    return found


def _deleted(maker: Maker, step: Step) -> list[Statement]:
    kind = step.args.every
    names = [n for n, spec in maker.made.items() if spec.kind == kind] if kind else list(step.args.names)
    return [each for name in (reversed(names) if kind else names) for each in maker.delete(name)]


def chart(maker: Maker, step: Step) -> list[Statement]:
    """A look at how many messages there are."""
    asked = {"QueueUrl": f"${{{step.args.queue}.url}}", "AttributeNames": DEPTH_ATTRIBUTES}
    return [Ask(Call("sqs", "get_queue_attributes", asked))]


SAID: Mapping[str, Callable[[Maker, Step], list[Statement]]] = {
    "create": lambda maker, step: maker.create(step.args),
    "do": _do,
    "send": _send,
    "publish": _send,
    "consume": _consume,
    "execute": _execute,
    "update": _update,
    "permit": _permit,
    "delete": _deleted,
    "chart": chart,
    "wait": lambda maker, step: [Pause(step.args.get("local", 0.0), step.args.get("aws", 0.0))],
    "inventory": lambda maker, step: [each for each in maker.proof() if isinstance(each, Left)],
}
"""What each verb is in a script; blocks are walked through."""
