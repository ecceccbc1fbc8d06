"""The structure of a lab file: verbs, modifiers, blocks, matrix, names, and what is unknown."""

from __future__ import annotations

import pytest

from labcli.steps.language import LANGUAGE
from tests.unit.conftest import HEAD, Check, Mistakes

VERBS = ", ".join(LANGUAGE.verbs)
DECLARED = ", ".join(f"`{word}`" for word, kind in LANGUAGE.kinds.items() if not kind.brought)
HEAD_ONLY = HEAD.removesuffix("steps:\n")


# --- the lab


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: b\n", ["1:1 a lab has at least one step: `steps:`", "1:1 a lab has no `lab`", "1:1 a lab has no `title`",
          "1:1 unknown key `a` in a lab; it has"]),
        ("lab: t\ntitle: T\n", ["1:1 a lab has at least one step: `steps:`"]),
        ("lab: t\ntitle: T\nsteps: []\n", ["1:1 a lab has at least one step: `steps:`"]),
        ("lab: t\ntitle: T\nsteps: {wait: 1s}\n", ["3:8 `steps` is a list (`- …`), not a mapping"]),
        ("lab: Mon!\ntitle: T\nsteps: [{wait: 1s}]\n",
         ["1:6 a lab's id is up to 16 small letters and digits, not `Mon!`"]),
        ("lab: 12\ntitle: T\nsteps: [{wait: 1s}]\n", ['1:6 `lab` is text: quote it ("12")']),
        ("lab: t\ntitle: T\nweek: ten\nsteps: [{wait: 1s}]\n", ["3:7 `week` is a whole number, not text"]),
        ("lab: t\ntitle: T\nstpes: [{wait: 1s}]\n", ["3:1 unknown key `stpes` in a lab; did you mean `steps`?"]),
        ("format: 2\nlab: t\ntitle: T\nsteps: [{wait: 1s}]\n",
         ["1:9 this lab is written for a newer labcli (format 2; this one reads 1)"]),
        ("lab: t\ntitle: T\nneeds: [wed]\nsteps: [{wait: 1s}]\n",
         ["3:9 no lab `wed` beside this file: wed.yaml"]),
        ("lab: t\ntitle: T\nminutes: {rum: 1}\nsteps: [{wait: 1s}]\n",
         ["3:11 unknown key `rum` in `minutes`; did you mean `run`?"]),
        ("lab: t\ntitle: T\ngoals: [a, 5]\nsteps: [{wait: 1s}]\n", ["3:12 `goals` is a list of texts, not a number"]),
    ],
)  # fmt: skip
def test_the_top_of_a_lab(mistakes: Mistakes, text: str, said: list[str]) -> None:
    found = mistakes(text)
    assert len(found) == len(said), found
    assert all(got.startswith(want) for got, want in zip(found, said, strict=True)), found


def test_a_key_without_a_space_after_its_colon_says_so(mistakes: Mistakes) -> None:
    assert mistakes("lab:mon\ntitle: T\n") == ["1:4 write a space after this `:`"]
    assert mistakes(f"{HEAD}- title:x\n  wait: 1s\n") == ["8:8 write a space after this `:`"]


def test_a_key_without_a_space_inside_braces_says_so(step: Mistakes) -> None:
    (said,) = step("wait:1s")
    assert said == "8:4 write a space after the `:` of `wait:`"
    assert "8:11 write a space after the `:` of `to:`" in step("send: {to:orders, bodies: [a]}")
    assert step("wait: 1s, title:x") == ["8:14 write a space after the `:` of `title:`"]


# --- resources: names (27) and kinds


@pytest.mark.parametrize("name", ["a-b", "1a", "_a", "a.b", "a b", "a" * 33, "run", "ü", '"[/x]"', '"\\e[31m"'])
def test_a_resource_has_a_name_that_every_service_and_reference_takes(mistakes: Mistakes, name: str) -> None:
    (said,) = mistakes(f"lab: t\ntitle: T\nresources:\n  {name}: {{queue: standard}}\nsteps: [{{wait: 1s}}]\n")
    assert said.startswith("4:3 ")
    assert said.endswith("cannot be a resource's name: up to 32 letters, digits and _, from a letter")


def test_the_longest_name_fits_into_80_characters_of_sqs(good: Check) -> None:
    from labcli.aws.resources import KINDS

    lab = good(f"lab: {'a' * 16}\ntitle: T\nresources:\n  {'b' * 32}: {{queue: fifo}}\nsteps: [{{wait: 1s}}]\n")
    (spec,) = lab.resources.values()
    assert len(KINDS["queue"].aws_name(f"labcli-{lab.id}-k3f9x2a7", spec, lab.resources)) <= 80


@pytest.mark.parametrize(
    ("declaration", "said"),
    [
        ("{queu: standard}", f"4:6 resource `a` says one kind: {DECLARED} (`queu`; did you mean `queue`?)"),
        ("{}", f"4:6 resource `a` says one kind: {DECLARED}"),
        ("5", "4:6 resource `a` is a mapping (`key: value`), not a number"),
        ("", "4:3 resource `a` is a mapping (`key: value`), not nothing"),
        ("{queue: standrad}", "4:14 `queue` is one of standard, fifo, not `standrad`; did you mean `standard`?"),
        ("{queue: }", "4:7 a queue is `standard` or `fifo`"),
        ("{queue: standard, vissibility: 3}", "4:24 unknown key `vissibility` in a queue; did you mean `visibility`?"),
        ("{queue: standard, visibility: 99999}", "4:36 `visibility` is from 0 to 43200 seconds, not 99999"),
        ("{queue: standard, visibility: 1.5}", "4:36 `visibility` is whole seconds"),
        ("{queue: standard, retention: 5}", "4:35 `retention` is from 60 to 1209600 seconds, not 5"),
        ("{queue: standard, max_size: 10}", "4:34 `max_size` is from 1024 to 1048576, not 10"),
        ("{queue: standard, dedup: content}", "4:24 `dedup` is for fifo queues only"),
        ("{queue: fifo, throughput: group}", "4:32 `throughput: group` needs `dedup_scope: group`"),
        ("{queue: standard, sse: true, kms_key: k}", "4:29 a queue is encrypted by `kms_key` or by `sse`, not by both"),
        ("{queue: standard, dead_letter: {after: 3}}", "4:37 `dead_letter` has no `to`"),
        ("{queue: standard, dead_letter: {to: b, after: 0}}", "4:52 `after` is from 1 to 1000, not 0"),
        ("{queue: standard, dead_letter: {to: c}}", "4:42 no resource `c` in this lab"),
        ("{queue: standard, dead_letter: {to: f}}",
         "4:42 the dead-letter queue of a Standard queue is Standard too; `f` is not"),
        ("{queue: fifo, dead_letter: {to: b}}", "4:38 the dead-letter queue of a FIFO queue is FIFO too; `b` is not"),
        ("{queue: standard, dead_letters_from: [nope]}", "4:43 no resource `nope` in this lab"),
        ("{queue: standard, policy: text}", "4:32 `policy` is a mapping (`key: value`), not text"),
    ],
)  # fmt: skip
def test_a_wrong_declaration_is_said_where_it_stands(mistakes: Mistakes, declaration: str, said: str) -> None:
    text = f"lab: t\ntitle: T\nresources:\n  a: {declaration}\n  b: {{queue: standard}}\n  f: {{queue: fifo}}\n"
    assert mistakes(text + "steps: [{wait: 1s}]\n") == [said]


# --- exactly one verb a step


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", f"8:3 step 2 has no verb ({VERBS})"),
        ("say: x", f"8:3 step 2 has no verb ({VERBS})"),
        ("creat: [orders]", "8:4 step 2 has no verb; `creat` is none; did you mean `create`?"),
        ("say: x, xyzzy: 1", f"8:12 step 2 has no verb ({VERBS}); `xyzzy` is none"),
        ("create: [orders], delete: [orders]", "8:3 step 2 has 2 verbs (create, delete): one a step"),
        ("create: [orders], do: sqs.list_queues, wait: 1s", "8:3 step 2 has 3 verbs (create, do, wait): one a step"),
    ],
)
def test_a_step_has_exactly_one_verb(step: Mistakes, text: str, said: str) -> None:
    assert step(text) == [said]


@pytest.mark.parametrize("item", ["5", "text", "[a]", "~", "true"])
def test_a_step_is_a_mapping(steps: Mistakes, item: str) -> None:
    (said,) = steps(f"- {item}\n")
    assert said.startswith("8:")
    assert "step 2 is a mapping (`key: value`), not" in said


@pytest.mark.parametrize("verb", VERBS.split(", "))
@pytest.mark.parametrize("nothing", ["", "[]", "{}", "''"])
def test_a_verb_that_says_nothing_is_said_once(step: Mistakes, verb: str, nothing: str) -> None:
    (said,) = step(f"{verb}: {nothing}")
    assert said.endswith(f"`{verb}` is empty: say what")


# --- modifiers


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("wait: 1s, tilte: x", "8:14 unknown key `tilte` in step 2; did you mean `title`?"),
        ("wait: 1s, title: 5", '8:21 `title` is text: quote it ("5")'),
        ("wait: 1s, id: [a]", "8:18 `id` is text, not a list"),
        ("wait: 1s, within: 3s", "8:14 `wait` takes no `within`"),
        ("create: [orders], within: 3s", "8:22 `create` takes no `within`"),
        ("send: {to: orders, bodies: [a]}, fails: X", "8:37 `send` takes no `fails`"),
        ("wait: 1s, differs: {lokal: x}", "8:24 `differs` is said for `local`, `aws` or `aws-like`, not `lokal`"),
        ("wait: 1s, differs: {aws: 5}", "8:29 `differs` is text, not a number"),
        ("wait: 1s, save: {a b: waited}", "8:21 `a b` cannot be a saved name"),
        ("wait: 1s, save: {run: waited}", "8:21 `run` cannot be a saved name"),
        ("wait: 1s, save: {orders: waited}", "8:21 `orders` is a resource: save under another name"),
        ("wait: 1s, save: {a: 5}", "8:24 `save` takes JMESPath, not a number"),
        ("wait: 1s, save: {a: 'x['}", "8:24 `x[` is not a JMESPath: it ends too soon"),
        ("wait: 1s, expect: [a]", "8:22 `expect` is a mapping (`key: value`), not a list"),
        ("wait: 1s, show: 5", "8:20 `show` lists JMESPath, `heading: JMESPath` or a view"),
        ("wait: 1s, show: [a: 5]", "8:21 `show` lists JMESPath, `heading: JMESPath` or a view"),
        ("wait: 1s, show: ['x[']", "8:21 `x[` is not a JMESPath: it ends too soon"),
        ("wait: 1s, show: [waited, b: 'x[']", "8:32 `x[` is not a JMESPath: it ends too soon"),
        ("do: sqs.list_queues, show: [QueueUrls, depht]", "8:43 no view `depht`; did you mean `depth`?"),
        ("do: sqs.list_queues, show: [url: QueueUrl]",
         "8:37 `QueueUrl`: the answer has no `QueueUrl`; did you mean `QueueUrls`?"),
        ("wait: {lokal: 1s}", "8:11 unknown key `lokal` in `wait`; did you mean `local`?"),
        ("wait: soon", "8:10 `wait` is a time such as 3s, 0.5s or 2m, not `soon`"),
        ("wait: 1000s", "8:10 `wait` is from 0 to 900 seconds, not 1000"),
    ],
)  # fmt: skip
def test_a_wrong_modifier_is_said_where_it_stands(step: Mistakes, text: str, said: str) -> None:
    assert step(text) == [said]


def test_ids_are_unique_and_no_numbers(steps: Mistakes) -> None:
    text = "- {wait: 1s, id: a}\n- {wait: 1s, id: b}\n- {wait: 1s, id: a}\n- {wait: 1s, id: '2'}\n"
    assert steps(text) == [
        "10:18 two steps have the id `a` (step 2 too)",
        "11:18 `2` is the number of a step: give an id with letters",
    ]


# --- blocks


@pytest.mark.parametrize("block", ["in_order", "together"])
def test_a_block_holds_named_steps(step: Mistakes, block: str) -> None:
    at = 6 + len(block)
    assert step(f"{block}: [a]")[0].endswith(f"`{block}` is a mapping (`key: value`), not a list")
    assert step(f"{block}: {{a b: {{wait: 1s}}}}") == [f"8:{at + 1} `a b` cannot be a step's name"]
    for taken in ("calls", "seconds", "error"):
        said = f"`{taken}` cannot be a step's name here: every step gives `{taken}` itself"
        assert step(f"{block}: {{{taken}: {{wait: 1s}}}}") == [f"8:{at + 1} {said}"]
    assert step(f"{block}: {{depth: {{wait: 1s}}}}") == []
    assert step(f"{block}: {{a: 5}}") == [f"8:{at + 4} step 2.a is a mapping (`key: value`), not a number"]
    assert step(f"{block}: {{a: {{}}}}") == [f"8:{at + 1} step 2.a has no verb ({VERBS})"]
    assert step(f"{block}: {{a: {{wait: 1s, ask: x}}}}")[0].split(" ", 1)[1].startswith(
        "unknown key `ask` in step 2.a; it has"
    )  # fmt: skip
    assert step(f"{block}: {{a: {{wait: 1s}}}}, expect: {{b.waited: 1}}")[0].endswith(
        "`b.waited`: the step has no `b`; it has a, calls, seconds"
    )


def test_blocks_stand_inside_blocks(step: Mistakes) -> None:
    assert step("in_order: {a: {together: {b: {wait: 1s}}}}, expect: {a.b.waited: 1, a.seconds: {lt: 9}}") == []


# --- matrix

ONE_VARIABLE = "`matrix` is one variable and a list of one to eight values: {q: [orders, pay]}"


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        ("{q: orders}", f"8:16 {ONE_VARIABLE}"),
        ("{q: []}", f"8:16 {ONE_VARIABLE}"),
        ("{q: [1, 2, 3, 4, 5, 6, 7, 8, 9]}", f"8:16 {ONE_VARIABLE}"),
        ("{q: [orders], r: [pay]}", f"8:16 {ONE_VARIABLE}"),
        ("{}", f"8:12 {ONE_VARIABLE}"),
        ("{q: [orders, orders]}", "8:16 the values of a matrix are different texts or numbers"),
        ("{q: [1, '1']}", "8:16 the values of a matrix are different texts or numbers"),
        ("{q: [[a]]}", "8:16 the values of a matrix are different texts or numbers"),
        ("{q: [{a: b}]}", "8:16 the values of a matrix are different texts or numbers"),
        ("{q: [null]}", "8:16 the values of a matrix are different texts or numbers"),
        ("{orders: [a]}", "8:13 `orders` cannot be a matrix variable: the name is taken"),
        ("{run: [a]}", "8:13 `run` cannot be a matrix variable: the name is taken"),
        ("{a b: [a]}", "8:13 `a b` cannot be a matrix variable: up to 32 letters, digits and _, from a letter"),
    ],
)
def test_a_matrix_is_one_variable_and_its_values(step: Mistakes, matrix: str, said: str) -> None:
    assert step(f"matrix: {matrix}, send: {{to: orders, bodies: ['a ${{q}} ${{q.url}}']}}")[0] == said


def test_a_value_stands_in_the_place_of_its_variable(step: Mistakes) -> None:
    assert step("matrix: {q: [orders, pay]}, create: ['${q}']") == []
    assert step("matrix: {q: [orders, pay]}, do: sqs.get_queue_attributes, with: {QueueUrl: '${q.url}'}") == []
    assert step("matrix: {n: [1, 2]}, do: sqs.receive_message, "
                "with: {QueueUrl: '${orders.url}', MaxNumberOfMessages: '${n}'}") == []  # fmt: skip
    assert step("matrix: {q: [orders, pey]}, create: ['${q}']") == [
        "8:41 no resource `pey` in this lab; did you mean `pay`?"
    ]


def test_a_mistake_in_every_arm_is_said_for_each_value_it_is_one_for(step: Mistakes) -> None:
    assert step("matrix: {q: [orders, pay]}, wait: 1s, tilte: x") == [
        "8:42 unknown key `tilte` in step 2[orders]; did you mean `title`?",
        "8:42 unknown key `tilte` in step 2[pay]; did you mean `title`?",
    ]


def test_the_document_of_a_matrix_is_known_by_its_values(step: Mistakes) -> None:
    run = "matrix: {q: [orders, dlq]}, in_order: {fill: {send: {to: '${q}', bodies: [a]}}}"
    assert step(run + ", expect: {orders.fill.sent_count: 1, dlq.fill.ids: {present: true}}") == []
    assert step(run + ", expect: {order.fill.sent_count: 1}") == [
        "8:94 `order.fill.sent_count`: the step has no `order`; did you mean `orders`?"
    ]
    assert step(run + ", show: [fill.sent_count, fil.ids]") == [
        "8:109 `fil.ids`: the step has no `fil`; did you mean `fill`?"
    ]


def test_within_in_a_matrix_belongs_inside(step: Mistakes) -> None:
    text = "matrix: {q: [orders, pay]}, do: sqs.get_queue_attributes, with: {QueueUrl: '${q.url}'}, within: 3s"
    assert step(text + ", expect: {orders.Attributes: {present: true}}") == [
        "8:92 in a matrix, `within` belongs to a named step inside `in_order`"
    ]


def test_a_person_is_asked_one_thing_at_a_time(step: Mistakes) -> None:
    two = "either: {yes: {wait: 1s}, no: {wait: 2s}}"
    assert step(f"in_order: {{ask: {{{two}}}}}") == []
    assert step("either: {yes: {wait: 1s}}") == [
        "8:12 `either` holds two or more named steps: a person takes one of them"
    ]
    assert step(f"together: {{ask: {{{two}}}, work: {{wait: 1s}}}}") == []  # it is asked before they begin
    (said,) = step(f"matrix: {{n: [1, 2]}}, in_order: {{ask: {{{two}}}}}")[:1]
    assert said.endswith("`either` asks a person, and cannot stand in a matrix")


def test_what_was_chosen_can_be_expected(step: Mistakes) -> None:
    assert step("either: {yes: {wait: 1s}, no: {wait: 2s}}, expect: {chosen: yes, yes.waited: 1}") == []
