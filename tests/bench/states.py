"""What Step Functions costs on the embedded AWS: one Pass, a hundred at once, a thousand iterations of a Map."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from labcli.aws.sessions import local_config, local_session
from labcli.rules.roles import STATES, trust

PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
ROUNDS, AT_ONCE, ITEMS = 60, 100, 1000


class States:
    """Machines of Pass on the embedded AWS that an environment names."""

    def __init__(self, env: Mapping[str, str]) -> None:
        session = local_session(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], env["AWS_REGION"])
        more = {"endpoint_url": env["AWS_ENDPOINT_URL"], "config": local_config()}
        self.client, iam = session.client("stepfunctions", **more), session.client("iam", **more)
        document = json.dumps(trust(STATES))
        self.role = iam.create_role(RoleName="bench", AssumeRolePolicyDocument=document)["Role"]["Arn"]
        iam.close()

    def machine(self, name: str, definition: Mapping[str, Any]) -> str:
        """A machine, whose first execution has ended."""
        given = {"name": name, "definition": json.dumps(definition), "roleArn": self.role}
        arn = str(self.client.create_state_machine(**given)["stateMachineArn"])
        self.ended(self.start(arn, []))
        return arn

    def start(self, machine: str, given: Any) -> str:
        """Start one."""
        return str(self.client.start_execution(stateMachineArn=machine, input=json.dumps(given))["executionArn"])

    def ended(self, execution: str) -> None:
        """Ask until it has ended; it must have succeeded."""
        while (status := self.client.describe_execution(executionArn=execution)["status"]) == "RUNNING":
            time.sleep(0.001)  # noqa: TID251  nothing else tells
        if status != "SUCCEEDED":
            raise SystemExit(f"{execution} ended {status}")

    def one(self, machine: str, given: Any) -> float:
        """Seconds from its start until it is seen to have succeeded."""
        began = time.perf_counter()
        self.ended(self.start(machine, given))
        return time.perf_counter() - began

    def at_once(self, machine: str) -> float:
        """Seconds for a hundred that are started by eight at once."""
        began = time.perf_counter()
        with ThreadPoolExecutor(8) as pool:
            for execution in pool.map(lambda _: self.start(machine, {}), range(AT_ONCE)):
                self.ended(execution)
        return time.perf_counter() - began


def seconds_of(pid: int) -> float:
    """Seconds that a process has computed."""
    return sum(map(int, Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[11:13])) / 100


def measured(env: Mapping[str, str], pid: int) -> tuple[list[float], str, float, float]:
    """Seconds of each Pass, what it cost in words; seconds of a hundred at once, and of a Map of a thousand: the best
    of three.
    """
    states = States(env)
    one = states.machine("bench-pass", PASS)
    inside = {"Type": "Map", "ItemProcessor": PASS, "End": True}
    many = states.machine("bench-map", {"StartAt": "M", "States": {"M": inside}})
    ours, theirs = time.process_time(), seconds_of(pid)
    took = [states.one(one, {}) for _ in range(ROUNDS)]
    costs = [1000 * (end - begin) / ROUNDS for begin, end in ((ours, time.process_time()), (theirs, seconds_of(pid)))]
    words = f"best {1000 * min(took):.0f} ms; of a processor {costs[1]:.1f} ms there and {costs[0]:.1f} ms here"
    hundred = min(states.at_once(one) for _ in range(3))
    thousand = min(states.one(many, [*range(ITEMS)]) for _ in range(3))
    states.client.close()
    return took, f"median of {ROUNDS}, {words}", hundred, thousand
