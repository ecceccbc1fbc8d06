"""Which command somebody meant who typed one that there is not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

ELSEWHERE = {
    "check": "labcli lab check",
    "env": "labcli local env",
    "start": "labcli local start",
    "stop": "labcli local stop",
    "reset": "labcli local reset",
    "clean": "labcli cleanup",
    "delete": "labcli cleanup",
    "destroy": "labcli cleanup",
    "remove": "labcli cleanup",
    "rm": "labcli cleanup",
    "days": "labcli",
    "list": "labcli",
    "ls": "labcli",
    "next": "labcli",
    "show": "labcli inspect",
    "test": "labcli verify",
    "version": "labcli --version",
}
"""Words that other tools have, and those of our own that stand somewhere else."""


def meant(typed: list[str], commands: Iterable[str], env: Mapping[str, str]) -> str:
    """The command line that is probably meant, empty when nobody can tell."""
    from difflib import get_close_matches

    from labcli.cli.day import day_commands
    from labcli.run.shelf import labs

    word, rest = typed[0], typed[1:]
    days = [lab.id for lab in labs(env)]
    of_a_day = [each.name or str(getattr(each.callback, "__name__", "")) for each in day_commands.registered_commands]
    if word in days:
        return " ".join(["labcli", "day", word, *(each for each in rest[:1] if each in of_a_day)])
    if word in of_a_day and days:
        day = next((each for each in rest if each in days), days[0])
        return f"labcli day {day} {word}"
    if word in ELSEWHERE:
        return ELSEWHERE[word]
    near = get_close_matches(word, [*commands, *of_a_day, *days], n=1)
    if not near:
        return ""
    return near[0] if near[0] in commands else meant([near[0], *rest], commands, env)
