"""A call as the aws command that one would type: the options, the files that it reads, the words of one line.

What it writes is understood by the aws CLI v1 and v2 alike. So a payload goes through ``fileb://``: as it stands v2
wants it in base64, and v1 does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from labcli.aws.spoken import names as spoken
from labcli.aws.spoken.shells import BASH, Shell, line
from labcli.aws.spoken.text import File, Names, Text, literal, text
from labcli.aws.spoken.values import DOCUMENTS, as_json, document, fetched, scalar, shorthand
from labcli.lab.aws import Catalog, Shape
from labcli.lab.model import Call


class Command(NamedTuple):
    """An aws command: the files that must be there, and its words."""

    files: tuple[File, ...]
    words: tuple[Text, ...]

    @property
    def whole(self) -> bool:
        """Whether it can be copied: nothing that it needs is left out."""
        return all(each.text is not None for each in self.files)

    def said(self, shell: Shell, fold: int = 0) -> str:
        """The commands that write its files, then the command."""
        made = [shell.file(each) for each in self.files if each.text is not None]
        return "\n".join([*made, line(self.words, shell, fold)])


def command(
    call: Call, shell: Shell, catalog: Catalog, names: Names | None = None, stem: str = "", longest: int = 0
) -> Command:
    """The aws command of a call. ``names``: what a script calls each reference in it.

    ``stem`` begins the names of its files; JSON of more than ``longest`` characters (0: of any length) goes into one.
    """
    return _Writer(call, shell, catalog, names, stem, longest).command()


def as_cli(call: Call, catalog: Catalog, shell: Shell = BASH, names: Names | None = None, fold: int = 0) -> str:
    """The aws command of a call, with what makes the files that it needs in the lines before."""
    return command(call, shell, catalog, names).said(shell, fold)


class _Writer:
    """One call on its way to a command."""

    def __init__(
        self, call: Call, shell: Shell, catalog: Catalog, names: Names | None, stem: str, longest: int
    ) -> None:
        self.call, self.shell, self.names, self.longest = call, shell, names, longest
        self.stem = f"{stem}-" if stem else ""
        operation = catalog.operation(call.service, call.operation)
        self.input = operation.input if operation is not None else None
        self.flags = spoken.flags(call.service, call.operation, dict(call.params))
        self.files: list[File] = []

    def command(self) -> Command:
        call = self.call
        words: list[Text] = [("aws",), (call.service,), (spoken.operation(call.operation),)]
        for name, value in call.params.items():
            words += self._option(name, value)
        if answer := spoken.ANSWERS.get((call.service, call.operation)):
            words.append((f"{self.stem}{answer}",))
        return Command(tuple(self.files), tuple(words))

    def _option(self, name: str, value: Any) -> list[Text]:
        flag = self.flags[name]
        shape = self.input.members.get(name) if self.input is not None else None
        kind = shape.kind if shape is not None else _kind_of(value)
        if flag == "--zip-file" or kind == "blob":
            return [(flag,), self._bytes(flag, value)]
        if isinstance(value, bool):
            return [(flag if value else f"--no-{flag[2:]}",)]
        if isinstance(value, list | tuple) and value and all(isinstance(each, str | int) for each in value):
            said = [scalar(each, self.names) for each in value]
            if all(each and self.shell.holds(each) and literal(each)[:1] not in ("[", "{", "-") for each in said):
                return [(flag,), *said]
        if isinstance(value, Mapping | list | tuple):
            return [(flag,), self._structure(flag, value, shape)]
        return self._plain(flag, name, value)

    def _plain(self, flag: str, name: str, value: Any) -> list[Text]:
        said = scalar(value, self.names)
        read = fetched(said) and (self.call.service, name) not in spoken.URLS
        long = self.longest and name in DOCUMENTS and len(literal(said)) > self.longest
        if read or long or not self.shell.holds(said):
            if name in DOCUMENTS:
                return [(flag,), self._file(f"{flag[2:]}.json", document(value, self.names), True)]
            is_json = literal(said)[:1] in ("{", "[")
            return [(flag,), self._file(f"{flag[2:]}.{'json' if is_json else 'txt'}", said, False)]
        if said and isinstance(said[0], str) and said[0].startswith("-"):  # otherwise it is taken for an option
            return [(f"{flag}={said[0]}", *said[1:])]
        return [(flag,), said]

    def _structure(self, flag: str, value: Any, shape: Shape | None) -> Text:
        if (short := shorthand(value, self.names)) is not None:
            return short
        said = as_json(value, shape, self.names)
        long = self.longest and (len(literal(said)) > self.longest or '\\"' in literal(said))
        if self.shell.holds(said) and not long:
            return said
        return self._file(f"{flag[2:]}.json", as_json(value, shape, self.names, indent=2), True)

    def _bytes(self, flag: str, value: Any) -> Text:
        if flag == "--zip-file":
            self.files.append(File(f"{self.stem or 'function-'}".rstrip("-") + ".zip", None))
        else:
            self.files.append(File(f"{self.stem}{flag[2:]}.json", self._readable(value), False))
        return (f"fileb://{self.files[-1].name}",)

    def _readable(self, value: Any) -> Text | None:
        if isinstance(value, str):
            return text(value, self.names)
        try:
            return (bytes(value).decode(),)
        except (UnicodeDecodeError, TypeError):
            return None

    def _file(self, name: str, said: Text, tidy: bool) -> Text:
        self.files.append(File(f"{self.stem}{name}", said, tidy))
        return (f"file://{self.stem}{name}",)


def _kind_of(value: Any) -> str:
    return "blob" if isinstance(value, bytes | bytearray) else ""
