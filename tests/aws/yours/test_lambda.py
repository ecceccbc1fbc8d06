"""Functions, mappings, machines, roles and log groups made by hand, and what ``allows`` says of policies."""

from __future__ import annotations

import io
import json
import zipfile
from itertools import count
from typing import Any

import pytest

from labcli.aws.yours.allows import allows
from tests.aws.yours.conftest import SOURCE, Learner, policy
from tests.local.conftest import until

_NUMBERS = count(1)
PASS = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})


def trust(service: str = "lambda.amazonaws.com") -> str:
    return json.dumps(policy(Principal={"Service": service}, Action="sts:AssumeRole"))


@pytest.fixture
def n() -> str:
    """Roles are of the whole account, so each test has names of its own."""
    return "abcdefghijklmnopqrstuvwxyz"[next(_NUMBERS) % 26] * 6


def role(learner: Learner, name: str, service: str = "lambda.amazonaws.com", **may: Any) -> str:
    made = learner.do("iam.create_role", RoleName=name, AssumeRolePolicyDocument=trust(service))
    for named, document in may.items():
        right(learner, name, named, document)
    return str(made["Role"]["Arn"])


def right(learner: Learner, name: str, called: str, document: Any) -> None:
    learner.do("iam.put_role_policy", RoleName=name, PolicyName=called, PolicyDocument=json.dumps(document))


def function(learner: Learner, name: str, arn: str, **more: Any) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("work.py", SOURCE)
    given = {"Runtime": "python3.12", "Handler": "work.handler", "Role": arn, "Code": {"ZipFile": packed.getvalue()}}
    learner.do("lambda.create_function", FunctionName=name, **{**given, **more})


def test_a_function(learner: Learner, n: str) -> None:
    learner.declare(f"{n}: {{role: lambda}}\nwork: {{function: work.py, role: {n}, timeout: 5s, env: {{AA: b}}}}")
    assert learner.said("work") == ["There is no function named `work` yet."]
    function(learner, "Work", role(learner, f"{n}other"), Timeout=200)
    assert learner.said("work") == ["There is a function `Work`; names are case-sensitive, and `work` is wanted."]
    function(learner, "work", learner.do("iam.get_role", RoleName=f"{n}other")["Role"]["Arn"], Timeout=200)
    assert [each.held for each in learner.facts("work")][-1] is None, "its role is not there"
    role(learner, n)
    assert learner.said("work") == [
        "`work` is there; its timeout is 200 s (3 min 20 s), wanted 5 s.",
        "`work` has no variable `AA`.",
        f"`work` works with the role `{n}other`; wanted is `{n}`.",
    ]
    settings = {"Timeout": 5, "Environment": {"Variables": {"AA": "b"}}, "Role": learner.resolve(n)["arn"]}
    learner.do("lambda.update_function_configuration", FunctionName="work", **settings)
    assert learner.right("work")
    assert learner.gone("work").said == "`work` is still there."


def test_a_machine(learner: Learner, n: str) -> None:
    learner.declare(f"{n}: {{role: states}}\nflow: {{machine: {json.dumps(json.loads(PASS))}, role: {n}}}")
    other = role(learner, f"{n}other", "states.amazonaws.com")
    arn = role(learner, n, "states.amazonaws.com")
    make = {"definition": PASS, "roleArn": other}
    made = learner.do("stepfunctions.create_state_machine", name="flow", type="EXPRESS", **make)
    said = "`flow` is an Express machine, and a Standard one is wanted; "
    assert learner.said("flow") == [f"{said}a type cannot be changed, so it has to be deleted and made again."]
    assert learner.facts("flow")[1].held is None
    learner.do("stepfunctions.delete_state_machine", stateMachineArn=made["stateMachineArn"])
    assert learner.gone("flow").held
    learner.do("stepfunctions.create_state_machine", name="flow", **make)
    assert learner.said("flow") == [f"`flow` works with the role `{n}other`; wanted is `{n}`."]
    learner.do("stepfunctions.update_state_machine", stateMachineArn=made["stateMachineArn"], roleArn=arn)
    assert learner.right("flow")


def test_a_mapping(learner: Learner, n: str) -> None:
    learner.declare(
        f"ingest: {{queue: standard}}\npack: {{function: work.py, role: {n}}}\n"
        f"{n}: {{role: lambda, may: [consume ingest]}}\n"
        "feed: {mapping: ingest, to: pack, batch: 5, partial: true}"
    )
    assert [each.held for each in learner.facts("feed")] == [False, None, None, None]
    ingest = learner.queue("ingest")
    learner.queue("other")
    consume = policy(Action="sqs:*", Resource="*")
    function(learner, "pack", role(learner, n, take=consume))
    assert learner.said("feed") == ["No mapping takes from `ingest` for `pack` yet."]
    make = {"FunctionName": "pack", "EventSourceArn": learner.arn("sqs", "other")}
    uuid = learner.do("lambda.create_event_source_mapping", **make)["UUID"]
    assert learner.said("feed") == ["A mapping takes from `other` for `pack`; wanted is the queue `ingest`."]
    learner.do("lambda.delete_event_source_mapping", UUID=uuid)
    make["EventSourceArn"] = learner.arn("sqs", "ingest")
    uuid = learner.do("lambda.create_event_source_mapping", **make, Enabled=False)["UUID"]
    until(lambda: learner.do("lambda.get_event_source_mapping", UUID=uuid)["State"] == "Disabled", "it is switched off")
    assert learner.said("feed") == [
        "The mapping is there, and switched off: its State is Disabled.",
        "One call gets 10 messages at most, wanted 5.",
        "The mapping does not listen to what the function reports: a failed message is deleted with the others.",
    ]
    said = "The mapping is switched off, and still there: whoever switches it on takes the messages again."
    assert learner.gone("feed").said == said
    better = {"Enabled": True, "BatchSize": 5, "FunctionResponseTypes": ["ReportBatchItemFailures"]}
    learner.do("lambda.update_event_source_mapping", UUID=uuid, **better)
    assert learner.right("feed"), learner.said("feed")
    learner.do("sqs.delete_queue", QueueUrl=ingest)
    assert learner.gone("feed").said == "A mapping still takes from `ingest`, which is gone, for `pack`."


def test_what_a_mapping_for_another_function_is_said_to_be(learner: Learner, n: str) -> None:
    learner.declare(
        f"ingest: {{queue: standard}}\npack: {{function: work.py, role: {n}}}\n"
        f"{n}: {{role: lambda, may: [consume ingest]}}\n"
        "feed: {mapping: ingest, to: pack}"
    )
    learner.queue("ingest")
    arn = role(learner, n, take=policy(Action="sqs:*", Resource="*"))
    function(learner, "pack", arn)
    function(learner, "trial", arn)
    learner.do("lambda.create_event_source_mapping", FunctionName="trial", EventSourceArn=learner.arn("sqs", "ingest"))
    assert learner.said("feed") == ["A mapping takes from `ingest` for `trial`; wanted is `pack`."]


def invoke(learner: Learner, **elements: Any) -> dict[str, Any]:
    return policy(**{"Action": "lambda:InvokeFunction", "Resource": learner.arn("lambda", "function:step"), **elements})


@pytest.fixture
def clerk(learner: Learner, n: str) -> Learner:
    """A function, and a role for Step Functions that may invoke it; the learner has not made the role."""
    name = f"role_{n}"
    learner.declare(
        f"hands{n}: {{role: lambda}}\nstep: {{function: work.py, role: hands{n}}}\n"
        f"{name}: {{role: states, may: [invoke step]}}"
    )
    function(learner, "step", role(learner, f"hands{n}"))
    return learner


def test_a_role_that_is_not_there_or_trusts_another_service(clerk: Learner, n: str) -> None:
    name = f"role_{n}"
    assert clerk.said(name) == [f"There is no role named `{name}` yet."]
    assert [each.held for each in clerk.facts(name)] == [False, None, None, None]
    role(clerk, name, "lambda.amazonaws.com", invoke=invoke(clerk))
    assert clerk.said(name) == ["The role trusts lambda.amazonaws.com; Step Functions is states.amazonaws.com."]


@pytest.mark.parametrize(
    "elements",
    [{}, {"Action": "LAMBDA:invokefunction"}, {"Resource": ["STEP", "STEP:*"]}, {"Sid": "x"}],
)
def test_every_way_to_give_the_right_is_right(clerk: Learner, n: str, elements: dict[str, Any]) -> None:
    text = json.dumps(invoke(clerk, **elements)).replace("STEP", clerk.arn("lambda", "function:step"))
    role(clerk, f"role_{n}", "states.amazonaws.com", invoke=json.loads(text))
    assert clerk.rows(f"role_{n}") == [
        (f"role_{n} is a role", True), ("Step Functions may assume it", True), (f"role_{n} may invoke step", True),
        ("and nothing else", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("documents", "said"),
    [
        ([], ["`ROLE` may do nothing: it has no policy."]),
        (
            [{"Action": "lambda:Invoke"}],
            [
                "`lambda:Invoke` is the call; the right is lambda:InvokeFunction.",
                "`lambda:Invoke` in the policy `p0` is no right; the right is lambda:InvokeFunction.",
            ],
        ),
        (
            [{"Resource": "STEPx"}],
            [
                "It may invoke `stepx`; wanted is `step`.",
                "The policy `p0` lets `ROLE` invoke `stepx`; wanted is only what it needs.",
            ],
        ),
        ([{"Resource": "*"}], ["The policy `p0` lets `ROLE` invoke every function; wanted is only what it needs."]),
        (
            [{"Action": "lambda:*", "Resource": "*"}],
            ["The policy `p0` lets `ROLE` do everything with every function; wanted is only what it needs."],
        ),
        ([{"Action": "lambda:*"}], ["The policy `p0` allows lambda:* on `step`: that is more than it needs."]),
        (
            [{}, {"Action": "sqs:*", "Resource": "*"}],
            ["The policy `p1` lets `ROLE` do everything with every queue; wanted is only what it needs."],
        ),
        ([{"Action": "*", "Resource": "*"}], ["The policy `p0` lets `ROLE` do everything with everything."]),
        ([{}, {"Effect": "Deny"}], ["A Deny in a policy of `ROLE` forbids it to invoke step."]),
        (
            [{"Action": "lambda:GetFunction"}],
            [
                "The policy `p0` allows lambda:GetFunction on `step`; wanted is lambda:InvokeFunction.",
                "The policy `p0` lets `ROLE` use lambda:GetFunction on `step`; wanted is only what it needs.",
            ],
        ),
    ],
)
def test_every_wrong_right_has_its_sentence(clerk: Learner, n: str, documents: list[Any], said: list[str]) -> None:
    name = f"role_{n}"
    role(clerk, name, "states.amazonaws.com")
    for index, each in enumerate(documents):
        text = json.dumps(invoke(clerk, **each)).replace("STEP", clerk.arn("lambda", "function:step"))
        right(clerk, name, f"p{index}", json.loads(text))
    assert clerk.said(name) == [each.replace("ROLE", name) for each in said]


def test_attached_policies_count(clerk: Learner, n: str) -> None:
    name, managed = f"role_{n}", "arn:aws:iam::aws:policy/AmazonSQSFullAccess"
    role(clerk, name, "states.amazonaws.com", invoke=invoke(clerk))
    clerk.do("iam.attach_role_policy", RoleName=name, PolicyArn=managed)
    more = "do everything with every queue; wanted is only what it needs."
    assert clerk.said(name) == [f"The policy `AmazonSQSFullAccess` lets `{name}` {more}"]
    first = "a policy has to go first: `invoke`, `AmazonSQSFullAccess`."
    assert clerk.gone(name).said == f"`{name}` is still there; {first}"
    clerk.do("iam.detach_role_policy", RoleName=name, PolicyArn=managed)
    own = clerk.do("iam.create_policy", PolicyName=f"own{n}", PolicyDocument=json.dumps(invoke(clerk)))["Policy"]["Arn"]
    clerk.do("iam.delete_role_policy", RoleName=name, PolicyName="invoke")
    clerk.do("iam.attach_role_policy", RoleName=name, PolicyArn=own)
    assert clerk.right(name), "a policy of the learner's own, attached, is as good"


def test_allows_asks_a_role(clerk: Learner, n: str) -> None:
    name = f"role_{n}"
    rule = {"role": name, "may": ["invoke step"], "only": True}

    def rows(**more: Any) -> list[tuple[str, bool | None, str]]:
        found = allows(clerk, {**rule, **more}, clerk.resolve, clerk.lab.resources)
        return [(each.title, each.held, each.said) for each in found]

    assert rows() == [(f"{name} may invoke step", None, ""), ("and nothing else", None, "")]
    role(clerk, name, "states.amazonaws.com", invoke=invoke(clerk), more=policy(Action="sqs:SendMessage", Resource="*"))
    said = f"The policy `more` lets `{name}` send to every queue; wanted is only what it needs."
    assert rows() == [(f"{name} may invoke step", True, ""), ("and nothing else", False, said)]
    assert rows(only=False) == [(f"{name} may invoke step", True, "")]
    said = f"`{name}` may still invoke step (policy `invoke`)."
    assert rows(**{"not": True}) == [(f"{name} may not invoke step", False, said)]


def test_allows_asks_a_function_for_a_topic(learner: Learner, n: str) -> None:
    learner.declare(f"sales: {{topic: standard}}\n{n}: {{role: lambda}}\nclerk: {{function: work.py, role: {n}}}")
    topic = learner.topic("sales")
    function(learner, "clerk", role(learner, n))
    rule = {"topic": "sales", "to": "clerk", "not": False}

    def said(**more: Any) -> list[tuple[bool | None, str]]:
        return [
            (each.held, each.said) for each in allows(learner, {**rule, **more}, learner.resolve, learner.lab.resources)
        ]

    assert said() == [(False, "`clerk` has no policy: SNS may not invoke it."), (None, "")]
    assert said(**{"not": True}) == [(True, "")]
    give = {"FunctionName": "clerk", "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"}
    learner.do("lambda.add_permission", **give, StatementId="any")
    assert said() == [
        (True, ""),
        (False, "Any topic may invoke `clerk`, of any account: the policy has no aws:SourceArn."),
    ]
    learner.do("lambda.remove_permission", FunctionName="clerk", StatementId="any")
    learner.do("lambda.add_permission", **{**give, "Principal": "sqs.amazonaws.com"}, StatementId="sqs")
    assert said()[0] == (False, "The policy of `clerk` lets SQS in, not SNS.")
    learner.do("lambda.add_permission", **give, StatementId="sales", SourceArn=topic)
    assert said() == [(True, ""), (True, "")]
    learner.do("sns.delete_topic", TopicArn=topic)
    assert said(**{"not": True}) == [(False, "`sales` may still invoke `clerk` (statement `sales`).")]
    learner.do("lambda.remove_permission", FunctionName="clerk", StatementId="sales")
    assert said(**{"not": True}) == [(True, "")]


def test_a_log_group_that_stays(learner: Learner, n: str) -> None:
    learner.declare(f"{n}: {{role: lambda}}\nstep: {{function: work.py, role: {n}}}")
    assert learner.gone("step.log_group").held
    learner.do("logs.create_log_group", logGroupName="/aws/lambda/step")
    assert learner.gone("step.log_group").said == "`/aws/lambda/step` is empty, and still there."
    learner.do("logs.create_log_stream", logGroupName="/aws/lambda/step", logStreamName="a")
    assert learner.gone("step.log_group").said.endswith(
        "is still there: a function's log stays when the function goes."
    )
    learner.do("logs.put_retention_policy", logGroupName="/aws/lambda/step", retentionInDays=1)
    said = "`/aws/lambda/step` is still there: it forgets its lines after 1 day, and stays itself."
    assert learner.gone("step.log_group").said == said


@pytest.fixture
def dispatch(learner: Learner, n: str) -> tuple[Learner, str, dict[str, Any]]:
    """A role of labcli's that lacks the right to send to a queue, and the rule that asks for it."""
    who = f"clerk{n}"
    learner.declare(
        f"dock: {{queue: standard}}\nhands{n}: {{role: lambda}}\nstep: {{function: work.py, role: hands{n}}}\n"
        f"{who}: {{role: states, may: [invoke step]}}"
    )
    learner.ours = {who, f"hands{n}"}
    function(learner, "step", role(learner, f"labcli-t-abcdefgh-hands{n}"))
    learner.queue("dock")
    role(learner, f"labcli-t-abcdefgh-{who}", "states.amazonaws.com", labcli=invoke(learner))
    return learner, who, {"role": who, "may": ["invoke step", "send dock"], "only": True, "not": False}


def test_what_is_said_of_a_role_that_lacks_one_right(dispatch: tuple[Learner, str, dict[str, Any]], n: str) -> None:
    learner, who, rule = dispatch
    full, dock = f"labcli-t-abcdefgh-{who}", learner.arn("sqs", "dock")

    def said() -> list[str]:
        found = allows(learner, rule, learner.resolve, learner.lab.resources)
        return [each.said for each in found if each.held is False]

    assert said() == [f"`{who}` may not send to `dock`: no policy of it says so (it has `labcli`)."]
    send = policy(Action="sqs:SendMessage", Resource=dock)
    learner.policy_of(
        learner.resolve("dock")["url"],
        policy(Principal={"AWS": learner.resolve(who)["arn"]}, Action="sqs:SendMessage", Resource=dock),
    )
    assert said() == ["The queue `dock` itself lets the role in; wanted is a right of the role."]
    right(learner, f"labcli-t-abcdefgh-hands{n}", "dock", send)
    assert said() == [f"The role `hands{n}` has that right; wanted is it on the role `{full}`."]
    right(learner, full, "labcli", send)
    assert said() == [f"`{who}` may not invoke `step` any more: the policy `labcli` was replaced."]
    learner.do("iam.delete_role_policy", RoleName=full, PolicyName="labcli")
    right(learner, full, "dock", send)
    assert said() == [f"`{who}` may not invoke `step` any more: labcli's policy is gone; what is left is `dock`."]
    right(learner, full, "again", invoke(learner))
    assert said() == []


def test_a_right_that_outlives_its_queue_is_said(dispatch: tuple[Learner, str, dict[str, Any]]) -> None:
    learner, who, rule = dispatch
    right(
        learner,
        f"labcli-t-abcdefgh-{who}",
        "dock",
        policy(Action="sqs:SendMessage", Resource=learner.arn("sqs", "dock")),
    )
    learner.do("sqs.delete_queue", QueueUrl=learner.resolve("dock")["url"])
    found = allows(learner, {**rule, "may": ["invoke step"]}, learner.resolve, learner.lab.resources)
    assert [each.said for each in found] == ["", f"`{who}` may still send to `dock`, which is gone."]
