"""Versions and aliases of functions, in AWS's recorded words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from labcli.local.life import Endpoint
from tests.local.functions.calls import Lambdas, zipped
from tests.local.sqs.calls import refused

BAD, GONE, INVALID = "InvalidParameterValueException", "ResourceNotFoundException", "ValidationException"
CODE = "def handler(event, context): return [NUMBER, context.function_version, context.invoked_function_arn]\n"


@pytest.fixture(scope="module")
def lambdas(endpoint: Endpoint) -> Iterator[Lambdas]:
    made = Lambdas(endpoint)
    yield made
    made.close()


@pytest.fixture(scope="module")
def name(lambdas: Lambdas) -> str:
    """A function with versions 1 and 2, and a third state of $LATEST."""
    made = lambdas.function(CODE.replace("NUMBER", "1"))
    for number in ("2", "3"):
        lambdas.api.publish_version(FunctionName=made)
        lambdas.change(made, CODE.replace("NUMBER", number))
    return made


def test_each_qualifier_runs_its_code(lambdas: Lambdas, name: str) -> None:
    arn = lambdas.arn(name)
    lambdas.api.create_alias(FunctionName=name, Name="first", FunctionVersion="1")
    assert lambdas.invoke(name).value == [3, "$LATEST", arn]
    assert lambdas.invoke(name, Qualifier="2").value == [2, "2", f"{arn}:2"]
    assert lambdas.invoke(f"{name}:first").value == [1, "1", f"{arn}:first"]
    for missing in ("9", "nope"):
        found = refused(lambda at=missing: lambdas.invoke(name, Qualifier=at))  # type: ignore[misc]
        assert found == (GONE, f"Function not found: {arn}:{missing}")


def test_an_alias_shares_its_calls_by_weight(lambdas: Lambdas, name: str) -> None:
    arn = lambdas.arn(name)
    given: Any = {"FunctionName": name, "Name": "shared", "FunctionVersion": "1"}
    lambdas.api.create_alias(**given, RoutingConfig={"AdditionalVersionWeights": {"2": 1.0}})
    answer = lambdas.invoke(name, Qualifier="shared")
    assert (answer.value, answer.raw["ExecutedVersion"]) == ([2, "2", f"{arn}:shared"], "2")
    lambdas.api.update_alias(**given, RoutingConfig={"AdditionalVersionWeights": {"2": 0.0}})
    assert lambdas.invoke(name, Qualifier="shared").value == [1, "1", f"{arn}:shared"]
    lambdas.api.update_alias(**given, RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}})
    seen: set[int] = set()
    for _ in range(200):  # one of 2 ** 199 times they are all alike
        seen.add(lambdas.invoke(name, Qualifier="shared").value[0])
        if seen == {1, 2}:
            break
    assert seen == {1, 2}


def test_nothing_new_is_published_where_nothing_changed(lambdas: Lambdas) -> None:
    same = zipped(CODE.replace("NUMBER", "1"))  # a zip holds the time at which it was made
    made = lambdas.function("", Code={"ZipFile": same})
    first = lambdas.api.publish_version(FunctionName=made)["Version"]
    lambdas.api.update_function_code(FunctionName=made, ZipFile=same)
    lambdas.settled(made)
    assert lambdas.api.publish_version(FunctionName=made, Description="again")["Version"] == first == "1"
    lambdas.change(made, CODE.replace("NUMBER", "2"))
    assert lambdas.api.publish_version(FunctionName=made)["Version"] == "2"
    held = lambdas.api.get_function_configuration(FunctionName=made)["CodeSha256"]
    text = f"CodeSHA256 (other) is different from current CodeSHA256 in $LATEST ({held}). "
    text += "Please try again with the CodeSHA256 in $LATEST."
    assert refused(lambda: lambdas.api.publish_version(FunctionName=made, CodeSha256="other")) == (BAD, text)
    text = "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to "
    text += "retrieve the latest Revision Id"
    found = refused(lambda: lambdas.api.publish_version(FunctionName=made, RevisionId="other"))
    assert found == ("PreconditionFailedException", text)


def test_a_version_in_use_is_not_deleted(lambdas: Lambdas, name: str) -> None:
    given: Any = {"FunctionName": name, "Name": "using", "FunctionVersion": "1"}
    lambdas.api.create_alias(**given, RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}})
    code, text = refused(lambda: lambdas.api.delete_function(FunctionName=name, Qualifier="2"))
    assert code == "ResourceConflictException"
    assert text.startswith("Unable to delete version because the following aliases reference it: [")
    assert "using" in text


@pytest.mark.parametrize(
    ("given", "code", "text"),
    [
        ({"Name": "123"}, INVALID, "Value '123' at 'name' failed to satisfy constraint: Member must satisfy regular"),
        ({"FunctionVersion": "10"}, GONE, "Function not found: ARN:10"),
        ({"weights": {"10": 0.5}}, GONE, "Function not found: ARN:10"),
        (
            {"weights": {"1": 0.5, "2": 0.1}},
            BAD,
            "Number of items in AdditionalVersionWeights cannot be greater than 1",
        ),
        ({"weights": {"2": 2.0}}, INVALID, "Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to"),
        ({"weights": {"2": -1.0}}, INVALID, "Value '{2=-1.0}' at 'routingConfig.additionalVersionWeights' failed to"),
        ({"weights": {"$LATEST": 0.5}}, INVALID, "Value '{$LATEST=0.5}' at 'routingConfig.additionalVersionWeights'"),
        ({"weights": {"1": 0.5}}, BAD, "Invalid function version 1. Function version 1 is already included in routing"),
        (
            {"FunctionVersion": "$LATEST", "weights": {"1": 0.5}},
            BAD,
            "$LATEST is not supported for an alias pointing to more than 1 version",
        ),
        ({"FunctionName": "nobody"}, GONE, "Function not found: arn:aws:lambda:"),
    ],
)
def test_aliases_that_cannot_be(lambdas: Lambdas, name: str, given: dict[str, Any], code: str, text: str) -> None:
    asked: dict[str, Any] = {"FunctionName": name, "Name": "never", "FunctionVersion": "1", **given}
    if weights := asked.pop("weights", None):
        asked["RoutingConfig"] = {"AdditionalVersionWeights": weights}
    found = refused(lambda: lambdas.api.create_alias(**asked))
    assert found[0] == code
    said = text.replace("ARN", lambdas.arn(name))
    assert found[1].removeprefix("1 validation error detected: ").startswith(said)


def test_an_alias_is_made_once_and_changed_in_its_latest_revision(lambdas: Lambdas, name: str) -> None:
    given: Any = {"FunctionName": name, "Name": "once", "FunctionVersion": "1"}
    lambdas.api.create_alias(**given)
    text = f"Alias already exists: {lambdas.arn(name)}:once"
    assert refused(lambda: lambdas.api.create_alias(**given)) == ("ResourceConflictException", text)
    assert refused(lambda: lambdas.api.update_alias(**{**given, "FunctionVersion": "10"}))[0] == GONE
    found = refused(lambda: lambdas.api.update_alias(**given, RevisionId="other"))
    assert found[0] == "PreconditionFailedException"
