"""What ``labcli local env`` prints: the lines that point a shell at the embedded AWS, and those that undo it.

What stood before is kept in ``LABCLI_BEFORE_…`` variables of the shell itself, so that ``--unset`` can restore it: what
was empty becomes empty again, what was not there goes. The lines are evaluated, so a name that is not plain letters,
digits and ``_`` is never printed, and every value is quoted as its shell wants it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from labcli.errors import UsageError
from labcli.local.life import Keys
from labcli.local.pointing import SET, in_the_way, variables
from labcli.local.shells import Shell

KEPT = "LABCLI_BEFORE_"
MARK = "LABCLI_ENV"
"""Set while a shell points at the embedded AWS."""

_CMD_READS = re.compile('[\r\n"%!]')
_POWERSHELL_QUOTES = re.compile("(['‘’‚‛])")


def exports(shell: str, keys: Keys, env: Mapping[str, str]) -> str:
    """The lines to evaluate. ``env`` is the shell's environment as it is now."""
    wanted = variables(keys, env)
    dropped = sorted(name for name in env if in_the_way(name))
    # A second time what stood before is kept already, but for what was set since.
    kept = [name for name in SET if name in env] if not env.get(MARK) else []
    kept += [name for name in dropped if KEPT + name not in env or not env.get(MARK)]
    lines = [_set(shell, KEPT + name, env[name]) for name in kept]
    lines += [_unset(shell, name) for name in dropped]
    lines += [_set(shell, name, value) for name, value in wanted.items()]
    lines.append(_set(shell, MARK, "1"))
    return "\n".join(lines) + "\n"


def restores(shell: str, env: Mapping[str, str]) -> str:
    """The lines that bring back what stood before; empty when nothing was changed."""
    if not env.get(MARK):
        return ""
    before = {name.removeprefix(KEPT): value for name, value in env.items() if name.startswith(KEPT)}
    before = {name: value for name, value in before.items() if name in SET or in_the_way(name)}
    lines = [_unset(shell, name) for name in SET if name not in before]
    for name, value in sorted(before.items()):
        lines += [_set(shell, name, value), _unset(shell, KEPT + name)]
    lines.append(_unset(shell, MARK))
    return "\n".join(lines) + "\n"


def _set(shell: str, name: str, value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:  # the system hands on bytes that are no text as lone surrogates
        raise UsageError(
            f"{name.removeprefix(KEPT)} holds bytes that are no text, and could not be restored",
            Shell(shell, "").unset(name.removeprefix(KEPT)),
        ) from None
    if shell == "fish":
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"set -gx {name} '{escaped}';"
    if shell == "cmd":
        return f'set "{name}={_for_cmd(name, value)}"'
    if shell == "powershell":
        escaped = _POWERSHELL_QUOTES.sub(r"\1\1", value)
        return f"$env:{name} = '{escaped}'"
    escaped = value.replace("'", "'\"'\"'")
    return f"export {name}='{escaped}'"


def _for_cmd(name: str, value: str) -> str:
    """As it is: cmd has no way to quote what it reads in its own way. UsageError for what it would read."""
    if odd := _CMD_READS.search(value):
        said = "a line's end" if odd[0] in "\r\n" else odd[0]
        raise UsageError(
            f"{name.removeprefix(KEPT)} holds {said}, which cmd cannot be given",
            f"Use PowerShell, or take it away first: {Shell('cmd', '').unset(name.removeprefix(KEPT))}",
        )
    return value


def _unset(shell: str, name: str) -> str:
    if shell == "fish":
        return f"set -e {name};"
    if shell == "cmd":
        return f'set "{name}="'
    if shell == "powershell":
        return f"Remove-Item Env:{name} -ErrorAction SilentlyContinue"
    return f"unset {name}"
