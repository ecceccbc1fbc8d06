"""A learner at an embedded AWS, and labcli that looks at what they made. Each test has a region of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from labcli.aws.catalog import BotoCatalog
from labcli.aws.client import BotoAws
from labcli.aws.resources import KINDS
from labcli.aws.resources.base import Place
from labcli.aws.sessions import local_config, local_session
from labcli.aws.yours import Fact, facts, find, gone
from labcli.errors import AwsError
from labcli.lab.check import checked
from labcli.lab.model import Lab, ResourceSpec
from labcli.lab.refs import NoSuchValue
from labcli.local import life
from labcli.steps.language import LANGUAGE
from tests.local.conftest import end, ensure

_REGIONS = count(1)
CATALOG = BotoCatalog()
SOURCE = "def handler(event, context):\n    return event\n"


def policy(**statement: Any) -> dict[str, Any]:
    """A policy of one statement."""
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}


class Learner:
    """What was declared, what the learner makes, and what is said of it."""

    def __init__(self, aws: BotoAws, place: Place, folder: Path) -> None:
        self._aws, self.place, self._folder = aws, place, folder
        self.reads: list[str] = []
        self.denied: set[str] = set()
        self.deletes: dict[str, Callable[[], Any]] = {}
        """What somebody else does just before a read."""
        self.ours: set[str] = set()
        """What of the lab labcli makes: it has the long names."""
        self.lab: Lab

    def declare(self, resources: str) -> Learner:
        """The lab's declarations, one to a line."""
        names = [line.split(":")[0].strip() for line in resources.strip().splitlines()]
        lines = "".join(f"  {line.strip()}\n" for line in resources.strip().splitlines())
        (self._folder / "work.py").write_text(SOURCE, "utf-8")
        file = self._folder / "lab.yaml"
        file.write_text(f"lab: t\ntitle: T\nresources:\n{lines}steps:\n- create: [{', '.join(names)}]\n", "utf-8")
        self.lab = checked(file, LANGUAGE, CATALOG)
        return self

    def do(self, call: str, **params: Any) -> dict[str, Any]:
        """A call of the learner's: ``sqs.create_queue``."""
        service, _, operation = call.partition(".")
        return self._aws.call(service, operation, params)

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """A call of labcli's: it must be one that only reads, in a service that was reviewed."""
        known = CATALOG.operation(service, operation)
        assert known is not None
        assert known.reviewed
        assert known.effect is not None
        assert known.effect.value == "read", operation
        self.reads.append(operation)
        if operation in self.denied:
            raise AwsError(f"{service}.{operation}", "AccessDenied", "no", frozenset({"AccessDenied"}), 403)
        if operation in self.deletes:
            self.deletes.pop(operation)()
        return self._aws.call(service, operation, params)

    def queue(self, name: str, **attributes: str) -> str:
        """A queue of the learner's; its URL."""
        return str(self.do("sqs.create_queue", QueueName=name, Attributes=attributes)["QueueUrl"])

    def topic(self, name: str, **attributes: str) -> str:
        """A topic of the learner's; its ARN."""
        return str(self.do("sns.create_topic", Name=name, Attributes=attributes)["TopicArn"])

    def arn(self, service: str, name: str) -> str:
        return self.place.arn(service, name)

    def policy_of(self, url: str, document: Any) -> None:
        """The queue's policy, as data or as text."""
        text = document if isinstance(document, str) else json.dumps(document)
        self.do("sqs.set_queue_attributes", QueueUrl=url, Attributes={"Policy": text})

    def _name(self, spec: ResourceSpec) -> str:
        if {spec.name, spec.of} & self.ours:
            return KINDS[spec.kind].aws_name("labcli-t-abcdefgh", spec, self.lab.resources)
        made = KINDS[spec.kind].aws_name("", spec, self.lab.resources)
        return made.replace("/aws/lambda/-", "/aws/lambda/").removeprefix("-").replace("/-", "/")

    def resolve(self, name: str) -> Mapping[str, Any]:
        """As the judge of the tasks does it: what is there, by its name in the lab."""
        found = find(*self._about(name))
        if found is None:
            raise NoSuchValue(f"no `{name}`")
        nested: dict[str, Any] = {}
        for key, value in found.items():
            first, _, rest = key.partition(".")
            if rest:
                nested.setdefault(first, {})[rest] = value
            else:
                nested[first] = value
        return nested

    def _about(self, name: str) -> Any:
        spec = self.lab.resources[name]
        return self, spec, self._name(spec), self.place, self.resolve, self.lab.resources

    def facts(self, name: str) -> list[Fact]:
        return facts(*self._about(name))

    def gone(self, name: str) -> Fact:
        return gone(*self._about(name))

    def find(self, name: str) -> dict[str, str] | None:
        return find(*self._about(name))

    def rows(self, name: str) -> list[tuple[str, bool | None]]:
        """Titles, and whether they hold."""
        return [(each.title, each.held) for each in self.facts(name)]

    def said(self, name: str) -> list[str]:
        """All near misses."""
        return [each.said for each in self.facts(name) if each.held is False]

    def right(self, name: str) -> bool:
        return all(each.held for each in self.facts(name))


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[life.Endpoint]:
    place = tmp_path_factory.mktemp("yours") / "home"
    yield ensure(place)
    end(place)


@pytest.fixture
def learner(endpoint: life.Endpoint, tmp_path: Path) -> Iterator[Learner]:
    region = f"eu-test-{next(_REGIONS)}"
    session = local_session(endpoint.access_key, endpoint.secret_key, region)
    aws = BotoAws(session, "the local AWS", local_config(), endpoint.url)
    yield Learner(aws, Place(endpoint.account, region, endpoint=endpoint.url), tmp_path)
    for made in aws._clients.values():
        made.close()
