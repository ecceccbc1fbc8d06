"""The page of the commands, from the tree that parses the command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from docs.reference.markdown import block, code, sentence, table
from docs.reference.words import EXIT_CODES, VARIABLES, agree
from labcli.cli.day import day_commands
from labcli.cli.main import app
from labcli.errors import ExitCode

SHARED = ("--target", "--profile", "--region")
"""Options that stand before or after the command."""

INTRO = """# Commands

Results go to stdout; progress, questions and warnings to stderr. `--output json` prints exactly one document
([json.md](json.md)). Without a terminal, or with `CI` set, nothing ever asks: a command does the safe thing, or exits 2
and names the flag that answers the question. `-h` and `--help` work after every command.

`DAY` is a lab's id (`mon`), `week10/mon`, or the path of a YAML file. An id that two labs have is refused, and both are
listed.
"""


def tree() -> Iterator[tuple[str, Any]]:
    """Every command by what one types, in the order of the help. A day is a command of its own: it stands as DAY."""
    root = typer.main.get_command(app)
    yield "labcli", root
    yield from _below("labcli", root)


def _below(path: str, group: Any) -> Iterator[tuple[str, Any]]:
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if name == "day":
            day = typer.main.get_group(day_commands)
            yield f"{path} day DAY", day
            yield from _below(f"{path} day DAY", day)
        elif hasattr(command, "commands"):
            yield from _below(f"{path} {name}", command)
        else:
            yield f"{path} {name}", command


def commands_page() -> str:
    """docs/commands.md."""
    parts = [INTRO]
    for path, command in tree():
        said = sentence(command.help or command.callback.__doc__)
        parts += [f"## {path}\n", said + "\n", block(_usage(path, command))]
        rows = [_row(each) for each in command.params if "--help" not in each.opts]
        if rows:
            parts.append(table(("argument or option", "default", "what it is"), rows))
    parts += ["## Exit codes\n", table(("code", "name", "when"), _exit_codes())]
    parts += ["## Variables\n", table(("variable", "what it does"), [(code(k), v) for k, v in VARIABLES.items()])]
    return "\n".join(parts)


def _usage(path: str, command: Any) -> str:
    words = [path]
    for each in command.params:
        if each.param_type_name == "argument":
            name = f"{_name(each)}{'...' if each.nargs == -1 else ''}"
            words.append(name if each.required else f"[{name}]")
    if any(each.param_type_name == "option" for each in command.params):
        words.append("[OPTIONS]")
    if hasattr(command, "commands"):
        words.append("[COMMAND]")
    return " ".join(words)


def _row(param: Any) -> tuple[str, str, str]:
    if param.param_type_name == "argument":
        return code(_name(param)), "required" if param.required else "", param.help or ""
    value = f" {param.metavar}" if not param.is_flag and param.metavar else ""
    names = ", ".join(code(f"{name}{value}") for name in param.opts)
    return names, "" if param.default in (None, "", False) else code(str(param.default)), param.help or ""


def _name(argument: Any) -> str:
    """What stands for an argument: ``DAY``, whatever brackets the help puts around it."""
    return str(argument.metavar or argument.name.upper()).strip("[].")


def _exit_codes() -> list[tuple[str, str, str]]:
    agree("an exit code", {each.name for each in ExitCode}, EXIT_CODES)
    return [(code(str(each.value)), each.name, EXIT_CODES[each.name]) for each in ExitCode]
