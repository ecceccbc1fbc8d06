"""State machines as AWS has them: made, changed, tagged, listed, refused; and who may do what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labcli.local.life import Endpoint
from tests.local.conftest import client
from tests.local.stepfunctions.calls import NUMBER, PASS, WAIT, Bench, policy, refused


@pytest.fixture(scope="module")
def bench(endpoint: Endpoint) -> Iterator[Bench]:
    made = Bench(endpoint)
    yield made
    made.close()


def test_a_machine_is_made_once_and_shown_as_it_was_made(bench: Bench) -> None:
    role = bench.role()
    given = {"name": "once", "definition": json.dumps(PASS), "roleArn": role}
    first, second = (bench.sfn.create_state_machine(**given)["stateMachineArn"] for _ in range(2))
    assert first == second == f"arn:aws:states:{bench.endpoint.region}:{bench.endpoint.account}:stateMachine:once"
    shown = bench.sfn.describe_state_machine(stateMachineArn=first)
    assert {k: shown[k] for k in ("name", "status", "type", "definition", "roleArn")} == {
        "name": "once",
        "status": "ACTIVE",
        "type": "STANDARD",
        "definition": given["definition"],
        "roleArn": role,
    }
    other = {**given, "definition": json.dumps(WAIT)}
    error = refused(lambda: bench.sfn.create_state_machine(**other))
    assert error == ("StateMachineAlreadyExists", f"State Machine Already Exists: '{first}'")
    bench.sfn.delete_state_machine(stateMachineArn=first)
    bench.sfn.delete_state_machine(stateMachineArn=first)  # no error on AWS either
    gone = ("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{first}'")
    assert refused(lambda: bench.sfn.describe_state_machine(stateMachineArn=first)) == gone
    assert refused(lambda: bench.sfn.start_execution(stateMachineArn=first)) == gone


def test_a_definition_that_aws_refuses_is_refused_in_its_words(bench: Bench) -> None:
    bad = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}
    code, text = refused(lambda: bench.machine(bad))
    said = "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A/Next"
    assert (code, text[: len(said)]) == ("InvalidDefinition", said)
    machine = bench.machine(PASS)
    update = {"stateMachineArn": machine, "definition": json.dumps(bad)}
    assert refused(lambda: bench.sfn.update_state_machine(**update)) == (code, text)
    found = bench.sfn.validate_state_machine_definition(definition=json.dumps(bad))
    assert found["result"] == "FAIL"
    assert found["diagnostics"][0]["location"] == "/States/A/Next"
    assert bench.sfn.validate_state_machine_definition(definition=json.dumps(PASS))["result"] == "OK"


def test_what_only_the_interpreter_refuses_is_refused_when_the_machine_is_made(bench: Bench) -> None:
    odd = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"a.$": "States.NoSuch($.x)"}, "End": True}}}
    assert refused(lambda: bench.machine(odd))[0] == "InvalidDefinition"


def test_executions_under_way_keep_the_definition_they_started_with(bench: Bench) -> None:
    machine = bench.machine(WAIT)
    old = bench.start(machine)
    bench.sfn.update_state_machine(stateMachineArn=machine, definition=json.dumps(PASS))
    assert bench.ended(bench.start(machine))["status"] == "SUCCEEDED"
    shown = bench.sfn.describe_state_machine_for_execution(executionArn=old)
    assert json.loads(shown["definition"]) == WAIT
    bench.sfn.delete_state_machine(stateMachineArn=machine)
    assert bench.show(old)["status"] == "ABORTED"
    assert refused(lambda: bench.sfn.update_state_machine(stateMachineArn=bench.machine(PASS)))[0] == (
        "MissingRequiredParameter"
    )


def test_tags(bench: Bench) -> None:
    machine = bench.machine(PASS, tags=[{"key": "a", "value": "1"}])

    def tags() -> dict[str, str]:
        found = bench.sfn.list_tags_for_resource(resourceArn=machine)["tags"]
        return {tag["key"]: tag["value"] for tag in found}

    assert tags() == {"a": "1"}
    bench.sfn.tag_resource(resourceArn=machine, tags=[{"key": "a", "value": "2"}, {"key": "b", "value": "3"}])
    assert tags() == {"a": "2", "b": "3"}
    bench.sfn.untag_resource(resourceArn=machine, tagKeys=["a", "no such"])
    assert tags() == {"b": "3"}
    missing = machine + "x"
    assert refused(lambda: bench.sfn.list_tags_for_resource(resourceArn=missing)) == (
        "ResourceNotFound",
        f"Resource not found: '{missing}'",
    )


def test_machines_are_listed_page_by_page_in_their_own_region(bench: Bench) -> None:
    sfn = client(bench.endpoint, "stepfunctions", region_name="eu-west-1")
    made = {
        sfn.create_state_machine(name=f"p{i}", definition=json.dumps(PASS), roleArn=bench.role())["stateMachineArn"]
        for i in range(5)
    }
    pages = list(sfn.get_paginator("list_state_machines").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["stateMachines"]) for page in pages] == [2, 2, 1]
    assert {m["stateMachineArn"] for page in pages for m in page["stateMachines"]} == made
    assert refused(lambda: sfn.list_state_machines(nextToken="no token"))[0] == "InvalidToken"
    sfn.close()


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 81])
def test_bad_names(bench: Bench, name: str) -> None:
    assert refused(lambda: bench.machine(PASS, name=name)) == ("InvalidName", f"Invalid Name: '{name}'")


def test_every_action_that_the_sdk_knows_is_served(bench: Bench) -> None:
    for name, action in bench.sfn.meta.method_to_api_mapping.items():
        try:
            getattr(bench.sfn, name)()
        except ClientError as error:
            assert error.response["Error"]["Code"] in ("ValidationException", "SerializationException"), action


# -- who may do what -------------------------------------------------------------------------------------------------

NOT_ASSUMABLE = (
    "AccessDeniedException",
    "Neither the global service principal states.amazonaws.com, nor the regional one is authorized "
    "to assume the provided role.",
)


def test_the_role_must_be_there_and_trust_step_functions(bench: Bench) -> None:
    stranger = bench.role(services=("lambda.amazonaws.com",))
    absent = f"arn:aws:iam::{bench.endpoint.account}:role/absent"
    for role in (stranger, absent):
        assert refused(lambda role=role: bench.machine(PASS, roleArn=role)) == NOT_ASSUMABLE
    elsewhere = "arn:aws:iam::123456789012:role/r"
    assert refused(lambda: bench.machine(PASS, roleArn=elsewhere))[0] == "AccessDeniedException"
    assert refused(lambda: bench.machine(PASS, roleArn="r"))[0] == "InvalidArn"
    machine = bench.machine(PASS)
    update = {"stateMachineArn": machine, "roleArn": stranger}
    assert refused(lambda: bench.sfn.update_state_machine(**update)) == NOT_ASSUMABLE
    regional = bench.role(services=(f"states.{bench.endpoint.region}.amazonaws.com",))
    bench.sfn.update_state_machine(stateMachineArn=machine, roleArn=regional)


@pytest.fixture
def user(bench: Bench) -> Iterator[tuple[str, Any]]:
    name = f"u{next(NUMBER)}"
    bench.iam.create_user(UserName=name)
    key = bench.iam.create_access_key(UserName=name)["AccessKey"]
    given = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    made = client(bench.endpoint, "stepfunctions", **given)
    yield name, made
    made.close()


def test_a_user_may_start_what_its_policy_names(bench: Bench, user: tuple[str, Any]) -> None:
    name, sfn = user
    mine, other = bench.machine(PASS), bench.machine(PASS)
    denied = refused(lambda: sfn.start_execution(stateMachineArn=mine))
    assert denied[0] == "AccessDeniedException"
    assert "states:StartExecution" in denied[1]
    document = policy("states:StartExecution", "states:ListTagsForResource", resource=mine)
    bench.iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)
    execution = sfn.start_execution(stateMachineArn=mine)["executionArn"]
    assert sfn.list_tags_for_resource(resourceArn=mine)["tags"] == []
    assert refused(lambda: sfn.start_execution(stateMachineArn=other))[0] == "AccessDeniedException"
    assert refused(lambda: sfn.describe_execution(executionArn=execution))[0] == "AccessDeniedException"


def test_who_makes_a_machine_must_be_allowed_to_pass_its_role(bench: Bench, user: tuple[str, Any]) -> None:
    name, sfn = user
    role = bench.role()
    given = {"name": f"m{next(NUMBER)}", "definition": json.dumps(PASS), "roleArn": role}
    bench.iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy("states:*"))
    code, text = refused(lambda: sfn.create_state_machine(**given))
    assert code == "AccessDeniedException"
    assert f"is not authorized to perform: iam:PassRole on resource: {role}" in text
    bench.iam.put_user_policy(UserName=name, PolicyName="q", PolicyDocument=policy("iam:PassRole", resource=role))
    sfn.create_state_machine(**given)
