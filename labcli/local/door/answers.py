"""Refusals in AWS's own shapes, so that boto3 and the aws CLI show the sentence instead of a parse error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from labcli.local.refused import Refused


@dataclass(frozen=True)
class Answer:
    """A whole HTTP answer; Content-Length is added when it is sent."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal(refused: Refused, method: str, headers: Mapping[str, str]) -> Answer:
    """What a refused client is told, as the protocol of its service says it.

    A query service (SNS, IAM) answers XML to a form, S3 XML of its own, all others JSON.
    """
    text = f"The embedded AWS of labcli refused this request: {refused.text}. Use what `labcli local env` prints."
    common = {"x-amzn-requestid": "labcli-refused", "cache-control": "no-store"}
    if method == "HEAD":
        return Answer(refused.status, b"", common)
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        error = f"<Type>Sender</Type><Code>{refused.code}</Code><Message>{escape(text)}</Message>"
        body = f"<ErrorResponse><Error>{error}</Error><RequestId>labcli-refused</RequestId></ErrorResponse>"
        return Answer(refused.status, body.encode(), {**common, "content-type": "text/xml"})
    if "/s3/" in headers.get("authorization", ""):
        body = f"<Error><Code>{refused.code}</Code><Message>{escape(text)}</Message></Error>"
        return Answer(refused.status, body.encode(), {**common, "content-type": "application/xml"})
    body = json.dumps({"__type": refused.code, "message": text, "Message": text})
    kind = {"content-type": "application/x-amz-json-1.0", "x-amzn-errortype": refused.code}
    return Answer(refused.status, body.encode(), {**common, **kind})


def of_json(status: int, body: str, **headers: str) -> Answer:
    """A JSON document, already written."""
    return Answer(status, body.encode(), {"content-type": "application/json", "cache-control": "no-store", **headers})
