"""A lab text held against the real language and the real catalog of botocore."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from labcli.aws.catalog import BotoCatalog
from labcli.lab.check import checked
from labcli.lab.model import Lab
from labcli.lab.problem import LabInvalid
from labcli.steps.language import LANGUAGE

CATALOG = BotoCatalog()

HEAD = """\
lab: t
title: T
resources: {dlq: {queue: standard},
  orders: {queue: standard, dead_letter: {to: dlq, after: 3}},
  pay: {queue: fifo}}
steps:
- create: [dlq, orders, pay]
"""
"""Seven lines and a step: what a test adds is step 2, on line 8."""

Check = Callable[[str], Lab]
Mistakes = Callable[[str], list[str]]


@pytest.fixture
def good(tmp_path: Path) -> Check:
    """The lab of a text that has no mistake."""

    def read(text: str) -> Lab:
        file = tmp_path / "lab.yaml"
        file.write_text(text, encoding="utf-8")
        return checked(file, LANGUAGE, CATALOG)

    return read


@pytest.fixture
def mistakes(good: Check) -> Mistakes:
    """Every mistake of a text as ``line:column message``; none when it is a lab."""

    def find(text: str) -> list[str]:
        try:
            good(text)
        except LabInvalid as error:
            return [f"{each.line}:{each.column} {each.message}" for each in error.problems]
        return []

    return find


@pytest.fixture
def steps(mistakes: Mistakes) -> Mistakes:
    """The mistakes of steps, which stand below ``HEAD``."""
    return lambda text: mistakes(HEAD + text)


@pytest.fixture
def step(mistakes: Mistakes) -> Mistakes:
    """The mistakes of one step, given as the inside of a flow mapping on line 8 (its first character is column 4)."""
    return lambda text: mistakes(f"{HEAD}- {{{text}}}\n")
