"""How a shell wants words, files and variables written: bash, and PowerShell.

PowerShell before 7.3 takes the inner quotation marks away when it calls a program (about_Parsing, "Passing arguments
that contain quote characters"), so there whatever holds one goes through a file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from labcli.aws.spoken.text import File, Text, Var, literal, varies

_BARE = re.compile(r"[A-Za-z0-9_./:=,@%+-]+")
_BARE_POWERSHELL = re.compile(r"[A-Za-z0-9_./:=+-]+")
"""A comma makes a list there, a percent sign and an at sign mean something at the start of a word."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
FOLD = 110
"""Columns from which on a script puts each option on a line of its own."""


class Shell(Protocol):
    """A shell in which commands are typed."""

    name: str
    more: str
    """What stands at the end of a line that goes on."""

    def word(self, said: Text) -> str:
        """One word of a command, quoted as it needs."""

    def holds(self, said: Text) -> bool:
        """Whether it can be a word of a command; otherwise it goes through a file."""

    def file(self, file: File) -> str:
        """The command that writes a file. Its ``text`` is there."""


class Bash:
    """bash, and what is like it: zsh, dash."""

    name = "bash"
    more = " \\"

    def word(self, said: Text) -> str:
        """Single quotes around what is literal, double ones around variables."""
        if not varies(said):
            return self._literal(literal(said))
        if not re.search(r'["\\$`]|!(?![= ])|' + _CONTROL.pattern, literal(said)):
            return '"' + "".join(self._variable(said, at) for at in range(len(said))) + '"'
        return "".join(f'"${each.name}"' if isinstance(each, Var) else self._literal(each) for each in said)

    def _variable(self, said: Text, at: int) -> str:
        part = said[at]
        if isinstance(part, str):
            return part
        after = said[at + 1] if at + 1 < len(said) else ""
        plain = isinstance(after, Var) or not re.match(r"[A-Za-z0-9_\[]", after)
        return f"${part.name}" if plain else f"${{{part.name}}}"

    def _literal(self, value: str) -> str:
        if _BARE.fullmatch(value):
            return value
        if _CONTROL.search(value):
            escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
            return "$'" + _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", escaped) + "'"
        return "'" + value.replace("'", "'\\''") + "'"

    def holds(self, said: Text) -> bool:
        """Any text can be a word."""
        return True

    def file(self, file: File) -> str:
        """A here-document, expanding where a variable stands in it; ``printf`` where the very bytes count."""
        said = file.text or ()
        whole = literal(said)
        if not file.tidy:
            return f"printf %s {self.word(said)} > {self._literal(file.name)}"
        if not re.search(r"[\n\\]", whole) and len(whole) < FOLD:
            return f"echo {self.word(said)} > {self._literal(file.name)}"
        end = "END"
        while end in whole.splitlines():
            end += "_"
        if not varies(said):
            return f"cat > {self._literal(file.name)} <<'{end}'\n{whole.rstrip(chr(10))}\n{end}"
        body = "".join(
            f"${{{each.name}}}" if isinstance(each, Var) else re.sub(r"([\\$`])", r"\\\1", each) for each in said
        )
        return f"cat > {self._literal(file.name)} <<{end}\n{body.rstrip(chr(10))}\n{end}"


class PowerShell:
    """PowerShell 7, and Windows PowerShell 5.1."""

    name = "powershell"
    more = " `"

    def word(self, said: Text) -> str:
        """Single quotes around what is literal, double ones where a variable stands in it."""
        if not varies(said):
            value = literal(said)
            plain = _BARE_POWERSHELL.fullmatch(value) and not value.startswith("-")
            return value if plain or re.fullmatch(r"--?[a-z0-9-]+", value) else "'" + value.replace("'", "''") + "'"
        if len(said) == 1 and isinstance(said[0], Var):
            return f"${said[0].name}"
        return '"' + self._expanded(said, '`$"') + '"'

    def _expanded(self, said: Text, special: str) -> str:
        return "".join(
            f"${{{each.name}}}" if isinstance(each, Var) else re.sub(f"([{re.escape(special)}])", r"`\1", each)
            for each in said
        )

    def holds(self, said: Text) -> bool:
        """No quotation mark, no backslash at the end, and not nothing: older ones lose these on the way."""
        whole = literal(said)
        return '"' not in whole and not whole.endswith("\\") and said != ()

    def file(self, file: File) -> str:
        """``WriteAllText`` writes UTF-8 without a mark at its beginning, in every PowerShell; ``>`` does not."""
        said = file.text or ()
        where = f'"$PWD/{file.name}"'
        whole = literal(said)
        if "\n" not in whole and not varies(said):
            return f"[IO.File]::WriteAllText({where}, '{whole.replace(chr(39), chr(39) * 2)}')"
        if varies(said):
            return f'[IO.File]::WriteAllText({where}, @"\n{self._expanded(said, "`$")}\n"@)'
        return f"[IO.File]::WriteAllText({where}, @'\n{whole}\n'@)"


BASH: Shell = Bash()
POWERSHELL: Shell = PowerShell()
SHELLS = {each.name: each for each in (BASH, POWERSHELL)}


def line(words: Sequence[Text], shell: Shell, fold: int = 0) -> str:
    """The words as one command; one longer than ``fold`` (0: never) goes on in further lines, options not torn."""
    said = [shell.word(each) for each in words]
    whole = " ".join(said)
    if not fold or len(whole) <= fold:
        return whole
    units = [said[0]]
    for word in said[1:]:
        if word.startswith("--") or word == "aws":
            units.append(word)
        else:
            units[-1] += f" {word}"
    rows = [units[0]]
    for unit in units[1:]:
        if len(rows[-1]) + len(unit) + 4 > fold:
            rows.append(unit)
        else:
            rows[-1] += f" {unit}"
    return f"{shell.more}\n    ".join(rows)
