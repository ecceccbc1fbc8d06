"""JSONPath as far as a definition can be judged by it: Step Functions reads more of it than any specification says.

So only what no reader can understand is wrong here; a path that finds nothing is a matter of the run.
"""

from __future__ import annotations

import re

LONGEST = 10_000
"""Characters of a path that is read: beyond it a hostile one would take long."""

_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_CLOSER = {"[": "]", "(": ")"}
_MANY = re.compile(r"[*?@]|\.\.|\[[^\]]*[:,]")


def trouble(text: str) -> str:
    """Why this is no JSONPath, nothing when it is one: ``$.a['b'][0]``, ``$$.Execution.Id``, ``$variable.field``."""
    if not text.startswith("$"):
        return "it begins with `$`"
    if len(text) > LONGEST:
        return ""
    bare = _bare(text)
    if bare.endswith("."):
        return "it ends with a `.`"
    if "..." in bare:
        return "`...` is no step"
    if re.search(r"\[\s*\]", bare):
        return "`[]` is empty"
    return _unclosed(bare)


def many(text: str) -> bool:
    """Whether a path may find several values: a reference path (of ``ResultPath``) leads to one."""
    return len(text) <= LONGEST and _MANY.search(_bare(text)) is not None


def _bare(text: str) -> str:
    """The path with names in quotes taken out: what stands in them is no syntax."""
    return _QUOTED.sub("'x'", text)


def _unclosed(bare: str) -> str:
    opened: list[str] = []
    for char in bare:
        if char in _CLOSER:
            opened.append(char)
        elif char in _CLOSER.values() and (not opened or _CLOSER[opened.pop()] != char):
            return f"this `{char}` closes nothing"
    return f"this `{opened[-1]}` is not closed" if opened else ""
