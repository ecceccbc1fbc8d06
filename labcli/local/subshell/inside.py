"""The environment inside of ``labcli shell``: the embedded AWS, and none of the user's own settings of AWS."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from labcli.local.pointing import variables
from labcli.local.process.folder import Folder
from labcli.local.process.keyring import Keys

MARK = "LABCLI_INSIDE"
"""Set inside of the shell, to the state folder that it belongs to."""
UNWRITTEN = "AWS_SECRET_ACCESS_KEY"
KEPT = "LABCLI_INSIDE_SECRET"
"""Holds the secret inside of the shell, so that no file of it does."""
HARMLESS = (
    "AWS_PAGER", "AWS_DEFAULT_OUTPUT", "AWS_CLI_AUTO_PROMPT", "AWS_CLI_FILE_ENCODING", "AWS_MAX_ATTEMPTS",
    "AWS_RETRY_MODE",
)  # fmt: skip
"""What a user may have set and keeps: it says how to show or to retry, and nothing of where and who."""


def place(folder: Folder) -> Path:
    """Where the files of the shell are."""
    return folder.root / "shell"


def programs(folder: Folder) -> Path:
    """The folder that comes first on PATH."""
    return place(folder) / "bin"


def ours(keys: Keys, folder: Folder) -> dict[str, str]:
    """The variables that are set whatever the user's start-up files set."""
    pointing = {name: value for name, value in variables(keys, {}).items() if name.lower() != "no_proxy"}
    return pointing | {
        "AWS_CONFIG_FILE": str(place(folder) / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(place(folder) / "credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def environment(keys: Keys, folder: Folder, env: Mapping[str, str]) -> dict[str, str]:
    """The whole environment inside, made of the one outside."""
    kept = {name: value for name, value in env.items() if not _hidden(name)}
    path = os.pathsep.join(filter(None, (str(programs(folder)), env.get("PATH", ""))))
    inside = kept | variables(keys, env) | ours(keys, folder)
    return inside | {"PATH": path, MARK: str(folder.home), KEPT: inside[UNWRITTEN]}


def _hidden(name: str) -> bool:
    """Whether it is of the user's AWS, or what ``labcli local env`` kept of it."""
    if name.startswith("AWS_"):
        return name not in HARMLESS
    return name.startswith("LABCLI_BEFORE_") or name == "LABCLI_ENV"


def config(keys: Keys) -> str:
    """The file that stands in for ``~/.aws/config``: for a program that does not look at the variables."""
    return (
        f"# of `labcli shell`; written anew each time\n[default]\nregion = {keys.region}\nendpoint_url = {keys.url}\n"
    )
