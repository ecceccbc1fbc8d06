"""What the process of the console may reach: the embedded AWS, and nothing else, whatever runs in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labcli.local.process.environment import KEPT
from labcli.local.process.keyring import Keys

SERVICES = "sqs,sns,lambda,stepfunctions,iam,logs,monitoring,s3,dynamodb"
"""What the overview asks for: of what it knows, the services of the labs, and two that stand beside them."""
AGENT = "labcli-console"
"""Stands in the user agent of every call that is made from the console."""
_NAMES = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
_PROGRAMS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "os.startfile")


def environment(environ: Mapping[str, str], keys: Keys, scratch: Path) -> dict[str, str]:
    """The whole environment of the console: nothing of the user's, and a home that goes with it."""
    kept = {name: environ[name] for name in KEPT if name in environ}
    own = dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP", "STACKPORT_DATA_DIR"), str(scratch))
    nowhere = str(scratch / "nowhere")
    return kept | own | {
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_REGION": keys.region,
        "AWS_DEFAULT_REGION": keys.region,
        "AWS_ENDPOINT_URL": keys.url,
        "AWS_CONFIG_FILE": nowhere,
        "AWS_SHARED_CREDENTIALS_FILE": nowhere,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_SDK_UA_APP_ID": AGENT,
        "LOG_LEVEL": "WARNING",
        "PYTHONDONTWRITEBYTECODE": "1",
        "STACKPORT_LEARN": "false",  # its tutorials are about other things, and write down what was done
        "STACKPORT_SERVICES": SERVICES,
    }  # fmt: skip


def enter(environment: Mapping[str, str]) -> None:
    """Make ``environment`` the whole environment of this process."""
    os.environ.clear()
    os.environ.update(environment)


def close(port: int) -> None:
    """From now on this process connects to 127.0.0.1 on this port only, looks up no name and starts no program.

    An audit hook (PEP 578) sees each of these before it is done, and cannot be taken away again.
    """

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            address = arguments[-1]
            allowed = address is None or (isinstance(address, tuple) and address[:2] == ("127.0.0.1", port))
        elif event in _NAMES:
            allowed = arguments[0] in (None, "127.0.0.1", b"127.0.0.1")
        else:
            allowed = event not in _PROGRAMS
        if not allowed:
            raise PermissionError(f"the console of labcli reaches the local AWS only ({event})")

    sys.addaudithook(hook)
