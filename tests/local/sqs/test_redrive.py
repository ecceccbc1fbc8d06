"""Dead-letter queue redrive: texts, statuses and fields as recorded from AWS (the snapshot tests of LocalStack), or as
the SQS Developer Guide has them.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from labcli.local import life
from tests.local.conftest import client, ensure, stop, until
from tests.local.door.wire import Raw, send, sign
from tests.local.sqs.calls import arn, queue, receive, refused

NOBODY = "arn:aws:sqs:us-east-1:000000000000:nobody"
MISSING = "The resource that you specified for the {} parameter doesn't exist."


def pipe(sqs: Any, fifo: bool = False, dead: str = "") -> tuple[str, str]:
    """A queue whose messages are dead after one receive, and its dead-letter queue."""
    dead = dead or queue(sqs, fifo)
    policy = json.dumps({"deadLetterTargetArn": arn(sqs, dead), "maxReceiveCount": 1})
    return queue(sqs, fifo, RedrivePolicy=policy, VisibilityTimeout="0"), dead


def die(sqs: Any, source: str, dead: str, *bodies: str, **more: Any) -> None:
    """Send these messages and let them become dead letters."""
    before = count(sqs, dead)
    for number, body in enumerate(bodies):
        fifo = {"MessageGroupId": "g", "MessageDeduplicationId": f"d{number}"} if source.endswith(".fifo") else {}
        sqs.send_message(QueueUrl=source, MessageBody=body, **fifo, **more)
    until(lambda: receive(sqs, source) == [] and count(sqs, dead) == before + len(bodies), "all dead")


def count(sqs: Any, url: str) -> int:
    name = "ApproximateNumberOfMessages"
    return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])


def task(sqs: Any, dead: str, status: str = "COMPLETED") -> dict[str, Any]:
    """The youngest task of the queue, once it has this status."""

    def found() -> Any:
        tasks = sqs.list_message_move_tasks(SourceArn=arn(sqs, dead)).get("Results", [])
        return tasks[0] if tasks and tasks[0]["Status"] == status else None

    return dict(until(found, f"a task that is {status}"))


def test_messages_go_back_each_to_the_queue_it_came_from(sqs: Any) -> None:
    first, dead = pipe(sqs)
    second, _ = pipe(sqs, dead=dead)
    attribute = {"k": {"DataType": "String", "StringValue": "v"}}
    die(sqs, first, dead, "a", "b", MessageAttributes=attribute)
    die(sqs, second, dead, "c")
    handle = sqs.start_message_move_task(SourceArn=arn(sqs, dead))["TaskHandle"]
    assert json.loads(b64decode(handle)).keys() == {"taskId", "sourceArn"}
    done = task(sqs, dead)
    assert done.pop("StartedTimestamp") > 1_600_000_000_000
    assert done == {
        "Status": "COMPLETED",
        "SourceArn": arn(sqs, dead),
        "ApproximateNumberOfMessagesMoved": 3,
        "ApproximateNumberOfMessagesToMove": 3,
    }
    assert (count(sqs, first), count(sqs, second), count(sqs, dead)) == (2, 1, 0)
    back = receive(sqs, first, MessageAttributeNames=["All"], AttributeNames=["All"])[0]
    assert (back["Body"], back["MessageAttributes"]) == ("a", attribute)
    assert back["Attributes"]["ApproximateReceiveCount"] == "1"
    assert "DeadLetterQueueSourceArn" not in back["Attributes"]


def test_a_destination_gets_them_all(sqs: Any) -> None:
    source, dead = pipe(sqs)
    other = queue(sqs)
    die(sqs, source, dead, "a", "b")
    sqs.start_message_move_task(SourceArn=arn(sqs, dead), DestinationArn=arn(sqs, other))
    assert task(sqs, dead)["DestinationArn"] == arn(sqs, other)
    assert (count(sqs, source), count(sqs, other), count(sqs, dead)) == (0, 2, 0)


def test_a_moved_message_is_a_new_one_and_a_waiting_receive_gets_it(sqs: Any) -> None:
    source, dead = pipe(sqs)
    die(sqs, source, dead, "a")
    dead_id = receive(sqs, dead, VisibilityTimeout=0)[0]["MessageId"]
    sqs.start_message_move_task(SourceArn=arn(sqs, dead))
    back = receive(sqs, source, WaitTimeSeconds=10)[0]
    assert (back["Body"], back["MessageId"] == dead_id) == ("a", False)


def test_fifo_messages_keep_group_and_order_and_are_no_duplicates_of_themselves(sqs: Any) -> None:
    source, dead = pipe(sqs, fifo=True)
    die(sqs, source, dead, "a", "b", "c")
    sqs.start_message_move_task(SourceArn=arn(sqs, dead))
    task(sqs, dead)
    back = receive(sqs, source, MaxNumberOfMessages=10, VisibilityTimeout=30, AttributeNames=["All"])
    assert [each["Body"] for each in back] == ["a", "b", "c"]
    assert {each["Attributes"]["MessageGroupId"] for each in back} == {"g"}


def test_what_cannot_be_started_is_refused_in_awss_words(sqs: Any) -> None:
    source, dead = pipe(sqs)
    fifo, dead_arn, bad = queue(sqs, fifo=True), arn(sqs, dead), "InvalidParameterValue"

    def start(**given: Any) -> tuple[str, str]:
        return refused(lambda: sqs.start_message_move_task(**given))

    assert start(SourceArn=arn(sqs, source)) == (bad, "Source queue must be configured as a Dead Letter Queue.")
    assert start(SourceArn=NOBODY) == ("ResourceNotFoundException", MISSING.format("SourceArn"))
    missing = ("ResourceNotFoundException", MISSING.format("DestinationArn"))
    assert start(SourceArn=dead_arn, DestinationArn=NOBODY) == missing
    form = "arn:<partition>:<service>:<region>:<account-id>:<resource-id>"
    address = ("InvalidAddress", f"You must use this format to specify the SourceArn: {form}")
    assert start(SourceArn="dead") == address
    same = "Source queue arn and destination queue arn cannot be the same."
    assert start(SourceArn=dead_arn, DestinationArn=dead_arn) == (bad, same)
    kind = "The source queue and destination queue must be of the same queue type."
    assert start(SourceArn=dead_arn, DestinationArn=arn(sqs, fifo)) == (bad, kind)
    rate = "Value for parameter MaxNumberOfMessagesPerSecond is invalid. "
    rate += "Reason: You must enter a number that's between 1 and 500."
    for wrong in (0, -1, 501):
        assert start(SourceArn=dead_arn, MaxNumberOfMessagesPerSecond=wrong) == (bad, rate)
    assert sqs.list_message_move_tasks(SourceArn=dead_arn)["Results"] == []


def test_one_task_at_a_time_which_can_be_cancelled_once(sqs: Any) -> None:
    source, dead = pipe(sqs)
    other, dead_arn = queue(sqs), arn(sqs, dead)
    die(sqs, source, dead, *"abcdefghij")
    start = {"SourceArn": dead_arn, "DestinationArn": arn(sqs, other), "MaxNumberOfMessagesPerSecond": 1}
    handle = sqs.start_message_move_task(**start)["TaskHandle"]
    text = "There is already a task running. Only one active task is allowed for a source queue arn at a given time."
    assert refused(lambda: sqs.start_message_move_task(**start)) == ("InvalidParameterValue", text)
    running = task(sqs, dead, "RUNNING")
    assert (running["TaskHandle"], running["MaxNumberOfMessagesPerSecond"]) == (handle, 1)
    assert running["ApproximateNumberOfMessagesToMove"] == 10
    moved = sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"]
    assert moved == count(sqs, other) < 10
    done = task(sqs, dead, "CANCELLED")
    assert (done["ApproximateNumberOfMessagesMoved"], "TaskHandle" in done) == (moved, False)
    assert count(sqs, dead) == 10 - moved
    again = ("InvalidParameterValue", "Only active tasks can be cancelled.")
    assert refused(lambda: sqs.cancel_message_move_task(TaskHandle=handle)) == again
    sqs.start_message_move_task(SourceArn=dead_arn)
    task(sqs, dead)
    tasks = sqs.list_message_move_tasks(SourceArn=dead_arn, MaxResults=10)["Results"]
    assert [each["Status"] for each in tasks] == ["COMPLETED", "CANCELLED"]
    assert refused(lambda: sqs.list_message_move_tasks(SourceArn=dead_arn, MaxResults=11))[0] == "InvalidParameterValue"


def test_a_handle_of_no_task_is_refused(sqs: Any) -> None:
    def cancel(handle: str) -> tuple[str, str]:
        return refused(lambda: sqs.cancel_message_move_task(TaskHandle=handle))

    def handle(source: str) -> str:
        about = {"taskId": "10f57157-fc38-4da9-a113-4de7e12d05dd", "sourceArn": source}
        return b64encode(json.dumps(about).encode()).decode()

    assert cancel("foobared") == ("InvalidParameterValue", "Value for parameter TaskHandle is invalid.")
    assert cancel(handle(NOBODY)) == ("ResourceNotFoundException", MISSING.format("SourceArn"))
    assert cancel(handle(arn(sqs, queue(sqs)))) == ("ResourceNotFoundException", "Task does not exist.")


@pytest.mark.parametrize("direct", [True, False])
def test_a_message_that_cannot_be_moved_stays_and_the_task_says_why(sqs: Any, direct: bool) -> None:
    source, dead = pipe(sqs)
    spare, _ = pipe(sqs, dead=dead)  # or it would be a dead-letter queue no more
    if direct:
        sqs.send_message(QueueUrl=dead, MessageBody="sent to it")
    else:
        die(sqs, source, dead, "a")
        sqs.delete_queue(QueueUrl=source)
    sqs.start_message_move_task(SourceArn=arn(sqs, dead))
    why = "CouldNotDetermineMessageSource" if direct else "AWS.SimpleQueueService.NonExistentQueue"
    assert task(sqs, dead, "FAILED")["FailureReason"] == why
    assert (count(sqs, dead), count(sqs, spare)) == (1, 0)


def test_an_empty_queue_is_moved_at_once(sqs: Any) -> None:
    _, dead = pipe(sqs)
    sqs.start_message_move_task(SourceArn=arn(sqs, dead))
    assert task(sqs, dead)["ApproximateNumberOfMessagesToMove"] == 0


def test_thousands_are_moved_while_others_are_answered(sqs: Any) -> None:
    source, dead = pipe(sqs)
    entries = [{"Id": str(number), "MessageBody": "x"} for number in range(10)]
    for _ in range(100):
        sqs.send_message_batch(QueueUrl=source, Entries=entries)
    until(lambda: not receive(sqs, source, MaxNumberOfMessages=10) and count(sqs, dead) == 1000, "all dead")
    sqs.start_message_move_task(SourceArn=arn(sqs, dead))
    assert task(sqs, dead)["ApproximateNumberOfMessagesMoved"] == 1000
    assert count(sqs, source) == 1000


def test_the_older_protocol_starts_lists_and_cancels(sqs: Any, endpoint: life.Endpoint) -> None:
    source, dead = pipe(sqs)
    die(sqs, source, dead, "a", "b", "c")
    host = endpoint.url.removeprefix("http://")
    headers = (("Host", host), ("Content-Type", "application/x-www-form-urlencoded"))

    def call(action: str, **given: object) -> ElementTree.Element:
        body = urlencode({"Action": action, "Version": "2012-11-05", **given}).encode()
        return ElementTree.fromstring(send(endpoint, sign(Raw("POST", "/", headers, body), endpoint))[2])

    def said(root: ElementTree.Element, name: str) -> list[str]:
        return [str(each.text) for each in root.iter() if each.tag.endswith("}" + name)]

    handle = said(call("StartMessageMoveTask", SourceArn=arn(sqs, dead), MaxNumberOfMessagesPerSecond=1), "TaskHandle")
    listed = call("ListMessageMoveTasks", SourceArn=arn(sqs, dead))
    assert (said(listed, "Status"), said(listed, "TaskHandle")) == (["RUNNING"], handle)
    assert len(said(listed, "ListMessageMoveTasksResultEntry")) == 1
    cancelled = call("CancelMessageMoveTask", TaskHandle=handle[0])
    assert len(said(cancelled, "ApproximateNumberOfMessagesMoved")) == 1
    refusal = call("StartMessageMoveTask", SourceArn=NOBODY)
    assert (said(refusal, "Code"), said(refusal, "Message")) == (
        ["ResourceNotFoundException"],
        [MISSING.format("SourceArn")],
    )
    assert said(call("ListDeadLetterSourceQueues", QueueUrl=dead), "QueueUrl") == [source]


def test_a_task_goes_on_after_a_restart(own_home: Path) -> None:
    sqs = client(ensure(own_home))
    source, dead = pipe(sqs)
    die(sqs, source, dead, *"abc")
    sqs.start_message_move_task(SourceArn=arn(sqs, dead), MaxNumberOfMessagesPerSecond=1)
    stop(own_home)
    sqs = client(ensure(own_home))
    assert task(sqs, dead)["ApproximateNumberOfMessagesMoved"] == 3
    assert (count(sqs, source), count(sqs, dead)) == (3, 0)


def test_who_may_move_messages_of_one_queue_may_not_of_another(sqs: Any, endpoint: life.Endpoint) -> None:
    (_, dead), (_, other), iam = pipe(sqs), pipe(sqs), client(endpoint, "iam")
    iam.create_user(UserName="redriver")
    key = iam.create_access_key(UserName="redriver")["AccessKey"]
    theirs = client(endpoint, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    actions = ["sqs:StartMessageMoveTask", "sqs:ListMessageMoveTasks", "sqs:CancelMessageMoveTask"]
    statement = {"Effect": "Allow", "Action": actions, "Resource": arn(sqs, dead)}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="redriver", PolicyName="p", PolicyDocument=document)
    handle = theirs.start_message_move_task(SourceArn=arn(sqs, dead))["TaskHandle"]
    assert theirs.list_message_move_tasks(SourceArn=arn(sqs, dead))["Results"]
    assert refused(lambda: theirs.cancel_message_move_task(TaskHandle=handle))[0] == "InvalidParameterValue"
    code, text = refused(lambda: theirs.start_message_move_task(SourceArn=arn(sqs, other)))
    assert code == "AccessDenied"
    assert f"sqs:startmessagemovetask on resource: {arn(sqs, other)}" in text
