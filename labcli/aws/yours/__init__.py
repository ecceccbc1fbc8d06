"""What a learner made by hand, held against what the lab declares: one file a kind, one line here.

What of a declaration is compared, and what is only the solution's, each file says at its top. Everything here reads;
what is near is looked for only when something does not hold.
"""

from __future__ import annotations

from collections.abc import Mapping

from labcli.aws.resources.base import Place
from labcli.aws.yours.base import Fact, Kind, Look, Resolve, facts_of, found_of, gone_of
from labcli.byword import ByWord
from labcli.context import Aws
from labcli.lab.model import ResourceSpec

YOURS: Mapping[str, Kind] = ByWord(
    __name__,
    {
        "queue": ("queue", "Queue"),
        "topic": ("topic", "Topic"),
        "subscription": ("subscription", "Subscription"),
        "function": ("function", "Function"),
        "mapping": ("mapping", "Mapping"),
        "machine": ("machine", "Machine"),
        "role": ("role", "Role"),
        "log_group": ("log_group", "LogGroup"),
    },
)

__all__ = ["YOURS", "Fact", "Resolve", "facts", "find", "gone"]


def facts(
    aws: Aws, spec: ResourceSpec, name: str, place: Place, resolve: Resolve, declared: Mapping[str, ResourceSpec]
) -> list[Fact]:
    """The rows about one thing: first that it is there and of its sort, then one for each declared property.

    ``spec`` is the declaration, ``name`` the AWS name that is wanted, ``resolve`` says what is known of the task's
    other things, ``declared`` are their declarations. AwsError when AWS fails otherwise than by denying a read.
    """
    return facts_of(YOURS[spec.kind], Look(aws, spec, name, place, resolve, declared))


def gone(
    aws: Aws, spec: ResourceSpec, name: str, place: Place, resolve: Resolve, declared: Mapping[str, ResourceSpec]
) -> Fact:
    """The row that it is not there; what AWS is deleting counts as gone."""
    return gone_of(YOURS[spec.kind], Look(aws, spec, name, place, resolve, declared))


def find(
    aws: Aws, spec: ResourceSpec, name: str, place: Place, resolve: Resolve, declared: Mapping[str, ResourceSpec]
) -> dict[str, str] | None:
    """What is known of the live thing (``name``, ``arn``, ``url``, …), None when it is not there."""
    return found_of(YOURS[spec.kind], Look(aws, spec, name, place, resolve, declared))
