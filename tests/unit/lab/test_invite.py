"""``invite``: a call that a person is invited to make. It can be made, and changes nothing."""

from __future__ import annotations

import pytest

from tests.unit.conftest import Check, Mistakes

LAB = """\
lab: t
title: T
resources: {q: {queue: standard}}
steps:
- create: [q]
  invite: INVITE
"""
READ = '{say: Look, do: sqs.get_queue_attributes, with: {QueueUrl: "${q.url}"}}'


def test_a_read_with_a_sentence_is_an_invitation(good: Check) -> None:
    invite = good(LAB.replace("INVITE", READ)).steps[0].invite
    assert invite is not None
    assert (invite.title, str(invite.args)) == ("Look", "sqs.get_queue_attributes")


@pytest.mark.parametrize(
    ("invite", "said"),
    [
        ('{say: Send, do: sqs.send_message, with: {QueueUrl: "${q.url}", MessageBody: x}}', "an invitation only reads"),
        ("{do: sqs.list_queues}", "`say`"),
        ("{say: Look}", "`invite` names a call: `do`"),
        ("{say: Look, do: sqs.get_queue_attributes, with: {QueueUrl: x, Odd: 1}}", "Odd"),
        ("{say: Look, create: [q]}", "`invite` has no `create`"),
        ("{say: Look, do: sqs.list_queues, expect: {a: 1}}", "`invite` has no `expect`"),
        ('{say: "${lost}", do: sqs.list_queues}', "lost"),
        ("[say]", "`invite` is"),
    ],
)
def test_what_is_no_invitation_is_said_with_its_place(invite: str, said: str, mistakes: Mistakes) -> None:
    found = mistakes(LAB.replace("INVITE", invite))
    assert any(said in each and each[0] == "6" for each in found), found
