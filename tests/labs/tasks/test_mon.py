"""Monday by hand: what a learner gets wrong, and the sentence that says so; then the right one is done."""

from __future__ import annotations

import pytest

from tests.labs.tasks.learner import Learner, refused

DAY = "mon"
pytestmark = pytest.mark.xdist_group("tasks-mon")


def _own_queue(learner: Learner) -> None:
    learner.sqs.create_queue(QueueName="inbox")  # the second time it is the same one
    learner.set_queue("inbox", VisibilityTimeout="20")


def test_own_queue(learner: Learner) -> None:
    sqs, create = learner.sqs, learner.sqs.create_queue
    assert learner.said("own_queue") == ["There is no queue named `inbox` yet."]
    refused("InvalidAttributeName", create, QueueName="inbox", Attributes={"visibilitytimeout": "20"})
    wrong_name = "AWS knows no such attribute: it is written VisibilityTimeout, and case counts."
    assert learner.said("own_queue") == [wrong_name]
    refused("InvalidAttributeValue", create, QueueName="inbox", Attributes={"VisibilityTimeout": "20s"})
    assert learner.said("own_queue") == ["A visibility timeout is whole seconds, 0 to 43200, without a unit."]
    learner.client("sqs", "us-east-1").create_queue(QueueName="inbox")
    elsewhere = f"create_queue went to the Region us-east-1; this task is looked at in {learner.region}."
    assert learner.said("own_queue") == [elsewhere]
    topic = learner.sns.create_topic(Name="inbox")["TopicArn"]
    assert learner.said("own_queue") == ["There is a topic named `inbox`; a queue is wanted."]
    learner.sns.delete_topic(TopicArn=topic)
    create(QueueName="inbox.fifo", Attributes={"FifoQueue": "true"})
    fifo = "`inbox.fifo` is a FIFO queue; a Standard one named `inbox` is wanted."
    assert learner.said("own_queue") == [fifo]
    create(QueueName="Inbox")
    case = "There is a queue `Inbox`; names are case-sensitive, and `inbox` is wanted."
    assert learner.said("own_queue") == [case]
    sqs.delete_queue(QueueUrl=learner.url("Inbox"))
    refused("QueueDeletedRecently", create, QueueName="Inbox")
    soon = "SQS wants 60 s between deleting a queue and making one of the same name."
    assert learner.said("own_queue") == [soon]
    create(QueueName="inbox")
    hidden = "`inbox` is there; a received message stays hidden for"
    assert learner.said("own_queue") == [f"{hidden} 30 s, wanted 20 s."]
    refused("QueueAlreadyExists", create, QueueName="inbox", Attributes={"VisibilityTimeout": "20"})
    assert learner.said("own_queue") == ["`inbox` exists with another value: a create does not change it."]
    learner.set_queue("inbox", VisibilityTimeout="20000")
    assert learner.said("own_queue") == [f"{hidden} 20000 s (5 h 33 min), wanted 20 s."]
    learner.set_queue("inbox", VisibilityTimeout="20")
    assert learner.look("own_queue")["done"]


def _receive(learner: Learner, hidden: int = 1) -> dict[str, dict[str, str]]:
    """All that the inbox has, by its body; visible again after ``hidden`` seconds."""
    asked = {"MaxNumberOfMessages": 10, "WaitTimeSeconds": 5, "VisibilityTimeout": hidden}
    found = learner.sqs.receive_message(QueueUrl=learner.url("inbox"), **asked)["Messages"]
    return {each["Body"]: each for each in found}


def test_two_in_one_out(learner: Learner) -> None:
    learner.needs("own_queue", _own_queue)
    sqs, url, task = learner.sqs, learner.url("inbox"), "two_in_one_out"
    learner.look(task)
    for order in ("o-2", "o-3"):
        sqs.send_message(QueueUrl=url, MessageBody=order)
    left = "3 orders are visible, wanted 2: one is still to be taken out."
    assert learner.said(task) == [left]
    message = _receive(learner, 0)["o-1"]
    refused("ReceiptHandleIsInvalid", sqs.delete_message, QueueUrl=url, ReceiptHandle=message["MessageId"])
    id_ = "That is a MessageId; delete wants the ReceiptHandle of the receive."
    assert learner.said(task) == [id_, left]
    refused("ReceiptHandleIsInvalid", sqs.delete_message, QueueUrl=url, ReceiptHandle=message["ReceiptHandle"][:-9])
    cut = "That is no receipt handle of this queue: it was cut when it was copied, or is another queue's."
    assert learner.said(task) == [cut, left]
    _receive(learner, 20)
    assert "An order is in flight: received and not deleted. It is visible again in at most 20 s." in learner.said(task)
    learner.again(task)  # one more o-1
    sqs.purge_queue(QueueUrl=url)
    assert "The queue was purged; send o-2 and o-3 again." in learner.said(task)
    for order in ("o-1", "o-2", "o-3"):
        sqs.send_message(QueueUrl=url, MessageBody=order)
    got = _receive(learner, 1)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got["o-2"]["ReceiptHandle"])
    _until_none_is_hidden(learner)
    wrong = "o-1 and o-3 are there, wanted o-2 and o-3: the wrong order was deleted."
    assert learner.said(task) == [wrong]
    sqs.send_message(QueueUrl=url, MessageBody="o-2")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=_receive(learner)["o-1"]["ReceiptHandle"])
    _until_none_is_hidden(learner)
    assert learner.look(task)["done"]


def _until_none_is_hidden(learner: Learner, queue: str = "inbox") -> None:
    """Wait until the last receive's visibility timeout is over: SQS says when."""
    asked = {"QueueUrl": learner.url(queue), "AttributeNames": ["All"]}
    while learner.sqs.get_queue_attributes(**asked)["Attributes"]["ApproximateNumberOfMessagesNotVisible"] != "0":
        pass


def _pay(learner: Learner, payments: str, groups: str = "", ids: str = "") -> None:
    """Send payments; without ``groups`` each customer is one, without ``ids`` each has its own body as its id."""
    url = learner.url("cashier.fifo")
    for number, each in enumerate(payments.split()):
        group = (groups.split() or [one.split("-")[0] for one in payments.split()])[number % (len(groups.split()) or 9)]
        id_ = ids and (f"{ids}-{number}" if not ids.startswith("=") else ids[1:])
        learner.sqs.send_message(
            QueueUrl=url, MessageBody=each, MessageGroupId=group, MessageDeduplicationId=id_ or each
        )


FOUR = "ann-1 bob-1 ann-2 bob-2"


def test_two_customers(learner: Learner) -> None:
    create, task = learner.sqs.create_queue, "two_customers"
    learner.look(task)
    refused("InvalidParameterValue", create, QueueName="cashier.fifo")
    assert learner.said(task) == ["A name with `.fifo` wants the attribute FifoQueue=true."]
    refused("InvalidParameterValue", create, QueueName="cashier", Attributes={"FifoQueue": "true"})
    assert learner.said(task) == ["A FIFO queue's name ends in `.fifo`."]
    create(QueueName="cashier")
    standard = "`cashier` is a Standard queue; a FIFO queue `cashier.fifo` is wanted."
    assert learner.said(task) == [standard]
    create(QueueName="cashier.fifo", Attributes={"FifoQueue": "true", "VisibilityTimeout": "2"})
    url = learner.url("cashier.fifo")
    refused("MissingParameter", learner.sqs.send_message, QueueUrl=url, MessageBody="ann-1")
    assert learner.said(task)[0] == "The request must contain the parameter MessageGroupId."
    _pay(learner, FOUR, ids="=same")
    one = "1 payment waits, 4 were sent: SQS took the others for duplicates, by their deduplication ids."
    assert learner.said(task) == [one]
    got = learner.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"][0]
    learner.sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
    _pay(learner, FOUR, groups="all", ids="one")
    assert learner.said(task) == ["Bob waited for Ann: all four are in one message group."]
    _pay(learner, FOUR, ids="one")
    again = (
        "None is there any more: send the four again, each with a deduplication id that was not used in the last "
        "5 minutes."
    )
    assert learner.said(task) == [again]
    _pay(learner, FOUR, groups="a b c d", ids="two")
    assert learner.said(task) == ["ann-2 went before ann-1: they are in different groups."]
    _pay(learner, "ann-2 bob-1 ann-1 bob-2", ids="three")
    assert learner.said(task) == ["ann-2 was sent before ann-1."]
    _pay(learner, f"{FOUR} bob-2", ids="four")
    assert learner.said(task) == ["More than 4 payments wait: one was sent twice, with another deduplication id."]
    learner.sqs.purge_queue(QueueUrl=url)
    _pay(learner, FOUR, ids="five")
    assert learner.look(task)["done"]


def _redrive(learner: Learner, target: str, count: int = 2) -> dict[str, object]:
    return {"RedrivePolicy": {"deadLetterTargetArn": target, "maxReceiveCount": count}}


def _poison(learner: Learner) -> None:
    learner.sqs.create_queue(QueueName="aside")
    learner.set_queue("shop", **_redrive(learner, learner.arn("aside")))


def test_poison(learner: Learner) -> None:
    sqs, task = learner.sqs, "poison"
    learner.look(task)
    shop = learner.url("shop")
    found = sqs.receive_message(QueueUrl=shop, WaitTimeSeconds=5)["Messages"][0]
    sqs.delete_message(QueueUrl=shop, ReceiptHandle=found["ReceiptHandle"])
    by_hand = "You took the order out yourself: the next one that cannot be read stops the worker again."
    assert by_hand in learner.said(task)
    sqs.create_queue(QueueName="aside.fifo", Attributes={"FifoQueue": "true"})
    fifo = learner.arn("aside.fifo")
    refused("InvalidParameterValue", _set, learner=learner, target=fifo)
    assert learner.said(task)[0] == "A Standard queue puts its messages into a Standard queue: that one is FIFO."
    url = sqs.create_queue(QueueName="aside")["QueueUrl"]
    arn = learner.arn("aside")
    refused("InvalidParameterValue", _set, learner=learner, target=url)
    assert learner.said(task)[0] == "deadLetterTargetArn wants an ARN (arn:aws:sqs:…), not a URL."
    refused("InvalidParameterValue", _set, learner=learner, target=f"{arn}x")
    assert learner.said(task)[0] == "No queue has the ARN that deadLetterTargetArn names."
    learner.set_queue("aside", **_redrive(learner, learner.arn("shop")))
    other_way = "The policy stands on `aside` and points to the shop's queue: it is the other way round."
    assert learner.said(task)[0] == other_way
    learner.set_queue("aside", RedrivePolicy="")
    learner.set_queue("shop", **_redrive(learner, arn, 3))
    assert learner.said(task) == ["The shop's queue gives up after more receives than 2."]
    learner.set_queue("shop", **_redrive(learner, learner.arn("shop")))
    assert learner.said(task) == ["The queue is its own dead-letter queue."]
    _poison(learner)
    assert learner.look(task)["done"], learner.look(task)


def _set(learner: Learner, target: str) -> None:
    learner.set_queue("shop", **_redrive(learner, target))


def test_packed_twice(learner: Learner) -> None:
    task = "packed_twice"
    learner.look(task)
    learner.sqs.receive_message(QueueUrl=learner.url("bench"), VisibilityTimeout=30)
    assert learner.said(task) == ["That holds for this one receive only."]
    learner.set_queue("bench", DelaySeconds="10")
    assert learner.said(task) == ["DelaySeconds hides an order before the first receive, not after it."]
    learner.set_queue("bench", DelaySeconds="0", ReceiveMessageWaitTimeSeconds="10")
    waits = "ReceiveMessageWaitTimeSeconds is how long a receive waits for an order, not how long it stays hidden."
    assert learner.said(task) == [waits]
    learner.set_queue("bench", ReceiveMessageWaitTimeSeconds="0", VisibilityTimeout="3")
    edge = "An order is hidden for 3 s and packing takes 3 s: at the edge it is packed twice."
    assert learner.said(task) == [edge]
    learner.set_queue("bench", VisibilityTimeout="600")
    assert learner.said(task) == ["The order of a dead worker comes back too late, wanted is 1 min at most."]
    learner.set_queue("bench", VisibilityTimeout="30")
    assert learner.look(task)["done"]


def test_take_away(learner: Learner) -> None:
    learner.needs("own_queue", _own_queue)
    learner.needs("two_customers", _two_customers)
    learner.needs("poison", _poison)
    sqs, task = learner.sqs, "take_away"
    still = ["`inbox` is still there.", "`cashier.fifo` is still there.", "`aside` is still there."]
    assert learner.said(task) == still
    for name, left in (("inbox", still[1:]), ("cashier.fifo", still[2:])):
        sqs.delete_queue(QueueUrl=learner.url(name))
        assert learner.said(task) == left
    sqs.delete_queue(QueueUrl=learner.url("aside"))
    assert learner.look(task)["done"]


def _two_customers(learner: Learner) -> None:
    attributes = {"FifoQueue": "true", "VisibilityTimeout": "2"}
    learner.sqs.create_queue(QueueName="cashier.fifo", Attributes=attributes)
    _pay(learner, FOUR)
