"""boto3 sessions: one that nothing of the learner's settings can reach, and one that is made as the aws CLI's is.

boto3 reads the process's own environment and no other, so what is asked of it here is asked of ``os.environ`` too;
in a running labcli that is ``Context.env``.
"""

from __future__ import annotations

import os
from typing import Any

from labcli import __version__
from labcli.aws.troubles import explained, program_failed, without_password
from labcli.errors import TargetError
from labcli.local.door.hello import own_call
from labcli.local.shells import current

ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_")
"""The variable for all services, and what those for one service start with."""

SOURCES = {
    "env": "the environment (AWS_ACCESS_KEY_ID)",
    "shared-credentials-file": "the credentials file",
    "config-file": "the config file",
    "assume-role": "a role that the profile assumes",
    "assume-role-with-web-identity": "a role, by a web identity token",
    "sso": "an SSO login",
    "login": "a login with the AWS console (aws login)",
    "custom-process": "the profile's credential_process",
    "container-role": "the container's role",
    "iam-role": "the instance's role",
}
"""Where credentials may come from, by botocore's words for it."""


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
        user_agent_extra=f"labcli/{__version__}",
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
        user_agent_extra=f"labcli/{__version__}",
        ignore_configured_endpoint_urls=True,
    )


def local_session(access_key: str, secret_key: str, region: str) -> Any:
    """A session that reads no settings file and no variable. Its calls say that they are labcli's own."""
    import botocore.session
    from boto3.session import Session

    from labcli.aws.loader import lean_loader

    core = botocore.session.Session(session_vars=_defaults_only())
    core.register_component("data_loader", lean_loader())
    core.register_component("token_provider", _NoTokens())
    core.register("before-call", own_call(secret_key))
    return Session(
        aws_access_key_id=access_key, aws_secret_access_key=secret_key, region_name=region, botocore_session=core
    )


def _defaults_only() -> dict[str, tuple[Any, Any, Any, Any]]:
    """Every setting that botocore knows, without the variable and the key in a file that could change it."""
    from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES as SETTINGS

    settings = {name: (None, None, default, convert) for name, (_, _, default, convert) in SETTINGS.items()}
    for file in ("config_file", "credentials_file"):
        settings[file] = (None, None, os.devnull, None)
    return settings


class _NoTokens:
    """Stands where botocore looks for bearer tokens, in variables and in the folder of SSO logins."""

    def load_token(self, **_: Any) -> None:
        """There is none."""


def account_session(profile: str, region: str, may_ask: bool) -> Any:
    """A session with the learner's own credentials, the region said or found.

    ``may_ask``: somebody can type an MFA code. TargetError says what is missing or broken, and the remedy.
    """
    from boto3.session import Session

    refuse_endpoint_variables()
    try:
        session = Session(profile_name=profile or None, region_name=region or os.environ.get("AWS_REGION") or None)
        _refuse_endpoint_in_profile(session._session)
        frozen = _credentials(session, may_ask)
    except TargetError:
        raise
    except Exception as error:  # botocore lets through whatever a file, a program or a parser raised
        raise explained(error, profile) from error
    if frozen is None:
        raise TargetError(
            "no AWS credentials were found", "aws configure (or leave --target aws out: the local AWS needs none)"
        )
    if any(not "!" <= char <= "~" for char in f"{frozen.access_key}{frozen.secret_key}{frozen.token or ''}"):
        raise TargetError(
            "the AWS credentials hold a space, a line break or a letter that no key has",
            "Copy the key id and the secret again",
        )
    return session


def _credentials(session: Any, may_ask: bool) -> Any:
    if not session.region_name:
        raise TargetError("no region is set for AWS", "Name one: --region eu-west-1")
    core = session._session
    core.get_config_variable("max_attempts")  # ours are pinned; the clients that fetch credentials stumble over it
    if not may_ask:
        _never_prompt(core)
    try:
        found = session.get_credentials()
        return found.get_frozen_credentials() if found is not None else None
    except (AttributeError, TypeError, OSError, ValueError) as error:
        if "credential_process" in core.get_scoped_config():
            raise program_failed() from error
        raise


def source_of(session: Any) -> str:
    """Where a session's credentials come from, for people."""
    method = str(session.get_credentials().method)
    source = SOURCES.get(method, method)
    profile = session._session.get_config_variable("profile")
    return source if method == "env" or not profile else f"{source}, profile {profile}"


def _never_prompt(core: Any) -> None:
    """An MFA code is asked on the terminal itself, past stdin; where nobody sits, that would wait for ever."""

    def refuse(prompt: str) -> str:
        raise TargetError(
            "the profile wants an MFA code, and nobody can type one here",
            "Run it at a terminal, or use credentials that hold already: aws sts get-session-token",
        )

    core.get_component("credential_provider").get_provider("assume-role")._prompter = refuse


def refuse_endpoint_variables() -> None:
    """TargetError when a variable would send the calls for AWS somewhere else."""
    whole, start = ENDPOINT_VARIABLES
    for name in sorted(os.environ):
        value = os.environ[name]
        if value and (name == whole or name.startswith(start)):
            ours = "127.0.0.1" in value and os.environ.get("LABCLI_ENV")
            raise TargetError(
                f"{name}={without_password(value)} would send the calls for AWS somewhere else",
                current().leave() if ours else current().unset(name),
            )


def _refuse_endpoint_in_profile(core: Any) -> None:
    """The same for ``endpoint_url`` in the profile, and in the ``services`` section that it names."""
    config = core.get_scoped_config()
    found = {"endpoint_url": config.get("endpoint_url")}
    services = core.full_config.get("services", {}).get(config.get("services"), {})
    for service, settings in services.items():
        if isinstance(settings, dict):
            found[f"{service} endpoint_url"] = settings.get("endpoint_url")
    for name, value in found.items():
        if value:
            raise TargetError(
                f"the profile would send the calls for AWS somewhere else ({name} = {without_password(str(value))})",
                "Take it out of the settings file, or use another profile: --profile NAME",
            )
