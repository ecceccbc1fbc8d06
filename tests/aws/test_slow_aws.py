"""What AWS's documentation says of its delays, put between labcli and an account: a run survives, a cleanup proves.

Codes: API References of Lambda, IAM, Step Functions, SQS, SNS and CloudWatch Logs. The texts are those that people who
met them quote.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.aws.conftest import Account, User
from tests.aws.slow import Slow, answers, as_it_is, loses_the_answer, refuses
from tests.aws.test_week import plan_of
from tests.aws.world import AccountCli, Clock
from tests.faults.conftest import write_lab
from tests.faults.everything import everything

GONE = refuses("ResourceNotFoundException", status=404)
NO_QUEUE = refuses("AWS.SimpleQueueService.NonExistentQueue")
CANNOT_ASSUME = "The role defined for the function cannot be assumed by Lambda."
NO_RIGHT = "The provided execution role does not have permissions to call ReceiveMessage on SQS"
UPDATE = "The operation cannot be performed at this time. An update is in progress for resource: x"
NOBODY = "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the "


@pytest.fixture
def every(tmp_path: Path, account: Account, learner: User) -> Path:
    """A lab with every kind of resource; the learner may do what its plan says."""
    path = everything(tmp_path)
    account.policy(learner, plan_of(tmp_path, str(path)))
    return path


def does(on_account: AccountCli, slow: Slow, *arguments: str) -> Any:
    """A command through this AWS; a second of waiting takes no time."""
    clock = Clock(gap=0.5, pause=0.05)
    return on_account(*arguments, through=slow, sleep=clock.sleep, monotonic=clock.monotonic)


def _creates() -> dict[str, Any]:
    """Each create comes too early, its answer is lost, or what it made is not known at once."""
    early = refuses("InvalidParameterValueException", CANNOT_ASSUME)
    nobody = refuses("AccessDeniedException", f"{NOBODY}provided role.")
    return {
        "iam.create_role": [loses_the_answer, as_it_is],
        "iam.put_role_policy": [refuses("NoSuchEntity", status=404)],
        "iam.list_role_tags": [refuses("NoSuchEntity", status=404)],
        "logs.create_log_group": [refuses("OperationAbortedException"), loses_the_answer],
        "logs.list_tags_for_resource": [as_it_is, GONE, GONE],
        "lambda.create_function": [early, early, loses_the_answer],
        "lambda.get_function_configuration": [GONE, answers(State="Pending"), answers(LastUpdateStatus="InProgress")],
        "lambda.add_permission": [refuses("ResourceConflictException", UPDATE, 409), loses_the_answer],
        "lambda.create_event_source_mapping": [
            refuses("InvalidParameterValueException", NO_RIGHT), loses_the_answer,
        ],
        "lambda.get_event_source_mapping": [GONE, as_it_is, answers(State="Creating"), GONE],
        "stepfunctions.create_state_machine": [nobody, nobody, loses_the_answer],
        "stepfunctions.describe_state_machine": [refuses("StateMachineDoesNotExist")],
        "stepfunctions.list_tags_for_resource": [refuses("ResourceNotFound")],
        "stepfunctions.update_state_machine": [refuses("ConflictException", status=409)],
        "sns.create_topic": [loses_the_answer],
        "sns.subscribe": [loses_the_answer],
        "sns.get_subscription_attributes": [refuses("NotFound", status=404)],
        "sqs.create_queue": [loses_the_answer],
        "sqs.get_queue_attributes": [NO_QUEUE, NO_QUEUE],
        "sqs.list_queue_tags": [NO_QUEUE],
    }  # fmt: skip


def _deletes() -> dict[str, dict[str, Any]]:
    """What is deleted is shown for a while, without its tags; what was used a moment ago is still used."""
    return {
        "lambda.delete_event_source_mapping": {
            "lambda.get_event_source_mapping": [answers_as(State="Deleting")] * 3,
        },
        "stepfunctions.delete_state_machine": {
            "stepfunctions.describe_state_machine": [answers_as(status="DELETING")] * 4,
        },
    }


def answers_as(**said: Any) -> Any:
    """An answer about what is not there any more."""
    uuid = "00000000-0000-0000-0000-000000000000"
    arn = f"arn:aws:lambda:eu-west-1:123456789012:event-source-mapping:{uuid}"
    return lambda do: {"UUID": uuid, "EventSourceMappingArn": arn, "FunctionArn": "x", **said}


def test_a_run_survives_an_account_that_needs_a_while(on_account: AccountCli, account: Account, every: Path) -> None:
    slow = Slow(_creates())
    ran = does(on_account, slow, "day", str(every), "run", *account.sure, "--output", "json")
    assert ran.exit_code == 0, ran.both
    assert slow.left == {}

    slow = Slow(
        {
            "lambda.delete_event_source_mapping": [refuses("ResourceInUseException")],
            "lambda.delete_function": [refuses("ResourceConflictException", status=409)],
            "iam.delete_role": [refuses("DeleteConflict", status=409)],
            "logs.delete_log_group": [refuses("OperationAbortedException")],
            "sqs.delete_queue": [as_it_is, refuses("ServiceUnavailable", status=503)],
        },
        _deletes(),
    )
    cleaned = does(on_account, slow, "cleanup", "--all", *account.sure)
    assert cleaned.exit_code == 0, cleaned.both
    assert slow.left == {}
    assert account.left() == []


def test_a_list_that_still_shows_what_is_gone_finds_nothing(
    on_account: AccountCli, account: Account, every: Path
) -> None:
    assert does(on_account, Slow({}), "day", str(every), "run", *account.sure).exit_code == 0
    before = {
        (service, operation): getattr(account.client(service), operation)()
        for service, operation in (
            ("lambda", "list_functions"), ("lambda", "list_event_source_mappings"), ("sns", "list_topics"),
            ("sns", "list_subscriptions"), ("stepfunctions", "list_state_machines"), ("iam", "list_roles"),
            ("sqs", "list_queues"), ("logs", "describe_log_groups"),
        )
    }  # fmt: skip
    stale = {f"{service}.{operation}": [_said(answer)] for (service, operation), answer in before.items()}
    cleaned = does(on_account, Slow(stale), "cleanup", "--all", *account.sure, "--output", "json")
    assert cleaned.exit_code == 0, cleaned.both
    assert json.loads(cleaned.out)["not_verified"] == []
    assert account.left() == []


def _said(answer: dict[str, Any]) -> Any:
    return lambda do: answer


def test_an_update_of_a_function_waits_for_one_change_after_the_other(
    on_account: AccountCli, account: Account, learner: User, tmp_path: Path
) -> None:
    """Lambda takes no settings while new code is being written, and writing it again would never end."""
    path = everything(tmp_path)
    (tmp_path / "other.py").write_text("def handler(event, context):\n    return {'new': True}\n", "utf-8")
    resources = {
        "orders": {"queue": "standard", "visibility": 9},
        "work": {"function": "work.py", "may": []},
        "feed": {"mapping": "orders", "to": "work"},
    }
    update = {"update": "work", "to": {"function": "other.py", "env": {"MODE": "new"}}}
    path = write_lab(tmp_path, "renewed", resources, [{"create": list(resources)}, update])
    account.policy(learner, plan_of(tmp_path, str(path)))
    busy = refuses("ResourceConflictException", "The operation cannot be performed at this time.", 409)
    slow = Slow({"lambda.update_function_configuration": [busy, busy]})
    ran = does(on_account, slow, "day", str(path), "run", *account.sure)
    assert ran.exit_code == 0, ran.both
    assert slow.left == {}
    assert slow.calls.count("lambda.update_function_code") == 1
    name = next(each["FunctionName"] for each in account.client("lambda").list_functions()["Functions"])
    held = account.client("iam").get_role_policy(RoleName=f"{name}-role", PolicyName="labcli")["PolicyDocument"]
    assert "sqs:ReceiveMessage" in json.dumps(held)  # the mapping still may
    assert does(on_account, Slow({}), "cleanup", "--all", *account.sure).exit_code == 0
    assert account.left() == []


def test_a_small_account_has_no_place_to_reserve(
    on_account: AccountCli, account: Account, learner: User, tmp_path: Path
) -> None:
    everything(tmp_path)
    path = write_lab(tmp_path, "small", {"work": {"function": "work.py", "concurrency": 1}}, [{"create": ["work"]}])
    account.policy(learner, plan_of(tmp_path, str(path)))
    said = (
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below "
        "its minimum value of [10]."
    )
    slow = Slow({"lambda.put_function_concurrency": [refuses("InvalidParameterValueException", said)]})
    ran = does(on_account, slow, "day", str(path), "run", *account.sure)
    assert ran.exit_code == 1
    assert "UnreservedConcurrentExecution" in ran.both.replace("\n", " ")
    cleaned = does(on_account, Slow({}), "cleanup", *account.sure)
    assert cleaned.exit_code == 0, cleaned.both
    assert account.left() == []


def test_a_needed_day_that_aws_does_not_see_for_a_moment_is_used_as_it_is(
    on_account: AccountCli, account: Account, learner: User, tmp_path: Path
) -> None:
    """A single read that finds nothing proves nothing: the learner's own day is not taken away for it."""
    needed = str(write_lab(tmp_path, "a", {"stock": {"queue": "standard"}}, [{"create": ["stock"]}]))
    path = write_lab(tmp_path, "b", {}, [{"send": {"to": "a.stock", "bodies": ["one"]}}], needs=["a"])
    account.policy(learner, plan_of(tmp_path, str(path)))
    assert does(on_account, Slow({}), "day", needed, "run", *account.sure).exit_code == 0
    before = account.left()
    blind = Slow({"sqs.get_queue_attributes": [NO_QUEUE, NO_QUEUE]})
    ran = does(on_account, blind, "day", str(path), "run", *account.sure)
    assert ran.exit_code == 0, ran.both
    assert blind.left == {}
    assert account.left() == before, "the same queue is there"
    assert "is gone" not in ran.err
    assert does(on_account, Slow({}), "cleanup", "--all", *account.sure).exit_code == 0
    assert account.left() == []
