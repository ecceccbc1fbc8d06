"""Tasks by hand on an account: asked first, names with the owner's letters, calls that nobody sees."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.aws.conftest import Account, User
from tests.aws.world import AccountCli
from tests.cli.by_hand import LAB


def test_tasks_work_on_an_account_after_consent_and_leave_nothing(
    account: Account, learner: User, on_account: AccountCli, lab: Callable[..., Path]
) -> None:
    file = str(lab(LAB, "hand.yaml"))
    every = {"Effect": "Allow", "Action": ["sqs:*", "tag:GetResources", "iam:ListAccountAliases"], "Resource": "*"}
    account.policy(learner, json.dumps({"Version": "2012-10-17", "Statement": [every]}))
    on = (*account.sure, "--output", "json")
    refused = on_account("day", file, "try", *account.target)
    assert (refused.exit_code, "a real account is confirmed at a terminal" in refused.err) == (2, True)

    def look(*more: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(on_account("day", file, "try", *more, *on).out)["looked_at"]
        return found

    first = look()
    name = first["rows"][0]["title"].split()[0]
    assert name.startswith("inbox-") and name in first["text"]
    sqs = account.client("sqs")
    url = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "20"})["QueueUrl"]
    assert look()["done"]
    begun = look()
    assert [row["state"] for row in begun["rows"]] == ["unseen", "not", "waiting"]
    assert begun["rows"][0]["seen"] == "not visible on AWS"
    sqs.send_message(QueueUrl=url, MessageBody="o-2")
    assert look()["done"]
    sqs.delete_queue(QueueUrl=url)
    assert look("away")["done"]
    assert on_account("cleanup", "hand", *on).exit_code == 0
    assert account.left() == []
