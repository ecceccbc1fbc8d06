"""The verb ``consume``: workers that receive, work and delete, and what went wrong on the way.

A message is known by its id and counted once however often it is delivered; a copy of one that this run has deleted,
which a Standard queue may deliver, is deleted again and counts as ``copies`` only. A worker that crashes holds its
message until the visibility timeout ends, as a crashed process does; another worker takes its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labcli.lab.expect import Expectation
from labcli.lab.given import ANY, list_of, structure
from labcli.lab.model import Call, Effect, Planned, ResourceSpec, Step, Times
from labcli.lab.reader import Reader
from labcli.lab.scope import Scope
from labcli.lab.step_paths import check_path
from labcli.rules.sqs import BATCH
from labcli.steps.evidence.evidence import Facts
from labcli.steps.verb import Plain, Result
from labcli.steps.verbs.workers import DEFAULT_WITHIN, LONGEST_POLL, ConsumeArgs, Consumption, empty_poll
from labcli.steps.world import World

DEFAULT_VISIBILITY = 30
"""Seconds: AWS's default (SQS Developer Guide, "Visibility timeout")."""


class Consume(Plain):
    """Receive, work, delete."""

    takes = frozenset({"within"})

    gives = structure({
        "received": list_of("string"), "received_count": "integer", "deliveries": "integer",
        "completed": list_of("string"), "completed_count": "integer", "copies": "integer", "failures": "integer",
        "longest_wait": "float",
        "receives": "integer", "empty_receives": "integer", "events": list_of(structure({
            "at": "float", "what": "string", "worker": "string", "label": "string", "id": "string",
            "receives": "integer", "waited": "float",
        })),
    })  # fmt: skip

    def read(self, step: Reader) -> ConsumeArgs:
        """``consume: {from: orders, workers: 2, takes: 1s, crash_on: A1, until: 4}``."""
        reader = step.inner("consume", "`consume`")
        if reader is None:
            return ConsumeArgs("")
        until = reader.raw("until")
        count = 0
        if isinstance(until, str) and until != "empty":
            reader.bad("until", f"`until` is a number of messages or `empty`, not `{until}`")
        elif until not in (None, "empty"):
            count = reader.integer("until", 1, 10000) or 0
        args = ConsumeArgs(
            source=reader.text("from", required=True),
            workers=reader.integer("workers", 1, 16, 1) or 1,
            batch=reader.integer("batch", *BATCH, 1) or 1,
            takes=reader.duration("takes", 0, 300, 0.0) or 0.0,
            rate=self._rate(reader),
            crash_on=reader.text("crash_on"),
            fail_on=reader.texts("fail_on"),
            keep=bool(reader.flag("keep", False)),
            label=reader.text("label"),
            until=count,
            within=reader.duration("within", 0.1, 900, DEFAULT_WITHIN) or DEFAULT_WITHIN,
        )
        reader.done()
        return args

    def _rate(self, reader: Reader) -> float:
        text = reader.text("rate")
        if not text:
            return 0.0
        number, _, unit = text.partition("/")
        try:
            rate = float(number) / {"s": 1, "m": 60}[unit]
        except (KeyError, ValueError):
            rate = 0.0
        if not 0 < rate <= 200:
            reader.bad("rate", f"`rate` is messages a second such as 10/s, at most 200/s, not `{text}`")
        return rate

    def title(self, args: ConsumeArgs) -> str:
        """``Consume orders``."""
        return f"Consume {args.source}"

    def check(self, step: Step, scope: Scope) -> None:
        """The queue exists, `within` leaves time to see it empty, the label is a JMESPath that a body can have."""
        spec = scope.resource(step.args.source, (*step.where, "consume", "from"), "queue")
        if spec is not None and not step.args.until:
            self._in_time(step, spec, scope)
        for key in ("crash_on", "fail_on"):
            scope.references(getattr(step.args, key), (*step.where, "consume", key))
        if step.args.label:
            check_path(step.args.label, ANY, (*step.where, "consume", "label"), scope)

    def _in_time(self, step: Step, queue: ResourceSpec, scope: Scope) -> None:
        """A problem where ``within`` is over before one receive can have found nothing, here or on an account."""
        poll = empty_poll(_visibility(queue), local=False)
        if _within(step) >= poll:
            return
        where = (*step.where, "within") if step.within is not None else (*step.where, "consume", "within")
        scope.findings.add(
            where,
            f"`until: empty` is reached when a receive of {poll} s finds nothing (the visibility timeout of "
            f"`{step.args.source}` and 3 s, {LONGEST_POLL} s at most): say `within: {poll}s` or more, or a number",
        )

    def shape(self, step: Step, scope: Scope) -> list[Planned]:
        """Receives until what ``until`` says, at most as many as the run allows itself; a delete for each completed."""
        args: ConsumeArgs = step.args
        url = f"${{{args.source}.url}}"
        until = f"{args.until} completed" if args.until else "empty"
        most = receives_allowed(args, _within(step))
        receive = {"QueueUrl": url, "MaxNumberOfMessages": args.batch, "WaitTimeSeconds": "${seconds}",
                   "MessageSystemAttributeNames": ["All"]}  # fmt: skip
        found = [Planned(Call("sqs", "receive_message", receive), Times(1, most, until), Effect.DATA)]
        if not args.keep:
            delete = {"QueueUrl": url, "ReceiptHandle": "${message.ReceiptHandle}"}
            found.append(Planned(Call("sqs", "delete_message", delete), Times(0, most * args.batch), Effect.DATA))
        return found

    def run(self, step: Step, world: World) -> Result:
        """Let the workers work until what ``until`` says, or until time is up."""
        args: ConsumeArgs = step.args
        spec = world.lab.spec(args.source)
        visibility = _visibility(spec) if spec is not None else DEFAULT_VISIBILITY
        within = _within(step)
        work = Consumption(args, world, within, visibility, receives_allowed(args, within))
        document = work.run()
        unmet = () if work.reached else (_unmet(work, document),)
        return Result(document, unmet)

    def facts(self, step: Step, document: Mapping[str, Any]) -> Facts:
        """What was completed, in order, and what failed."""
        few = len(document["completed"]) <= 12
        facts: Facts = [("completed", " ".join(document["completed"]) if few else document["completed_count"])]
        if document["copies"]:
            facts.append(("copies, dropped", document["copies"]))
        if document["failures"]:
            facts.append(("failed receives", document["failures"]))
        facts.append(("longest wait, s", document["longest_wait"]))
        return facts

    def queue(self, step: Step) -> str:
        """The queue that is consumed."""
        return f"${{{step.args.source}.url}}"

    def references(self, args: ConsumeArgs) -> Any:
        """The messages that crash and fail."""
        return args.crash_on, args.fail_on

    def patience(self, step: Step) -> float:
        """As long as the workers may work."""
        return _within(step)

    def moves(self, step: Step) -> tuple[set[str], set[str]]:
        return set(), {step.args.source}


def _within(step: Step) -> float:
    """``within`` may stand inside ``consume`` as well as beside it."""
    return step.within or float(step.args.within)


def receives_allowed(args: ConsumeArgs, within: float) -> int:
    """The most receives that a run makes: it stops there, so that the plan's promise holds."""
    return args.workers * (int(within) + 2) + 5 * max(args.until, 20)


def _visibility(queue: ResourceSpec) -> int:
    """Seconds for which the queue hides a received message."""
    return int(queue.props.attributes.get("VisibilityTimeout", DEFAULT_VISIBILITY))


def _unmet(work: Consumption, document: Mapping[str, Any]) -> Expectation:
    if work.args.until:
        path = f"completed_count within {work.within:g} s"
        return Expectation(path, work.args.until, document["completed_count"], False)
    received = [event["at"] for event in document["events"] if event["what"] == "received"]
    seen = f"{len(received)} received, the last after {received[-1]:g} s" if received else "none received, time was up"
    wanted = f"a receive of {work.empty_poll} s that finds nothing, within {work.within:g} s"
    return Expectation("until: empty", wanted, seen, False)
