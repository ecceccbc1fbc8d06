"""Short ways to say what the tests of SQS say often."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

NUMBER = count()


FIFO = {"FifoQueue": "true"}


def queue(sqs: Any, fifo: bool = False, **attributes: str) -> str:
    name = f"q{next(NUMBER)}" + (".fifo" if fifo else "")
    given = {**attributes, **(FIFO if fifo else {})}
    return str(sqs.create_queue(QueueName=name, Attributes=given)["QueueUrl"])


def arn(sqs: Any, url: str) -> str:
    return str(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])


def receive(sqs: Any, url: str, **more: Any) -> list[Any]:
    return list(sqs.receive_message(QueueUrl=url, **more).get("Messages", []))


def refused(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call()
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]
