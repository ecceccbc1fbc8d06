"""What AWS refuses at Lambda, in its words: names, settings, roles and payloads of functions.

Texts marked R are recorded from AWS (the snapshot tests of the LocalStack project); constraints are those of the
Lambda API reference (CreateFunction, Invoke) and quotas of the Lambda Developer Guide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labcli.local import iam
from labcli.local.refused import Refused
from labcli.rules import functions, roles
from labcli.rules.asl import json_text
from labcli.rules.finding import Finding


def invalid(text: str) -> Refused:
    """The usual refusal."""
    return Refused("InvalidParameterValueException", text)


def refuse(found: Iterable[Finding]) -> None:
    """Refuse what the rules refuse, in AWS's words; of several findings AWS says the first."""
    for each in found:
        raise Refused(each.error or "InvalidParameterValueException", each.message)


def check_code(code: Mapping[str, Any]) -> None:
    """Refuse an empty file; one that is no zip the engine refuses."""
    if code.get("ZipFile") == "":
        raise invalid("Uploaded file must be a non-empty zip")


def check_role(role: str) -> None:
    """Refuse a role that is none, or that Lambda may not assume."""
    if not roles.is_arn(role):
        rule = f"Member must satisfy regular expression pattern: {roles.ARN}"
        raise Refused("ValidationException", functions.constraint(role, "role", rule))
    if not iam.trusts(role, roles.LAMBDA):
        raise invalid(roles.NOT_ASSUMED[roles.LAMBDA])


def check_payload(body: bytes, kind: str) -> None:
    """Refuse an event that is too large, or not JSON."""
    limit = functions.LARGEST_PAYLOAD.get(kind, functions.LARGEST_PAYLOAD["RequestResponse"])
    if len(body) > limit:
        text = f"{len(body)} byte payload is too large for the {kind} invocation type (limit {limit} bytes)"
        raise Refused("RequestEntityTooLargeException", text, 413)
    if trouble := _trouble(body or b"{}"):
        text = f"Could not parse request body into json: Could not parse payload into json: {trouble}"
        raise Refused("InvalidRequestContentException", text)


def _trouble(body: bytes) -> str:
    """What keeps an event from being JSON, in the words of AWS's parser (R); empty when nothing does."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        at = json_text.place_of(body.decode(errors="replace"), error.start + 1, "byte[]")
        return f"Invalid UTF-8 start byte 0x{body[error.start]:x}\n at {at}"
    found = json_text.broken(text)
    return f"{found.words}\n at {json_text.place_of(text, found.at, 'byte[]')}" if found else ""
