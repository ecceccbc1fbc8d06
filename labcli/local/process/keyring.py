"""The keys of the embedded AWS: drawn once per state folder, and the same in every later shell.

They are kept so that variables a learner exported yesterday still work today, and they are random so that
nothing else on the machine (a web page, another user) can guess what the embedded AWS listens to.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from labcli.errors import TargetError
from labcli.local.process.folder import Folder, by_chmod, read_plain, write_json

REGION = "eu-central-2"
"""Of the older regions, version 1 of the aws CLI sends SQS calls to AWS whatever AWS_ENDPOINT_URL says; not of this."""
# Below the ranges from which Linux (32768 up), macOS and Windows (49152 up) take ports for outgoing connections.
PORTS = range(20_000, 32_000)
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True)
class Keys:
    """What a client needs to reach the embedded AWS of one state folder.

    ``account`` is 12 digits; ``region`` the default region. The secret stays out of ``repr``.
    """

    access_key: str
    secret_key: str = field(repr=False)
    port: int
    account: str
    region: str

    @property
    def url(self) -> str:
        """The endpoint, without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"


def keys(home: Path) -> Keys:
    """The keys of this state folder; drawn and kept on first use. Starts nothing.

    TargetError when the folder cannot be used or the key file is broken.
    """
    folder = Folder(home)
    folder.prepare()
    if folder.keys.exists():
        return read(folder.keys)
    return _first(folder)


def _first(folder: Folder) -> Keys:
    from filelock import FileLock

    folder.writable()
    try:
        with FileLock(folder.lock):  # two first commands at once draw one set of keys
            if not folder.keys.exists():
                write_json(folder.keys, asdict(_draw()))
    except OSError as error:
        raise TargetError(
            f"Cannot write {folder.keys}: {error.strerror or error}.", "Free some space, or set LABCLI_HOME."
        ) from error
    return read(folder.keys)


def read(path: Path) -> Keys:
    """The keys in ``path``; TargetError when it cannot be read or does not hold keys."""
    hint = f"Move {path} away: new keys are drawn, and the embedded AWS starts empty."
    try:
        found = json.loads(read_plain(path))
    except OSError as error:
        raise TargetError(
            f"Cannot read the keys of the embedded AWS in {path}: {error.strerror or error}.",
            f"Make it readable{by_chmod('u+r', path)}. Or: {hint}",
        ) from error
    except (ValueError, RecursionError) as error:
        raise TargetError(f"The key file of the embedded AWS, {path}, is broken.", hint) from error
    if not _sound(found):
        raise TargetError(f"The key file of the embedded AWS, {path}, does not hold keys.", hint)
    return Keys(**{name: found[name] for name in Keys.__dataclass_fields__})


def _sound(found: Any) -> bool:
    if not isinstance(found, dict):
        return False
    patterns = {"access_key": r"\w{16,64}", "secret_key": r"[\w-]{30,64}", "account": r"[1-9]\d{11}"}
    patterns["region"] = r"[a-z]{2}(-[a-z]+)+-\d"
    port = found.get("port")
    return (
        isinstance(port, int)
        and 1024 <= port <= 65535
        and all(isinstance(found.get(k), str) and re.fullmatch(p, found[k], re.ASCII) for k, p in patterns.items())
    )


def _draw() -> Keys:
    import secrets

    # Not AKIA...: nobody, and no scanner for leaked secrets, shall take it for a key to a real account.
    access = "LABCLI" + "".join(secrets.choice(_ALPHABET) for _ in range(14))
    account = str(secrets.randbelow(9 * 10**11) + 10**11)
    return Keys(access, secrets.token_urlsafe(30), _free_port(), account, REGION)


def _free_port() -> int:
    import secrets
    import socket

    for _ in range(100):
        port = secrets.choice(PORTS)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise TargetError(
        "No free port for the embedded AWS was found.", "Is loopback networking (127.0.0.1) allowed here?"
    )
