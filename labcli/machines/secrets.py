"""What must not leave the step that received it: task tokens and receipt handles, taken out of whatever holds them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

HIDDEN = "(hidden)"
NAMES = frozenset({"token", "tasktoken", "receipthandle"})
"""Names of what perishes, in small letters without ``_``."""
_LONG = 20
"""Characters from which on a secret is looked for everywhere; shorter ones would hide innocent text."""


def token_names(definition: Any) -> set[str]:
    """The names under which a definition passes its task token on: ``"proof.$": "$$.Task.Token"`` → ``proof``."""
    found: set[str] = set()
    left: list[tuple[str, Any]] = [("", definition)]
    while left:
        name, value = left.pop()
        if isinstance(value, Mapping):
            left += [(str(key), each) for key, each in value.items()]
        elif isinstance(value, list):
            left += [(name, each) for each in value]
        elif isinstance(value, str) and "Task.Token" in value and name:
            found.add(_plain(name.removesuffix(".$")))
    return found


def without_secrets(data: Any, also: Iterable[str] = ()) -> Any:
    """A copy of ``data`` in which nothing perishable is left, neither as a field nor inside of JSON text."""
    names = NAMES | set(also)
    words = "|".join("_?".join(map(re.escape, name)) for name in sorted(names))
    in_text = re.compile(rf'(\\*"(?:{words})\\*"\s*:\s*\\*")([^"\\]+)', re.IGNORECASE)
    secrets: set[str] = set()

    def hide(value: Any) -> Any:
        if isinstance(value, str):
            return in_text.sub(_note, value) if '"' in value else value
        if isinstance(value, Mapping):
            return {key: _hidden(each) if _plain(str(key)) in names else hide(each) for key, each in value.items()}
        return [hide(each) for each in value] if isinstance(value, list) else value

    def _hidden(value: Any) -> Any:
        if isinstance(value, str):
            secrets.add(value)
        return HIDDEN if value is not None else None

    def _note(match: re.Match[str]) -> str:
        secrets.add(match[2])
        return f"{match[1]}{HIDDEN}"

    hidden = hide(data)
    known = [each for each in secrets if len(each) >= _LONG]
    return _replaced(hidden, re.compile("|".join(map(re.escape, known)))) if known else hidden


def _replaced(value: Any, secret: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return secret.sub(HIDDEN, value)
    if isinstance(value, Mapping):
        return {key: _replaced(each, secret) for key, each in value.items()}
    return [_replaced(each, secret) for each in value] if isinstance(value, list) else value


def _plain(name: str) -> str:
    return name.replace("_", "").casefold()
