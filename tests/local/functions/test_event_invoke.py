"""How often an event is tried and who hears of it: EventInvokeConfig, in AWS's recorded words and shapes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from labcli.local.life import Endpoint
from tests.local.conftest import until
from tests.local.functions.calls import LOGS, Lambdas
from tests.local.sqs.calls import refused

BAD, GONE, INVALID = "InvalidParameterValueException", "ResourceNotFoundException", "ValidationException"
ECHO = "def handler(event, context): return event\n"
RULE = "failed to satisfy constraint: Member must have value"
SENDS = ("sqs:SendMessage", "lambda:InvokeFunction", "sns:Publish", *LOGS)


@pytest.fixture(scope="module")
def lambdas(endpoint: Endpoint) -> Iterator[Lambdas]:
    made = Lambdas(endpoint)
    yield made
    made.close()


def put(lambdas: Lambdas, name: str, **given: Any) -> Any:
    return shown(lambdas.api.put_function_event_invoke_config(FunctionName=name, **given))


def shown(answer: Any) -> Any:
    return {key: value for key, value in answer.items() if key not in ("ResponseMetadata", "LastModified")}


@pytest.mark.parametrize(
    ("given", "code", "text"),
    [
        ({}, BAD, "You must specify at least one of error handling or destination setting."),
        ({"MaximumRetryAttempts": 3}, INVALID, f"'maximumRetryAttempts' {RULE} less than or equal to 2"),
        ({"MaximumRetryAttempts": -1}, INVALID, f"'maximumRetryAttempts' {RULE} greater than or equal to 0"),
        ({"MaximumEventAgeInSeconds": 10}, INVALID, f"'maximumEventAgeInSeconds' {RULE} greater than or equal to 60"),
        ({"MaximumEventAgeInSeconds": 21601}, INVALID, f"{RULE} less than or equal to 21600"),
        ({"Qualifier": "nope", "MaximumRetryAttempts": 1}, GONE, "The function doesn't exist."),
        ({"FunctionName": "nobody", "MaximumRetryAttempts": 1}, GONE, "The function doesn't exist."),
    ],
)  # fmt: skip
def test_settings_that_cannot_be(lambdas: Lambdas, given: dict[str, Any], code: str, text: str) -> None:
    given = {"FunctionName": lambdas.function(ECHO), **given}
    found = refused(lambda: lambdas.api.put_function_event_invoke_config(**given))
    assert found[0] == code
    assert found[1].endswith(text)


def test_destinations_that_cannot_be(lambdas: Lambdas) -> None:
    name = lambdas.function(ECHO, *SENDS)
    arn, _ = lambdas.arn(name), lambdas.queue()

    def end(target: str, which: str = "OnSuccess") -> tuple[str, str]:
        return refused(lambda: put(lambdas, name, DestinationConfig={which: {"Destination": target}}))

    assert end(arn) == (BAD, "You can't specify the function as a destination for itself.")
    place = arn.split(":function:")[0]
    for missing in (
        f"{place}:function:nobody",
        f"{place}:nobody".replace("lambda", "sqs"),
        f"{place}:x".replace("lambda", "sns"),
    ):
        assert end(missing, "OnFailure") == (BAD, f"The destination ARN {missing} is invalid.")
    other = arn.replace(":lambda:", ":iam:")
    said = f"DestinationConfig(onSuccess=OnSuccess(destination={other}), onFailure=null)"
    assert end(other) == (BAD, f"The provided destination config {said} is invalid.")
    code, text = end("arn:aws:_-/!lambda:x", "OnFailure")
    assert code == INVALID
    said = "Value 'arn:aws:_-/!lambda:x' at 'destinationConfig.onFailure.destination' failed to satisfy constraint: "
    said += r"Member must satisfy regular expression pattern: ^$|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:"
    assert text.startswith(f"1 validation error detected: {said}")


def test_a_role_that_may_not_reach_the_destination(lambdas: Lambdas) -> None:
    _, queue = lambdas.queue()
    name = lambdas.function(ECHO)
    said = refused(lambda: put(lambdas, name, DestinationConfig={"OnFailure": {"Destination": queue}}))
    assert said == (BAD, f"The function's execution role does not have permissions to call SendMessage on {queue}")


def test_what_was_put_is_shown_and_replaced_and_an_update_changes_one_thing(lambdas: Lambdas) -> None:
    name = lambdas.function(ECHO, *SENDS)
    _, queue = lambdas.queue()
    arn, none = lambdas.arn(name), {"OnSuccess": {}, "OnFailure": {}}
    first = put(lambdas, name, MaximumRetryAttempts=1)
    assert first == {"DestinationConfig": none, "FunctionArn": f"{arn}:$LATEST", "MaximumRetryAttempts": 1}
    second = put(lambdas, name, MaximumEventAgeInSeconds=60, Qualifier="$LATEST")
    assert second == {"DestinationConfig": none, "FunctionArn": f"{arn}:$LATEST", "MaximumEventAgeInSeconds": 60}
    ends = {"OnFailure": {"Destination": queue}}
    update = lambdas.api.update_function_event_invoke_config(FunctionName=name, DestinationConfig=ends)
    assert shown(update) == {**second, "DestinationConfig": {**none, **ends}}
    assert shown(lambdas.api.get_function_event_invoke_config(FunctionName=name)) == shown(update)
    listed = lambdas.api.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"]
    assert [shown(each) for each in listed] == [shown(update)]
    lambdas.api.delete_function_event_invoke_config(FunctionName=name)
    gone = (GONE, f"The function {arn}:$LATEST doesn't have an EventInvokeConfig")
    assert refused(lambda: lambdas.api.get_function_event_invoke_config(FunctionName=name)) == gone
    assert refused(lambda: lambdas.api.delete_function_event_invoke_config(FunctionName=name)) == gone
    again: Any = {"FunctionName": name, "MaximumRetryAttempts": 0}
    assert refused(lambda: lambdas.api.update_function_event_invoke_config(**again)) == gone


def test_an_alias_has_a_configuration_of_its_own(lambdas: Lambdas) -> None:
    fails = "def handler(event, context):\n    print('TRY', context.invoked_function_arn)\n    raise ValueError\n"
    name = lambdas.function(fails)
    lambdas.api.publish_version(FunctionName=name)
    lambdas.api.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    put(lambdas, name, Qualifier="live", MaximumRetryAttempts=0)
    lambdas.invoke(name, InvocationType="Event", Qualifier="live")
    lambdas.invoke(name, InvocationType="Event")

    def tries() -> list[str]:
        return sorted(line.rpartition(":")[2] for line in lambdas.printed(name) if line.startswith("TRY"))

    until(lambda: len(tries()) == 4, "one attempt by the alias, three of the function")
    assert tries().count("live") == 1
