"""Labs that were damaged at random: a lab, or its mistakes, and never anything else."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from labcli.errors import UsageError
from labcli.lab.check import checked
from labcli.lab.model import Lab
from labcli.lab.problem import LabInvalid
from labcli.steps.language import LANGUAGE
from tests.conftest import LABS
from tests.unit.conftest import CATALOG
from tests.unit.lab.test_check import MANY

TEXT = (LABS / "week10" / "mon.yaml").read_text(encoding="utf-8")
VALUES = [
    "null", "5", "-1", "2.5", "true", "[]", "{}", "[a]", "{a: b}", "''", '"x"', '"${q}"', '"${orders}"', '"${pay.url}"',
    '"${q}x"', "orders", "standard", "999999999999", '"\\e[31m"', "[[1]]", "{q: [[a], {b: c}]}", "{q: [null, 1]}", "~",
    '"${', '"Messages[?"', '"@"', '"[/red]"', "é", "\U0001f600",
]  # fmt: skip
ODD = "{}[]:,\"'$#&*!|>%@`\t -x0.\\\x1b\x00\u202e"


def damaged(text: str, seed: int) -> str:
    rng = random.Random(seed)
    lines = text.splitlines()
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(lines))
        line = lines[at]
        place = rng.randrange(len(line) + 1)
        match rng.randrange(7):
            case 0:
                del lines[at]
            case 1:
                lines.insert(rng.randrange(len(lines)), line)
            case 2:
                lines[at] = line[:place] + rng.choice(ODD) + line[place:]
            case 3:
                lines[at] = line[:place] + line[place + 1 :]
            case 4:
                other = rng.randrange(len(lines))
                lines[at], lines[other] = lines[other], line
            case _:
                if spots := [found.end() for found in re.finditer(r": ", line)]:
                    spot = rng.choice(spots)
                    rest = re.sub(r"^[^,}\]]*", "", line[spot:]) if rng.random() < 0.6 else ""
                    lines[at] = line[:spot] + rng.choice(VALUES) + rest
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("part", range(6))
def test_a_damaged_lab_is_a_lab_or_its_mistakes(tmp_path: Path, part: int) -> None:
    file = tmp_path / "lab.yaml"
    labs = 0
    for seed in range(part * 50, part * 50 + 50):
        file.write_text(damaged(MANY if part == 5 else TEXT, seed), encoding="utf-8")
        try:
            labs += isinstance(checked(file, LANGUAGE, CATALOG), Lab)
        except (LabInvalid, UsageError) as error:
            assert error.message
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error!r}") from error
    assert labs < 50


@pytest.mark.parametrize("seed", range(30))
def test_any_bytes_are_a_lab_or_its_mistakes(tmp_path: Path, seed: int) -> None:
    file = tmp_path / "lab.yaml"
    rng = random.Random(seed)
    data = bytearray(TEXT.encode())
    for _ in range(rng.randint(1, 30)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    file.write_bytes(bytes(data))
    with pytest.raises((LabInvalid, UsageError)):
        checked(file, LANGUAGE, CATALOG)
        raise UsageError("it was a lab after all")
