"""How AWS says no, for the corrections of SQS: the errors, and the checks of plain values behind them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any

from labcli.local.names import names
from labcli.local.refused import Refused
from labcli.rules import sqs as rules
from labcli.rules.finding import Finding, whole

sqs = names("services.sqs", "_Err", "_get_q")
Data = Mapping[str, Any]
"""The parameters of a call, as the JSON protocol names them (the engine brings the older protocol into this form)."""
Handler = Callable[[Any, str], Any]
"""One action of the engine: parameters, and a queue URL if the path named one; gives the answer's fields."""
# The JSON protocol's shape names, where they differ from the code; recorded from AWS
_SHAPES = {
    "InvalidParameterValue": "InvalidParameterValueException",
    "MissingParameter": "MissingRequiredParameterException",
}


@dataclass
class Actions:
    """What wraps actions of the engine. ``clock`` gives seconds since the epoch."""

    clock: Callable[[], float]

    def queue(self, data: Data, url: str, action: str) -> Any:
        """The queue that is meant; NonExistentQueue or AccessDenied as the engine finds."""
        return sqs._get_q(data.get("QueueUrl") or url, action)


def on_the_wire(handler: Callable[..., Any]) -> Callable[..., Any]:
    """The handler, whose refusals become errors of the engine's own kind, which it puts on the wire."""

    async def waiting(*given: Any) -> Any:
        try:
            return await handler(*given)
        except Refused as refused:
            raise sqs._Err(refused.code, refused.text, refused.status) from None

    def at_once(*given: Any) -> Any:
        try:
            return handler(*given)
        except Refused as refused:
            raise sqs._Err(refused.code, refused.text, refused.status) from None

    return waiting if iscoroutinefunction(handler) else at_once


def refuse(found: Iterable[Finding]) -> None:
    """Refuse what the rules refuse, in AWS's words; of several findings AWS says the first."""
    for each in found:
        raise Refused(each.error, each.message)


def invalid(value: object, name: str, reason: str) -> Refused:
    """A value that this parameter cannot have."""
    return Refused("InvalidParameterValue", rules.invalid(value, name, reason))


def missing(name: str) -> Refused:
    """A parameter that is not there."""
    return Refused("MissingParameter", f"The request must contain the parameter {name}.")


def unknown(name: str) -> Refused:
    """An attribute that there is not."""
    return Refused("InvalidAttributeName", f"Unknown Attribute {name}.")


def within(data: Data, name: str, low: int, high: int, reason: str) -> None:
    """Refuse a number outside low..high; one that is not given is fine."""
    value = data.get(name)
    if value is not None and not whole(value, low, high):
        raise invalid(value, name, reason)


def plain(value: object) -> object:
    """A value to compare: policies as what they say, everything else as text."""
    try:
        parsed = json.loads(str(value))
    except ValueError:
        return str(value)
    return parsed if isinstance(parsed, dict) else str(value)


def as_json(original: Callable[..., tuple[int, dict[str, str], bytes]]) -> Callable[..., Any]:
    """Errors of the JSON protocol in AWS's shape; some texts differ from the older protocol's (recorded)."""

    def answer(code: str, message: str, status: int = 400) -> tuple[int, dict[str, str], bytes]:
        message = message.replace(" for this wsdl version", "").replace("provided explicitly.", "provided explicitly")
        status, headers, _ = original(code, message, status)
        body = {"__type": "com.amazonaws.sqs#" + _SHAPES.get(code, code), "message": message}
        return status, headers, json.dumps(body).encode()

    return answer
