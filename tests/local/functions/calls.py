"""Short ways to say what the tests of Lambda and SNS say often."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from dataclasses import dataclass
from itertools import count
from typing import Any

from labcli.local.life import Endpoint
from tests.local.conftest import client, until

NUMBER = count()
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")


def zipped(code: str, name: str = "f.py") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, code)
    return packed.getvalue()


def allowing(*actions: str, resource: str = "*") -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@dataclass
class Answer:
    """What Invoke gave."""

    raw: dict[str, Any]
    payload: bytes

    @property
    def value(self) -> Any:
        return json.loads(self.payload)

    @property
    def error(self) -> str:
        """The type of the function's error; empty when there was none."""
        return str(self.value["errorType"]) if self.raw.get("FunctionError") else ""

    @property
    def log(self) -> str:
        return base64.b64decode(self.raw.get("LogResult", "")).decode()


@dataclass
class Lambdas:
    """Functions on one server, made in one line."""

    endpoint: Endpoint

    def __post_init__(self) -> None:
        from botocore.config import Config

        lenient = Config(retries={"max_attempts": 0}, parameter_validation=False, inject_host_prefix=False)
        self.api = client(self.endpoint, "lambda", config=lenient)
        self.iam = client(self.endpoint, "iam")
        self.logs = client(self.endpoint, "logs")
        self.sqs = client(self.endpoint, "sqs")
        self.sns = client(self.endpoint, "sns", config=lenient)

    def close(self) -> None:
        for made in (self.api, self.iam, self.logs, self.sqs, self.sns):
            made.close()

    def role(self, *actions: str, trust: Any = None) -> str:
        name = f"r{next(NUMBER)}"
        document = json.dumps(trust or TRUST)
        arn = str(self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"])
        self.allow(arn, *(actions or LOGS))
        return arn

    def allow(self, role: str, *actions: str) -> None:
        """From now on the role may do these things, and nothing else."""
        name = role.rpartition("/")[2]
        self.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=allowing(*actions))

    def function(self, code: str, *actions: str, **more: Any) -> str:
        """Its name; the code's handler is f.handler."""
        name = str(more.pop("FunctionName", f"f{next(NUMBER)}"))
        given = {"Runtime": "python3.12", "Handler": "f.handler", "Code": {"ZipFile": zipped(code)}, **more}
        given.setdefault("Role", self.role(*actions) if "Role" not in given else None)
        self.api.create_function(FunctionName=name, **given)
        self.settled(name)
        return name

    def settled(self, name: str) -> None:
        def done() -> bool:
            found = self.api.get_function_configuration(FunctionName=name)
            return bool(found["State"] == "Active" and found["LastUpdateStatus"] == "Successful")

        until(done, f"{name} to be ready")

    def change(self, name: str, code: str) -> None:
        self.api.update_function_code(FunctionName=name, ZipFile=zipped(code))
        self.settled(name)

    def invoke(self, name: str, event: Any = None, **more: Any) -> Answer:
        given = {"LogType": "Tail", "Payload": json.dumps(event).encode(), **more}
        raw = self.api.invoke(FunctionName=name, **given)
        return Answer(raw, raw["Payload"].read())

    def arn(self, name: str) -> str:
        return str(self.api.get_function_configuration(FunctionName=name)["FunctionArn"])

    def printed(self, name: str) -> list[str]:
        """The messages in the function's log group; none when there is no group."""
        group = f"/aws/lambda/{name}"
        if not self.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            return []
        return [event["message"] for event in self.logs.filter_log_events(logGroupName=group)["events"]]

    def starts(self, name: str) -> int:
        """How often the function was started, as its log says."""
        return sum(message.startswith("START ") for message in self.printed(name))

    def queue(self, **attributes: str) -> tuple[str, str]:
        """URL and ARN."""
        fifo = attributes.get("FifoQueue") == "true"
        name = f"lq{next(NUMBER)}" + (".fifo" if fifo else "")
        url = str(self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, str(found["Attributes"]["QueueArn"])

    def received(self, url: str, wait: int = 5) -> list[Any]:
        """Up to ten messages, with all there is about them."""
        every = {"MessageAttributeNames": ["All"], "MessageSystemAttributeNames": ["All"]}
        answer = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=wait, **every)
        return list(answer.get("Messages", []))
