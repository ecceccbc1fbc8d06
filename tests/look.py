"""An independent look at an embedded AWS, with clients that are boto3's alone."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labcli.aws.resources.base import PREFIX
from labcli.local import life

LISTS = (
    ("sqs", "list_queues", "QueueUrls"), ("iam", "list_roles", "Roles"),
    ("sns", "list_topics", "Topics"), ("sns", "list_subscriptions", "Subscriptions"),
    ("lambda", "list_functions", "Functions"), ("lambda", "list_event_source_mappings", "EventSourceMappings"),
    ("stepfunctions", "list_state_machines", "stateMachines"), ("logs", "describe_log_groups", "logGroups"),
)  # fmt: skip
"""How each service lists what it has, and under which name."""


READS = ("Get", "List", "Describe")


def _of_a_run(url: Any) -> bool:
    """Whether it is the URL of a queue of a run, whose name nobody uses again."""
    return isinstance(url, str) and url.startswith("http://") and url.rpartition("/")[2].startswith(PREFIX)


@dataclass
class Look:
    """An embedded AWS, seen and changed by clients that labcli knows nothing of. Each is made once."""

    home: Path
    changed: bool = False
    """Whether one of the clients made a call that does not only read, and not about a queue of a run."""
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """A client of the embedded AWS of the state folder, which is started if it does not run."""
        import boto3
        from botocore.config import Config

        endpoint = life.ensure(self.home, time.sleep, time.monotonic)  # noqa: TID251
        if service not in self._clients:
            made = boto3.client(
                service, endpoint_url=endpoint.url, region_name=endpoint.region, config=Config(proxies={}),
                aws_access_key_id=endpoint.access_key, aws_secret_access_key=endpoint.secret_key,
            )  # fmt: skip
            made.meta.events.register("before-parameter-build", self._note)
            self._clients[service] = made
        return self._clients[service]

    def _note(self, model: Any, params: dict[str, Any], **about: Any) -> None:
        self.changed |= not model.name.startswith(READS) and not _of_a_run(params.get("QueueUrl"))

    def left(self) -> list[str]:
        """All that every service lists, as ``service: thing``."""
        return [
            f"{service}: {each}"
            for service, operation, key in LISTS
            for each in getattr(self.client(service), operation)().get(key, [])
        ]

    def swept(self) -> bool:
        """Whether it is empty, once the queues of runs are deleted."""
        left = [each.partition(" ")[2] for each in self.left()]
        if not all(map(_of_a_run, left)):
            return False
        for url in left:
            self.client("sqs").delete_queue(QueueUrl=url)
        return True

    def close(self) -> None:
        for each in self._clients.values():
            each.close()
