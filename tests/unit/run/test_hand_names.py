"""What a learner's things are called where several learners share an account."""

from __future__ import annotations

import pytest

from labcli.run.by_hand.port import with_suffix


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("inbox", "inbox-k3f9x2"),
        ("cashier.fifo", "cashier-k3f9x2.fifo"),
        ("/aws/lambda/ProcessStep1", "/aws/lambda/ProcessStep1-k3f9x2"),
    ],
)
def test_the_owners_letters_stand_behind_a_name(name: str, called: str) -> None:
    assert with_suffix(name, "k3f9x2") == called
