"""AWS Signature Version 4, verified for both of its forms: the Authorization header and the presigned query.

Verified here, and not left to the engine, because the engine lets every request through that names a root key.
The algorithm: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import re
from calendar import timegm
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from time import strptime
from urllib.parse import quote, unquote

from labcli.local.refused import Refused

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW = 15 * 60
"""Seconds a request may be off our clock."""
LONGEST_PRESIGN = 7 * 24 * 3600
_DATE = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_SIGNATURE = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
_UNSIGNED = "UNSIGNED-PAYLOAD"


def denied(code: str, text: str) -> Refused:
    """A request that is not let in: AWS's error code, what is wrong with it, status 403."""
    return Refused(code, text, 403)


@dataclass(frozen=True)
class Request:
    """A request as it arrived.

    ``path`` is still percent-encoded, ``query`` decoded pairs, ``headers`` have lower-case names.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Signed:
    """What a request says about its own signature; nothing of it is proved yet."""

    access_key: str
    scope_date: str
    region: str
    service: str
    time: str
    names: tuple[str, ...]
    """The signed headers."""
    signature: str
    token: str
    """The session token, or empty."""
    expires: int | None
    """Seconds a presigned request is good for; None for the header form."""

    @property
    def presigned(self) -> bool:
        """Whether the signature stands in the query."""
        return self.expires is not None


def parse_query(raw: str) -> tuple[tuple[str, str], ...]:
    """The decoded pairs of a query string, in their order. ``+`` is a plus, as in the signing of it."""
    pairs = (part.partition("=") for part in raw.split("&") if part)
    return tuple((unquote(name), unquote(value)) for name, _, value in pairs)


def read(request: Request, now: float) -> Signed:
    """The signature's parts, their form and time checked; Refused when there is none or it cannot be in order.

    ``now`` in seconds since the epoch.
    """
    names = [name.lower() for name, _ in request.query]
    in_query = any(n.startswith("x-amz-") for n in names) or "awsaccesskeyid" in names
    if "authorization" in request.headers:
        if in_query:
            raise denied("InvalidRequest", "it is signed twice, in a header and in the query")
        signed = _from_header(request.headers)
    elif in_query:
        signed = _from_query(request.query)
    else:
        raise denied("MissingAuthenticationToken", "it is not signed")
    _check_form(signed, request)
    _check_time(signed, now)
    return signed


def check(signed: Signed, request: Request, secret: str) -> None:
    """Refused unless the signature and the body are what the holder of ``secret`` signed."""
    scope = f"{signed.scope_date}/{signed.region}/{signed.service}/aws4_request"
    canonical = hashlib.sha256(_canonical(signed, request).encode("latin-1", "replace")).hexdigest()
    text = "\n".join((ALGORITHM, signed.time, scope, canonical))
    key = _signing_key(secret, signed.scope_date, signed.region, signed.service)
    expected = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signed.signature):
        raise denied("SignatureDoesNotMatch", "its signature is not that of this key's secret over this request")


def _from_header(headers: Mapping[str, str]) -> Signed:
    algorithm, _, rest = headers["authorization"].partition(" ")
    if algorithm != ALGORITHM:
        raise denied("IncompleteSignature", f"it is not signed with {ALGORITHM}")
    fields = [part.strip().partition("=") for part in rest.split(",")]
    found = {name: value for name, _, value in fields}
    if len(fields) != 3 or set(found) != {"Credential", "SignedHeaders", "Signature"}:
        raise denied("IncompleteSignature", "its Authorization header is not complete")
    time, token = headers.get("x-amz-date", ""), headers.get("x-amz-security-token", "")
    return _signed(found["Credential"], found["SignedHeaders"], found["Signature"], time, token, None)


def _from_query(query: tuple[tuple[str, str], ...]) -> Signed:
    names = [name for name, _ in query]
    found = {name: value for name, value in query if name.startswith("X-Amz-")}
    lowered = [name.lower() for name in names if name.lower().startswith("x-amz-") or name.lower() == "awsaccesskeyid"]
    if len(lowered) != len(found) or len(set(lowered)) != len(lowered):  # doubled, or in another spelling
        raise denied("IncompleteSignature", "its query names a part of the signature twice or in a wrong spelling")
    if found.get("X-Amz-Algorithm") != ALGORITHM:
        raise denied("IncompleteSignature", f"it is not signed with {ALGORITHM}")
    expires = found.get("X-Amz-Expires", "")
    if not (expires.isascii() and expires.isdigit() and 1 <= int(expires[:8]) <= LONGEST_PRESIGN and len(expires) < 8):
        raise denied("AuthorizationQueryParametersError", "its X-Amz-Expires is not between 1 and 604800")
    part = found.get
    return _signed(
        part("X-Amz-Credential", ""),
        part("X-Amz-SignedHeaders", ""),
        part("X-Amz-Signature", ""),
        part("X-Amz-Date", ""),
        part("X-Amz-Security-Token", ""),
        int(expires),
    )


def _signed(credential: str, names: str, signature: str, time: str, token: str, expires: int | None) -> Signed:
    scope = credential.split("/")
    if len(scope) != 5 or scope[4] != "aws4_request" or not all(_NAME.fullmatch(part) for part in scope):
        raise denied("IncompleteSignature", "its credential is not KEY/DATE/REGION/SERVICE/aws4_request")
    if not _SIGNATURE.fullmatch(signature):
        raise denied("IncompleteSignature", "its signature is not 64 hexadecimal digits")
    key, date, region, service, _ = scope
    return Signed(key, date, region, service, time, tuple(names.split(";")), signature, token, expires)


def _check_form(signed: Signed, request: Request) -> None:
    names = set(signed.names)
    if len(names) != len(signed.names) or any(name != name.lower() for name in names):
        raise denied("IncompleteSignature", "its list of signed headers is not in order")
    if "host" not in names or not (signed.presigned or "x-amz-date" in names):
        raise denied("IncompleteSignature", "host and date are not signed")
    # What tells the engine which operation to perform must not be added to somebody's signed request.
    loose = sorted(n for n in request.headers if n.startswith("x-amz-") and n not in names)
    if loose or (signed.presigned and "x-amz-target" in request.headers):
        raise denied("AccessDenied", "there were headers present in the request which were not signed")
    if signed.presigned and signed.service == "s3" and request.method not in ("GET", "HEAD", "PUT", "DELETE"):
        raise denied("AccessDenied", "a presigned S3 address is for GET, HEAD, PUT or DELETE")


def _check_time(signed: Signed, now: float) -> None:
    if not _DATE.fullmatch(signed.time) or signed.time[:8] != signed.scope_date:
        raise denied("IncompleteSignature", "its date is not in order")
    try:
        at = timegm(strptime(signed.time, "%Y%m%dT%H%M%SZ"))
    except ValueError as error:
        raise denied("IncompleteSignature", "its date is not in order") from error
    if at > now + SKEW:
        raise denied("RequestTimeTooSkewed", "it is dated in the future")
    if signed.expires is not None and now > at + signed.expires:
        raise denied("AccessDenied", "Request has expired")
    if signed.expires is None and at < now - SKEW:
        raise denied("RequestTimeTooSkewed", "it was signed more than 15 minutes ago")


def _canonical(signed: Signed, request: Request) -> str:
    # Services other than S3 sign the normalised path, encoded once more.
    path = request.path if signed.service == "s3" else quote(_without_dots(request.path), safe="/~")
    pairs = sorted((_encode(n), _encode(v)) for n, v in request.query if n != "X-Amz-Signature")
    headers = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in signed.names)
    query = "&".join(f"{name}={value}" for name, value in pairs)
    return "\n".join((request.method, path, query, headers, ";".join(signed.names), _payload(signed, request)))


def _payload(signed: Signed, request: Request) -> str:
    """The hash of the body; Refused when the request claims another, or none.

    Streamed (aws-chunked) and unsigned bodies are refused: their content would not be proved. The one exception is
    AWS's own: a presigned S3 address never covers a body.
    """
    if signed.presigned and signed.service == "s3":
        return _UNSIGNED
    actual = hashlib.sha256(request.body).hexdigest()
    claimed = request.headers.get("x-amz-content-sha256")
    if claimed is None or hmac.compare_digest(claimed.encode(), actual.encode()):
        return actual
    if claimed == _UNSIGNED or claimed.startswith("STREAMING-"):
        raise denied("InvalidRequest", "its body is not signed; send it whole, with its SHA-256")
    raise denied("XAmzContentSHA256Mismatch", "its body is not the body that was signed")


def _encode(text: str) -> str:
    return quote(text, safe="-_.~")


def _without_dots(path: str) -> str:
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            kept = kept[:-1]
        elif part and part != ".":
            kept.append(part)
    return "/" + "/".join(kept) + ("/" if path.endswith("/") and kept else "")


@lru_cache(maxsize=64)
def _signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    key = ("AWS4" + secret).encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
