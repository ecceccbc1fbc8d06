"""The benchmarks: ``make bench``. Ratios of whole processes, measured in turn in one run; results go beside this file.

A budget that is missed makes the exit code 1. Nothing here is a test: a busy machine may miss what a quiet one keeps.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.bench.states import measured
from tests.bench.week import first_call, week

HERE = Path(__file__).resolve().parent
LABCLI = [str(Path(sys.executable).with_name("labcli"))]
ROUNDS = 15


@dataclass
class Figure:
    """One figure against its budget."""

    name: str
    value: float
    budget: float
    unit: str
    detail: str

    @property
    def kept(self) -> bool:
        """Whether the budget is kept."""
        return self.value <= self.budget

    def line(self) -> str:
        """As a row of the results."""
        kept = "kept" if self.kept else "MISSED"
        measured, budget = f"{self.value:.2f} {self.unit}", f"≤ {self.budget:g} {self.unit}"
        return f"| {self.name} | {measured} | {budget} | {kept} | {self.detail} |"


def took(command: list[str], env: dict[str, str]) -> float:
    """Seconds of one whole process; it must succeed."""
    began = time.perf_counter()
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    spent = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"{command} ended with {done.returncode}: {done.stdout.decode()}{done.stderr.decode()}")
    return spent


def in_turn(
    ours: list[str], theirs: list[str], env: dict[str, str], rounds: int, between: Callable[[], None] = lambda: None
) -> tuple[float, str]:
    """The median ratio of two commands that run in turn, and the medians in words."""
    pairs = []
    took(ours, env), took(theirs, env)
    for _ in range(rounds):
        between()
        pairs.append((took(ours, env), took(theirs, env)))
    a, b = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(x / y for x, y in pairs)
    return ratio, f"{a * 1000:.0f} ms against {b * 1000:.0f} ms, medians of {rounds}"


def start_up(env: dict[str, str]) -> list[Figure]:
    """Help and a day's page against a Python that does nothing."""
    bare = [sys.executable, "-c", "pass"]
    found = []
    for name, command, budget in (("labcli --help", ["--help"], 8.0), ("labcli day mon", ["day", "mon"], 13.0)):
        ratio, words = in_turn([*LABCLI, *command], bare, env, ROUNDS * 2)
        found.append(Figure(f"`{name}` against `python -c pass`", ratio, budget, "×", words))
    press = {**env, "LABCLI_COMPLETE": "bash", "LABCLI_COMPLETE_WORD": ""}
    ratio, words = in_turn([*LABCLI, "day", "fri", "run", "--from"], bare, press, ROUNDS * 2)
    found.append(Figure("a key press of completion against `python -c pass`", ratio, 3.0, "×", words))
    return found


def calls(env: dict[str, str]) -> list[Figure]:
    """The lab of twelve calls against bare boto3, and against aws commands where there are any."""
    run = [*LABCLI, "day", str(HERE / "twelve.yaml"), "run"]

    def clean() -> None:
        took([*LABCLI, "cleanup", "--all"], env)

    ratio, words = in_turn(run, [sys.executable, str(HERE / "bare.py")], env, ROUNDS, clean)
    found = [Figure("twelve calls against bare boto3", ratio, 1.1, "×", words)]
    if shutil.which("aws", path=env["PATH"]):
        ratio, words = in_turn(run, ["sh", str(HERE / "twelve.sh")], env, 3, clean)
        found.append(Figure("twelve calls against twelve `aws` commands", ratio, 0.1, "×", words))
    return found


def embedded(env: dict[str, str]) -> list[Figure]:
    """The first answer of the embedded AWS from cold, and its memory at idle."""
    code = (
        "import time; t=time.perf_counter()\n"
        "from pathlib import Path; from labcli.local import life; import os\n"
        "e=life.ensure(Path(os.environ['LABCLI_HOME']), time.sleep, time.monotonic); up=time.perf_counter()\n"
        "from labcli.aws.sessions import local_session, local_config\n"
        "c=local_session(e.access_key,e.secret_key,e.region).client('sqs',endpoint_url=e.url,config=local_config())\n"
        "c.list_queues(); print(up-t, time.perf_counter()-t, e.pid)"
    )
    cold, up, pid = [], [], 0
    for _ in range(5):
        took([*LABCLI, "local", "stop"], env)
        said = subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, encoding="utf-8", check=True
        ).stdout
        up.append(float(said.split()[0]))
        cold.append(float(said.split()[1]))
        pid = int(said.split()[2])
    words = f"median of 5, best {min(cold):.2f} s; its client is made in this time"
    found = [Figure("first answer of the embedded AWS from cold", statistics.median(cold), 1.0, "s", words)]
    found.append(
        Figure("cold start of the embedded AWS", min(up), 0.4, "s", f"best of 5, median {statistics.median(up):.2f} s")
    )
    if Path(f"/proc/{pid}/status").exists():
        time.sleep(2)  # noqa: TID251  everything is loaded in the background
        found.append(
            Figure("memory of the embedded AWS at idle", resident(pid), 70.0, "MB", "resident, everything loaded")
        )
        found += of_states(env, pid)
    return found


def of_states(env: dict[str, str], pid: int) -> list[Figure]:
    """Step Functions, from StartExecution to SUCCEEDED as a client sees it."""
    took, words, hundred, thousand = measured(env, pid)
    return [
        Figure("an execution of one Pass", 1000 * statistics.median(took), 20.0, "ms", words),
        Figure("a hundred of them at once", hundred, 1.0, "s", "best of 3, started by eight"),
        Figure("a Map of a thousand Pass", thousand, 2.0, "s", "best of 3, inline"),
    ]


def the_week(env: dict[str, str]) -> list[Figure]:
    """The first call of Step Functions; every day, one after the other; what the embedded AWS needs after all that."""
    took([*LABCLI, "local", "stop"], env)
    later, pid = first_call(env)
    found = [Figure("the first call of Step Functions over the second", later, 0.3, "s", "after a cold start")]
    if not Path(f"/proc/{pid}/stat").exists():
        return found
    wall, worked = week(LABCLI, env, pid)
    words = f"{wall:.0f} s of which a processor works {worked:.1f} s"
    found.append(Figure("the week over the waits that it asks for", 100 * worked / (wall - worked), 10.0, "%", words))
    found.append(Figure("memory of the embedded AWS after the week", resident(pid), 120.0, "MB", "resident"))
    took([*LABCLI, "cleanup", "--all"], env)
    return found


def resident(pid: int) -> float:
    """Megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def main() -> int:
    """Measure, print, write the results."""
    with tempfile.TemporaryDirectory() as folder:
        env = {"PATH": os.environ["PATH"], "HOME": folder, "LABCLI_HOME": f"{folder}/state", "AWS_PAGER": ""}
        took([*LABCLI, "local", "start"], env)
        said = subprocess.run(
            [*LABCLI, "local", "env"], env=env, capture_output=True, encoding="utf-8", check=True
        ).stdout
        for line in said.splitlines():
            name, _, value = line.removeprefix("export ").partition("=")
            if line.startswith("export ") and name.startswith("AWS_"):
                env[name] = value.strip("'")
        try:
            figures = [*start_up(env), *calls(env), *embedded(env), *the_week(env)]
        finally:
            took([*LABCLI, "local", "stop"], env)
    lines = [
        "| figure | measured | budget | | detail |",
        "|---|---|---|---|---|",
        *(figure.line() for figure in figures),
    ]
    print("\n".join(lines))
    head = (
        f"# Last results\n\n`make bench`, Python {sys.version.split()[0]}, {os.cpu_count()} cores, {sys.platform}.\n\n"
    )
    (HERE / "results.md").write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return 0 if all(figure.kept for figure in figures) else 1


if __name__ == "__main__":
    raise SystemExit(main())
