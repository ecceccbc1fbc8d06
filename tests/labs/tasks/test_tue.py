"""Tuesday by hand: what a learner gets wrong, and the sentence that says so; then the right one is done."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.labs.tasks.learner import Learner, refused

DAY = "tue"
pytestmark = pytest.mark.xdist_group("tasks-tue")
SNS = {"Service": "sns.amazonaws.com"}


def _subscribe(learner: Learner, topic: str, endpoint: str, protocol: str = "sqs") -> str:
    made = {"TopicArn": learner.topic(topic), "Protocol": protocol, "Endpoint": endpoint}
    return str(learner.sns.subscribe(**made, ReturnSubscriptionArn=True)["SubscriptionArn"])


def _topic_and_queue(learner: Learner) -> None:
    learner.sns.create_topic(Name="sales")
    learner.sqs.create_queue(QueueName="books")
    _subscribe(learner, "sales", learner.arn("books"))


def test_topic_and_queue(learner: Learner) -> None:
    sns, task = learner.sns, "topic_and_queue"
    assert learner.said(task) == ["There is no topic named `sales` yet.", "There is no queue named `books` yet."]
    sns.create_topic(Name="sales.fifo", Attributes={"FifoTopic": "true"})
    fifo = "`sales.fifo` is a FIFO topic; a Standard one named `sales` is wanted."
    assert learner.said(task)[0] == fifo
    other = sns.create_topic(Name="Sales")["TopicArn"]
    assert learner.said(task)[0] == "There is a topic `Sales`; names are case-sensitive, and `sales` is wanted."
    learner.sqs.create_queue(QueueName="books")
    arn = sns.create_topic(Name="sales")["TopicArn"]
    refused("InvalidParameter", _subscribe, learner=learner, topic="sales", endpoint=learner.url("books"))
    assert learner.said(task) == ["An SQS subscriber is named by its ARN, not by its URL."]
    _subscribe(learner, "sales", "books@shop.example", "email")
    waits = "A subscriber `email` is there and waits for confirmation: a queue's protocol is sqs, its endpoint the ARN."
    assert learner.said(task) == [waits]
    sns.delete_topic(TopicArn=arn)
    sns.create_topic(Name="sales")
    wrong = _subscribe(learner, "sales", f"{learner.arn('books')}x")
    assert learner.said(task) == ["A queue `booksx` is subscribed, and it does not exist; wanted is `books`."]
    sns.unsubscribe(SubscriptionArn=wrong)
    wrong = _subscribe(learner, "Sales", learner.arn("books"))
    assert learner.said(task) == ["`books` is subscribed, but to the topic `Sales`; wanted is `sales`."]
    sns.delete_topic(TopicArn=other)
    _topic_and_queue(learner)
    assert learner.look(task)["done"]


def _policy(learner: Learner, queue: str, topic: str, **changed: Any) -> str:
    """The policy that lets a topic in, with other elements; one that is None is left out."""
    whole = {
        "Effect": "Allow", "Principal": SNS, "Action": "sqs:SendMessage", "Resource": learner.arn(queue),
        "Condition": {"ArnEquals": {"aws:SourceArn": learner.topic(topic)}}, **changed,
    }  # fmt: skip
    statement = {key: value for key, value in whole.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _source(arn: Any, how: str = "ArnEquals") -> dict[str, Any]:
    return {how: {"aws:SourceArn": arn}}


def _let_it_in(learner: Learner) -> None:
    learner.set_queue("books", Policy=_policy(learner, "books", "sales"))
    learner.sns.publish(TopicArn=learner.topic("sales"), Message="sold 2 coats")
    asked = {"QueueUrl": learner.url("books"), "WaitTimeSeconds": 5, "VisibilityTimeout": 0}
    assert learner.sqs.receive_message(**asked)["Messages"]


def test_let_it_in(learner: Learner) -> None:
    learner.needs("topic_and_queue", _topic_and_queue)
    sqs, task, account = learner.sqs, "let_it_in", learner.arn("books").split(":")[4]
    assert learner.said(task) == ["`books` has no policy: SNS may not send to it."]
    learner.sns.publish(TopicArn=learner.topic("sales"), Message="sold 1 hat")
    refused("InvalidAttributeValue", learner.set_queue, queue="books", Policy="allow")
    none = "The policy is none: SQS takes JSON, with a Statement that names who, what and on which queue."
    assert learner.said(task) == [none]
    unknown = _policy(learner, "books", "sales", Principal={"Service": "sns.aws.com"})
    refused("InvalidAttributeValue", learner.set_queue, queue="books", Policy=unknown)
    assert learner.said(task) == ["SQS knows no such service: SNS is sns.amazonaws.com."]
    sqs.add_permission(QueueUrl=learner.url("books"), Label="a", AWSAccountIds=[account], Actions=["SendMessage"])
    assert learner.said(task) == ["It lets an account in, not SNS: use the attribute Policy."]
    menu = learner.topic("sales").replace("sales", "Sales")
    for changed, said in [
        ({"Condition": None}, "Any topic may send to `books`, of any account: the policy has no aws:SourceArn."),
        ({"Principal": "*", "Condition": None}, "Everybody may send to `books`, not only SNS."),
        ({"Condition": _source(menu)}, "The policy of `books` lets `Sales` in, not `sales`."),
        (
            {"Condition": {"StringEquals": {"aws:SourceAccount": account}}},
            "Every topic of this account may send to `books`: the policy has no aws:SourceArn.",
        ),
        (
            {"Principal": {"AWS": f"arn:aws:iam::{account}:root"}},
            f"The policy of `books` lets the account {account} in; SNS is the service sns.amazonaws.com.",
        ),
        (
            {"Action": "sqs:ReceiveMessage"},
            "The policy of `books` allows sqs:ReceiveMessage; sending to a queue is sqs:SendMessage.",
        ),
        (
            {"Resource": learner.url("books")},
            "The policy of `books` names the queue's URL as its Resource; wanted is its ARN.",
        ),
    ]:
        learner.set_queue("books", Policy=_policy(learner, "books", "sales", **changed))
        assert learner.said(task) == [said]
    learner.set_queue("books", Policy=_policy(learner, "books", "sales"))
    lost = "What was published before the queue let the topic in is lost: publish again, then receive it."
    assert learner.said(task) == [lost]
    _let_it_in(learner)
    assert learner.look(task)["done"]


def _clerk(learner: Learner) -> None:
    name = learner.ours("lambda", "clerk")
    function = learner.client("lambda").get_function_configuration(FunctionName=name)["FunctionArn"]
    _permit(learner)
    _subscribe(learner, "sales", function, "lambda")
    _sell_umbrellas(learner)


def _permit(learner: Learner, **changed: Any) -> None:
    asked = {
        "FunctionName": learner.ours("lambda", "clerk"), "StatementId": "sales", "Action": "lambda:InvokeFunction",
        "Principal": "sns.amazonaws.com", "SourceArn": learner.topic("sales"), **changed,
    }  # fmt: skip
    learner.client("lambda").add_permission(**{key: value for key, value in asked.items() if value})


def _forbid(learner: Learner) -> None:
    learner.client("lambda").remove_permission(FunctionName=learner.ours("lambda", "clerk"), StatementId="sales")


def _sell_umbrellas(learner: Learner) -> None:
    learner.sns.publish(TopicArn=learner.topic("sales"), Message="sold 3 umbrellas")
    asked = {"logGroupName": f"/aws/lambda/{learner.ours('lambda', 'clerk')}", "filterPattern": "umbrellas"}
    logs = learner.client("logs")
    while not _lines(logs, asked):
        pass


def _lines(logs: Any, asked: dict[str, str]) -> Any:
    try:
        return logs.filter_log_events(**asked)["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []


def test_clerk(learner: Learner) -> None:
    learner.needs("topic_and_queue", _topic_and_queue)
    task = "clerk"
    assert learner.said(task)[0] == "`clerk` is not subscribed to `sales` yet."
    _permit(learner)
    knows = "`clerk` lets the topic in, but the topic does not know `clerk`: it is not subscribed."
    assert learner.said(task)[0] == knows
    refused("ResourceConflict", _permit, learner=learner)
    conflict = "The function's policy has a statement with this id: remove that one, or take another id."
    assert learner.said(task)[0] == conflict
    name = learner.ours("lambda", "clerk")
    refused("InvalidParameter", _subscribe, learner=learner, topic="sales", endpoint=name, protocol="lambda")
    assert learner.said(task)[0] == "A function that subscribes is named by its ARN."
    function = learner.client("lambda").get_function_configuration(FunctionName=name)["FunctionArn"]
    _subscribe(learner, "sales", function, "lambda")
    _forbid(learner)
    assert learner.said(task)[0] == "`clerk` has no policy: SNS may not invoke it."
    for changed, said in [
        ({"Principal": "sqs.amazonaws.com"}, "The policy of `clerk` lets SQS in, not SNS."),
        (
            {"SourceArn": None},
            "Any topic may invoke `clerk`, of any account: the policy has no aws:SourceArn.",
        ),
        ({"Action": "lambda:Invoke"}, "`lambda:Invoke` is no action; it is lambda:InvokeFunction."),
    ]:
        _permit(learner, **changed)
        assert learner.said(task)[0] == said
        _forbid(learner)
    learner.sns.publish(TopicArn=learner.topic("sales"), Message="sold 3 umbrellas")
    _permit(learner)
    nowhere = "The sale went nowhere, if the function was not subscribed and let in by then: publish it again."
    assert nowhere in learner.said(task)
    _sell_umbrellas(learner)
    assert learner.look(task)["done"]


def _filter(learner: Learner, name: str, value: str) -> None:
    found = learner.sns.list_subscriptions_by_topic(TopicArn=learner.topic("market"))["Subscriptions"]
    asked = {"SubscriptionArn": found[0]["SubscriptionArn"], "AttributeName": name, "AttributeValue": value}
    learner.sns.set_subscription_attributes(**asked)


def test_vip_filter(learner: Learner) -> None:
    task = "vip_filter"
    assert learner.said(task) == []
    sent = {"tier": {"DataType": "String", "StringValue": "gold"}}
    learner.sns.publish(TopicArn=learner.topic("market"), Message="{}", MessageAttributes=sent)
    assert learner.said(task) == ["The shop sends no attributes; the queue must find `tier` in the body."]
    for name, value, said in [
        ("FilterPolicyScope", "Body", "FilterPolicyScope is MessageAttributes or MessageBody."),
        ("FilterPolicy", '{"tier": "gold"}', "SNS refused this filter: it is JSON, and each key has a list of values."),
        ("FilterScope", "MessageBody", "SNS refused it: no subscription has this attribute."),
    ]:
        refused("InvalidParameter", _filter, learner=learner, name=name, value=value)
        assert learner.said(task) == [said]
    _filter(learner, "FilterPolicy", "{}")
    assert learner.said(task) == ["The filter is gone: silver orders come, too."]
    _filter(learner, "FilterPolicy", '{"tier": ["Gold"]}')
    right = "The filter was right as it was: it asks for gold, and looks in the wrong place."
    assert learner.said(task) == [right]
    _filter(learner, "FilterPolicyScope", "MessageBody")
    assert learner.said(task) == ["It looks for `Gold`, and orders say `gold`."]
    _filter(learner, "FilterPolicy", '{"Message": {"tier": ["gold"]}}')
    assert learner.said(task) == ["It looks for `tier` inside of something; `tier` stands at the top of the body."]
    _filter(learner, "FilterPolicy", '{"tier": [{"anything-but": "silver"}]}')
    assert learner.said(task) == ["Other orders than gold ones come, too: o-5 is bronze."]
    _filter(learner, "FilterPolicy", '{"tier": ["gold"]}')
    assert learner.look(task)["done"]


def test_wrong_topic(learner: Learner) -> None:
    task = "wrong_topic"
    assert learner.said(task) == [
        "The policy of `kitchen` lets `" + learner.ours("sns", "menu_old") + "` in, not `menu`.",
        "`menu_old` may still send to `kitchen` (statement `menu`).",
    ]
    _subscribe(learner, "menu", learner.arn("kitchen"))
    assert learner.said(task)[0] == "The subscription was right before: the queue's policy is not."
    old, new = learner.topic("menu_old"), learner.topic("menu")
    inside = learner.sns.list_subscriptions_by_topic(TopicArn=new)["Subscriptions"][0]["SubscriptionArn"]
    short = f"{inside.split(':')[-2]}:{inside.split(':')[-1][:8]}"
    for condition, said in [
        (_source([old, new]), f"`{old.split(':')[-1]}` may send to `kitchen`, too."),
        (_source(f"{new}*", "ArnLike"), None),
        (_source(inside), f"The policy names a subscription (…:{short}…); wanted is its topic."),
    ]:
        learner.set_queue("kitchen", Policy=_policy(learner, "kitchen", "menu", Condition=condition))
        heard = learner.said(task)
        assert heard[0] == (said or f"The pattern `{new.split(':')[-1]}*` lets `{old.split(':')[-1]}` in, too.")
        assert ("`menu_old` may still send to `kitchen`." in heard) == (condition != _source(inside))
    learner.set_queue("kitchen", Policy=_policy(learner, "kitchen", "menu"))
    assert learner.look(task)["done"]


def test_take_away(learner: Learner) -> None:
    learner.needs("topic_and_queue", _topic_and_queue)
    learner.needs("let_it_in", _let_it_in)
    learner.needs("clerk", _clerk)
    task = "take_away"
    learner.look(task)
    learner.sqs.delete_queue(QueueUrl=learner.url("books"))
    may = "`sales` may still invoke `clerk` (statement `sales`)."
    assert learner.said(task) == [
        may,
        "A subscription of `sales` points to `books`, which is gone.",
        "`clerk` is still subscribed to `sales`.",
        "`sales` is still there.",
    ]
    learner.sns.delete_topic(TopicArn=learner.topic("sales"))
    assert learner.said(task) == [may]
    _forbid(learner)
    assert learner.look(task)["done"]
