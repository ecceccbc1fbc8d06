"""An event source mapping of the learner's: found by its queue and its function, because a new one has another UUID.

Compared: queue and function, that it is switched on, and where declared: batch, partial and at_most.
"""

from __future__ import annotations

from labcli.aws.resources.calls import or_none, pages
from labcli.aws.resources.function import GONE as NO_FUNCTION
from labcli.aws.yours.base import Live, Look, Plain, Seen, Want
from labcli.aws.yours.subscription import ends
from labcli.aws.yours.words import last_of, named
from labcli.rules import functions

_ON = frozenset({"Creating", "Enabling", "Enabled", "Updating"})


class Mapping(Plain):
    """The kind ``mapping``."""

    def title(self, look: Look) -> str:
        """``a mapping takes from ingest for pack``."""
        return f"a mapping takes from {look.spec.props.queue} for {look.spec.props.to}"

    def live(self, look: Look) -> Live | None:
        """Its settings. Neither the queue nor the function need be there: it outlives both."""
        found = look.handle(ends(look)).read()
        if found is None:
            return None
        asked = {"UUID": found.known["uuid"]}
        return {**look.aws.call("lambda", "get_event_source_mapping", asked), "arn": found.known["arn"]}

    def attributes(self, look: Look, live: Live) -> dict[str, str]:
        """Its id, its ARN, and what it joins."""
        return {**look.handle(ends(look)).known, "uuid": str(live["UUID"]), "arn": str(live["arn"])}

    def near(self, look: Look) -> str:
        """What else is mapped to the function, or from the queue."""
        props = look.spec.props
        queue, function = look.value(props.queue), look.value(props.to, "name")
        for asked in ({"EventSourceArn": queue}, {"FunctionName": function}):
            for each in _listed(look, asked):
                source, target = str(each.get("EventSourceArn", "")), last_of(str(each.get("FunctionArn", "")))
                if source == queue:
                    whose = look.lab_name("name", target) or target
                    return f"A mapping takes from `{props.queue}` for `{whose}`; wanted is `{props.to}`."
                whose = look.lab_name("arn", source) or last_of(source)
                return f"A mapping takes from `{whose}` for `{props.to}`; wanted is the queue `{props.queue}`."
        return f"No mapping takes from `{props.queue}` for `{props.to}` yet."

    def wants(self, look: Look) -> list[Want]:
        """That it works, and each declared property."""
        props, raw = look.spec.props, look.spec.raw
        found = [Want("it is switched on", "Enabled", _switched_on)]
        found += [_batch(props.batch)] if "batch" in raw else []
        found += [_reports(look, props.partial)] if "partial" in raw else []
        return found + ([_at_most(props.at_most)] if props.at_most is not None else [])

    def still(self, look: Look, live: Live) -> str:
        """That it is there, and what it points at."""
        props = look.spec.props
        if not look.there(props.queue):
            return f"A mapping still takes from `{props.queue}`, which is gone, for `{props.to}`."
        if not look.there(props.to):
            return f"`{props.to}` is gone; its mapping is still there, and points at nothing."
        if live.get("State") not in _ON:
            return "The mapping is switched off, and still there: whoever switches it on takes the messages again."
        return f"A mapping still takes from `{props.queue}` for `{props.to}`."


def _listed(look: Look, asked: dict[str, str]) -> list[Live]:
    """Those that a queue or a function has, but for the lab's own."""
    own = {
        (each.props.queue, each.props.to)
        for each in look.declared.values()
        if each.kind == "mapping" and each.name != look.spec.name
    }
    found = []
    for page in pages(look.aws, "lambda", "list_event_source_mappings", asked, ("NextMarker", "Marker")):
        for each in page.get("EventSourceMappings", []):
            queue = look.lab_name("arn", str(each.get("EventSourceArn", "")))
            function = look.lab_name("name", last_of(str(each.get("FunctionArn", ""))))
            if (queue, function) not in own:
                found.append(each)
    return found


def _switched_on(live: Live) -> Seen:
    seen = str(live.get("State", ""))
    return Seen(seen in _ON, seen, f"The mapping is there, and switched off: its State is {seen}.")


def _batch(wanted: int) -> Want:
    def judge(live: Live) -> Seen:
        seen = live.get("BatchSize")
        return Seen(seen == wanted, str(seen), f"One call gets {seen} messages at most, wanted {wanted}.")

    return Want(f"one call gets {wanted} messages at most", str(wanted), judge)


def _reports(look: Look, wanted: bool) -> Want:
    def judge(live: Live) -> Seen:
        seen = [str(each) for each in live.get("FunctionResponseTypes") or []]
        held = any(each in functions.RESPONSE_TYPES for each in seen)
        said = "The mapping listens to what the function reports; wanted is that it does not."
        if wanted:
            said = _not_listening(look, seen)
        return Seen(held == wanted, ", ".join(seen), said if held != wanted else "")

    title = "it listens to which messages failed" if wanted else "it does not listen to which messages failed"
    return Want(title, functions.RESPONSE_TYPES[0] if wanted else "", judge)


def _not_listening(look: Look, seen: list[str]) -> str:
    right = functions.RESPONSE_TYPES[0]
    if seen:
        return f"`{seen[0]}` is no response type; it is written {right}."
    asked = {"FunctionName": look.value(look.spec.props.to, "name")}
    settings = or_none(look.aws, "lambda", "get_function_configuration", asked, NO_FUNCTION) or {}
    if target := settings.get("DeadLetterConfig", {}).get("TargetArn"):
        own = f"`{look.spec.props.to}` has a dead-letter queue of its own ({named(target)})"
        return f"{own}: that is for asynchronous calls; here Lambda polls, and the queue's counts."
    return "The mapping does not listen to what the function reports: a failed message is deleted with the others."


def _at_most(wanted: int) -> Want:
    def judge(live: Live) -> Seen:
        seen = (live.get("ScalingConfig") or {}).get("MaximumConcurrency")
        said = f"{'Any number of' if seen is None else seen} batches are worked on at once, wanted {wanted} at most."
        return Seen(seen == wanted, "" if seen is None else str(seen), said)

    return Want(f"{wanted} batches are worked on at once at most", str(wanted), judge)
