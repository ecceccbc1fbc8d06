"""The older protocol of SQS, for the actions that the engine does not have: their parameters and their answers.

Facts: the SQS API Reference, and the model of the query protocol (API version 2012-11-05).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from labcli.local.names import names

sqs = names("services.sqs", "_p", "_xml_resp")
PARAMETERS = ("SourceArn", "DestinationArn", "MaxNumberOfMessagesPerSecond", "TaskHandle")
_LISTS = {"ListMessageMoveTasks": "Results", "ListDeadLetterSourceQueues": "queueUrls"}
_MEMBERS = {"Results": "ListMessageMoveTasksResultEntry", "queueUrls": "QueueUrl"}
_ANSWERED = {"StartMessageMoveTask", "CancelMessageMoveTask", *_LISTS}


def read(original: Callable[[str, Any], dict[str, Any]]) -> Callable[[str, Any], dict[str, Any]]:
    """The engine's reader, which then also reads the parameters of these actions."""

    def normalise(action: str, params: Any) -> dict[str, Any]:
        more = {name: value for name in PARAMETERS if (value := sqs._p(params, name))}
        return {**original(action, params), **more}

    return normalise


def write(original: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    """The engine's writer, which then also writes the answers of these actions."""

    def to_xml(action: str, result: Any) -> Any:
        if action not in _ANSWERED:
            return original(action, result)
        return sqs._xml_resp(200, f"{action}Response", f"<{action}Result>{_fields(result)}</{action}Result>")

    return to_xml


def _fields(result: Mapping[str, Any]) -> str:
    return "".join(_field(name, value) for name, value in result.items())


def _field(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_field(_MEMBERS[name], each) for each in value)
    return f"<{name}>{_fields(value) if isinstance(value, Mapping) else escape(str(value))}</{name}>"
