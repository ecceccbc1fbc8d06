"""``labcli day DAY quiz`` where nobody can be asked: the list, the document, the exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.golden import COLOURS, Tty, check
from tests.cli.quizzes import QUIZ
from tests.cli.small import quick
from tests.conftest import Cli

Write = Callable[..., Path]


@pytest.fixture
def shelf(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Only our small labs are on the shelf: one with questions, one without, one that is broken."""
    folder = tmp_path / "labs" / "week10"
    folder.mkdir(parents=True)
    (folder / "asked.yaml").write_text(QUIZ, encoding="utf-8")
    (folder / "quick.yaml").write_text(quick(), encoding="utf-8")
    (folder / "broken.yaml").write_text("lab: broken\n", encoding="utf-8")
    monkeypatch.setattr("labcli.run.shelf.shipped", lambda: tmp_path / "labs")
    return cli


def test_without_a_terminal_the_questions_are_listed_and_no_answer_is(shelf: Cli) -> None:
    said = shelf("day", "asked", "quiz", "--seed", "7")
    assert (said.exit_code, said.err) == (0, "")
    check("quiz_list", said.out)
    assert "It is hidden until" not in said.out and "The publisher knows" not in said.out
    assert all(len(line) <= 80 and line == line.rstrip() for line in said.out.splitlines())


def test_with_ci_a_terminal_gets_the_list_too(shelf: Cli) -> None:
    shelf.env.update(COLOURS, CI="1")
    stdout = Tty()
    said = shelf("day", "asked", "quiz", "--seed", "7", stdin=Tty(), stdout=stdout, stderr=Tty())
    assert said.exit_code == 0 and "1) " in stdout.getvalue()
    check("quiz_list.colour", stdout.getvalue())


def test_the_document_holds_the_answers_and_the_same_order(shelf: Cli) -> None:
    said = shelf("day", "asked", "quiz", "--seed", "7", "--output", "json", stdin=Tty(), stderr=Tty())
    found = json.loads(said.out)
    assert (said.exit_code, said.err) == (0, "")
    assert (found["document"], found["version"], found["exit_code"], found["seed"]) == ("quiz", 1, 0, 7)
    assert found["lab"]["id"] == "asked"
    assert [each["number"] for each in found["questions"]] == [1, 2, 3, 4, 5]
    assert [each["review"] for each in found["questions"]] == [False, False, False, True, True]
    first, last = found["questions"][0], found["questions"][-1]
    assert first == {
        "number": 1, "review": False, "question": "A message was received, and not deleted. Where is it?",
        "options": first["options"], "answer": "in flight",
        "because": "It is hidden until its visibility timeout ends.",
        "source": "SQS API Reference, ChangeMessageVisibility",
    }  # fmt: skip
    assert sorted(first["options"]) == ["in flight", "in the dead-letter queue", "nowhere"]
    assert (last["options"], last["because"], last["source"]) == ([], None, None)
    listed = shelf("day", "asked", "quiz", "--seed", "7").out
    places = [listed.index(f") {each}\n") for each in first["options"]]
    assert places == sorted(places)


def test_a_seed_is_drawn_shown_and_repeats_the_order(shelf: Cli) -> None:
    drawn = json.loads(shelf("day", "asked", "quiz", "--output", "json").out)
    again = json.loads(shelf("day", "asked", "quiz", "--output", "json", "--seed", str(drawn["seed"])).out)
    assert drawn == again
    listed = shelf("day", "asked", "quiz", random=lambda count: "0a" * count).out
    assert listed == shelf("day", "asked", "quiz", "--seed", str(0x0A0A)).out
    assert f"--seed {0x0A0A} " in listed
    orders = {shelf("day", "asked", "quiz", "--seed", str(seed)).out.split("Next:")[0] for seed in range(20)}
    assert len(orders) > 10


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("day", "quick", "quiz"), "quick has no quiz\n  Days with a quiz: asked\n"),
        (("day", "asked", "quiz", "--seed", "x"), "'x' is not a valid int"),
        (("day", "asked", "quiz", "--output", "xml"), "no output format `xml`"),
        (("day", "broken", "quiz"), "a lab has no `title`"),
        (("day", "nothing", "quiz"), "no lab `nothing`"),
    ],
)
def test_what_cannot_be_asked_is_a_usage_error(shelf: Cli, words: tuple[str, ...], said: str) -> None:
    found = shelf(*words)
    assert (found.exit_code, found.out) == (2, "")
    assert said in found.err


def test_a_lab_without_a_quiz_is_an_error_document_too(shelf: Cli) -> None:
    found = json.loads(shelf("day", "quick", "quiz", "--output", "json").out)
    assert (found["document"], found["exit_code"]) == ("error", 2)
    assert found["error"]["hint"] == "Days with a quiz: asked"


def test_where_no_day_has_a_quiz_it_is_said(cli: Cli, lab: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = lab(quick(), "quick.yaml")
    monkeypatch.setattr("labcli.run.shelf.shipped", lambda: path.parent / "none")
    assert "No lab here has one" in cli("day", str(path), "quiz").err


def test_the_day_and_the_end_of_a_run_name_the_quiz(shelf: Cli) -> None:
    line = "3 questions and 2 of review: labcli day asked quiz\n"
    assert line + "Every call before it is made" in shelf("day", "asked").out
    assert line + "Next: labcli cleanup asked" in shelf("day", "asked", "run").out
    assert "quiz" not in shelf("day", "asked", "run", "-q").out
    assert "quiz" not in shelf("day", "quick").out + shelf("day", "quick", "run").out


def test_the_quiz_imports_no_aws(shelf: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labcli.aws.targets.open_target", lambda *_: pytest.fail("a quiz needs no target"))
    assert shelf("day", "asked", "quiz").exit_code == 0
    assert shelf("--target", "aws", "day", "asked", "quiz").exit_code == 0
