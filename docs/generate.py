"""Writes the reference pages from the code: ``python -m docs.generate``; ``--check`` says which of them are stale.

A page is a function that returns its text. What the code cannot say (the meaning of a key, in words) stands in
``docs/reference/words.py``; a key without words, and words without a key, stop the generator.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from docs.reference.commands import commands_page
from docs.reference.completion import completion_page
from docs.reference.operations import operations_page
from docs.reference.resources import resources_page
from docs.reference.verbs import verbs_page

DOCS = Path(__file__).resolve().parent

PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "verbs.md": verbs_page,
    "resources.md": resources_page,
    "operations.md": operations_page,
}

COMPLETION = DOCS.parent / "labcli" / "cli" / "completion.txt"
"""What completion reads: it has no time to ask the commands themselves."""

HEAD = "<!-- Written by `make docs` from the code: change the code, or docs/reference/words.py, not this page. -->\n\n"


def pages() -> dict[Path, str]:
    """Every generated page, and what belongs in it."""
    found = {DOCS / name: HEAD + page().rstrip() + "\n" for name, page in PAGES.items()}
    return {**found, COMPLETION: completion_page()}


def stale() -> list[Path]:
    """The pages that do not hold what the code says."""
    return [path for path, text in pages().items() if not path.is_file() or path.read_text("utf-8") != text]


def _called(path: Path) -> str:
    return "labcli/cli/completion.txt" if path == COMPLETION else f"docs/{path.name}"


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or only look at them. 1 when ``--check`` finds a stale one."""
    if list(arguments) not in ([], ["--check"]):
        sys.stderr.write("usage: python -m docs.generate [--check]\n")
        return 2
    old = stale()
    if arguments:
        for path in old:
            sys.stderr.write(f"{_called(path)} is stale: make docs\n")
        return 1 if old else 0
    wanted = pages()
    for path in old:
        path.write_text(wanted[path], encoding="utf-8", newline="\n")
        sys.stdout.write(f"{_called(path)} written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
