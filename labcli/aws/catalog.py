"""AWS's operations and their shapes, from the service models that ship with botocore. No network, no credentials."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any

from labcli.aws.services import service_of
from labcli.lab.model import Effect


class BotoShape:
    """A botocore shape behind the ``Shape`` protocol, made when it is looked at."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    @property
    def name(self) -> str:
        """Its name in the model."""
        return str(self._raw.name)

    @property
    def kind(self) -> str:
        """What sort of value it is."""
        return str(self._raw.type_name)

    @cached_property
    def members(self) -> Mapping[str, BotoShape]:
        """The members of a structure."""
        return {name: shape(raw) for name, raw in getattr(self._raw, "members", {}).items()}

    @property
    def required(self) -> tuple[str, ...]:
        """The members that must be there."""
        return tuple(getattr(self._raw, "required_members", ()))

    @cached_property
    def element(self) -> BotoShape | None:
        """What a list or a map holds."""
        raw = getattr(self._raw, "member", None) or getattr(self._raw, "value", None)
        return shape(raw) if raw is not None else None

    @property
    def enum(self) -> tuple[str, ...]:
        """The words that are allowed."""
        return tuple(getattr(self._raw, "enum", ()) or ())

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that a map can have, where the model lists them."""
        key = getattr(self._raw, "key", None)
        return tuple(getattr(key, "enum", ()) or ())


def shape(raw: Any) -> BotoShape:
    """Wrap a botocore shape."""
    return BotoShape(raw)


class BotoOperation:
    """A botocore operation behind the ``Operation`` protocol."""

    def __init__(self, service: str, name: str, raw: Any, endpoint: str) -> None:
        known = service_of(service)
        self._raw = raw
        self.effect: Effect | None = known.effect_of(name)
        self.iam_action = known.iam_actions.get(name, f"{known.actions or endpoint}:{raw.name}")
        self.object_param = known.object_of(name)
        self.reviewed = known.reviewed

    @cached_property
    def input(self) -> BotoShape | None:
        return shape(self._raw.input_shape) if self._raw.input_shape is not None else None

    @cached_property
    def output(self) -> BotoShape | None:
        return shape(self._raw.output_shape) if self._raw.output_shape is not None else None

    @cached_property
    def errors(self) -> frozenset[str]:
        """Every declared error, by class name and by code."""
        return frozenset(name for raw in self._raw.error_shapes for name in error_names(raw))


def error_names(raw: Any) -> set[str]:
    """The names that an error goes by: its class in boto3, its code on the wire."""
    code = (raw.metadata.get("error") or {}).get("code")
    return {raw.name, *([code] if code else [])}


class BotoCatalog:
    """The catalog over botocore's loader; a model is read once, when first asked for."""

    def __init__(self) -> None:
        self._models: dict[str, Any] = {}

    @cached_property
    def _loader(self) -> Any:
        from labcli.aws.loader import lean_loader

        return lean_loader()

    def services(self) -> list[str]:
        """Every service by its boto3 name."""
        return list(self._loader.every_service())

    def model(self, service: str) -> Any:
        """The botocore ServiceModel of a service, None when there is no such one."""
        if service not in self._models:
            from botocore.exceptions import DataNotFoundError, UnknownServiceError
            from botocore.model import ServiceModel

            try:
                data = self._loader.load_service_model(service, "service-2")
                self._models[service] = ServiceModel(data, service)
            except (DataNotFoundError, UnknownServiceError):
                self._models[service] = None
        return self._models[service]

    def operations(self, service: str) -> list[str]:
        """The operations of a service by their boto3 names."""
        return list(self._by_name(service))

    def operation(self, service: str, name: str) -> BotoOperation | None:
        """One operation, None when there is no such one."""
        raw = self._by_name(service).get(name)
        model = self.model(service)
        if raw is None:
            return None
        endpoint = str(model.metadata.get("endpointPrefix", service))
        return BotoOperation(service, name, model.operation_model(raw), endpoint)

    @lru_cache(maxsize=64)  # noqa: B019 - one catalog lives as long as the process
    def _by_name(self, service: str) -> dict[str, str]:
        from botocore import xform_name

        model = self.model(service)
        return {xform_name(raw): raw for raw in model.operation_names} if model is not None else {}
