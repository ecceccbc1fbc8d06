"""A lab held against the world: calls, effects, FIFO rules, cycles, checks; and every mistake at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from labcli.lab.check import checked
from labcli.lab.problem import LabInvalid
from labcli.steps.language import LANGUAGE
from tests.unit.conftest import CATALOG, Check, Mistakes

URL = "QueueUrl: '${orders.url}'"


# --- operations


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("do: sqs.send_mesage", "8:8 sqs has no operation `send_mesage`; did you mean `send_message`?"),
        ("do: sqs.SendMessage", "8:8 sqs has no operation `SendMessage`; did you mean `send_message`?"),
        ("do: sqss.list_queues", "8:8 no AWS service `sqss`; did you mean `sqs`?"),
        ("do: send_message", "8:8 `do` is service.operation as in boto3, such as sqs.send_message"),
        ("do: sqs.", "8:8 `do` is service.operation as in boto3, such as sqs.send_message"),
        ("do: .send_message", "8:8 `do` is service.operation as in boto3, such as sqs.send_message"),
        ("do: ../sqs.list_queues", "8:8 `do` is service.operation as in boto3, such as sqs.send_message"),
        ("do: 5", '8:8 `do` is text: quote it ("5")'),
        ("do: [sqs.list_queues]", "8:8 `do` is text, not a list"),
    ],
)
def test_an_operation_that_does_not_exist_is_named_with_the_nearest(step: Mistakes, text: str, said: str) -> None:
    assert step(text) == [said]


@pytest.mark.parametrize("service", ["../../etc/passwd", "sqs/../sqs", "", "\0", "a" * 400, "~", "SQS", "sqs "])
def test_a_service_is_a_name_and_never_a_path(step: Mistakes, service: str) -> None:
    from json import dumps

    assert len(step(f"do: {dumps(service + '.list_queues')}")) == 1


# --- creating is declared, what acts names its object by reference


def test_creating_is_declared(step: Mistakes) -> None:
    call = "do: sqs.create_queue, with: {QueueName: '${orders.name}'}"
    assert step(call) == ["8:8 sqs.create_queue creates something: declare it under `resources`, and use `create`"]
    assert step(call + ", fails: QueueNameExists") == []


def test_what_nobody_reviewed_is_not_called(step: Mistakes) -> None:
    for operation in ("sns.create_platform_application", "ec2.run_instances", "iam.pass_role", "sts.assume_role"):
        if CATALOG.operation(*operation.split(".")) is not None:
            said = step(f"do: {operation}")
            assert any(f"labcli does not know what {operation} leaves behind" in each for each in said), said


@pytest.mark.parametrize("operation", ["delete_queue", "purge_queue", "tag_queue", "send_message", "receive_message"])
@pytest.mark.parametrize("name", ["orders", "'${run.id}'", "'x${orders.url}'", "'${found}'", "'$${orders.url}'", "''"])
def test_what_acts_names_a_resource_of_the_lab_by_reference(steps: Mistakes, operation: str, name: str) -> None:
    more = {"tag_queue": ", Tags: {a: b}", "send_message": ", MessageBody: x"}.get(operation, "")
    said = steps(
        "- {do: sqs.list_queues, save: {found: 'QueueUrls[0]'}}\n"
        f"- {{do: sqs.{operation}, with: {{QueueUrl: {name}{more}}}}}\n"
    )
    assert any("acts on something: name a resource of this lab by reference, such as ${dlq.url}" in s for s in said), (
        said
    )


def test_a_queue_that_a_read_found_is_never_deleted(steps: Mistakes) -> None:
    """A saved URL can be anybody's queue: what labcli did not create, no lab deletes."""
    text = "- {do: sqs.list_queues, save: {u: 'QueueUrls[0]'}}\n- {do: sqs.delete_queue, with: {QueueUrl: '${u}'}}\n"
    assert len(steps(text)) == 1


def test_the_misspelt_error_is_named_and_unknown_ones_pass(step: Mistakes) -> None:
    call = f"do: sqs.get_queue_attributes, with: {{{URL}}}, fails: "
    assert step(call + "QueueDoesNotExst") == [
        "8:76 sqs.get_queue_attributes has no error `QueueDoesNotExst`; did you mean `QueueDoesNotExist`?"
    ]
    assert step(call + "QueueDoesNotExist") == []
    assert step(call + "AWS.SimpleQueueService.NonExistentQueue") == []
    assert step(call + "AccessDenied") == [], "the models do not declare every error"


# --- within


def test_within_repeats_reads_and_receives_until_something_holds(step: Mistakes) -> None:
    read, receive = f"do: sqs.get_queue_attributes, with: {{{URL}}}", f"do: sqs.receive_message, with: {{{URL}}}"
    for call, path in ((read, "Attributes"), (receive, "'Messages[0]'")):
        assert step(f"{call}, within: 5s, expect: {{{path}: {{present: true}}}}") == []
        (said,) = step(f"{call}, within: 5s")
        assert said.endswith("`within` repeats until something holds: add `expect`")
    assert step(f"{read}, within: 5s, fails: QueueDoesNotExist") == []


@pytest.mark.parametrize("call", ["purge_queue", "delete_queue", "send_message"])
def test_within_is_refused_on_a_call_that_acts(step: Mistakes, call: str) -> None:
    more = ", MessageBody: x" if call == "send_message" else ""
    said = step(f"do: sqs.{call}, with: {{{URL}{more}}}, within: 5s, fails: X")
    assert [each.split(" ", 1)[1] for each in said] == [f"`within` repeats a call, and sqs.{call} acts: say it once"]


# --- create, delete, send, consume, chart


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("create: [order]", "8:13 no resource `order` in this lab; did you mean `orders`?"),
        ("create: [5]", "8:13 `create` is a list of texts, not a number"),
        ("create: ['${orders}']", "8:13 a resource is named by its bare name here: orders"),
        ("delete: [nope]", "8:13 no resource `nope` in this lab"),
        ("delete: {every: queues}", "8:20 no resource kind `queues`; did you mean `queue`?"),
        ("send: {to: orders}", "8:10 `send` has one of `bodies`, `groups`, `count` and `messages`"),
        ("send: {to: orders, bodies: [a], count: 3}",
         "8:10 `send` has one of `bodies`, `groups`, `count` and `messages`"),
        ("send: {to: orders, bodies: []}", "8:31 `send` has nothing to send"),
        ("send: {to: orders, bodies: [a, '']}", "8:35 a body is text or a mapping, not empty: quote it"),
        ("send: {to: orders, bodies: [5]}", "8:32 a body is text or a mapping, not a number: quote it"),
        ("send: {to: orders, groups: {A: b}}", "8:35 a group is a list of bodies, not text"),
        ("send: {to: orders, count: 1001}", "8:30 `count` is from 1 to 1000, not 1001"),
        ("send: {to: orders, messages: [{}]}", "8:34 a message has a `body`"),
        ("send: {to: orders, messages: [5]}", "8:34 a message is a mapping (`key: value`), not a number"),
        ("send: {to: orders, messages: [{body: a, delay: 1.5}]}", "8:51 `delay` is whole seconds"),
        ("send: {to: orders, messages: [{body: a, delay: 20m}]}", "8:51 `delay` is from 0 to 900 seconds, not 1200"),
        ("send: {to: orders, messages: [{body: a, attributes: {a: [b]}}]}", "8:60 an attribute is text or a number"),
        ("send: {to: orders, messages: [{body: a, attributes: {a: '${no}'}}]}",
         "8:60 ${no}: no resource or saved value `no`"),
        ("send: {to: orders, messages: [{body: a, dedup: b}]}",
         "8:10 `orders` is a Standard queue: it does not deduplicate"),
        ("send: {bodies: [a]}", "8:10 `send` has no `to`"),
        ("send: {to: odrers, bodies: [a]}", "8:15 no resource `odrers` in this lab; did you mean `orders`?"),
        ("send: {to: '${orders.url}', bodies: [a]}", "8:15 a resource is named by its bare name here: orders"),
        ("send: [a]", "8:10 `send` is a mapping (`key: value`), not a list"),
        ("consume: {from: pey}", "8:20 no resource `pey` in this lab; did you mean `pay`?"),
        ("consume: {from: pay, until: emtpy}", "8:32 `until` is a number of messages or `empty`, not `emtpy`"),
        ("consume: {from: pay, until: 0}", "8:32 `until` is from 1 to 10000, not 0"),
        ("consume: {from: pay, rate: nan/s}",
         "8:31 `rate` is messages a second such as 10/s, at most 200/s, not `nan/s`"),
        ("consume: {from: pay, rate: 1/h}", "8:31 `rate` is messages a second such as 10/s, at most 200/s, not `1/h`"),
        ("consume: {from: pay, workers: 99}", "8:34 `workers` is from 1 to 16, not 99"),
        ("consume: {from: pay, batch: 11}", "8:32 `batch` is from 1 to 10, not 11"),
        ("consume: {from: pay, label: 'a['}", "8:32 `a[` is not a JMESPath: it ends too soon"),
        ("consume: {from: pay, keep: 'yes'}", "8:31 `keep` is true or false, not text"),
        ("consume: {form: pay, from: pay}", "8:14 unknown key `form` in `consume`; did you mean `from`?"),
        ("chart: {queue: orders}", "8:3 `chart` alone needs `within`; in `together` it ends with the others"),
        ("chart: {queue: ordes}, within: 3s", "8:19 no resource `ordes` in this lab; did you mean `orders`?"),
        ("chart: {queue: orders, every: 0s}, within: 3s", "8:34 `every` is from 0.1 to 60 seconds, not 0"),
    ],
)  # fmt: skip
def test_a_verb_that_cannot_work_says_why(step: Mistakes, text: str, said: str) -> None:
    assert step(text) == [said]


# --- FIFO (28)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("send: {to: pay, bodies: [a]}", ["`pay` is a FIFO queue: its messages need a group (`groups: {A: […]}`)"]),
        ("send: {to: pay, groups: {A: [a]}}",
         ["`pay` does not deduplicate by content: its messages need a `dedup` id"]),
        ("send: {to: pay, messages: [{body: a, group: A, dedup: b, delay: 3s}]}",
         ["`pay` is a FIFO queue: it delays all messages alike, never one"]),
        ("send: {to: pay, messages: [{body: a, group: A, dedup: b}]}", []),
        ("do: sqs.send_message, with: {QueueUrl: '${pay.url}', MessageBody: x}",
         ["`pay` does not deduplicate by content: `MessageDeduplicationId` is missing",
          "`pay` is a FIFO queue: `MessageGroupId` is missing"]),
        ("do: sqs.send_message, with: {QueueUrl: '${pay.url}', MessageBody: x, MessageGroupId: A, "
         "MessageDeduplicationId: b}", []),
        ("do: sqs.send_message, with: {QueueUrl: '${orders.url}', MessageBody: x, MessageDeduplicationId: b}",
         ["`orders` is a Standard queue: it takes no `MessageDeduplicationId`"]),
        ("do: sqs.send_message_batch, with: {QueueUrl: '${pay.url}', Entries: [{Id: a, MessageBody: x, "
         "MessageGroupId: A, MessageDeduplicationId: b, DelaySeconds: 3}]}",
         ["`pay` is a FIFO queue: it delays all messages alike, never one"]),
        ("do: sqs.send_message_batch, with: {QueueUrl: '${pay.url}', Entries: [{Id: a, MessageBody: x}]}",
         ["`pay` does not deduplicate by content: `MessageDeduplicationId` is missing",
          "`pay` is a FIFO queue: `MessageGroupId` is missing"]),
    ],
)  # fmt: skip
def test_fifo_queues_get_groups_and_deduplication_ids(step: Mistakes, text: str, said: list[str]) -> None:
    assert [each.split(" ", 1)[1] for each in step(text)] == said


def test_a_fifo_name_gets_its_ending_by_itself(good: Check) -> None:
    from labcli.aws.resources import KINDS

    lab = good("lab: t\ntitle: T\nresources: {pay: {queue: fifo}}\nsteps: [{create: [pay]}]\n")
    assert KINDS["queue"].aws_name("labcli-t-x", lab.resources["pay"], lab.resources) == "labcli-t-x-pay.fifo"


# --- before it is there


def test_a_resource_is_used_after_the_step_that_creates_it(mistakes: Mistakes) -> None:
    text = """\
lab: t
title: T
resources: {dlq: {queue: standard}, a: {queue: standard, dead_letter: {to: dlq, after: 1}}, b: {queue: standard}}
steps:
- {send: {to: a, bodies: [x]}}
- {do: sqs.get_queue_url, with: {QueueName: "${a.name}"}, fails: QueueDoesNotExist}
- {create: [a]}
- {do: sqs.receive_message, with: {QueueUrl: "${dlq.url}"}}
- {consume: {from: b}}
checks:
- {do: sqs.get_queue_attributes, with: {QueueUrl: "${b.url}"}, expect: {Attributes: {present: true}}}
- {do: sqs.get_queue_attributes, with: {QueueUrl: "${a.url}"}, expect: {Attributes: {present: true}}}
"""
    assert mistakes(text) == [
        "5:15 `a` is created by step 3, after this step (1)",
        "9:20 no step creates `b`",
        "11:51 ${b.url}: no step creates `b`",
    ]


# --- cycles (26)


def test_resources_that_need_each_other_are_named_once_each_circle(mistakes: Mistakes) -> None:
    queue = "{{queue: standard, dead_letter: {{to: {}}}}}"
    names = {"a": "b", "b": "c", "c": "a", "d": "d", "e": "a", "f": "nope"}
    text = "".join(f"  {name}: {queue.format(to)}\n" for name, to in names.items())
    assert mistakes(f"lab: t\ntitle: T\nresources:\n{text}steps: [{{wait: 1s}}]\n") == [
        "4:3 resources that need each other: a → b → c → a",
        "7:3 resources that need each other: d → d",
        "9:42 no resource `nope` in this lab",
    ]


# --- checks


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"do: sqs.receive_message, with: {{{URL}}}, expect: {{Messages: null}}",
         "a check only reads; sqs.receive_message does not"),
        (f"do: sqs.purge_queue, with: {{{URL}}}, expect: {{a: null}}", "a check only reads; sqs.purge_queue does not"),
        (f"do: sqs.get_queue_attributes, with: {{{URL}}}", "a check says what it expects: `expect:`"),
        ("send: {to: orders, bodies: [a]}", "a check only reads: `do`, not `send`"),
        ("create: [orders]", "a check only reads: `do`, not `create`"),
        ("wait: 1s", "a check only reads: `do`, not `wait`"),
        (f"in_order: {{a: {{do: sqs.get_queue_attributes, with: {{{URL}}}, expect: {{Attributes: null}}}}}}",
         "a check only reads: `do`, not `in_order`"),
    ],
)  # fmt: skip
def test_a_check_only_reads_and_says_what_it_expects(steps: Mistakes, text: str, said: str) -> None:
    found = [each.split(" ", 1)[1] for each in steps(f"checks:\n- {{{text}}}\n")]
    assert said in found, found


def test_a_check_may_have_a_matrix_and_may_expect_an_error(steps: Mistakes) -> None:
    assert (
        steps(f"""\
checks:
- {{do: sqs.get_queue_attributes, with: {{{URL}}}, expect: {{Attributes.QueueArn: "${{orders.arn}}"}}}}
- {{matrix: {{q: [orders, pay]}}, do: sqs.get_queue_attributes, with: {{QueueUrl: "${{q.url}}"}},
   expect: {{orders.Attributes: {{present: true}}}}}}
- {{do: sqs.get_queue_url, with: {{QueueName: nobody}}, fails: QueueDoesNotExist}}
""")
        == []
    )


# --- everything at once

MANY = """\
lab: Many!
title: "[red]T[/red]"
weeks: 10
resources:
  dlq: {queue: standard, vissibility: 3}
  a-b: {queue: standard}
  pay: {queue: fifo, dead_letter: {to: dlq}}
  one: {queue: standard, dead_letter: {to: two}}
  two: {queue: standard, dead_letter: {to: one}}
steps:
- create: [dlq, pay]
- craete: [dlq]
- do: sqs.send_mesage
- title: both
  create: [dlq]
  delete: [dlq]
- do: sqs.send_message
  with: {QueueUrl: "${dlq.url}", Body: x}
  expect: {MesageId: "${later}"}
- send: {to: pay, bodies: [a]}
- do: sqs.receive_message
  with: {QueueUrl: "https://sqs.eu-west-1.amazonaws.com/1/q"}
  save: {later: "Messages[0].ReceiptHandle"}
- consume: {from: dql, until: 0}
  id: twice
- wait: soon
  id: twice
checks:
- do: sqs.receive_message
  with: {QueueUrl: "${dlq.url}"}
"""
SAID = """\
1:6 a lab's id is up to 16 small letters and digits, not `Many!`
3:1 unknown key `weeks` in a lab; did you mean `week`?
5:26 unknown key `vissibility` in a queue; did you mean `visibility`?
6:3 `a-b` cannot be a resource's name: up to 32 letters, digits and _, from a letter
7:40 the dead-letter queue of a FIFO queue is FIFO too; `dlq` is not
8:3 resources that need each other: one → two → one
12:3 step 2 has no verb; `craete` is none; did you mean `create`?
13:7 sqs has no operation `send_mesage`; did you mean `send_message`?
14:3 step 4 has 2 verbs (create, delete): one a step
18:9 sqs.send_message needs `MessageBody`
18:34 sqs.send_message has no parameter `Body`; it has MessageBody
19:12 `MesageId`: the answer has no `MesageId`; did you mean `MessageId`?
19:22 ${later} is saved by step 7, after this step (5)
20:9 `pay` is a FIFO queue: its messages need a group (`groups: {A: […]}`)
22:20 `QueueUrl` names a resource by reference, such as ${orders.url}, not by https://sqs.eu-west-…
23:17 `later` would hold a receipt handle or a task token: use it inside one `in_order` step
24:19 no resource `dql` in this lab; did you mean `dlq`?
24:31 `until` is from 1 to 10000, not 0
26:9 `wait` is a time such as 3s, 0.5s or 2m, not `soon`
27:7 two steps have the id `twice` (step 8 too)
29:3 a check says what it expects: `expect:`
29:7 a check only reads; sqs.receive_message does not
"""


def test_every_mistake_is_said_at_once_sorted_each_with_line_and_column(mistakes: Mistakes) -> None:
    assert mistakes(MANY) == SAID.splitlines()


def test_the_error_counts_them_and_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "many.yaml"
    file.write_text(MANY, "utf-8")
    with pytest.raises(LabInvalid) as caught:
        checked(file, LANGUAGE, CATALOG)
    assert caught.value.message == f"22 problems in {file} · nothing was run"


def test_a_file_of_nothing_but_mistakes_ends_soon(mistakes: Mistakes) -> None:
    text = "lab: t\ntitle: T\nsteps:\n" + "".join(f"- {{do: sqs.nope{n}}}\n" for n in range(1500))
    assert 50 <= len(mistakes(text)) < 100
