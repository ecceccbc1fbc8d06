"""A call as an aws command: what bash and Python make of it is the call again."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from labcli.aws.catalog import BotoCatalog
from labcli.aws.spoken.cli import as_cli, command
from labcli.aws.spoken.python import as_boto3
from labcli.aws.spoken.shells import BASH, POWERSHELL
from labcli.aws.spoken.text import Var
from labcli.lab.model import Call

CATALOG = BotoCatalog()
BASH_AT = shutil.which("bash")
QUEUE = "http://127.0.0.1:4566/000000000000/orders"
ODD = [
    "o-1",
    "",
    "two words",
    "it's",
    '"quoted"',
    "a\nb",
    "$HOME `id` \\ !x",
    "tab\tbell\x07",
    "-1",
    "[x",
    "grüße 📦",
    "%a,b",
]


def call(service: str, operation: str, **params: Any) -> Call:
    return Call(service, operation, params)


def typed(line: str, folder: Path) -> list[str]:
    """The words that bash makes of a command, its name left out."""
    script = 'aws() { printf "%s\\0" "$@"; }\n' + line
    assert BASH_AT is not None
    done = subprocess.run([BASH_AT, "-c", script], cwd=folder, capture_output=True, check=True, timeout=20)
    return done.stdout.decode().split("\0")[:-1]


@pytest.mark.skipif(BASH_AT is None, reason="there is no bash")
@pytest.mark.parametrize("body", ODD)
def test_bash_hands_any_body_over_as_it_is(body: str, tmp_path: Path) -> None:
    words = typed(as_cli(call("sqs", "send_message", QueueUrl=QUEUE, MessageBody=body), CATALOG), tmp_path)
    joined = [f"--message-body={body}"] if body.startswith("-") else ["--message-body", body]
    assert words == ["sqs", "send-message", "--queue-url", QUEUE, *joined]


@pytest.mark.skipif(BASH_AT is None, reason="there is no bash")
@pytest.mark.parametrize("body", ["http://example.com/a", "file:///etc/passwd", "https://x/it's"])
def test_a_body_that_the_aws_cli_would_fetch_goes_through_a_file(body: str, tmp_path: Path) -> None:
    words = typed(as_cli(call("sqs", "send_message", QueueUrl=QUEUE, MessageBody=body), CATALOG), tmp_path)
    assert words[-1] == "file://message-body.txt"
    assert (tmp_path / "message-body.txt").read_text("utf-8") == body


@pytest.mark.skipif(BASH_AT is None, reason="there is no bash")
def test_a_variable_stands_inside_of_json_in_json(tmp_path: Path) -> None:
    redrive = '{"deadLetterTargetArn": "${dlq.arn}", "maxReceiveCount": 3}'
    made = call("sqs", "create_queue", QueueName="${orders.name}", Attributes={"RedrivePolicy": redrive})
    line = as_cli(made, CATALOG, names=lambda ref: (Var(ref.text[2:-1].replace(".", "_")),))
    words = typed(f"dlq_arn=arn:aws:sqs:x:1:dlq orders_name=it\\'s\n{line}", tmp_path)
    assert words[3] == "it's"
    assert json.loads(json.loads(words[5])["RedrivePolicy"])["deadLetterTargetArn"] == "arn:aws:sqs:x:1:dlq"


@pytest.mark.skipif(BASH_AT is None, reason="there is no bash")
def test_a_document_through_a_file_keeps_its_dollars_and_gets_its_variables(tmp_path: Path) -> None:
    definition = json.dumps(
        {"StartAt": "A", "States": {"A": {"Payload.$": "$.a", "Say": "`x` \\ $y", "Fn": "${f.arn}"}}}
    )
    made = call("stepfunctions", "create_state_machine", name="m", definition=definition)
    said = command(made, BASH, CATALOG, lambda ref: (Var("f_arn"),), "m", 10).said(BASH)
    assert typed(f"f_arn=arn:1\n{said}", tmp_path)[-1] == "file://m-definition.json"
    state = json.loads((tmp_path / "m-definition.json").read_text("utf-8"))["States"]["A"]
    assert state == {"Payload.$": "$.a", "Say": "`x` \\ $y", "Fn": "arn:1"}


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (call("sqs", "create_queue", QueueName="q", Attributes={"FifoQueue": "true", "DelaySeconds": "5"}),
         "aws sqs create-queue --queue-name q --attributes FifoQueue=true,DelaySeconds=5"),
        (call("sqs", "get_queue_attributes", QueueUrl=QUEUE, AttributeNames=["QueueArn", "DelaySeconds"]),
         f"aws sqs get-queue-attributes --queue-url {QUEUE} --attribute-names QueueArn DelaySeconds"),
        (call("sns", "subscribe", TopicArn="t", Protocol="sqs", Endpoint="q", ReturnSubscriptionArn=True),
         "aws sns subscribe --topic-arn t --protocol sqs --notification-endpoint q --return-subscription-arn"),
        (call("lambda", "invoke", FunctionName="f", Payload=b'{"a": 1}'),
         "printf %s '{\"a\": 1}' > payload.json\n"
         "aws lambda invoke --function-name f --payload fileb://payload.json answer.json"),
        (call("lambda", "update_event_source_mapping", UUID="u", Enabled=False),
         "aws lambda update-event-source-mapping --uuid u --no-enabled"),
        (call("stepfunctions", "send_task_success", taskToken="t", output="{}"),
         "aws stepfunctions send-task-success --task-token t --task-output '{}'"),
        (call("lambda", "create_function", FunctionName="f", Code={"ZipFile": b"PK\xff"}),
         "aws lambda create-function --function-name f --zip-file fileb://function.zip"),
        (call("iam", "create_role", RoleName="r", Tags=[{"Key": "a", "Value": "b"}]),
         "aws iam create-role --role-name r --tags '[{\"Key\": \"a\", \"Value\": \"b\"}]'"),
        (call("stepfunctions", "start_execution", stateMachineArn="m", input='{"n": 1}'),
         "aws stepfunctions start-execution --state-machine-arn m --input '{\"n\": 1}'"),
    ],
)  # fmt: skip
def test_the_exceptions_of_the_aws_cli_are_known(made: Call, said: str) -> None:
    assert as_cli(made, CATALOG) == said


def test_bytes_that_no_text_shows_leave_a_command_that_is_not_whole() -> None:
    made = call("lambda", "create_function", FunctionName="f", Code={"ZipFile": b"PK\xff"})
    assert not command(made, BASH, CATALOG).whole
    assert command(call("sqs", "list_queues"), BASH, CATALOG).whole


def test_in_powershell_what_holds_a_quotation_mark_goes_through_a_file() -> None:
    made = call("stepfunctions", "start_execution", stateMachineArn="m", input='{"it\'s": 1}')
    assert as_cli(made, CATALOG, POWERSHELL).splitlines() == [
        "[IO.File]::WriteAllText(\"$PWD/input.json\", '{\"it''s\": 1}')",
        "aws stepfunctions start-execution --state-machine-arn m --input file://input.json",
    ]


def test_in_powershell_variables_stand_in_double_quotes_and_dollars_do_not() -> None:
    made = call("sqs", "send_message", QueueUrl="${q.url}", MessageBody="$5 for ${name}")
    line = as_cli(made, CATALOG, POWERSHELL, names=lambda ref: (Var(ref.root),))
    assert line == 'aws sqs send-message --queue-url $q --message-body "`$5 for ${name}"'
    assert as_cli(call("sqs", "send_message", QueueUrl="q", MessageBody="a, $b"), CATALOG, POWERSHELL).endswith(
        "'a, $b'"
    )


def test_in_powershell_a_document_with_variables_is_an_expanding_here_string() -> None:
    made = call("iam", "put_role_policy", PolicyDocument='{"Resource": "${q.arn}", "x": "$.a"}')
    said = as_cli(made, CATALOG, POWERSHELL, names=lambda ref: (Var("q_arn"),)).splitlines()
    assert said[0] == '[IO.File]::WriteAllText("$PWD/policy-document.json", @"'
    assert said[2:4] == ['  "Resource": "${q_arn}",', '  "x": "`$.a"']
    assert said[-2:] == ['"@)', "aws iam put-role-policy --policy-document file://policy-document.json"]


class _Client:
    def __getattr__(self, operation: str) -> Any:
        return lambda **params: (operation, params)


@pytest.mark.parametrize("body", [*ODD, '{"orderId": "o-1"}', '{"a":1}', "{x}", '["${n}"]'])
def test_python_hands_any_body_over_as_it_is(body: str) -> None:
    made = call("sqs", "send_message", QueueUrl=QUEUE, MessageBody=body, Entries=[{"Id": "1", "Body": body}], N=True)
    assert eval(as_boto3(made), {"sqs": _Client(), "json": json}) == ("send_message", dict(made.params))


def test_python_fills_variables_at_every_depth() -> None:
    policy = json.dumps({"Statement": [{"Resource": "${q.arn}", "long": "x" * 120}]})
    made = call(
        "sqs", "set_queue_attributes", QueueUrl="${q.url}", Attributes={"Policy": policy, "{n}": "{a} ${q.arn}"}
    )
    said = as_boto3(made, names=lambda ref: (Var(f"q_{ref.path[0]}"),))
    _, params = eval(said, {"sqs": _Client(), "json": json, "q_arn": "arn:1", "q_url": "u"})
    assert params["QueueUrl"] == "u"
    assert json.loads(params["Attributes"]["Policy"])["Statement"][0]["Resource"] == "arn:1"
    assert params["Attributes"]["{n}"] == "{a} arn:1"
