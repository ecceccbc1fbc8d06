"""What a script calls things: variables for what only AWS knows, names that begin with the script's prefix."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Iterator
from typing import Any

from labcli.aws.resources import KINDS
from labcli.aws.resources.base import Place
from labcli.aws.spoken.text import Names, Text, Var, joined
from labcli.lab import refs
from labcli.lab.model import Lab, ResourceSpec
from labcli.lab.refs import Ref
from labcli.run.plan.script.statements import Active, Ask, Await, Burst, Consume, Left, Statement, variable

_MARKS = {"\x01": "prefix", "\x02": "account", "\x03": "region"}
"""Stand in a name while a kind makes it, and become variables."""
_FROM_NAME = {"name": "name", "log_group": "log_group", "log_group_arn": "log_group_arn", "arn_by_name": "arn"}
"""What a name tells, and what its kind calls that; a script asks AWS for anything else."""
_TAKEN = frozenset({
    "prefix", "account", "region", "answer", "json", "time", "os", "sys", "boto3", "jmespath", "threading", "zipfile",
    "io", "sqs", "sns", "lambdas", "states", "iam", "logs", "tagging", "until", "eventually", "refused", "consume",
    "ended", "show", "packed", "settle", "worker", "botocore", "args", "error", "event", "foreach", "home", "host",
    "input", "matches", "null", "pid", "profile", "sender", "switch", "this", "true", "false", "list", "str", "print",
})  # fmt: skip
"""Names that mean something in a script, or in one of its languages."""


def safe(name: str) -> str:
    """A name that no language of ours has taken; PowerShell's are the same in small letters and in large ones."""
    return f"{name}_" if name.lower() in _TAKEN or keyword.iskeyword(name) else name


def names(lab: Lab) -> Names:
    """How a script of this lab says a reference."""

    def say(ref: Ref) -> Text:
        parts = [ref.root, *(str(each) for each in ref.path)]
        if parts == ["prefix"]:
            return (Var("prefix"),)
        for count in range(len(parts) - 1, 0, -1):
            name, attribute = ".".join(parts[:count]), ".".join(parts[count:])
            if (spec := lab.spec(name)) is not None:
                return _of(spec, attribute, lab)
        return (Var(safe(variable(*parts))),)

    return say


def _of(spec: ResourceSpec, attribute: str, lab: Lab) -> Text:
    if attribute not in _FROM_NAME:
        return (Var(safe(variable(spec.name, attribute))),)
    inside: Lab = lab.needed[spec.lab] if spec.lab else lab
    own = spec._replace(name=spec.name.removeprefix(f"{spec.lab}.")) if spec.lab else spec
    prefix = f"\x01-{spec.lab}" if spec.lab else "\x01"
    kind = KINDS[spec.kind]
    known = kind.predict(kind.aws_name(prefix, own, inside.resources), Place("\x02", "\x03"))
    pieces = re.split("([\x01\x02\x03])", known[_FROM_NAME[attribute]])
    return joined(Var(_MARKS[piece]) if piece in _MARKS else piece for piece in pieces)


def used(statements: Iterable[Statement], say: Names) -> set[str]:
    """The variables that some statement reads."""
    found: set[str] = set()
    for statement in statements:
        for data in _said(statement):
            for _, ref in refs.find(data):
                found |= {part.name for part in say(ref) if isinstance(part, Var)}
        if isinstance(statement, Await):
            found.add(safe(statement.execution))
    return found


def _said(statement: Statement) -> Iterator[Any]:
    match statement:
        case Ask():
            yield dict(statement.call.params)
            yield statement.until
        case Burst():
            yield dict(statement.call.params)
        case Consume():
            yield statement.queue, statement.dies, statement.fails
        case Active():
            yield statement.function
        case Left():
            yield [[dict(call.params), path] for call, path in statement.lists]
