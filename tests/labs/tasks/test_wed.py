"""Wednesday by hand: what a learner gets wrong, and the sentence that says so; then the right one is done."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any

import pytest

from tests.labs.tasks.learner import Learner, refused

DAY = "wed"
pytestmark = pytest.mark.xdist_group("tasks-wed")

SOURCE = """
def handler(event, context):
    return {"orderId": event["orderId"], "total": round(event["amount"] * 1.1, 2)}
"""
ORDER = {"orderId": "o-1", "amount": 10}


def _zip(source: str, path: str = "process_step1.py") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(path, source)
    return packed.getvalue()


def _named(learner: Learner, task: str, name: str) -> str:
    """What labcli named a thing of a task: the text says it."""
    found = re.search(rf"labcli-[\w-]+-{name}\b", learner.look(task)["text"])
    assert found is not None
    return found[0]


def _role_arn(learner: Learner, name: str) -> str:
    return str(learner.client("iam").get_role(RoleName=name)["Role"]["Arn"])


def _machine_arn(learner: Learner, name: str) -> str:
    machines = learner.client("stepfunctions").list_state_machines()["stateMachines"]
    return str(next(each["stateMachineArn"] for each in machines if each["name"] == name))


def _make_function(learner: Learner, **other: Any) -> None:
    hands = _role_arn(learner, _named(learner, "process_step1", "hands"))
    asked = {"FunctionName": "ProcessStep1", "Runtime": "python3.12", "Handler": "process_step1.handler", "Role": hands}
    functions = learner.client("lambda")
    made = functions.create_function(**{**asked, "Code": {"ZipFile": _zip(SOURCE)}, **other})["FunctionName"]
    functions.get_waiter("function_active_v2").wait(FunctionName=made, WaiterConfig={"Delay": 0.2})


def _update(learner: Learner, code: bytes = b"", **settings: Any) -> None:
    """Change the function, and wait until AWS has done so."""
    functions, name = learner.client("lambda"), {"FunctionName": "ProcessStep1"}
    if code:
        functions.update_function_code(**name, ZipFile=code)
    else:
        functions.update_function_configuration(**name, **settings)
    functions.get_waiter("function_updated_v2").wait(**name, WaiterConfig={"Delay": 0.2})


def _call(learner: Learner) -> None:
    learner.client("lambda").invoke(FunctionName="ProcessStep1", Payload=json.dumps(ORDER))


def _process_step1(learner: Learner) -> None:
    _make_function(learner)
    _call(learner)


def test_process_step1(learner: Learner) -> None:
    task, functions = "process_step1", learner.client("lambda")
    assert learner.said(task) == ["There is no function named `ProcessStep1` yet."]
    role = {"FunctionName": "ProcessStep1", "Runtime": "python3.12", "Handler": "a.b", "Code": {"ZipFile": _zip("")}}
    refused("ValidationException", functions.create_function, **role, Role="hands")
    assert learner.said(task) == ["A function names its role by the ARN, not by the name."]
    nobody = _role_arn(learner, _named(learner, task, "hands")).replace("-hands", "-nobody")
    refused("InvalidParameterValue", functions.create_function, **role, Role=nobody)
    hands = _named(learner, task, "hands")
    assert learner.said(task) == [f"Lambda cannot assume that role: wanted is the ARN of {hands}."]
    _make_function(learner, FunctionName="processstep1")
    case = "There is a function `processstep1`; names are case-sensitive, and `ProcessStep1` is wanted."
    assert learner.said(task) == [case]
    functions.delete_function(FunctionName="processstep1")
    _process_step1(learner)
    for handler, said in (
        ("process_step1.py", "The handler ends in .py; it says FILE.DEF, without .py."),
        ("process_step1.main", "The file has no `def` of the name that the handler says; the handler is FILE.DEF."),
        (
            "lambda_function.lambda_handler",
            "The handler says `lambda_function`, and the zip has no lambda_function.py at its top.",
        ),
    ):
        _update(learner, Handler=handler)
        assert learner.said(task) == [said]
    _update(learner, Handler="process_step1.handler")
    _update(learner, _zip(SOURCE, "src/process_step1.py"))
    folder = "The file that the handler names does not stand at the top of the zip; it may be in a folder there."
    assert learner.said(task) == [folder]
    for body, said in (
        ('return {"orderId": "o-1", "total": 11.0}', "It answers the same for every order."),
        (
            'import json; return json.dumps({"orderId": event["orderId"], "total": 11.0})',
            "It returns a text that holds JSON; wanted is the dict itself.",
        ),
        ('return event["body"]', "An invoke hands over the order itself; `body` is what API Gateway puts around it."),
        (
            'return {"statusCode": 200, "body": ""}',
            "It returns a statusCode, which API Gateway wants; wanted is the dict with orderId and total.",
        ),
        ("pass", "It returns nothing; wanted is a dict with orderId and total."),
    ):
        code = _zip(f"def handler(event, context):\n    {body}\n")
        _update(learner, code)
        assert learner.said(task) == [said]
    _update(learner, _zip(SOURCE))
    assert learner.look(task)["done"]


def _policy(*statements: tuple[str, str]) -> str:
    said = [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": said})


def _trust(service: str) -> str:
    allow = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [allow]})


def _step1_arn(learner: Learner) -> str:
    return str(learner.client("lambda").get_function(FunctionName="ProcessStep1")["Configuration"]["FunctionArn"])


def _may(learner: Learner, role: str, policy: str, *statements: tuple[str, str]) -> None:
    asked = {"RoleName": role, "PolicyName": policy, "PolicyDocument": _policy(*statements)}
    learner.client("iam").put_role_policy(**asked)


def _states_role(learner: Learner) -> None:
    learner.client("iam").create_role(RoleName="flow_role", AssumeRolePolicyDocument=_trust("states.amazonaws.com"))
    _may(learner, "flow_role", "invoke", ("lambda:InvokeFunction", _step1_arn(learner)))


def test_states_role(learner: Learner) -> None:
    learner.needs("process_step1", _process_step1)
    task, iam, right = "states_role", learner.client("iam"), "lambda:InvokeFunction"
    step1 = _step1_arn(learner)
    learner.look(task)
    wrong = {"RoleName": "flow_role", "AssumeRolePolicyDocument": _trust("stepfunctions.amazonaws.com")}
    refused("MalformedPolicyDocument", iam.create_role, **wrong)
    no_service = "`stepfunctions.amazonaws.com` is no service; Step Functions is states.amazonaws.com."
    assert learner.said(task) == [no_service]
    iam.create_role(RoleName="flow_role", AssumeRolePolicyDocument=_trust("lambda.amazonaws.com"))
    trusts = "The role trusts lambda.amazonaws.com; Step Functions is states.amazonaws.com."
    assert learner.said(task)[0] == trusts
    iam.update_assume_role_policy(RoleName="flow_role", PolicyDocument=_trust("states.amazonaws.com"))
    assert learner.said(task) == ["`flow_role` may do nothing: it has no policy."]
    bare = {"RoleName": "flow_role", "PolicyName": "invoke", "PolicyDocument": _policy((right, "ProcessStep1"))}
    refused("MalformedPolicyDocument", iam.put_role_policy, **bare)
    assert learner.said(task)[0] == "The Resource of a right is an ARN; a bare name is none."
    for statement, said in (
        (("lambda:Invoke", step1), "`lambda:Invoke` is the call; the right is lambda:InvokeFunction."),
        ((right, f"{step1}x"), "It may invoke `ProcessStep1x`; wanted is `ProcessStep1`."),
    ):
        _may(learner, "flow_role", "invoke", statement)
        assert learner.said(task)[0] == said
    _may(learner, "flow_role", "invoke", ("lambda:*", "*"))
    every = "The policy `invoke` lets `flow_role` do everything with every function; wanted is only what it needs."
    assert learner.said(task) == [every]
    _may(learner, "flow_role", "invoke", (right, step1))
    _may(learner, "flow_role", "more", ("sqs:*", "*"))
    more = "The policy `more` lets `flow_role` do everything with every queue; wanted is only what it needs."
    assert learner.said(task) == [more]
    iam.delete_role_policy(RoleName="flow_role", PolicyName="more")
    assert learner.look(task)["done"]


def _definition(state: dict[str, Any]) -> str:
    return json.dumps({"StartAt": "ProcessStep1", "States": {"ProcessStep1": {"Type": "Task", "End": True, **state}}})


def _make_flow(learner: Learner, **other: Any) -> str:
    asked = {
        "name": "flow", "roleArn": _role_arn(learner, "flow_role"),
        "definition": _definition({"Resource": _step1_arn(learner)}), **other,
    }  # fmt: skip
    return str(learner.client("stepfunctions").create_state_machine(**asked)["stateMachineArn"])


def _run(learner: Learner, arn: str, data: str = json.dumps(ORDER)) -> dict[str, Any]:
    """Start an execution and ask until it has ended."""
    states = learner.client("stepfunctions")
    execution = states.start_execution(stateMachineArn=arn, input=data)["executionArn"]
    while (seen := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        pass
    return dict(seen)


def _one_task(learner: Learner) -> None:
    _run(learner, _make_flow(learner))


def test_one_task(learner: Learner) -> None:
    learner.needs("process_step1", _process_step1)
    learner.needs("states_role", _states_role)
    task, states = "one_task", learner.client("stepfunctions")
    assert learner.said(task) == ["There is no machine named `flow` yet."]
    role = _role_arn(learner, "flow_role")
    broken = {"name": "flow", "roleArn": role, "definition": _definition({"Resource": "ProcessStep1"})}
    refused("InvalidDefinition", states.create_state_machine, **broken)
    [said] = learner.said(task)
    assert said.startswith("AWS refused create_state_machine: Invalid State Machine Definition: ")
    made = _make_flow(learner, name="Flow")
    assert learner.said(task) == ["There is a machine `Flow`; names are case-sensitive, and `flow` is wanted."]
    states.delete_state_machine(stateMachineArn=made)
    made = _make_flow(learner, type="EXPRESS")
    express = (
        "`flow` is an Express machine, and a Standard one is wanted; a type cannot be changed, so it has to be deleted "
        "and made again."
    )
    assert learner.said(task) == [express]
    states.delete_state_machine(stateMachineArn=made)
    made = _make_flow(learner)
    assert learner.said(task) == ["There is no execution of flow yet."]
    _run(learner, made, "{}")
    order = "It was started with `{}`, and the function needs an order: orderId and amount."
    assert learner.said(task) == [order]
    invoke = {"Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "ProcessStep1"}}
    states.update_state_machine(stateMachineArn=made, definition=_definition(invoke))
    _run(learner, made)
    assert learner.said(task) == ["The function got no order: the machine does not hand over its input."]
    two = json.loads(_definition({"Resource": _step1_arn(learner), "End": False, "Next": "Done"}))
    two["States"]["ProcessStep1"].pop("End")
    two["States"]["Done"] = {"Type": "Succeed"}
    states.update_state_machine(stateMachineArn=made, definition=json.dumps(two))
    assert learner.said(task)[0] == "It has more than one state; wanted is one, a Task."
    states.update_state_machine(stateMachineArn=made, definition=_definition({"Resource": _step1_arn(learner)}))
    assert _run(learner, made)["status"] == "SUCCEEDED"
    assert learner.look(task)["done"]


RETRY = {"ErrorEquals": ["TransientError"], "IntervalSeconds": 1, "MaxAttempts": 2}
CATCH = {"ErrorEquals": ["States.ALL"], "Next": "Cancelled"}


def test_retry_catch(learner: Learner) -> None:
    task, states = "retry_catch", learner.client("stepfunctions")
    payment = _machine_arn(learner, _named(learner, task, "payment"))
    first = json.loads(states.describe_state_machine(stateMachineArn=payment)["definition"])

    def teach(retry: Any = RETRY, catch: Any = CATCH, cancelled: Any = None, **charge: Any) -> None:
        more = {"Retry": [retry], "Catch": [catch] if catch else [], **charge}
        machine = json.loads(json.dumps(first))
        machine["States"]["Charge"] |= more
        machine["States"][CATCH["Next"]] = cancelled or {"Type": "Pass", "End": True}
        if "Next" in charge:
            del machine["States"]["Charge"]["End"]
        states.update_state_machine(stateMachineArn=payment, definition=json.dumps(machine))

    assert "Charge has no Retry." in learner.said(task)
    missing = json.loads(json.dumps(first))
    missing["States"]["Charge"]["Catch"] = [CATCH]
    refused("InvalidDefinition", states.update_state_machine, stateMachineArn=payment, definition=json.dumps(missing))
    assert learner.said(task)[0].startswith("AWS refused update_state_machine: Invalid State Machine Definition: ")
    every = "Its Retry takes every error, so a payment that was declined is tried again, too."
    teach({**RETRY, "ErrorEquals": ["States.ALL"]})
    assert learner.said(task) == [every]
    teach({**RETRY, "ErrorEquals": ["TransientException"]})
    assert learner.said(task) == ["Its Retry waits for another error: the function raises `TransientError`."]
    teach({"ErrorEquals": ["TransientError"]})
    assert learner.said(task) == ["MaxAttempts is 3 where you say nothing; wanted are 2."]
    teach(catch={"ErrorEquals": ["PaymentDeclined"], "Next": "Cancelled"})
    busy = (
        "The bank stayed busy, and the execution ended FAILED with TransientError; no Catch takes what the retries did "
        "not mend."
    )
    assert learner.said(task) == [busy]
    teach(cancelled={"Type": "Fail", "Error": "Cancelled"})
    assert learner.said(task) == ["Cancelled ends the execution FAILED; wanted is SUCCEEDED."]
    teach(catch=None, Next="Cancelled")
    assert learner.said(task) == ["Orders that were paid go to Cancelled, too: the way there is no Catch."]
    teach()
    assert learner.look(task)["done"]


def test_lacks_a_right(learner: Learner) -> None:
    task, iam, sqs = "lacks_a_right", learner.client("iam"), learner.sqs
    role, send = _named(learner, task, "dispatch-role"), "sqs:SendMessage"
    dock, price = learner.arn("dock"), learner.ours("lambda", "price")
    price_arn = learner.client("lambda").get_function(FunctionName=price)["Configuration"]["FunctionArn"]
    assert learner.said(task) == ["`dispatch` may not send to `dock`: no policy of it says so (it has `labcli`)."]
    url = {"RoleName": role, "PolicyName": "dock", "PolicyDocument": _policy((send, learner.url("dock")))}
    refused("MalformedPolicyDocument", iam.put_role_policy, **url)
    assert learner.said(task)[0] == "The Resource of a right is an ARN, and that is the queue's URL."
    other = f"{price}-role"
    _may(learner, other, "dock", (send, dock))
    whose = f"The role of `price` has that right; wanted is it on the role `{role}`."
    assert learner.said(task) == [whose]
    iam.delete_role_policy(RoleName=other, PolicyName="dock")
    for statement, said in (
        ((send, "*"), "The policy `dock` lets `dispatch` send to every queue; wanted is only what it needs."),
        (("sqs:*", dock), "The policy `dock` allows sqs:* on `dock`: that is more than it needs."),
        (("sqs:SendMessageBatch", dock), "`sqs:SendMessageBatch` is the call; the right is sqs:SendMessage."),
    ):
        _may(learner, role, "dock", statement)
        assert learner.said(task)[0] == said
    iam.delete_role_policy(RoleName=role, PolicyName="dock")
    iam.attach_role_policy(RoleName=role, PolicyArn="arn:aws:iam::aws:policy/AmazonSQSFullAccess")
    everything = (
        "The policy `AmazonSQSFullAccess` lets `dispatch` do everything with every queue; wanted is only what it needs."
    )
    assert learner.said(task) == [everything]
    iam.detach_role_policy(RoleName=role, PolicyArn="arn:aws:iam::aws:policy/AmazonSQSFullAccess")
    _may(learner, role, "labcli", (send, dock))
    assert learner.said(task) == ["`dispatch` may not invoke `price` any more: the policy `labcli` was replaced."]
    _may(learner, role, "labcli", ("lambda:InvokeFunction", price_arn))
    account = dock.split(":")[4]
    principal = {"AWS": f"arn:aws:iam::{account}:role/{role}"}
    allow = {"Effect": "Allow", "Principal": principal, "Action": send, "Resource": dock}
    learner.set_queue("dock", Policy={"Version": "2012-10-17", "Statement": [allow]})
    assert learner.said(task) == ["The queue `dock` itself lets the role in; wanted is a right of the role."]
    learner.set_queue("dock", Policy="")
    _may(learner, role, "dock", (send, dock))
    assert learner.look(task)["done"]
    assert "Messages" not in sqs.receive_message(QueueUrl=learner.url("dock"))


def test_take_away(learner: Learner) -> None:
    learner.needs("process_step1", _process_step1)
    learner.needs("states_role", _states_role)
    learner.needs("one_task", _one_task)
    task, iam = "take_away", learner.client("iam")
    role = "`flow_role` is still there; a policy has to go first: `invoke`."
    log = "`/aws/lambda/ProcessStep1` is still there: a function's log stays when the function goes."
    left = ["`flow` is still there.", role, "`ProcessStep1` is still there.", log]
    assert learner.said(task) == left
    refused("DeleteConflict", iam.delete_role, RoleName="flow_role")
    assert learner.said(task)[0] == "The role still has a policy: that goes first, then the role."
    learner.client("stepfunctions").delete_state_machine(stateMachineArn=_machine_arn(learner, "flow"))
    assert learner.said(task) == left[1:]
    iam.delete_role_policy(RoleName="flow_role", PolicyName="invoke")
    iam.delete_role(RoleName="flow_role")
    assert learner.said(task) == left[2:]
    learner.client("lambda").delete_function(FunctionName="ProcessStep1")
    assert learner.said(task) == left[3:]
    logs = learner.client("logs")
    refused("ResourceNotFound", logs.delete_log_group, logGroupName="ProcessStep1")
    named = "There is no such log group: a function's is called /aws/lambda/ and the function's name."
    assert learner.said(task) == [named]
    logs.delete_log_group(logGroupName="/aws/lambda/ProcessStep1")
    assert learner.look(task)["done"]
