"""labcli/cli/completion.txt: what can be typed behind each command, for completion, which has no time to ask typer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from labcli.cli.day import READERS, day_commands
from labcli.cli.main import app
from labcli.cli.options import OUTPUTS, TARGETS
from labcli.cli.shells import SHELLS
from labcli.local.shells import SHELLS as ENV_SHELLS

CHOICES = {
    "--target": TARGETS,
    "--output": OUTPUTS,
    "--as": READERS,
    "--shell": ENV_SHELLS,
    "--install-completion": tuple(SHELLS),
    "--show-completion": tuple(SHELLS),
}
ARGUMENTS = {
    "[DAY]": "DAY",
    "NAME": "RESOURCE",
    "FILE|FOLDER": "FILE",
    "[COMMAND]": "COMMAND",
    "[TASK]": "TASK",
    "TASK": "TASK",
    "[-- COMMAND]": "PROGRAM",
}
"""What an argument's name in the help means: values that completion knows how to find, or finds none for."""


def completion_page() -> str:
    """The whole file."""
    return "".join("\t".join(line) + "\n" for line in _lines("", typer.main.get_command(app)))


def _lines(path: str, command: Any) -> Iterator[tuple[str, str, str, str]]:
    for param in command.params:
        said = (param.help or "").replace("\t", " ").replace("\n", " ")
        if param.param_type_name == "argument":
            name = str(param.metavar or param.name.upper()).removesuffix("...")
            yield path, ARGUMENTS[name], "", ""
            continue
        for option in param.opts:
            values = "" if param.is_flag else "|".join(CHOICES.get(_long(param), ())) or str(param.metavar)
            yield path, option, values, said
    if path != "help":
        yield path, "--help", "", "Show this message and exit."
    if path == "day":
        yield path, "DAY", "", ""
        yield from _lines("day DAY", typer.main.get_group(day_commands))
        return
    for name in command.list_commands(None) if hasattr(command, "list_commands") else ():
        inner = command.get_command(None, name)
        yield path, name, "", (inner.get_short_help_str(80) or "").replace("\t", " ")
        yield from _lines(f"{path} {name}".strip(), inner)


def _long(param: Any) -> str:
    return next((each for each in param.opts if each.startswith("--")), "")
