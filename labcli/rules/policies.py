"""Whether something is a policy that can be put on a queue or a topic.

Facts: IAM User Guide, JSON policy element reference; a resource-based policy names a principal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labcli.rules import identity

VERSIONS = ("2008-10-17", "2012-10-17")
_TOP = frozenset({"Version", "Id", "Statement"})
_ELEMENTS = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)


def statements(policy: object) -> list[Mapping[str, Any]]:
    """The statements of a policy, or of its text; none when it is no policy."""
    if isinstance(policy, str):
        try:
            policy = json.loads(policy)
        except (ValueError, RecursionError):
            return []
    if (
        not isinstance(policy, Mapping)
        or not policy.keys() <= _TOP
        or policy.get("Version", VERSIONS[0]) not in VERSIONS
    ):
        return []
    found = policy.get("Statement")
    listed: list[Any] = found if isinstance(found, list) else [found]
    return listed if all(_is_statement(each) for each in listed) else []


def unknown_services(policy: object) -> list[str]:
    """Services that a policy lets in and that there are not: queues and topics look for them when it is put there."""
    return [name for each in statements(policy) for name in identity.unknown_services(each.get("Principal"))]


def _is_statement(found: object) -> bool:
    if not isinstance(found, Mapping) or not found.keys() <= _ELEMENTS:
        return False
    one_of_each = all(
        (name in found) != (f"Not{name}" in found) for name in ("Principal", "Action")
    )  # a Resource may be left out: it is what the policy is put on
    return one_of_each and found.get("Effect") in ("Allow", "Deny")
