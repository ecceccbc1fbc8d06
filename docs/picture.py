"""Makes the pictures of the README by running what they show. ``python -m docs.picture``.

docs/run.svg is a part of a real run of Monday, docs/path.svg the way that an order took through Thursday's machine.

The run happens in a state folder of its own and is taken away again. Nothing in the picture is loaded from elsewhere:
the links to fonts that rich writes are left out.
"""

from __future__ import annotations

import io
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from labcli.cli.main import run
from labcli.context import Context

PICTURE = Path(__file__).resolve().parent / "run.svg"
PATH = Path(__file__).resolve().parent / "path.svg"
KEPT = ("4", "8", "9")
"""The steps that are shown; dots stand for the rest."""
WIDTH = 88
_STEP = re.compile(r"^ ?(\d{1,2})  \S")
_END = re.compile(r"^[✔✘] \d+ steps")
_FROM_OUTSIDE = re.compile(r"@font-face \{\{.*?\}\}\s*|<!--.*?-->\s*", re.DOTALL)


def main() -> int:
    """Run Monday and Thursday, draw, take away. The exit code of the first that failed."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "labcli"
        stdout = io.StringIO()
        code = _labcli(["day", "mon", "run"], home, stdout)
        if code == 0:
            PICTURE.write_text(draw(stdout.getvalue().splitlines()), encoding="utf-8", newline="\n")
            sys.stdout.write(f"docs/{PICTURE.name} written\n")
        else:
            sys.stderr.write(stdout.getvalue())
        code = code or _labcli(["day", "thu", "run", "-q"], home, io.StringIO())
        code = code or _labcli(["inspect", "flow", "--run", "last", "--svg", str(PATH)], home, sys.stdout)
        _labcli(["cleanup", "--all"], home, io.StringIO())
        _labcli(["local", "stop"], home, io.StringIO())
    return code


def _labcli(arguments: Sequence[str], home: Path, stdout: TextIO) -> int:
    env = {"LABCLI_HOME": str(home), "PATH": os.environ.get("PATH", ""), "COLUMNS": str(WIDTH), "FORCE_COLOR": "1",
           "TERM": "xterm-256color"}  # fmt: skip
    return run(arguments, Context(stdin=io.StringIO(), stdout=stdout, stderr=io.StringIO(), env=env))


def draw(output: Sequence[str]) -> str:
    """The picture of what the run printed, without the steps that are not kept."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), highlight=False, force_terminal=True)
    console.print(Text.assemble(("$ ", "dim"), ("labcli day mon run", "bold")))
    for line in _chosen(Text.from_ansi(each) for each in output):
        line.rstrip()
        console.print(line, no_wrap=True, crop=True)
    svg = console.export_svg(
        title="labcli", theme=MONOKAI, code_format=_FROM_OUTSIDE.sub("", CONSOLE_SVG_FORMAT), unique_id="labcli"
    )
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def _chosen(lines: Iterable[Text]) -> Iterable[Text]:
    """The head, the kept steps and the end of a run; one line of dots for each gap."""
    kept, dots = True, False
    for line in lines:
        step = _STEP.match(line.plain)
        if step:
            kept = step[1] in KEPT
        elif _END.match(line.plain):
            kept = True
        if kept:
            dots = False
            yield line
        elif not dots:
            dots = True
            yield Text("  ⋮", style="dim")


if __name__ == "__main__":
    sys.exit(main())
