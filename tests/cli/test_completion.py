"""Completion in real shells, and what it answers from: files only, nothing started, hardly anything imported."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from labcli.cli.complete import candidates, labs, resources, steps
from labcli.cli.main import app
from labcli.cli.shells import SHELLS, install
from labcli.cli.variables import NONE, variable
from labcli.lab.load import load
from labcli.run import shelf
from labcli.steps.language import LANGUAGE
from tests.cli.small import quick
from tests.conftest import REPO, Cli

LABCLI = Path(sys.executable).with_name("labcli")
WEEK = ["mon", "tue", "wed", "thu", "fri"]

ASK = {
    "bash": """
        {script}
        COMP_WORDS=({line}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
        _labcli_complete "${{COMP_WORDS[0]}}"; printf '%s\\n' "${{COMPREPLY[@]}}"
    """,
    "fish": "{script}\ncomplete -C '{line}'",
    "zsh": """
        autoload -Uz compinit; compinit -D -u
        {script}
        _describe() {{ local each; for each in $found; do print -r -- "${{each%%:*}}"; done }}
        words=({line}); CURRENT=$#words; _labcli
    """,
}


def needs(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is not installed")


def words(found: list[tuple[str, str]]) -> list[str]:
    return [word for word, _ in found]


@pytest.mark.parametrize("shell", [pytest.param(each, marks=needs(each)) for each in ASK])
@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("labcli day {E}", WEEK),
        ("labcli day mon r", ["run"]),
        ("labcli local env --unset --shell f", ["fish"]),
        ("labcli veri", ["verify"]),
    ],
)
def test_a_shell_completes_by_the_script_that_it_is_given(
    shell: str, line: str, wanted: list[str], tmp_path: Path
) -> None:
    empty = {"bash": '""', "fish": "", "zsh": '""'}[shell]
    code = ASK[shell].format(script=SHELLS[shell].script, line=line.replace("{E}", empty))
    env = {"PATH": f"{LABCLI.parent}:{os.environ['PATH']}", "HOME": str(tmp_path), "LABCLI_HOME": str(tmp_path / "s")}
    done = subprocess.run([shell, "-c", code], env=env, cwd=tmp_path, capture_output=True, encoding="utf-8", check=True)
    assert [each.partition("\t")[0] for each in done.stdout.split("\n") if each] == wanted
    assert not (tmp_path / "s").exists()  # nothing was started, nothing was made


def test_every_lab_is_offered_by_the_word_that_names_it(lab: Callable[..., Path], tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder / "w").mkdir(parents=True)
        lab(quick(), f"{folder}/w/twin.yaml")
    env = {"LABCLI_LABS": os.pathsep.join(str(tmp_path / each) for each in ("a", "b"))}
    found = labs(env)
    assert {Path(file).resolve() for _, file in found} == {each.path.resolve() for each in shelf.labs(env)}
    assert [word for word, _ in found][:5] == WEEK
    assert [word for word, _ in found][5:] == ["w/twin", "w/twin"]


@pytest.mark.parametrize("day", WEEK)
def test_from_offers_every_step_of_a_lab_by_number_and_by_id(day: str) -> None:
    file = REPO / "labs" / "week10" / f"{day}.yaml"
    lab = load(file, LANGUAGE)
    wanted = [name for step in lab.steps for name in (step.number, step.id) if name]
    assert words(steps(str(file))) == wanted
    assert words(candidates(["day", day, "run", "--from"], "", {})) == wanted
    assert words(candidates(["day", str(file), "run"], "--from=1", {}))[0] == "--from=1"


def test_inspect_offers_what_the_ledgers_hold(cli: Cli, lab: Callable[..., Path], home: Path) -> None:
    path = str(lab(quick(), "quick.yaml"))
    cli("day", path, "run")
    runs = json.loads(cli("status", "--output", "json").out)["runs"]
    live = {each["name"] for run in runs for each in run["resources"] if each["state"] == "live"}
    assert live
    assert set(words(resources({"LABCLI_HOME": str(home)}))) == live
    cli("cleanup", "--all")
    assert resources({"LABCLI_HOME": str(home)}) == []


def test_a_key_press_imports_next_to_nothing(tmp_path: Path) -> None:
    code = (
        "import sys, os; os.environ.update(LABCLI_COMPLETE='bash', LABCLI_COMPLETE_WORD='')\n"
        "sys.argv = ['labcli', 'day', 'fri', 'run', '--from']\n"
        "from labcli.__main__ import main; main(); print(*sys.modules, file=sys.stderr)"
    )
    env = {"LABCLI_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=REPO, capture_output=True, encoding="utf-8", check=True
    )
    assert len(done.stdout.splitlines()) > 20
    loaded = {each.partition(".")[0] for each in done.stderr.split()}
    assert not loaded & {"typer", "rich", "yaml", "json", "typing", "platformdirs", "boto3", "dataclasses"}


@pytest.mark.parametrize(
    ("before", "word"),
    [
        (["\x1b[2J", "--", "="], "\x00"),
        (["day", "/dev/null/x", "run", "--from"], ""),
        (["x"] * 5000, "-"),
        ([], "\udcff"),
    ],
)
def test_odd_words_on_the_line_disturb_nobody(before: list[str], word: str, tmp_path: Path) -> None:
    env = {
        "LABCLI_HOME": str(tmp_path),
        "LABCLI_COMPLETE": "bash",
        "LABCLI_COMPLETE_WORD": word.replace("\x00", "\x01"),
    }
    done = subprocess.run([LABCLI, *before], env=env, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode in (0, 1)
    assert done.stderr == ""
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_install_writes_once_and_keeps_what_stood_there(shell: str, tmp_path: Path) -> None:
    start = tmp_path / (SHELLS[shell].read_by or "none")
    start.write_text("alias x=y", encoding="utf-8")
    first, _ = install(shell, tmp_path)
    text = start.read_text("utf-8")
    assert first.read_text("utf-8") == SHELLS[shell].script
    assert text.startswith("alias x=y")
    install(shell, tmp_path)
    assert start.read_text("utf-8") == text


def test_show_completion_names_the_shells_that_there_are(cli: Cli) -> None:
    assert cli("--show-completion", "fish").out == SHELLS["fish"].script
    refused = cli("--show-completion", "fsh")
    assert refused.exit_code == 2
    assert "did you mean `fish`?" in refused.err


def _options(command: typer.core.TyperCommand) -> list[tuple[str, str | None]]:
    found = [
        (next((each for each in param.opts if each.startswith("--")), ""), param.envvar)
        for param in command.params
        if param.param_type_name == "option"
    ]
    for inner in getattr(command, "commands", {}).values():
        found += _options(inner)
    return found


def test_every_long_option_is_a_variable_too(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    root = typer.main.get_command(app)
    inner = [root.get_command(None, name) for name in root.list_commands(None)]
    options = [each for command in inner for each in _options(command)]
    assert len(options) > 20
    for name, known in options:
        if name and name not in (*NONE, "--target", "--profile", "--region"):
            assert known == variable(name)
    monkeypatch.setenv("LABCLI_OUTPUT", "json")  # where the options are read
    cli.env["LABCLI_OUTPUT"] = "json"  # where errors are written
    assert json.loads(cli("status").out)["document"] == "status"
    assert json.loads(cli("day", "nothing").out)["error"]
    monkeypatch.setenv("LABCLI_TARGET", "moon")
    assert cli("verify", "--output", "table").exit_code == 2
    assert cli("--target", "local", "status", "--output", "table").exit_code == 0  # what is typed counts


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("run mon", "labcli day mon run"),
        ("mon run", "labcli day mon run"),
        ("quiz tue", "labcli day tue quiz"),
        ("plan", "labcli day mon plan"),
        ("tue", "labcli day tue"),
        ("check x.yaml", "labcli lab check"),
        ("veify", "verify"),
    ],
)
def test_the_words_that_people_try_are_answered_with_the_command(cli: Cli, typed: str, meant: str) -> None:
    refused = cli(*typed.split())
    assert refused.exit_code == 2
    assert f"Did you mean '{meant}'?" in refused.err


def test_help_in_words_is_the_help(cli: Cli) -> None:
    assert cli("help", "day", "mon", "run").out == cli("day", "mon", "run", "--help").out
    assert cli("help").out == cli("--help").out
    assert cli("-V").out == cli("--version").out


def test_install_says_which_files_it_wrote(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    said = cli("--install-completion", "zsh")
    assert said.exit_code == 0
    shown = "".join(said.out.split())
    assert str(tmp_path / ".zfunc" / "_labcli") in shown
    assert str(tmp_path / ".zshrc") in shown
