"""``make soak``: every lab twenty times in a row, verified and taken away each time. Not part of the tests.

``python -m tests.soak [LAB…] [-n TIMES]``
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LABS = Path(__file__).resolve().parent.parent / "labs"
LABCLI = str(Path(sys.executable).with_name("labcli"))


def labcli(env: dict[str, str], *arguments: str) -> tuple[int, str]:
    """Run a command; its exit code and what it said."""
    done = subprocess.run(
        [LABCLI, *arguments], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def once(env: dict[str, str], lab: Path) -> tuple[bool, float, str]:
    """One run, verify and cleanup: whether all held, seconds of the run, and what went wrong."""
    began = time.perf_counter()
    code, said = labcli(env, "day", str(lab), "run", "--output", "json")
    spent = time.perf_counter() - began
    wrong = ""
    if code:
        steps = json.loads(said).get("steps", [])
        wrong = json.dumps([step for step in steps if step["state"] != "passed"], indent=1)
    for command in (("verify", str(lab)), ("cleanup", "--all")):
        code, said = labcli(env, *command)
        wrong += f"{command}: {said}" if code else ""
    return not wrong, spent, wrong


def main() -> int:
    """Run all labs; the exit code says whether all of it held."""
    times = int(sys.argv[sys.argv.index("-n") + 1]) if "-n" in sys.argv else 20
    wanted = [word for word in sys.argv[1:] if word != "-n" and not word.isdigit()]
    good = True
    with tempfile.TemporaryDirectory() as folder:
        env = {"PATH": os.environ["PATH"], "HOME": folder, "LABCLI_HOME": f"{folder}/state"}
        try:
            for lab in sorted(LABS.glob("*/*.yaml")):
                if wanted and lab.stem not in wanted:
                    continue
                results = []
                for number in range(1, times + 1):
                    held, spent, wrong = once(env, lab)
                    results.append((held, spent))
                    print(
                        f"{lab.stem} {number:>2} of {times}: {'held' if held else 'FAILED'} in {spent:.1f} s",
                        flush=True,
                    )
                    if wrong:
                        print(wrong, flush=True)
                passed = sum(held for held, _ in results)
                longest = max(spent for _, spent in results)
                print(f"{lab.stem}: {passed} of {times} held, the longest run took {longest:.1f} s", flush=True)
                good = good and passed == times
        finally:
            labcli(env, "local", "stop")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
