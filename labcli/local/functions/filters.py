"""Which records of a batch an event source mapping wants: its FilterCriteria (Lambda Developer Guide)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labcli.local.names import names
from labcli.local.patterns import MISSING, parse, wanted

lambdas = names("services.lambda_svc", "_kinesis_record_for_match")


def kept(records: list[dict[str, Any]], mapping: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The records that one of the mapping's filters wants; all of them when it has none."""
    criteria = mapping.get("FilterCriteria") or {}
    texts = [each.get("Pattern") for each in criteria.get("Filters") or [] if isinstance(each, Mapping)]
    patterns = [each for each in map(parse, filter(None, texts)) if isinstance(each, Mapping)]
    if not patterns:
        return records
    return [each for each in records if any(wanted(pattern, _seen(each), blank_exists=True) for pattern in patterns)]


def _seen(record: dict[str, Any]) -> Mapping[str, Any]:
    """A record as filters see it: a body that is JSON is data."""
    seen: dict[str, Any] = dict(record)
    if isinstance(record.get("kinesis"), Mapping):
        seen = lambdas._kinesis_record_for_match(record)
    body = parse(record["body"]) if isinstance(record.get("body"), str) else MISSING
    return seen if body is MISSING else {**seen, "body": body}
