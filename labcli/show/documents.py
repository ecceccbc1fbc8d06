"""Documents for machines: exactly one JSON document a command, versioned, described in docs/json.md."""

from __future__ import annotations

import json
from dataclasses import asdict, is_dataclass
from typing import Any

from labcli import __version__
from labcli.context import Context
from labcli.errors import LabcliError
from labcli.lab.problem import LabInvalid
from labcli.machines.picture import Bars, Node, Timeline, TimelineState, Tree
from labcli.run.events import Ended, Event, Note, Outcome, Started
from labcli.steps.evidence.evidence import Evidence, Plot, Several, Table

VERSION = 1
"""The version of all documents. It changes when a field goes or changes its meaning, not when one comes."""


def document(called: str, /, exit_code: int, **body: Any) -> dict[str, Any]:
    """The envelope of every document."""
    return {"labcli": __version__, "document": called, "version": VERSION, "exit_code": int(exit_code), **body}


def write(context: Context, body: dict[str, Any]) -> None:
    """Write a document on stdout; of the AWS-like mode it says so."""
    from labcli.show.screen import Screen

    if context.aws_like is not None:
        body["simulated"] = {"seed": context.aws_like}
    Screen(context).write(json.dumps(body, ensure_ascii=True, indent=2, default=_plain) + "\n")


def error_document(error: LabcliError) -> dict[str, Any]:
    """What went wrong, where there is nothing else to say."""
    said: dict[str, Any] = {"message": error.message, "hint": error.hint}
    if isinstance(error, LabInvalid):
        said["problems"] = [problem._asdict() for problem in error.problems]
    return document("error", error.exit_code, error=said)


def _plain(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


class RunDocument:
    """Collects the events of a run and writes them as one document when it ends, however it ends."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._notes: list[str] = []
        self._started: Started | None = None

    def __call__(self, event: Event) -> None:
        """Take an event."""
        if isinstance(event, Note):
            self._notes.append(event.text)
        elif isinstance(event, Started):
            self._started = event
        elif isinstance(event, Ended):
            write(self._context, self._document(event))

    def _document(self, ended: Ended) -> dict[str, Any]:
        lab, target = ended.lab, ended.target
        return document(
            "run", ended.exit_code,
            run=ended.run, lab={"id": lab.id, "title": lab.title, "week": lab.week, "file": lab.file},
            target={"name": target.name, "account": target.place.account, "region": target.place.region},
            state=ended.state, seconds=ended.seconds, calls=ended.calls, cost_on_aws=ended.cost,
            stopped_at=ended.stopped_at or None, notes=self._notes,
            steps=[_step(outcome) for outcome in ended.outcomes],
            made_first=dict(ended.made_first),
            live=[{"name": e.name, "kind": e.kind, "aws_name": e.aws_name, "sure": e.sure} for e in ended.live],
        )  # fmt: skip


def _step(outcome: Outcome) -> dict[str, Any]:
    step = outcome.step
    return {
        "number": step.number, "id": step.id or None, "title": step.title, "verb": step.verb, "state": outcome.state,
        "seconds": outcome.seconds, "calls": outcome.calls, "tries": outcome.tries,
        "expectations": [
            {"path": h.path, "expected": h.expected, "seen": h.seen, "held": h.met} for h in outcome.expectations
        ],
        "evidence": _evidence(outcome.evidence), "error": outcome.error or None, "near": outcome.near or None,
    }  # fmt: skip


def _evidence(evidence: Evidence | None) -> dict[str, Any] | None:
    if isinstance(evidence, Table):
        return {"columns": list(evidence.columns), "rows": [list(row) for row in evidence.rows]}
    if isinstance(evidence, Plot):
        return {"title": evidence.title, "points": [list(p) for p in evidence.points], "notes": list(evidence.notes)}
    if isinstance(evidence, Several):
        return {"parts": [_evidence(part) for part in evidence.parts]}
    return picture(evidence) if evidence is not None else None


def picture(evidence: Timeline | Bars | Tree) -> dict[str, Any]:
    """A picture as data: the rows of a timeline, the bars, the nodes of a tree."""
    if isinstance(evidence, Timeline):
        return {
            "executions": [
                {
                    "label": each.label, "name": each.name, "status": each.status, "seconds": each.seconds,
                    "error": each.error or None, "input": each.input, "output": each.output,
                    "rows": [row for state in each.states for row in _rows(state, ())],
                }
                for each in evidence.executions
            ]
        }  # fmt: skip
    if isinstance(evidence, Bars):
        bars = [bar._asdict() for bar in evidence.bars]
        return {"title": evidence.title, "bars": bars, "work": evidence.work, "elapsed": evidence.elapsed}
    return {"title": evidence.title, "nodes": [_node(node) for node in evidence.nodes]}


def _rows(state: TimelineState, inside: tuple[str, ...]) -> list[dict[str, Any]]:
    """A state of a timeline and those inside it; ``in`` names the states and branches around it."""
    own = {
        "state": state.name, "type": state.type, "status": state.status, "start": state.start,
        "seconds": state.seconds, "attempts": [each._asdict() for each in state.tries], "what": state.what,
        "notes": list(state.under), "in": list(inside),
    }  # fmt: skip
    return [own, *(row for each in state.inside for row in _rows(each, (*inside, state.name)))]


def _node(node: Node) -> dict[str, Any]:
    return {
        "name": node.name, "what": node.what, "mark": node.mark, "notes": list(node.under),
        "inside": [_node(each) for each in node.inside],
    }  # fmt: skip
