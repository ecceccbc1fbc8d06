"""Measures what an install of labcli weighs, and writes it into docs/platforms.md. ``.ci/size`` runs it.

It runs in a fresh environment with nothing but labcli in it, so it imports nothing of this project.
"""

from __future__ import annotations

import re
import sys
from importlib import metadata
from pathlib import Path

PAGE = Path(__file__).resolve().parent / "platforms.md"
BEGIN, END = "<!-- measured by .ci/size -->", "<!-- end of what was measured -->"
NOT_OURS = frozenset({"pip", "setuptools", "wheel"})
"""What an environment of venv has already."""
LEAST = 2_000_000
"""Bytes from which a package has a line of its own."""

WHY = {
    "botocore": "AWS's models of all its services, nearly all of it: the calls, and what `lab check` holds labs "
    "against. Nobody publishes a smaller one, and the embedded AWS pins this very release.",
    "ministack": "The embedded AWS. It serves more services than the five that labcli uses; its wheel has no parts.",
    "pygments": "Comes with rich, and is imported by nothing that labcli does.",
    "wcwidth": "How wide a character is: comes with prompt_toolkit.",
    "prompt-toolkit": "Questions with arrow keys, in the quiz and in guided runs; imported when somebody is asked.",
    "pyyaml": "Reads the labs.",
    "rich": "Draws all that labcli shows.",
    "labcli": "The program and its labs.",
    "setuptools": "",
}
"""What is heavy, and why it stays."""


def weights(compiled: bool = False) -> dict[str, int]:
    """Bytes of each package that came with labcli, or of what Python compiled of it. By name."""
    found: dict[str, int] = {}
    for each in metadata.distributions():
        name = re.sub(r"[-_.]+", "-", each.metadata["Name"]).lower()
        files = [Path(str(each.locate_file(file))) for file in each.files or ()]
        files = [file for file in files if (file.suffix == ".pyc") == compiled]
        found[name] = sum(file.stat().st_size for file in files if file.is_file())
    return {name: size for name, size in found.items() if name not in NOT_OURS}


def table(found: dict[str, int], compiled: int) -> str:
    """The measured table, the heaviest first."""
    heavy = sorted((name for name in found if found[name] >= LEAST), key=lambda name: -found[name])
    if unsaid := [name for name in heavy if name not in WHY]:
        raise SystemExit(f"docs/size.py: say why {', '.join(unsaid)} stays, or let it go")
    light = [size for size in found.values() if size < LEAST]
    total = sum(found.values())
    lines = [
        f"{len(found)} packages, {_mb(total)} on disk with Python {sys.version_info[0]}.{sys.version_info[1]} on "
        f"{sys.platform}, and {_mb(compiled)} more that pip compiles of them.",
        "", "| package | MB | why it stays |", "| --- | ---: | --- |",
        *(f"| {name} | {found[name] / 1e6:.1f} | {WHY[name]} |" for name in heavy),
        f"| {len(light)} others | {sum(light) / 1e6:.1f} | none has {LEAST / 1e6:.0f} MB |",
    ]  # fmt: skip
    return "\n".join(lines)


def _mb(size: int) -> str:
    return f"{size / 1e6:.0f} MB"


def main() -> None:
    """Write the section ``Size``, and leave the rest of the page as it is."""
    section = f"## Size\n\n{BEGIN}\n{table(weights(), sum(weights(compiled=True).values()))}\n{END}\n"
    page = PAGE.read_text("utf-8") if PAGE.is_file() else "# Platforms\n"
    before, found, rest = page.partition("## Size\n")
    after = rest.partition(f"{END}\n")[2] if found else ""
    PAGE.write_text(f"{before.rstrip()}\n\n{section}{after}", encoding="utf-8", newline="\n")
    sys.stdout.write(f"docs/{PAGE.name} written\n")


if __name__ == "__main__":
    main()
