"""`solve` of the week's own tasks: what is said is whole, and stands for the learner's names."""

from __future__ import annotations

import pytest

from tests.conftest import Cli


@pytest.mark.parametrize(("day", "task"), [("wed", "process_step1"), ("thu", "two_ways"), ("tue", "topic_and_queue")])
def test_a_solution_names_what_is_there_and_what_comes_along(cli: Cli, day: str, task: str) -> None:
    for language in ("cli", "boto3"):
        said = cli("day", day, "solve", task, "--as", language)
        assert said.exit_code == 0, said.err
        assert "prefix" not in said.out and "create_log_group" not in said.out and "create-log-group" not in said.out
    assert cli("cleanup", day).exit_code == 0
