"""What AWS refuses at Lambda."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from labcli.local.life import Endpoint
from tests.local.functions.calls import NUMBER, Lambdas, zipped
from tests.local.sqs.calls import refused

BAD = "InvalidParameterValueException"
ECHO = "def handler(event, context): return event\n"


@pytest.fixture(scope="module")
def lambdas(endpoint: Endpoint) -> Iterator[Lambdas]:
    made = Lambdas(endpoint)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("given", "code", "text"),
    [
        ({"Runtime": "python2.7"}, BAD, "The runtime parameter of python2.7 is no longer supported"),
        ({"Runtime": "cobol"}, BAD, "Value cobol at 'runtime' failed to satisfy constraint: Member must satisfy enum"),
        ({"Role": "admin"}, "ValidationException", "1 validation error detected: Value 'admin' at 'role' failed"),
        ({"FunctionName": "a b"}, "ValidationException", "1 validation error detected: Value 'a b' at 'functionName'"),
        ({"Timeout": 901}, "ValidationException", "1 validation error detected: Value '901' at 'timeout' failed"),
        ({"Timeout": 0}, "ValidationException", "1 validation error detected: Value '0' at 'timeout' failed"),
        ({"MemorySize": 64}, "ValidationException", "1 validation error detected: Value '64' at 'memorySize' failed"),
        ({"Code": {"ZipFile": b"no zip"}}, BAD, "Could not unzip uploaded file. Please check your file, then try"),
        ({"Code": {"ZipFile": b""}}, BAD, "Uploaded file must be a non-empty zip"),
        (
            {"Environment": {"Variables": {"AWS_REGION": "x"}}},
            BAD,
            "Lambda was unable to configure your environment variables because the environment variables you have",
        ),
        ({"Environment": {"Variables": {"Q": "x"}}}, "ValidationException", "1 validation error detected: Value 'Q'"),
    ],
)
def test_functions_that_cannot_be(lambdas: Lambdas, given: dict[str, Any], code: str, text: str) -> None:
    found = refused(lambda: lambdas.function(ECHO, **given))
    assert found[0] == code
    assert found[1].startswith(text)


def test_a_name_that_is_taken(lambdas: Lambdas) -> None:
    name = lambdas.function(ECHO)
    found = refused(lambda: lambdas.function(ECHO, FunctionName=name))
    assert found == ("ResourceConflictException", f"Function already exist: {name}")


def test_a_function_is_not_invoked_before_it_is_there(lambdas: Lambdas) -> None:
    name = f"f{next(NUMBER)}"
    given = {"Runtime": "python3.12", "Handler": "f.handler", "Role": lambdas.role(), "Code": {"ZipFile": zipped(ECHO)}}
    made = lambdas.api.create_function(FunctionName=name, **given)
    assert (made["State"], made["StateReasonCode"]) == ("Pending", "Creating")
    busy = "The operation cannot be performed at this time. "
    pending = ("ResourceConflictException", busy + "The function is currently in the following state: Pending")
    assert refused(lambda: lambdas.invoke(name)) == pending
    assert refused(lambda: lambdas.api.update_function_configuration(FunctionName=name, Timeout=5)) == pending
    lambdas.settled(name)
    assert lambdas.invoke(name, {"a": 1}).value == {"a": 1}
    lambdas.api.update_function_configuration(FunctionName=name, Timeout=5)
    text = f"{busy}An update is in progress for resource: {lambdas.arn(name)}"
    found = refused(lambda: lambdas.api.update_function_configuration(FunctionName=name, Timeout=6))
    assert found == ("ResourceConflictException", text)
    assert lambdas.invoke(name, 1).value == 1


def test_invocations_that_cannot_be(lambdas: Lambdas) -> None:
    name = lambdas.function(ECHO)
    missing = f"arn:aws:lambda:{lambdas.endpoint.region}:{lambdas.endpoint.account}:function:nobody:$LATEST"
    assert refused(lambda: lambdas.invoke("nobody")) == ("ResourceNotFoundException", f"Function not found: {missing}")
    for payload in (b"{not json", b"\xff", b"[" * 100_000):
        code, text = refused(lambda payload=payload: lambdas.api.invoke(FunctionName=name, Payload=payload))  # type: ignore[misc]
        assert code == "InvalidRequestContentException"
        assert text.startswith("Could not parse request body into json: Could not parse payload into json: ")
    large = json.dumps("x" * 6_291_470).encode()
    code, text = refused(lambda: lambdas.api.invoke(FunctionName=name, Payload=large))
    assert code == "RequestEntityTooLargeException"
    size = len(large)
    assert text == f"{size} byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)"
    code, _ = refused(lambda: lambdas.api.invoke(FunctionName=name, Payload=large, InvocationType="Event"))
    assert code == "RequestEntityTooLargeException"
    assert lambdas.invoke(name, "still").value == "still"


def test_concurrency_that_the_account_does_not_have(lambdas: Lambdas) -> None:
    name = lambdas.function(ECHO)

    def reserve(number: int) -> Any:
        return lambdas.api.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=number)

    assert reserve(900)["ReservedConcurrentExecutions"] == 900
    assert refused(lambda: reserve(901))[0] == BAD
    lambdas.api.delete_function_concurrency(FunctionName=name)


def test_functions_have_tags(lambdas: Lambdas) -> None:
    arn = lambdas.arn(lambdas.function(ECHO, Tags={"labcli:run": "r1"}))
    lambdas.api.tag_resource(Resource=arn, Tags={"a": "b"})
    assert lambdas.api.list_tags(Resource=arn)["Tags"] == {"labcli:run": "r1", "a": "b"}
    lambdas.api.untag_resource(Resource=arn, TagKeys=["a"])
    assert lambdas.api.list_tags(Resource=arn)["Tags"] == {"labcli:run": "r1"}


def test_deleting_twice(lambdas: Lambdas) -> None:
    name = lambdas.function(ECHO)
    lambdas.api.delete_function(FunctionName=name)
    arn = f"arn:aws:lambda:{lambdas.endpoint.region}:{lambdas.endpoint.account}:function:{name}"
    found = refused(lambda: lambdas.api.delete_function(FunctionName=name))
    assert found == ("ResourceNotFoundException", f"Function not found: {arn}")


def test_a_role_that_may_not_send_dead_letters(lambdas: Lambdas) -> None:
    _, queue = lambdas.queue()
    topic = str(lambdas.sns.create_topic(Name=f"t{next(NUMBER)}")["TopicArn"])
    text = "The provided execution role does not have permissions to call SendMessage on SQS"
    assert refused(lambda: lambdas.function(ECHO, DeadLetterConfig={"TargetArn": queue})) == (BAD, text)
    name = lambdas.function(ECHO)
    said = refused(
        lambda: lambdas.api.update_function_configuration(FunctionName=name, DeadLetterConfig={"TargetArn": topic})
    )
    assert said == (BAD, "The provided execution role does not have permissions to call Publish on SNS")
    fine = lambdas.function(ECHO, "sqs:SendMessage", DeadLetterConfig={"TargetArn": queue})
    said = refused(lambda: lambdas.api.update_function_configuration(FunctionName=fine, Role=lambdas.role()))
    assert said == (BAD, text)


def test_a_type_of_invocation_that_is_none_runs_nothing(lambdas: Lambdas) -> None:
    name = lambdas.function(ECHO)
    text = "1 validation error detected: Value 'Nope' at 'invocationType' failed to satisfy constraint: "
    text += "Member must satisfy enum value set: [Event, RequestResponse, DryRun]"
    assert refused(lambda: lambdas.invoke(name, InvocationType="Nope")) == ("ValidationException", text)
    assert lambdas.starts(name) == 0


def test_two_qualifiers_that_are_not_one(lambdas: Lambdas) -> None:
    name = lambdas.function(ECHO)
    text = "The derived qualifier from the function name does not match the specified qualifier."
    assert refused(lambda: lambdas.invoke(f"{name}:$LATEST", Qualifier="1")) == (BAD, text)
    assert lambdas.invoke(f"{name}:$LATEST", {"a": 1}, Qualifier="$LATEST").value == {"a": 1}
