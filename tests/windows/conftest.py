"""A learner's Windows: the installed labcli in processes of its own, in a folder of letters that no code page has."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPO

TOP = "Học viên"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """These are about Windows."""
    if sys.platform != "win32":
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="Windows only"))


@dataclass
class Learner:
    """Commands as a learner types them: ``learner("day", "mon", "run")``, in a folder that is no checkout."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.folder / "state folder"

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LABCLI_"))}
        return {**kept, "LABCLI_HOME": str(self.home), **self.env}

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "labcli", *arguments]

    def __call__(self, *arguments: str, limit: float = 240, **more: Any) -> subprocess.CompletedProcess[str]:
        given: dict[str, Any] = {
            "capture_output": True, "encoding": "utf-8", "errors": "replace", "stdin": subprocess.DEVNULL,
            "cwd": self.folder, "env": {**self.environment(), "PYTHONIOENCODING": "utf-8"}, "timeout": limit, **more,
        }  # fmt: skip
        return subprocess.run(self.command(*arguments), check=False, **given)

    def runs(self, *arguments: str, **more: Any) -> str:
        """What a command says that must pass."""
        done = self(*arguments, **more)
        assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def client(self, service: str) -> Any:
        """boto3, as ``local env`` points it at the embedded AWS."""
        import boto3
        from botocore.config import Config

        lines = self.runs("local", "env", "--shell", "cmd").splitlines()
        found = dict(line.removeprefix('set "').removesuffix('"').split("=", 1) for line in lines)
        return boto3.client(
            service, endpoint_url=found["AWS_ENDPOINT_URL"], region_name=found["AWS_REGION"],
            aws_access_key_id=found["AWS_ACCESS_KEY_ID"], aws_secret_access_key=found["AWS_SECRET_ACCESS_KEY"],
            config=Config(proxies={}, inject_host_prefix=False),
        )  # fmt: skip


@pytest.fixture(scope="module")
def learner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Learner]:
    folder = tmp_path_factory.mktemp("users") / TOP
    folder.mkdir()
    found = Learner(folder)
    yield found
    found("local", "stop")


__all__ = ["REPO", "Learner"]
