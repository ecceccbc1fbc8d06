"""Every lab that ships in the AWS-like mode: order, copies, late rights and late counts do not make it fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import LABS, Cli
from tests.labs.conftest import SEED, Walk

EVERY = [
    pytest.param(path, id=path.stem, marks=pytest.mark.xdist_group(f"{path.stem} aws-like"))
    for path in sorted(LABS.glob("*/*.yaml"))
]
SAID = f"SIMULATED (seed {SEED})"


@pytest.mark.parametrize("path", EVERY)
def test_a_lab_holds_in_it_and_says_that_it_is_simulated(path: Path, aws_like: Callable[[Path], Walk]) -> None:
    done = aws_like(path)
    assert done.run.exit_code == 0, [step for step in done.run.document["steps"] if step["state"] != "passed"]
    assert done.verify.exit_code == 0, done.verify.document
    assert done.cleanup.exit_code == 0, done.cleanup.document
    assert done.left == []
    for said in (done.run, done.verify, done.cleanup):
        assert said.document["simulated"] == {"seed": SEED}


SMALL = """lab: try
title: Try
resources:
  jobs: {queue: standard, visibility: 1}
steps:
- create: [jobs]
- title: Send and take
  in_order:
    send: {send: {to: jobs, count: 60}}
    work: {consume: {from: jobs, batch: 10, until: empty, within: 60s}}
  expect: {work.completed_count: 60, "length(work.completed)": 60}
  show: [deliveries: work.deliveries, copies: work.copies]
  differs:
    local: no copies
    aws-like: "copies, simulated"
checks:
- title: jobs is empty
  do: sqs.get_queue_attributes
  with: {QueueUrl: "${jobs.url}", AttributeNames: [ApproximateNumberOfMessages]}
  expect: {Attributes.ApproximateNumberOfMessages: "0"}
"""


@pytest.mark.parametrize("plain", [(), ("--plain",)], ids=["drawn", "plain"])
def test_each_table_says_it_and_the_lab_says_what_is_different(
    own_home: Path, lab: Callable[..., Path], plain: tuple[str, ...]
) -> None:
    cli, path = Cli(own_home, {"LABCLI_AWS_LIKE": str(SEED)}), str(lab(SMALL))
    run = cli("day", path, "run", *plain)
    assert run.exit_code == 0, run.both
    assert run.out.count(SAID) == 3, "its head and its two tables"
    assert "copies, simulated" in run.out
    assert "no copies" not in run.out
    verified = cli("verify", path, *plain)
    assert verified.exit_code == 0, verified.both
    for said in (verified, cli("status", *plain), cli("cleanup", "--all", *plain)):
        assert SAID in [line.strip() for line in said.out.splitlines()], said.out
