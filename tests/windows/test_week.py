"""The week of a learner on Windows: five days, verify, cleanup, and boto3 counts what is left."""

from __future__ import annotations

import re

import pytest

from tests.windows.conftest import Learner

DAYS = ("mon", "tue", "wed", "thu", "fri")


def test_before_the_first_day(learner: Learner) -> None:
    assert "AWS labs in your terminal" in learner.runs("--help")
    said = learner.runs("doctor")
    assert "All is well." in said
    assert " on Windows (" in said
    assert str(learner.home) in said


@pytest.mark.parametrize("day", DAYS)
def test_a_day(learner: Learner, day: str) -> None:
    said = learner.runs("day", day, "run", limit=400)
    assert re.search(r"✔ \d+ steps, \d+ expectations held", said), said[-2000:]
    if day != "fri":  # it has taken everything away, and verify would say so
        learner.runs("verify", day)


def test_the_end_of_the_week(learner: Learner) -> None:
    learner.runs("cleanup", "--all", "--yes")
    assert alive(learner) == []


def alive(learner: Learner) -> list[str]:
    """All that boto3 finds of the kinds that the week makes."""
    sqs, sns, functions = (learner.client(name) for name in ("sqs", "sns", "lambda"))
    states, iam, logs = (learner.client(name) for name in ("stepfunctions", "iam", "logs"))
    return [
        *sqs.list_queues().get("QueueUrls", []),
        *(each["TopicArn"] for each in sns.list_topics()["Topics"]),
        *(each["SubscriptionArn"] for each in sns.list_subscriptions()["Subscriptions"]),
        *(each["FunctionArn"] for each in functions.list_functions()["Functions"]),
        *(each["UUID"] for each in functions.list_event_source_mappings()["EventSourceMappings"]),
        *(each["stateMachineArn"] for each in states.list_state_machines()["stateMachines"]),
        *(each["Arn"] for each in iam.list_roles()["Roles"] if "labcli" in each["RoleName"]),
        *(each["logGroupName"] for each in logs.describe_log_groups()["logGroups"]),
    ]
