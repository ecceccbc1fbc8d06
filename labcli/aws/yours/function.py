"""A function of the learner's.

Compared where declared: runtime, handler, timeout, memory, env (each variable that is named), role and concurrency. Not
its source: what it does, the proof tells.
"""

from __future__ import annotations

from collections.abc import Callable

from labcli.aws.resources.calls import or_none
from labcli.aws.resources.function import GONE
from labcli.aws.yours.base import Live, Look, Plain, Seen, Want
from labcli.aws.yours.near import said_of_names
from labcli.aws.yours.words import last_of, seconds

_KEYS = {"runtime": "Runtime", "handler": "Handler", "timeout": "Timeout", "memory": "MemorySize"}


class Function(Plain):
    """The kind ``function``."""

    def title(self, look: Look) -> str:
        """``ProcessStep1 is a function``."""
        return f"{look.name} is a function"

    def live(self, look: Look) -> Live | None:
        """Its settings."""
        asked = {"FunctionName": look.name}
        found = or_none(look.aws, "lambda", "get_function_configuration", asked, GONE)
        return None if found is None else dict(found)

    def near(self, look: Look) -> str:
        """What has nearly that name."""
        return said_of_names(look)

    def other_sort(self, look: Look, live: Live) -> str:
        """One that Lambda could not make is none."""
        if live.get("State") != "Failed":
            return ""
        return f"`{look.name}` is there, and Lambda could not make it ready: {live.get('StateReason') or 'no reason'}"

    def wants(self, look: Look) -> list[Want]:
        """Each declared setting."""
        props, raw = look.spec.props, look.spec.raw
        found = [_setting(look, key, str(getattr(props, key))) for key in _KEYS if key in raw]
        found += [_variable(look, key) for key in props.env]
        found += [role_of(look, str(raw["role"]), "Role")] if raw.get("role") else []
        return found + ([_places(look, props.concurrency)] if props.concurrency is not None else [])


def _setting(look: Look, key: str, wanted: str) -> Want:
    words: Callable[[str], str] = seconds if key == "timeout" else str

    def judge(live: Live) -> Seen:
        seen = str(live.get(_KEYS[key], ""))
        said = f"`{look.name}` is there; its {key} is {words(seen) or 'not set'}, wanted {words(wanted)}."
        if key == "handler" and seen.endswith(".py"):
            said = f"The handler is {seen}: it says FILE.DEF, without .py; wanted is {wanted}."
        return Seen(seen == wanted, words(seen), said)

    return Want(f"its {key} is {words(wanted)}", words(wanted), judge)


def _variable(look: Look, key: str) -> Want:
    def judge(live: Live) -> Seen:
        wanted = str(look.filled(look.spec.props.env[key]))
        variables = live.get("Environment", {}).get("Variables", {})
        seen = variables.get(key)
        if seen is None:
            near = next((each for each in variables if each.casefold() == key.casefold()), "")
            also = f"; there is `{near}`, and case counts" if near else ""
            return Seen(False, "", f"`{look.name}` has no variable `{key}`{also}.")
        return Seen(seen == wanted, seen, f"The variable `{key}` is {seen}, wanted {wanted}.")

    return Want(f"its variable {key} is set", str(look.spec.props.env[key]), judge)


def role_of(look: Look, role: str, key: str) -> Want:
    """The row about the role that a function or a machine works with."""

    def judge(live: Live) -> Seen:
        seen, wanted = str(live.get(key, "")), look.value(role)
        whose = look.lab_name("arn", seen) or last_of(seen)
        return Seen(seen == wanted, last_of(seen), f"`{look.name}` works with the role `{whose}`; wanted is `{role}`.")

    return Want(f"it works with the role {role}", role, judge)


def _places(look: Look, wanted: int) -> Want:
    def judge(_: Live) -> Seen:
        found = look.aws.call("lambda", "get_function_concurrency", {"FunctionName": look.name})
        seen = found.get("ReservedConcurrentExecutions")
        said = f"`{look.name}` has {'no' if seen is None else seen} reserved places, wanted {wanted}."
        return Seen(seen == wanted, "" if seen is None else str(seen), said)

    return Want(f"{wanted} of it run at once at most", str(wanted), judge)
