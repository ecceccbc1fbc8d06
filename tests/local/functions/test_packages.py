"""A function has what Lambda gives it, and not what labcli needs for itself."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Iterator

import pytest

from labcli.local.life import Endpoint
from tests.conftest import REPO
from tests.local.functions.calls import Lambdas

INSIDE = REPO / "labcli" / "local" / "functions" / "inside.py"


@pytest.fixture(scope="module")
def lambdas(endpoint: Endpoint) -> Iterator[Lambdas]:
    made = Lambdas(endpoint)
    yield made
    made.close()


@pytest.mark.parametrize(
    "name", ["yaml", "rich", "typer", "ministack", "labcli", "pytest", "pip", "tests", "hypercorn"]
)
def test_a_package_of_labcli_is_an_import_module_error_as_on_aws(lambdas: Lambdas, name: str) -> None:
    made = lambdas.function(f"import {name}\ndef handler(event, context): return 1\n")
    answer = lambdas.invoke(made)
    assert answer.error == "Runtime.ImportModuleError"
    assert answer.value["errorMessage"] == f"Unable to import module 'f': No module named '{name}'"


def test_boto3_and_what_it_needs_are_there(lambdas: Lambdas) -> None:
    code = "import boto3, botocore.config, dateutil.parser, jmespath, s3transfer.manager, six, urllib3.util\n"
    code += "import asyncio, ctypes, email, sqlite3, ssl, unittest.mock, xml.etree.ElementTree, zoneinfo\n"
    made = lambdas.function(code + "def handler(event, context): return boto3.client('sqs').meta.region_name\n")
    assert lambdas.invoke(made).value == lambdas.api.meta.region_name


def test_a_package_in_the_functions_own_zip_is_its_own(lambdas: Lambdas) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("f.py", "import yaml.inner\ndef handler(event, context): return yaml.inner.NAME\n")
        archive.writestr("yaml/__init__.py", "")
        archive.writestr("yaml/inner.py", "NAME = 'mine'\n")
    assert lambdas.invoke(lambdas.function("", Code={"ZipFile": packed.getvalue()})).value == "mine"


def test_the_path_of_a_function_names_nothing_of_labcli(lambdas: Lambdas) -> None:
    code = "import sys\ndef handler(event, context): return [sys.path, sorted(sys.modules)]\n"
    path, modules = lambdas.invoke(lambdas.function(code)).value
    assert not [each for each in path if "site-packages" in each or "dist-packages" in each]
    assert not [each for each in modules if "editable" in each or each.startswith("labcli")]


def test_the_standard_library_stays_where_it_lies_below_another_place() -> None:
    """As on Windows, where the folder of python.exe is on the path and holds the standard library."""
    code = (
        "import json, os, sys\n"
        "sys.path.append(os.path.dirname(os.path.dirname(os.__file__)))\n"
        "had = sys.modules['json']\n"
        f"given = {{'__name__': 'inside'}}; exec(open({str(INSIDE)!r}, encoding='utf-8').read(), given)\n"
        "given['Packages']()\n"
        "assert sys.modules.get('json') is had\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
