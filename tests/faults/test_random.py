"""5 to 40 % of the calls fail, in run and in cleanup: nothing leaks, and no receipt says more than is true."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from tests.conftest import Result
from tests.faults.conftest import Stage, Time, small
from tests.faults.faulty import Dice
from tests.faults.points import seeds

TRIES = 4


def lies(stage: Stage, result: Result, seed: int) -> list[str]:
    """What a receipt says against what an independent client sees."""
    left = stage.left()
    says_nothing = "Nothing is left" in result.out
    found = []
    if says_nothing and left:
        found.append(f"seed {seed}: says nothing is left, and there are {left}")
    if says_nothing != (result.exit_code == 0):
        found.append(f"seed {seed}: exit {result.exit_code}: {result.both}")
    if result.exit_code == 5:
        found.append(f"seed {seed}: a bug: {result.both}")
    return found


@seeds(few=4, many=15, full=60)
def test_faults_at_random_leak_nothing_and_no_receipt_lies(
    stage: Stage, tmp_path: Path, figure: Callable[[str], None], seeds: range
) -> None:
    stage.add_canaries()
    lab, wrong, failed, needed = str(small(tmp_path)), [], 0, []
    for seed in seeds:
        dice = Dice(random.Random(seed).uniform(0.05, 0.4), seed)
        faults = {"through": dice.through}
        ran = stage.cli("day", lab, "run", "-q", **Time().given, **faults)
        assert ran.exit_code in (0, 1), ran.both
        for _ in range(TRIES):
            result = stage.clean(**faults)
            wrong += lies(stage, result, seed)
        failed += dice.failed
        tries = 1
        while (result := stage.clean()).exit_code and tries < TRIES:
            wrong += lies(stage, result, seed)
            tries += 1
        needed.append(tries)
        wrong += lies(stage, result, seed)
        wrong += [f"seed {seed}: leaked {name}" for name in stage.left()]
        stage.forget()
    figure(f"{len(seeds)} seeds, {failed} calls failed: {len(wrong)} leaks or lies; {max(needed)} quiet cleanup needed")
    assert wrong == []
    assert max(needed) == 1, "one cleanup that nothing disturbs is enough"
    assert failed > 5 * len(seeds)


def test_a_delete_whose_answer_is_lost_counts_as_done_only_when_the_queue_itself_is_read_as_gone(
    stage: Stage, tmp_path: Path
) -> None:
    stage.cli("day", str(small(tmp_path)), "run", "-q")
    for seed in range(5):
        dice = Dice(0.9, seed)
        result = stage.clean(through=dice.through)
        assert lies(stage, result, seed) == []
    assert stage.clean().exit_code == 0
    assert stage.left() == []
