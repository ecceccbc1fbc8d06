"""What is said when the server is not there, does not answer, or is not ours."""

from __future__ import annotations

from pathlib import Path

from labcli.errors import TargetError
from labcli.local.door.hello import Stranger
from labcli.local.process.folder import Folder
from labcli.local.process.keyring import Keys
from labcli.local.process.ours import Process, proven


class HangError(TargetError):
    """The embedded AWS of this state folder runs and does not answer."""

    mend = "labcli local stop"
    """The command that ends it."""

    def __init__(self, home: Path, process: Process) -> None:
        super().__init__(
            f"The embedded AWS of {home} hangs: process {process.pid} runs and does not answer.",
            f"{self.mend} ends it; what it has saved is there again at the next start. Its log: {Folder(home).log}",
        )


def not_ours(stranger: Stranger, drawn: Keys, home: Path) -> TargetError:
    """What to say of a listener that did not prove to be ours: that it hangs, when the process is."""
    if process := proven(Folder(home), drawn):
        return HangError(home, process)
    if not stranger.silent:
        return port_taken(drawn, home)
    return TargetError(
        f"What listens on port {drawn.port} does not answer, and nothing shows that it is the embedded AWS of {home}.",
        f"End that program. Or move {Folder(home).keys} away: a new port and new keys are drawn, "
        "and the embedded AWS starts empty.",
    )


def port_taken(drawn: Keys, home: Path) -> TargetError:
    """What to say of a port that cannot be had: whose it is."""
    if process := proven(Folder(home), drawn):
        return HangError(home, process)
    return TargetError(
        f"Somebody else has taken port {drawn.port}, which the embedded AWS of {home} uses.",
        f"End that program. Or move {Folder(home).keys} away: a new port and new keys are drawn, "
        "and the embedded AWS starts empty.",
    )


def unsaved(reason: str, process: Process) -> TargetError:
    """What to say of a server that is not stopped because what it holds would be lost."""
    return TargetError(
        f"the embedded AWS was not stopped: its state cannot be saved: {reason}",
        f"Make room, then stop it again. Or give up what it holds: labcli local reset, or end process {process.pid}.",
    )
