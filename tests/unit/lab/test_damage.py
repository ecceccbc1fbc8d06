"""One word of a shipped lab misspelt, in a place where it means something: no lab passes so."""

from __future__ import annotations

import random
import re
import shutil
from pathlib import Path

import pytest

from labcli.lab.check import checked
from labcli.lab.problem import LabInvalid
from labcli.steps.language import LANGUAGE
from tests.conftest import LABS
from tests.unit.conftest import CATALOG
from tests.unit.lab.damages import damaged, words_of

DAYS = ("mon", "tue", "wed", "thu", "fri")
EACH = 60
"""Damages of a day; 300 of the week."""


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The labs of the week, to be damaged."""
    folder = tmp_path_factory.mktemp("damage") / "week10"
    shutil.copytree(LABS / "week10", folder)
    return folder


@pytest.mark.parametrize("day", DAYS)
def test_no_misspelt_word_passes(week: Path, day: str) -> None:
    file = week / f"{day}.yaml"
    text = file.read_text(encoding="utf-8")
    known = set(re.findall(r"\w+", text))
    words, rng, passed = words_of(file), random.Random(f"{day} 2026"), []
    assert {"key", "path", "matcher", "reference", "name", "operation", "parameter"} <= {each.sort for each in words}
    for _ in range(EACH):
        word = rng.choice(words)
        while (wrong := damaged(word.text, rng)) in known or not wrong:
            word = rng.choice(words)
        file.write_text(text[: word.at] + wrong + text[word.at + len(word.text) :], encoding="utf-8")
        try:
            checked(file, LANGUAGE, CATALOG)
        except LabInvalid as error:
            assert all(each.line for each in error.problems)
        else:
            passed.append(f"{text.count(chr(10), 0, word.at) + 1}: {word.sort} {word.text} → {wrong}")
    file.write_text(text, encoding="utf-8")
    assert passed == []
