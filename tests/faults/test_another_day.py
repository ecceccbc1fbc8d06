"""What a review of the week found: a case for each thing that once went wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cli
from tests.faults.conftest import plain, write_lab
from tests.faults.everything import CODE, Census
from tests.faults.pair import flow, of_lab, pair


def refused(cli: Cli, lab: Path) -> str:
    """What ``lab check`` says of a lab that it does not let run."""
    result = cli("lab", "check", str(lab))
    assert result.exit_code == 2, result.both
    return plain(result.err)


def test_a_run_that_cleans_up_takes_what_it_made_of_another_day(cli: Cli, census: Census, tmp_path: Path) -> None:
    _, b = pair(tmp_path)
    ran = cli("day", b, "run", "-q", "--cleanup")
    assert ran.exit_code == 0
    assert "Nothing is live." in ran.out
    assert census.left() == []


def test_a_run_tells_of_what_it_made_of_another_day_and_how_to_take_it_away(
    cli: Cli, census: Census, tmp_path: Path
) -> None:
    _, b = pair(tmp_path)
    ran = cli("day", b, "run", "-q")
    assert "of a, made for this one" in plain(ran.out)
    made = json.loads(cli("day", b, "run", "--output", "json").out)["made_first"]
    assert made["a"] > 0, "it is still there for this one only"
    cleaned = cli("cleanup", "b")
    assert cleaned.exit_code == 0
    assert "a was made for what goes here only, and goes with it" in plain(cleaned.err)
    assert census.left() == []


def test_nothing_is_said_to_be_put_back_that_is_gone(cli: Cli, boto: Callable[[str], Any], tmp_path: Path) -> None:
    a, b = pair(tmp_path)
    assert cli("day", a, "run", "-q").exit_code == 0
    assert cli("day", b, "run", "-q").exit_code == 0
    states = boto("stepfunctions")
    (machine,) = states.list_state_machines()["stateMachines"]
    states.delete_state_machine(stateMachineArn=machine["stateMachineArn"])
    states.close()
    result = cli("cleanup", "b")
    assert result.exit_code == 0
    assert "Put back" not in result.out
    assert cli("cleanup", "--all").exit_code == 0


FUNCTION = {"f": {"function": "work.py", "env": {"LEFT": "1"}, "may": ["send q"], "concurrency": 1}}


def test_an_update_makes_all_that_it_declares(cli: Cli, boto: Callable[[str], Any], tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text(CODE, "utf-8")
    resources = {**FUNCTION, "q": {"queue": "standard"}}
    steps = [{"create": ["f", "q"]}, {"update": "f", "to": {"function": "work.py", "timeout": "5s"}}]
    assert cli("day", str(write_lab(tmp_path, "up", resources, steps)), "run", "-q").exit_code == 0
    functions, iam = boto("lambda"), boto("iam")
    (name,) = [each["FunctionName"] for each in functions.list_functions()["Functions"]]
    found = functions.get_function(FunctionName=name)
    assert found["Configuration"]["Timeout"] == 5
    assert found["Configuration"].get("Environment", {}).get("Variables", {}) == {}
    assert "Concurrency" not in found
    policy = iam.get_role_policy(RoleName=f"{name}-role", PolicyName="labcli")["PolicyDocument"]
    assert "sqs:SendMessage" not in json.dumps(policy), "what it may no longer do is taken off"
    functions.close()
    iam.close()
    assert cli("cleanup", "--all").exit_code == 0


def test_a_machine_that_was_allowed_nothing_is_allowed_nothing_again(cli: Cli, census: Census, tmp_path: Path) -> None:
    still = {"machine": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}}
    write_lab(tmp_path, "a", {"flow": still}, [{"create": ["flow"]}])
    sends = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True,
             "Parameters": {"QueueUrl": "${q.url}", "MessageBody.$": "$"}}  # fmt: skip
    more = {"machine": {"StartAt": "S", "States": {"S": sends}}, "may": ["send q"]}
    steps = [{"create": ["q"]}, {"update": "a.flow", "to": more}]
    b = write_lab(tmp_path, "b", {"q": {"queue": "standard"}}, steps, needs=["a"])
    assert cli("day", str(tmp_path / "a.yaml"), "run", "-q").exit_code == 0
    before = flow(census)
    assert cli("day", str(b), "run", "-q").exit_code == 0
    assert flow(census) != before
    assert cli("cleanup", "b").exit_code == 0
    assert flow(census) == before, "the policy that b wrote is off its role again"
    assert cli("cleanup", "--all").exit_code == 0


def test_a_days_messages_can_be_taken_by_a_day_that_needs_it(cli: Cli, tmp_path: Path) -> None:
    write_lab(tmp_path, "a", {"stock": {"queue": "standard"}}, [{"create": ["stock"]}])
    steps = [
        {"send": {"to": "a.stock", "bodies": ["one"]}},
        {"consume": {"from": "a.stock", "until": 1, "within": "5s"}, "expect": {"completed": ["one"]}},
    ]
    b = write_lab(tmp_path, "b", {}, steps, needs=["a"])
    assert cli("day", str(b), "run", "-q", "--cleanup").exit_code == 0


@pytest.mark.parametrize(
    "call",
    [
        {"do": "sqs.delete_queue", "with": {"QueueUrl": "${a.stock.url}"}},
        {"do": "sqs.set_queue_attributes", "with": {"QueueUrl": "${a.stock.url}", "Attributes": {"DelaySeconds": "1"}}},
    ],
)
def test_another_days_resource_is_changed_by_the_verbs_that_can_undo_it_only(
    cli: Cli, tmp_path: Path, call: dict[str, Any]
) -> None:
    write_lab(tmp_path, "a", {"stock": {"queue": "standard"}}, [{"create": ["stock"]}])
    said = refused(cli, write_lab(tmp_path, "b", {}, [call], needs=["a"]))
    assert "`a.stock` is a's: change it by `update`, or `delete` it" in said


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("lambda.create_event_source_mapping", "InvalidParameterValueException"),
        ("sns.subscribe", "InvalidParameter"),
    ],
)
def test_what_makes_something_without_a_name_is_not_tried_at_all(
    cli: Cli, tmp_path: Path, call: str, error: str
) -> None:
    (tmp_path / "work.py").write_text(CODE, "utf-8")
    resources = {"f": {"function": "work.py"}, "q": {"queue": "standard"}, "t": {"topic": "standard"}}
    given = {
        "lambda.create_event_source_mapping": {"FunctionName": "${f.name}", "EventSourceArn": "${q.arn}"},
        "sns.subscribe": {"TopicArn": "${t.arn}", "Protocol": "sqs", "Endpoint": "${q.arn}"},
    }[call]
    steps = [{"create": ["f", "q", "t"]}, {"do": call, "with": given, "fails": error}]
    assert f"{call} makes something without a name" in refused(cli, write_lab(tmp_path, "odd", resources, steps))


def test_a_lab_without_a_week_has_no_other_days(cli: Cli, census: Census, tmp_path: Path) -> None:
    one = {"q": {"queue": "standard"}}
    for name, steps in (("g", [{"create": ["q"]}]), ("h", [{"create": ["q"]}, {"delete": {"every": "queue"}}])):
        lab = write_lab(tmp_path, name, one, steps)
        lab.write_text(lab.read_text("utf-8").replace("week: 10\n", ""), "utf-8")
        assert cli("day", str(lab), "run", "-q").exit_code == 0
    assert of_lab(census, "g"), "g is no day of a week that h could know"
    assert of_lab(census, "h") == []
    assert cli("cleanup", "--all").exit_code == 0


def test_a_create_that_fails_half_way_counts_as_perhaps_there(cli: Cli, census: Census, tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text(CODE, "utf-8")
    half = {"function": "work.py", "concurrency": 500}  # a hundred of the account's thousand are nobody's
    lab = write_lab(tmp_path, "half", {"e": half, "f": {**half}}, [{"create": ["e", "f"]}])
    ran = cli("day", str(lab), "run", "-q")
    assert ran.exit_code == 1
    assert any(name.endswith("-f") for name in census.left() if name.startswith("function labcli-half-"))
    assert "f (perhaps)" in ran.out
    assert cli("cleanup", "half").exit_code == 0
    assert census.left() == []


def test_a_needed_lab_is_the_one_that_its_file_says(cli: Cli, tmp_path: Path) -> None:
    a = write_lab(tmp_path, "a", {"stock": {"queue": "standard"}}, [{"create": ["stock"]}])
    a.write_text(a.read_text("utf-8").replace("lab: a\n", "lab: zeta\n"), "utf-8")
    said = refused(cli, write_lab(tmp_path, "b", {}, [{"wait": "0s"}], needs=["a"]))
    assert "a.yaml is not the lab `a`: it says `lab: zeta`" in said


def test_a_declaration_sees_no_saved_value_and_a_machine_keeps_its_type(cli: Cli, tmp_path: Path) -> None:
    still = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": "${sent}", "End": True}}}
    plain_one = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    resources = {"q": {"queue": "standard"}, "flow": {"machine": plain_one}}
    send = {"send": {"to": "q", "bodies": ["a"]}, "save": {"sent": "ids[0]"}}
    update = {"update": "flow", "to": {"machine": still, "type": "express"}}
    said = refused(cli, write_lab(tmp_path, "up", resources, [{"create": ["q", "flow"]}, send, update]))
    assert "${sent} is a saved value: a declaration sees only resources" in said
    assert "`flow` is STANDARD: AWS never changes the type of a machine" in said


def test_a_policy_holds_every_action_that_the_plan_calls(cli: Cli, tmp_path: Path) -> None:
    lab = write_lab(tmp_path, "far", {}, [{"do": "cloudwatch.list_metrics"}])
    policy = json.loads(cli("day", str(lab), "plan", "--as", "policy").out)
    assert "cloudwatch:ListMetrics" in policy["Statement"][-1]["Action"]


def test_no_token_and_no_handle_stands_in_a_document(cli: Cli, tmp_path: Path) -> None:
    body = {"taskToken": "T" * 40}
    take = {
        "do": "sqs.receive_message", "with": {"QueueUrl": "${q.url}", "WaitTimeSeconds": 2},
        "save": {"handle": "Messages[0].ReceiptHandle", "token": "from_json(Messages[0].Body).taskToken"},
        "expect": {"Messages": {"present": True}, "Messages[0].ReceiptHandle": {"present": True}},
    }  # fmt: skip
    steps = [{"create": ["q"]}, {"send": {"to": "q", "bodies": [body]}}, {"in_order": {"take": take}}]
    lab = write_lab(tmp_path, "hush", {"q": {"queue": "standard", "visibility": 1}}, steps)
    for how in (("--output", "json"), ()):
        ran = cli("day", str(lab), "run", *how)
        assert ran.exit_code == 0
        assert "T" * 40 not in ran.both
        assert "(hidden)" in ran.both
    assert cli("cleanup", "hush").exit_code == 0


def test_an_inventory_that_cannot_read_says_so_instead_of_counting_nothing(cli: Cli, tmp_path: Path) -> None:
    from labcli.context import Aws
    from labcli.errors import AwsError

    class Throttled:
        def __init__(self, aws: Aws) -> None:
            self.aws = aws

        def call(self, service: str, operation: str, params: Any) -> dict[str, Any]:
            if operation == "list_queue_tags" and self.armed:
                raise AwsError(f"{service}.{operation}", "ThrottlingException", "slow down", frozenset(), 400)
            if operation == "list_queues":
                Throttled.armed = True
            return self.aws.call(service, operation, params)

        armed = False

    steps = [{"create": ["q"]}, {"inventory": ["inv"]}]
    lab = write_lab(tmp_path, "inv", {"q": {"queue": "standard"}}, steps)
    ran = cli("day", str(lab), "run", through=Throttled)
    assert ran.exit_code == 1
    assert "cannot be read: ThrottlingException on sqs.list_queue_tags" in plain(ran.both)
    assert cli("cleanup", "--all").exit_code == 0


def test_a_slip_in_the_name_of_a_day_is_found(cli: Cli, tmp_path: Path) -> None:
    write_lab(tmp_path, "monday", {}, [{"wait": "0s"}])
    said = refused(cli, write_lab(tmp_path, "inv", {}, [{"inventory": ["mondax"]}]))
    assert "no lab `mondax` beside this file; did you mean `monday`?" in said
