"""What the writers of all languages have in common: they go through the statements, and name what these read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labcli.aws.spoken.text import Text, text
from labcli.lab.aws import Catalog
from labcli.run.plan.script.make import Script
from labcli.run.plan.script.naming import names, safe, used
from labcli.run.plan.script.statements import (
    Active,
    Ask,
    Await,
    Burst,
    Consume,
    Left,
    Pack,
    Pause,
    Say,
    Statement,
)


class Writer:
    """Writes a script in one language: a subclass says how each statement is written."""

    helpers: Mapping[str, str] = {}
    """Functions of the language, by name; a script brings those along that it calls."""

    def __init__(self, script: Script, catalog: Catalog) -> None:
        self.script, self.catalog = script, catalog
        self.names = names(script.lab)
        self.used = used(script.body, self.names)

    def write(self) -> str:
        """The whole script."""
        body = "\n".join(line for statement in self.script.body for line in self.statement(statement))
        return f"{self.head(body)}\n{body}\n"

    def head(self, body: str) -> str:
        """What stands before the body: what it is, how it is run, the helpers that it calls."""
        raise NotImplementedError

    def needed(self, body: str) -> str:
        """What some lines need in front of them to run by themselves."""
        return self.called(body)

    @property
    def title(self) -> str:
        """``tue · SNS: one message, many listeners``, on one line."""
        return self.plain(f"{self.script.lab.id} · {self.script.lab.title}")

    def plain(self, said: str) -> str:
        """A text as a comment holds it: what cannot be seen, a line's end above all, is left out."""
        return "".join(char if char.isprintable() else " " for char in said)

    def called(self, body: str) -> str:
        """The helpers that the body calls, and those that these call."""
        wanted = [name for name in self.helpers if name in body]
        more = "\n".join(self.helpers[name] for name in wanted)
        return "".join(text for name, text in self.helpers.items() if name in wanted or name in more)

    def statement(self, statement: Statement) -> list[str]:
        """The lines of a statement."""
        if isinstance(statement, Ask) and statement.aside and not self.kept(statement):
            return []
        if isinstance(statement, Pause) and not (statement.local or statement.aws):
            return []
        writers: dict[type, Callable[[Any], list[str]]] = {
            Say: self.comment, Ask: self.ask, Pack: self.pack, Active: self.active, Pause: self.pause,
            Burst: self.burst, Consume: self.consume, Await: self.ended, Left: self.left,
        }  # fmt: skip
        return writers[type(statement)](statement)

    def comment(self, say: Say) -> list[str]:
        """A title stands behind an empty line."""
        said = self.plain(say.text)
        return [["", f"# --- {said} ---"], ["", f"# {said}"], [f"# {said}"]][say.level]

    def kept(self, ask: Ask) -> dict[str, str]:
        """The values of an answer that some statement reads, by their variables."""
        found = {safe(name): path for name, path in ask.keep.items()}
        return {name: path for name, path in found.items() if name in self.used}

    def text(self, said: str) -> Text:
        """A text with its references as variables."""
        return text(said, self.names)

    def ask(self, ask: Ask) -> list[str]:
        """A call."""
        raise NotImplementedError

    def pack(self, pack: Pack) -> list[str]:
        """The source of a function."""
        raise NotImplementedError

    def active(self, active: Active) -> list[str]:
        """Wait for a function."""
        raise NotImplementedError

    def pause(self, pause: Pause) -> list[str]:
        """Let time pass."""
        raise NotImplementedError

    def burst(self, burst: Burst) -> list[str]:
        """Many messages."""
        raise NotImplementedError

    def consume(self, consume: Consume) -> list[str]:
        """A consumer."""
        raise NotImplementedError

    def ended(self, ended: Await) -> list[str]:
        """Wait for an execution."""
        raise NotImplementedError

    def left(self, left: Left) -> list[str]:
        """What is there."""
        raise NotImplementedError


def split_json(path: str) -> tuple[str, str]:
    """``from_json(Messages[0].Body).taskToken`` as the path of the JSON text, and the key in it; empty for none."""
    if not path.startswith("from_json("):
        return path, ""
    outer, _, inner = path.removeprefix("from_json(").partition(").")
    return outer, inner
