"""The words that a lab knows, for names of which only a run can tell: those of a body, of an output, of a policy.

Such a name comes from somewhere: from the lab, from a source beside it, or from AWS. One that stands nowhere and is one
slip of the hand away from one that does is that slip.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from labcli.lab.aws import Catalog, Kind, Shape
from labcli.lab.model import Lab
from labcli.rules.asl.operations import BOTO_NAMES, SDK_NAMES
from labcli.rules.near import slip

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_INTEGRATION = re.compile(r"states:[^:\s]*:[^:\s]*:(?:aws-sdk:)?([a-z0-9]+)")
_DEEPEST = 8
_SHORTEST = 3
"""Letters of a name that can be recognised in another."""


class Vocabulary:
    """The words of one lab, of its sources, and of the documents that AWS writes."""

    def __init__(self, lab: Lab, kinds: Mapping[str, Kind], catalog: Catalog) -> None:
        self._lab = lab
        self._kinds = kinds
        self._catalog = catalog

    @cached_property
    def _own(self) -> Counter[str]:
        """How often a word stands in the lab file."""
        return Counter(_WORD.findall(self._lab.raw.decode(errors="replace")))

    @cached_property
    def _others(self) -> set[str]:
        """The words of the labs that it needs, of all sources, and of AWS's documents."""
        from labcli.rules.documents import DOCUMENTS  # all of the States Language: few labs have a name in doubt

        labs = [self._lab, *self._lab.needed.values()]
        texts = [each.raw.decode(errors="replace") for each in labs[1:]]
        for lab in labs:
            for spec in lab.resources.values():
                texts += self._kinds[spec.kind].texts(spec)
        return {word for text in texts for word in _WORD.findall(text)} | DOCUMENTS

    @cached_property
    def _of_services(self) -> set[str]:
        """The names in the answers of the services that the lab's machines call."""
        labs = (self._lab, *self._lab.needed.values())
        named = {found for lab in labs for found in _INTEGRATION.findall(lab.raw.decode(errors="replace"))}
        services = sorted(BOTO_NAMES.get(sdk, sdk) for sdk in (SDK_NAMES.get(name, name) for name in named))
        return {name for service in services for name in _answers(service, self._catalog)}

    def mistake(self, name: str) -> str:
        """The word that is meant, when ``name`` stands nowhere else and is one slip away from it; or nothing."""
        if len(name) < _SHORTEST or self._own[name] > 1 or name in self._others:
            return ""
        known: Iterable[str] = sorted({word for word in self._own if word != name} | self._others)
        meant = slip(name, (word for word in known if len(word) >= _SHORTEST))
        return meant if meant and name not in self._of_services else ""


def _answers(service: str, catalog: Catalog) -> Iterator[str]:
    for operation in catalog.operations(service):
        known = catalog.operation(service, operation)
        yield from _members(known.output if known is not None else None, _DEEPEST)


def _members(shape: Shape | None, deep: int) -> Iterator[str]:
    if shape is not None and deep:
        for name, member in shape.members.items():
            yield name
            yield name[:1].upper() + name[1:]  # Step Functions writes every name so
            yield from _members(member, deep - 1)
        yield from _members(shape.element, deep - 1)
