"""``make soak``: what takes too long for the tests. Not part of them.

``python -m tests.soak [LAB…] [-n TIMES] [--only again|aws-like|interrupt]``

- ``again``: every lab twenty times in a row, verified and taken away each time.
- ``aws-like``: the same in the AWS-like mode, each time with another seed.
- ``interrupt``: every lab interrupted inside each of its steps, gone on with by the command that was printed,
  verified and taken away.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from labcli.local import life
from tests.faults.everything import Census

LABS = Path(__file__).resolve().parent.parent / "labs"
LABCLI = str(Path(sys.executable).with_name("labcli"))
TIMES = 20
INTERRUPTED = 130


@dataclass
class Soak:
    """One state folder, its command line, and an independent look at what is left."""

    env: dict[str, str]
    census: Census
    failed: list[str] = field(default_factory=list)

    def labcli(self, *arguments: str) -> tuple[int, str]:
        """Run a command; its exit code and what it said."""
        done = subprocess.run(
            [LABCLI, *arguments],
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def wrong(self, *arguments: str) -> str:
        """Run a command that has to work; what it said if it did not."""
        code, said = self.labcli(*arguments)
        return f"{' '.join(arguments)}: exit {code}\n{said}\n" if code else ""

    def taken_away(self) -> str:
        """Take everything away; what is left then, as an independent client sees it."""
        wrong = self.wrong("cleanup", "--all")
        left = self.census.left()
        return wrong + (f"left: {left}\n" if left else "")

    def tell(self, what: str, wrong: str) -> None:
        """Say how something went, and remember what did not."""
        print(f"{what}: {'FAILED' if wrong else 'held'}", flush=True)
        if wrong:
            print(wrong, flush=True)
            self.failed.append(what)


def again(soak: Soak, lab: Path, turn: int) -> str:
    """One run, verify and cleanup. What it needs is run first every other time, and holds again afterwards."""
    needs = [str(lab.with_name(f"{name}.yaml")) for name in data_of(lab).get("needs", [])] if turn % 2 else []
    wrong = "".join(soak.wrong("day", each, "run", "-q") for each in needs)
    code, said = soak.labcli("day", str(lab), "run", "--output", "json")
    if code:
        steps = json.loads(said).get("steps", [])
        wrong += json.dumps([step for step in steps if step["state"] != "passed"], indent=1)
    wrong += soak.wrong("verify", str(lab)) + soak.wrong("cleanup", lab.stem)
    wrong += "".join(soak.wrong("verify", each) for each in needs)
    return wrong + soak.taken_away()


def aws_like(soak: Soak, lab: Path, seed: int) -> str:
    """One run, verify and cleanup in the AWS-like mode of this seed."""
    wrong = soak.wrong("local", "stop") + soak.wrong("local", "start", "--aws-like", str(seed))
    return wrong + again(soak, lab, seed) + soak.wrong("local", "stop")


def interrupt(soak: Soak, lab: Path, index: int) -> str:
    """Interrupt a run inside a step, go on as it says, verify, take away."""
    before = ledgers(soak)
    process = subprocess.Popen(
        [LABCLI, "day", str(lab), "run", "-q"], env=soak.env, stdin=subprocess.DEVNULL, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    while process.poll() is None and steps_done(soak, before) < index:
        time.sleep(0.02)  # noqa: TID251 - it waits for another process
    time.sleep(random.Random(index).uniform(0.0, 0.5))  # noqa: TID251 - somewhere inside the step
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    said = process.communicate()[0]
    if process.returncode not in (0, INTERRUPTED):
        return f"interrupted: exit {process.returncode}\n{said}\n{soak.taken_away()}"
    wrong = ""
    if process.returncode == INTERRUPTED:
        lines = [line.removeprefix("Next: ") for line in said.splitlines() if line.startswith("Next: labcli day")]
        typed = shlex.split(lines[-1].partition("  (")[0])[1:] if lines else ["day", str(lab), "run"]
        wrong += soak.wrong(*typed)
    verified = soak.wrong("verify", str(lab))
    wrong += "" if "left steps out" in verified else verified
    return wrong + soak.taken_away()


def ledgers(soak: Soak) -> set[Path]:
    """The ledgers that are there."""
    return set(Path(soak.env["LABCLI_HOME"], "runs").glob("*.jsonl"))


def steps_done(soak: Soak, before: set[Path]) -> int:
    """How many steps the run that is under way has ended, -1 before it begins. A day that it needs has no steps."""
    return max((path.read_text("utf-8").count('"type":"step"') for path in ledgers(soak) - before), default=-1)


def data_of(lab: Path) -> dict[str, Any]:
    """The lab file as plain data."""
    return dict(yaml.safe_load(lab.read_text("utf-8")))


def on_labs(wanted: list[str], times: int, only: str) -> list[str]:
    """Run what is asked for on these labs; what failed."""
    import boto3
    from botocore.config import Config

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "state")

        def boto(service: str) -> Any:
            endpoint = life.ensure(home, time.sleep, time.monotonic)  # noqa: TID251
            return boto3.client(
                service, endpoint_url=endpoint.url, region_name=endpoint.region, config=Config(proxies={}),
                aws_access_key_id=endpoint.access_key, aws_secret_access_key=endpoint.secret_key,
            )  # fmt: skip

        soak = Soak({"PATH": os.environ["PATH"], "HOME": folder, "LABCLI_HOME": str(home)}, Census(boto))
        soak.census.begin()
        try:
            for lab in sorted(LABS.glob("*/*.yaml")):
                if wanted and lab.stem not in wanted:
                    continue
                for turn in range(times if only in ("", "again") else 0):
                    began = time.perf_counter()
                    wrong = again(soak, lab, turn)
                    soak.tell(f"{lab.stem} {turn + 1} of {times} in {time.perf_counter() - began:.0f} s", wrong)
                for seed in range(1, 1 + (times if only in ("", "aws-like") else 0)):
                    began = time.perf_counter()
                    wrong = aws_like(soak, lab, seed)
                    soak.tell(f"{lab.stem} AWS-like, seed {seed}, in {time.perf_counter() - began:.0f} s", wrong)
                for index in range(len(data_of(lab)["steps"]) if only in ("", "interrupt") else 0):
                    soak.tell(f"{lab.stem} interrupted in step {index + 1}", interrupt(soak, lab, index))
        finally:
            soak.labcli("local", "stop")
    return soak.failed


def main() -> int:
    """Do all of it; the exit code says whether all of it held."""
    options = argparse.ArgumentParser()
    options.add_argument("labs", nargs="*")
    options.add_argument("-n", type=int, default=TIMES)
    options.add_argument("--only", choices=("again", "aws-like", "interrupt"), default="")
    asked = options.parse_args()
    failed = on_labs(asked.labs, asked.n, asked.only)
    print(f"{len(failed)} failed: {', '.join(failed)}" if failed else "all of it held", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
