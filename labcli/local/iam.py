"""IAM of the embedded AWS: corrections where a right policy would fail, and the questions that our services ask it.

Policies that AWS refuses are refused (rules/identity.py).

On AWS a batch of SQS or SNS needs the right of the single call; batches have no actions of their own (Service
Authorization Reference, actions of both). The engine asks for one, and so refuses what AWS allows.
Its refusals name the resource here, as AWS's do.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labcli.local import xml
from labcli.local.names import hook, missing, names
from labcli.local.refused import Refused
from labcli.local.sqs.handle import source_of
from labcli.rules import identity
from labcli.rules import roles as rules
from labcli.rules.finding import Finding
from labcli.rules.patterns import like

iam_actions = names("core.iam_actions", "extract_iam_action", "access_denied_response", "extract_resource_arn")
evaluator = names(
    "core.iam_evaluator",
    *("EvalContext", "evaluate", "evaluate_resource_policy", "combine_resource_policy"),
    *("_gather_role_policies", "_permissions_boundary", "_resource_policy", "enforce"),
)
wildcards = names("core.iam_evaluator", "fnmatch_iam", "fnmatch_iam_cs")
documents = names("core.iam_evaluator", "validate_policy_document")
roles = names("services.iam", "_roles")
trusting = names("services.iam", "_trust_policy_not_principal_error")
answers = names("services.iam", "_error", "_xml")
tokens = names("services.sts", "_error", "_xml")
ASKED = (evaluator, roles)
"""What a room needs that asks the questions of this file."""
_BATCHES = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sns:PublishBatch": "sns:Publish",
}
_NAMES_RESOURCE = {"sqs", "sns", "lambda", "states", "iam"}
# Paths of Lambda for whose actions the engine has none, or one for every method (Lambda API Reference, Actions).
_LAMBDA = {
    "event-source-mappings": ("EventSourceMapping", {"GET": "Get", "PUT": "Update", "DELETE": "Delete"}),
    "concurrency": ("FunctionConcurrency", {"GET": "Get", "PUT": "Put", "DELETE": "Delete"}),
    "event-invoke-config": (
        "FunctionEventInvokeConfig", {"GET": "Get", "PUT": "Put", "POST": "Update", "DELETE": "Delete"},
    ),
}  # fmt: skip


def correct() -> list[str]:
    """Put the corrections in; the names that have moved in the engine (then nothing is changed), as ``module.name``."""
    if moved := missing(iam_actions, wildcards, documents, trusting, answers, tokens, *ASKED):
        return moved
    hook(iam_actions, "extract_iam_action", _as_aws_names_it)
    hook(iam_actions, "access_denied_response", _with_the_resource)
    hook(iam_actions, "extract_resource_arn", _about)
    hook(documents, "validate_policy_document", _held_against(identity.policy))
    hook(trusting, "_trust_policy_not_principal_error", _held_against(identity.trust))
    for service in (answers, tokens):
        hook(service, "_error", _escaped)
        hook(service, "_xml", _mended)
    # The engine makes regular expressions of them, and a policy with many stars keeps everybody waiting.
    wildcards.fnmatch_iam = lambda value, pattern: like(value.lower(), pattern.lower(), single=True)
    wildcards.fnmatch_iam_cs = lambda value, pattern: like(value, pattern, single=True)
    return []


def _held_against(rule: Callable[[Any], Iterator[Finding]]) -> Callable[[Any], Any]:
    """The engine's check of a policy (what is wrong with it, or None), with AWS's rules and words before it."""

    def wrapped(original: Any) -> Any:
        return lambda document: next((found.message for found in rule(document)), None) or original(document)

    return wrapped


def _escaped(original: Any) -> Any:
    """Refusals name what they refuse, in XML; the engine writes it as it came."""

    def error(status: int, code: str, message: str, ns: str = "iam") -> Any:
        return original(status, code, xml.said(message), ns)

    return error


def _mended(original: Any) -> Any:
    def answer(status: int, root: str, inside: str, *more: Any, **named: Any) -> Any:
        return original(status, root, xml.mended(inside), *more, **named)

    return answer


def _as_aws_names_it(original: Any) -> Any:
    def extract_iam_action(service: str, method: str, path: str, *rest: Any) -> Any:
        if service == "lambda" and (named := _of_lambda(method, path)):
            return named
        action = original(service, method, path, *rest)
        return _BATCHES.get(action, action)

    return extract_iam_action


def _of_lambda(method: str, path: str) -> str:
    parts = path.strip("/").split("/")  # a date, then event-source-mappings/ID or functions/NAME/part
    part = parts[1] if len(parts) == 3 else parts[3] if len(parts) == 4 else ""
    noun, verbs = _LAMBDA.get(part, ("", {}))
    return f"lambda:{verbs[method]}{noun}" if method in verbs else ""


def _about(original: Any) -> Any:
    """What a call is about where the engine takes it for all resources: the topic or the machine whose tags are read,
    the function that is made, the dead-letter queue whose messages are moved (Service Authorization Reference, actions
    of SNS, Step Functions, Lambda and SQS).
    """

    def extract_resource_arn(
        service: str, method: str, path: str, headers: Any, body: bytes, params: Mapping[str, Any], region: str,
        account: str,
    ) -> Any:  # fmt: skip
        found = original(service, method, path, headers, body, params, region, account)
        if found != "*":
            return found
        if service == "sqs":
            return _moved(body, params) or found
        if service == "sns":
            return _given(params, "ResourceArn") or found
        if service == "states":
            return _field(body, "resourceArn") or found
        if service == "lambda" and method == "POST" and path.rstrip("/").endswith("/functions"):
            name = _field(body, "FunctionName")
            whole = name if name.startswith("arn:") else f"arn:aws:lambda:{region}:{account}:function:{name}"
            return whole if name else found
        return found

    return extract_resource_arn


def _moved(body: bytes, params: Mapping[str, Any]) -> str:
    """The queue that a call of a redrive is about, in either protocol."""
    handle = _field(body, "TaskHandle") or _given(params, "TaskHandle")
    return source_of(handle) if handle else _field(body, "SourceArn") or _given(params, "SourceArn")


def _given(params: Mapping[str, Any], key: str) -> str:
    named = params.get(key, "")
    return str(named[0] if isinstance(named, list) else named)


def _field(body: bytes, key: str) -> str:
    try:
        said = json.loads(body)
    except ValueError:  # the service itself says what is wrong with it
        return ""
    named = said.get(key) if isinstance(said, dict) else None
    return named if isinstance(named, str) else ""


def _with_the_resource(original: Any) -> Any:
    def access_denied_response(
        service: str, action: str, principal_arn: str, request_id: str, **more: Any
    ) -> tuple[int, dict[str, str], bytes]:
        plain = not (more.get("error_code") or more.get("message") or more.get("resource_policy_arn"))
        if service in _NAMES_RESOURCE and plain:
            named = action.lower() if service == "sqs" else action.replace("sns:", "SNS:")
            because = (
                "with an explicit deny in an identity-based policy"
                if more.get("explicit_deny")
                else f"because no identity-based policy allows the {named} action"
            )
            who = f"User: {principal_arn} is not authorized to perform: {named}"
            more["message"] = f"{who} on resource: {more.get('resource_arn') or '*'} {because}"
        answer: tuple[int, dict[str, str], bytes] = original(service, action, principal_arn, request_id, **more)
        return answer

    return access_denied_response


def role_may(role_arn: str, action: str, resource: str, region: str) -> bool:
    """Whether a role may do this to the resource, by its own policies or by the resource's."""
    if role_arn.count(":") < 5:
        return False
    account, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    ctx = evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::{account}:assumed-role/{name}/labcli",
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=region,
    )
    limits = evaluator._permissions_boundary(roles._roles, name, account)
    result = evaluator.evaluate(ctx, evaluator._gather_role_policies(name, account), *limits)
    policy = evaluator._resource_policy(action.partition(":")[0], resource)
    if policy is not None:
        result = evaluator.combine_resource_policy(result, ctx, *policy, limits=limits)
    return bool(result.decision == "Allow")


def service_may(policy: Any, service: str, action: str, resource: str, source_arn: str) -> bool:
    """Whether a resource's policy lets an AWS service do this on behalf of the source.

    The caller is the service itself (``sns.amazonaws.com``), not somebody in the source's account.
    """
    parts = source_arn.split(":")
    account, region = (parts[4], parts[3]) if len(parts) > 5 else ("", "")
    ctx = evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=region,
        service_context={
            "aws:sourcearn": source_arn,
            "aws:sourceaccount": account,
            "aws:sourceowner": account,
        },
    )
    return bool(evaluator.evaluate_resource_policy(policy, ctx, service=service).decision == "Allow")


def trusts(role_arn: str, service: str) -> bool:
    """Whether the role is there and its trust policy lets the service assume it; conditions are taken as met."""
    role = roles._roles.get(role_arn.rpartition("/")[2])
    return role is not None and rules.trusts(role.get("AssumeRolePolicyDocument"), service)


def check_passing(role_arn: str, service: str, access_key: str, region: str) -> None:
    """Refuse a caller who may not pass the role on to the service (AWS: iam:PassRole)."""
    about = {"iam:PassedToService": service}
    denied = evaluator.enforce(access_key, "iam:PassRole", "iam", region, resource_arn=role_arn, service_context=about)
    if denied:
        who = getattr(denied, "principal_arn", "") or "anonymous"
        said = rules.not_passed(who, role_arn, getattr(denied, "decision", "") == "Deny")
        raise Refused("AccessDeniedException", said, 400 if service == rules.STATES else 403)
