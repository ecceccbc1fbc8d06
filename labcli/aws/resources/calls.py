"""How kinds of resources ask AWS: reads that may find nothing, creates that may be there, pages, sweeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labcli.aws.resources.base import Found, LiveKind
from labcli.aws.resources.handle import Handle
from labcli.context import Aws
from labcli.errors import AwsError
from labcli.lab.model import Call, Planned, Times


def or_none(aws: Aws, service: str, operation: str, params: Mapping[str, Any], gone: frozenset[str]) -> Any:
    """The answer of a read, None when AWS says by one of the ``gone`` errors that the thing does not exist."""
    try:
        return aws.call(service, operation, params)
    except AwsError as error:
        if error.names & gone:
            return None
        raise


def or_there(
    aws: Aws, service: str, operation: str, params: Mapping[str, Any], there: frozenset[str], mine: Callable[[], bool]
) -> Any:
    """The answer of a create; None when botocore asked twice, an answer being lost: it is there, and ours."""
    try:
        return aws.call(service, operation, params)
    except AwsError as error:
        if error.names & there and mine():
            return None
        raise


def changing(error: AwsError) -> bool:
    """Whether Lambda refused only because a change is under way, which ends by itself.

    AWS: "The operation cannot be performed at this time. An update is in progress for resource: …" (recorded).
    """
    return "ResourceConflictException" in error.names and "cannot be performed at this time" in error.aws_message


def carries(found: Mapping[str, str] | None, tags: Mapping[str, str]) -> bool:
    """Whether the tags that were read are those that were given."""
    return found is not None and tags.items() <= found.items()


def pages(aws: Aws, service: str, operation: str, params: Mapping[str, Any], token: tuple[str, str]) -> list[Any]:
    """Every page of a list. ``token`` is what AWS calls it in the answer and in the request."""
    found: list[Any] = []
    more: dict[str, Any] = {}
    while True:
        page = aws.call(service, operation, {**params, **more})
        found.append(page)
        if not page.get(token[0]):
            return found
        more = {token[1]: page[token[0]]}


def swept(aws: Aws, word: str, kind: LiveKind, listed: Mapping[str, str], created: float | None = None) -> list[Found]:
    """One find of a sweep, with what the list said of it. Its tags may not be readable, and it hides none of the others
    then; none if it vanished."""
    try:
        found = Handle(aws, kind, listed).tags()
    except AwsError as error:
        return [Found(word, listed["name"], {}, unread=f"{error.code} on {error.operation}")]
    return [] if found is None else [Found(word, listed["name"], dict(found), created)]


def sweep_of(service: str, listing: str, *reads: tuple[str, Mapping[str, Any]], **params: Any) -> list[Planned]:
    """The shape of a sweep: the pages of a list, and the ``reads`` of each that it shows, by operation."""
    each = [Planned(Call(service, operation, of_each), Times(0, _EACH)) for operation, of_each in reads]
    return [Planned(Call(service, listing, params), Times(1, _PAGES)), *each]


_PAGES, _EACH = 100, 1000
"""Bounds for a plan: pages of a list, resources of ours in it."""


def spec_refs(data: Any) -> list[str]:
    """The resources that the references in a declaration name, in order; ``wed.flow`` for another lab's."""
    from labcli.lab import refs

    try:
        return list(dict.fromkeys(ref.root for _, ref in refs.find(data)))
    except refs.BadRef:  # the check reports it
        return []
