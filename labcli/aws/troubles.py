"""What botocore stumbles over, said so that a learner can mend it: one line, one remedy, and never a secret.

An exception of a library may print a header, a file or what a helper program wrote, so only what is known to be
harmless is passed on.
"""

from __future__ import annotations

import os
import re
from typing import Any

from labcli.errors import TargetError
from labcli.local.shells import current

_PASSWORD = re.compile(r"(?<=//)[^/@\s]*@")
_SECRET = re.compile(r"Credential=|Authorization|Signature|Token|Secret", re.IGNORECASE)


def without_password(url: str) -> str:
    """A URL without the name and password that may stand in front of its host."""
    return _PASSWORD.sub("…@", url)


def explained(error: BaseException, profile: str = "") -> TargetError:
    """The error of a session, its credentials or a connection, as one that says what to do."""
    import botocore.exceptions as broken

    option = f" --profile {profile}" if profile else ""
    login = f"Log in again: aws sso login{option}"
    known: list[tuple[tuple[type[BaseException], ...], str, str]] = [
        ((broken.ProfileNotFound,), _line(error), "List them with: aws configure list-profiles"),
        (
            (broken.ConfigParseError,),
            f"the AWS settings file cannot be read: {_path(error)}",
            "Mend it, or name another file in AWS_CONFIG_FILE",
        ),
        (
            (broken.PartialCredentialsError,),
            f"half of the AWS credentials is missing: {_missing(error)}",
            "Set both the key id and the secret",
        ),
        ((broken.NoCredentialsError,), "no AWS credentials were found", "aws configure"),
        (
            (broken.SSOError, broken.TokenRetrievalError, broken.NoAuthTokenError),
            "the SSO login has ended, or there was none",
            login,
        ),
        ((broken.LoginError,), "the login with the AWS console has ended", f"Log in again: aws login{option}"),
        (
            (broken.InfiniteLoopConfigError,),
            "the profiles of the AWS settings go round in a circle: each takes its role from the next",
            "Mend source_profile in the settings file, or use another profile: --profile NAME",
        ),
        ((broken.InvalidConfigError,), f"the AWS profile cannot be used: {_line(error)}", "Mend the settings file"),
        (
            (EOFError, broken.RefreshWithMFAUnsupportedError),
            "the profile wants an MFA code, and nobody can type one here",
            "Run it at a terminal",
        ),
        (
            (broken.InvalidRegionError, broken.NoRegionError),
            "the region that the AWS settings name is not one",
            "Name one: --region eu-west-1",
        ),
        ((broken.ClientError,), _refused(error), "Look at the role and its trust policy, and log in again"),
    ]
    if isinstance(error, broken.CredentialRetrievalError):
        return program_failed()
    for kinds, message, hint in known:
        if isinstance(error, kinds):
            return TargetError(message, hint)
    return _setting(error) or TargetError(
        f"the AWS settings cannot be used ({type(error).__name__}): {_line(error)}", "labcli doctor --target aws"
    )


def program_failed() -> TargetError:
    """What the profile's credential_process did; what it printed is not passed on."""
    return TargetError(
        "the program that gives the AWS credentials failed, or answered something that is not credentials",
        "Run it yourself: it is the `credential_process` of the profile",
    )


def unreachable(where: str, operation: str, error: BaseException) -> TargetError:
    """No answer came. ``where`` names the target: ``AWS``."""
    import botocore.exceptions as broken

    hint = "Look at it with: labcli doctor"
    if isinstance(error, broken.ProxyConnectionError):
        hint = "The proxy of HTTPS_PROXY does not let it through"
    elif isinstance(error, broken.SSLError) or "CA certificate" in str(error):
        hint = "The certificate is not trusted: look at AWS_CA_BUNDLE and ca_bundle, or at the proxy in between"
    return TargetError(f"{where} does not answer {operation} ({type(error).__name__})", hint)


def _setting(error: BaseException) -> TargetError | None:
    """A number or a word in a variable that botocore cannot read: it does not say which, so we look."""
    for name in ("AWS_MAX_ATTEMPTS", "AWS_METADATA_SERVICE_TIMEOUT", "AWS_METADATA_SERVICE_NUM_ATTEMPTS"):
        value = os.environ.get(name, "")
        if isinstance(error, ValueError) and value and not value.isdecimal():
            return TargetError(f"{name}={value} is not a number", current().unset(name))
    return None


def _line(error: BaseException) -> str:
    """The first line of what a library said, where it holds nothing that looks like a secret."""
    text = str(error).splitlines()[0] if str(error) else "no message"
    return "it said something that may hold a secret" if _SECRET.search(text) else text


def _path(error: Any) -> str:
    return str(getattr(error, "kwargs", {}).get("path", "no path is known"))


def _missing(error: Any) -> str:
    said = getattr(error, "kwargs", {})
    name = {"aws_secret_access_key": "AWS_SECRET_ACCESS_KEY", "aws_access_key_id": "AWS_ACCESS_KEY_ID"}
    wanted = str(said.get("cred_var", ""))
    return f"{name.get(wanted, wanted)} ({said.get('provider', 'unknown source')})"


def _refused(error: Any) -> str:
    said = getattr(error, "response", {}).get("Error", {})
    operation = getattr(error, "operation_name", "a call")
    return f"AWS refused {operation}, which gets the credentials ({said.get('Code')}): {said.get('Message')}"
