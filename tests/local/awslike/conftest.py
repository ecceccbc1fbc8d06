"""Real servers in the AWS-like mode, each of one seed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from labcli.local import life
from tests.local.conftest import client, end, ensure

SEED = 7


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[life.Endpoint]:
    """One server for a module."""
    place = tmp_path_factory.mktemp("awslike") / "home"
    yield ensure(place, "--aws-like", str(SEED))
    end(place)


@pytest.fixture(scope="module")
def sns(endpoint: life.Endpoint) -> Iterator[Any]:
    made = client(endpoint, "sns")
    yield made
    made.close()


@pytest.fixture(scope="module")
def iam(endpoint: life.Endpoint) -> Iterator[Any]:
    made = client(endpoint, "iam")
    yield made
    made.close()
