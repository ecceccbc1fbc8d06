"""What the pictures of ``show`` are made of: an execution over time, branches side by side, a definition as a tree.

Made of the documents of steps, by the names of the arms or sub-steps that gave them (one without a name stands alone).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labcli.machines.definition import counted, every_state, from_json, kind_words, parsed, ways
from labcli.machines.executions import why
from labcli.machines.map_runs import history_of
from labcli.machines.picture import Bar, Bars, Timeline, TimelineExecution, TimelineState, TimelineTry, Tree
from labcli.machines.secrets import token_names, without_secrets
from labcli.machines.tree import tree_of
from labcli.machines.visits import Branch, History, Visit, is_history

Documents = Mapping[str, Mapping[str, Any]]
_FEW = 4
"""Ways not taken that are told."""


def timeline(documents: Documents) -> Timeline | None:
    """An execution over time: its states, attempts and branches, the rule that a Choice took, what went in and out."""
    executions = [executed(label, each) for label, each in documents.items() if is_history(each)]
    return Timeline(tuple(executions)) if executions else None


def branches(documents: Documents) -> Bars | None:
    """What ran at the same time: the branches of an execution, or several executions, on one scale of time."""
    told = {label: _read(each) for label, each in documents.items() if is_history(each)}
    if len(told) > 1:
        first = min(history.began for history in told.values())
        bars = [Bar(label, h.began - first, h.seconds, h.status) for label, h in told.items()]
        return _bars("executions", bars)
    for history in told.values():
        bars = [_branch_bar(branch) for branch in history.branches]
        if bars:
            named = dict.fromkeys(branch.of.name for branch in history.branches)
            return _bars(", ".join(named), bars)
        return _bars("states", [Bar(v.name, v.start, _took(v), v.status) for v in history.visits])
    return None


def tree(documents: Documents) -> Tree | None:
    """A state machine's definition: every way, what is retried, what is caught."""
    for label, document in documents.items():
        for name, definition in _definitions(document):
            if machine := parsed(definition):
                return tree_of(name or label or "definition", machine)
    return None


def fitting(picture: str, document: Mapping[str, Any], label: str = "", depth: int = 3) -> Iterator[tuple[str, Any]]:
    """The documents that a picture can be drawn from, by their names: this one, or those inside it."""
    fits = next(_definitions(document), None) is not None if picture == "tree" else is_history(document)
    if fits:
        yield label, document
    elif depth:
        for name, inner in document.items():
            if isinstance(inner, Mapping):
                yield from fitting(picture, inner, label or name, depth - 1)


def _definitions(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The definitions in a document: AWS's own field, or ``definitions`` by the names of machines."""
    several = document.get("definitions")
    if isinstance(several, Mapping):
        yield from several.items()
    if parsed(document.get("definition")):
        yield str(document.get("machine") or document.get("name") or ""), document["definition"]


def _read(document: Mapping[str, Any]) -> History:
    return history_of(document, parsed(document.get("definition")))


def executed(label: str, document: Mapping[str, Any]) -> TimelineExecution:
    """An execution, from the document of ``execute`` or from AWS's own history."""
    machine = parsed(document.get("definition"))
    history = history_of(document, machine)
    states = {name: state for name, state, _ in every_state(machine)}
    names = token_names(machine)
    status = document.get("status") or history.status
    output = document["output"] if "output" in document else from_json(history.output)
    return TimelineExecution(
        label, str(document.get("machine") or ""), status, history.seconds, tuple(_rows(history.visits, states)),
        input=without_secrets(document.get("input") or from_json(history.input), names),
        output=without_secrets(output, names),
        error="" if status in ("SUCCEEDED", "RUNNING") else _why(document, history),
    )  # fmt: skip


def _why(document: Mapping[str, Any], history: History) -> str:
    said = {"status": history.status, "error": history.error, "cause": from_json(history.cause or None)}
    said |= {key: document[key] for key in ("status", "error", "cause") if document.get(key)}
    return why({**said, "path": [visit.name for visit in history.visits]})


def _rows(
    visits: list[Visit], states: Mapping[str, Mapping[str, Any]], index: int | None = None
) -> list[TimelineState]:
    found = []
    for number, visit in enumerate(visits):
        after = visits[number + 1].name if number + 1 < len(visits) else ""
        state = states.get(visit.name, {})
        what, under = _choice(state, after) if visit.type == "Choice" and state else (_what(visit, state), [])
        if len(visit.attempts) > 1:
            under.append(f"{len(visit.attempts)} attempts, {_apart(visit.gaps)} s apart")
        if visit.error and visit.type != "Fail":
            under.append(f"{visit.error}, caught → {after}" if visit.caught and after else visit.error)
        under += visit.notes
        found.append(TimelineState(
            visit.name if index is None else f"{visit.name} [{index}]", visit.type, visit.status, visit.start,
            _took(visit), tuple(_tries(visit)), what, tuple(under), tuple(_inside(visit, states)),
        ))  # fmt: skip
    return found


def _apart(gaps: list[float]) -> str:
    """The seconds between attempts; of many only the first ones and the last."""
    said = [f"{gap:.1f}" for gap in gaps]
    return ", ".join(said if len(said) <= 6 else [*said[:4], "…", said[-1]])


def _took(visit: Visit) -> float | None:
    return None if visit.end is None else round(visit.end - visit.start, 3)


def _tries(visit: Visit) -> Iterator[TimelineTry]:
    for each in visit.attempts:
        end = visit.touched if each.end is None else each.end
        yield TimelineTry(each.start, round(end - each.start, 3), each.error)


def _choice(state: Mapping[str, Any], after: str) -> tuple[str, list[str]]:
    """The rule that was taken, and the ways that were not."""
    known = ways(state)
    taken = [way.said for way in known if way.to == after and not way.error]
    others = [f"○ {way.said} → {way.to}" for way in known if way.to != after and not way.error]
    if len(others) > _FEW:
        others = [*others[: _FEW - 1], f"○ {len(others) - _FEW + 1} more ways"]
    return (f"{' or '.join(taken)} → {after}" if taken else "Choice"), others


def _what(visit: Visit, state: Mapping[str, Any]) -> str:
    if visit.type == "Task":
        resource = visit.resource.removesuffix(".waitForTaskToken").removesuffix(".sync")
        if not resource:
            return kind_words(state) if state else "Task"
        return "Task → lambda" if resource == "lambda" else resource
    if visit.type in ("Parallel", "Map"):
        one, several = ("branch", "branches") if visit.type == "Parallel" else ("item", "items")
        count = len(visit.latest) if visit.length is None else visit.length
        return f"{visit.type} · {counted(count, one, several)}"
    return kind_words(state) if state else visit.type


def _inside(visit: Visit, states: Mapping[str, Mapping[str, Any]]) -> list[TimelineState]:
    """The branches of the last attempt; one of a single state is told by its state."""
    branches = sorted(visit.latest.values(), key=lambda branch: branch.index)
    told = all(branch.visits for branch in branches)
    if all(len(branch.visits) <= 1 for branch in branches) and (told or not visit.map_run):
        index = visit.type == "Map"
        return [row for b in branches for row in _rows(b.visits, states, b.index if index else None)]
    word = "child" if visit.map_run else "item" if visit.type == "Map" else "branch"
    return [
        TimelineState(
            f"{word} {branch.index}", "branch", branch.status, branch.start,
            None if branch.end is None else round(branch.end - branch.start, 3),
            inside=tuple(_rows(branch.visits, states)),
        )
        for branch in branches
    ]  # fmt: skip


def _branch_bar(branch: Branch) -> Bar:
    name = branch.visits[0].name if branch.visits else "child" if branch.of.map_run else "?"
    label = f"{name} [{branch.index}]" if branch.of.type == "Map" else name
    return Bar(label, branch.start, None if branch.end is None else round(branch.end - branch.start, 3), branch.status)


def _bars(title: str, bars: list[Bar]) -> Bars:
    first = min((bar.start for bar in bars), default=0.0)
    last = max((bar.start + (bar.seconds or 0.0) for bar in bars), default=0.0)
    moved = tuple(bar._replace(start=round(bar.start - first, 3)) for bar in bars)
    return Bars(title, moved, round(sum(bar.seconds or 0.0 for bar in bars), 3), round(last - first, 3))
