"""Reading the calls of a learner's that a task wants, or that its author foresaw as a near miss."""

from __future__ import annotations

from typing import Any

from labcli.lab.model import Called, CallSpec, Where
from labcli.lab.reader import Findings, Reader

_KEYS = ("title", "any", "early")
NOWHERE = CallSpec("", "")


def read_called(item: Any, where: Where, findings: Findings) -> Called:
    """``sqs.send_message: {to: inbox, with: {…}, answer: {…}}``, or ``any: [ … ]`` of such; with a ``title``.

    ``early`` is what to say when it came before one that stands above it.
    """
    reader = Reader(item, where, findings, "a call")
    title, early = reader.text("title"), reader.text("early")
    if reader.has("any"):
        inner = [
            Reader(each, (*reader.at("any"), index), findings, "a call")
            for index, each in enumerate(reader.items("any"))
        ]
        reader.done()
        return Called(title, tuple(_one(each) for each in inner), where, early)
    return Called(title, (_one(reader),), where, early)


def _one(reader: Reader) -> CallSpec:
    """A mapping of one operation."""
    names = [key for key in reader.data if key not in _KEYS]
    if reader.whole and len(names) != 1:
        reader.findings.add(reader.where, "a call is one operation: `sqs.send_message: {to: inbox}`")
    if not reader.whole or len(names) != 1:
        return NOWHERE._replace(where=reader.where)
    inner = Reader(reader.raw(names[0]) or {}, reader.at(names[0]), reader.findings, f"`{names[0]}`")
    reader.done(_KEYS)
    return read_call(inner, names[0], "")


def read_call(reader: Reader, said: str, key: str, anything: bool = False) -> CallSpec:
    """The rest of a call whose operation is ``said``. ``anything``: a failed one may be meant (``error``)."""
    service, _, operation = said.partition(".")
    where = reader.at(key) if key else reader.where
    if not (service and operation):
        reader.findings.add(
            where, f"a call is service.operation as in boto3, such as sqs.send_message, not `{said}`", key=True
        )
    found = CallSpec(
        service=service, operation=operation, to=reader.text("to") or reader.text("of"), params=reader.mapping("with"),
        answer=reader.mapping("answer"), error=reader.text("error") if anything else "", where=where,
    )  # fmt: skip
    reader.done(("say",) if anything else ())
    return found
