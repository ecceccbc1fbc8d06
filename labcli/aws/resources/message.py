"""What an author is told about the attributes of a message, for a queue or for a topic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from labcli.lab.model import Where
from labcli.lab.reader import Findings
from labcli.rules import messages, sqs
from labcli.rules.finding import Finding

_SAID: Mapping[str, str] = {
    messages.Code.NAME_LENGTH: f"the name of a message attribute has 1 to {messages.LONGEST} bytes",
    messages.Code.CHARACTER: "the name of a message attribute is letters, digits, `_`, `-` and `.`; `{given}` is none",
    messages.Code.RESERVED: "names of message attributes that begin with `AWS.` or `Amazon.` are AWS's own",
    messages.Code.STARTS: "the name of a message attribute does not begin with a dot",
    messages.Code.ENDS: "the name of a message attribute does not end with a dot",
    messages.Code.SUCCESSIVE: "the name of a message attribute has no two dots one after the other",
    messages.Code.TYPE: "the `DataType` of a message attribute is `String`, `Number` or `Binary`, with a `.label` or "
    "without; `{given}` is none",
    messages.Code.TYPE_LENGTH: f"the `DataType` of a message attribute has at most {messages.LONGEST} bytes",
    messages.Code.FIELD: "the value of a message attribute of type `{given}` stands in the field of its type",
    messages.Code.EMPTY: "a message attribute of type `{given}` has a value, and it is not empty",
    messages.Code.NUMBER: "`{given}` is no number",
    messages.Code.CONTENT: "a control character stands in the value",
    sqs.Code.MANY: f"a message has at most {sqs.MOST_ATTRIBUTES} attributes",
}


def check_attributes(
    message: Mapping[str, Any],
    judge: Callable[[Mapping[str, Any]], Iterable[Finding]],
    where: Where,
    findings: Findings,
) -> None:
    """Note what AWS refuses in the attributes of a message; ``judge`` is its service's rule."""
    attributes = message.get("MessageAttributes")
    if not isinstance(attributes, Mapping):
        return
    known = {
        str(name): {key: filled(each) for key, each in value.items()}
        for name, value in attributes.items()
        if isinstance(value, Mapping) and value.get("DataType")  # what has no type is said of every parameter
    }
    for found in judge(known):
        findings.add((*where, *found.path), _SAID[found.code].format(given=found.given))


def filled(value: Any) -> Any:
    """A value as it could be when its references are filled in."""
    return "1" if isinstance(value, str) and "${" in value else value
