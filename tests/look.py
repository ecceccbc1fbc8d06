"""An independent look at an embedded AWS, with clients that are boto3's alone."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labcli.local import life

LISTS = (
    ("sqs", "list_queues", "QueueUrls"), ("iam", "list_roles", "Roles"),
    ("sns", "list_topics", "Topics"), ("sns", "list_subscriptions", "Subscriptions"),
    ("lambda", "list_functions", "Functions"), ("lambda", "list_event_source_mappings", "EventSourceMappings"),
    ("stepfunctions", "list_state_machines", "stateMachines"), ("logs", "describe_log_groups", "logGroups"),
)  # fmt: skip
"""How each service lists what it has, and under which name."""


def client(home: Path, service: str) -> Any:
    """A client of the embedded AWS of a state folder, which is started if it does not run."""
    import boto3
    from botocore.config import Config

    endpoint = life.ensure(home, time.sleep, time.monotonic)  # noqa: TID251
    return boto3.client(
        service, endpoint_url=endpoint.url, region_name=endpoint.region, aws_access_key_id=endpoint.access_key,
        aws_secret_access_key=endpoint.secret_key, config=Config(proxies={}),
    )  # fmt: skip


@dataclass
class Look:
    """What there is in the embedded AWS of a state folder. Its clients are made once."""

    home: Path
    _clients: dict[str, Any] = field(default_factory=dict)

    def left(self) -> list[str]:
        """All that every service lists, as ``service: thing``."""
        found = []
        for service, operation, key in LISTS:
            found += [f"{service}: {each}" for each in getattr(self.client(service), operation)().get(key, [])]
        return found

    def client(self, service: str) -> Any:
        """A client of a service: always the same."""
        if service not in self._clients:
            self._clients[service] = client(self.home, service)
        return self._clients[service]

    def close(self) -> None:
        for each in self._clients.values():
            each.close()
