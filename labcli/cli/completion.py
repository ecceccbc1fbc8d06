"""``labcli --install-completion`` and ``--show-completion``."""

from __future__ import annotations

from pathlib import Path

from labcli.cli.options import TargetOptions
from labcli.cli.shells import SHELLS, install, shell_of
from labcli.cli.variables import GUESS


def complete_shell(options: TargetOptions, shell: str, write: bool) -> None:
    """Print the script for a shell, or write it where the shell finds it and say so. UsageError for an unknown one."""
    name = shell_of("" if shell == GUESS else shell, options.context.env)
    screen = options.screen
    if not write:
        options.context.stdout.write(SHELLS[name].script)
        return
    file, line = install(name, Path.home())
    screen.line(("✔ ", "good"), f"{name} completes labcli: {file}")
    if SHELLS[name].read_by:
        screen.line(f"{Path.home() / SHELLS[name].read_by} reads it: a line marked `# labcli` at its end")
    if line:
        screen.line(f"Add this line to your profile: {line}")
    screen.line("It begins with the next shell that you open.")
