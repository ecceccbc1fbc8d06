"""``may``: what a function or a state machine is allowed to do, as a lab says it, and the IAM policy that it becomes.

Actions: Service Authorization Reference of each service; for ``log`` those of AWSLambdaBasicExecutionRole, narrowed to
the function's log group; for ``consume`` the three that Lambda asks of the role of an
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

LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
"""What a function's role needs to write its log."""


class _Word(NamedTuple):
    kind: str
    actions: tuple[str, ...]
    said: str
    """How a sentence goes on after ``may``."""
    attribute: str = "arn"
    """Which ARN of the resource it is about."""
    inside: bool = False
    """Whether what stands behind the ARN and a colon is meant as well."""


WORDS: Mapping[str, _Word] = {
    "invoke": _Word("function", ("lambda:InvokeFunction",), "invoke", inside=True),  # its versions and aliases
    "send": _Word("queue", ("sqs:SendMessage",), "send to"),
    "consume": _Word("queue", ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"), "take from"),
    "publish": _Word("topic", ("sns:Publish",), "publish to"),
    "execute": _Word("machine", ("states:StartExecution",), "start"),
    "log": _Word("function", LOGS, "write the log of", "log_group_arn", True),  # its streams
}
"""What may be allowed, the kind of resource that it is about, and the IAM actions."""

_MAY = re.compile(r"([a-z]+) +([A-Za-z][A-Za-z0-9_.]*)")


class Grant(NamedTuple):
    """``send orders``."""

    word: str
    to: str

    def __str__(self) -> str:
        return f"{self.word} {self.to}"

    @property
    def said(self) -> str:
        """``send to orders``."""
        return f"{WORDS[self.word].said} {self.to}"

    @property
    def about(self) -> str:
        """The reference to the ARN that it is about."""
        return f"${{{self.to}.{WORDS[self.word].attribute}}}"


def grant_of(text: str) -> Grant | None:
    """``send orders`` as data, None when it is no grant."""
    match = _MAY.fullmatch(text.strip())
    return Grant(match[1], match[2]) if match is not None and match[1] in WORDS else None


def read_may(declaration: Reader) -> tuple[Grant, ...]:
    """Read ``may: [invoke ProcessStep1, send orders]``."""
    found = []
    for index, text in enumerate(declaration.texts("may")):
        grant, where = grant_of(text), (*declaration.at("may"), index)
        if grant is None:
            word = text.split(" ")[0]
            near = nearest(word, WORDS) or f": {', '.join(WORDS)}"
            declaration.findings.add(where, f"`may` lists what and which, such as `send orders`, not `{text}`{near}")
            continue
        found.append(grant)
    return tuple(found)


def read_role(declaration: Reader) -> str:
    """Read ``role: hands``: a role of the lab in the place of one that comes along. That one says what it may do."""
    role = declaration.text("role")
    if role and declaration.has("may"):
        said = f"`{role}` says itself what it `may` do: `may` belongs to the role"
        declaration.findings.add(declaration.at("may"), said, key=True)
    return role


def check_role(role: str, service: str, others: Mapping[str, ResourceSpec], where: Where, findings: Findings) -> None:
    """Report a role that is not of the lab, is none, or is another service's."""
    other, at = others.get(role), (*where, "role")
    if not role:
        return
    if other is None or other.lab:
        findings.add(at, f"no resource `{role}` in this lab{nearest(role, others)}")
    elif other.kind != "role":
        findings.add(at, f"`{role}` is a {other.kind}, not a role")
    elif other.of:
        findings.add(at, f"`{role}` came along with `{other.of}`: declare a role, `{{role: …, may: […]}}`")
    elif other.props.service and other.props.service != service:
        findings.add(at, f"`{role}` is for {other.props.service}; {service} has to assume it here")


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
        arn = fill(grant.about)
        resource: Any = [arn, f"{arn}:*"] if WORDS[grant.word].inside else arn
        found.append({"Effect": "Allow", "Action": list(WORDS[grant.word].actions), "Resource": resource})
    return found


def policy(of: list[dict[str, Any]]) -> dict[str, Any]:
    """A policy document of these statements."""
    return {"Version": "2012-10-17", "Statement": of}
