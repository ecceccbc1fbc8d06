"""The environment of a function: what AWS puts into it, and nothing of the engine's own or the learner's.

The role's credentials and the endpoint are the engine's doing, so that ``boto3.client("sqs")`` in a function needs no
configuration; inside.py puts the rest in place.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Mapping
from typing import Any

_ENGINES_OWN = {
    *("AUTH", "BIND_HOST", "DOCKER_HOST", "GATEWAY_PORT", "IOT_MTLS_ENABLED", "LAMBDA_EXECUTOR", "LOG_LEVEL"),
    *("PERSIST_STATE", "S3_DATA_DIR", "SFTP_ENABLED", "STATE_DIR"),
}


def log_stream(config: Mapping[str, Any]) -> str:
    """A new stream's name: one for each process, as on AWS."""
    day = time.strftime("%Y/%m/%d", time.gmtime())
    return f"{day}/[{config.get('Version') or '$LATEST'}]{secrets.token_hex(16)}"


def with_environment(config: Mapping[str, Any], stream: str, token: str) -> dict[str, Any]:
    """The function's configuration with what AWS puts into its environment, and without what the engine has in its own.

    AWS: Lambda Developer Guide, "Defined runtime environment variables".
    """
    own = dict((config.get("Environment") or {}).get("Variables") or {})
    group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config.get('FunctionName', '')}"
    given = {
        "_HANDLER": str(config.get("Handler") or ""),
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{config.get('Runtime')}",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": group,
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "TZ": ":UTC",
    }
    engines = {name for name in os.environ if name in _ENGINES_OWN or name.startswith("MINISTACK_")}
    told = {"set": given, "drop": sorted(engines - own.keys()), "mark": token}
    variables = {**own, "_LABCLI": json.dumps(told), "_LABCLI_SANDBOX": token}
    return {**config, "Environment": {**(config.get("Environment") or {}), "Variables": variables}}
