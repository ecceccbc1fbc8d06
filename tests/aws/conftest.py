"""A stand-in for a real account: a second embedded AWS with IAM on, an IAM user, an alias, and a folder of settings."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from labcli.aws.targets import owner_of
from labcli.local import life
from tests.aws.world import AccountCli
from tests.conftest import Cli, session
from tests.look import LISTS

REGION = "eu-west-1"
PROFILE = "lab"

SMALL = """
lab: small
week: 1
title: Two queues
resources:
  dlq:    {queue: standard}
  orders: {queue: standard, visibility: 2, dead_letter: {to: dlq, after: 3}}
  pay:    {queue: fifo, dedup: content}
steps:
- create: [dlq, orders, pay]
- title: Send one
  do: sqs.send_message
  with: {QueueUrl: "${orders.url}", MessageBody: hello}
  save: {sent: MessageId}
- title: Receive it
  do: sqs.receive_message
  with: {QueueUrl: "${orders.url}", WaitTimeSeconds: 1}
  within: 8s
  expect: {"Messages[0].MessageId": "${sent}"}
checks:
- title: three failed receives
  do: sqs.get_queue_attributes
  with: {QueueUrl: "${orders.url}", AttributeNames: [RedrivePolicy]}
  expect: {"from_json(Attributes.RedrivePolicy).maxReceiveCount": 3}
"""


@dataclass(frozen=True)
class User:
    """An IAM user of the account, with an access key."""

    name: str
    user_id: str
    key: str
    secret: str

    @property
    def owner(self) -> str:
        return owner_of(self.user_id)

    def as_profile(self, name: str = PROFILE, **more: str) -> str:
        lines = [f"[{name}]", f"aws_access_key_id = {self.key}", f"aws_secret_access_key = {self.secret}"]
        return "\n".join([*lines, *(f"{key} = {value}" for key, value in more.items())]) + "\n"


@dataclass
class Account:
    """The stand-in, seen by its root: what tests prepare and look at independently of labcli."""

    home: Path
    endpoint: life.Endpoint

    @property
    def id(self) -> str:
        return self.endpoint.account

    @property
    def sure(self) -> list[str]:
        """The options that say what a person would type."""
        return ["--target", "aws", "--profile", PROFILE, "--region", REGION, "--yes", "--account", self.id]

    @property
    def target(self) -> list[str]:
        return self.sure[:6]

    def client(self, service: str, region: str = REGION) -> Any:
        from botocore.config import Config

        return session().client(
            service, endpoint_url=self.endpoint.url, region_name=region, config=Config(proxies={}),
            aws_access_key_id=self.endpoint.access_key, aws_secret_access_key=self.endpoint.secret_key,
        )  # fmt: skip

    def queues(self, region: str = REGION) -> list[str]:
        found = self.client("sqs", region).list_queues().get("QueueUrls", [])
        return sorted(url.rsplit("/", 1)[-1] for url in found)

    def tags(self, name: str) -> dict[str, str]:
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        return dict(sqs.list_queue_tags(QueueUrl=url).get("Tags", {}))

    def queue(self, name: str, **tags: str) -> str:
        given = {key.replace("_", ":"): value for key, value in tags.items()}
        return str(self.client("sqs").create_queue(QueueName=name, tags=given)["QueueUrl"])

    def user(self, name: str, policy: str) -> User:
        iam = self.client("iam")
        made = iam.create_user(UserName=name)["User"]
        iam.put_user_policy(UserName=name, PolicyName="labcli", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return User(name, made["UserId"], key["AccessKeyId"], key["SecretAccessKey"])

    def is_called(self, alias: str) -> None:
        iam = self.client("iam")
        for old in iam.list_account_aliases()["AccountAliases"]:
            iam.delete_account_alias(AccountAlias=old)
        if alias:
            iam.create_account_alias(AccountAlias=alias)

    def policy(self, user: User, document: str) -> None:
        self.client("iam").put_user_policy(UserName=user.name, PolicyName="labcli", PolicyDocument=document)

    def left(self) -> list[str]:
        """All of labcli's that there is, of every kind."""
        found = []
        for service, operation, key in LISTS:
            for each in getattr(self.client(service), operation)().get(key, []):
                found += [f"{operation}: {each}"] if "labcli-" in str(each) else []
        return found

    def empty(self) -> None:
        for region in (REGION, "us-east-1"):
            sqs = self.client("sqs", region)
            for url in sqs.list_queues().get("QueueUrls", []):
                sqs.delete_queue(QueueUrl=url)


@pytest.fixture(scope="session")
def _standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    home = tmp_path_factory.mktemp("account") / "aws"
    yield Account(home, life.ensure(home, time.sleep, time.monotonic))  # noqa: TID251
    life.stop(home, time.sleep, time.monotonic)  # noqa: TID251


@pytest.fixture(scope="session")
def monday_policy(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What `labcli day mon plan --as policy` prints: that it is enough for a learner is what the tests here prove."""
    return Cli(tmp_path_factory.mktemp("plan"))("day", "mon", "plan", "--as", "policy").out


@pytest.fixture(scope="session")
def learner(_standin: Account, monday_policy: str) -> User:
    return _standin.user("learner", monday_policy)


@pytest.fixture
def account(_standin: Account, learner: User, monday_policy: str) -> Iterator[Account]:
    """The account, without queues, called ``acme-lab``; the learner has Monday's policy."""
    _standin.is_called("acme-lab")
    _standin.policy(learner, monday_policy)
    yield _standin
    _standin.empty()


@dataclass(frozen=True)
class Settings:
    """A folder of AWS settings that this process's environment points at."""

    config: Path
    credentials: Path

    def write(self, config: str = "", credentials: str = "") -> None:
        self.config.write_text(config, "utf-8")
        self.credentials.write_text(credentials, "utf-8")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """boto3 reads the process's environment, so this is where a person's settings are put."""
    found = Settings(tmp_path / "aws" / "config", tmp_path / "aws" / "credentials")
    found.config.parent.mkdir()
    for name in list(os.environ):
        if name.startswith(("AWS_", "LABCLI_BEFORE_")) or name == "LABCLI_ENV":
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(found.config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(found.credentials))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    found.write()
    return found


@pytest.fixture
def on_account(home: Path, account: Account, learner: User, settings: Settings) -> AccountCli:
    """The command line of somebody whose profile ``lab`` is the learner's."""
    settings.write(credentials=learner.as_profile())
    return AccountCli(home, account.endpoint.url)


@pytest.fixture
def small(tmp_path: Path) -> str:
    """A lab of three queues like Monday's; its path."""
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, "utf-8")
    return str(path)


def denying(policy: str, action: str) -> str:
    """A policy without one action."""
    document = json.loads(policy)
    for statement in document["Statement"]:
        statement["Action"] = [each for each in statement["Action"] if each != action]
    document["Statement"] = [each for each in document["Statement"] if each["Action"]]
    return json.dumps(document)
