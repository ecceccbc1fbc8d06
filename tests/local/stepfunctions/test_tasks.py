"""Tasks of state machines: functions and their errors, queues, topics, nested machines, tokens, rights."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from labcli.local.life import Endpoint
from tests.local.conftest import WORLD, client
from tests.local.stepfunctions.calls import FAIL, PASS, WAIT, Bench, refused, task

INVOKE, SEND = "arn:aws:states:::lambda:invoke", "arn:aws:states:::sqs:sendMessage"
START = "arn:aws:states:::states:startExecution"
RAISES = """
class PaymentDeclined(Exception):
    pass

def handler(event, context):
    if event.get("decline"):
        raise PaymentDeclined("card declined")
    return {"paid": event.get("amount")}
"""
SLOW = "import time\ndef handler(event, context):\n    time.sleep(event.get('seconds', 0))\n    return 'late'\n"


@pytest.fixture(scope="module")
def bench(endpoint: Endpoint) -> Iterator[Bench]:
    made = Bench(endpoint)
    yield made
    made.close()


@pytest.fixture(scope="module")
def pay(bench: Bench) -> str:
    return bench.function(RAISES)


def both(function: str, **more: Any) -> dict[str, dict[str, Any]]:
    """A task that calls a function in either way."""
    return {
        "bare": task(function, **more),
        "invoke": task(INVOKE, {"FunctionName": function, "Payload.$": "$"}, **more),
    }


@pytest.mark.parametrize("way", ["bare", "invoke"])
def test_the_class_of_an_exception_is_the_name_of_the_error(bench: Bench, pay: str, way: str) -> None:
    retry = [{"ErrorEquals": ["PaymentDeclined"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    catch = [{"ErrorEquals": ["Other"], "Next": "No"}, {"ErrorEquals": ["PaymentDeclined"], "Next": "Yes"}]
    machine = both(pay, Retry=retry, Catch=catch)[way]
    machine["States"] |= {"Yes": {"Type": "Pass", "End": True}, "No": {"Type": "Fail"}}
    ended = bench.run(machine, {"decline": True}, "lambda:InvokeFunction")
    assert ended["status"] == "SUCCEEDED"
    caught = json.loads(ended["output"])
    assert caught["Error"] == "PaymentDeclined"
    cause = json.loads(caught["Cause"])
    assert (cause["errorMessage"], cause["errorType"]) == ("card declined", "PaymentDeclined")
    kinds = bench.kinds(ended["executionArn"])
    assert sum(kind in ("LambdaFunctionFailed", "TaskFailed") for kind in kinds) == 2


def test_what_a_function_gives(bench: Bench, pay: str) -> None:
    bare = bench.run(both(pay)["bare"], {"amount": 3}, "lambda:InvokeFunction")
    assert json.loads(bare["output"]) == {"paid": 3}
    invoke = json.loads(bench.run(both(pay)["invoke"], {"amount": 3}, "lambda:InvokeFunction")["output"])
    assert (invoke["Payload"], invoke["StatusCode"], invoke["ExecutedVersion"]) == ({"paid": 3}, 200, "$LATEST")


@pytest.mark.parametrize("way", ["bare", "invoke"])
def test_a_role_that_may_not_call_a_function(bench: Bench, pay: str, way: str) -> None:
    ended = bench.run(both(pay)[way])
    assert (ended["status"], ended["error"]) == ("FAILED", "Lambda.AWSLambdaException")
    assert "is not authorized to perform: lambda:InvokeFunction" in ended["cause"]
    assert ":assumed-role/r" in ended["cause"]


def test_a_function_that_is_not_there(bench: Bench, pay: str) -> None:
    for machine in both(pay + "x").values():
        ended = bench.run(machine, {}, "lambda:InvokeFunction")
        assert (ended["status"], ended["error"]) == ("FAILED", "Lambda.ResourceNotFoundException")


def test_a_task_that_hangs_is_given_up_on_time(bench: Bench) -> None:
    slow = bench.function(SLOW)
    machine = bench.machine(both(slow, TimeoutSeconds=1)["bare"], "lambda:InvokeFunction")
    bench.ended(bench.start(machine))  # the function is warm now
    execution = bench.start(machine, {"seconds": 3})
    ended = bench.ended(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Timeout")
    assert 1.0 <= (ended["stopDate"] - ended["startDate"]).total_seconds() < 1.5
    assert bench.kinds(execution)[-2:] == ["LambdaFunctionTimedOut", "ExecutionFailed"]


@pytest.mark.parametrize("way", ["bare", "invoke"])
def test_the_start_of_a_functions_process_is_no_part_of_a_states_time(bench: Bench, way: str) -> None:
    cold = bench.function("import time\ntime.sleep(2)\n" + SLOW)
    machine = bench.machine(both(cold, TimeoutSeconds=1)[way], "lambda:InvokeFunction")
    assert bench.ended(bench.start(machine))["status"] == "SUCCEEDED"
    hung = bench.function("import time\ntime.sleep(1)\n" + SLOW)
    machine = bench.machine(both(hung, TimeoutSeconds=1)[way], "lambda:InvokeFunction")
    ended = bench.ended(bench.start(machine, {"seconds": 4}))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Timeout")


def test_a_timeout_inside_a_branch_is_caught_by_its_name(bench: Bench) -> None:
    token = {"QueueUrl": bench.queue(), "MessageBody": {"t.$": "$$.Task.Token"}}
    branch = task(SEND + ".waitForTaskToken", token, TimeoutSeconds=1)
    catch = [{"ErrorEquals": ["States.TaskFailed"], "Next": "No"}, {"ErrorEquals": ["States.Timeout"], "Next": "Yes"}]
    parallel = {"Type": "Parallel", "Branches": [branch], "Catch": catch, "End": True}
    states = {"P": parallel, "Yes": {"Type": "Succeed"}, "No": {"Type": "Fail"}}
    ended = bench.run({"StartAt": "P", "States": states}, {}, "sqs:SendMessage")
    assert (ended["status"], json.loads(ended["output"])["Error"]) == ("SUCCEEDED", "States.Timeout")


def test_the_retry_count_is_in_the_context(bench: Bench) -> None:
    count = bench.function("def handler(event, context):\n    if event < 2: raise KeyError(event)\n    return event\n")
    retry = [{"ErrorEquals": ["KeyError"], "IntervalSeconds": 1, "BackoffRate": 1.0}]
    machine = task(INVOKE, {"FunctionName": count, "Payload.$": "$$.State.RetryCount"}, Retry=retry)
    ended = bench.run(machine, {}, "lambda:InvokeFunction")
    assert json.loads(ended["output"])["Payload"] == 2


# -- queues and topics -----------------------------------------------------------------------------------------------


def test_a_message_to_a_queue(bench: Bench) -> None:
    url = bench.queue()
    machine = task(SEND, {"QueueUrl": url, "MessageBody": {"order.$": "$.id"}})
    refusal = bench.run(machine, {"id": 7})
    assert (refusal["status"], refusal["error"]) == ("FAILED", "SQS.AmazonSQSException")
    assert "is not authorized to perform: sqs:sendmessage" in refusal["cause"]
    assert "Service: AmazonSQS; Status Code: 403; Error Code: AccessDenied; Request ID: " in refusal["cause"]
    sent = bench.run(machine, {"id": 7}, "sqs:SendMessage")
    assert "MessageId" in json.loads(sent["output"])
    assert bench.bodies(url) == [{"order": 7}]
    gone = task(SEND, {"QueueUrl": url + "x", "MessageBody": "m"})
    missing = bench.run(gone, {}, "sqs:SendMessage")
    assert (missing["error"], "NonExistentQueue" in missing["cause"]) == ("SQS.AmazonSQSException", True)


def test_a_message_to_a_topic(bench: Bench) -> None:
    sns = client(bench.endpoint, "sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.close()
    machine = task("arn:aws:states:::sns:publish", {"TopicArn": topic, "Message.$": "$"})
    assert "MessageId" in json.loads(bench.run(machine, {"a": 1}, "sns:Publish")["output"])
    refusal = bench.run(machine, {"a": 1})
    assert (refusal["error"], "SNS:Publish" in refusal["cause"]) == ("SNS.AuthorizationErrorException", True)


def test_any_operation_of_the_sdk(bench: Bench, pay: str) -> None:
    sdk = "arn:aws:states:::aws-sdk:"
    called = bench.run(task(sdk + "lambda:invoke", {"FunctionName": pay, "Payload": {"amount": 1}}), {}, "lambda:*")
    assert json.loads(json.loads(called["output"])["Payload"]) == {"paid": 1}
    arn = bench.machine(PASS)
    shown = bench.run(task(sdk + "sfn:describeStateMachine", {"StateMachineArn": arn}), {}, "states:*")
    assert json.loads(shown["output"])["StateMachineArn"] == arn


# -- task tokens -----------------------------------------------------------------------------------------------------


def waiting(bench: Bench, **more: Any) -> tuple[str, str]:
    """An execution that waits for a token, and the token."""
    url = bench.queue()
    parameters = {"QueueUrl": url, "MessageBody": {"token.$": "$$.Task.Token"}}
    machine = bench.machine(task(SEND + ".waitForTaskToken", parameters, **more), "sqs:SendMessage")
    execution = bench.start(machine)
    return execution, bench.bodies(url)[0]["token"]


GONE = ("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")


def test_a_token_is_good_once(bench: Bench) -> None:
    execution, token = waiting(bench)
    sfn = bench.sfn
    assert refused(lambda: sfn.send_task_success(taskToken=token, output="{not json"))[0] == "InvalidOutput"
    sfn.send_task_heartbeat(taskToken=token)
    sfn.send_task_success(taskToken=token, output='{"done": true}')
    ended = bench.ended(execution)
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", {"done": True})
    assert refused(lambda: sfn.send_task_success(taskToken=token, output="{}")) == GONE
    assert refused(lambda: sfn.send_task_heartbeat(taskToken=token)) == GONE
    assert refused(lambda: sfn.send_task_failure(taskToken="invented")) == (
        "InvalidToken",
        "Invalid Token: 'Invalid token'",
    )


def test_a_token_may_fail(bench: Bench) -> None:
    execution, token = waiting(bench)
    bench.sfn.send_task_failure(taskToken=token, error="Mine", cause="because")
    ended = bench.ended(execution)
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", "Mine", "because")


def test_a_token_that_nobody_uses(bench: Bench) -> None:
    execution, token = waiting(bench, TimeoutSeconds=1)
    ended = bench.ended(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Timeout")
    assert bench.kinds(execution)[-2:] == ["TaskTimedOut", "ExecutionFailed"]
    assert refused(lambda: bench.sfn.send_task_success(taskToken=token, output="{}")) == GONE


def test_a_heartbeat_keeps_a_task_alive(bench: Bench) -> None:
    execution, token = waiting(bench, HeartbeatSeconds=1, TimeoutSeconds=30)
    for _ in range(4):
        WORLD.sleep(0.5)
        bench.sfn.send_task_heartbeat(taskToken=token)
    ended = bench.ended(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Timeout")
    assert 2.5 < (ended["stopDate"] - ended["startDate"]).total_seconds() < 4


def test_a_stopped_execution_waits_for_nobody(bench: Bench) -> None:
    execution, token = waiting(bench)
    bench.sfn.stop_execution(executionArn=execution)
    assert bench.show(execution)["status"] == "ABORTED"
    assert refused(lambda: bench.sfn.send_task_success(taskToken=token, output="{}")) == GONE


# -- nested machines, activities -------------------------------------------------------------------------------------


def test_a_machine_in_a_machine(bench: Bench) -> None:
    inner = bench.machine(PASS)
    given = {"StateMachineArn": inner, "Input": {"a": 1}}
    rights = ("states:StartExecution", "states:DescribeExecution", "states:StopExecution")
    begun = json.loads(bench.run(task(START, given), {}, *rights)["output"])
    assert bench.show(begun["ExecutionArn"])["stateMachineArn"] == inner
    whole = json.loads(bench.run(task(START + ".sync:2", given), {}, *rights)["output"])
    assert (whole["Status"], whole["Output"]) == ("SUCCEEDED", {"a": 1})
    text = json.loads(bench.run(task(START + ".sync", given), {}, *rights)["output"])
    assert json.loads(text["Output"]) == {"a": 1}
    denied = bench.run(task(START, given))
    assert denied["error"] == "StepFunctions.AWSStepFunctionsException"
    failing = {"StateMachineArn": bench.machine(FAIL), "Input": {}}
    failed = bench.run(task(START + ".sync:2", failing), {}, *rights)
    assert (failed["error"], json.loads(failed["cause"])["Error"]) == ("States.TaskFailed", "Mine")


def test_an_activity(bench: Bench) -> None:
    arn = bench.sfn.create_activity(name="a")["activityArn"]
    execution = bench.start(bench.machine(task(arn)), {"n": 1})
    taken = bench.sfn.get_activity_task(activityArn=arn, workerName="w")
    assert json.loads(taken["input"]) == {"n": 1}
    bench.sfn.send_task_success(taskToken=taken["taskToken"], output="2")
    assert bench.ended(execution)["output"] == "2"
    assert "ActivityStarted" in bench.kinds(execution)
    bench.sfn.delete_activity(activityArn=arn)


def test_many_branches_call_at_once(bench: Bench) -> None:
    slow = bench.function(SLOW)
    each = {"StartAt": "T", "States": task(slow)["States"]}
    mapped = {"Type": "Map", "ItemProcessor": each, "End": True}
    machine = bench.machine({"StartAt": "M", "States": {"M": mapped}}, "lambda:InvokeFunction")
    ended = bench.ended(bench.start(machine, [{"seconds": 0.3}] * 12))
    assert json.loads(ended["output"]) == ["late"] * 12


def test_a_function_starts_a_machine_with_its_own_rights(bench: Bench) -> None:
    machine = bench.machine(WAIT)
    code = (
        "import boto3\nfrom botocore.exceptions import ClientError\n"
        "def handler(event, context):\n"
        "    try: return boto3.client('stepfunctions').start_execution(stateMachineArn=event)['executionArn']\n"
        "    except ClientError as error: return error.response['Error']['Code']\n"
    )

    def call(function: str) -> str:
        answer = bench.lambdas.invoke(FunctionName=function, Payload=json.dumps(machine))
        return str(json.loads(answer["Payload"].read()))

    assert call(bench.function(code)) == "AccessDeniedException"
    execution = call(bench.function(code, "states:StartExecution"))
    assert bench.show(execution)["status"] == "RUNNING"
    bench.sfn.stop_execution(executionArn=execution)


def test_a_machine_takes_the_role_of_credentials_when_it_may_assume_it(bench: Bench) -> None:
    """Developer Guide, "Accessing resources in other AWS accounts": the machine's role needs sts:AssumeRole."""
    url, other = bench.queue(), bench.role("sqs:SendMessage")
    parameters = {"QueueUrl": url, "MessageBody": {"n": 1}}
    machine = task("arn:aws:states:::sqs:sendMessage", parameters, Credentials={"RoleArn": other})
    assert bench.run(machine, None, "sts:AssumeRole")["status"] == "SUCCEEDED"
    denied = bench.run(machine, None, "sqs:SendMessage")
    assert (denied["status"], denied["error"]) == ("FAILED", "States.TaskFailed")
    assert denied["cause"].endswith(f"is not authorized to perform: sts:AssumeRole on resource: {other}")
    assert bench.bodies(url) == [{"n": 1}] and bench.bodies(url) == []
