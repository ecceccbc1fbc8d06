"""The tasks of a lab held against the world they will be done in: names, references, paths, calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from labcli.lab.aws import Catalog, Shape
from labcli.lab.check_step import check_declared, check_step, creates, reads_only
from labcli.lab.given import ANY, Given
from labcli.lab.language import LabScope, Language
from labcli.lab.model import CallSpec, Lab, ResourceSpec, Step, Task, Where
from labcli.lab.reader import Findings, Reader
from labcli.lab.step_paths import check_path, given_by
from labcli.lab.wanted import wanted_error
from labcli.rules.near import nearest


def check_tasks(lab: Lab, language: Language, catalog: Catalog, findings: Findings) -> None:
    """Add what cannot work in the tasks of ``lab`` to ``findings``."""
    made: dict[str, frozenset[str]] = {}
    for task in lab.tasks:
        if findings.enough:
            return
        _Task(task, lab.by_hand, language, catalog, findings, made).check()


class _Task:
    """One task. It sees what is the learner's of any task, and what labcli made for it and for those it needs."""

    def __init__(
        self, task: Task, world: Lab, language: Language, catalog: Catalog, findings: Findings,
        made: dict[str, frozenset[str]],
    ) -> None:  # fmt: skip
        self.task = task
        self.world = world
        self.language = language
        self.catalog = catalog
        self.findings = findings
        self.made = made
        """What the scenes of the tasks before it hold, by their ids."""

    def check(self) -> None:
        task = self.task
        for spec in (*task.resources.values(), *task.yours.values()):
            self.language.kinds[spec.kind].check(spec, self.world.resources, self.findings)
            self._with_a_role_of_its_own(spec)
            check_declared(spec, self._scope(()))
        before: set[str] = {name for need in task.needs for name in self.made.get(need, ())}
        before |= {name for each in self.world.tasks for name in each.yours}
        scene = self._scope(before)
        self._steps(task.given, scene)
        self.made[task.id] = frozenset(scene.made)
        for step in task.checks:
            aside = self._scope(scene.made)
            aside.aside = True
            self._steps((step,), aside)
            reads_only(step, aside)
        self._steps(task.proof, self._scope(scene.made))
        solution = self._scope(scene.made)
        solution.solves = True
        self._steps(task.solution, solution)
        self._texts(scene.made)
        self._names()
        self._calls(scene.made)
        self._near(scene.made)

    def _scope(self, made: Iterable[str]) -> LabScope:
        return LabScope(
            self.world, self.language.kinds, self.catalog, self.findings, made=set(made), language=self.language
        )

    def _steps(self, steps: tuple[Step, ...], scope: LabScope) -> None:
        scope.later = {name: step.number for top in reversed(steps) for step in top.tree() for name in step.save}
        makers: dict[str, str] = {}
        for step in (each for top in steps for each in top.tree()):
            for name in creates(step, self.world, self.language):
                makers.setdefault(name, step.number)
        scope.makers = makers
        for step in steps:
            scope.number = step.number
            check_step(step, scope)

    def _with_a_role_of_its_own(self, spec: ResourceSpec) -> None:
        """What a learner makes names its role: labcli brings none along for it."""
        if spec.name in self.task.yours and spec.kind in ("function", "machine") and not spec.raw.get("role"):
            said = f"`{spec.name}` is the learner's, and names the role that it works with: `role: NAME`"
            self.findings.add(spec.where, said)

    def _texts(self, made: Iterable[str]) -> None:
        """References in what is said see what is known before anything is made: names, and what labcli made."""
        scope = self._scope(made)
        scope.number = f"task {self.task.id}"
        for key in ("title", "text", "because", "hints"):
            scope.said(getattr(self.task, key), (*self.task.where, key))

    def _names(self) -> None:
        """The names of ``gone`` and ``allows``."""
        for index, name in enumerate(self.task.gone):
            self._is_known(name, (*self.task.where, "gone", index), ())
        for index, rule in enumerate(self.task.allows):
            where = (*self.task.where, "allows", index)
            kinds = {"role": ("role", "function", "machine"), "topic": ("topic",), "to": ("queue", "function")}
            for key, fits in kinds.items():
                if key in rule:
                    self._is_known(rule[key], (*where, key), fits)
            if "role" in rule and not rule["may"]:
                self.findings.add(where, "`may` says what the role may: [invoke NAME, send NAME]")
            elif "role" in rule:
                self._may(rule["may"], where)

    def _may(self, may: list[str], where: Where) -> None:
        """A right in ``allows`` is one of a declaration: the kind ``role`` reads and checks it."""
        kind = self.language.kinds["role"]
        props = kind.read(Reader({"role": "states", "may": may}, where, self.findings, "an entry of `allows`"))
        kind.check(ResourceSpec("", "role", props, where), self.world.resources, self.findings)

    def _is_known(self, name: str, where: Where, kinds: tuple[str, ...]) -> None:
        spec = self.world.resources.get(name)
        if not name:
            return
        if spec is None:
            self.findings.add(where, f"no resource `{name}` in these tasks{nearest(name, self.world.resources)}")
        elif kinds and spec.kind not in kinds:
            self.findings.add(where, f"`{name}` is a {spec.kind}, not a {' or a '.join(kinds)}")

    def _calls(self, made: Iterable[str]) -> None:
        scope = self._scope(made)
        scope.number = "calls"
        for called in self.task.calls:
            scope.said(called.early, (*called.where, "early"))
            for call in called.any:
                self._call(call, scope)

    def _call(self, call: CallSpec, scope: LabScope, beside: Where | None = None) -> None:
        """Its operation exists, it is about something that is known, and its paths find what the operation has."""
        if not (call.service and call.operation):
            return
        operation = self.catalog.operation(call.service, call.operation)
        if operation is None:
            said = self.catalog.operations(call.service)
            near = nearest(call.operation, said) if said else nearest(call.service, self.catalog.services())
            self.findings.add(call.where, f"AWS has no operation {call}{near}", key=True)
        if call.to:
            self._is_known(call.to, (*call.where, "to"), ())
        where = call.where if beside is None else beside
        given = Given("call", "structure", operation.input.members) if operation and operation.input else None
        self._matchers(call.params, (*where, "with"), given, scope)
        self._matchers(call.answer, (*where, "answer"), operation.output if operation else None, scope)

    def _matchers(self, matchers: Mapping[str, object], where: Where, shape: Shape | None, scope: LabScope) -> None:
        """Each path finds what can be there, and what is wanted of it can hold."""
        for path, wanted in matchers.items():
            scope.references(wanted, (*where, path))
            found = check_path(path, shape or ANY, (*where, path), scope, key=True)
            if found is not None and (problem := wanted_error(wanted, found)):
                self.findings.add((*where, path), f"`{path}`: {problem}" if problem.startswith("it is ") else problem)

    def _near(self, made: Iterable[str]) -> None:
        beside = {step.number: step for step in (*self.task.checks, *self.task.proof)}
        for number, near in ((number, each) for number, several in self.task.near.items() for each in several):
            scope = self._scope(made)
            scope.aside, scope.number = True, "near"
            if near.do is not None:
                check_step(near.do, scope)
                reads_only(near.do, scope)
            if near.call is not None:
                self._call(near.call, scope, near.where)
            shape = given_by(beside[number], scope) if number in beside else None
            self._matchers(near.when, (*near.where, "when"), shape, scope)
            scope.said(near.say, (*near.where, "say"))
        self._place_of_when()

    def _place_of_when(self) -> None:
        """``when`` looks at what a check or a proof saw, so it stands beside one."""
        for near in self.task.near.get("", ()):
            if near.when:
                said = "`when` looks at what a check or a proof saw: it stands under that one's `near`"
                self.findings.add((*near.where, "when"), said, key=True)
