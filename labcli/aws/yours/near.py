"""What was made instead: another case, a slip of the hand, the other sort, another kind of that name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labcli.aws.resources.base import PREFIX
from labcli.aws.resources.calls import pages
from labcli.aws.yours.base import Look
from labcli.aws.yours.words import FIFO, last_of, sort_of
from labcli.context import Aws
from labcli.lab.refs import NoSuchValue
from labcli.rules.near import misspelt

_Page = Mapping[str, Any]


def _listed(
    service: str, operation: str, token: tuple[str, str], names: Callable[[_Page], list[str]], **params: Any
) -> Callable[[Aws], list[str]]:
    def listing(aws: Aws) -> list[str]:
        return [name for page in pages(aws, service, operation, params, token) for name in names(page)]

    return listing


_LISTS: Mapping[str, Callable[[Aws], list[str]]] = {
    "queue": _listed(
        *("sqs", "list_queues", ("NextToken", "NextToken")),
        lambda page: [last_of(url) for url in page.get("QueueUrls", [])],
        MaxResults=1000,
    ),
    "topic": _listed(
        *("sns", "list_topics", ("NextToken", "NextToken")),
        lambda page: [last_of(each["TopicArn"]) for each in page.get("Topics", [])],
    ),
    "function": _listed(
        *("lambda", "list_functions", ("NextMarker", "Marker")),
        lambda page: [each["FunctionName"] for each in page.get("Functions", [])],
    ),
    "machine": _listed(
        *("stepfunctions", "list_state_machines", ("nextToken", "nextToken")),
        lambda page: [each["name"] for each in page.get("stateMachines", [])],
    ),
    "role": _listed(
        *("iam", "list_roles", ("Marker", "Marker")),
        lambda page: [each["RoleName"] for each in page.get("Roles", [])],
    ),
}
"""How the names of each kind are listed."""


def names_of(aws: Aws, kind: str) -> list[str]:
    """The names of all of a kind. AwsError."""
    return _LISTS[kind](aws)


def said_of_names(look: Look) -> str:
    """The sentence about what is there instead of the wanted name, or that there is nothing near. AwsError."""
    kind, wanted = look.spec.kind, look.name
    right = _names_in_the_lab(look, kind)
    names = [each for each in names_of(look.aws, kind) if each not in right and _theirs(each, wanted)]
    return _same_kind(kind, wanted, names) or _other_kind(look) or f"There is no {kind} named `{wanted}` yet."


def _theirs(name: str, wanted: str) -> bool:
    """Whether it may be what the learner made: what labcli made is not."""
    return not name.startswith(PREFIX) or wanted.startswith(PREFIX)


def _same_kind(kind: str, wanted: str, names: list[str]) -> str:
    bare, fifo = wanted.removesuffix(FIFO), wanted.endswith(FIFO)
    for name in names:
        if name.casefold() == wanted.casefold():
            return f"There is a {kind} `{name}`; names are case-sensitive, and `{wanted}` is wanted."
    if kind in ("queue", "topic"):
        for name in names:
            if name.removesuffix(FIFO).casefold() == bare.casefold():
                want = f"a {sort_of(fifo)} one named" if name == f"{bare}{FIFO}" else f"a {sort_of(fifo)} {kind}"
                return f"`{name}` is a {sort_of(name.endswith(FIFO))} {kind}; {want} `{wanted}` is wanted."
    front = bare.rpartition("-")[0]  # on a real account each learner's names end in letters of their own
    near = front if front in names else misspelt(bare, [each.removesuffix(FIFO) for each in names])
    name = next((each for each in names if each.removesuffix(FIFO) == near), "")
    return f"There is a {kind} `{name}`; `{wanted}` is wanted." if name else ""


def _other_kind(look: Look) -> str:
    kind, bare = look.spec.kind, look.name.removesuffix(FIFO)
    for other in [each for each in _LISTS if each not in (kind, "role")] if kind != "role" else []:
        same = [each for each in names_of(look.aws, other) if each.removesuffix(FIFO) == bare]
        if same and same[0] not in _names_in_the_lab(look, other):
            return f"There is a {other} named `{same[0]}`; a {kind} is wanted."
    return ""


def _names_in_the_lab(look: Look, kind: str) -> set[str]:
    """The AWS names of the other things of the lab that are of a kind: they are right as they are."""
    found = set()
    for name, spec in look.declared.items():
        if spec.kind == kind and name != look.spec.name:
            try:
                found.add(str(look.resolve(name).get("name", "")))
            except NoSuchValue:
                continue
    return found
