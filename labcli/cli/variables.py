"""Every long option is a variable too: ``--from`` is LABCLI_FROM. What is typed counts before what is set."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from labcli.errors import UsageError

NONE = frozenset({"--help", "--version", "--install-completion", "--show-completion"})
"""Options that are commands of their own: a variable for them would stand in the way of every other command."""
SHARED = frozenset({"--target", "--profile", "--region"})
"""They stand before or after the command. Their variables are read once, in front of it: what is typed wins."""
PLAIN = "--plain"
_OPTIONAL = ("--install-completion", "--show-completion")
GUESS = "-"
"""What stands for the shell that this is, where none is named."""


def variable(option: str) -> str:
    """``--dry-run`` as the variable LABCLI_DRY_RUN."""
    return f"LABCLI_{option.removeprefix('--').replace('-', '_').upper()}"


def with_variables(command: Any, shared: bool = False) -> Any:
    """The command, whose options and those of the commands in it read their variables; ``shared``: those of all."""
    for param in command.params:
        name = next((each for each in param.opts if each.startswith("--")), "")
        if name and name not in NONE and (shared or name not in SHARED):
            param.envvar, param.show_envvar = variable(name), False
    for inner in getattr(command, "commands", {}).values():
        with_variables(inner)
    return command


def refuse_nothing(arguments: Sequence[str]) -> None:
    """UsageError for an option that is given, with nothing as its value: a variable of the shell that is empty.

    To take it for one that is not given would do more than was asked: `--from ""` the whole day.
    """
    for each, after in pairwise([*arguments, "-"]):
        if each == "--":
            return
        if len(each) > 2 and each.startswith("--") and (each.endswith("=") or ("=" not in each and not after)):
            name = each.partition("=")[0]
            raise UsageError(f"`{name}` is given, and its value is empty", f"Give it one, or leave {name} out")


def with_values(arguments: Sequence[str]) -> list[str]:
    """The arguments, with a value behind the options that need none: the shell that this is."""
    found: list[str] = []
    for index, each in enumerate(arguments):
        found.append(each)
        after = arguments[index + 1] if index + 1 < len(arguments) else "-"
        if each in _OPTIONAL and after.startswith("-"):
            found.append(GUESS)
    return found


def in_front(arguments: Sequence[str]) -> list[str]:
    """The arguments, with ``--plain`` in front of the command: it may be typed anywhere before ``--``."""
    end = list(arguments).index("--") if "--" in arguments else len(arguments)
    head, rest = list(arguments[:end]), list(arguments[end:])
    said = [PLAIN] if PLAIN in head else []
    return [*said, *(each for each in head if each != PLAIN), *rest]
