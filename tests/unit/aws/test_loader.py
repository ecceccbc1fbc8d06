"""The lean loader finds what the stock one finds, for every service that labs use."""

from __future__ import annotations

import pytest
from botocore.loaders import Loader

from labcli.aws import loader


@pytest.mark.parametrize("service", loader._SERVICES)
@pytest.mark.parametrize("kind", sorted(loader._OF_EACH))
def test_what_is_taken_for_there_is_there(service: str, kind: str) -> None:
    stock = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    assert loader.lean_loader().load_service_model(service, kind) == stock.load_service_model(service, kind)


def test_a_service_of_no_lab_is_found_too() -> None:
    assert loader.lean_loader().load_service_model("s3", "service-2")["metadata"]["serviceId"] == "S3"
