"""Friday by hand: what a learner gets wrong, and the sentence that says so; then the right one is done."""

from __future__ import annotations

import io
import json
import time
import zipfile
from typing import Any

import pytest

from tests.labs.tasks.learner import Learner, refused

DAY = "fri"
pytestmark = pytest.mark.xdist_group("tasks-fri")


def _policy(topic: str, queue: str) -> dict[str, Any]:
    statement = {
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": queue, "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }  # fmt: skip
    return {"Version": "2012-10-17", "Statement": [statement]}


def _mapping(learner: Learner, queue: str, function: str = "") -> str:
    """The id of the mapping that takes from a queue; of several, the one for a function."""
    asked = {"FunctionName": learner.ours("lambda", function)} if function else {}
    found = learner.client("lambda").list_event_source_mappings(EventSourceArn=learner.arn(queue), **asked)
    [mapping] = found["EventSourceMappings"]
    return str(mapping["UUID"])


def _one(said: list[str], begins: str) -> bool:
    """Whether one of the sentences begins so."""
    return any(each.startswith(begins) for each in said)


def _wire(learner: Learner) -> None:
    """The first task, as a learner does it."""
    orders = learner.sns.create_topic(Name="orders")["TopicArn"]
    learner.sqs.create_queue(QueueName="ingest")
    ingest = learner.arn("ingest")
    learner.set_queue("ingest", Policy=_policy(orders, ingest), VisibilityTimeout="30")
    raw = {"RawMessageDelivery": "true"}
    learner.sns.subscribe(TopicArn=orders, Protocol="sqs", Endpoint=ingest, Attributes=raw)
    pack = learner.ours("lambda", "pack")
    learner.client("lambda").create_event_source_mapping(FunctionName=pack, EventSourceArn=ingest)


def test_wired(learner: Learner) -> None:
    sns, sqs, functions = learner.sns, learner.sqs, learner.client("lambda")
    assert learner.said("wired")[:2] == [
        f"There is no {each} yet." for each in ("topic named `orders`", "queue named `ingest`")
    ]
    orders, pack = sns.create_topic(Name="orders")["TopicArn"], learner.ours("lambda", "pack")
    ingest = orders.replace(":sns:", ":sqs:").replace(":orders", ":ingest")
    feed = {"FunctionName": pack, "EventSourceArn": ingest}
    refused("InvalidParameterValue", functions.create_event_source_mapping, **feed)
    assert learner.said("wired")[0].startswith("AWS refuses the mapping. The queue must be there")
    url = sqs.create_queue(QueueName="ingest", Attributes={"VisibilityTimeout": "2"})["QueueUrl"]
    refused("InvalidParameterValue", functions.create_event_source_mapping, **feed)
    assert "it must hide a message at least as long as pack may take (5 s)" in learner.said("wired")[0]
    arn = functions.get_function_configuration(FunctionName=pack)["FunctionArn"]
    past = sns.subscribe(TopicArn=orders, Protocol="lambda", Endpoint=arn)["SubscriptionArn"]
    assert learner.said("wired")[0] == "`pack` is subscribed itself; wanted is the queue `ingest`."
    sns.unsubscribe(SubscriptionArn=past)
    refused("InvalidParameter", sns.subscribe, TopicArn=orders, Protocol="sqs", Endpoint=url)
    assert learner.said("wired")[0] == "The endpoint is the URL of the queue; SNS knows a queue by its ARN."
    learner.set_queue("ingest", VisibilityTimeout="30")
    made = functions.create_event_source_mapping(**feed, Enabled=False)["UUID"]
    joint = sns.subscribe(TopicArn=orders, Protocol="sqs", Endpoint=ingest)["SubscriptionArn"]
    assert learner.said("wired") == [
        "The subscription wraps the message: RawMessageDelivery is false, wanted true.",
        "`ingest` has no policy: SNS may not send to it.",
        "The mapping is there, and switched off: its State is Disabled.",
    ]
    functions.update_event_source_mapping(UUID=made, Enabled=True)
    sns.set_subscription_attributes(SubscriptionArn=joint, AttributeName="RawMessageDelivery", AttributeValue="true")
    learner.set_queue("ingest", Policy=_policy(f"{orders}x", ingest))
    assert learner.said("wired") == ["The policy of `ingest` lets `ordersx` in, not `orders`."]
    learner.set_queue("ingest", Policy=_policy(orders, ingest))
    assert learner.look("wired")["done"]


def _zipped(source: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as packed:
        packed.writestr("packer.py", source)
    return held.getvalue()


def test_vanished(learner: Learner) -> None:
    functions = learner.client("lambda")
    assert learner.said("vanished") == []
    packer, belt = learner.ours("lambda", "packer"), _mapping(learner, "web")
    learner.set_queue("web", VisibilityTimeout="10")
    assert _one(learner.said("vanished"), "The queue's settings do not matter yet")
    learner.set_queue("web", VisibilityTimeout="2")
    listen = {"UUID": belt, "FunctionResponseTypes": ["reportBatchItemFailures"]}
    refused("Validation", functions.update_event_source_mapping, **listen)
    written = "There is one response type, and case counts. It is written ReportBatchItemFailures."
    assert learner.said("vanished") == [written]
    letter = {"TargetArn": learner.arn("boxes")}
    functions.update_function_configuration(FunctionName=packer, DeadLetterConfig=letter)
    assert _one(learner.said("vanished"), "packer has a dead-letter queue of its own now")
    functions.update_function_configuration(FunctionName=packer, DeadLetterConfig={"TargetArn": ""})
    functions.update_event_source_mapping(UUID=belt, BatchSize=1)
    one = "The broken order is still deleted: with one order a batch it is “done” like any other."
    assert learner.said("vanished") == [one]
    functions.update_event_source_mapping(UUID=belt, BatchSize=10)
    functions.update_function_code(FunctionName=packer, ZipFile=_zipped("def handler(event, context):\n    1 / 0\n"))
    assert _one(learner.said("vanished"), "The code was right, and was to stay as it is")
    functions.delete_event_source_mapping(UUID=belt)
    assert _one(learner.said("vanished"), f"No mapping takes from {learner.ours('sqs', 'web')} for {packer}")


def test_vanished_is_mended(learner: Learner) -> None:
    learner.again("vanished")
    update = learner.client("lambda").update_event_source_mapping
    update(UUID=_mapping(learner, "web"), FunctionResponseTypes=["ReportBatchItemFailures"])
    _until(lambda: learner.look("vanished")["done"])


def _take(learner: Learner, hidden: int) -> list[dict[str, str]]:
    """The two orders on the shelf."""
    asked = {"MaxNumberOfMessages": 10, "WaitTimeSeconds": 2, "VisibilityTimeout": hidden}
    found: list[dict[str, str]] = []
    while len(found) < 2:
        found += learner.sqs.receive_message(QueueUrl=learner.url("shelf"), **asked)["Messages"]
    return found


def _again(task: str) -> str:
    return f"labcli day fri try --again {task}"


def test_back_again(learner: Learner) -> None:
    sqs = learner.sqs
    assert learner.said("back_again") == []
    evening, shelf = learner.url("evening"), learner.ours("sqs", "shelf")
    for order in ("o-21", "o-22"):
        sqs.send_message(QueueUrl=evening, MessageBody=json.dumps({"orderId": order}))
    still = f"There are two parcels, but the two orders still lie on {shelf}."
    _until(lambda: learner.said("back_again") == [still])
    taken = _take(learner, 30)
    hidden = "What was received and not deleted is only hidden; in at most 30 s it is visible again, on"
    assert learner.said("back_again") == [f"{hidden} {shelf}."]
    for each in taken:
        sqs.delete_message(QueueUrl=learner.url("shelf"), ReceiptHandle=each["ReceiptHandle"])
    sqs.send_message(QueueUrl=evening, MessageBody='{"orderId": "o-21"}')
    _until(lambda: _one(learner.said("back_again"), "There are more than two parcels: an order was sent twice."))


def test_back_again_where_orders_are_lost(learner: Learner) -> None:
    sqs = learner.sqs
    learner.again("back_again")
    for each in _take(learner, 30):
        sqs.delete_message(QueueUrl=learner.url("shelf"), ReceiptHandle=each["ReceiptHandle"])
    lost = "The shelf is empty, and not both were packed: what is deleted is gone."
    assert learner.said("back_again") == [f"{lost} To have them back: {_again('back_again')}"]
    for order in ("o-21", "o-22"):
        sqs.send_message(QueueUrl=learner.url("crates"), MessageBody=json.dumps({"orderId": order}))
    by_hand = f"On {learner.ours('sqs', 'crates')} lies an order that {learner.ours('lambda', 'loader')} did not pack."
    assert learner.said("back_again") == [f"{by_hand} Begin again: {_again('back_again')}"]
    learner.again("back_again")
    sqs.start_message_move_task(SourceArn=learner.arn("shelf"))
    _until(lambda: learner.look("back_again")["done"])


def _until(holds: Any) -> None:
    """Look again, as a learner does, while the function is at work."""
    for _ in range(30):
        if holds():
            return
        time.sleep(0.2)  # noqa: TID251 - a function works in a process of its own
    raise AssertionError("it did not come")


def test_still_polls(learner: Learner) -> None:
    functions = learner.client("lambda")
    start = learner.said("still_polls")
    wrapper, trial = learner.ours("lambda", "wrapper"), learner.ours("lambda", "trial")
    assert start == [
        "A mapping still takes from `stall` for `trial`.",
        f"The mapping to {wrapper} is there, and switched off.",
    ]
    right, wrong = _mapping(learner, "stall", "wrapper"), _mapping(learner, "stall", "trial")
    functions.update_event_source_mapping(UUID=right, Enabled=True)
    both = f"Two mappings take from {learner.ours('sqs', 'stall')}: they share its orders, and each gets a part."
    _until(lambda: learner.said("still_polls") == ["A mapping still takes from `stall` for `trial`.", both])
    functions.update_event_source_mapping(UUID=wrong, Enabled=False)
    off = "The mapping is switched off, and still there: whoever switches it on takes the messages again."
    _until(lambda: learner.said("still_polls") == [off])
    functions.update_event_source_mapping(UUID=wrong, Enabled=True)
    functions.delete_function(FunctionName=trial)
    gone = "The function is gone, and was to stay: what takes the orders is its mapping."
    said = learner.said("still_polls")
    assert "`trial` is gone; its mapping is still there, and points at nothing." in said
    assert f"{gone} Begin again: {_again('still_polls')}" in said
    learner.again("still_polls")
    functions.delete_event_source_mapping(UUID=_mapping(learner, "stall", "wrapper"))
    wrapper = learner.ours("lambda", "wrapper")
    assert _one(learner.said("still_polls"), f"That was the wrong one: {wrapper} has no mapping any more.")
    learner.again("still_polls")
    functions.delete_event_source_mapping(UUID=_mapping(learner, "stall", "trial"))
    functions.update_event_source_mapping(UUID=_mapping(learner, "stall", "wrapper"), Enabled=True)
    _until(lambda: learner.look("still_polls")["done"])


class _Stand:
    """What stands at the fair: its parts, each to be taken away."""

    def __init__(self, learner: Learner) -> None:
        self.learner = learner
        self.into = _mapping(learner, "gate")
        self.seller = learner.ours("lambda", "seller")

    def pack(self) -> None:
        """Switch the mapping on, and wait until nothing is on the queue."""
        self.learner.client("lambda").update_event_source_mapping(UUID=self.into, Enabled=True)
        keys = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        asked = {"QueueUrl": self.learner.url("gate"), "AttributeNames": keys}
        read = self.learner.sqs.get_queue_attributes
        _until(lambda: {*read(**asked)["Attributes"].values()} == {"0"})

    def take(self, *parts: str) -> None:
        """Delete some of it, in this order."""
        learner = self.learner
        functions = learner.client("lambda")
        for part in parts:
            if part == "fair":
                arn = next(
                    each["TopicArn"]
                    for each in learner.sns.list_topics()["Topics"]
                    if each["TopicArn"].endswith("-fair")
                )
                learner.sns.delete_topic(TopicArn=arn)
            elif part == "into":
                functions.delete_event_source_mapping(UUID=self.into)
            elif part == "seller":
                functions.delete_function(FunctionName=self.seller)
            else:
                learner.sqs.delete_queue(QueueUrl=learner.url("gate"))


def test_close(learner: Learner) -> None:
    begin = f"Begin again: {_again('close')}"
    learner.look("close")
    stand = _Stand(learner)
    stand.take("seller")
    waits = "The function is gone, and orders still wait for it: nobody can pack them any more."
    said = learner.said("close")
    assert f"{waits} {begin}" in said
    assert "`seller` is gone; its mapping is still there, and points at nothing." in said
    learner.again("close")
    stand = _Stand(learner)
    stand.take("into")
    assert _one(learner.said("close"), "The mapping was deleted while orders still waited on ")
    stand.take("fair", "seller")
    assert _one(learner.said("close"), "You deleted the mapping while the entrance was open")
    learner.again("close")
    stand = _Stand(learner)
    stand.pack()
    stand.take("fair", "seller", "into")
    early = "You deleted the function before its mapping: for a while the mapping pointed at nothing."
    assert f"{early} {begin}" in learner.said("close")
    learner.again("close")
    stand = _Stand(learner)
    stand.pack()
    stand.take("fair", "into", "seller", "gate")
    assert learner.look("close")["done"]


def test_nothing_left(learner: Learner) -> None:
    sns, sqs, functions, logs, iam = (
        learner.sns,
        learner.sqs,
        *(learner.client(each) for each in ("lambda", "logs", "iam")),
    )
    learner.needs("wired", _wire)
    start = learner.said("nothing_left")
    roles = [each["RoleName"] for each in iam.list_roles()["Roles"]]
    [role] = [each for each in roles if each.endswith("-seller-role")]
    group = f"/aws/lambda/{role.removesuffix('-role')}"
    assert f"`{group}` is still there: a function's log stays when the function goes." in start
    assert f"`{role}` is still there; a policy has to go first: `labcli`." in start
    logs.put_retention_policy(logGroupName=group, retentionInDays=1)
    assert f"`{group}` is still there: it forgets its lines after 1 day, and stays itself." in learner.said(
        "nothing_left"
    )
    feed = _mapping(learner, "ingest")
    [orders] = [each["TopicArn"] for each in sns.list_topics()["Topics"] if each["TopicArn"].endswith(":orders")]
    sns.delete_topic(TopicArn=orders)
    sqs.delete_queue(QueueUrl=learner.url("ingest"))
    assert "A mapping still takes from `ingest`, which is gone, for `pack`." in learner.said("nothing_left")
    functions.delete_event_source_mapping(UUID=feed)
    refused("DeleteConflict", iam.delete_role, RoleName=role)
    assert f"`{role}` is still there; a policy has to go first: `labcli`." in learner.said("nothing_left")
    iam.delete_role_policy(RoleName=role, PolicyName="labcli")
    iam.delete_role(RoleName=role)
    logs.describe_log_groups(logGroupNamePrefix=group)
    logs.delete_log_group(logGroupName=group)
    assert learner.said("nothing_left") == ["You asked for the list before the log group was deleted: ask once more."]
    logs.describe_log_groups(logGroupNamePrefix=group)
    assert learner.look("nothing_left")["done"]


def test_a_queue_that_went_with_its_orders(tmp_path: Any) -> None:
    learner = Learner(tmp_path / "labcli", DAY)
    try:
        learner.look("close")
        _Stand(learner).take("fair", "gate")
        said = learner.said("close")
        assert f"The queue went, and the orders on it with it. Begin again: {_again('close')}" in said
        assert "A mapping still takes from `gate`, which is gone, for `seller`." in said
    finally:
        learner.close()
