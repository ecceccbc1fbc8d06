"""Every long option is a variable too: ``--from`` is LABCLI_FROM. What is typed counts before what is set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

NONE = frozenset({"--help", "--version", "--install-completion", "--show-completion"})
"""Options that are commands of their own: a variable for them would stand in the way of every other command."""
SHARED = frozenset({"--target", "--profile", "--region"})
"""They stand before or after the command. Their variables are read once, in front of it: what is typed wins."""
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


def with_values(arguments: Sequence[str]) -> list[str]:
    """The arguments, with a value behind the options that need none: the shell that this is."""
    found: list[str] = []
    for index, each in enumerate(arguments):
        found.append(each)
        after = arguments[index + 1] if index + 1 < len(arguments) else "-"
        if each in _OPTIONAL and after.startswith("-"):
            found.append(GUESS)
    return found
