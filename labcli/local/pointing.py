"""What points a client of AWS at the embedded one: the variables that it needs, and those that stand in its way."""

from __future__ import annotations

import re
from collections.abc import Mapping

from labcli.local.process.keyring import Keys

SET = (
    "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_REGION",
    "NO_PROXY", "no_proxy", "AWS_DISABLE_HOST_PREFIX_INJECTION",
)  # fmt: skip
DROPPED = frozenset({
    "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    # botocore's older names of the profile and of the token, and the end of a life that our keys do not have
    "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_EXPIRATION",
    # botocore refuses an endpoint of one's own beside these
    "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT",
})  # fmt: skip
LOOPBACK = "127.0.0.1,localhost"
_OF_ONE_SERVICE = re.compile(r"AWS_ENDPOINT_URL_[A-Za-z0-9_]+")


def variables(keys: Keys, env: Mapping[str, str]) -> dict[str, str]:
    """The variables of ``SET``. ``env`` is the environment as it is now."""
    return {
        "AWS_ENDPOINT_URL": keys.url,
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_DEFAULT_REGION": keys.region,
        "AWS_REGION": keys.region,
        "NO_PROXY": _no_proxy(env.get("NO_PROXY", "")),
        "no_proxy": _no_proxy(env.get("no_proxy", "")),
        # Step Functions' synchronous operations would else go to sync-127.0.0.1, which is nowhere
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
    }


def in_the_way(name: str) -> bool:
    """Whether a variable of this name would lead a client elsewhere."""
    return name in DROPPED or _OF_ONE_SERVICE.fullmatch(name) is not None


def _no_proxy(before: str) -> str:
    """What stood there, with this machine added; ``*`` means every host already."""
    hosts = [host.strip() for host in before.split(",")]
    return before if hosts == ["*"] or "127.0.0.1" in hosts else ",".join(filter(None, (before, LOOPBACK)))
