"""Reading ``tasks:`` of a lab file: what a learner builds by hand, and what helps on the way.

The resources of all tasks of a day stand in one world of their own, apart from those of its steps.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from labcli.lab.calls import read_call, read_called
from labcli.lab.declared import read_resources
from labcli.lab.language import Language
from labcli.lab.model import Near, ResourceSpec, Step, Task
from labcli.lab.reader import Findings, Reader
from labcli.lab.steps import RESERVED, StepReader
from labcli.rules.near import nearest

MOST_TASKS = 20
HINTS = 3
MOST_NEAR = 20
"""Near misses of one check, one proof or one task."""
_ID = re.compile(r"[a-z][a-z0-9_]{0,31}")


def read_tasks(root: Reader, language: Language) -> tuple[Task, ...]:
    """The tasks of a lab, in the order of the file."""
    items = root.items("tasks")
    if len(items) > MOST_TASKS:
        root.bad("tasks", f"a day has at most {MOST_TASKS} tasks, not {len(items)}")
    found: list[Task] = []
    for index, item in enumerate(items[:MOST_TASKS]):
        reader = Reader(item, (*root.at("tasks"), index), root.findings, f"task {index + 1}")
        if reader.whole:
            found.append(_TaskReader(reader, language, found).read(index + 1))
    return tuple(found)


def read_task(reader: Reader, language: Language) -> Task:
    """One task by itself."""
    return _TaskReader(reader, language, []).read(1)


class _TaskReader:
    """Reads one task; it knows those before it."""

    def __init__(self, reader: Reader, language: Language, before: list[Task]) -> None:
        self.reader = reader
        self.language = language
        self.before = before
        self.findings: Findings = reader.findings
        self.near: dict[str, tuple[Near, ...]] = {}

    def read(self, number: int) -> Task:
        """The task; what is wrong with it is in the findings."""
        reader = self.reader
        id_ = self._id()
        reader.what = f"task `{id_}`" if id_ else reader.what
        others = {name: spec for task in self.before for name, spec in {**task.resources, **task.yours}.items()}
        resources = self._resources(others)
        mine = {name: spec for task in self.before for name, spec in task.yours.items()}
        yours = read_resources(reader, "yours", self.language, {**others, **resources, **mine})
        taken = frozenset({**others, **resources, **yours}) | RESERVED
        steps = {key: self._steps(key, taken) for key in ("given", "checks", "proof", "solution")}
        if near := self._nears(reader, taken, "near"):
            self.near[""] = near
        hints = reader.texts("hints")
        if len(hints) != HINTS:
            said = "`hints` are three: each says more, the last is nearly the answer"
            self.findings.add(reader.at("hints") if reader.has("hints") else reader.where, said)
        task = Task(
            id=id_, number=number, where=reader.where, needs=self._needs(), resources=resources, yours=yours,
            title=reader.text("title", required=True), text=reader.text("text", required=True),
            calls=tuple(read_called(item, (*reader.at("calls"), n), self.findings)
                        for n, item in enumerate(reader.items("calls"))),
            allows=self._allows(), gone=reader.texts("gone"), near=self.near, hints=hints,
            because=reader.text("because"), **steps,
        )  # fmt: skip
        reader.done()
        self._whole(task)
        return task

    def _id(self) -> str:
        reader = self.reader
        id_ = reader.text("task", required=True)
        if id_ and not _ID.fullmatch(id_):
            reader.bad("task", f"a task's id is up to 32 small letters, digits and _, from a letter, not `{id_}`")
        if any(task.id == id_ for task in self.before):
            reader.bad("task", f"two tasks have the id `{id_}`")
        return id_

    def _needs(self) -> tuple[str, ...]:
        known = [task.id for task in self.before]
        for index, name in enumerate(needs := self.reader.texts("needs")):
            if name not in known:
                near = nearest(name, known)
                said = f"no task `{name}` before this one{near}"
                self.findings.add((*self.reader.at("needs"), index), said)
        return needs

    def _resources(self, others: Mapping[str, ResourceSpec]) -> dict[str, ResourceSpec]:
        found = read_resources(self.reader, "resources", self.language)
        for name in found:
            if name in others:
                said = f"`{name}` is declared by a task before this one: give it another name"
                self.findings.add((*self.reader.at("resources"), name), said, key=True)
        return found

    def _steps(self, key: str, taken: frozenset[str]) -> tuple[Step, ...]:
        """The steps under a key; beside a check or a proof stand its near misses."""
        found = []
        for index, item in enumerate(self.reader.items(key)):
            where, number = (*self.reader.at(key), index), f"{key.removesuffix('s')} {index + 1}"
            step = item
            if key in ("checks", "proof") and isinstance(item, dict) and "near" in item:
                self.near[number] = self._nears(Reader(item, where, self.findings, number), taken, "near")
                step = {name: value for name, value in item.items() if name != "near"}
            found.append(StepReader(self.language, self.findings, taken, check=True).top(step, where, number))
        return tuple(found)

    def _nears(self, around: Reader, taken: frozenset[str], key: str) -> tuple[Near, ...]:
        items = around.items(key)
        if len(items) > MOST_NEAR:
            around.bad(key, f"`{key}` has at most {MOST_NEAR} near misses, not {len(items)}")
        return tuple(self._near(item, (*around.at(key), n), taken) for n, item in enumerate(items[:MOST_NEAR]))

    def _near(self, item: Any, where: tuple[str | int, ...], taken: frozenset[str]) -> Near:
        reader = Reader(item, where, self.findings, "a near miss")
        say, ways = reader.text("say", required=True), [way for way in ("when", "do", "call") if reader.has(way)]
        if reader.whole and (not ways or {"do", "call"} <= {*ways}):
            said = "a near miss is met by `when` (what was seen), `do` (a read) or `call` (a call of the learner's)"
            self.findings.add(where, said)
            return Near(say, where)
        when = reader.mapping("when")
        if "do" in ways:
            data = {name: value for name, value in reader.data.items() if name not in ("say", "when")}
            step = StepReader(self.language, self.findings, taken, check=True).one(data, where, "near", "near")
            return Near(say, where, when, do=step)
        if "call" in ways:
            return Near(say, where, when, call=read_call(reader, reader.text("call"), "call", anything=True))
        reader.done()
        return Near(say, where, when=when)

    def _allows(self) -> tuple[Mapping[str, Any], ...]:
        """What policies must mean; the names in it are checked with the rest of the lab."""
        found = []
        for index, item in enumerate(self.reader.items("allows")):
            reader = Reader(item, (*self.reader.at("allows"), index), self.findings, "an entry of `allows`")
            if reader.has("role"):
                rule: dict[str, Any] = {"role": reader.text("role"), "may": list(reader.texts("may"))}
                rule["only"] = reader.flag("only", False)
            else:
                rule = {"topic": reader.text("topic", required=True), "to": reader.text("to", required=True)}
            rule["not"] = reader.flag("not", False)
            reader.done()
            found.append(rule)
        return tuple(found)

    def _whole(self, task: Task) -> None:
        """A task is seen to be done by something, and somebody has proved that it can be."""
        if not (task.yours or task.checks or task.proof or task.gone or task.allows):
            said = "nothing shows that it is done: `yours`, `checks`, `proof`, `gone` or `allows`; AWS shows no calls"
            self.findings.add(task.where, f"{self.reader.what}: {said}")
        if not task.solution:
            self.findings.add(task.where, f"{self.reader.what} has no `solution`: the steps that do it")
        if not task.because:
            self.findings.add(task.where, f"{self.reader.what} has no `because`: what is said when it is done")
