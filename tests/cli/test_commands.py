"""What the commands do, beyond what they show: runs over runs, --from, --cleanup, days side by side, names, options."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labcli.local import life
from tests.cli.small import FAILS, quick
from tests.conftest import Cli

Write = Callable[..., Path]
Boto = Callable[[str], Any]


@pytest.fixture
def path(lab: Write) -> str:
    """A quick lab by its path."""
    return str(lab(quick(), "quick.yaml"))


def names(boto: Boto) -> list[str]:
    """What queues there are, by the ends of their names."""
    return sorted(url.rsplit("/", 1)[-1] for url in boto("sqs").list_queues().get("QueueUrls", []))


def last(text: str) -> str:
    return text.rstrip().splitlines()[-1]


def states(cli: Cli, *arguments: str) -> list[str]:
    said = json.loads(cli(*arguments, "--output", "json").out)
    return [step["state"] for step in said["steps"]]


# running again


def test_running_a_day_again_takes_the_earlier_run_away_first_and_says_so(cli: Cli, path: str, boto: Boto) -> None:
    cli("day", path, "run")
    before = names(boto)
    again = cli("day", path, "run")
    assert again.exit_code == 0
    assert again.err == "The earlier run of quick was taken away first: 1 gone.\n"
    assert len(names(boto)) == 1 and names(boto) != before


def test_from_makes_fresh_resources_repeats_create_and_delete_and_skips_the_rest(
    cli: Cli, path: str, boto: Boto
) -> None:
    cli("day", path, "run")
    before = names(boto)
    assert states(cli, "day", path, "run", "--from", "end") == ["repeated", "skipped", "skipped", "repeated", "passed"]
    assert len(names(boto)) == 1 and names(boto) != before


def test_from_starts_earlier_where_a_saved_value_is_needed(cli: Cli, path: str) -> None:
    assert states(cli, "day", path, "run", "--from", "3") == ["repeated", "passed", "passed", "passed", "passed"]


def test_from_a_step_that_is_not_there_lists_those_that_are(cli: Cli, path: str) -> None:
    said = cli("day", path, "run", "--from", "9")
    assert said.exit_code == 2
    assert "no step `9` in quick" in said.err and "1, 2, 3, 4, 5 (end)" in said.err


def test_after_from_the_overview_says_how_many_steps_passed(cli: Cli, path: str) -> None:
    cli("day", path, "run", "--from", "5")
    assert "✔ 3 of 5, 1 live" in cli().out


# taking away


def test_cleanup_at_the_end_takes_everything_away(cli: Cli, path: str, boto: Boto) -> None:
    ran = cli("day", path, "run", "--cleanup")
    assert ran.exit_code == 0 and names(boto) == []
    assert "Nothing is live." in ran.out and "Taken away: 1 of 1 gone." in ran.err
    assert last(ran.out) == "Next: labcli"


def test_cleanup_at_the_end_works_after_a_failure_too(cli: Cli, lab: Write, boto: Boto) -> None:
    ran = cli("day", str(lab(FAILS, "fails.yaml")), "run", "--cleanup")
    assert ran.exit_code == 1 and names(boto) == []
    assert "nothing is live" in ran.out and "labcli cleanup" not in ran.out


def test_cleanup_at_the_end_that_leaves_something_exits_4_and_offers_cleanup(cli: Cli, path: str) -> None:
    from tests.cli.test_golden import Refusing

    without_delete = Path(path)
    without_delete.write_text(quick().replace("- title: Delete the other\n  delete: [two]\n", ""), encoding="utf-8")
    ran = cli("day", path, "run", "--cleanup", through=Refusing)
    assert ran.exit_code == 4
    assert last(ran.out) == "Next: labcli cleanup quick"


def test_cleanup_of_one_day_leaves_the_other(cli: Cli, lab: Write, boto: Boto) -> None:
    for name in ("one", "two"):
        cli("day", str(lab(quick(name), f"{name}.yaml")), "run")
    assert cli("cleanup", "one").exit_code == 0
    assert [each.split("-")[1] for each in names(boto)] == ["two"]
    assert last(cli("cleanup", "two").out).startswith("Next: labcli day mon run")


def test_the_learners_own_queue_survives_cleanup_all(cli: Cli, path: str, boto: Boto) -> None:
    cli("day", path, "run")
    sqs = boto("sqs")
    sqs.create_queue(QueueName="mine")
    sqs.create_queue(QueueName="labcli-looks-like-ours")
    said = cli("cleanup", "--all")
    assert said.exit_code == 0
    assert names(boto) == ["labcli-looks-like-ours", "mine"]
    assert "1 resource of others not touched" in said.out


def test_a_dry_run_takes_nothing_away_and_ends_with_the_same_command_in_earnest(
    cli: Cli, path: str, boto: Boto
) -> None:
    cli("day", path, "run")
    said = cli("cleanup", "quick", "--dry-run")
    assert said.exit_code == 0 and len(names(boto)) == 1
    assert last(said.out) == "Next: labcli cleanup quick"


# looking


@pytest.mark.parametrize("arguments", [(), ("status",), ("local", "status"), ("day", "mon"), ("day", "mon", "plan")])
def test_looking_starts_no_server(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    cli = Cli(tmp_path / "fresh")
    assert cli(*arguments).exit_code == 0
    assert life.find(tmp_path / "fresh") is None


def test_inspect_finds_by_short_name_and_by_aws_name(cli: Cli, path: str, boto: Boto) -> None:
    cli("day", path, "run")
    short = cli("inspect", "one")
    full = cli("inspect", names(boto)[0])
    assert short.exit_code == full.exit_code == 0
    assert short.out == full.out and f"url    {boto('sqs').list_queues()['QueueUrls'][0]}" in short.out


def test_inspect_shows_what_the_learner_made(cli: Cli, boto: Boto) -> None:
    boto("sqs").create_queue(QueueName="mine")
    said = cli("inspect", "mine")
    assert said.exit_code == 0
    assert "no ledger of yours knows it" in said.out and last(said.out) == "Next: labcli status"


def test_inspect_of_what_is_not_live_says_what_is(cli: Cli, path: str) -> None:
    cli("day", path, "run")
    gone = cli("inspect", "two")
    assert gone.exit_code == 1 and "`two` is not live any more" in gone.err and "Live now: one" in gone.err
    never = cli("inspect", "onne")
    assert never.exit_code == 1 and "did you mean `one`?" in never.err


def test_verify_exits_0_only_when_something_was_asked_and_held(cli: Cli, path: str, boto: Boto) -> None:
    assert cli("verify", path).exit_code == 1
    cli("day", path, "run")
    assert cli("verify", path).exit_code == 0
    url = boto("sqs").list_queues()["QueueUrls"][0]
    boto("sqs").set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "5"})
    changed = cli("verify", path)
    assert changed.exit_code == 1 and "changed after the run" in changed.out
    assert last(changed.out) == "Next: labcli inspect one"
    cli("cleanup")
    away = cli("verify", path)
    assert away.exit_code == 1 and "– taken away at" in away.out


def test_verify_without_a_day_asks_labs_that_were_run_by_their_path(
    cli: Cli, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(path).parent)
    cli("day", "quick.yaml", "run")
    monkeypatch.chdir("/")
    said = cli("verify")
    assert said.exit_code == 0 and "one hides a message for 20 s" in said.out


def test_verify_of_a_live_day_without_checks_says_so(cli: Cli, lab: Write) -> None:
    path = str(lab(quick().split("checks:")[0], "quick.yaml"))
    ran = cli("day", path, "run")
    assert last(ran.out) == "Next: labcli cleanup quick"
    said = cli("verify", path)
    assert said.exit_code == 1 and "no checks" in said.out and last(said.out) == "Next: labcli cleanup quick"


def test_a_broken_lab_on_the_shelf_does_not_stop_verify_of_the_others(cli: Cli, path: str, tmp_path: Path) -> None:
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra" / "broken.yaml").write_text("nonsense", encoding="utf-8")
    cli.env["LABCLI_LABS"] = str(tmp_path / "extra")
    cli("day", path, "run")
    said = cli("verify")
    assert said.exit_code == 1
    assert "✘ its lab file" in said.out and "✔ one hides a message for 20 s" in said.out


# the next command


def test_the_next_command_names_a_lab_as_it_was_named(cli: Cli, lab: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = lab(FAILS, "my fails.yaml")
    monkeypatch.chdir(path.parent)
    ran = cli("day", "my fails.yaml", "run")
    assert last(ran.out) == "Next: labcli day 'my fails.yaml' run --from 3"
    assert last(cli().out) == "Next: labcli day 'my fails.yaml' run --from 3"
    (path.parent / "elsewhere").mkdir()
    monkeypatch.chdir(path.parent / "elsewhere")
    assert f"Next: labcli day '{path}' run --from 3" in cli("status").out


def test_a_failure_in_the_first_step_is_begun_again_without_from(cli: Cli, path: str) -> None:
    from labcli.errors import AwsError

    class Refusing:
        def __init__(self, aws: Any) -> None:
            self.aws = aws

        def call(self, service: str, operation: str, params: Any) -> Any:
            if operation == "create_queue":
                raise AwsError("sqs.create_queue", "AccessDenied", "no", frozenset({"AccessDenied"}), 403)
            return self.aws.call(service, operation, params)

    ran = cli("day", path, "run", through=Refusing)
    assert ran.exit_code == 1
    assert "Stopped at step 1 of 5 · nothing is live" in ran.out and "AccessDenied" in ran.out
    assert last(ran.out).startswith("Next: labcli day ") and last(ran.out).endswith("quick.yaml run")


def test_after_a_killed_run_the_overview_offers_a_fresh_one(cli: Cli, path: str) -> None:
    cli("day", path, "run")
    ledger = next((cli.home / "runs").glob("quick-*.jsonl"))
    lines = ledger.read_bytes().splitlines(keepends=True)
    ledger.write_bytes(b"".join(line for line in lines if b'"type":"end"' not in line))
    said = cli().out
    assert "◐ did not end, 1 live" in said and last(said).endswith("quick.yaml run")
    assert "did not end" in cli("status").out


def test_quiet_shows_lines_and_summary_and_verbose_every_call(cli: Cli, path: str) -> None:
    quiet = cli("day", path, "run", "-q").out.splitlines()
    assert [line[:3] for line in quiet[:6]] == [" 1 ", " 2 ", " 3 ", " 4 ", " 5 ", "✔ 5"]
    assert quiet[6] == "1 resource is live: one" and quiet[-1].startswith("Next: labcli verify ")
    loud = cli("day", path, "run", "-v").out
    assert "→ sqs.send_message" in loud and '"MessageId": "' in loud
    assert '"ReceiptHandle": "' in loud and "…" in loud.split('"ReceiptHandle": "')[1][:10]


def test_differs_is_of_the_target_of_the_run(cli: Cli, lab: Write) -> None:
    text = "lab: d\ntitle: D\nresources: {}\nsteps:\n- wait: 0s\n  differs: {local: said here, aws: said there}\n"
    ran = cli("day", str(lab(text, "d.yaml")), "run")
    assert "differs: said here" in ran.out and "said there" not in ran.out


def test_a_create_that_should_have_failed_is_taken_away_like_any_other(
    cli: Cli, lab: Callable[..., Path], boto: Callable[[str], Any]
) -> None:
    file = lab(
        """
lab: surprise
title: a create that succeeds
resources:
  orders: {queue: standard}
steps:
- title: It should exist already
  do: sqs.create_queue
  with: {QueueName: "${orders.name}"}
  fails: QueueNameExists
- create: [orders]
"""
    )
    ran = cli("day", str(file), "run")
    assert ran.exit_code == 1
    assert "1 resource is live" in ran.out
    (url,) = boto("sqs").list_queues()["QueueUrls"]
    assert boto("sqs").list_queue_tags(QueueUrl=url)["Tags"]["labcli:lab"] == "surprise"
    assert cli("cleanup", "surprise").exit_code == 0
    assert boto("sqs").list_queues().get("QueueUrls", []) == []
