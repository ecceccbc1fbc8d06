"""Short ways to say what the tests of Step Functions say often."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from labcli.local.life import Endpoint
from tests.local.conftest import client, until

NUMBER = count()
PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
FAIL = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Mine", "Cause": "because"}}}
WAIT = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}


def trust(*services: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": [*services]}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def policy(*actions: str, resource: str = "*", effect: str = "Allow") -> str:
    statement = {"Effect": effect, "Action": [*actions], "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def refused(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call()
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


@dataclass
class Bench:
    """Clients of one server, and what is made with them over and over."""

    endpoint: Endpoint

    def __post_init__(self) -> None:
        loose = Config(retries={"max_attempts": 0}, inject_host_prefix=False, proxies={}, parameter_validation=False)
        self.sfn = client(self.endpoint, "stepfunctions", config=loose)
        self.iam, self.sqs = client(self.endpoint, "iam"), client(self.endpoint, "sqs")
        self.lambdas = client(self.endpoint, "lambda")

    def close(self) -> None:
        for made in (self.sfn, self.iam, self.sqs, self.lambdas):
            made.close()

    def role(self, *actions: str, services: tuple[str, ...] = ("states.amazonaws.com", "lambda.amazonaws.com")) -> str:
        """A role that may do this, on everything."""
        name = f"r{next(NUMBER)}"
        arn = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(*services))["Role"]["Arn"]
        if actions:
            self.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy(*actions))
        return str(arn)

    def machine(self, definition: Mapping[str, Any], *actions: str, **more: Any) -> str:
        given = {"name": f"m{next(NUMBER)}", "definition": json.dumps(definition), **more}
        given.setdefault("roleArn", self.role(*actions))
        return str(self.sfn.create_state_machine(**given)["stateMachineArn"])

    def start(self, machine: str, given: Any = None, **more: Any) -> str:
        sent = {"input": json.dumps({} if given is None else given), **more}
        return str(self.sfn.start_execution(stateMachineArn=machine, **sent)["executionArn"])

    def show(self, execution: str) -> Any:
        return self.sfn.describe_execution(executionArn=execution)

    def ended(self, execution: str) -> Any:
        """What an execution came to."""

        def over() -> Any:
            shown = self.show(execution)
            return shown if shown["status"] != "RUNNING" else None

        return until(over, "the end of the execution")

    def run(self, definition: Mapping[str, Any], given: Any = None, *actions: str) -> Any:
        return self.ended(self.start(self.machine(definition, *actions), given))

    def events(self, execution: str) -> list[Any]:
        return list(self.sfn.get_execution_history(executionArn=execution, maxResults=1000)["events"])

    def kinds(self, execution: str) -> list[str]:
        return [str(event["type"]) for event in self.events(execution)]

    def queue(self) -> str:
        return str(self.sqs.create_queue(QueueName=f"q{next(NUMBER)}")["QueueUrl"])

    def bodies(self, queue: str) -> list[Any]:
        got = self.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=2, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in got]

    def function(self, code: str, *actions: str) -> str:
        """A function in Python; its handler is ``handler`` in ``f.py``."""
        name, packed = f"f{next(NUMBER)}", io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("f.py", code)
        given = {"Runtime": "python3.12", "Handler": "f.handler", "Code": {"ZipFile": packed.getvalue()}}
        made = self.lambdas.create_function(FunctionName=name, Role=self.role(*actions), Timeout=30, **given)
        self.lambdas.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.1})
        return str(made["FunctionArn"])


def task(resource: str, parameters: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A machine of one task."""
    state = {"Type": "Task", "Resource": resource, "End": True, **more}
    if parameters is not None:
        state["Parameters"] = parameters
    return {"StartAt": "T", "States": {"T": state}}
