"""Asynchronous invocations: what is tried again, how often, and where events go that nothing came of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from labcli.local.life import Endpoint
from tests.local.conftest import WORLD, ensure, linux, stop, until
from tests.local.functions.calls import LOGS, NUMBER, Lambdas
from tests.local.process.test_process import children
from tests.local.sqs.calls import refused

FAILS = "def handler(event, context):\n    print('ID', context.aws_request_id)\n    raise ValueError('never')\n"


@pytest.fixture(scope="module")
def lambdas(endpoint: Endpoint) -> Iterator[Lambdas]:
    made = Lambdas(endpoint)
    yield made
    made.close()


def test_a_failing_event_is_tried_three_times_and_goes_to_the_dead_letters(lambdas: Lambdas) -> None:
    url, arn = lambdas.queue()
    name = lambdas.function(FAILS, "sqs:SendMessage", *LOGS, DeadLetterConfig={"TargetArn": arn})
    answer = lambdas.invoke(name, {"order": 1}, InvocationType="Event")
    assert (answer.raw["StatusCode"], answer.payload) == (202, b"")
    (dead,) = lambdas.received(url, 10)
    assert json.loads(dead["Body"]) == {"order": 1}
    request = answer.raw["ResponseMetadata"]["RequestId"]
    said = {key: value["StringValue"] for key, value in dead["MessageAttributes"].items()}
    assert said == {"RequestID": request, "ErrorCode": "200", "ErrorMessage": "never"}
    assert [line for line in lambdas.printed(name) if line.startswith("ID")] == [f"ID {request}"] * 3


def test_destinations_hear_of_success_and_failure(lambdas: Lambdas) -> None:
    (good, good_arn), (bad, bad_arn) = lambdas.queue(), lambdas.queue()
    code = "def handler(event, context): return 10 / event['by']\n"
    name = lambdas.function(code, "sqs:SendMessage", *LOGS)
    wanted = {"OnSuccess": {"Destination": good_arn}, "OnFailure": {"Destination": bad_arn}}
    lambdas.api.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0, DestinationConfig=wanted)
    lambdas.invoke(name, {"by": 2}, InvocationType="Event")
    lambdas.invoke(name, {"by": 0}, InvocationType="Event")
    success, failure = (json.loads(lambdas.received(url)[0]["Body"]) for url in (good, bad))
    assert (success["requestContext"]["condition"], success["responsePayload"]) == ("Success", 5.0)
    assert failure["requestContext"]["condition"] == "RetriesExhausted"
    assert failure["requestContext"]["approximateInvokeCount"] == 1
    assert failure["requestContext"]["functionArn"] == f"{lambdas.arn(name)}:$LATEST"
    assert failure["requestPayload"] == {"by": 0}
    assert failure["responsePayload"]["errorType"] == "ZeroDivisionError"


def test_dead_letters_need_the_roles_right(lambdas: Lambdas) -> None:
    url, arn = lambdas.queue()
    role = lambdas.role("sqs:SendMessage", *LOGS)
    name = lambdas.function(FAILS, Role=role, DeadLetterConfig={"TargetArn": arn})
    lambdas.allow(role, *LOGS)  # and later it may no more
    lambdas.api.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    lambdas.invoke(name, {}, InvocationType="Event")
    until(lambda: lambdas.starts(name), "the attempt")
    assert lambdas.received(url, 1) == []


def test_a_retry_runs_the_code_that_is_there_by_then(lambdas: Lambdas) -> None:
    name = lambdas.function(FAILS)
    lambdas.invoke(name, {}, InvocationType="Event")
    until(lambda: lambdas.starts(name), "the first attempt")
    lambdas.change(name, "def handler(event, context): print('mended')\n")
    until(lambda: "mended" in lambdas.printed(name), "the second attempt")


def test_throttled_events_wait_and_are_not_lost(lambdas: Lambdas) -> None:
    name = lambdas.function("import time\ndef handler(event, context): time.sleep(0.3); print('done', event)\n")
    lambdas.api.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    for number in range(3):
        lambdas.invoke(name, number, InvocationType="Event")
    until(lambda: lambdas.starts(name) == 3, "all three")
    assert {f"done {number}" for number in range(3)} <= set(lambdas.printed(name))


def test_a_synchronous_call_beyond_the_concurrency_is_throttled(lambdas: Lambdas) -> None:
    name = lambdas.function("import time\ndef handler(event, context): time.sleep(2)\n")
    lambdas.api.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    code, text = refused(lambda: lambdas.invoke(name))
    assert (code, text) == ("TooManyRequestsException", "Rate Exceeded.")
    lambdas.api.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    lambdas.invoke(name, {}, InvocationType="Event")
    until(lambda: refused_now(lambdas, name), "the event to take the only place")


def refused_now(lambdas: Lambdas, name: str) -> bool:
    try:
        lambdas.api.invoke(FunctionName=name)
    except lambdas.api.exceptions.TooManyRequestsException:
        return True
    return False


def test_an_event_from_a_topic_is_tried_three_times(lambdas: Lambdas) -> None:
    name = lambdas.function(FAILS)
    topic = lambdas.sns.create_topic(Name=f"t{next(NUMBER)}")["TopicArn"]
    allowed = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"}
    lambdas.api.add_permission(FunctionName=name, **allowed, SourceArn=topic)
    lambdas.sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=lambdas.arn(name))
    began = WORLD.monotonic()
    lambdas.sns.publish(TopicArn=topic, Message="x")
    assert WORLD.monotonic() - began < 1, "publish does not wait for the function"
    until(lambda: lambdas.starts(name) == 3, "three attempts")


def test_a_caller_that_leaves_does_not_make_it_run_twice(lambdas: Lambdas) -> None:
    from botocore.config import Config
    from botocore.exceptions import ReadTimeoutError

    from tests.local.conftest import client

    name = lambdas.function("import time\ndef handler(event, context): time.sleep(1.5)\n", Timeout=10)
    hasty = client(lambdas.endpoint, "lambda", config=Config(read_timeout=0.5, retries={"max_attempts": 0}))
    with pytest.raises(ReadTimeoutError):
        hasty.invoke(FunctionName=name)
    hasty.close()
    until(lambda: lambdas.starts(name), "its end")
    lambdas.invoke(name)
    assert lambdas.starts(name) == 2


@linux
def test_a_flood_of_events_does_not_flood_the_machine(lambdas: Lambdas) -> None:
    name = lambdas.function("import time\ndef handler(event, context): time.sleep(0.05)\n")
    for number in range(60):
        lambdas.invoke(name, number, InvocationType="Event")
    assert len(children(lambdas.endpoint.pid)) < 40
    until(lambda: lambdas.starts(name) == 60, "all of them")


def test_functions_and_mappings_outlive_the_server(home: Path) -> None:
    lambdas = Lambdas(ensure(home))
    url, arn = lambdas.queue()
    reads = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", *LOGS)
    name = lambdas.function("def handler(event, context): print('GOT', event['Records'][0]['body'])\n", *reads)
    lambdas.api.create_event_source_mapping(EventSourceArn=arn, FunctionName=name)
    lambdas.close()
    stop(home)
    lambdas = Lambdas(ensure(home))
    lambdas.sqs.send_message(QueueUrl=url, MessageBody="after")
    until(lambda: "GOT after" in lambdas.printed(name), "the mapping at work again")
    assert lambdas.invoke(name, {"Records": [{"body": "direct"}]}).error == ""
    lambdas.close()


def test_a_slow_event_holds_up_no_other(lambdas: Lambdas) -> None:
    slow = lambdas.function("import time\ndef handler(event, context): time.sleep(8)\n", Timeout=20)
    quick = lambdas.function("def handler(event, context): pass\n")
    lambdas.invoke(slow, {}, InvocationType="Event")
    lambdas.invoke(lambdas.function(FAILS), {}, InvocationType="Event")
    lambdas.invoke(quick, {}, InvocationType="Event")
    until(lambda: lambdas.starts(quick), "the quick one")
    assert lambdas.starts(slow) == 0
