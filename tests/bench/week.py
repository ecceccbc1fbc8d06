"""The whole week, unattended: what it takes over the waits that the labs ask for, and what the embedded AWS needs then.

The labs wait for visibility timeouts, retries and functions that sleep. What is spent beside that is work of a
processor, labcli's and the embedded AWS's; so that is what is counted. The functions are the labs' own, and are not.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

DAYS = ("mon", "tue", "wed", "thu", "fri")
TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100

FIRST_CALL = """
import os, time
from pathlib import Path
from labcli.local import life
from labcli.aws.sessions import local_config, local_session
e = life.ensure(Path(os.environ["LABCLI_HOME"]), time.sleep, time.monotonic)
session = local_session(e.access_key, e.secret_key, e.region)
iam, states = (session.client(name, endpoint_url=e.url, config=local_config()) for name in ("iam", "stepfunctions"))
trust = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"states.amazonaws.com"},'
trust += '"Action":"sts:AssumeRole"}]}'
role = iam.create_role(RoleName="bench", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
took = []
for name in ("first", "second"):
    began = time.perf_counter()
    definition = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}'
    made = states.create_state_machine(name=name, definition=definition, roleArn=role)
    took.append(time.perf_counter() - began)
    states.delete_state_machine(stateMachineArn=made["stateMachineArn"])
iam.delete_role(RoleName="bench")
print(took[0] - took[1], e.pid)
"""


def first_call(env: dict[str, str]) -> tuple[float, int]:
    """Seconds that the first call of Step Functions takes longer than the second, and the server's process."""
    said = subprocess.run(
        [sys.executable, "-c", FIRST_CALL], env=env, capture_output=True, encoding="utf-8", check=True
    ).stdout.split()
    return float(said[0]), int(said[1])


def processor(pid: int) -> float:
    """Seconds of processor time of a process, without its children."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / TICK


def week(labcli: list[str], env: dict[str, str], pid: int) -> tuple[float, float]:
    """Wall seconds of all days, one after the other, and the seconds of them in which a processor worked for it."""
    worked, began = processor(pid), time.perf_counter()
    before = _of_ended_children()
    for day in DAYS:
        subprocess.run([*labcli, "day", day, "run", "-q"], env=env, check=True, capture_output=True)
    wall = time.perf_counter() - began
    return wall, processor(pid) - worked + _of_ended_children() - before


def _of_ended_children() -> float:
    times = os.times()
    return times.children_user + times.children_system
