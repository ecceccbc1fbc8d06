"""What ``labcli local env`` prints: the lines that point a shell at the embedded AWS, and those that undo it.

What stood before is kept in ``LABCLI_BEFORE_…`` variables of the shell itself, so that ``--unset`` can restore it.
"""

from __future__ import annotations

from collections.abc import Mapping

from labcli.local.life import Keys

KEPT = "LABCLI_BEFORE_"
MARK = "LABCLI_ENV"
"""Set while a shell points at the embedded AWS."""

DROPPED = ("AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
LOOPBACK = "127.0.0.1,localhost"


def exports(shell: str, keys: Keys, env: Mapping[str, str]) -> str:
    """The lines to evaluate. ``env`` is the shell's environment as it is now."""
    wanted = {
        "AWS_ENDPOINT_URL": keys.url,
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_DEFAULT_REGION": keys.region,
        "AWS_REGION": keys.region,
        "NO_PROXY": _no_proxy(env, "NO_PROXY"),
        "no_proxy": _no_proxy(env, "no_proxy"),
    }
    dropped = [name for name in env if name in DROPPED or name.startswith("AWS_ENDPOINT_URL_")]
    lines = []
    if not env.get(MARK):  # a second time, what stood before is kept already
        for name in [*wanted, *sorted(dropped)]:
            if name in env:
                lines.append(_set(shell, KEPT + name, env[name]))
    lines += [_unset(shell, name) for name in sorted(dropped)]
    lines += [_set(shell, name, value) for name, value in wanted.items()]
    lines.append(_set(shell, MARK, "1"))
    return "\n".join(lines) + "\n"


def restores(shell: str, env: Mapping[str, str]) -> str:
    """The lines that bring back what stood before."""
    if not env.get(MARK):
        return ""
    names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_REGION")
    lines = [_unset(shell, name) for name in (*names, "NO_PROXY", "no_proxy") if KEPT + name not in env]
    for name in sorted(env):
        if name.startswith(KEPT):
            lines += [_set(shell, name.removeprefix(KEPT), env[name]), _unset(shell, name)]
    lines.append(_unset(shell, MARK))
    return "\n".join(lines) + "\n"


def _no_proxy(env: Mapping[str, str], name: str) -> str:
    before = env.get(name, "")
    return before if "127.0.0.1" in before.split(",") else ",".join(filter(None, (before, LOOPBACK)))


def _set(shell: str, name: str, value: str) -> str:
    if shell == "fish":
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"set -gx {name} '{escaped}';"
    if shell == "powershell":
        escaped = value.replace("'", "''")
        return f"$env:{name} = '{escaped}'"
    escaped = value.replace("'", "'\"'\"'")
    return f"export {name}='{escaped}'"


def _unset(shell: str, name: str) -> str:
    if shell == "fish":
        return f"set -e {name};"
    if shell == "powershell":
        return f"Remove-Item Env:{name} -ErrorAction SilentlyContinue"
    return f"unset {name}"
