"""What `lab check` did not find, or called by a wrong name: each as a small lab at the real command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from labcli.aws.catalog import BotoCatalog
from labcli.lab.model import Effect
from tests.conftest import REPO, Cli

Write = Callable[..., Path]
Check = Callable[[str], list[str]]

HEAD = """lab: try
title: T
resources:
  q: {queue: standard}
steps:
- create: [q]
"""


@pytest.fixture
def check(cli: Cli, lab: Write) -> Check:
    """What `lab check` says of a lab: ``LINE:COLUMN what``, a line each; nothing of a good one."""

    def asked(text: str) -> list[str]:
        path = lab(text)
        result = cli("lab", "check", str(path))
        said = [line.removeprefix(f"{path}:") for line in result.err.splitlines() if line.startswith(f"{path}:")]
        assert result.exit_code == (2 if said else 0), result
        assert "Traceback" not in result.both
        return said

    return asked


@pytest.mark.parametrize("folder", ["labs", "docs/examples"])
def test_every_lab_of_ours_is_clean(cli: Cli, folder: str) -> None:
    result = cli("lab", "check", str(REPO / folder))
    assert (result.exit_code, result.err.count("problem")) == (0, 0), result.both


# --- a check's calls


def a_check(operation: str, given: str = "{}") -> str:
    return f"{HEAD}checks:\n- title: C\n  do: {operation}\n  with: {given}\n  expect: {{a: {{present: true}}}}\n"


@pytest.mark.parametrize("operation", ["s3.list_buckets", "ec2.describe_vpcs", "dynamodb.list_tables"])
def test_a_read_that_nobody_reviewed_is_called_just_that(check: Check, operation: str) -> None:
    known = f"nobody has reviewed for labcli whether {operation} only reads, and a check makes reviewed calls only"
    assert f"9:7 {known}" in check(a_check(operation))


def test_no_call_is_said_to_act_that_labcli_knows_nothing_of(check: Check) -> None:
    said = check(a_check("dynamodb.scan", "{TableName: t}"))
    assert "9:7 labcli does not know what dynamodb.scan leaves behind, and does not call it" in said
    assert not any("only reads" in line for line in said)


def test_only_what_acts_is_said_to_do_more_than_read(check: Check) -> None:
    said = check(a_check("sqs.receive_message", '{QueueUrl: "${q.url}"}'))
    assert "9:7 a check only reads; sqs.receive_message does not" in said
    catalog = BotoCatalog()
    for service in ("sqs", "sns", "lambda", "stepfunctions", "logs", "iam"):
        for name in catalog.operations(service):
            operation = catalog.operation(service, name)
            if name.startswith(("get_", "list_", "describe_")):
                assert operation is not None and operation.effect in (Effect.READ, None), (service, name)


# --- until: empty


@pytest.mark.parametrize(
    ("consume", "where"),
    [
        ("- consume: {from: q, until: empty, within: 5s}\n", "7:44"),
        ("- consume: {from: q, within: 19s}\n", "7:30"),
        ("- consume: {from: q, until: empty}\n  within: 5s\n", "8:11"),
    ],
)
def test_a_queue_that_cannot_be_seen_empty_in_time_is_found(check: Check, consume: str, where: str) -> None:
    said = check(f"{HEAD}{consume}")
    assert [line.split(" ")[0] for line in said] == [where]
    assert "a receive of 20 s finds nothing (the visibility timeout of `q` and 3 s, 20 s at most)" in said[0]
    assert "say `within: 20s` or more" in said[0]


@pytest.mark.parametrize(
    ("visibility", "within", "wrong"),
    [("0s", "3s", False), ("4s", "6s", True), ("4s", "7s", False), ("1h", "20s", False)],
)
def test_how_long_it_takes_is_told_by_the_queue(check: Check, visibility: str, within: str, wrong: bool) -> None:
    text = HEAD.replace("standard}", f"standard, visibility: {visibility}}}")
    assert bool(check(f"{text}- consume: {{from: q, until: empty, within: {within}}}\n")) is wrong


def test_a_queue_that_did_not_become_empty_says_what_was_awaited(cli: Cli, lab: Write) -> None:
    text = HEAD.replace("standard}", "standard, visibility: 0}")
    steps = "- send: {to: q, bodies: [a]}\n- consume: {from: q, keep: true, takes: 0.3s, until: empty, within: 3s}\n"
    ran = cli("day", str(lab(text + steps)), "run", "--cleanup")
    assert ran.exit_code == 1
    assert "until: empty  a receive of 1 s that finds" in ran.out
    assert "received, the last after" in ran.out


# --- what is never used


@pytest.mark.parametrize(
    ("resources", "where"),
    [
        ("  spare: {queue: standard}\n", "5:3"),
        ("  spare: {topic: fifo}\n", "5:3"),
        ("  spare: {machine: {StartAt: A, States: {A: {Type: Succeed}}}}\n", "5:3"),
    ],
)
def test_a_resource_that_no_step_creates_is_found(check: Check, resources: str, where: str) -> None:
    text = HEAD.replace("steps:\n", f"{resources}steps:\n")
    assert check(text) == [f"{where} no step creates `spare`: create it, or take it out"]


def test_what_comes_along_and_what_is_needed_counts_as_created(check: Check) -> None:
    assert check("""lab: try
title: T
resources:
  dead: {queue: standard}
  q: {queue: standard, dead_letter: {to: dead}}
  flow: {machine: {StartAt: A, States: {A: {Type: Succeed}}}}
steps:
- create: [q, flow]
""") == []  # fmt: skip


def test_what_a_step_fails_on_need_not_be_created(check: Check) -> None:
    text = HEAD.replace("steps:\n", "  gone: {queue: standard}\nsteps:\n")
    step = '- do: sqs.get_queue_url\n  with: {QueueName: "${gone.name}"}\n  fails: QueueDoesNotExist\n'
    assert check(text + step) == []


SEND = '- do: sqs.send_message\n  with: {QueueUrl: "${q.url}", MessageBody: a}\n  save: {sent: MessageId}\n'


def test_a_save_that_nobody_uses_is_found(check: Check) -> None:
    assert check(HEAD + SEND) == ["9:10 nothing uses `sent`: take it out, or show it with `show:`"]


@pytest.mark.parametrize(
    "use",
    [
        '- do: sqs.receive_message\n  with: {QueueUrl: "${q.url}"}\n  expect: {"Messages[0].MessageId": "${sent}"}\n',
        '- send: {to: q, bodies: ["${sent}"]}\n',
        '- wait: 0s\n  say: "It was ${sent}."\n',
        '- wait: 0s\n  title: "After ${sent}"\n',
    ],
)
def test_a_save_may_be_used_anywhere(check: Check, use: str) -> None:
    assert not any("nothing uses" in line for line in check(HEAD + SEND + use))


def test_what_is_never_used_keeps_nobody_from_a_run(cli: Cli, lab: Write) -> None:
    text = HEAD.replace("steps:\n", "  spare: {queue: standard}\nsteps:\n")
    assert cli("day", str(lab(text + SEND)), "run", "--cleanup").exit_code == 0


# --- hints


def test_a_key_that_only_shares_letters_with_another_is_not_taken_for_it(check: Check) -> None:
    [said] = check(f"{HEAD}- wait: 0s\n  hint: Think\n")
    assert said.startswith("8:3 unknown key `hint` in step 2; it has ")
    assert "did you mean" not in said


@pytest.mark.parametrize(("typed", "meant"), [("wihtin", "within"), ("tittle", "title"), ("shwo", "show")])
def test_a_slip_of_the_hand_is_understood(check: Check, typed: str, meant: str) -> None:
    assert check(f"{HEAD}- wait: 0s\n  {typed}: x\n") == [
        f"8:3 unknown key `{typed}` in step 2; did you mean `{meant}`?"
    ]


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ("{table: id}", "`mapping`, `machine`, `role` (`table` is none)"),
        ("{bucket: b, name: x}", "`mapping`, `machine`, `role` (`bucket` is none)"),
        ("{quue: standard}", "`role` (`quue`; did you mean `queue`?)"),
        ("{}", "says one kind: `queue`, "),
        ("{queue: standard, topic: standard}", "says one kind, not 2 (queue, topic): "),
    ],
)
def test_a_kind_that_is_not_there_is_named_with_those_that_are(check: Check, declared: str, said: str) -> None:
    found = check(HEAD.replace("steps:\n", f"  t: {declared}\nsteps:\n"))
    assert len(found) == 1
    assert found[0].startswith("5:6 resource `t` says one kind") and said in found[0]


# --- folders


def test_a_folder_is_all_labs_in_it(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "week1").mkdir()
    (tmp_path / "a.yaml").write_text(HEAD.replace("lab: try", "lab: a"), encoding="utf-8")
    (tmp_path / "week1" / "b.yaml").write_text(HEAD.replace("lab: try", "lab: b") + "- wiat: 1s\n", encoding="utf-8")
    result = cli("lab", "check", str(tmp_path))
    assert result.exit_code == 2
    assert f"✔ {tmp_path / 'a.yaml'}: 1 step" in result.out
    assert f"{tmp_path / 'week1' / 'b.yaml'}:7:3 " in result.err


def test_a_folder_without_a_lab_is_said(cli: Cli, tmp_path: Path) -> None:
    result = cli("lab", "check", str(tmp_path))
    assert (result.exit_code, result.out) == (2, "")
    assert f"{tmp_path} is a folder, not a lab file" in result.err


@pytest.mark.parametrize(
    "command", [(), ("day", "mon"), ("day", "FILE", "run"), ("verify", "FILE"), ("lab", "check", "FILE"), ("status",)]
)
@pytest.mark.parametrize(("name", "what"), [("no", "does not exist"), ("labs.zip", "is not a folder")])
def test_a_shelf_that_is_not_there_is_said_and_nothing_is_run(
    cli: Cli, lab: Write, tmp_path: Path, command: tuple[str, ...], name: str, what: str
) -> None:
    (tmp_path / "labs.zip").write_bytes(b"PK\x05\x06")
    file = str(lab(HEAD))
    cli.env["LABCLI_LABS"] = str(tmp_path / name)
    result = cli(*(file if word == "FILE" else word for word in command))
    assert (result.exit_code, result.out) == (2, "")
    assert f"LABCLI_LABS names {tmp_path / name}, which {what}" in result.err
    assert not list((cli.home / "runs").glob("*")) if cli.home.exists() else True


# --- verify


def test_a_lab_that_owns_nothing_is_asked_after_its_run(cli: Cli, lab: Write) -> None:
    check = "checks:\n- title: C\n  do: sts.get_caller_identity\n  expect: {Account: {present: true}}\n"
    path = str(lab(f"lab: none\ntitle: T\nsteps:\n- wait: 0s\n{check}"))
    before = cli("verify", path)
    assert (before.exit_code, "not run" in before.out) == (1, True)
    assert cli("day", path, "run").exit_code == 0
    after = cli("verify", path)
    assert (after.exit_code, "1 of 1 check holds" in after.out) == (0, True), after.both
