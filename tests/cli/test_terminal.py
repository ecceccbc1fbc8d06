"""labcli on a real pseudo-terminal: questions, waiting, Ctrl-C, narrow windows."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from labcli.run.ledger.ledger import read
from tests.cli.small import quick
from tests.conftest import Cli

if sys.platform == "win32":
    pytest.skip("a pseudo-terminal is POSIX", allow_module_level=True)

from tests.cli.terminal import Terminal
from tests.cli.test_contrast import unreadable

Write = Callable[..., Path]

GUIDED = """
lab: guided
title: "Asked"
resources: {one: {queue: standard}}
steps:
- title: Make it
  create: [one]
  ask: How many calls does it take?
  say: Two.
- title: Send
  do: sqs.send_message
  with: {QueueUrl: "${one.url}", MessageBody: hello}
  expect: {MessageId: {present: true}}
- title: Look
  do: sqs.get_queue_attributes
  with: {QueueUrl: "${one.url}", AttributeNames: [All]}
  show: [waiting: Attributes.ApproximateNumberOfMessages]
"""

CHOICE = """
lab: choice
title: "Somebody decides"
resources: {one: {queue: standard}}
steps:
- create: [one]
- title: The person decides
  in_order:
    ask:
      title: May it go out?
      either:
        approve: {title: "Yes, it goes out", send: {to: one, bodies: [sent]}}
        refuse: {title: "No, it stays", send: {to: one, bodies: [kept]}}
    got: {title: the queue got, consume: {from: one, until: 1, within: 10s}, show: [completed]}
  expect: {ask.chosen: {present: true}}
"""

SLOW = """
lab: slow
title: "Something slow"
resources:
  one: {queue: standard, visibility: 20}
steps:
- create: [one]
- title: Something slow
  STEP
"""

POLL = """do: sqs.receive_message
  with: {QueueUrl: "${one.url}", WaitTimeSeconds: 20}
  within: 60s
  expect: {"Messages[0].Body": never}"""
CONSUME = "consume: {from: one, workers: 2, until: 1, within: 60s}"
TOGETHER = """together:
    worker: {consume: {from: one, until: 1, within: 60s}}
    depth_of_one: {chart: {queue: one, every: 0.5s}}"""
WAIT = "wait: 60s"


@pytest.fixture
def terminal(home: Path) -> Iterator[Callable[..., Terminal]]:
    """Opens terminals, and closes what a failed test left open."""
    opened: list[Terminal] = []

    def open_one(*arguments: str, **how: object) -> Terminal:
        opened.append(Terminal(home, *arguments, **how))  # type: ignore[arg-type]
        return opened[-1]

    yield open_one
    for each in opened:
        each.child.close(force=True)


def test_a_person_of_a_guided_run_takes_one_of_the_steps_in_either(
    terminal: Callable[..., Terminal], lab: Write
) -> None:
    on = terminal("day", str(lab(CHOICE, "choice.yaml")), "run", "--guided")
    on.sees("Press any key")
    on.type("x")
    on.sees("2) No, it stays")
    on.type("2\r")
    on.sees("Next: labcli")
    assert any("the queue got" in line and "kept" in line for line in on.lines)
    assert not unreadable(on.raw)


def test_in_words_a_guided_run_is_led_with_enter_and_numbers(terminal: Callable[..., Terminal], lab: Write) -> None:
    on = terminal("--plain", "day", str(lab(CHOICE, "choice.yaml")), "run", "--guided", columns=60)
    on.sees("Press Enter to go on")
    on.type("\r")
    on.sees("2: No, it stays")
    on.sees("a number from 1 to 2")
    on.type("2\r")
    on.sees("Next: labcli")
    assert "the queue got" in on.text and "kept" in on.text and "\x1b" not in on.raw


def test_unattended_the_first_step_in_either_is_done(cli: Cli, lab: Write) -> None:
    ran = cli("day", str(lab(CHOICE, "choice.yaml")), "run")
    assert ran.exit_code == 0
    assert any("the queue got" in line and "sent" in line for line in ran.out.splitlines())


def slow(lab: Write, step: str) -> str:
    return str(lab(SLOW.replace("STEP", step), "slow.yaml"))


def waits(on: Terminal) -> None:
    """Until the second step says that it waits; on a busy machine the first may say so too."""
    on.until(lambda: any("2  Something slow" in line and "⏳" in line for line in on.lines), "waited")


def ended(cli: Cli, name: str) -> str:
    """How the ledger of a lab's run says that it ended; empty when it does not."""
    path = max((cli.home / "runs").glob(f"{name}-*.jsonl"))
    return next((str(e["state"]) for e in reversed(read(path).events) if e["type"] == "end"), "")


def test_a_guided_run_asks_before_the_first_call_and_shows_the_prediction_beside_what_came(
    terminal: Callable[..., Terminal], lab: Write, cli: Cli
) -> None:
    on = terminal("day", str(lab(GUIDED, "guided.yaml")), "run", "--guided")
    on.sees("Your prediction")
    assert not any('"intent"' in path.read_text("utf-8") for path in (cli.home / "runs").glob("*.jsonl"))
    assert "How many calls does it take?" in on.text
    on.type("three\r")
    on.sees("Step 2: Send. Press any key")
    lines = [line.strip() for line in on.lines if line.strip()]
    said = lines.index("You said: three")
    assert lines[said + 1] == "Two."
    assert any("1  Make it" in line and "✔" in line for line in lines[:said])
    on.type("x")
    on.sees("Step 3: Look. Press any key")
    on.type(" ")
    assert on.ends() == 0
    assert on.last.startswith("Next: labcli cleanup guided")
    assert not unreadable(on.raw)
    assert "⏳" not in on.text


INVITED = """
lab: invited
title: "Look yourself"
resources: {one: {queue: standard}}
steps:
- title: Make it
  create: [one]
  say: It is there.
  invite:
    say: Which settings has ${one.name}?
    do: sqs.get_queue_attributes
    with: {QueueUrl: "${one.url}", AttributeNames: [All]}
"""


def test_a_guided_run_shows_what_one_would_type_and_invites_to_a_call_by_hand(
    terminal: Callable[..., Terminal], lab: Write, boto: Callable[[str], Any]
) -> None:
    on = terminal("day", str(lab(INVITED, "invited.yaml")), "run", "--guided", columns=200)
    on.sees("It changes nothing. Press any key")
    url = boto("sqs").list_queues()["QueueUrls"][0]
    assert f"By hand: Which settings has {url.rpartition('/')[2]}?" in on.text
    assert f"$ aws sqs get-queue-attributes --queue-url {url} --attribute-names All" in on.text
    assert f"$ aws sqs create-queue --queue-name {url.rpartition('/')[2]} --tags" in on.text
    assert 'Type it in another terminal, after: eval "$(labcli local env)"' in on.text
    on.type(" ")
    assert on.ends() == 0
    assert on.last.startswith("Next: labcli cleanup invited")


def test_ctrl_c_at_a_question_ends_with_130_and_the_ledger_is_safe(
    terminal: Callable[..., Terminal], lab: Write, cli: Cli
) -> None:
    on = terminal("day", str(lab(GUIDED, "guided.yaml")), "run", "--guided")
    on.sees("Your prediction")
    on.type("x\r")
    on.sees("Press any key")
    on.interrupt()
    assert on.ends() == 130
    assert "1 resource is live" in on.text and "Traceback" not in on.text
    assert ended(cli, "guided") == "interrupted"
    assert cli("cleanup", "guided").exit_code == 0


@pytest.mark.parametrize("step", [POLL, CONSUME, TOGETHER, WAIT], ids=["long poll", "consume", "together", "wait"])
def test_ctrl_c_while_something_slow_happens_ends_with_130_and_cleanup_works(
    terminal: Callable[..., Terminal], lab: Write, cli: Cli, step: str
) -> None:
    path = Path(slow(lab, step))
    on = terminal("day", path.name, "run", cwd=path.parent)
    waits(on)
    on.interrupt()
    assert on.ends() == 130
    assert "Interrupted at step 2 of 2 · 1 resource is live · the ledger is safe" in on.text
    assert "live: one" in on.text and "⏳" not in on.text and "Traceback" not in on.text
    assert on.last == "Next: labcli day slow.yaml run --from 2      (take it away: labcli cleanup slow)"
    assert ended(cli, "slow") == "interrupted"
    cleaned = cli("cleanup", "slow")
    assert cleaned.exit_code == 0 and "1 of 1 gone" in cleaned.out


def test_ctrl_c_twice_says_the_exact_cleanup_command(
    terminal: Callable[..., Terminal], lab: Write, cli: Cli
) -> None:  # fmt: skip
    on = terminal("day", slow(lab, TOGETHER), "run")
    waits(on)
    on.interrupt()
    on.interrupt()
    assert on.ends() == 130
    assert "labcli cleanup slow" in on.text and "Traceback" not in on.text
    assert cli("cleanup", "slow").exit_code == 0


def test_ctrl_c_in_a_create_leaves_nothing_that_cleanup_does_not_know(
    terminal: Callable[..., Terminal], lab: Write, cli: Cli, boto: Callable[[str], object]
) -> None:
    names = [f"q{number}" for number in range(60)]
    declared = ", ".join(f"{name}: {{queue: standard}}" for name in names)
    text = f"lab: many\ntitle: Many\nresources: {{{declared}}}\nsteps:\n- create: [{', '.join(names)}]\n"
    on = terminal("day", str(lab(text, "many.yaml")), "run")
    on.until(lambda: any(p.read_text("utf-8").count('"ok":true') > 3 for p in (cli.home / "runs").glob("*")), "created")
    on.interrupt()
    code = on.ends()
    assert code in (0, 130)  # the last create may have been quicker than the signal
    assert cli("cleanup", "many").exit_code == 0
    assert not boto("sqs").list_queues().get("QueueUrls")  # type: ignore[attr-defined]


def test_sigterm_ends_a_run_as_ctrl_c_does(terminal: Callable[..., Terminal], lab: Write, cli: Cli) -> None:
    on = terminal("day", slow(lab, POLL), "run")
    waits(on)
    os.kill(on.child.pid, signal.SIGTERM)
    assert on.ends() in (130, 143)
    assert ended(cli, "slow") == "interrupted"
    assert cli("cleanup", "slow").exit_code == 0


def test_a_closed_terminal_ends_a_run_as_ctrl_c_does(terminal: Callable[..., Terminal], lab: Write, cli: Cli) -> None:
    on = terminal("day", slow(lab, POLL), "run")
    waits(on)
    assert on.hang_up() == 130
    assert ended(cli, "slow") == "interrupted"
    assert cli("cleanup", "slow").exit_code == 0


def test_the_waiting_line_lives_while_a_long_poll_blocks_and_is_gone_at_the_end(
    terminal: Callable[..., Terminal], lab: Write
) -> None:
    on = terminal("day", slow(lab, POLL.replace("60s", "3s").replace("20}", "3}")), "run")
    seen: set[str] = set()

    def three() -> bool:
        seen.update(line.split("⏳")[1] for line in on.lines if "⏳" in line and "s left" in line)
        return len(seen) >= 3

    on.until(three, "counted down")
    assert all(len(line) <= 79 for line in on.lines if "⏳" in line)
    assert on.ends() == 1
    assert "⏳" not in on.text
    titles = [line for line in on.lines if "2  Something slow" in line]
    assert len(titles) == 1 and "✘" in titles[0]
    assert "\x1b[?25l" not in on.raw  # a cursor that was hidden stays hidden after a kill


def test_a_narrow_terminal_wraps_between_words_and_loses_nothing(
    terminal: Callable[..., Terminal], lab: Write
) -> None:  # fmt: skip
    on = terminal("day", str(lab(quick(), "quick.yaml")), "run", columns=50)
    assert on.ends() == 0
    assert "✔ 5 steps" in on.text and "1 resource is live: one" in on.text
    assert any(line.startswith(" 3  Receive") and "✔ 1" in line for line in on.lines)


def test_a_window_that_grows_is_used_by_the_next_step(terminal: Callable[..., Terminal], lab: Write) -> None:
    on = terminal("day", slow(lab, POLL.replace("60s", "2s").replace("20}", "1}")), "run", columns=60)
    waits(on)
    on.child.setwinsize(24, 90)
    on.screen.resize(24, 90)
    assert on.ends() == 1
    line = next(line for line in on.lines if "2  Something slow" in line)
    assert len(line) > 60


def test_no_color_and_a_dumb_terminal_lose_nothing_but_colour(terminal: Callable[..., Terminal], lab: Write) -> None:
    path = str(lab(quick(), "quick.yaml"))
    bare = terminal("day", path, "run", NO_COLOR="1")
    assert bare.ends() == 0
    assert "\x1b[3" not in bare.raw and "✔ 5 steps" in bare.text
    dumb = terminal("day", slow(lab, "wait: 0.5s"), "run", TERM="dumb")
    assert dumb.ends() == 0
    assert "\x1b" not in dumb.raw and "⏳" not in dumb.raw


def test_ascii_terminals_get_words(terminal: Callable[..., Terminal], lab: Write) -> None:
    on = terminal("day", slow(lab, "wait: 0.6s"), "run", PYTHONIOENCODING="ascii")
    assert on.ends() == 0
    assert on.raw.isascii() and "ok 2 steps" in on.text


def test_local_reset_asks_and_no_is_no(terminal: Callable[..., Terminal], cli: Cli, lab: Write) -> None:
    cli("day", str(lab(quick(), "quick.yaml")), "run")
    on = terminal("local", "reset")
    on.sees("Go on?")
    on.type("n")
    on.until(lambda: "Nothing was done." in on.text, "said no")
    on.ends()
    assert cli("verify", str(lab(quick(), "quick.yaml"))).exit_code == 0


def test_ctrl_c_at_a_yes_or_no_is_130(terminal: Callable[..., Terminal]) -> None:
    on = terminal("local", "reset")
    on.sees("Go on?")
    on.interrupt()
    assert on.ends() == 130
    assert "Traceback" not in on.text


@pytest.mark.parametrize("env", [{"CI": "1"}, {"CI": "true"}])
def test_with_ci_nothing_ever_asks(terminal: Callable[..., Terminal], lab: Write, env: dict[str, str]) -> None:
    on = terminal("local", "reset", **env)
    assert on.ends() == 2
    assert "--yes" in on.text


def test_without_a_terminal_nothing_asks(cli: Cli, lab: Write) -> None:
    assert cli("local", "reset").exit_code == 2
    said = cli("day", str(lab(GUIDED, "guided.yaml")), "run", "--guided")
    assert said.exit_code == 2 and "--guided needs a person" in said.err
    said = cli("day", str(lab(GUIDED, "guided.yaml")), "run", "--guided", "--output", "json")
    assert said.exit_code == 2 and json.loads(said.out)["exit_code"] == 2
