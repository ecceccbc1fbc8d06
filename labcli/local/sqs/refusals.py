"""How AWS says no, for the corrections of SQS: the errors, and the checks of plain values behind them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from labcli.local.names import names

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
class Words:
    """The clock, and the errors that the rules raise."""

    clock: Callable[[], float]

    def error(self, code: str, message: str, status: int = 400) -> Exception:
        """An error of the engine's own kind, which it puts on the wire."""
        return sqs._Err(code, message, status)  # type: ignore[no-any-return]

    def invalid(self, value: object, name: str, reason: str) -> Exception:
        """A value that this parameter cannot have."""
        return self.error("InvalidParameterValue", f"Value {value} for parameter {name} is invalid. Reason: {reason}")

    def missing(self, name: str) -> Exception:
        """A parameter that is not there."""
        return self.error("MissingParameter", f"The request must contain the parameter {name}.")

    def unknown(self, name: str) -> Exception:
        """An attribute that there is not."""
        return self.error("InvalidAttributeName", f"Unknown Attribute {name}.")

    def within(self, data: Data, name: str, low: int, high: int, reason: str) -> None:
        """Refuse a number outside low..high; one that is not given is fine."""
        value = data.get(name)
        if value is not None and not between(value, low, high):
            raise self.invalid(value, name, reason)

    def queue(self, data: Data, url: str, action: str) -> Any:
        """The queue that is meant; NonExistentQueue or AccessDenied as the engine finds."""
        return sqs._get_q(data.get("QueueUrl") or url, action)


def between(value: object, low: int, high: int) -> bool:
    """Whether ``value`` is a whole number, or the text of one, in low..high."""
    text = str(value)
    return text.lstrip("-").isdecimal() and text.isascii() and len(text) < 12 and low <= int(text) <= high


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
