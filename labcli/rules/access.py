"""What policies of IAM mean: whether they let somebody do something, and what each of their statements says.

Facts: IAM User Guide, "Policy evaluation logic" (a Deny beats every Allow, and what nobody allows is refused), "IAM
JSON policy elements" (Principal, Action, NotAction, Resource, Condition) and "Condition operators" (an ARN's six parts
are compared each by itself, ``ArnEquals`` and ``ArnLike`` alike; a key that is not there fails, but not a negated
operator and not ``…IfExists``; several values of a key are joined by or, keys and operators by and).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, NamedTuple

from labcli.rules.patterns import like

Statement = Mapping[str, Any]
SOURCE_ARN, SOURCE_ACCOUNT = "aws:SourceArn", "aws:SourceAccount"


class Verdict(Enum):
    """What policies say of a request. Nothing is as good as no."""

    ALLOW = "Allow"
    DENY = "Deny"
    NOTHING = ""


class Request(NamedTuple):
    """Who wants to do what, to what, under which circumstances."""

    action: str
    """``sqs:SendMessage``."""
    resource: str
    """The ARN; empty where the policy is about one thing only and names none (a trust policy)."""
    principal: str = ""
    """A service (``sns.amazonaws.com``) or an ARN; empty for the policies of the one who asks, which name nobody."""
    context: Mapping[str, str] = {}
    """Condition keys and their values; the case of a key does not count."""


def for_source(action: str, resource: str, service: str, source: str) -> Request:
    """A service that acts on behalf of one of its things, as SNS for a topic."""
    account = [*source.split(":"), "", "", "", ""][4]
    context = {SOURCE_ARN: source, SOURCE_ACCOUNT: account, "aws:SecureTransport": "true"}
    return Request(action, resource, service, context)


def statements(policy: object) -> list[Statement]:
    """The statements of a policy, data or JSON text; none when it is no policy."""
    try:
        parsed = json.loads(policy) if isinstance(policy, str) else policy
    except (ValueError, RecursionError):
        return []
    found = several(parsed.get("Statement")) if isinstance(parsed, Mapping) else []
    return [each for each in found if isinstance(each, Mapping)]


def decide(policies: Iterable[Statement], request: Request) -> Verdict:
    """What the statements say of a request, all of them together."""
    effects = {each.get("Effect") for each in policies if speaks_of(each, request)}
    return Verdict.DENY if "Deny" in effects else Verdict.ALLOW if "Allow" in effects else Verdict.NOTHING


def allows(policies: Iterable[Statement], request: Request) -> bool:
    """Whether the statements let it be done."""
    return decide(policies, request) is Verdict.ALLOW


def speaks_of(statement: Statement, request: Request) -> bool:
    """Whether a statement is about a request, whatever its effect."""
    return (
        of_action(statement, request.action)
        and of_resource(statement, request.resource)
        and of_principal(statement, request.principal)
        and holds(statement.get("Condition"), request.context)
    )


def of_action(statement: Statement, action: str) -> bool:
    """Whether an action is meant. The case of its letters does not count."""
    if "NotAction" in statement:
        return not any(action_like(action, each) for each in several(statement["NotAction"]))
    return any(action_like(action, each) for each in several(statement.get("Action")))


def action_like(action: str, pattern: Any) -> bool:
    """Whether a pattern (``sqs:Send*``) is about an action."""
    return like(action.lower(), str(pattern).lower(), single=True)


def of_resource(statement: Statement, resource: str) -> bool:
    """Whether a resource is meant. A ``*`` at the end of a part stands for the colons behind it, too."""
    if "NotResource" in statement:
        return not any(like(resource, str(each), single=True) for each in several(statement["NotResource"]))
    if "Resource" not in statement:  # a trust policy is about what it is put on
        return True
    return any(like(resource, str(each), single=True) for each in several(statement["Resource"]))


def of_principal(statement: Statement, principal: str) -> bool:
    """Whether somebody is meant. Nobody is asked for where policies name nobody: those of a role."""
    if not principal:
        return True
    if "NotPrincipal" in statement:
        return not _named(statement["NotPrincipal"], principal)
    return _named(statement.get("Principal"), principal)


def _named(named: Any, principal: str) -> bool:
    if not isinstance(named, Mapping):
        return bool(named == "*")
    if principal.startswith("arn:"):
        account = principal.split(":")[4]
        whole = {"*", account, f"{':'.join(principal.split(':')[:2])}:iam::{account}:root", principal}
        return any(str(each) in whole for each in several(named.get("AWS")))
    services = {str(each).lower() for each in several(named.get("Service"))}
    return bool(services & {"*", principal.lower()}) or "*" in several(named.get("AWS"))


def holds(condition: Any, context: Mapping[str, str]) -> bool:
    """Whether a condition holds. What no operator of ours can judge does not."""
    if not condition:
        return True
    if not isinstance(condition, Mapping):
        return False
    known = {key.lower(): value for key, value in context.items()}
    return all(
        _compare(str(operator), several(wanted), known.get(str(key).lower()))
        for operator, block in condition.items()
        for key, wanted in (block.items() if isinstance(block, Mapping) else [("", [])])
    )


def _compare(operator: str, wanted: list[Any], seen: str | None) -> bool:
    word = operator.rpartition(":")[2]  # ForAllValues:, ForAnyValue: of one value is the operator itself
    if word == "Null":
        return any(str(each).lower() == str(seen is None).lower() for each in wanted)
    if seen is None and (word.endswith("IfExists") or operator.startswith("ForAllValues:")):
        return True
    word = word.removesuffix("IfExists")
    negated = "Not" in word
    compare = _OPERATORS.get(word.replace("Not", "", 1))
    if seen is None or compare is None:
        return negated and seen is None
    return any(compare(seen, str(each)) for each in wanted) != negated


def arn_like(arn: str, pattern: str) -> bool:
    """Whether the six parts of an ARN are those of a pattern."""
    parts, wanted = arn.split(":", 5), pattern.split(":", 5)
    return len(parts) == len(wanted) and all(like(*pair, single=True) for pair in zip(parts, wanted, strict=True))


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "ArnEquals": arn_like,
    "ArnLike": arn_like,
    "StringEquals": lambda seen, wanted: seen == wanted,
    "StringEqualsIgnoreCase": lambda seen, wanted: seen.lower() == wanted.lower(),
    "StringLike": lambda seen, wanted: like(seen, wanted, single=True),
    "Bool": lambda seen, wanted: seen.lower() == wanted.lower(),
}


def sources(statement: Statement) -> list[str]:
    """The ARNs and patterns under aws:SourceArn in a statement's condition."""
    return _values(statement, SOURCE_ARN)


def accounts(statement: Statement) -> list[str]:
    """The accounts under aws:SourceAccount in a statement's condition."""
    return _values(statement, SOURCE_ACCOUNT)


def _values(statement: Statement, wanted: str) -> list[str]:
    condition = statement.get("Condition")
    blocks = condition.values() if isinstance(condition, Mapping) else []
    found = [block for block in blocks if isinstance(block, Mapping)]
    named = [value for block in found for key, value in block.items() if str(key).lower() == wanted.lower()]
    return [str(each) for value in named for each in several(value)]


def services(statement: Statement) -> list[str]:
    """The services that a statement's principal names."""
    named = statement.get("Principal")
    return [str(each) for each in several(named.get("Service"))] if isinstance(named, Mapping) else []


def several(value: Any) -> list[Any]:
    """A value, or those of a list; of nothing, none."""
    return value if isinstance(value, list) else [] if value is None else [value]
