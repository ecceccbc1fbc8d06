"""What `lab check` finds in a state machine: what a Task calls, what stands in a Map, and what cannot be made here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labcli.lab.source import read
from tests.conftest import Cli

Write = Callable[..., Path]
Check = Callable[[str], list[str]]

HEAD = """lab: try
title: T
resources:
  flow:
    machine:
"""
TAIL = "steps:\n- create: [flow]\n"


@pytest.fixture
def check(cli: Cli, lab: Write) -> Check:
    """What `lab check` says of a machine: ``LINE:COLUMN what``; its definition begins in line 6, column 7."""

    def asked(machine: str) -> list[str]:
        path = lab(HEAD + "".join(f"      {line}\n" for line in machine.splitlines()) + TAIL)
        result = cli("lab", "check", str(path))
        said = [line.removeprefix(f"{path}:") for line in result.err.splitlines() if line.startswith(f"{path}:")]
        assert result.exit_code == (2 if said else 0), result
        return said

    return asked


def task(resource: str, parameters: str = "{}") -> str:
    """A machine of one Task: its Resource stands at 10:21, its parameters at 11:23."""
    return f"""StartAt: A
States:
  A:
    Type: Task
    Resource: arn:aws:states:::{resource}
    Parameters: {parameters}
    End: true"""


UNKNOWN = "is not recognized. The value is not a valid resource ARN, or the resource is not available in this region."


@pytest.mark.parametrize(
    ("resource", "hint"),
    [
        ("aws-sdk:sqs:sendMesage", "did you mean `sendMessage`?"),
        ("aws-sdk:sqs:frobnicate", "sqs has no operation `frobnicate`"),
        ("aws-sdk:sqz:sendMessage", "did you mean `sqs`?"),
        ("aws-sdk:stepfunctions:startExecution", "it is called `sfn` here"),
        ("aws-sdk:nosuchthing:do", "there is no service `nosuchthing`"),
        ("aws-sdk:sqs:sendMessage.sync", "an aws-sdk call waits for a task token only"),
        ("aws-sdk:sqs", "it is aws-sdk:service:operation"),
        ("lambada:invoke", "did you mean `lambda`?"),
        ("lambda:invok", "did you mean `arn:aws:states:::lambda:invoke`?"),
    ],
)
def test_what_a_task_calls_is_there(check: Check, resource: str, hint: str) -> None:
    [said] = check(task(resource))
    assert said.startswith(f"10:21 The resource provided arn:aws:states:::{resource} {UNKNOWN}")
    assert hint in said


def test_a_resource_of_another_service_is_no_task(check: Check) -> None:
    [said] = check(task("x").replace("arn:aws:states:::x", "arn:aws:sqs:eu-west-1:123456789012:q"))
    assert said.startswith("10:21 The resource provided arn:aws:sqs:eu-west-1:123456789012:q is not recognized")


@pytest.mark.parametrize(
    ("resource", "parameters", "found"),
    [
        ("aws-sdk:sqs:sendMessage", "{QueueUrl.$: $.q}", ["11:23 The field 'MessageBody' is required but was missing"]),
        (
            "aws-sdk:sqs:sendMessage", "{QueueUrl.$: $.q, MessageBody: a, DelaySecond: 1}",
            ['11:70 The field "DelaySecond" is not supported by Step Functions; did you mean `DelaySeconds`?'],
        ),
        (
            "aws-sdk:sfn:startExecution", "{stateMachineArn.$: $.m}",
            ['11:43 The field "stateMachineArn" is not supported by Step Functions; write it `StateMachineArn`'],
        ),
        (
            "aws-sdk:sqs:sendMessage",
            "{QueueUrl.$: $.q, MessageBody: a, MessageAttributes: {k: {DataType: String, StringValu: v}}}",
            ['11:111 The field "StringValu" is not supported by Step Functions; did you mean `StringValue`?'],
        ),
        (
            "lambda:invoke", "{FunctionName.$: $.f, Paylod: {}}",
            ['11:53 The field "Paylod" is not supported by Step Functions; did you mean `Payload`?'],
        ),
    ],
)  # fmt: skip
def test_what_a_task_gives_is_what_the_operation_takes(
    check: Check, resource: str, parameters: str, found: list[str]
) -> None:
    said = check(task(resource, parameters))
    assert said == found


def test_arguments_of_jsonata_are_held_against_the_operation_too(check: Check) -> None:
    jsonata = task("aws-sdk:sqs:sendMessage", '{QueueUrl: "{% $states.input.q %}", MesageBody: a}')
    said = check("QueryLanguage: JSONata\n" + jsonata.replace("Parameters", "Arguments"))
    assert [line.partition(" ")[2] for line in said] == [
        "The field 'MessageBody' is required but was missing",
        'The field "MesageBody" is not supported by Step Functions; did you mean `MessageBody`?',
    ]
    whole = task("aws-sdk:sqs:sendMessage", '"{% $states.input %}"').replace("Parameters", "Arguments")
    assert check("QueryLanguage: JSONata\n" + whole) == []


@pytest.mark.parametrize(
    ("resource", "parameters"),
    [
        ("aws-sdk:s3:listBuckets", "{}"),
        ("aws-sdk:rds:describeDBInstances", "{DbInstanceIdentifier.$: $.id}"),
        ("aws-sdk:cloudwatchlogs:describeLogGroups", "{LogGroupNamePrefix: a}"),
        ("aws-sdk:dynamodb:putItem", "{TableName: t, Item: {a: {Nul: true}, b: {Bool: true}, c.$: $.c}}"),
        ("aws-sdk:sqs:sendMessage.waitForTaskToken", "{QueueUrl: q, MessageBody: {t.$: $$.Task.Token}}"),
        ("events:putEvents", "{Entries: [{Detail: {a: 1}, DetailType: t, Source: s}]}"),
        ("glue:startJobRun.sync", "{JobName: j}"),
    ],
)
def test_what_aws_takes_is_clean(check: Check, resource: str, parameters: str) -> None:
    assert check(task(resource, parameters)) == []


# --- Map

MAP = """StartAt: M
States:
  M:
    Type: Map
    FIELD
    ItemProcessor:
      ProcessorConfig: {CONFIG}
      StartAt: I
      States: {I: {Type: Pass, End: true}}
    End: true"""
READ = "ItemReader: {Resource: 'arn:aws:states:::s3:getObject', Parameters: {Bucket: b, Key: k}"


@pytest.mark.parametrize(
    ("field", "config", "said"),
    [
        ("ItemReader: {Resorce: x}", "", "10:33 Field 'Resorce' is not supported; did you mean `Resource`?"),
        (
            f"{READ}, ReaderConfig: {{InputTyp: CSV}}}}", "",
            "10:125 Field 'InputTyp' is not supported; did you mean `InputType`?",
        ),
        (f"{READ}, ReaderConfig: {{InputType: CVS}}}}", "", "10:126 Value should be one of the following: [CSV, JSON"),
        ("ItemBatcher: {MaxItemPerBatch: 2}", "", "10:42 Field 'MaxItemPerBatch' is not supported"),
        ("ResultWriter: {Resource: 'arn:aws:states:::s3:putObject', Paramters: {}}", "", "10:80 Field 'Paramters'"),
        ("ResultWriter: {WriterConfig: {Transformation: NON}}", "", "10:57 Value should be one of"),
        ("Comment: c", "Mode: INLINE, ExecutionTyp: STANDARD", "12:59 Field 'ExecutionTyp' is not supported"),
    ],
)  # fmt: skip
def test_what_stands_in_a_map_is_known(check: Check, field: str, config: str, said: str) -> None:
    [found] = check(MAP.replace("FIELD", field).replace("CONFIG", config))
    assert found.startswith(said)


# --- JSONata


def test_a_name_that_stands_in_nothing_is_found(check: Check) -> None:
    machine = "QueryLanguage: JSONata\nStartAt: A\nStates:\n  A: {Type: Pass, End: true, Output: '{% phone %}'}"
    assert check(machine) == ["9:44 Reference to 'phone' at the top level is not supported."]
    assert check(machine.replace("phone", "$states.input.phone[type = 1]")) == []


# --- what the embedded AWS cannot run

DISTRIBUTED = "Mode: DISTRIBUTED, ExecutionType: STANDARD"
BEYOND = [
    MAP.replace("FIELD", "ResultWriter: {WriterConfig: {OutputType: JSONL}}").replace("CONFIG", DISTRIBUTED),
    task("http:invoke", "{ApiEndpoint: 'https://x', Method: GET, Authentication: {ConnectionArn: x}}"),
]
WITHIN = [
    MAP.replace("FIELD", "Comment: c").replace("CONFIG", DISTRIBUTED.replace("STANDARD", "EXPRESS")),
    MAP.replace("FIELD", "ItemBatcher: {MaxItemsPerBatch: 2}").replace("CONFIG", DISTRIBUTED),
    MAP.replace("FIELD", "ToleratedFailurePercentage: 5").replace("CONFIG", DISTRIBUTED),
    "StartAt: A\nStates:\n  A: {Type: Pass, End: true, Parameters: {a.$: 'States.MathAdd(1.5, 2)'}}",
]


@pytest.mark.parametrize("machine", [*BEYOND, *WITHIN])
def test_what_the_check_takes_can_be_made_and_what_cannot_run_here_is_said(
    check: Check, boto: Callable[[str], Any], tmp_path: Path, machine: str
) -> None:
    said = [each.partition(" ")[2] for each in check(machine)]
    assert len(said) == (machine in BEYOND)
    assert all(each.startswith("The embedded AWS of labcli cannot run ") for each in said)
    (tmp_path / "machine.yaml").write_text(machine, encoding="utf-8")
    definition = json.dumps(read(tmp_path / "machine.yaml").data)
    sfn = boto("stepfunctions")
    assert sfn.validate_state_machine_definition(definition=definition)["result"] == "OK"
    role = "arn:aws:iam::000000000000:role/none"
    with pytest.raises(sfn.exceptions.ClientError) as refused:
        sfn.create_state_machine(name="flow", definition=definition, roleArn=role)
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"  # all that is wrong is the role
