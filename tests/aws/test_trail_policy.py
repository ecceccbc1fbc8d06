"""``labcli local trail --as policy``: what was tried by hand on the local AWS may be done with it on an account."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.aws.conftest import REGION, Account
from tests.conftest import Cli, session
from tests.local.conftest import client, ensure


def monday(sqs: Any) -> None:
    """Monday by hand, with a mistake in it."""
    inbox = sqs.create_queue(QueueName="inbox", Attributes={"VisibilityTimeout": "20"})["QueueUrl"]
    sqs.send_message(QueueUrl=inbox, MessageBody="o-1")
    (order,) = sqs.receive_message(QueueUrl=inbox)["Messages"]
    with pytest.raises(ClientError):
        sqs.delete_message(QueueUrl=inbox, ReceiptHandle=order["MessageId"])
    sqs.delete_message(QueueUrl=inbox, ReceiptHandle=order["ReceiptHandle"])
    fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    cashier = sqs.create_queue(QueueName="cashier.fifo", Attributes=fifo, tags={"day": "mon"})["QueueUrl"]
    entries = [{"Id": name, "MessageBody": name, "MessageGroupId": "ann"} for name in ("ann-1", "ann-2")]
    sqs.send_message_batch(QueueUrl=cashier, Entries=entries)
    aside = sqs.create_queue(QueueName="aside")["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=aside, AttributeNames=["QueueArn"])
    arn = found["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    sqs.set_queue_attributes(QueueUrl=inbox, Attributes={"RedrivePolicy": redrive})
    sqs.send_message(QueueUrl=inbox, MessageBody="NOT JSON")
    (poison,) = sqs.receive_message(QueueUrl=inbox, VisibilityTimeout=20)["Messages"]
    sqs.change_message_visibility(QueueUrl=inbox, ReceiptHandle=poison["ReceiptHandle"], VisibilityTimeout=0)
    sqs.receive_message(QueueUrl=inbox)
    sqs.start_message_move_task(SourceArn=arn)
    assert len(sqs.list_queues()["QueueUrls"]) == 3
    for url in (inbox, cashier, aside):
        sqs.delete_queue(QueueUrl=url)


def test_monday_by_hand_may_be_done_with_its_policy_and_nothing_else(account: Account, own_home: Path) -> None:
    here = ensure(own_home)
    monday(client(here))
    said = Cli(own_home)("local", "trail", "--as", "policy")
    assert (said.exit_code, said.err) == (0, "")
    assert here.account not in said.out and here.region not in said.out
    user = account.user("by-hand", said.out)
    there = session().client(
        "sqs", endpoint_url=account.endpoint.url, region_name=REGION, config=Config(proxies={}),
        aws_access_key_id=user.key, aws_secret_access_key=user.secret,
    )  # fmt: skip
    monday(there)
    for call, params in ((there.create_queue, {"QueueName": "other"}), (there.purge_queue, {"QueueUrl": "inbox"})):
        with pytest.raises(ClientError) as refused:
            call(**params)
        assert refused.value.response["Error"]["Code"] == "AccessDenied"
    by_arns = {str(each["Resource"]): each["Action"] for each in json.loads(said.out)["Statement"]}
    assert by_arns["*"] == ["sqs:ListQueues"]
    assert all("sqs:PurgeQueue" not in actions for actions in by_arns.values())
