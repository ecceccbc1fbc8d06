"""``may``: what is allowed becomes a policy about that one thing; mistakes are said at their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from labcli.aws.resources.grants import WORDS, Grant, policy, statements
from tests.unit.conftest import Mistakes

HEAD = """\
lab: t
title: T
resources:
  orders: {queue: standard}
  news: {topic: standard}
  work: {function: work.py, may: MAY}
  flow: {machine: {StartAt: P, States: {P: {Type: Pass, End: true}}}, may: [execute flow2]}
  flow2: {machine: {StartAt: P, States: {P: {Type: Pass, End: true}}}}
steps:
- create: [work, flow, orders, news]
"""


@pytest.fixture
def may(mistakes: Mistakes, tmp_path: Path) -> Mistakes:
    """The mistakes of ``may: …``, which stands on line 6."""
    (tmp_path / "work.py").write_text("def handler(event, context): pass\n", "utf-8")
    return lambda text: mistakes(HEAD.replace("MAY", text))


def test_all_words_are_understood(may: Mistakes) -> None:
    assert may("[send orders, consume orders, publish news, invoke work, execute flow]") == []
    assert may("[send   orders]") == []
    assert may("[]") == []
    assert may("send orders") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[sned orders]", "6:35 `may` lists what and which, such as `send orders`, not `sned orders`; did you"),
        ("[send]", "6:35 `may` lists what and which, such as `send orders`, not `send`"),
        ("[send orders, delete orders]", "6:48 `may` lists what and which, such as `send orders`, not `delete orders`"),
        ("[send orders news]", "6:35 `may` lists what and which"),
        ('["send ${orders.arn}"]', "6:35 `may` lists what and which"),
        ('["send *"]', "6:35 `may` lists what and which"),
        ('["sqs:* orders"]', "6:35 `may` lists what and which"),
        ('["send arn:aws:sqs:eu-west-1:1:x"]', "6:35 `may` lists what and which"),
        ("[send oders]", "6:35 no resource `oders` in this lab; did you mean `orders`?"),
        ("[send wed.orders]", "6:35 no resource `wed.orders` in this lab"),
        ("[send news]", "6:35 `send` is about a queue; `news` is a topic"),
        ("[publish orders]", "6:35 `publish` is about a topic; `orders` is a queue"),
        ("[execute work]", "6:35 `execute` is about a machine; `work` is a function"),
        ("[invoke work.role]", "6:35 `invoke` is about a function; `work.role` is a role"),
        ("[{send: orders}]", "6:"),
        ("{send: orders}", "6:"),
        ("[7]", "6:"),
    ],
)  # fmt: skip
def test_mistakes_are_said_where_they_stand(may: Mistakes, text: str, said: str) -> None:
    problems = may(text)
    assert len(problems) == 1, problems
    assert problems[0].startswith(said), problems


def test_a_grant_is_about_one_thing_and_nothing_else() -> None:
    may = tuple(Grant(word, "it") for word in WORDS)
    made = statements(may, lambda text: "arn:it")
    assert all(each["Effect"] == "Allow" for each in made)
    assert {str(each["Resource"]) for each in made} == {"arn:it", "['arn:it', 'arn:it:*']"}
    assert not [action for each in made for action in each["Action"] if "*" in action]
    assert policy(made) == {"Version": "2012-10-17", "Statement": made}
