"""boto3 sessions: one that nothing of the learner's settings can reach, and one that is made as the aws CLI's is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labcli.errors import TargetError

ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL",)


def local_config() -> Any:
    """No proxy, no host prefix, no hidden retry: a repeated send would be a second message."""
    from botocore.config import Config

    return Config(
        retries={"total_max_attempts": 1, "mode": "standard"},
        proxies={},
        inject_host_prefix=False,
        connect_timeout=5,
        read_timeout=75,
        max_pool_connections=16,
        user_agent_extra="labcli",
        ignore_configured_endpoint_urls=True,
        parameter_validation=True,
    )


def account_config() -> Any:
    """Retries said plainly; a learner's long poll is at most 20 s."""
    from botocore.config import Config

    return Config(
        retries={"total_max_attempts": 3, "mode": "standard"},
        connect_timeout=10,
        read_timeout=75,
        max_pool_connections=16,
        user_agent_extra="labcli",
        ignore_configured_endpoint_urls=True,
    )


def local_session(access_key: str, secret_key: str, region: str) -> Any:
    """A session that reads no file and no variable."""
    import botocore.session
    from boto3.session import Session

    core = botocore.session.Session(session_vars=_NO_VARIABLES)
    return Session(
        aws_access_key_id=access_key, aws_secret_access_key=secret_key, region_name=region, botocore_session=core
    )


# botocore reads settings by these names; without variables and files it has only its defaults
_NO_VARIABLES: dict[str, tuple[None, None, Any, Any]] = {
    "profile": (None, None, None, None),
    "config_file": (None, None, "/nonexistent/labcli", None),
    "credentials_file": (None, None, "/nonexistent/labcli", None),
}


def account_session(profile: str, region: str, env: Mapping[str, str]) -> Any:
    """A session with the learner's own credentials. TargetError says what is missing or broken, and the remedy."""
    import botocore.exceptions as broken
    from boto3.session import Session

    _no_endpoint_from_outside(env)
    try:
        session = Session(profile_name=profile or None, region_name=region or None)
        _no_endpoint_in_profile(session)
        if not session.region_name:
            raise TargetError("no region is set for AWS", "Name one: --region eu-west-1")
        found = session.get_credentials()
        frozen = found.get_frozen_credentials() if found is not None else None
    except broken.ProfileNotFound as error:
        raise TargetError(f"{error}", "List them with: aws configure list-profiles") from error
    except broken.ConfigParseError as error:
        raise TargetError(
            f"the AWS settings file cannot be read: {error}", "Mend it, or name another file in AWS_CONFIG_FILE"
        ) from error
    except broken.PartialCredentialsError as error:
        raise TargetError(
            f"half of the credentials is missing: {error}", "Set both the key id and the secret"
        ) from error
    except (broken.UnauthorizedSSOTokenError, broken.SSOTokenLoadError, broken.TokenRetrievalError) as error:
        raise TargetError(
            "the SSO login has ended", f"aws sso login{f' --profile {profile}' if profile else ''}"
        ) from error
    except (broken.BotoCoreError, json.JSONDecodeError, EOFError, ValueError, KeyError, OSError) as error:
        raise TargetError(
            f"the AWS settings cannot be used ({type(error).__name__}): {_without_secrets(error)}", "labcli doctor"
        ) from error
    if frozen is None:
        raise TargetError(
            "no AWS credentials were found", "aws configure (or leave --target aws out: the local AWS needs none)"
        )
    if any(ord(char) <= 32 for char in f"{frozen.access_key}{frozen.secret_key}{frozen.token or ''}"):
        raise TargetError("the AWS credentials hold a space or a line break", "Copy the key id and the secret again")
    return session


def _without_secrets(error: BaseException) -> str:
    """The first line of what a library said: what follows may print a header or a file."""
    text = str(error).splitlines()[0] if str(error) else "no message"
    return text if "Credential=" not in text and "Authorization" not in text else "a header cannot be sent"


def _no_endpoint_from_outside(env: Mapping[str, str]) -> None:
    for name, value in env.items():
        if value and (name in ENDPOINT_VARIABLES or name.startswith("AWS_ENDPOINT_URL_")):
            raise TargetError(
                f"{name}={value} would send the calls for AWS somewhere else",
                f"unset {name}" if "127.0.0.1" not in value else 'eval "$(labcli local env --unset)"',
            )


def _no_endpoint_in_profile(session: Any) -> None:
    config = session._session.get_scoped_config()
    services = config.get("services")
    endpoint = config.get("endpoint_url") or (f"services = {services}" if services else "")
    if endpoint:
        raise TargetError(
            f"the profile sends AWS calls somewhere else ({endpoint})",
            "Use a profile without endpoint_url: --profile NAME",
        )
