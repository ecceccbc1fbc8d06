"""Thursday by hand: what a learner gets wrong, and the sentence that says so; then the right one is done."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from typing import Any

import pytest

from tests.labs.tasks.learner import Learner, refused

DAY = "thu"
pytestmark = pytest.mark.xdist_group("tasks-thu")
INVOKE = "arn:aws:states:::lambda:invoke"
Definition = dict[str, Any]


def _named(learner: Learner, task: str, name: str) -> str:
    """What labcli named a thing of a task: the text says it."""
    found = re.search(rf"labcli-[\w-]+-{name}\b", learner.look(task)["text"])
    assert found is not None
    return found[0]


def _role_arn(learner: Learner, name: str) -> str:
    return str(learner.client("iam").get_role(RoleName=name)["Role"]["Arn"])


def _function_arn(learner: Learner, name: str) -> str:
    found = learner.client("lambda").get_function(FunctionName=learner.ours("lambda", name))
    return str(found["Configuration"]["FunctionArn"])


class _Machine:
    """A machine that a learner changes again and again."""

    def __init__(self, learner: Learner, task: str, name: str) -> None:
        self.learner, self.task, self.states = learner, task, learner.client("stepfunctions")
        machines = self.states.list_state_machines()["stateMachines"]
        self.arn = next(each["stateMachineArn"] for each in machines if each["name"] == name)
        self.first: Definition = json.loads(self.states.describe_state_machine(stateMachineArn=self.arn)["definition"])

    def update(self, definition: Definition) -> None:
        self.states.update_state_machine(stateMachineArn=self.arn, definition=json.dumps(definition))

    def says(self, definition: Definition, said: str) -> None:
        """With this definition labcli says so."""
        self.update(definition)
        assert self.learner.said(self.task) == [said]

    def run(self, data: Definition) -> None:
        execution = self.states.start_execution(stateMachineArn=self.arn, input=json.dumps(data))["executionArn"]
        while self.states.describe_execution(executionArn=execution)["status"] == "RUNNING":
            pass


def _desk(price: str) -> Definition:
    """The right one."""
    rule = {"Variable": "$.total", "NumericGreaterThanEquals": 1000, "Next": "Large"}
    invoke = {"FunctionName": price, "Payload.$": "$"}
    return {
        "StartAt": "Price",
        "States": {
            "Price": {
                "Type": "Task", "Resource": INVOKE, "Parameters": invoke, "OutputPath": "$.Payload", "Next": "HowLarge",
            },
            "HowLarge": {"Type": "Choice", "Choices": [rule], "Default": "Small"},
            "Large": {"Type": "Pass", "Result": "large", "ResultPath": "$.size", "End": True},
            "Small": {"Type": "Pass", "Result": "small", "ResultPath": "$.size", "End": True},
        },
    }  # fmt: skip


def _changed(definition: Definition, state: str, *without: str, **more: Any) -> Definition:
    """A definition with one of its states changed."""
    found = deepcopy(definition)
    for key in without:
        del found["States"][state][key]
    found["States"][state] |= more
    return found


def _make(learner: Learner, name: str, definition: Definition, role: str, **more: Any) -> str:
    asked = {"name": name, "definition": json.dumps(definition), "roleArn": role, **more}
    return str(learner.client("stepfunctions").create_state_machine(**asked)["stateMachineArn"])


def _two_ways(learner: Learner) -> None:
    clerk = _role_arn(learner, _named(learner, "two_ways", "clerk"))
    _make(learner, "desk", _desk(_function_arn(learner, "price")), clerk)
    desk = _Machine(learner, "two_ways", "desk")
    for amount in (100, 2000):
        desk.run({"orderId": f"o-{amount}", "amount": amount})


def test_two_ways(learner: Learner) -> None:
    task, states = "two_ways", learner.client("stepfunctions")
    assert learner.said(task) == ["There is no machine named `desk` yet."]
    name = _named(learner, task, "clerk")
    clerk, price = _role_arn(learner, name), _function_arn(learner, "price")
    right = _desk(price)
    asked = {"name": "desk", "definition": json.dumps(right)}
    of_price = _role_arn(learner, f"{learner.ours('lambda', 'price')}-role")
    refused("AccessDenied", states.create_state_machine, **asked, roleArn=of_price)
    assert learner.said(task) == [f"Step Functions may not assume that role: wanted is {name}."]
    made = _make(learner, "Desk", right, clerk)
    assert learner.said(task) == ["There is a machine `Desk`; names are case-sensitive, and `desk` is wanted."]
    states.delete_state_machine(stateMachineArn=made)
    made = _make(learner, "desk", right, clerk, type="EXPRESS")
    express = (
        "`desk` is an Express machine, and a Standard one is wanted; a type cannot be changed, so it has to be deleted "
        "and made again."
    )
    assert learner.said(task) == [express]
    states.delete_state_machine(stateMachineArn=made)
    _two_ways(learner)
    desk = _Machine(learner, task, "desk")
    rule = right["States"]["HowLarge"]["Choices"][0]
    desk.says(
        _changed(right, "Price", "OutputPath"),
        "`HowLarge` looks at `$.total`, and what comes out of `Price` has no `total`; it has "
        "ExecutedVersion, Payload, SdkHttpMetadata, SdkResponseMetadata, StatusCode.",
    )
    called = "`Price` called the function with"
    desk.says(
        _changed(right, "Price", Parameters={"FunctionName": price}),
        f"{called} `{{}}`, and it raised KeyError: 'orderId'. Is the order handed over?",
    )
    desk.says(
        _changed(right, "Price", Parameters={"FunctionName": price, "Payload": "$"}),
        "`Price` hands over the text `$`, literally: a key that takes a path ends in `.$`.",
    )
    desk.says(
        _changed(right, "HowLarge", Choices=[{**rule, "Variable": "$.amount"}]),
        "`HowLarge` looks at `$.amount`, and what comes out of `Price` has no `amount`; it has orderId, total.",
    )
    gone = "the Result replaced the order, and its orderId and its total are gone."
    desk.says(_changed(right, "Small", "ResultPath"), f"The output is only a word; {gone}")
    desk.says(_changed(right, "Small", "ResultPath", Result={"size": "small"}), f"The output is only the size; {gone}")
    more = {**rule, "NumericGreaterThan": 1000}
    del more["NumericGreaterThanEquals"]
    exactly = "A total of exactly 1000 came out small; “from 1000 on” includes it."
    desk.says(_changed(right, "HowLarge", Choices=[more]), exactly)
    less = {"Variable": "$.total", "NumericLessThan": 1000, "Next": "Small"}
    desk.says(
        _changed(right, "HowLarge", "Default", Choices=[more, less]),
        "No rule of `HowLarge` matched total 1000, and it has no Default.",
    )
    turned = "A total of 110 came out large: the two ways are the wrong way round."
    desk.says(_changed(right, "HowLarge", Choices=[{**rule, "Next": "Small"}], Default="Large"), turned)
    text = {"Variable": "$.total", "StringGreaterThanEquals": "1000", "Next": "Large"}
    never = "The rule compares text, and total is a number: it never matches."
    desk.says(_changed(right, "HowLarge", Choices=[text]), never)
    desk.update(right)
    assert learner.look(task)["done"]


def _with_review(learner: Learner, after: str = "Large", **send: Any) -> Definition:
    """The desk that sends a large order on."""
    found = _changed(_desk(_function_arn(learner, "price")), after, "End", Next="ForReview")
    parameters = {"QueueUrl": learner.url("review"), "MessageBody.$": "$"}
    task = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": parameters, "End": True}
    found["States"]["ForReview"] = {**task, "ResultPath": None, **send}
    return found


def _may(learner: Learner, policy: str, action: str, resource: str) -> None:
    allow = {"Effect": "Allow", "Action": action, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    clerk = _named(learner, "two_ways", "clerk")
    learner.client("iam").put_role_policy(RoleName=clerk, PolicyName=policy, PolicyDocument=document)


def _for_a_person(learner: Learner) -> None:
    learner.sqs.create_queue(QueueName="review")
    _may(learner, "review", "sqs:SendMessage", learner.arn("review"))
    desk = _Machine(learner, "for_a_person", "desk")
    desk.update(_with_review(learner))
    desk.run({"orderId": "o-13", "amount": 2000})


def test_for_a_person(learner: Learner) -> None:
    learner.needs("two_ways", _two_ways)
    task, iam, send = "for_a_person", learner.client("iam"), "sqs:SendMessage"
    learner.look(task)
    fifo = learner.sqs.create_queue(QueueName="review.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    said = "`review.fifo` is a FIFO queue; a Standard one named `review` is wanted."
    assert said in learner.said(task)
    learner.sqs.delete_queue(QueueUrl=fifo)
    learner.sqs.create_queue(QueueName="review")
    desk, queue, url = _Machine(learner, task, "desk"), learner.arn("review"), learner.url("review")
    right = _with_review(learner)
    desk.update(right)
    desk.run({"orderId": "o-13", "amount": 2000})
    may_not = "`clerk` may not send to `review`: no policy of it says so (it has `labcli`)."
    assert learner.said(task) == [may_not]
    _may(learner, "review", "sqs:SendMessageBatch", queue)
    assert learner.said(task) == ["`sqs:SendMessageBatch` is the call; the right is sqs:SendMessage."]
    _may(learner, "review", send, f"{queue}x")
    assert learner.said(task) == ["It may send to `reviewx`; wanted is `review`."]
    _may(learner, "review", send, queue)
    _may(learner, "labcli", send, queue)
    replaced = "`clerk` may not invoke `price` any more: the policy `labcli` was replaced."
    assert learner.said(task) == [replaced]
    _may(learner, "labcli", "lambda:InvokeFunction", _function_arn(learner, "price"))
    parameters = right["States"]["ForReview"]["Parameters"]
    desk.says(
        _changed(right, "ForReview", Parameters={**parameters, "QueueUrl": queue}),
        "The call names the queue by its ARN; wanted is the URL of `review`.",
    )
    literally = "The message says `$`, literally: a key that takes a path ends in `.$`."
    desk.says(_changed(right, "ForReview", Parameters={"QueueUrl": url, "MessageBody": "$"}), literally)
    bare = {"QueueUrl": url, "MessageBody.$": "$.orderId"}
    desk.says(_changed(right, "ForReview", Parameters=bare), "The message holds no total.")
    lost = "The order is lost behind the send: the output is SQS's answer, with MessageId and MD5OfMessageBody."
    desk.says(_changed(right, "ForReview", "ResultPath"), lost)
    both = _changed(right, "Small", "End", Next="ForReview")
    desk.says(both, "A small order sends a message, too: the send stands on both ways.")
    twice = _changed(right, "ForReview", "End", Next="Again")
    twice["States"]["Again"] = right["States"]["ForReview"]
    desk.says(twice, "One large order sends more than one message.")
    desk.update(right)
    assert learner.look(task)["done"]
    assert iam.list_role_policies(RoleName=_named(learner, "two_ways", "clerk"))["PolicyNames"] == ["labcli", "review"]


def _work(work: str, arn: str, sleep: int = 1) -> Definition:
    payload = {"work": work, "sleep": sleep}
    invoke = {"FunctionName": arn, "Payload": payload}
    return {"Type": "Task", "Resource": INVOKE, "Parameters": invoke, "OutputPath": "$.Payload", "End": True}


def _fan(*works: Definition, **more: Any) -> Definition:
    names = [each["Parameters"]["Payload"]["work"] for each in works]
    branches = [{"StartAt": name, "States": {name: each}} for name, each in zip(names, works, strict=True)]
    both = {"Type": "Parallel", "Branches": branches, "End": True, **more}
    return {"StartAt": "Both", "States": {"Both": both}}


def _at_once(learner: Learner) -> None:
    work = _function_arn(learner, "work")
    foreman = _role_arn(learner, _named(learner, "at_once", "foreman"))
    _make(learner, "fan", _fan(_work("charge", work), _work("reserve", work)), foreman)


def test_at_once(learner: Learner) -> None:
    task = "at_once"
    learner.look(task)
    work = _function_arn(learner, "work")
    _at_once(learner)
    fan = _Machine(learner, task, "fan")
    charge, reserve = _work("charge", work), _work("reserve", work)
    before = {key: value for key, value in charge.items() if key != "End"}
    chain = {"StartAt": "A", "States": {"A": {**before, "Next": "B"}, "B": reserve}}
    fan.says(chain, "The output is one answer, wanted is a list of two: the works stand one after the other.")
    wrapped = deepcopy(_fan(charge, reserve))
    for branch, name in zip(wrapped["States"]["Both"]["Branches"], ("charge", "reserve"), strict=True):
        del branch["States"][name]["OutputPath"]
    fan.says(wrapped, "The answers are still wrapped; the list holds what stands under Payload.")
    first = "The list holds reserve first; it follows the order of the branches in the definition."
    fan.says(_fan(reserve, charge), first)
    within = "The output is the order with the list in it; wanted is the list itself."
    fan.says(_fan(charge, reserve, ResultPath="$.results"), within)
    turns: Definition = {"StartAt": "Works", "States": {"Works": {"Type": "Pass", "Next": "Both"}}}
    turns["States"]["Works"]["Result"] = [{"work": "charge", "sleep": 1}, {"work": "reserve", "sleep": 1}]
    either = {**charge, "Parameters": {"FunctionName": work, "Payload.$": "$"}}
    one = {"StartAt": "Each", "States": {"Each": either}}
    turns["States"]["Both"] = {"Type": "Map", "ItemProcessor": one, "MaxConcurrency": 1, "End": True}
    fan.says(turns, "The two were not at work at the same time.")
    fan.says(_fan(charge, _work("reserve", work, 0)), "One of the two works for less than a second.")
    each = {"StartAt": "Each", "States": {"Each": charge}}
    mapped = {"Type": "Map", "ItemsPath": "$.works", "ItemProcessor": each, "End": True}
    no_works = "`Both` looks at `$.works`, and the input has no `works`; it has orderId."
    fan.says({"StartAt": "Both", "States": {"Both": mapped}}, no_works)
    fan.update(_fan(charge, reserve))
    assert learner.look(task)["done"]


def _till(first: Definition, variable: str, rule: str = "NumericGreaterThanEquals", **number: Any) -> Definition:
    """The till with a Pass before the Choice."""
    to_number = {"Parameters": {"value.$": "States.StringToJson($.amount)"}, "ResultPath": "$.number", **number}
    choice = {"Variable": variable, rule: 1000, "Next": "Review"}
    found = _changed(first, "HowLarge", Choices=[choice])
    found["StartAt"] = "ToNumber"
    found["States"]["ToNumber"] = {"Type": "Pass", "Next": "HowLarge", **to_number}
    return found


def test_as_text(learner: Learner) -> None:
    task = "as_text"
    till = _Machine(learner, task, _named(learner, task, "till"))
    assert learner.said(task) == []  # nothing was changed yet
    first = till.first

    def rule(**compared: Any) -> Definition:
        return _changed(first, "HowLarge", Choices=[{"Variable": "$.amount", "Next": "Review", **compared}])

    never = "2000 was shipped: a Numeric rule never matches a text, so the Default was taken."
    till.says(rule(NumericGreaterThanEquals=1000), never)
    till.says(rule(StringGreaterThanEquals="01000"), "250 went to review: the rule still compares letters.")
    number = "2000 was shipped: the rule does not look at a number, so the Default was taken."
    till.says(_till(first, "$.number"), number)
    computed = (
        "The number was not computed: what is a path or a function stands in `Parameters`, under a key that ends in "
        "`.$`."
    )
    literal = {"value": "States.StringToJson($.amount)"}
    till.says(_till(first, "$.number.value", Parameters=literal), computed)
    till.says(_till(first, "$.amount"), never)
    bare: Definition = {"Parameters": {"amount.$": "States.StringToJson($.amount)"}, "ResultPath": "$"}
    till.says(_till(first, "$.amount", **bare), "The order is lost: the output has no orderId.")
    less = _till(first, "$.number.value")
    less["States"]["HowLarge"]["Choices"][0]["NumericGreaterThanEquals"] = 999
    till.says(less, "999.99 went to review, and it is less than 1000.")
    itself = "1000 itself was shipped; “from 1000 on” includes it."
    till.says(_till(first, "$.number.value", "NumericGreaterThan"), itself)
    quoted = json.dumps(rule(StringGreaterThanEquals=1000))
    refused("InvalidDefinition", till.states.update_state_machine, stateMachineArn=till.arn, definition=quoted)
    assert learner.said(task)[0].startswith("AWS refused update_state_machine: Invalid State Machine Definition: ")
    till.update(_till(first, "$.number.value"))
    assert learner.look(task)["done"]


CATCH = {"ErrorEquals": ["MailServerDown"], "Next": "NotSent"}
NOT_SENT = {"Type": "Pass", "Result": {"mail": "not sent"}, "End": True}


def _mended(first: Definition, catch: Any = CATCH, not_sent: Any = NOT_SENT, branch: int = 1) -> Definition:
    """The machine with a Catch at the Task of a branch."""
    found = deepcopy(first)
    states = found["States"]["Both"]["Branches"][branch]["States"]
    states["Email" if branch else "Charge"]["Catch"] = [catch]
    states["NotSent" if branch else "Declined"] = not_sent
    return found


def test_one_branch(learner: Learner) -> None:
    task = "one_branch"
    send_off = _Machine(learner, task, _named(learner, task, "send_off"))
    first = send_off.first
    again = deepcopy(first)
    retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}
    again["States"]["Both"]["Branches"][1]["States"]["Email"]["Retry"] = [retry]
    send_off.says(again, "It tried again, and the mail server is still down.")
    outside = deepcopy(first)
    outside["States"]["Both"]["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": "GoOn"}]
    outside["States"]["GoOn"] = {"Type": "Pass", "End": True}
    lost = (
        "The order goes on, but what Charge answered is gone: the Catch stands at the Parallel, outside the branches."
    )
    send_off.says(outside, lost)
    named = "The Catch waits for `Lambda.MailServerDown`; the error is called `MailServerDown`."
    send_off.says(_mended(first, {**CATCH, "ErrorEquals": ["Lambda.MailServerDown"]}), named)
    other = "The order fails with MailServerDown: nothing in the branch of Email catches it."
    send_off.says(_mended(first, {**CATCH, "ErrorEquals": ["PaymentDeclined"]}), other)
    inside = _mended(first, not_sent={**NOT_SENT, "Result": {"mail": "not sent"}, "ResultPath": "$.mail"})
    send_off.says(inside, "`mail` is an object; wanted is the text “not sent”.")
    fails = {"Type": "Fail", "Error": "NotSent"}
    send_off.says(_mended(first, not_sent=fails), "The branch fails still, now with NotSent.")
    both = _mended(_mended(first), {"ErrorEquals": ["States.ALL"], "Next": "Declined"}, NOT_SENT, branch=0)
    through = "The bank said no, and the order went through: the branch of Charge catches its error, too."
    send_off.says(both, through)
    gone = deepcopy(first)
    del gone["States"]["Both"]["Branches"][1]
    send_off.says(gone, "There is one result only; the branch that writes the mail is gone.")
    replaced = deepcopy(first)
    replaced["States"]["Both"]["Branches"][1] = {"StartAt": "NotSent", "States": {"NotSent": NOT_SENT}}
    send_off.says(replaced, "On a good day no mail is written any more.")
    out = json.dumps(_mended(first, {**CATCH, "Next": "Charge"}))
    refused("InvalidDefinition", send_off.states.update_state_machine, stateMachineArn=send_off.arn, definition=out)
    assert learner.said(task)[0].startswith("AWS refused update_state_machine: Invalid State Machine Definition: ")
    send_off.update(_mended(first))
    assert learner.look(task)["done"]


def test_take_away(learner: Learner) -> None:
    learner.needs("two_ways", _two_ways)
    learner.needs("for_a_person", _for_a_person)
    learner.needs("at_once", _at_once)
    task, iam, clerk = "take_away", learner.client("iam"), _named(learner, "two_ways", "clerk")
    may_send = "The policy `review` lets `clerk` send to `review`; wanted is only what it needs."
    left = ["`desk` is still there.", "`fan` is still there.", "`review` is still there."]
    assert sorted(learner.said(task)) == sorted([may_send, *left])
    refused("DeleteConflict", iam.delete_role, RoleName=clerk)
    assert learner.said(task)[0] == "The role stays, and so does labcli's policy: only yours goes."
    states = learner.client("stepfunctions")
    learner.sqs.delete_queue(QueueUrl=learner.url("review"))
    may_still = "`clerk` may still send to `review`, which is gone."
    assert sorted(learner.said(task)) == sorted([may_still, *left[:2]])
    for name in ("desk", "fan"):
        states.delete_state_machine(stateMachineArn=_Machine(learner, task, name).arn)
    assert learner.said(task) == [may_still]
    iam.delete_role_policy(RoleName=clerk, PolicyName="labcli")
    taken = "`clerk` may not invoke `price` any more: labcli's policy is gone; what is left is `review`."
    assert taken in learner.said(task)
    _may(learner, "labcli", "lambda:InvokeFunction", _function_arn(learner, "price"))
    iam.delete_role_policy(RoleName=clerk, PolicyName="review")
    assert learner.look(task)["done"]
