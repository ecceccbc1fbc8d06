"""The stage of the fault tests: a lab with all that Monday creates, canaries, a clock that need not be waited for."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import LABS, REPO, Cli, Result

HEADER = {
    "week": 10,
    "title": "A day of faults",
    "minutes": {"run": 1, "guided": 1},
    "goals": ["none"],
    "notes": "none",
}


def write_lab(folder: Path, name: str, resources: dict[str, Any], steps: list[Any], **more: Any) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump({"lab": name, **HEADER, "resources": resources, "steps": steps, **more}), "utf-8")
    return path


def plain(text: str) -> str:
    """What was printed, without the ends of its lines."""
    return " ".join(text.split())


@pytest.fixture
def census(boto: Callable[[str], Any]) -> Iterator[Any]:
    """An independent look at what there is, from before the test to its end."""
    from tests.faults.everything import Census  # it builds its labs with what stands here

    found = Census(boto)
    found.begin()
    yield found
    found.close()


def monday(folder: Path) -> Path:
    """Every resource and every ``create`` of Monday; then one message there and back, and the last one deleted."""
    mon = yaml.safe_load((LABS / "week10" / "mon.yaml").read_text("utf-8"))
    creates = [{"create": step["create"]} for step in mon["steps"] if "create" in step]
    made = [name for step in creates for name in step["create"]]
    shapes = {(each["queue"], "dead_letter" in each) for each in (mon["resources"][name] for name in made)}
    assert shapes >= {("standard", False), ("standard", True), ("fifo", False)}
    first = next(name for name in made if mon["resources"][name]["queue"] == "standard")
    steps: list[Any] = [
        *creates,
        {"do": "sqs.send_message", "with": {"QueueUrl": f"${{{first}.url}}", "MessageBody": "one"}},
        {"do": "sqs.receive_message", "with": {"QueueUrl": f"${{{first}.url}}"}},
        {"delete": [made[-1]]},
    ]
    return write_lab(folder, "kill", mon["resources"], steps)


SMALL = {
    "dlq": {"queue": "standard"},
    "orders": {"queue": "standard", "visibility": 3, "dead_letter": {"to": "dlq", "after": 3}},
    "pay": {"queue": "fifo", "dedup": "content"},
}
SEND = {"do": "sqs.send_message", "with": {"QueueUrl": "${orders.url}", "MessageBody": "one"}}
CHECK = {
    "title": "orders is there",
    "do": "sqs.get_queue_attributes",
    "with": {"QueueUrl": "${orders.url}", "AttributeNames": ["All"]},
    "expect": {"Attributes.QueueArn": {"present": True}},
}


def small(folder: Path, name: str = "small") -> Path:
    """One queue of each sort, a message, and a check."""
    return write_lab(folder, name, SMALL, [{"create": ["dlq", "orders", "pay"]}, SEND], checks=[CHECK])


@dataclass
class Time:
    """Time that passes at once when somebody sleeps, for each thread its own. ``asleep`` is called each time."""

    asleep: Callable[[], object] = lambda: None
    _of: threading.local = field(default_factory=threading.local)

    def sleep(self, seconds: float) -> None:
        self.asleep()
        self._of.slept = self.slept + seconds

    @property
    def slept(self) -> float:
        """Seconds that this thread slept."""
        return float(getattr(self._of, "slept", 0.0))

    def monotonic(self) -> float:
        return time.monotonic() + self.slept

    @property
    def given(self) -> dict[str, Any]:
        return {"sleep": self.sleep, "monotonic": self.monotonic}


@dataclass
class Stage:
    """One state folder, its command line, an independent client, and two queues of others that nobody may touch."""

    cli: Cli
    sqs: Any
    canaries: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add_canaries(self) -> None:
        tags = {"labcli:owner": "ffffffffffffffff", "labcli:run": "aaaaaaaa", "labcli:lab": "kill"}
        for name, given in (("labcli-by-hand", {}), ("labcli-kill-aaaaaaaa-orders", {"tags": tags})):
            url = self.sqs.create_queue(QueueName=name, **given)["QueueUrl"]
            self.sqs.send_message(QueueUrl=url, MessageBody="mine")
            self.canaries[url] = self._look(url)

    def _look(self, url: str) -> dict[str, Any]:
        attributes = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return {**attributes, "tags": self.sqs.list_queue_tags(QueueUrl=url).get("Tags", {})}

    def left(self) -> list[str]:
        """Names of queues that are no canary's. The canaries are as they were."""
        urls = self.sqs.list_queues().get("QueueUrls", [])
        assert {url: self._look(url) for url in self.canaries if url in urls} == self.canaries
        return [url.rsplit("/", 1)[-1] for url in urls if url not in self.canaries]

    def clean(self, *options: str, **changes: Any) -> Result:
        return self.cli("cleanup", "--all", *options, **{**Time().given, **changes})

    def forget(self) -> None:
        """No ledgers: the next turn of a loop begins as the first did."""
        shutil.rmtree(self.cli.home / "runs", ignore_errors=True)

    def ledgers(self) -> list[Path]:
        return sorted((self.cli.home / "runs").glob("*.jsonl"))

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line)["event"] for path in self.ledgers() for line in path.read_text("utf-8").splitlines()]


@pytest.fixture
def stage(cli: Cli, boto: Callable[[str], Any]) -> Iterator[Stage]:
    sqs = boto("sqs")
    yield Stage(cli, sqs)
    sqs.close()


class Nursery:
    """The process whose children die."""

    def __init__(self, cli: Cli, lab: Path) -> None:
        self.env = dict(cli.context().env)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery", str(lab)], cwd=REPO, env=self.env, encoding="utf-8",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def _order(self, **order: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def run(self, *argv: str, fatal: int | None = None, late: bool = False) -> tuple[int, list[str]]:
        """The exit code (-9 when it was killed) and the names of the points that it came by."""
        answer = self._order(argv=[str(each) for each in argv], fatal=fatal, late=late, env=self.env)
        return answer["code"], answer["names"]

    def land(self) -> None:
        """Let the call that a dead child left behind be sent now; returns when it was answered."""
        self._order(land=True)

    def close(self) -> None:
        self.process.communicate()


@pytest.fixture
def nursery(cli: Cli, tmp_path: Path) -> Iterator[Nursery]:
    made = Nursery(cli, monday(tmp_path))
    yield made
    made.close()
