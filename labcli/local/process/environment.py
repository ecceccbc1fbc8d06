"""The environment of the embedded AWS: a short list, never the user's own.

Lambda functions run as child processes of the server and inherit what it has. The user's environment holds keys to
real accounts and tokens of other services, so the server gets a list of names that are known to be harmless, before
the engine is imported, and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from labcli.local.process.folder import Folder
from labcli.local.process.keyring import Keys

KEPT = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "TZ")
# Only for finding labcli itself, if it is run from a source tree; gone before the engine is imported.
_ONLY_TO_START = ("PYTHONPATH", "PYTHONHOME")
_FEW_ARENAS = {"MALLOC_ARENA_MAX": "2"}
"""glibc gives each thread memory of its own by default, some megabytes here. Elsewhere the variable is unread."""
_UTF_8 = {"PYTHONUTF8": "1"}
"""What is text is UTF-8 in the engine, which opens files without saying so, and in functions, as on AWS."""


def for_start(environ: Mapping[str, str]) -> dict[str, str]:
    """What the server process is started with."""
    return {name: environ[name] for name in (*KEPT, *_ONLY_TO_START) if name in environ} | _FEW_ARENAS | _UTF_8


def for_engine(environ: Mapping[str, str], folder: Folder, keys: Keys) -> dict[str, str]:
    """What the engine, and every Lambda function, may see; nothing of the user beyond ``KEPT``."""
    tmp, nowhere = str(folder.tmp), str(folder.tmp / "nowhere")
    kept = {name: environ[name] for name in KEPT if name in environ}
    own = dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"), tmp)
    return (
        kept
        | own
        | _UTF_8
        | _engine(folder, keys)
        | {
            "AWS_ACCESS_KEY_ID": keys.access_key,  # which key is the account's root; functions get their role's instead
            "AWS_SECRET_ACCESS_KEY": keys.secret_key,
            "AWS_CONFIG_FILE": nowhere,
            "AWS_SHARED_CREDENTIALS_FILE": nowhere,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_DEFAULT_REGION": keys.region,
            "AWS_ENDPOINT_URL": keys.url,
        }
    )


def _engine(folder: Folder, keys: Keys) -> dict[str, str]:
    return {
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "DOCKER_HOST": f"unix://{folder.tmp / 'no-docker.sock'}",
        "GATEWAY_PORT": str(keys.port),
        "IOT_MTLS_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "LOG_LEVEL": "WARNING",
        "MINISTACK_ACCOUNT_ID": keys.account,
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": keys.region,
        # The engine would save only when it is asked to end, one file a service, and load what it can of a broken
        # set without a word. The store does it instead: as a whole, while it runs, and never quietly.
        "PERSIST_STATE": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "S3_DATA_DIR": str(folder.state / "s3"),
        "SFTP_ENABLED": "0",
        "STATE_DIR": str(folder.state),
    }


def enter(environment: Mapping[str, str]) -> None:
    """Make ``environment`` the whole environment of this process."""
    os.environ.clear()
    os.environ.update(environment)
