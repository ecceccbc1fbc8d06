"""``needs``: mistakes are said where they stand; who uses whom, and what is to be put back, is read from ledgers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from labcli.run.ledger.ledger import Record
from labcli.run.ledger.owned import Changed, changed
from labcli.run.ledger.runs import Run, dependents, of_lab
from tests.unit.conftest import Check, Mistakes

A = """\
lab: a
title: A
resources:
  stock: {queue: standard}
  flow: {machine: {StartAt: P, States: {P: {Type: Pass, End: true}}}}
  work: {function: work.py}
steps:
- create: [stock, flow, work]
"""
B = """\
lab: lab
title: B
needs: [a]
resources:
  own: {queue: standard}
steps:
- create: [own]
"""
MACHINE = "{StartAt: P, States: {P: {Type: Pass, End: true}}}"


@pytest.fixture
def a(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(A, "utf-8")
    (tmp_path / "work.py").write_text("def handler(event, context): pass\n", "utf-8")


@pytest.mark.usefixtures("a")
def test_what_another_lab_has_is_named_by_its_id(good: Check) -> None:
    lab = good(B + f"- update: a.flow\n  to: {{machine: {MACHINE}, may: [send own, send a.stock, invoke a.work]}}\n")
    assert set(lab.needed["a"].resources) == {"stock", "flow", "flow.role", "work", "work.role", "work.log_group"}
    assert lab.spec("a.flow") is not None
    assert lab.spec("a.nothing") is None


@pytest.mark.usefixtures("a")
@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("create: [a.stock]", "8:12 `a.stock` is a's: it is there when this lab runs"),
        ("update: a.fow\n  to: {machine: MACHINE}", "8:11 no resource `a.fow` in this lab"),
        ("update: a.work\n  to: {function: work.py}", "8:11 `a.work` is a's, and an update of a function cannot be"),
        ("update: a.stock\n  to: {machine: MACHINE}", "8:11 `a.stock` is a queue, not a machine"),
        ("update: b.flow\n  to: {machine: MACHINE}", "8:11 no resource `b.flow` in this lab"),
        ("permit: [a.stock]", "8:12 `a.stock` needs no permission that this lab could write"),
        ("delete: [a.nothing]", "8:12 no resource `a.nothing` in this lab"),
        ("delete: {every: queues}", "8:19 no resource kind `queues`; did you mean `queue`?"),
        ("delete: {every: queue, of: a}", "8:26 unknown key `of`"),
        ("send: {to: a.flow, bodies: [x]}", "8:14 `a.flow` is a machine, not a queue"),
        ("update: a.flow\n  to: {machine: MACHINE, may: [send a.flow]}", "9:"),
        ("update: a.flow\n  to: {machine: MACHINE, may: [send a.nothing]}", "9:"),
        ("update: a.flow\n  to: {queue: standard}", "9:"),
        ("update: a.flow", "8:"),
        ('do: sqs.get_queue_attributes\n  with: {QueueUrl: "${a.stok.url}"}', "9:20 ${a.stok.url}: a has no resource"),
        ('do: sqs.get_queue_attributes\n  with: {QueueUrl: "${a.stock.uri}"}', "9:20 ${a.stock.uri} finds nothing"),
        ('do: sqs.get_queue_attributes\n  with: {QueueUrl: "${a}"}', "9:20 ${a}: a has no resource ``"),
    ],
)  # fmt: skip
def test_mistakes_about_another_labs_things(mistakes: Mistakes, step: str, said: str) -> None:
    problems = mistakes(f"{B}- {step.replace('MACHINE', MACHINE)}\n")
    assert len(problems) == 1, problems
    assert problems[0].startswith(said), problems


@pytest.mark.usefixtures("a")
@pytest.mark.parametrize(
    ("needs", "said"),
    [
        ("[b]", "3:9 no lab `b` beside this file: b.yaml"),
        ("[../a]", "3:9 no lab `../a` beside this file"),
        ("[lab]", "3:9 labs that need each other: lab → lab"),
        ("[A]", "3:9 no lab `A` beside this file"),
        ("[{a: b}]", "3:9"),
        ("7", "3:8"),
    ],
)
def test_labs_that_are_not_there(mistakes: Mistakes, needs: str, said: str) -> None:
    problems = mistakes(B.replace("[a]", needs))
    assert len(problems) == 1, problems
    assert problems[0].startswith(said), problems


@pytest.mark.usefixtures("a")
def test_labs_in_a_circle_and_labs_with_mistakes(mistakes: Mistakes, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(A.replace("title: A\n", "title: A\nneeds: [lab]\n"), "utf-8")
    assert any("labs that need each other" in each or "has problems" in each for each in mistakes(B))
    (tmp_path / "a.yaml").write_text(A.replace("standard", "sideways"), "utf-8")
    (problem,) = mistakes(B)
    assert problem.startswith("3:9 a, which this lab needs, has problems: labcli lab check")
    (tmp_path / "a.yaml").write_text("a: [", "utf-8")
    (problem,) = mistakes(B)
    assert problem.startswith("3:9 a, which this lab needs")


@pytest.mark.usefixtures("a")
def test_a_resource_does_not_hide_a_lab(mistakes: Mistakes) -> None:
    problems = mistakes(B.replace("own", "a"))
    assert any(each.startswith("3:9 `a` is a resource here too") for each in problems), problems


def run(lab: str, number: int, live: bool = True, **needs: str) -> Run:
    header = {
        "n": 1,
        "at": number,
        "type": "run",
        "lab": lab,
        "run": f"{lab}{number}",
        "target": "local",
        "needs": needs,
    }
    name = f"labcli-{lab}-{number}-q"
    create = {"n": 2, "at": number, "type": "intent", "does": "create", "kind": "queue", "key": "q", "name": name}
    gone = {"n": 3, "at": number, "type": "gone", "name": name}
    return Run(Record(Path(f"{lab}-{number}.jsonl"), (header, create) if live else (header, create, gone)))


def test_who_uses_whom_goes_over_several_labs() -> None:
    runs = [run("a", 1), run("b", 2, a="a1"), run("c", 3, b="b2"), run("d", 4, x="x1"), run("e", 5, live=False, a="a1")]
    assert dependents(runs, ["a"], "local") == ["b", "c"]
    assert dependents(runs, ["c"], "local") == []
    assert dependents(runs, ["a"], "aws-1-x") == []
    assert dependents([run("a", 1, b="b2"), run("b", 2, a="a1")], ["a"], "local") == ["b"]
    assert dependents([run("a", 1, a="a1")], ["a"], "local") == []


def test_the_last_run_of_a_lab_on_a_target() -> None:
    runs = [run("a", 1), run("b", 2), run("a", 3)]
    found = of_lab(runs, "a", "local")
    assert found is not None
    assert found.id == "a3"
    assert of_lab(runs, "a", "aws-1-x") is None


def update(number: int, name: str, **more: Any) -> dict[str, Any]:
    event = {"n": number, "type": "intent", "does": "update", "kind": "machine", "key": f"a.{name}", "name": name}
    return {**event, "of_run": "a1", "before": {"definition": f"{name}{number}"}, **more}


def test_what_was_changed_twice_goes_back_to_what_it_was_first() -> None:
    found = changed([update(1, "x"), update(2, "y"), update(3, "x")])
    assert found == [
        Changed("a.y", "machine", "y", "a1", {"definition": "y2"}),
        Changed("a.x", "machine", "x", "a1", {"definition": "x1"}),
    ]


def test_what_was_put_back_is_not_put_back_again_unless_it_was_changed_again() -> None:
    events = [update(1, "x"), {"type": "restored", "name": "x"}]
    assert changed(events) == []
    assert changed([*events, update(3, "x")])[0].before == {"definition": "x3"}


def test_a_change_of_ones_own_is_never_put_back() -> None:
    assert changed([update(1, "x", of_run=""), update(2, "y", does="change")]) == []
