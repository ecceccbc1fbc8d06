"""``update`` of a function: its new code runs when the step is done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.conftest import Cli
from tests.labs.conftest import Recorder

LAB = """
lab: renewed
title: New code
resources:
  greet: {function: old.py}
  topic: {topic: standard}
  join: {subscription: topic, to: greet}
steps:
- create: [greet]
- update: greet
  to: {function: new.py, env: {WHOM: ann}}
- title: It is the new one
  do: lambda.invoke
  with: {FunctionName: "${greet.name}"}
  expect: {Payload: "hello ann"}
- title: And back, twice at once
  update: greet
  to: {function: old.py, concurrency: 2}
- update: greet
  to: {function: new.py, env: {WHOM: ben}}
- create: [topic, join]
- title: It is the newest
  do: lambda.invoke
  with: {FunctionName: "${greet.name}"}
  expect: {Payload: "hello ben"}
"""


def test_new_code_and_settings_are_there_when_the_update_is_done(
    cli: Cli, lab: Callable[..., Path], tmp_path: Path
) -> None:
    path = lab(LAB)
    (path.parent / "old.py").write_text("def handler(event, context):\n    return 'old'\n", "utf-8")
    new = "import os\ndef handler(event, context):\n    return 'hello ' + os.environ['WHOM']\n"
    (path.parent / "new.py").write_text(new, "utf-8")
    recorder = Recorder()
    run = cli("day", str(path), "run", through=recorder.through)
    assert run.exit_code == 0, run.both
    made = [call.operation for call in recorder.calls]
    assert made.count("update_function_code") == 3
    assert made.count("update_function_configuration") == 3, "none came while another change was under way"
    assert cli("cleanup", "--all", "--yes").exit_code == 0
