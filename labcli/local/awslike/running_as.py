"""In which mode the local AWS runs. The mode is a fact of its process, which has it from its command line."""

from __future__ import annotations

from pathlib import Path

from labcli.errors import TargetError


def options(seed: int | None) -> tuple[str, ...]:
    """What the command line of the process says of it."""
    return () if seed is None else ("--aws-like", str(seed))


def refuse_other(runs: int | None, asked: int | None) -> None:
    """TargetError, with the way to what is asked for, where it runs in another mode. Who asks for none takes any."""
    if asked in (None, runs):
        return
    said = "as always, exactly" if runs is None else f"AWS-like with seed {runs}"
    raise TargetError(
        f"The local AWS runs {said}; asked for is AWS-like with seed {asked}.",
        f"labcli local stop, then: labcli local start --aws-like {asked}",
    )


def seed_of(home: Path) -> int | None:
    """The seed of the AWS-like mode in which the local AWS of this folder runs, None where it does not.

    Nobody is asked: it is what the living process wrote down about itself.
    """
    import json

    from labcli.local.process import ours
    from labcli.local.process.folder import Folder, read_plain
    from labcli.local.process.keyring import read

    folder = Folder(home)
    try:
        if ours.proven(folder, read(folder.keys)) is None:
            return None
        found = json.loads(read_plain(folder.server)).get("aws_like")
    except (OSError, ValueError, AttributeError, RecursionError, TargetError):
        return None
    return found if isinstance(found, int) else None
