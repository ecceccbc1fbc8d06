"""How AWS says no in Step Functions, and the small things every one of its answers needs: pages, JSON, ARNs.

Texts marked R are recorded from AWS (the snapshot tests of the LocalStack project, Apache-2.0); the rest follow the
pattern of the recorded ones and the errors of the Step Functions API reference.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labcli.local.refused import Refused
from labcli.rules.asl.json_text import broken
from labcli.rules.asl.quotas import DATA, NAME

Data = Mapping[str, Any]
"""The parameters of a call."""


@dataclass(frozen=True)
class Call:
    """One call: its action and parameters, who makes it (an access key), and where (account, region)."""

    action: str
    data: Data
    account: str
    region: str
    access_key: str = ""
    started_by: str = ""
    """The execution that makes the call, when one does."""

    def need(self, name: str) -> str:
        """A parameter that must be there, as text."""
        value = self.data.get(name)
        if value is None:
            raise invalid("null", name, "Member must not be null")
        if not isinstance(value, str):
            raise Refused("SerializationException", f"{name} is not a string")
        return value

    def arn(self, kind: str, name: str) -> str:
        """The ARN of something of the caller's account and region."""
        return f"arn:aws:states:{self.region}:{self.account}:{kind}:{name}"


def invalid(value: str, name: str, rule: str) -> Refused:
    """A value that breaks a rule of the API's own model."""
    shown = value if value == "null" else f"'{value}'"
    text = f"1 validation error detected: Value {shown} at '{name}' failed to satisfy constraint: {rule}"
    return Refused("ValidationException", text)


def check_arn(arn: str, *kinds: str) -> str:
    """``arn`` when it is one of Step Functions, of one of these kinds; InvalidArn (R) otherwise."""
    if not arn.startswith("arn:"):
        raise Refused("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {arn}'")
    parts = arn.split(":")
    if len(parts) < 7 or parts[2] != "states":
        raise Refused("InvalidArn", f"Invalid Arn: 'ARN is not a valid Step Functions ARN: {arn}'")
    if parts[5] not in kinds:
        raise Refused("InvalidArn", f"Invalid Arn: 'Resource type not valid in this context: {parts[5]}'")
    return arn


def check_name(name: str) -> str:
    """``name`` when a machine, an execution or an activity may have it."""
    if not NAME.fullmatch(name):
        raise Refused("InvalidName", f"Invalid Name: '{name}'")
    return name


def check_size(value: str, name: str) -> None:
    """Refuse a text that is longer than inputs and outputs may be."""
    if len(value.encode("utf-8", "surrogatepass")) > DATA:
        raise invalid(value[:20] + "...", name, f"Member must have length less than or equal to {DATA}")


def json_trouble(text: str) -> str:
    """What keeps ``text`` from being JSON, in the words of AWS's parser (R); empty when nothing does."""
    if not text.strip():
        return "Invalid execution input."
    found = broken(text)
    return found.words if found else ""


@dataclass(frozen=True)
class Page:
    """A part of a list, and the token of the next part; empty when this is the last."""

    items: list[Any]
    token: str = ""


def page(call: Call, items: Sequence[Any], key: Callable[[Any], list[Any]]) -> Page:
    """The part of ``items`` (in the order of ``key``) that the call asks for.

    A token names the last item that was given, so what comes and goes meanwhile shifts nothing.
    """
    most = call.data.get("maxResults") or 100
    longest = 3096 if call.action == "ListExecutions" else 1024
    if len(str(call.data.get("nextToken") or "")) > longest:
        rule = f"Member must have length less than or equal to {longest}"
        raise invalid(str(call.data["nextToken"]), "nextToken", rule)
    if not isinstance(most, int) or not 0 < most <= 1000:
        raise invalid(str(most), "maxResults", "Member must have value less than or equal to 1000")
    ordered = sorted(items, key=key)
    if token := call.data.get("nextToken"):
        after = _after(str(token), call.action)
        ordered = [item for item in ordered if key(item) > after]
    given = ordered[:most]
    if len(ordered) <= most:
        return Page(given)
    raw = json.dumps([call.action, key(given[-1])])
    return Page(given, urlsafe_b64encode(raw.encode()).decode())


def _after(token: str, action: str) -> list[Any]:
    try:
        found = json.loads(urlsafe_b64decode(token.encode("ascii")))
        if found[0] == action and isinstance(found[1], list):
            return list(found[1])
    except (ValueError, LookupError, TypeError):
        pass
    raise Refused("InvalidToken", "Invalid Token: 'Invalid token'")
