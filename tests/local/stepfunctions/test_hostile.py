"""Machines that would take the embedded AWS away: while each runs, others are answered, and it stays small."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local.conftest import WORLD, ensure, linux, until
from tests.local.stepfunctions.calls import Bench

pytestmark = linux
ANSWER = 2.0
"""Seconds in which anybody else gets an answer (others may have the cores: the best of three counts)."""
LARGEST = 300
"""Megabytes of the server."""
THREADS = 100
AAA = "a" * 60 + "!"


def jsonata(expression: str) -> dict[str, Any]:
    state = {"Type": "Pass", "Output": "{% " + expression + " %}", "End": True}
    return {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": state}}


def parameters(text: str) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"x.$": text}, "End": True}}}


def grown(by: Any) -> dict[str, Any]:
    """A loop in which each turn makes what the next one gets larger."""
    choices = [{"Variable": "$.never", "IsPresent": True, "Next": "Z"}]
    turn = {"Type": "Choice", "Choices": choices, "Default": "A"}
    grow = {"Type": "Pass", "Parameters": by, "Next": "C"}
    return {"StartAt": "A", "States": {"A": grow, "C": turn, "Z": {"Type": "Succeed"}}}


def maps(depth: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    for level in range(depth):
        items = list(range(40))
        states = {
            f"I{level}": {"Type": "Pass", "Result": items, "Next": f"M{level}"},
            f"M{level}": {"Type": "Map", "ItemProcessor": inner, "End": True},
        }
        inner = {"StartAt": f"I{level}", "States": states}
    return inner


QUERY, TOO_LARGE = "States.QueryEvaluationError", "States.DataLimitExceeded"
ENDING = {
    "a regular expression in $match": (jsonata(f"$match('{AAA}', /^(a+)+$/)"), QUERY),
    "a regular expression in $contains": (jsonata(f"$contains('{AAA}', /^(a|aa)+$/)"), QUERY),
    "a regular expression in $replace": (jsonata(f"$replace('{AAA}', /(a+)+$/, 'b')"), QUERY),
    "a regular expression in $split": (jsonata(f"$split('{AAA}', /^(a+)+$/)"), QUERY),
    "recursion without end": (jsonata("($f := function($n){ $f($n + 1) + 1 }; $f(1))"), QUERY),
    "a tail call without end": (jsonata("($f := function($n){ $f($n + 1) }; $f(1))"), QUERY),
    "a text that is doubled": (jsonata("($f := function($t){ $f($t & $t) }; $f('aaaaaaaa'))"), QUERY),
    "a range": (jsonata("[1..9999999]"), QUERY),
    "$pad": (jsonata("$pad('a', 999999999)"), QUERY),
    "States.ArrayRange": (parameters("States.ArrayRange(1, 1000000000, 1)"), "States.IntrinsicFailure"),
    "arrays of arrays": (grown({"a.$": "$", "b.$": "$", "c.$": "States.Array($, $, $)"}), TOO_LARGE),
    "States.Format": (grown({"t.$": "States.Format('{}{}{}', $, $, $)"}), TOO_LARGE),
    "a loop without end": (grown({"x": 1}), "States.Runtime"),
    "Maps in Maps": (maps(4), "States.Runtime"),
}


@pytest.fixture
def bench(home: Path) -> Iterator[Bench]:
    made = Bench(ensure(home))
    yield made
    made.close()


class Watch:
    """Looks at the server while something hostile runs in it."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.over = bench, threading.Event()
        self.memory = self.threads = 0
        self.slowest = 0.0
        self.thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self.over.wait(0.2):
            took = min(self._asked() for _ in range(3))
            self.slowest = max(self.slowest, took)
            for line in Path(f"/proc/{self.bench.endpoint.pid}/status").read_text("utf-8").splitlines():
                if line.startswith("VmRSS"):
                    self.memory = max(self.memory, int(line.split()[1]) // 1024)
                if line.startswith("Threads"):
                    self.threads = max(self.threads, int(line.split()[1]))

    def _asked(self) -> float:
        began = WORLD.monotonic()
        self.bench.sqs.list_queues()
        return WORLD.monotonic() - began

    def __enter__(self) -> Watch:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()
        assert self.slowest < ANSWER
        assert self.memory < LARGEST
        assert self.threads < THREADS


@pytest.mark.parametrize("kind", ENDING)
def test_it_ends_by_itself_and_others_are_answered(bench: Bench, kind: str) -> None:
    definition, error = ENDING[kind]
    with Watch(bench):
        ended = bench.ended(bench.start(bench.machine(definition), {"a": 1}))
    assert (ended["status"], ended.get("error")) == ("FAILED", error), ended.get("cause", ended.get("output", ""))[:200]


def test_a_machine_that_starts_itself_twice_stays_small_and_goes_with_its_machine(bench: Bench) -> None:
    given = {"StateMachineArn.$": "$$.StateMachine.Id", "Input.$": "$"}
    start = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution", "Parameters": given}
    twice = {"StartAt": "A", "States": {"A": {**start, "Next": "B"}, "B": {**start, "End": True}}}
    machine = bench.machine(twice, "states:StartExecution")
    with Watch(bench):
        bench.start(machine)
        until(lambda: _failed(bench, machine), "starts that are refused")
        bench.sfn.delete_state_machine(stateMachineArn=machine)
        until(lambda: not _running(bench, machine), "the end of all of it")


def _failed(bench: Bench, machine: str) -> Any:
    return bench.sfn.list_executions(stateMachineArn=machine, statusFilter="FAILED")["executions"]


def _running(bench: Bench, machine: str) -> Any:
    try:
        return bench.sfn.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
    except bench.sfn.exceptions.StateMachineDoesNotExist:
        return []


def test_what_is_stopped_computes_no_more(bench: Bench) -> None:
    wait = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 600, "End": True}}}
    many = {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": wait, "End": True}}}
    execution = bench.start(bench.machine(many), list(range(1000)))
    until(lambda: len(bench.events(execution)) > 80, "iterations")
    bench.sfn.stop_execution(executionArn=execution)
    count = len(bench.events(execution))
    with Watch(bench):
        assert bench.ended(bench.start(bench.machine(jsonata("1 + 1"))))["output"] == "2"
    assert len(bench.events(execution)) == count
    assert bench.show(execution)["status"] == "ABORTED"
