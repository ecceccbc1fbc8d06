"""The calls that a kind of resource makes, taken down instead of made: references stay in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labcli.aws.resources import KINDS
from labcli.context import Aws
from labcli.lab.aws import Catalog
from labcli.lab.model import Call, Effect, ResourceSpec

_TAGS = ("tags", "Tags")


class _Answer(dict[str, Any]):
    """An answer in which everything is there, and empty."""

    def __missing__(self, key: str) -> str:
        return ""


class Recorder:
    """An ``Aws`` that remembers what acts, and asks nobody."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.calls: list[Call] = []

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Take the call down when it acts; whose it is (tags) is no matter of a script."""
        known = self._catalog.operation(service, operation)
        if known is None or known.effect is not Effect.READ:
            said = {key: value for key, value in params.items() if key not in _TAGS}
            self.calls.append(Call(service, operation, said))
        return _Answer()


class _Known(Mapping[str, str]):
    """What is known of a resource, as references to it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getitem__(self, key: str) -> str:
        return f"${{{self._name}.{key}}}"

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _as_it_is(value: Any) -> Any:
    return value


def _settled() -> None:
    """Nothing is under way."""


def creates(spec: ResourceSpec, catalog: Catalog) -> list[Call]:
    """The calls that create a resource."""
    return _recorded(catalog, lambda aws: KINDS[spec.kind].create(aws, f"${{{spec.name}.name}}", spec, {}, _as_it_is))


def updates(spec: ResourceSpec, catalog: Catalog) -> list[Call]:
    """The calls that make a resource what ``spec`` says."""
    return _recorded(catalog, lambda aws: KINDS[spec.kind].update(aws, _Known(spec.name), spec, _as_it_is, _settled))


def permits(spec: ResourceSpec, catalog: Catalog) -> list[Call]:
    """The calls that write the permission that a resource needs."""
    return _recorded(catalog, lambda aws: KINDS[spec.kind].permit(aws, spec, _as_it_is))


def _recorded(catalog: Catalog, act: Callable[[Aws], object]) -> list[Call]:
    aws = Recorder(catalog)
    act(aws)
    return aws.calls
