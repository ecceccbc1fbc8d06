"""What is there and was not made by labcli: a learner's own things. They are named, and nobody touches them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from labcli.aws.resources.base import PREFIX
from labcli.aws.resources.calls import pages
from labcli.context import Aws


class _List(NamedTuple):
    service: str
    operation: str
    items: str
    field: str
    """What names an item; empty where the item is the name, a URL."""
    token: tuple[str, str]


LISTS: Mapping[str, _List] = {
    "queue": _List("sqs", "list_queues", "QueueUrls", "", ("NextToken", "NextToken")),
    "topic": _List("sns", "list_topics", "Topics", "TopicArn", ("NextToken", "NextToken")),
    "function": _List("lambda", "list_functions", "Functions", "FunctionName", ("NextMarker", "Marker")),
    "machine": _List("stepfunctions", "list_state_machines", "stateMachines", "name", ("nextToken", "nextToken")),
    "role": _List("iam", "list_roles", "Roles", "RoleName", ("Marker", "Marker")),
    "log group": _List("logs", "describe_log_groups", "logGroups", "logGroupName", ("nextToken", "nextToken")),
}
"""The list of each kind that people make by hand: its operation, and where the names are in the answer."""


def not_ours(aws: Aws) -> dict[str, list[str]]:
    """The names of all that is there and is not called as labcli calls its own, by kind. AwsError."""
    found = {kind: sorted(_names(aws, each)) for kind, each in LISTS.items()}
    return {kind: names for kind, names in found.items() if names}


def _names(aws: Aws, listed: _List) -> Iterable[str]:
    more = {"MaxResults": 1000} if listed.service == "sqs" else {}  # without it SQS tells of no further page
    for page in pages(aws, listed.service, listed.operation, more, listed.token):
        for each in page.get(listed.items, []):
            name = str(each[listed.field] if listed.field else each)
            name = name.rsplit("/", 1)[-1] if not listed.field else name
            name = name.rsplit(":", 1)[-1] if name.startswith("arn:") else name
            if not name.removeprefix("/aws/lambda/").startswith(PREFIX):
                yield name
