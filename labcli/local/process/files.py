"""How many files a process may have open: connections, pipes and folders count too."""

from __future__ import annotations

import sys

from labcli.errors import TargetError

LEAST = 256
"""Files with which everything works: a step may work with dozens of connections at once."""
WANTED = 4096
_NO_LIMIT = 1 << 20


def most() -> int:
    """How many this process may have open, once it has taken what it may."""
    if sys.platform == "win32":
        return _NO_LIMIT
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (OSError, ValueError):  # macOS has a limit of its own beside the one it names
            return soft
        return wanted
    return _NO_LIMIT if soft == resource.RLIM_INFINITY else soft


def refuse_few() -> None:
    """TargetError when this process may have so few files open that it would stand still in the middle."""
    if (files := most()) < LEAST:
        raise TargetError(
            f"this shell lets a program open {files} files and connections; labcli needs {LEAST}",
            f"ulimit -n {WANTED} (when it is refused: log in anew, in a shell without that limit)",
        )
