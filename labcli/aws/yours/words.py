"""Values of AWS as a sentence says them."""

from __future__ import annotations

from typing import Any

from labcli.rules import sns, sqs

_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def seconds(value: Any) -> str:
    """``20 s``; what is hard to read so is said twice: ``20000 s (5 h 33 min)``."""
    try:
        left = int(value)
    except ValueError:
        return str(value)
    if left < 120:
        return f"{left} s"
    parts, rest = [], left
    for unit, size in _UNITS:
        if rest >= size:
            parts.append(f"{rest // size} {unit}")
            rest %= size
    return f"{left} s ({' '.join(parts[:2])})"


def times(count: Any, what: str = "time") -> str:
    """``1 receive``, ``2 receives``."""
    return f"{count} {what}{'' if str(count) == '1' else 's'}"


def named(name: str) -> str:
    """A name in a sentence: of an ARN, what it ends in."""
    return f"`{last_of(name)}`"


def last_of(arn: str) -> str:
    """The last part of an ARN, or of a URL: the name."""
    return arn.rsplit(":", 1)[-1].rsplit("/", 1)[-1]


def sort_of(fifo: bool) -> str:
    """What AWS calls the two sorts of queues and topics."""
    return "FIFO" if fifo else "Standard"


FIFO = sqs.FIFO_SUFFIX
assert FIFO == sns.FIFO_SUFFIX  # noqa: S101 - queues and topics are told apart in one way
