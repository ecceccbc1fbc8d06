"""Versions and aliases of functions: what AWS refuses, and which version an alias with weights means.

Facts: Lambda API Reference (PublishVersion, CreateAlias, UpdateAlias, DeleteFunction) and Developer Guide, "Implement
Lambda canary deployments using a weighted alias". Texts are recorded from AWS (the snapshot tests of the LocalStack
project), but for that of a version in use, which people who met it quote.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

from labcli.local.functions.refusals import invalid, refuse
from labcli.local.functions.rules import Rules
from labcli.local.functions.run import CALLED
from labcli.local.names import names
from labcli.local.refused import Refused
from labcli.rules import functions

lambdas = names(
    "services.lambda_svc",
    *("_functions", "_func_arn", "_function_qualifier_exists", "_qualifier_from_path_or_query", "json_response"),
)
_LATEST = "$LATEST"


def published(original: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse to publish other code or another revision than is meant; where nothing changed, nothing is published."""

    def publish_version(name: str, data: Mapping[str, Any]) -> Any:
        func = lambdas._functions.get(name)
        if func is None:
            return original(name, data)
        config = func["config"]
        wanted, held = data.get("CodeSha256"), config.get("CodeSha256")
        if wanted and wanted != held:
            text = f"CodeSHA256 ({wanted}) is different from current CodeSHA256 in $LATEST ({held}). "
            return Rules().refused(invalid(f"{text}Please try again with the CodeSHA256 in $LATEST."))
        if data.get("RevisionId") and data["RevisionId"] != config.get("RevisionId"):
            return Rules().refused(_other_revision())
        last = max(func["versions"], key=int, default=None)
        if last is not None and _same(func["versions"][last]["config"], config):
            return lambdas.json_response(func["versions"][last]["config"], 201)
        return original(name, data)

    return publish_version


_OWN = {"Version", "FunctionArn", "RevisionId", "Description", "LastModified", "State", "StateReason"}
_OWN |= {"StateReasonCode", "LastUpdateStatus", "LastUpdateStatusReason", "LastUpdateStatusReasonCode"}
"""What a version has of its own; the rest is what it was published with."""


def _same(version: Mapping[str, Any], latest: Mapping[str, Any]) -> bool:
    keys = (set(version) | set(latest)) - _OWN
    return all(version.get(key) == latest.get(key) for key in keys)


def _other_revision() -> Refused:
    text = (
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve "
    )
    return Refused("PreconditionFailedException", f"{text}the latest Revision Id", 412)


def created(original: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse an alias that cannot be."""

    def create_alias(name: str, data: Mapping[str, Any]) -> Any:
        try:
            refuse(functions.alias(data))
            alias, version = str(data.get("Name")), str(data.get("FunctionVersion") or "")
            _check_versions(name, version, data.get("RoutingConfig"))
        except Refused as refused:
            return Rules().refused(refused)
        if alias in lambdas._functions[name]["aliases"]:
            text = f"Alias already exists: {lambdas._func_arn(name)}:{alias}"
            return Rules().refused(Refused("ResourceConflictException", text, 409))
        return original(name, data)

    return create_alias


def updated(original: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse what cannot become of an alias."""

    def update_alias(name: str, alias: str, data: Mapping[str, Any]) -> Any:
        held = ((lambdas._functions.get(name) or {}).get("aliases") or {}).get(alias)
        if held is None:
            return original(name, alias, data)
        try:
            refuse(functions.alias({**data, "Name": alias}))
            if data.get("RevisionId") and data["RevisionId"] != held["RevisionId"]:
                raise _other_revision()
            routing = data["RoutingConfig"] if "RoutingConfig" in data else held.get("RoutingConfig")
            _check_versions(name, str(data.get("FunctionVersion") or held["FunctionVersion"]), routing)
        except Refused as refused:
            return Rules().refused(refused)
        return original(name, alias, data)

    return update_alias


def _check_versions(name: str, version: str, routing: Any) -> None:
    """The versions of an alias are there, and differ; only published ones share the calls."""
    weights = (routing or {}).get("AdditionalVersionWeights") or {}
    func = lambdas._functions.get(name)
    if weights and version == _LATEST:
        raise invalid("$LATEST is not supported for an alias pointing to more than 1 version")
    for each in (version, *weights):
        if func is None or (each != _LATEST and each not in func["versions"]):
            raise Refused("ResourceNotFoundException", f"Function not found: {lambdas._func_arn(name)}:{each}", 404)
    if version in weights:
        text = f"Invalid function version {version}. Function version {version} is already included in routing "
        raise invalid(f"{text}configuration.")


def deleted(original: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse to delete a version that an alias means."""

    def delete_function(name: str, query: Any, by_path: str | None = None) -> Any:
        version = lambdas._qualifier_from_path_or_query(by_path, query)
        aliases = ((lambdas._functions.get(name) or {}).get("aliases") or {}).items()
        using = [alias for alias, held in aliases if version and version in _meant(held)]
        if using:
            text = f"Unable to delete version because the following aliases reference it: [{', '.join(using)}]"
            return Rules().refused(Refused("ResourceConflictException", text, 409))
        return original(name, query, by_path)

    return delete_function


def _meant(alias: Mapping[str, Any]) -> set[str]:
    return {alias["FunctionVersion"], *((alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {})}


def weighed(original: Callable[..., Any]) -> Callable[..., Any]:
    """Invoke by an alias: of its versions one, by their weights."""

    async def invoke(name: str, event: Any, headers: Any, by_path: str | None = None, query: Any = None) -> Any:
        qualifier = lambdas._qualifier_from_path_or_query(by_path, query)
        alias = ((lambdas._functions.get(name) or {}).get("aliases") or {}).get(qualifier) or {}
        weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
        if not weights:
            return await original(name, event, headers, by_path, query)
        version, left = alias["FunctionVersion"], random.random()  # noqa: S311  a share of calls, no secret
        for other, weight in weights.items():
            version, left = (other if 0 <= left < weight else version), left - weight
        token = CALLED.set(f"{lambdas._func_arn(name)}:{qualifier}")
        try:
            return await original(name, event, headers, version, {})
        finally:
            CALLED.reset(token)

    return invoke
