"""``may``: what a function or a state machine is allowed to do, as a lab says it, and the IAM policy that it becomes.

Actions: Service Authorization Reference of each service; for ``consume`` the three that Lambda asks of the role of an
event source mapping (AWSLambdaSQSQueueExecutionRole, narrowed to the queue).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from labcli.aws.resources.base import Fill
from labcli.lab.model import ResourceSpec, Where
from labcli.lab.reader import Findings, Reader
from labcli.rules.near import nearest


class _Word(NamedTuple):
    kind: str
    actions: tuple[str, ...]


WORDS: Mapping[str, _Word] = {
    "invoke": _Word("function", ("lambda:InvokeFunction",)),
    "send": _Word("queue", ("sqs:SendMessage",)),
    "consume": _Word("queue", ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")),
    "publish": _Word("topic", ("sns:Publish",)),
    "execute": _Word("machine", ("states:StartExecution",)),
}
"""What may be allowed, the kind of resource that it is about, and the IAM actions."""

_MAY = re.compile(r"([a-z]+) +([A-Za-z][A-Za-z0-9_.]*)")


class Grant(NamedTuple):
    """``send orders``."""

    word: str
    to: str

    def __str__(self) -> str:
        return f"{self.word} {self.to}"


def read_may(declaration: Reader) -> tuple[Grant, ...]:
    """Read ``may: [invoke ProcessStep1, send orders]``."""
    found = []
    for index, text in enumerate(declaration.texts("may")):
        match = _MAY.fullmatch(text.strip())
        where = (*declaration.at("may"), index)
        if match is None or match[1] not in WORDS:
            word = text.split(" ")[0]
            near = nearest(word, WORDS) or f": {', '.join(WORDS)}"
            declaration.findings.add(where, f"`may` lists what and which, such as `send orders`, not `{text}`{near}")
            continue
        found.append(Grant(match[1], match[2]))
    return tuple(found)


def check_may(may: tuple[Grant, ...], others: Mapping[str, ResourceSpec], where: Where, findings: Findings) -> None:
    """Report grants to what does not exist, or is of another kind. A lab's that is needed is checked by the step."""
    for index, grant in enumerate(may):
        other = others.get(grant.to)
        at = (*where, "may", index)
        if other is None:
            findings.add(at, f"no resource `{grant.to}` in this lab{nearest(grant.to, others)}")
        elif other.kind != WORDS[grant.word].kind:
            findings.add(at, f"`{grant.word}` is about a {WORDS[grant.word].kind}; `{grant.to}` is a {other.kind}")


def statements(may: tuple[Grant, ...], fill: Fill) -> list[dict[str, Any]]:
    """The statements of the policy, one for each grant, each about one resource."""
    found = []
    for grant in may:
        arn = fill(f"${{{grant.to}.arn}}")
        resource: Any = [arn, f"{arn}:*"] if grant.word == "invoke" else arn  # :* are its versions and aliases
        found.append({"Effect": "Allow", "Action": list(WORDS[grant.word].actions), "Resource": resource})
    return found


def policy(of: list[dict[str, Any]]) -> dict[str, Any]:
    """A policy document of these statements."""
    return {"Version": "2012-10-17", "Statement": of}
