"""The verb ``execute`` on an AWS of ten lines: what it calls, how long it waits, what it makes of an end."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from labcli.errors import AwsError
from labcli.lab.model import Call, Lab, Step
from labcli.lab.reader import Findings
from labcli.lab.scope import Scope
from labcli.steps.language import LANGUAGE
from labcli.steps.perform import Done, perform
from labcli.steps.shapes import shape
from labcli.steps.world import Stopped, Waiting, World
from tests.unit.conftest import CATALOG, Check, Mistakes
from tests.unit.machines.histories import CHARGE, Story, always, flaky, large

HEAD = """\
lab: t
title: T
resources:
  orders: {queue: standard}
  flow: {machine: {StartAt: A, States: {A: {Type: Pass, End: true}}}}
  quick: {type: express, machine: {StartAt: A, States: {A: {Type: Pass, End: true}}}}
steps:
- create: [orders, flow, quick]
"""
ARN = "arn:aws:states:eu-west-1:123456789012:execution:flow:e-1"


class Sfn:
    """Step Functions with one execution: RUNNING for ``looks`` looks, then its end and its events."""

    def __init__(self, events: list[dict[str, Any]], looks: int = 1, page: int = 1000, definition: Any = None) -> None:
        self.events, self.looks, self.page, self.definition = events, looks, page, definition
        self.calls: list[Call] = []
        self.now = 0.0
        self.said: list[Waiting] = []
        self.stopped = False
        self.on_sleep: Callable[[float], None] = lambda now: None
        self.late_end = 0
        """How many reads of the history lack its end."""

    def call(self, call: Call, aws: Any, about: str) -> dict[str, Any]:
        self.calls.append(call)
        answer: dict[str, Any] = getattr(self, f"_{call.operation}")(call.params)
        return answer

    def attributes(self, name: str) -> Mapping[str, str]:
        return {"arn": f"arn:{name}", "name": name}

    def _start_execution(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return {"executionArn": ARN}

    def _describe_execution(self, params: Mapping[str, Any]) -> dict[str, Any]:
        self.looks -= 1
        found: dict[str, Any] = {"executionArn": ARN, "name": "e-1", "status": "RUNNING", "input": "{}"}
        if self.stopped:
            return {**found, "status": "ABORTED"}
        if self.looks >= 0:
            return found
        last = self.events[-1]
        details = next((value for key, value in last.items() if key.endswith("Details")), {})
        status = {"Succeeded": "SUCCEEDED", "Failed": "FAILED"}[last["type"].removeprefix("Execution")]
        return {**found, "status": status, **details}

    def _get_execution_history(self, params: Mapping[str, Any]) -> dict[str, Any]:
        if params.get("reverseOrder"):
            return {"events": self.events[:3][::-1]}
        events = self.events
        if self.late_end:
            self.late_end -= 1
            events = events[:-1]
        at = int(params.get("nextToken", 0))
        more = {"nextToken": str(at + self.page)} if at + self.page < len(events) else {}
        return {"events": events[at : at + self.page], **more}

    def _describe_state_machine_for_execution(self, params: Mapping[str, Any]) -> dict[str, Any]:
        if self.definition is None:
            raise AwsError("stepfunctions.describe_state_machine_for_execution", "AccessDenied", "no", frozenset(), 400)
        return {"definition": json.dumps(self.definition)}

    def _stop_execution(self, params: Mapping[str, Any]) -> dict[str, Any]:
        self.stopped = True
        return {}

    def world(self, lab: Lab) -> World:
        def sleep(seconds: float) -> None:
            self.now += seconds
            self.on_sleep(self.now)

        target: Any = SimpleNamespace(name="local", poll=0.1)
        return World(
            port=self, to=self, target=target, catalog=CATALOG, lab=lab, run={}, monotonic=lambda: self.now,  # type: ignore[arg-type]
            sleep=sleep, report=self.said.append, saved={"amount": 7},
        )  # fmt: skip

    def made(self, operation: str) -> list[Mapping[str, Any]]:
        return [call.params for call in self.calls if call.operation == operation]


@pytest.fixture
def run(good: Check) -> Callable[..., Done]:
    """Perform the step of a text, the second one below ``HEAD``; every call is within the step's shape."""

    def perform_it(text: str, sfn: Sfn) -> Done:
        lab = good(HEAD + text)
        step: Step = lab.steps[1]
        done = perform(step, sfn.world(lab))
        promised: Counter[tuple[str, frozenset[str]]] = Counter()
        for planned in shape(step, Scope(lab, LANGUAGE.kinds, CATALOG, Findings(None)), 0.1):  # type: ignore[arg-type]
            promised[planned.call.operation, frozenset(planned.call.params)] += planned.times.most
        assert not Counter((call.operation, frozenset(call.params)) for call in sfn.calls) - promised
        return done

    return perform_it


def test_the_input_is_json_text_in_which_references_are_filled(run: Callable[..., Done]) -> None:
    sfn = Sfn(large())
    run("- {execute: flow, name: order-1, input: {q: '${orders.arn}', n: [1, {deep: 'x ${orders.name}'}]}}\n", sfn)
    (started,) = sfn.made("start_execution")
    assert started["stateMachineArn"] == "arn:flow" and started["name"] == "order-1"
    assert json.loads(started["input"]) == {"q": "arn:orders", "n": [1, {"deep": "x orders"}]}
    run("- {execute: flow, input: [1, {a: '${orders.name}'}]}\n", sfn := Sfn(large()))
    assert json.loads(sfn.made("start_execution")[0]["input"]) == [1, {"a": "orders"}]
    run("- execute: flow\n", sfn := Sfn(large()))
    assert sfn.made("start_execution") == [{"stateMachineArn": "arn:flow", "input": "{}"}]


def test_it_waits_for_the_end_and_reads_every_page(run: Callable[..., Done]) -> None:
    sfn = Sfn(large(), looks=5, page=3, definition=CHARGE)
    done = run("- execute: flow\n  expect: {status: SUCCEEDED, 'length(events)': 14, output.total: 2200.0}\n", sfn)
    assert done.passed, done.expectations
    assert len(sfn.made("describe_execution")) == 6 and len(sfn.made("get_execution_history")) == 5
    assert done.document["machine"] == "flow" and done.document["definition"] == CHARGE
    assert done.document["execution"] == ARN


def test_a_history_without_its_end_is_read_again(run: Callable[..., Done]) -> None:
    sfn = Sfn(large())
    sfn.late_end = 2
    assert run("- execute: flow\n", sfn).document["events"][-1]["type"] == "ExecutionSucceeded"
    assert len(sfn.made("get_execution_history")) == 3


def test_waiting_says_in_which_state_it_is(run: Callable[..., Done]) -> None:
    sfn = Sfn(flaky(), looks=25)
    run("- execute: flow\n", sfn)
    assert sfn.said[0].what == "until the execution ends" and sfn.said[0].left == 60.0
    assert "RUNNING, in Charge" in {waiting.seen for waiting in sfn.said}
    assert 1 <= sum("reverseOrder" in params for params in sfn.made("get_execution_history")) <= 3


def test_time_that_is_over_stops_it_and_fails_with_one_message(run: Callable[..., Done]) -> None:
    story = Story()
    story.enter("Task", "Charge")
    sfn = Sfn(story.events, looks=1000)
    done = run("- {execute: flow, within: 2s, expect: {output.total: 1}}\n", sfn)
    (held,) = done.expectations
    assert (held.path, held.met) == ("an end within 2 s", False)
    assert held.seen == "still RUNNING in Charge after 2 s: stopped"
    (stopped,) = sfn.made("stop_execution")
    assert stopped == {
        "executionArn": ARN, "error": "Labcli.Stopped", "cause": "labcli stopped it: still running after 2 s",
    }  # fmt: skip


@pytest.mark.parametrize("raised", [KeyboardInterrupt, Stopped])
@pytest.mark.parametrize("deaf", [False, True])
def test_an_interrupt_stops_the_execution_too(
    run: Callable[..., Done], raised: type[BaseException], deaf: bool
) -> None:
    class Deaf(Sfn):
        def _stop_execution(self, params: Mapping[str, Any]) -> dict[str, Any]:
            super()._stop_execution(params)
            raise AwsError("stepfunctions.stop_execution", "ThrottlingException", "slow down", frozenset(), 400)

    sfn = (Deaf if deaf else Sfn)(large(), looks=1000)

    def interrupt(now: float) -> None:
        raise raised

    sfn.on_sleep = interrupt
    with pytest.raises(raised):
        run("- execute: flow\n", sfn)
    assert sfn.stopped


def test_a_failure_that_nobody_expects_fails_the_step_with_its_error_and_cause(run: Callable[..., Done]) -> None:
    for expect in ("", "  expect: {path: [Charge, Stuck]}\n", "  expect: {status: SUCCEEDED, output.x: 1}\n"):
        done = run(f"- execute: flow\n{expect}", Sfn(always()))
        (held,) = done.expectations
        assert (held.path, held.expected) == ("status", "SUCCEEDED")
        assert held.seen == "FAILED in Stuck · OrderStuck: retries exhausted"


def test_a_failure_may_be_the_lesson(run: Callable[..., Done]) -> None:
    for expect in ("status: FAILED", "error: OrderStuck", "status: {not: SUCCEEDED}", "cause: {contains: exhausted}"):
        done = run(f"- execute: flow\n  expect: {{{expect}}}\n", Sfn(always()))
        assert done.passed, done.expectations


@pytest.mark.parametrize(
    ("expect", "passes"),
    [
        ("one.status: FAILED, two.status: FAILED", True),
        ("one.error: OrderStuck", False),
        ("'*.status': [FAILED, FAILED]", True),
        ("one.status: FAILED, two.status: SUCCEEDED", False),
        ("one.path: [Charge, Stuck], two.path: [Charge, Stuck]", False),
    ],
)
def test_a_matrix_expects_the_ends_of_its_arms(run: Callable[..., Done], expect: str, passes: bool) -> None:
    text = f"- matrix: {{x: [one, two]}}\n  execute: flow\n  input: {{x: '${{x}}'}}\n  expect: {{{expect}}}\n"
    sfn = Sfn(always(), looks=0)
    done = run(text, sfn)
    assert done.passed is passes
    if not passes:
        assert any("OrderStuck: retries exhausted" in str(held.seen) for held in done.expectations)


def test_a_step_in_a_block_expects_for_itself(run: Callable[..., Done]) -> None:
    text = "- in_order:\n    go: {execute: flow, expect: {status: FAILED}}\n    on: {execute: flow}\n"
    done = run(text, Sfn(always(), looks=0))
    assert [held.path for held in done.expectations if not held.met] == ["on: status"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("execute: flows", "no resource `flows` in this lab; did you mean `flow`?"),
        ("execute: orders", "`orders` is a queue, not a machine"),
        ("execute: quick", "`quick` is an Express machine, of which AWS keeps no history"),
        ("execute: flow, input: 5", "`input` is a mapping (`key: value`), not a number"),
        ("execute: flow, input: text", "`input` is a mapping (`key: value`), not text"),
        ("execute: flow, input: {a: '${nowhere}'}", "${nowhere}: no resource or saved value `nowhere`"),
        ("execute: flow, input: {a: .inf}", "`.inf` is not a finite number"),
        ("execute: flow, expect: {statsu: X}", "the answer has no `statsu`; did you mean `status`?"),
        ("execute: flow, expect: {branches.seconds: 1}", "`branches` is a list: write `branches[0].seconds`"),
        ("execute: flow, name: 'a b'", "an execution's name is up to 80 characters"),
        ("execute: flow, fails: X", "`execute` takes no `fails`"),
        ("execute: flow, with: {}", "unknown key `with`"),
        ("execute: flow, show: timelines", "no view `timelines`; did you mean `timeline`?"),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_called(mistakes: Mistakes, text: str, said: str) -> None:
    found = mistakes(f"{HEAD}- {{{text}}}\n")
    assert len(found) == 1 and said in found[0], found


def test_an_input_may_be_one_reference(run: Callable[..., Done], good: Check) -> None:
    text = (
        "- do: sqs.get_queue_attributes\n  with: {QueueUrl: '${orders.url}'}\n  save: {all: Attributes}\n"
        "- {execute: flow, input: '${all}'}\n"
    )
    assert good(HEAD + text).steps[2].args.input == "${all}"
