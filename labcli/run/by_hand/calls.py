"""The calls that a task wants, found among those that the learner made."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from labcli.aws.trail import TrailCall, singles
from labcli.lab.expect import look
from labcli.lab.model import Called, CallSpec


class Seen(NamedTuple):
    """A wanted call, and the call that was it; else one that was it too early, or the last one like it that failed."""

    wanted: Called
    call: TrailCall | None = None
    failed: TrailCall | None = None
    early: TrailCall | None = None
    """It was made, but before a call that is wanted before it."""


Names = Callable[[str], Iterable[str]]
"""All that a resource is called: its name, its URL, its ARN, as far as they are known."""


def find_calls(wanted: Iterable[Called], made: Iterable[TrailCall], names: Names) -> list[Seen]:
    """Each wanted call with the one that was it, in this order, with others between them.

    Calls of one operation that stand beside each other may come in any order: no one of them needs another.
    """
    singled = [each for call in made for each in singles(call)]
    found: list[Seen] = []
    at = 0
    for group in _groups(wanted):
        taken: list[int] = []
        for called in group:
            fits = (n for n in range(at, len(singled)) if n not in taken and is_it(singled[n], called, names))
            number = next(fits, None)
            if number is None:
                early = next((each for each in singled[:at] if is_it(each, called, names)), None)
                found.append(Seen(called, failed=_failed(called, singled, names), early=early))
            else:
                taken.append(number)
                found.append(Seen(called, singled[number]))
        at = max(taken, default=at - 1) + 1
    return found


def _groups(wanted: Iterable[Called]) -> list[list[Called]]:
    groups: list[list[Called]] = []
    for called in wanted:
        of = {str(each) for each in called.any}
        if groups and {str(each) for each in groups[-1][0].any} == of:
            groups[-1].append(called)
        else:
            groups.append([called])
    return groups


def is_it(call: TrailCall, called: Called, names: Names) -> bool:
    """Whether a call was one of the wanted."""
    return any(matches(call, spec, names) for spec in called.any)


def matches(call: TrailCall, spec: CallSpec, names: Names) -> bool:
    """Whether a call is as described: its operation, what it is about, how it ended, its parameters and answer."""
    if (call.service, call.operation) != (spec.service, spec.operation):
        return False
    if spec.error and (call.ok or spec.error not in ("*", call.error, call.error.rpartition(".")[2])):
        return False  # SQS says AWS.SimpleQueueService.QueueDeletedRecently
    if not spec.error and not call.ok:
        return False
    if spec.to and not about(call, names(spec.to)):
        return False
    return _hold(spec.params, call.params) and _hold(spec.answer, call.answer)


def about(call: TrailCall, names: Iterable[str]) -> bool:
    """Whether a call names a thing: by its name, its URL, its ARN, or the ARN of an execution of it."""
    said = [value for value in _texts(call.params) if value]
    return any(text == name or re.search(rf"[:/]{re.escape(name)}(?:$|[:/])", text) for name in names for text in said)


def _texts(data: Any) -> list[str]:
    if isinstance(data, Mapping):
        return [text for each in data.values() for text in _texts(each)]
    return [data] if isinstance(data, str) else []


def _hold(matchers: Mapping[str, Any], document: Any) -> bool:
    return all(each.met for each in look(matchers, document))


def _failed(called: Called, made: list[TrailCall], names: Names) -> TrailCall | None:
    """The last call of the wanted operations that AWS refused."""
    like = {(spec.service, spec.operation) for spec in called.any}
    return next((each for each in reversed(made) if not each.ok and (each.service, each.operation) in like), None)
