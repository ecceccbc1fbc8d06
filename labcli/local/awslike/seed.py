"""The seed of the AWS-like mode: what was asked for, and how it is said. Cheap to import: every command may ask."""

from __future__ import annotations

from collections.abc import Mapping

from labcli.errors import UsageError

VARIABLE = "LABCLI_AWS_LIKE"
LARGEST = 999_999_999


def asked(env: Mapping[str, str]) -> int | None:
    """The seed that the environment asks for, None where it asks for none. UsageError for what is no seed."""
    text = env.get(VARIABLE, "")
    return seed(text, VARIABLE) if text else None


def seed(text: str, said: str) -> int:
    """A seed; ``said`` is where it was given. UsageError for what is none."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdecimal() and int(digits[:20]) <= LARGEST and len(digits) <= 20):
        raise UsageError(f"{said}: `{text}` is no seed", f"A seed is a whole number from 0 to {LARGEST}")
    return int(digits)


def words(found: int) -> str:
    """What stands on every table of this mode."""
    return f"SIMULATED (seed {found})"
