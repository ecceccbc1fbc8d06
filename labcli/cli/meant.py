"""Which command somebody meant who typed one that there is not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from labcli.local.shells import quoted

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


def _line(command: str, words: Iterable[str]) -> str:
    return " ".join([command, *map(quoted, words)])


def meant(typed: list[str], commands: Iterable[str], of_a_day: Collection[str], env: Mapping[str, str]) -> str:
    """The command line that is probably meant, empty when nobody can tell. ``of_a_day`` are the commands of a day."""
    from difflib import get_close_matches

    from labcli.run.shelf import labs

    word, rest = typed[0], typed[1:]
    days = [lab.id for lab in labs(env)]
    day = next((each for each in (word, *rest) if each in days), "")
    if word in days:
        verb, rest = (rest[:1], rest[1:]) if rest[:1] and rest[0] in of_a_day else ([], [])
        return _line("labcli day", [word, *verb, *rest])
    if word in of_a_day and days:
        return _line("labcli day", [day or days[0], word, *(each for each in rest if each != day)])
    if word in ("guided", "start") and day:
        return _line("labcli day", [day, "run", *(["--guided"] if word == "guided" else [])])
    if word in ELSEWHERE:
        takes_days = ELSEWHERE[word] in ("labcli cleanup", "labcli verify")
        return _line(ELSEWHERE[word], [each for each in rest if takes_days and each in days])
    near = get_close_matches(word, [*commands, *of_a_day, *days], n=1)
    if not near:
        return ""
    return near[0] if near[0] in commands else meant([near[0], *rest], commands, of_a_day, env)
