"""Functions that read from queues."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from labcli.local.life import Endpoint
from tests.local.conftest import until
from tests.local.functions.calls import LOGS, Lambdas
from tests.local.sqs.calls import refused

READS = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", *LOGS)
PRINTS = "def handler(event, context):\n    for record in event['Records']: print('GOT', record['body'])\n"


@pytest.fixture(scope="module")
def lambdas(endpoint: Endpoint) -> Iterator[Lambdas]:
    made = Lambdas(endpoint)
    yield made
    made.close()


def mapped(lambdas: Lambdas, name: str, arn: str, **more: Any) -> Any:
    """The mapping, once it is at work."""
    made = lambdas.api.create_event_source_mapping(EventSourceArn=arn, FunctionName=name, **more)
    assert made["State"] == "Creating"
    uuid = made["UUID"]
    until(lambda: lambdas.api.get_event_source_mapping(UUID=uuid)["State"] == "Enabled", "the mapping")
    return made


def depth(lambdas: Lambdas, url: str) -> int:
    """Messages in the queue, hidden ones too."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = lambdas.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(value) for value in found.values())


def got(lambdas: Lambdas, name: str) -> list[str]:
    return [line.removeprefix("GOT ") for line in lambdas.printed(name) if line.startswith("GOT")]


def test_a_batch_is_read_and_deleted(lambdas: Lambdas) -> None:
    url, arn = lambdas.queue()
    name = lambdas.function(PRINTS, *READS)
    made = mapped(lambdas, name, arn, BatchSize=5)
    fields = {"UUID", "BatchSize", "EventSourceArn", "FunctionArn", "State", "StateTransitionReason", "LastModified"}
    fields |= {"MaximumBatchingWindowInSeconds", "FunctionResponseTypes", "EventSourceMappingArn"}
    assert set(made) - {"ResponseMetadata"} == fields
    entries = [{"Id": str(number), "MessageBody": str(number)} for number in range(10)]
    lambdas.sqs.send_message_batch(QueueUrl=url, Entries=entries)
    until(lambda: depth(lambdas, url) == 0, "the queue to be empty")
    assert sorted(got(lambdas, name)) == [str(number) for number in range(10)]


def test_only_what_is_reported_comes_back(lambdas: Lambdas) -> None:
    dead_url, dead_arn = lambdas.queue()
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url, arn = lambdas.queue(VisibilityTimeout="2", RedrivePolicy=redrive)
    code = PRINTS + "    bad = [r['messageId'] for r in event['Records'] if r['body'] == 'bad']\n"
    code += "    return {'batchItemFailures': [{'itemIdentifier': id_} for id_ in bad]}\n"
    name = lambdas.function(code, *READS, Timeout=2)
    mapped(lambdas, name, arn, FunctionResponseTypes=["ReportBatchItemFailures"])
    for body in ("good", "bad", "fine"):
        lambdas.sqs.send_message(QueueUrl=url, MessageBody=body)
    (message,) = lambdas.received(dead_url, 15)
    assert message["Body"] == "bad"
    assert sorted(got(lambdas, name)) == ["bad", "bad", "fine", "good"]


@pytest.mark.parametrize("report", ["{'batchItemFailures': [{'itemIdentifier': 'nobody'}]}", "'no report'"])
def test_a_report_without_sense_brings_all_back(lambdas: Lambdas, report: str) -> None:
    url, arn = lambdas.queue(VisibilityTimeout="30")
    name = lambdas.function(PRINTS + f"    return {report}\n", *READS)
    mapped(lambdas, name, arn, FunctionResponseTypes=["ReportBatchItemFailures"])
    lambdas.sqs.send_message(QueueUrl=url, MessageBody="x")
    until(lambda: got(lambdas, name), "the function")
    assert depth(lambdas, url) == 1


def test_messages_stay_hidden_while_the_functions_process_starts(lambdas: Lambdas) -> None:
    dead_url, dead_arn = lambdas.queue()
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 1})
    url, arn = lambdas.queue(VisibilityTimeout="2", RedrivePolicy=redrive)
    code = PRINTS + "import time\ntime.sleep(4)  # to start takes longer than the messages are hidden\n"
    name = lambdas.function(code, *READS, Timeout=2)
    mapped(lambdas, name, arn)
    lambdas.sqs.send_message(QueueUrl=url, MessageBody="x")
    until(lambda: got(lambdas, name), "the function")
    until(lambda: depth(lambdas, url) == 0, "the queue to be empty")
    assert got(lambdas, name) == ["x"]
    assert depth(lambdas, dead_url) == 0


def test_a_batch_waits_for_a_place_while_it_is_hidden(lambdas: Lambdas) -> None:
    dead_url, dead_arn = lambdas.queue()
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 1})
    url, arn = lambdas.queue(VisibilityTimeout="60", RedrivePolicy=redrive)
    name = lambdas.function("import time\n" + PRINTS + "    time.sleep(0.2)\n", *READS)
    lambdas.api.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    mapped(lambdas, name, arn, BatchSize=1)
    for number in range(6):
        lambdas.sqs.send_message(QueueUrl=url, MessageBody=str(number))
        lambdas.invoke(name, {"Records": [{"body": "direct"}]}, InvocationType="Event")
    until(lambda: sorted(set(got(lambdas, name))) == [*"012345", "direct"], "all of them")
    assert lambdas.received(dead_url, 1) == []


def test_a_mapping_reads_whatever_is_reserved_and_what_is_throttled_was_received(lambdas: Lambdas) -> None:
    """The setting that holds a mapping back is MaximumConcurrency; a reservation only refuses its batches."""
    dead_url, dead_arn = lambdas.queue()
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url, arn = lambdas.queue(VisibilityTimeout="1", RedrivePolicy=redrive)
    name = lambdas.function(PRINTS, *READS, Timeout=1)
    lambdas.api.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    mapped(lambdas, name, arn)
    lambdas.sqs.send_message(QueueUrl=url, MessageBody="good")
    (message,) = lambdas.received(dead_url, 20)
    assert message["Body"] == "good"
    assert got(lambdas, name) == []


def test_no_more_batches_are_worked_on_than_maximum_concurrency_says(lambdas: Lambdas) -> None:
    url, arn = lambdas.queue(VisibilityTimeout="60")
    code = "import time\ndef handler(event, context):\n    began = time.time()\n    time.sleep(0.3)\n"
    name = lambdas.function(code + "    print('GOT', began, time.time())\n", *READS)
    made = mapped(lambdas, name, arn, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    assert made["ScalingConfig"] == {"MaximumConcurrency": 2}
    for number in range(8):
        lambdas.sqs.send_message(QueueUrl=url, MessageBody=str(number))
    times = until(lambda: found if len(found := got(lambdas, name)) == 8 else None, "all of them")
    spans = [tuple(map(float, each.split())) for each in times]
    most = max(sum(began <= at < ended for began, ended in spans) for at, _ in spans)
    assert most == 2


def test_the_digest_of_attributes_stands_in_the_record(lambdas: Lambdas) -> None:
    """Record and digest as recorded from AWS."""
    url, arn = lambdas.queue()
    code = "import json\ndef handler(event, context):\n    print('GOT', json.dumps(event['Records'][0]))\n"
    name = lambdas.function(code, *READS)
    mapped(lambdas, name, arn)
    attributes: Any = {
        "Title": {"DataType": "String", "StringValue": "The Whistler"},
        "Author": {"DataType": "String", "StringValue": "John Grisham"},
        "WeeksOn": {"DataType": "Number", "StringValue": "6"},
    }
    lambdas.sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes=attributes)
    record = json.loads(until(lambda: got(lambdas, name), "the record")[0])
    assert record["md5OfMessageAttributes"] == "d25a6aea97eb8f585bfa92d314504a92"
    empty: dict[str, Any] = {"stringListValues": [], "binaryListValues": []}
    assert record["messageAttributes"]["WeeksOn"] == {"stringValue": "6", "dataType": "Number", **empty}
    lambdas.sqs.send_message(QueueUrl=url, MessageBody="y")
    bare = until(lambda: found if len(found := got(lambdas, name)) == 2 else None, "the other record")[1]
    assert "md5OfMessageAttributes" not in json.loads(bare)


@pytest.mark.parametrize(
    "pattern",
    [
        "null", "simple string", '{"eventSource": "aws:sqs"}', '{"eventSource": []}', "[]", '{"body": {"a": {}}}',
        '{"body": {"a": [{"numeric": ["<", 1, ">", 0]}]}}', '{"body": {"a": [{"no-such": 1}]}}', "", '{"body": [[1]]}',
        '{"body": {"a": [{"prefix": 1}]}}', '{"body": {"a": [{"exists": "yes"}]}}', '{"a":' * 3000,
    ],
)  # fmt: skip
def test_a_pattern_that_is_none(lambdas: Lambdas, pattern: str) -> None:
    _, arn = lambdas.queue()
    name = lambdas.function(PRINTS, *READS)
    criteria = {"Filters": [{"Pattern": '{"body": {"a": [1]}}'}, {"Pattern": pattern}]}
    given: Any = {"FunctionName": name, "EventSourceArn": arn}
    found = refused(lambda: lambdas.api.create_event_source_mapping(**given, FilterCriteria=criteria))
    long = len(pattern) > 4096
    assert found[0] == ("ValidationException" if long else "InvalidParameterValueException")
    assert long or found[1] == "Invalid filter pattern definition."
    uuid = mapped(lambdas, name, arn)["UUID"]
    changed = refused(lambda: lambdas.api.update_event_source_mapping(UUID=uuid, FilterCriteria=criteria))
    assert changed == found


def test_what_a_filter_does_not_want_is_deleted_even_when_the_function_fails(lambdas: Lambdas) -> None:
    dead_url, dead_arn = lambdas.queue()
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url, arn = lambdas.queue(VisibilityTimeout="1", RedrivePolicy=redrive)
    name = lambdas.function(PRINTS + "    raise ValueError\n", *READS, Timeout=1)
    criteria = {
        "Filters": [{"Pattern": '{"body": {"kind": ["a"]}}'}, {"Pattern": '{"body": {"n": [{"numeric": [">", 5]}]}}'}]
    }
    entries = [
        {"Id": str(n), "MessageBody": json.dumps({"kind": kind, "n": n})} for n, kind in ((1, "a"), (2, "b"), (6, "c"))
    ]
    lambdas.sqs.send_message_batch(QueueUrl=url, Entries=entries)
    mapped(lambdas, name, arn, FilterCriteria=criteria)
    until(lambda: depth(lambdas, dead_url) == 2, "what failed")
    assert sorted(json.loads(each["Body"])["n"] for each in lambdas.received(dead_url)) == [1, 6]
    assert depth(lambdas, url) == 0
    assert not any('"b"' in line for line in got(lambdas, name))


def test_mappings_that_aws_refuses(lambdas: Lambdas) -> None:
    _, arn = lambdas.queue(VisibilityTimeout="5")
    slow = lambdas.function(PRINTS, *READS, Timeout=6)
    weak = lambdas.function(PRINTS, *LOGS)
    fine = lambdas.function(PRINTS, *READS)

    def create(name: str, source: str, **more: Any) -> tuple[str, str]:
        given = {"FunctionName": name, "EventSourceArn": source, **more}
        return refused(lambda: lambdas.api.create_event_source_mapping(**given))

    bad = "InvalidParameterValueException"
    assert create(slow, arn) == (
        bad,
        "Queue visibility timeout: 5 seconds is less than Function timeout: 6 seconds",
    )
    text = "The provided execution role does not have permissions to call ReceiveMessage on SQS"
    assert create(weak, arn) == (bad, text)
    gone = "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
    assert create(fine, arn + "x") == (bad, gone + "SQS Error Message: The specified queue does not exist.")
    assert create("nobody", arn)[0] == "ResourceNotFoundException"
    assert create(fine, arn, BatchSize=0)[0] == "ValidationException"
    assert create(fine, arn, BatchSize=11)[0] == bad
    for most, rule in ((1, "greater than or equal to 2"), (1001, "less than or equal to 1000")):
        text = f"1 validation error detected: Value '{most}' at 'scalingConfig.maximumConcurrency' failed to satisfy "
        text += f"constraint: Member must have value {rule}"
        assert create(fine, arn, ScalingConfig={"MaximumConcurrency": most}) == ("ValidationException", text)
    assert create(fine, arn, FunctionResponseTypes=["Nope"])[0] == "ValidationException"
    mapped(lambdas, fine, arn)
    assert create(fine, arn)[0] == "ResourceConflictException"


def test_a_mapping_can_be_switched_off_and_deleted(lambdas: Lambdas) -> None:
    url, arn = lambdas.queue()
    name = lambdas.function(PRINTS, *READS)
    uuid = mapped(lambdas, name, arn)["UUID"]
    assert lambdas.api.update_event_source_mapping(UUID=uuid, Enabled=False)["State"] == "Disabling"
    until(lambda: lambdas.api.get_event_source_mapping(UUID=uuid)["State"] == "Disabled", "the switch")
    lambdas.sqs.send_message(QueueUrl=url, MessageBody="x")
    assert lambdas.api.update_event_source_mapping(UUID=uuid, Enabled=True)["State"] == "Enabling"
    until(lambda: got(lambdas, name) == ["x"], "the message")
    assert lambdas.api.delete_event_source_mapping(UUID=uuid)["State"] == "Deleting"
    lambdas.sqs.send_message(QueueUrl=url, MessageBody="y")
    assert lambdas.received(url, 2)[0]["Body"] == "y"


def test_a_mapping_outlives_its_function_and_harms_nobody(lambdas: Lambdas) -> None:
    url, arn = lambdas.queue()
    name = lambdas.function(PRINTS, *READS)
    uuid = mapped(lambdas, name, arn)["UUID"]
    lambdas.api.delete_function(FunctionName=name)
    lambdas.sqs.send_message(QueueUrl=url, MessageBody="x")
    assert lambdas.received(url, 2)[0]["Body"] == "x"
    other_url, other_arn = lambdas.queue()
    other = lambdas.function(PRINTS, *READS)
    mapped(lambdas, other, other_arn)
    lambdas.sqs.send_message(QueueUrl=other_url, MessageBody="y")
    until(lambda: got(lambdas, other) == ["y"], "another mapping at work")
    lambdas.sqs.delete_queue(QueueUrl=other_url)
    lambdas.api.delete_event_source_mapping(UUID=uuid)


def test_a_role_that_loses_the_right_reads_no_more(lambdas: Lambdas) -> None:
    url, arn = lambdas.queue()
    role = lambdas.role(*READS)
    name = lambdas.function(PRINTS, Role=role)
    mapped(lambdas, name, arn)
    lambdas.allow(role, *LOGS)
    lambdas.sqs.send_message(QueueUrl=url, MessageBody="x")
    assert lambdas.received(url, 2)[0]["Body"] == "x"


def test_a_fifo_queue_keeps_its_order(lambdas: Lambdas) -> None:
    url, arn = lambdas.queue(FifoQueue="true", ContentBasedDeduplication="true")
    name = lambdas.function(PRINTS, *READS)
    mapped(lambdas, name, arn, BatchSize=2)
    for number in range(9):
        lambdas.sqs.send_message(QueueUrl=url, MessageBody=str(number), MessageGroupId="g")
    until(lambda: depth(lambdas, url) == 0, "the queue to be empty")
    assert got(lambdas, name) == [str(number) for number in range(9)]


def test_a_mapping_takes_what_its_filters_want(lambdas: Lambdas) -> None:
    url, arn = lambdas.queue()
    name = lambdas.function(PRINTS, *READS)
    pattern = {"body": {"items": {"kind": [{"wildcard": "a*c"}]}, "none": [None]}}
    mapped(lambdas, name, arn, FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})
    taken = '{"items": [{"kind": "x"}, {"kind": "abc"}], "none": null}'
    bodies = [
        "[" * 20_000,
        '{"items": [{"kind": "abc"}], "none": "null"}',
        '{"items": {"kind": "b"}, "none": null}',
        taken,
    ]
    for body in bodies:
        lambdas.sqs.send_message(QueueUrl=url, MessageBody=body)
    until(lambda: depth(lambdas, url) == 0, "the queue to be empty")
    assert until(lambda: got(lambdas, name), "what was taken") == [taken]
