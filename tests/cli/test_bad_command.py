"""Bad command lines: what is wrong, what would be right, the exit code, and nothing asked where nobody sits."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from labcli.local import life
from tests.conftest import Cli

COMMANDS = [
    (), ("day",), ("day", "mon"), ("day", "mon", "plan"), ("day", "mon", "run"), ("verify",), ("cleanup",), ("status",),
    ("inspect",), ("doctor",), ("local",), ("local", "start"), ("local", "stop"), ("local", "status"),
    ("local", "reset"), ("local", "env"), ("local", "trail"), ("lab",), ("lab", "check"),
]  # fmt: skip


@pytest.fixture
def quiet(own_home: Path) -> Cli:
    """The command line on a state folder where nothing runs."""
    return Cli(own_home)


# --- unknown words: 38, 42


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("dya",), "Did you mean 'day'?"),
        (("clenup", "--all"), "Did you mean 'cleanup'?"),
        (("day", "mom"), "no lab `mom`; did you mean `mon`?"),
        (("day", "sun"), "no lab `sun`"),
        (("day", "mon", "rnu"), "Did you mean 'run'?"),
        (("day", "run"), "The day comes first: 'labcli day mon run'"),
        (("day",), "Missing command"),
        (("day", "mon", "run", "--form", "3"), "no option `--form`; did you mean `--from`?"),
        (("day", "mon", "run", "--guidedd"), "no option `--guidedd`; did you mean `--guided`"),
        (("day", "mon", "run", "--from"), "Option '--from' requires an argument"),
        (("day", "mon", "run", "--from", "99"), "no step `99` in mon"),
        (("day", "mon", "run", "again"), "Got unexpected extra argument"),
        (("day", "mon", "plan", "--as", "polcy"), "a plan cannot be read as `polcy`"),
        (("verify", "mom"), "no lab `mom`; did you mean `mon`?"),
        (("cleanup", "mom"), "no day `mom`; did you mean `mon`?"),
        (("cleanup", "mon", "--all"), "--all means every day"),
        (("inspect",), "Missing argument 'NAME'"),
        (("lab", "check"), "Missing argument 'FILE"),
        (("lab", "chekc", "x"), "Did you mean 'check'?"),
        (("local", "strat"), "Did you mean 'start'"),
        (("local", "env", "--shell", "zsh"), "no shell `zsh`"),
        (("status", "--output", "jsn"), "no output format `jsn`"),
        (("--target", "awz", "status"), "no target `awz`; did you mean `aws`?"),
        (("--target", "xyzzy"), "no target `xyzzy`"),
        (("day", "mon", "plan", "--target", "xyzzy"), "no target `xyzzy`"),
        (("day", "mon", "plan", "--target", "local", "--region", "eu-west-1"), "--region is for a real account"),
        (("day", "mon", "run", "--region", "eu-west-1"), "--region is for a real account"),
        (("--profile", "p", "verify"), "--profile is for a real account"),
        (("cleanup", "--profile", "p"), "--profile is for a real account"),
    ],
)
def test_a_wrong_word_says_what_would_be_right(quiet: Cli, arguments: tuple[str, ...], said: str) -> None:
    result = quiet(*arguments)
    assert (result.exit_code, result.out) == (2, ""), result
    assert said in result.err
    assert len(result.err.splitlines()) <= 3
    assert life.find(quiet.home) is None


def test_the_next_thing_to_look_at_is_named(quiet: Cli) -> None:
    assert "See: labcli day mon run --help" in quiet("day", "mon", "run", "--nope").err
    assert "The labs: mon" in quiet("day", "sun").err
    assert "The formats: table, json" in quiet("status", "--output", "x").err
    assert "The targets: local, aws" in quiet("--target", "x", "status").err
    assert "The shells: sh, fish, powershell" in quiet("local", "env", "--shell", "x").err


@pytest.mark.parametrize(
    "region", ["xx", "eu-west", "EU-WEST-1", "eu-west-1 ", "../x", "[red]x", "\x1b[31m", "eu-west-1.evil.com"]
)
def test_a_bad_region_is_refused_before_anything_is_called(quiet: Cli, region: str) -> None:
    result = quiet("verify", "--target", "aws", "--region", region)
    assert result.exit_code == 3
    assert "is not a region" in result.err
    assert "\x1b" not in result.both


# --- what is typed is shown literally: 41

ODD = "[red]x[/red][/oops]\x1b[31m\x9b\u202e\x07"
SHOWN = "[red]x[/red][/oops]\\x1b[31m\\x9b\\u202e\\x07"


@pytest.mark.parametrize(
    "arguments",
    [
        (ODD,), ("day", ODD), ("day", ODD, "run"), ("day", f"./{ODD}.yaml"), ("day", "mon", ODD), ("verify", ODD),
        ("lab", "check", ODD), ("--target", ODD, "status"), ("status", "--output", ODD),
        ("local", "env", "--shell", ODD), ("day", "mon", "run", "--from", ODD), ("day", "mon", "plan", "--as", ODD),
        (f"--{ODD}",), ("status", ODD), ("day", ODD, "--nope"),
    ],
)  # fmt: skip
def test_control_characters_and_markup_in_an_argument_are_shown_literally(
    quiet: Cli, arguments: tuple[str, ...]
) -> None:
    result = quiet(*arguments)
    assert result.exit_code == 2, result
    assert SHOWN in result.err.replace("\\\\", "\\"), result.err
    assert not set("\x1b\x9b\u202e\x07") & set(result.both)


def test_they_are_so_in_help_too(quiet: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    assert quiet("day", ODD, "--help").exit_code == 0
    assert SHOWN in capsys.readouterr().out


def test_an_argument_that_is_no_text_is_shown_too(quiet: Cli) -> None:
    assert "no lab `\\udcff`" in quiet("day", "\udcff").err
    assert "\\udcff.yaml" in quiet("lab", "check", "\udcff.yaml").err


def test_a_lab_file_with_an_odd_name_is_shown_so(quiet: Cli, tmp_path: Path) -> None:
    file = tmp_path / "\x1b[31m[oops].yaml"
    file.write_text("lab: t\ntitle: T\nsteps: [{wait: 0s}]\n", "utf-8")
    result = quiet("lab", "check", str(file))
    assert (result.exit_code, "\x1b" in result.both) == (0, False)
    assert "\\x1b[31m[oops].yaml: 1 step" in result.out


# --- folders of labs


@pytest.mark.parametrize("folder", ["", ":::", "/proc/self/fd"])
def test_an_odd_folder_of_labs_is_no_error(quiet: Cli, folder: str) -> None:
    quiet.env["LABCLI_LABS"] = folder
    assert quiet().exit_code == 0
    assert "The labs: mon" in quiet("day", "nope").err


@pytest.mark.parametrize("folder", ["/nonexistent", "/dev/null", "~", "relative", "\x1b[31m[/oops]", "x" * 5000])
def test_a_folder_of_labs_that_is_none_is_said(quiet: Cli, folder: str) -> None:
    quiet.env["LABCLI_LABS"] = folder
    for result in (quiet(), quiet("day", "nope")):
        assert (result.exit_code, result.out, "\x1b" in result.err) == (2, "", False)
        assert "LABCLI_LABS names" in result.err


def test_odd_files_in_a_folder_of_labs_hide_no_lab(quiet: Cli, tmp_path: Path) -> None:
    import os

    folder = tmp_path / "labs"
    (folder / "dir.yaml").mkdir(parents=True)
    (folder / "loop.yaml").symlink_to("loop.yaml")
    (folder / "gone.yaml").symlink_to("nothing")
    os.mkfifo(folder / "fifo.yaml")
    (folder / "bytes.yaml").write_bytes(b"\xff")
    (folder / "\x1b[31m.yaml").write_text("[/oops]", "utf-8")
    (folder / "good.yaml").write_text("lab: good\ntitle: '[red]G[/red]'\nsteps: [{wait: 0s}]\n", "utf-8")
    quiet.env["LABCLI_LABS"] = str(folder)
    result = quiet()
    assert result.exit_code == 0
    assert "\x1b" not in result.both
    assert "[red]G[/red]" in quiet("day", "good").out
    said = quiet("day", "nope").err
    assert "good" in said
    assert not {"dir", "loop", "gone", "fifo"} & set(said.replace(",", " ").replace(";", " ").split())
    assert quiet("day", "bytes", "run").exit_code == 2


def test_two_labs_of_one_name_are_both_offered(quiet: Cli, tmp_path: Path) -> None:
    (tmp_path / "week11").mkdir()
    (tmp_path / "week11" / "mon.yaml").write_text("lab: mon\ntitle: M\nsteps: [{wait: 0s}]\n", "utf-8")
    quiet.env["LABCLI_LABS"] = str(tmp_path)
    result = quiet("day", "mon")
    assert result.exit_code == 2
    assert "`mon` is the name of 2 labs" in result.err
    assert "week10/mon, week11/mon" in result.err
    assert quiet("day", "week11/mon").exit_code == 0


# --- help, and what goes where


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_every_command_has_help(
    quiet: Cli, capsys: pytest.CaptureFixture[str], command: tuple[str, ...], flag: str
) -> None:
    assert quiet(*command, flag).exit_code == 0
    said = capsys.readouterr()
    assert said.out.startswith(f"Usage: {' '.join(('labcli', *command))} ")
    assert said.err == ""
    assert life.find(quiet.home) is None


@pytest.mark.parametrize(
    "arguments",
    [("dya",), ("day", "nope"), ("day", "nope", "run"), ("verify", "nope"), ("cleanup", "nope"), ("inspect",),
     ("day", "mon", "run", "--guided"), ("day", "mon", "run", "--from", "99"), ("day", "mon", "run", "--nope"),
     ("status", "--target", "nope"), ("doctor", "--region", "eu-west-1")],
)  # fmt: skip
def test_with_output_json_an_error_is_one_document_on_stdout(quiet: Cli, arguments: tuple[str, ...]) -> None:
    for form in (("--output", "json"), ("--output=json",)):
        result = quiet(*arguments, *form)
        document = json.loads(result.out)
        assert (document["document"], document["version"], result.err) == ("error", 1, "")
        assert document["exit_code"] == result.exit_code == 2
        assert document["error"]["message"]


def test_an_interrupt_is_one_document_too(quiet: Cli) -> None:
    def interrupted(*_: Any) -> float:
        raise KeyboardInterrupt

    result = quiet("doctor", "--output", "json", clock=interrupted, monotonic=interrupted)
    assert result.exit_code == 130
    assert json.loads(result.out)["exit_code"] == 130
    plain = quiet(clock=interrupted)
    assert (plain.exit_code, plain.out) == (130, "")
    assert "labcli cleanup --all" in plain.err


# --- an internal bug


def boom(*_: Any) -> float:
    raise ZeroDivisionError("the clock is broken: \x1b[31m[/oops] secret")


def test_a_bug_is_one_line_and_a_log_file(quiet: Cli) -> None:
    result = quiet(clock=boom)
    assert (result.exit_code, result.out) == (5, "")
    first, second = result.err.splitlines()
    assert first == "✘ a bug in labcli (ZeroDivisionError); nothing of the ledgers is lost"
    (log,) = (quiet.home / "logs").iterdir()
    assert second.strip() == f"The details are in {log}"
    assert "in boom" in log.read_text("utf-8")
    assert log.stat().st_mode & 0o077 == 0
    assert "Traceback" not in result.err


def test_a_bug_without_a_place_for_its_log_is_one_line_still(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = Cli(tmp_path / "file")(clock=boom)
    assert result.exit_code in (1, 2, 5)
    assert "Traceback" not in result.both


def test_a_bug_is_a_document_for_machines(cli: Cli) -> None:
    result = cli("verify", "mon", "--output", "json", through=boom)
    document = json.loads(result.out)
    assert (result.exit_code, document["exit_code"], document["document"], result.err) == (5, 5, "error", "")
    assert document["error"]["message"].startswith("a bug in labcli (ZeroDivisionError)")


# --- a real account: 39, 40, and nobody to ask


class Account:
    """A real account that says who one is, and on which nothing else may be called."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self.calls.append(f"{service}.{operation}")
        if operation == "get_caller_identity":
            return {"Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/ann", "UserId": "AIDAEXAMPLE"}
        if operation == "list_account_aliases":
            return {"AccountAliases": ["training"]}
        raise AssertionError(f"{service}.{operation} was called before anybody consented")


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


ACCOUNT = ("--target", "aws", "--region", "eu-west-1")


def ask(cli: Cli, *arguments: str, ci: bool = False) -> tuple[Any, Account]:
    account = Account()
    changes: dict[str, Any] = {"through": lambda aws: account}
    if ci:
        changes |= {"stdin": Tty(), "stderr": Tty(), "env": {**cli.context().env, "CI": "1"}}
    return cli(*arguments, **changes), account


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("command", [("day", "mon", "run"), ("cleanup",), ("cleanup", "--all"), ("cleanup", "mon")])
@pytest.mark.parametrize("ci", [False, True])
def test_a_real_account_is_not_touched_without_consent(quiet: Cli, command: tuple[str, ...], ci: bool) -> None:
    for more in ((), ("--yes",), ("--account", "111122223333")):
        result, account = ask(quiet, *command, *ACCOUNT, *more, ci=ci)
        assert result.exit_code == 2, result
        assert "--yes --account 111122223333" in " ".join(result.err.split())
        assert set(account.calls) == {"sts.get_caller_identity", "iam.list_account_aliases"}
    assert not (quiet.home / "runs").exists()


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("command", [("day", "mon", "run"), ("cleanup", "--all")])
def test_another_account_than_the_one_that_is_meant_is_refused(quiet: Cli, command: tuple[str, ...]) -> None:
    result, account = ask(quiet, *command, *ACCOUNT, "--yes", "--account", "999999999999")
    assert result.exit_code == 3
    assert "111122223333, not 999999999999" in result.err
    assert set(account.calls) == {"sts.get_caller_identity", "iam.list_account_aliases"}


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("typed", ["", "yes", "111122223334", "1111 2222 3333", "\x1b[31m[/oops]"])
def test_a_wrong_account_typed_does_nothing(quiet: Cli, monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    import labcli.ask

    monkeypatch.setattr(labcli.ask, "type_it", lambda screen, question: typed)
    account = Account()
    result = quiet("day", "mon", "run", *ACCOUNT, through=lambda aws: account, stdin=Tty(), stderr=Tty())
    assert result.exit_code == 3, result
    assert "that is not the account id: nothing was done" in result.both
    assert set(account.calls) == {"sts.get_caller_identity", "iam.list_account_aliases"}
    assert not (quiet.home / "runs").exists()


@pytest.mark.parametrize(
    ("command", "flag"), [(("local", "reset"), "--yes"), (("day", "mon", "run", "--guided"), "--guided")]
)
@pytest.mark.parametrize("ci", [False, True])
def test_nobody_is_asked_without_a_terminal_or_with_ci(
    quiet: Cli, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], flag: str, ci: bool
) -> None:
    import labcli.ask

    def asked(*_: Any) -> None:
        raise AssertionError("somebody was asked")

    for name in ("type_it", "yes_or_no"):
        monkeypatch.setattr(labcli.ask, name, asked)
    result, _ = ask(quiet, *command, ci=ci)
    assert (result.exit_code, result.out) == (2, ""), result
    assert life.find(quiet.home) is None
    if not ci:
        assert flag in result.err


def test_without_credentials_the_remedy_is_named(quiet: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    result = quiet("day", "mon", "run", *ACCOUNT)
    assert (result.exit_code, result.out) == (3, "")
    assert "credentials" in result.err
