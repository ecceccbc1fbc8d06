"""The port of a day's tasks: labcli's own things are owned as in any run, the learner's are found by their names.

What is the learner's carries none of our tags and stands in no ledger: nothing but ``solve --do``, ``lab test`` and
``cleanup --mine`` makes or deletes any of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labcli.aws.resources import KINDS
from labcli.aws.resources.base import PREFIX, known_of
from labcli.aws.resources.handle import Handle
from labcli.aws.yours import find
from labcli.context import Aws
from labcli.errors import LabcliError
from labcli.lab.model import ResourceSpec
from labcli.lab.refs import NoSuchValue
from labcli.run.port import RunPort, nested
from labcli.steps.verbs.create import in_order_of_need

_SUFFIX = 6
"""Letters of the owner behind a learner's name on a real account: thirty learners may share one."""


class HandPort(RunPort):
    """The ``Port`` of the steps of tasks: ``given``, checks, proofs and solutions."""

    reader: Aws
    """Through which the learner's things are found."""

    def forget(self) -> None:
        """What was found of the learner's things is found anew."""
        self._seen = {}

    _seen: dict[str, dict[str, str] | None]

    @property
    def yours(self) -> dict[str, ResourceSpec]:
        """What is the learner's, with what comes along with it."""
        names = {name for task in self.lab.tasks for name in task.yours}
        return {name: spec for name, spec in self.lab.resources.items() if name in names}

    afresh: Mapping[str, int] = {}
    """How often the scene of a task was made afresh, by the task's id."""

    def name_of(self, spec: ResourceSpec) -> str:
        """The bare name of what is the learner's; on a real account with some letters of the owner behind it.

        What is labcli's has another name in each fresh scene: SQS gives a name again only after a minute.
        """
        if not self._is_yours(spec.name):
            task = next((task.id for task in self.lab.tasks if spec.name in task.resources), "")
            front = f"{PREFIX}{self.lab.id}-{later(self.run, self.afresh.get(task, 0))}"
            return KINDS[spec.kind].aws_name(front, spec, self.lab.resources)
        if spec.kind in ("subscription", "mapping"):  # named after what it joins, and one end may be labcli's
            ends = (spec.props.topic if spec.kind == "subscription" else spec.props.queue, spec.props.to)
            return "/".join(self.name_of(self.lab.resources[each]) for each in ends)
        name = KINDS[spec.kind].aws_name("x", spec, self.lab.resources).replace("x-", "", 1)
        return name if self.target.name == "local" else with_suffix(name, self.target.owner[:_SUFFIX])

    def _is_yours(self, name: str) -> bool:
        return name.partition(".")[0] in self.yours

    def attributes(self, name: str) -> Mapping[str, Any]:
        """What is known of a resource; of the learner's what its name tells, and the rest as it is found now."""
        if not self._is_yours(name) or name not in self.lab.resources:
            return super().attributes(name)
        return nested({**self._flat(name), **(self.found(name) or {})})

    def live_attributes(self, name: str) -> Mapping[str, Any]:
        """What is known of a resource that is there. NoSuchValue when it is not, also when it is the learner's."""
        if self._is_yours(name) and name in self.lab.resources and self.found(name) is None:
            raise NoSuchValue(f"there is no {self.lab.resources[name].kind} `{name}`")
        return self.attributes(name)

    def _flat(self, name: str) -> dict[str, str]:
        if not self._is_yours(name):
            return super()._flat(name)
        spec = self.lab.resources[name]
        return known_of(KINDS[spec.kind], self.name_of(spec), self.target.place, {})

    def found(self, name: str) -> dict[str, str] | None:
        """The learner's thing as it is now, None when it is not there; asked once until ``forget``."""
        if name not in self._seen:
            self._seen[name] = None  # a thing that needs itself is not there
            spec = self.lab.resources[name]
            self._seen[name] = find(
                self.reader, spec, self.name_of(spec), self.target.place, self.attributes, self.lab.resources
            )
        return self._seen[name]

    def create(self, names: Iterable[str], aws: Aws) -> list[str]:
        """Create; what is the learner's bare, without our tags. LabcliError when one of that name is there."""
        wanted = in_order_of_need(list(names), self.lab.resources)
        mine = [name for name in wanted if self._is_yours(name)]
        self.forget()
        needed = [name for name in mine if name not in names and self.found(name) is not None]
        made = super().create([name for name in names if not self._is_yours(name)], aws)
        for name in mine:
            if name not in needed:
                self._make(self.lab.resources[name], aws)
        return [*made, *(name for name in mine if name not in needed)]

    def _make(self, spec: ResourceSpec, aws: Aws) -> None:
        kind, name = KINDS[spec.kind], self.name_of(spec)
        self.forget()
        if self.found(spec.name) is not None:
            if spec.of:
                return  # a log group that Lambda made by itself
            said = f"there is a {spec.kind} named {name} already: it was left as it is"
            raise LabcliError(said, "Delete it first, or do the task with it")
        self._patiently(kind, lambda: kind.create(aws, name, spec, {}, self._fill))
        self.forget()
        self._until_ready(Handle(aws, kind, {**self._flat(spec.name), **(self.found(spec.name) or {})}))

    def delete(self, names: Iterable[str], aws: Aws) -> dict[str, str]:
        """Delete, the learner's too, and read back until it is gone."""
        done: dict[str, str] = {}
        for name in dict.fromkeys(names):
            if not self._is_yours(name):
                done |= super().delete([name], aws)
                continue
            self.forget()
            done[name] = self._delete(name, aws)
        return done

    def _delete(self, name: str, aws: Aws) -> str:
        if (known := self.found(name)) is None:
            return "was gone"
        kind = KINDS[self.lab.resources[name].kind]
        kind.delete(aws, {**self._flat(name), **known})
        for _ in range(_READS):
            self.forget()
            if self.found(name) is None:
                return "deleted"
            self._sleep(self.target.poll)
        raise LabcliError(f"`{name}` was deleted, and is still there")

    def update(self, name: str, spec: ResourceSpec, aws: Aws) -> None:
        """Make a live resource as ``spec`` says, the learner's too."""
        if not self._is_yours(name):
            super().update(name, spec, aws)
            return
        self.forget()
        known = self.found(name)
        if known is None:
            raise NoSuchValue(f"there is no {spec.kind} named {self.name_of(spec)}")
        handle = Handle(aws, KINDS[spec.kind], {**self._flat(name), **known})

        def settled() -> None:
            self._until_ready(handle)

        whole = handle.kind.whole(spec, self.lab.resources)
        self._patiently(handle.kind, lambda: handle.kind.update(aws, handle.known, whole, self._fill, settled))
        settled()


_READS = 60
"""Reads until a delete of the learner's is believed to have failed."""


_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
"""Those of a run's id: base 32."""


def later(run: str, times: int) -> str:
    """A run's id in the names of a scene that was made afresh so often: its last letter moves on, its length stays."""
    at = _LETTERS.find(run[-1])
    return run[:-1] + _LETTERS[(at + times) % len(_LETTERS)] if times and at >= 0 else run


def with_suffix(name: str, letters: str) -> str:
    """``inbox-k3f9x2``; of a FIFO queue ``cashier-k3f9x2.fifo``."""
    return f"{name.removesuffix('.fifo')}-{letters}{'.fifo' * name.endswith('.fifo')}"
