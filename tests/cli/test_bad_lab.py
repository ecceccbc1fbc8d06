"""Bad lab files at the real command line: one clear message, exit 2, no traceback, and nothing was created."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from labcli.local import life
from tests.conftest import Cli, Result

START = "lab: t\ntitle: T\nresources: {q: {queue: standard}, f: {queue: fifo}}\nsteps:\n- create: [q, f]\n"


@pytest.fixture
def bad(own_home: Path) -> Callable[..., Result]:
    """Run a command that must refuse its lab, and see that nothing was created and nothing was started."""

    def run(*arguments: str, **changes: str) -> Result:
        result = Cli(own_home, dict(changes))(*arguments)
        assert result.exit_code == 2, result
        assert result.out == ""
        assert "Traceback" not in result.err
        assert "bug in labcli" not in result.err
        assert 1 <= len(result.err.splitlines()) <= 52
        assert life.find(own_home) is None
        assert not (own_home / "runs").exists()
        return result

    return run


def every_way(bad: Callable[..., Result], file: Path | str, semantic: bool = False) -> str:
    """Each command that reads a lab says the same of it. ``day FILE`` reads the structure only."""
    said = {bad("lab", "check", str(file)).err}
    for command in (("day", str(file), "run"), ("day", str(file), "plan"), ("verify", str(file))):
        said.add(bad(*command).err)
    if not semantic:
        said.add(bad("day", str(file)).err)
    assert len(said) == 1, said
    return said.pop()


# --- the file as such: 1-5, 7-9, 31


def test_a_missing_file_offers_the_nearest_names(bad: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "mon.yaml").touch()
    said = every_way(bad, tmp_path / "mno.yaml")
    assert f"{tmp_path / 'mno.yaml'} does not exist" in said
    assert f"Did you mean `{tmp_path / 'mon.yaml'}`?" in said
    assert f"There is no lab file in `{tmp_path / 'x'}`" not in every_way(bad, tmp_path / "x" / "mon.yaml")


def test_a_folder_is_named_as_one(bad: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "week.yaml").mkdir()
    assert "week.yaml is a folder, not a lab file" in every_way(bad, tmp_path / "week.yaml")


def test_a_fifo_and_a_device_are_no_regular_files(bad: Callable[..., Result], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.yaml")
    assert "is not a regular file" in every_way(bad, tmp_path / "fifo.yaml")
    (tmp_path / "zero.yaml").symlink_to("/dev/zero")
    assert "is not a regular file" in every_way(bad, tmp_path / "zero.yaml")


def test_an_unreadable_file_says_why(bad: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    assert "cannot be read: Too many levels of symbolic links" in every_way(bad, tmp_path / "loop.yaml")
    assert "cannot be read: File name too long" in every_way(bad, tmp_path / ("x" * 300 + ".yaml"))
    if os.geteuid() != 0:
        (tmp_path / "no.yaml").touch(mode=0o000)
        assert "cannot be read: Permission denied" in every_way(bad, tmp_path / "no.yaml")


@pytest.mark.parametrize("day", ["/", "/etc/passwd", "../../../../etc/passwd", "~", "..", ".\\mon", "./no/../no.yaml"])
def test_a_day_that_is_a_path_is_read_as_a_lab_and_nothing_else(bad: Callable[..., Result], day: str) -> None:
    assert "root:" not in bad("day", day, "run").err


CONTENT = [
    # item, content, what is said behind file: (or behind file:line:column)
    ("empty", b"", " the file is empty; a lab begins with `lab: NAME`"),
    ("only a comment", b"# nothing\n", " the file is empty; a lab begins with `lab: NAME`"),
    ("scalar root", b"mon\n", ":1:1 a lab is a mapping: lines of `key: value`"),
    ("list root", b"- a\n", ":1:1 a lab is a mapping: lines of `key: value`"),
    ("more than 256 KiB", b"a: " + b"x" * 256 * 1024, " the file is larger than 256 KiB"),
    ("a body over 1 MiB (29)", START.encode() + b"- send: {to: q, bodies: [" + b"x" * 2**20 + b"]}",
     " the file is larger"),
    ("UTF-16", "lab: mon\n".encode("utf-16"), " the file is saved as UTF-16; save it as UTF-8"),
    ("not UTF-8", b"lab: mon\ntitle: caf\xe9\n", ":2:11 byte offset 19 (0xe9) is not UTF-8; save the file as UTF-8"),
    ("NUL", b"lab: m\0n\n", ":1:7 raw control character U+0000; remove it"),
    ("raw ESC", b"lab: t\ntitle: \x1b[31m\n", ":2:8 raw control character U+001B; remove it"),
    ("C1", "title: \x9b31m\n".encode(), ":1:8 raw control character U+009B; remove it"),
    ("bidi", "title: \u202e\n".encode(), ":1:8 invisible character U+202E; remove it"),
    ("tab", b"lab: t\nsteps:\n\t- wait: 1s\n", ":3:1 a tab; indent with spaces"),
    ("unclosed quote", b'lab: t\ntitle: "T\nsteps: []\n', ":2:8 the quote that opens here is never closed"),
    ("two documents", b"lab: t\n---\nlab: u\n", ":2:1 a second document begins here"),
    ("duplicate key", b"lab: t\nlab: u\n", ":2:1 the key `lab` is here twice: first at 1:1; remove one of them"),
    ("anchor", b"lab: &a t\n", ":1:6 `&a` repeats a value; write the value out"),
    ("alias", b"lab: *a\n", ":1:6 "),
    ("tag", b"lab: !Ref t\n", ":1:6 the tag `!Ref` is not allowed; remove it"),
    ("python tag", b"lab: !!python/object/apply:os.system [id]\n", ":1:6 the tag `!!python/object/apply:os.system`"),
    ("deep nesting", b"a: " + b"[" * 200_000, " values are nested deeper than 32 levels"),
    ("5,000 values", b"goals:\n" + b"- a\n" * 5001, " the file holds more than 5,000 values"),
    ("a long number", b"week: " + b"9" * 400 + b"\n",
     ":1:7 `99999999999999999999…` is too long for a number; quote it"),
    ("an account id", b"title: 012345670123\n",
     ":1:8 `012345670123` starts with 0, which a number would lose; quote it"),
    ("surrogate", b'title: "\\ud800"\n', ":1:9 half a character"),
    ("no space after the colon", b"lab:mon\ntitle: T\n", ":1:4 write a space after this `:`"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "said"), [each[1:] for each in CONTENT], ids=[each[0] for each in CONTENT])
def test_what_is_no_lab_is_said_with_its_place(
    bad: Callable[..., Result], tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "bad.yaml"
    file.write_bytes(content)
    found = every_way(bad, file)
    place, _, message = said.partition(" ")
    assert f"{file}{place}" in found
    assert message in found
    assert found.endswith(f"in {file} · nothing was run\n")


# --- the bombs: 14, 15, 17, 18

BOMBS = {
    "billion laughs": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(12)),
    "merge keys": "a: &a {k: v}\n"
    + "".join(f"{chr(98 + n)}: &{chr(98 + n)} {{<<: [{','.join([f'*{chr(97 + n)}'] * 20)}]}}\n" for n in range(16)),
    "brackets": "a: " + "[" * 250_000,
    "braces": "a: " + "{a: " * 60_000,
    "one line of keys": "{" + ",".join(f"k{n}: 1" for n in range(25_000)) + "}",
    "digits": "a: " + "9" * 250_000,
    "long key": "x" * 250_000 + ": 1\nsteps: [{wait: 1s}]",
    "long path": START + "- {do: sqs.list_queues, expect: {'" + "(" * 200_000 + "': 1}}",
    "deep path": START + "- {do: sqs.list_queues, expect: {'" + "!" * 490 + "a': 1}}",
    "long pattern": START + "- {do: sqs.list_queues, expect: {QueueUrls: {matches: '" + "(" * 200_000 + "'}}}",
    "many mistakes": START + "- {do: sqs.nope}\n" * 1200,
    "many services": START + "".join(f"- {{do: service{n}.nope}}\n" for n in range(1200)),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_and_ends(own_home: Path, tmp_path: Path, bomb: str) -> None:
    file = tmp_path / "bomb.yaml"
    file.write_text(BOMBS[bomb], "utf-8")
    done: list[Result] = []
    thread = threading.Thread(target=lambda: done.append(Cli(own_home)("lab", "check", str(file))), daemon=True)
    thread.start()
    thread.join(120)
    assert done, "it did not end"
    if bomb != "deep path":  # fifty thousand `!` are no path; four hundred are one
        assert done[0].exit_code == 2, done
    assert len(done[0].err) < 60_000
    assert "bug in labcli" not in done[0].err


# --- meaning: 21-28, 30, 36, 37

MEANING = [
    ("unknown key (21)", "- {wait: 1s, tilte: x}", ":6:14 unknown key `tilte` in step 2; did you mean `title`?", True),
    ("wrong type (22)", "- {wait: 1s, title: [x]}", ":6:21 `title` is text, not a list", True),
    ("unknown verb (23)", "- {craete: [q]}", ":6:4 step 2 has no verb; `craete` is none; did you mean `create`?", True),
    ("unknown operation (23)", "- {do: sqs.send_mesage}",
     ":6:8 sqs has no operation `send_mesage`; did you mean `send_message`?", False),
    ("duplicate id (24)", "- {wait: 1s, id: a}\n- {wait: 1s, id: a}",
     ":7:18 two steps have the id `a` (step 2 too)", True),
    ("later (25)", "- {send: {to: q, bodies: ['${m}']}}\n- {do: sqs.list_queues, save: {m: QueueUrls}}",
     ":6:27 ${m} is saved by step 3, after this step (2)", False),
    ("missing (25)", "- {send: {to: q, bodies: ['${nope}']}}",
     ":6:27 ${nope}: no resource or saved value `nope`", False),
    ("no group (28)", "- {send: {to: f, bodies: [a]}}", ":6:10 `f` is a FIFO queue: its messages need a group", False),
    ("raw URL (30)", "- {do: sqs.purge_queue, with: {QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/q'}}",
     ":6:42 `QueueUrl` names a resource by reference", False),
    ("undeclared (36)", "- {do: sqs.create_queue, with: {QueueName: x}}",
     ":6:8 sqs.create_queue creates something", False),
    ("unreviewed (36)", "- {do: ec2.run_instances, with: {MinCount: 1, MaxCount: 1}}",
     ":6:8 labcli does not know what ec2.run_instances leaves behind", False),
    ("nothing but a dot", "- {do: ..}", ":6:8 `do` is service.operation as in boto3", True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said", "structure"), [each[1:] for each in MEANING], ids=[each[0] for each in MEANING]
)
def test_what_cannot_work_is_said_with_its_place(
    bad: Callable[..., Result], lab: Callable[..., Path], text: str, said: str, structure: bool
) -> None:
    file = lab(START + text + "\n")
    assert f"{file}{said}" in every_way(bad, file, semantic=not structure)


def test_a_circle_is_said_with_its_way(bad: Callable[..., Result], lab: Callable[..., Path]) -> None:
    queue = "{{queue: standard, dead_letter: {{to: {}}}}}"
    file = lab(
        f"lab: t\ntitle: T\nresources:\n  a: {queue.format('b')}\n  b: {queue.format('a')}\nsteps: [{{wait: 0s}}]\n"
    )
    assert f"{file}:4:3 resources that need each other: a → b → a" in every_way(bad, file, semantic=True)


@pytest.mark.parametrize("name", ["a-b", "1a", "a" * 33, "run", "'[/x]'", '"\\e[31m"'])
def test_a_bad_name_is_said_and_shown_literally(
    bad: Callable[..., Result], lab: Callable[..., Path], name: str
) -> None:
    file = lab(f"lab: t\ntitle: T\nresources: {{{name}: {{queue: standard}}}}\nsteps: [{{wait: 0s}}]\n")
    said = every_way(bad, file)
    assert f"{file}:3:13 `" in said
    assert "cannot be a resource's name: up to 32 letters, digits and _" in said
    assert "\x1b" not in said


def test_a_lab_of_a_newer_format_says_so(bad: Callable[..., Result], lab: Callable[..., Path]) -> None:
    file = lab("format: 2\n" + START)
    assert f"{file}:1:9 this lab is written for a newer labcli (format 2; this one reads 1)" in every_way(bad, file)


# --- as a whole


def test_every_mistake_of_every_file_is_said_and_good_files_too(
    own_home: Path, lab: Callable[..., Path], tmp_path: Path
) -> None:
    one = lab(START + "- {wait: soon, tilte: x}\n", "one.yaml")
    two, three = lab(START, "two.yaml"), tmp_path / "three.yaml"
    result = Cli(own_home)("lab", "check", str(one), str(two), str(three))
    assert result.exit_code == 2
    assert result.err.splitlines()[:3] == [
        f"{one}:6:10 `wait` is a time such as 3s, 0.5s or 2m, not `soon`",
        f"{one}:6:16 unknown key `tilte` in step 2; did you mean `title`?",
        f"2 problems in {one} · nothing was run",
    ]
    assert result.out.startswith(f"✔ {two}: 1 step")
    assert f"{three} does not exist" in result.err


def test_the_mistakes_are_one_document_for_machines(own_home: Path, lab: Callable[..., Path]) -> None:
    file = lab(START + "- {wait: soon}\n")
    result = Cli(own_home)("day", str(file), "run", "--output", "json")
    document = json.loads(result.out)
    assert (result.exit_code, result.err) == (2, "")
    assert (document["document"], document["exit_code"]) == ("error", 2)
    assert document["error"]["problems"] == [
        {"file": str(file), "line": 6, "column": 10,
         "message": "`wait` is a time such as 3s, 0.5s or 2m, not `soon`"}
    ]  # fmt: skip


def test_markup_and_escapes_in_a_mistake_are_shown_literally(
    bad: Callable[..., Result], lab: Callable[..., Path]
) -> None:
    file = lab(START + '- {wait: 1s, "[red]x[/red][/oops]\\e[31m\\x9b\\u202e\\0": 1}\n')
    said = every_way(bad, file)
    assert "unknown key `[red]x[/red][/oops]\\x1b[31m\\x9b\\u202e\\x00` in step 2" in said
    assert not set("\x1b\x9b\u202e\0") & set(said)
