"""An SNS of a few lines for the tests of its kinds: it answers as it was told, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labcli.errors import AwsError

TOPIC = "labcli-t-abcdefgh-news"
ARN = f"arn:aws:sns:eu-west-1:123456789012:{TOPIC}"


class Sns:
    """An SNS that answers as told, by operation; an error is raised."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.calls: list[tuple[str, Mapping[str, Any]]] = []

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self.calls.append((operation, params))
        answer = self.answers[operation]
        answer = answer(params) if callable(answer) else answer
        if isinstance(answer, AwsError):
            raise answer
        return dict(answer)


def refused(operation: str, *names: str, said: str = "no") -> AwsError:
    return AwsError(f"sns.{operation}", names[0], said, frozenset(names), 400)


GONE = refused("get_topic_attributes", "NotFound", "NotFoundException")
NO_TAGS = refused("list_tags_for_resource", "ResourceNotFound", "ResourceNotFoundException")
