"""botocore's models, read lean: for the local target only, where neither regions nor partitions matter.

A stock session walks the folders of 440 services twice and parses 1.2 MB of endpoint data before its first client, a
third of a short command's time. The endpoint of the embedded AWS is given, so neither is asked for here. A real
account never uses this loader: endpoints of other partitions would be wrong.
"""

from __future__ import annotations

import gzip
import re
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from botocore.loaders import Loader

from labcli.aws.services import SERVICES

_SERVICES = sorted(SERVICES)
"""What labs use; for any other service the stock walk is made."""
_OF_EACH = frozenset({"service-2", "endpoint-rule-set-1"})
"""The files that each of these services has, and a client reads."""

_ID = re.compile(rb'"serviceId"\s*:\s*"([^"]+)"')
_HEAD = 8192
"""Bytes at the beginning of a model that hold its service id."""

_ENDPOINTS = {
    "version": 3,
    "partitions": [
        {
            "partition": "aws",
            "dnsSuffix": "amazonaws.com",
            "regionRegex": "^[a-z]{2}-[a-z]+-\\d+$",
            "defaults": {"hostname": "{service}.{region}.{dnsSuffix}", "signatureVersions": ["v4"]},
            "regions": {"eu-central-2": {"description": "the embedded AWS"}},
            "services": {},
        }
    ],
}


class LeanLoader(Loader):  # type: ignore[misc]
    """A botocore loader that knows the services of the labs without looking, and only the embedded AWS's endpoint."""

    @cached_property
    def _walked(self) -> list[str]:
        return list(super().list_available_services("service-2"))

    def list_available_services(self, type_name: str) -> list[str]:
        """The services of the labs. ``every_service`` has them all."""
        return _SERVICES if type_name in _OF_EACH else list(super().list_available_services(type_name))

    def every_service(self) -> list[str]:
        """Every service that botocore has a model of."""
        return self._walked

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        """A model. The stock loader first lists all services to see whether there is this one."""
        if service_name in _SERVICES:
            return super().load_service_model(service_name, type_name, api_version)
        return Loader(extra_search_paths=self.search_paths, include_default_search_paths=False).load_service_model(
            service_name, type_name, api_version
        )

    def service_id(self, service_name: str) -> str:
        """AWS's id of a service (``CloudWatch Logs``), from the head of its model: all of them are asked at once."""
        folder = Path(Loader.BUILTIN_DATA_PATH) / service_name
        for path in sorted(folder.glob("*/service-2.json*"), reverse=True):
            with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as model:
                found = _ID.search(model.read(_HEAD))
            return found[1].decode() if found else ""
        return ""

    def load_data_with_path(self, name: str) -> Any:
        """Data by its name; the endpoint data is ours."""
        return (_ENDPOINTS, "labcli") if name == "endpoints" else super().load_data_with_path(name)


def partition_of(region: str) -> tuple[str, str]:
    """What ARNs of a region begin with behind ``arn:``, and how the names of its hosts end. AWS's own, when unknown."""
    for each in lean_loader().load_data("partitions")["partitions"]:
        if re.match(each["regionRegex"], region):
            return str(each["id"]), str(each["outputs"]["dnsSuffix"])
    return "aws", "amazonaws.com"


@lru_cache(maxsize=1)
def lean_loader() -> LeanLoader:
    """The one loader of this process: a model that the check read is not read again by the client.

    It reads only what ships with botocore, so models in the learner's ~/.aws cannot change what a call means.
    """
    return LeanLoader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
