"""What a lab file says of tasks, and what `lab check` says of a task that cannot work."""

from __future__ import annotations

from pathlib import Path

import pytest

from labcli.lab.check import checked
from labcli.lab.model import Lab
from labcli.lab.problem import LabInvalid
from labcli.steps.language import LANGUAGE
from tests.unit.conftest import CATALOG

HEAD = "lab: one\ntitle: One\nsteps:\n- wait: 1s\ntasks:\n"
OWN = """\
- task: own
  title: A queue of your own
  text: Create **${inbox.name}**.
  yours: {inbox: {queue: standard, visibility: 20}}
  hints: [a, b, c]
  solution: [{create: [inbox]}]
  because: So it is.
"""
NEXT = OWN.replace("task: own", "task: next").replace("visibility: 20", "delay: 5") + "  needs: [own]\n"


def _lab(tmp_path: Path, tasks: str) -> Lab:
    file = tmp_path / "one.yaml"
    file.write_text(HEAD + tasks, "utf-8")
    return checked(file, LANGUAGE, CATALOG)


def _said(tmp_path: Path, tasks: str) -> list[str]:
    with pytest.raises(LabInvalid) as raised:
        _lab(tmp_path, tasks)
    return [f"{each.line}:{each.column} {each.message}" for each in raised.value.problems]


def test_a_later_task_sharpens_what_an_earlier_one_said_of_a_resource(tmp_path: Path) -> None:
    lab = _lab(tmp_path, OWN + NEXT)
    assert lab.tasks[0].yours["inbox"].props.attributes == {"VisibilityTimeout": "20"}
    assert lab.tasks[1].yours["inbox"].props.attributes == {"VisibilityTimeout": "20", "DelaySeconds": "5"}
    assert lab.by_hand.resources["inbox"] == lab.tasks[1].yours["inbox"]
    assert lab.task("next") == lab.task("2") == lab.tasks[1]


def test_the_world_of_tasks_is_apart_from_that_of_the_steps(tmp_path: Path) -> None:
    said = _said(tmp_path, OWN + "  checks: [{wait: 1s}]\n")
    assert said == ["13:12 a check only reads: `do`, not `wait`"]
    file = tmp_path / "one.yaml"
    file.write_text(HEAD.replace("- wait: 1s", "- create: [inbox]") + OWN, "utf-8")
    with pytest.raises(LabInvalid) as raised:
        checked(file, LANGUAGE, CATALOG)
    assert [each.message for each in raised.value.problems] == ["no resource `inbox` in this lab"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("hints: [a, b, c]", "hints: [a, b]", "10:10 `hints` are three: each says more, the last is nearly the answer"),
        ("hints: [a, b, c]", "", "6:3 `hints` are three: each says more, the last is nearly the answer"),
        ("  solution: [{create: [inbox]}]\n", "", "6:3 task `own` has no `solution`: the steps that do it"),
        ("  because: So it is.\n", "", "6:3 task `own` has no `because`: what is said when it is done"),
        ("task: own", "task: Own", "6:9 a task's id is up to 32 small letters, digits and _, from a letter, not `Own`"),
        ("${inbox.name}", "${inbx.name}", "8:9 ${inbx.name}: no resource or saved value `inbx`; did you mean `inbox`?"),
        ("visibility: 20", "visibilty: 20", "9:36 unknown key `visibilty` in a queue; did you mean `visibility`?"),
        ("hints:", "gone: [inbix]\n  hints:", "10:10 no resource `inbix` in these tasks; did you mean `inbox`?"),
        ("hints:", "needs: [first]\n  hints:", "10:11 no task `first` before this one"),
        ("hints:", "calls: [{sqs.sendmessage: {to: inbox}}]\n  hints:", "10:12 AWS has no operation sqs.sendmessage"),
        ("hints:", "calls: [{sqs.send_message: {to: box}}]\n  hints:", "10:35 no resource `box` in these tasks"),
        (
            "hints:", "calls: [{sqs.send_message: {with: {'a[': 1}}}]\n  hints:",
            "10:38 `a[` is not a JMESPath: it ends too soon",
        ),
        (
            "hints:", "calls: [{sqs.send_message: {with: {MesageBody: x}}}]\n  hints:",
            "10:38 `MesageBody`: the call has no `MesageBody`; did you mean `MessageBody`?",
        ),
        (
            "hints:", "near: [{say: x, call: sqs.receive_message, answer: {'Mesages[]': x}}]\n  hints:",
            "10:55 `Mesages[]`: the answer has no `Mesages`; did you mean `Messages`?",
        ),
        (
            "hints:", "checks: [{title: t, do: sqs.list_queues, with: {}, expect: {QueueUrls: {present: true}}, "
            "near: [{say: x, when: {QueueUrl: null}}]}]\n  hints:",
            "10:115 `QueueUrl`: the answer has no `QueueUrl`; did you mean `QueueUrls`?",
        ),
        ("hints:", "near: [{say: x, when: {a: 1}}]\n  hints:", "10:19 `when` looks at what a check or a proof saw"),
        ("hints:", "near: [{say: x}]\n  hints:", "10:10 a near miss is met by `when` (what was seen), `do`"),
        (
            "hints:", "near: [{say: x, do: sqs.list_queues, call: sqs.purge_queue}]\n  hints:",
            "10:10 a near miss is met by `when` (what was seen), `do`",
        ),
        (
            "hints:", "calls: [{sqs.send_message: {to: inbox}, early: '${inbx.name}'}]\n  hints:",
            "10:50 ${inbx.name}: no resource or saved value `inbx`",
        ),
        (
            "hints:", "resources: {shop: {queue: standard, policy: {Version: '2012-10-17', Statement: [{Effect: Allow, "
            "Principal: '*', Action: 'sqs:*', Resource: '${shp.arn}'}]}}}\n  hints:",
            "${shp.arn}: no resource or saved value `shp`; did you mean `shop`?",
        ),
        (
            "hints:", "resources: {a: {queue: standard, dead_letter: {to: b, after: 1}}, "
            "b: {queue: standard, dead_letter: {to: a, after: 1}}}\n  hints:",
            "10:15 resources that need each other: a → b → a",
        ),
        ("hints:", "allows: [{topic: inbox, to: inbox}]\n  hints:", "10:20 `inbox` is a queue, not a topic"),
        ("hints:", "resources: {m: {role: states}}\n  allows: [{role: m, may: [sned inbox]}]\n  hints:",
         "11:28 `may` lists what and which, such as `send orders`, not `sned inbox`; did you mean `send`?"),
        ("hints:", "resources: {m: {role: states}}\n  allows: [{role: m, may: [send inbx]}]\n  hints:",
         "no resource `inbx` in this lab; did you mean `inbox`?"),
        ("hints:", 'resources: {r: {role: states}, m: {role: r, machine: {StartAt: inbox, States: '
                   '{inbox: {Type: Task, Resource: "${inbox.ajn}", End: true}}}}}\n  hints:',
         "${inbox.ajn} finds nothing; did you mean `arn`?"),
        ("hints:", "given: [{create: [shop]}]\n  hints:", "10:21 no resource `shop` in this lab"),
        ("{queue: standard, visibility: 20}", "{kew: standard}", "resource `inbox` says one kind"),
    ],
)  # fmt: skip
def test_a_task_that_cannot_work_is_named_with_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    problems = _said(tmp_path, OWN.replace(old, new))
    assert any(said in problem for problem in problems), problems


def test_a_task_that_nothing_shows_to_be_done_is_refused(tmp_path: Path) -> None:
    tasks = OWN.replace("  yours: {inbox: {queue: standard, visibility: 20}}\n", "").replace("inbox.name", "run.id")
    said = _said(tmp_path, tasks.replace("{create: [inbox]}", "{wait: 1s}"))
    ways = "`yours`, `checks`, `proof`, `gone` or `allows`; AWS shows no calls"
    assert said == [f"6:3 task `own`: nothing shows that it is done: {ways}"]


def test_a_solution_may_make_what_a_step_may_not(tmp_path: Path) -> None:
    create = 'do: sqs.create_queue, with: {QueueName: "${inbox.name}", Attributes: {VisibilityTimeout: "20"}}'
    assert _lab(tmp_path, OWN.replace("{create: [inbox]}", f"{{{create}}}")).tasks
    said = _said(tmp_path, OWN + f"  given: [{{{create}}}]\n")
    assert said == ["13:16 sqs.create_queue creates something: declare it under `resources`, and use `create`"]


def test_tasks_see_what_the_tasks_they_need_were_given(tmp_path: Path) -> None:
    made = OWN + "  resources: {shop: {queue: standard}}\n  given: [{create: [shop]}]\n"
    uses = NEXT.replace("${inbox.name}", "${shop.url}")
    assert _lab(tmp_path, made + uses).tasks
    said = _said(tmp_path, made + uses.replace("  needs: [own]\n", ""))
    assert said == ["17:9 ${shop.url}: no step creates `shop`"]
