"""A learner at the tasks of one day: plain boto3 with the key that `labcli local env` prints, and what `try` says."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from labcli.local import life
from tests.conftest import LABS, Cli, session

SERVICES = ("sqs", "sns", "lambda", "iam", "logs", "stepfunctions")


class Learner:
    """One learner, one day, one embedded AWS. ``learner.sqs`` is a client as a learner makes it."""

    def __init__(self, home: Path, day: str) -> None:
        self.cli = Cli(home)
        self.day = str(LABS / "week10" / f"{day}.yaml")
        assert self.cli("local", "start").exit_code == 0
        lines = self.cli("local", "env", "--shell", "sh").out.splitlines()
        said = [line.removeprefix("export ").split("=", 1) for line in lines if line.startswith("export")]
        self.env = {name: value.strip("'\"") for name, value in said}
        self.region = self.env["AWS_DEFAULT_REGION"]
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str = "") -> Any:
        """A client of one service; in another Region, if that is said."""
        key = (service, region or self.region)
        if key not in self._clients:
            self._clients[key] = session().client(
                service, endpoint_url=self.env["AWS_ENDPOINT_URL"], region_name=key[1],
                aws_access_key_id=self.env["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=self.env["AWS_SECRET_ACCESS_KEY"],
                aws_session_token=self.env.get("AWS_SESSION_TOKEN"),
            )  # fmt: skip
        return self._clients[key]

    @property
    def sqs(self) -> Any:
        return self.client("sqs")

    @property
    def sns(self) -> Any:
        return self.client("sns")

    def look(self, task: str, *more: str) -> dict[str, Any]:
        """What `try TASK` found; ``again`` sets its scene afresh. It is opened the first time."""
        result = self.cli("day", self.day, "try", task, *more, "--output", "json")
        assert result.exit_code in (0, 1), result.both
        looked: dict[str, Any] = json.loads(result.out)["looked_at"]
        assert result.exit_code == (0 if looked["done"] else 1)
        return looked

    def again(self, task: str) -> None:
        """Set the scene of a task afresh."""
        result = self.cli("day", self.day, "try", "--again", task)
        assert result.exit_code in (0, 1), result.both

    def said(self, task: str) -> list[str]:
        """The sentences beside the rows that do not hold."""
        rows = self.look(task)["rows"]
        return [row["said"] for row in rows if row["said"]]

    def states(self, task: str) -> Mapping[str, str]:
        """How each row stands, by its title."""
        return {row["title"]: row["state"] for row in self.look(task)["rows"]}

    def is_done(self, task: str) -> bool:
        """Whether a task was done once."""
        tasks = json.loads(self.cli("day", self.day, "try", "--output", "json").out)["tasks"]
        return any(each["task"] == task and each["done_at"] for each in tasks)

    def needs(self, task: str, do: Callable[[Learner], object]) -> None:
        """Do a task that others build on, unless it is done."""
        if not self.is_done(task):
            self.look(task)
            do(self)
            assert self.look(task)["done"], self.look(task)

    def ours(self, service: str, name: str) -> str:
        """The AWS name of something that labcli made for a task, by its name in the lab."""
        if service == "sqs":
            found = [url.rpartition("/")[2] for url in self.sqs.list_queues().get("QueueUrls", [])]
        elif service == "sns":
            found = [each["TopicArn"].rpartition(":")[2] for each in self.sns.list_topics()["Topics"]]
        else:
            found = [each["FunctionName"] for each in self.client("lambda").list_functions()["Functions"]]
        [mine] = [each for each in found if each.startswith("labcli-") and each.endswith(f"-{name}")]
        return mine

    def url(self, queue: str) -> str:
        """The URL of a queue, its own or labcli's."""
        try:
            return str(self.sqs.get_queue_url(QueueName=queue)["QueueUrl"])
        except self.sqs.exceptions.QueueDoesNotExist:
            return str(self.sqs.get_queue_url(QueueName=self.ours("sqs", queue))["QueueUrl"])

    def topic(self, name: str) -> str:
        """The ARN of a topic, its own or labcli's."""
        arns = [str(each["TopicArn"]) for each in self.sns.list_topics()["Topics"]]
        own = [each for each in arns if each.endswith(f":{name}")]
        return own[0] if own else next(each for each in arns if each.endswith(f":{self.ours('sns', name)}"))

    def arn(self, queue: str) -> str:
        """The ARN of a queue."""
        asked = self.sqs.get_queue_attributes(QueueUrl=self.url(queue), AttributeNames=["QueueArn"])
        return str(asked["Attributes"]["QueueArn"])

    def set_queue(self, queue: str, **attributes: Any) -> None:
        """Set attributes of a queue; what is data becomes JSON."""
        values = {key: each if isinstance(each, str) else json.dumps(each) for key, each in attributes.items()}
        self.sqs.set_queue_attributes(QueueUrl=self.url(queue), Attributes=values)

    def close(self) -> None:
        """End the embedded AWS and the clients."""
        for each in self._clients.values():
            each.close()
        life.stop(self.cli.home, time.sleep, time.monotonic)  # noqa: TID251 - the end of a module is real


def refused(code: str, call: Callable[..., object], **params: Any) -> None:
    """A call that AWS refuses, as the learner's program sees it."""
    try:
        call(**params)
    except ClientError as error:
        assert code in error.response["Error"]["Code"], error
        return
    raise AssertionError(f"AWS took it: {params}")
