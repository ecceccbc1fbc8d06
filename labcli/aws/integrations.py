"""AWS's operations as Step Functions names them in ``aws-sdk`` integrations, from the models that ship with botocore.

A service is called as the SDK for Java calls it: its service id in small letters, without blanks, without a leading
``Amazon`` or ``AWS`` and an ending ``Service`` (Developer Guide, "Supported AWS SDK service integrations": ``sfn``,
``cloudwatchlogs``, ``databasemigration``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any

from labcli.aws.catalog import BotoCatalog

_ALSO = {"cloudwatchevents": "events"}
"""Older names that Step Functions takes."""


class SdkShape:
    """A botocore shape behind the ``Shape`` protocol of the rules."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    @property
    def kind(self) -> str:
        """What sort of value it is; a document may be anything."""
        return "document" if getattr(self._raw, "is_document_type", False) else str(self._raw.type_name)

    @cached_property
    def members(self) -> Mapping[str, SdkShape]:
        """The members of a structure."""
        return {name: SdkShape(raw) for name, raw in getattr(self._raw, "members", {}).items()}

    @property
    def needed(self) -> tuple[str, ...]:
        """The members that must be given; an idempotency token is made by the SDK."""
        raw = getattr(self._raw, "members", {})
        required = getattr(self._raw, "required_members", ())
        return tuple(name for name in required if not raw[name].metadata.get("idempotencyToken"))

    @cached_property
    def element(self) -> SdkShape | None:
        """What a list or a map holds."""
        raw = getattr(self._raw, "member", None) or getattr(self._raw, "value", None)
        return SdkShape(raw) if raw is not None else None


class SdkOperations:
    """The ``Operations`` of the rules over botocore's models; each is read when a definition first names it."""

    def __init__(self) -> None:
        self._catalog = BotoCatalog()

    def services(self) -> list[str]:
        """Every service that ``aws-sdk`` can name."""
        return list(self._services)

    def meant(self, service: str) -> str:
        """What ``aws-sdk`` calls a service that the CLI and boto3 call so; empty when they call none so."""
        return next((called for called, name in self._services.items() if name == service.casefold()), "")

    def operations(self, service: str) -> list[str]:
        """The operations of a service in camelCase; none of a service that is not known."""
        model = self._model(service)
        return [name[0].lower() + name[1:] for name in model.operation_names] if model is not None else []

    def input(self, service: str, operation: str) -> SdkShape | None:
        """The parameters of a known operation, None when it has none."""
        raw = self._model(service).operation_model(operation[0].upper() + operation[1:]).input_shape
        return SdkShape(raw) if raw is not None else None

    def _model(self, service: str) -> Any:
        known = _ALSO.get(service) or (service if self._plain(service) else self._services.get(service))
        return self._catalog.model(known) if known else None

    def _plain(self, service: str) -> bool:
        """Whether the service is called alike here and there: then no other model need be looked at."""
        model = self._catalog.model(service)
        return model is not None and _called(str(model.metadata.get("serviceId", ""))) == service

    @cached_property
    def _services(self) -> dict[str, str]:
        """botocore's name of each service, by the SDK's."""
        from labcli.aws.loader import lean_loader

        found = {}
        for name in self._catalog.services():
            if service_id := lean_loader().service_id(name):
                found[_called(service_id)] = name
        return found


def _called(service_id: str) -> str:
    bare = re.sub(r"[^a-z0-9]", "", service_id.casefold())
    for begin in ("amazon", "aws"):
        bare = bare.removeprefix(begin)
    return bare.removesuffix("service") or bare


@lru_cache(maxsize=1)
def sdk_operations() -> SdkOperations:
    """The one of this process."""
    return SdkOperations()
