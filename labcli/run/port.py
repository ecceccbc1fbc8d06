"""The run's side of its steps: it names, creates, ledgers, proves and deletes what the lab declares."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from labcli.aws.resources import KINDS
from labcli.aws.resources.base import PREFIX, TAG_LAB, TAG_OWNER, TAG_RUN, LiveKind
from labcli.aws.targets import Target
from labcli.context import Aws
from labcli.errors import AwsError, ExitCode, LabcliError
from labcli.lab import refs
from labcli.lab.language import Catalog
from labcli.lab.model import Call, Effect, Lab, ResourceSpec
from labcli.lab.refs import NoSuchValue, Ref, walk
from labcli.run.ledger import Ledger
from labcli.run.owned import Owned, State
from labcli.run.remove import Remover
from labcli.steps.create import in_order_of_need

_READ_BACKS = 15


class RunPort:
    """The ``Port`` of a run that is under way."""

    def __init__(
        self,
        lab: Lab,
        run: str,
        target: Target,
        ledger: Ledger,
        catalog: Catalog,
        sleep: Callable[[float], None],
        monotonic: Callable[[], float],
    ) -> None:
        self.lab = lab
        self.run = run
        self.target = target
        self.ledger = ledger
        self.catalog = catalog
        self._sleep = sleep
        self._monotonic = monotonic
        self._known: dict[str, dict[str, str]] = {}
        self._live: set[str] = set()
        self._lock = threading.RLock()

    def name_of(self, spec: ResourceSpec) -> str:
        """The full AWS name, known before the create."""
        return KINDS[spec.kind].aws_name(f"{PREFIX}{self.lab.id}-{self.run}", spec)

    def tags(self) -> dict[str, str]:
        """What says whose it is, on everything of ours."""
        return {TAG_RUN: self.run, TAG_LAB: self.lab.id, TAG_OWNER: self.target.owner}

    def attributes(self, name: str) -> Mapping[str, str]:
        """What is known of a resource: its name and ARN always, the rest once it was created."""
        spec = self.lab.resources.get(name)
        if spec is None:
            raise NoSuchValue(f"no resource `{name}`")
        return {**KINDS[spec.kind].predict(self.name_of(spec), self.target.place), **self._known.get(name, {})}

    def call(self, call: Call, aws: Aws) -> dict[str, Any]:
        """Make a call; what changes or deletes a resource is ledgered before and after."""
        known = self.catalog.operation(call.service, call.operation)
        effect = known.effect if known is not None else None
        if known is None or effect not in (Effect.CHANGE, Effect.DELETE, Effect.CREATE):
            return aws.call(call.service, call.operation, call.params)
        key, name = self._object(call, known.object_param)
        if effect is Effect.CREATE and key in self.lab.resources and key not in self._live:
            return self._create_by_call(call, self.lab.resources[key], aws)
        does = {Effect.CHANGE: "change", Effect.DELETE: "delete", Effect.CREATE: "change"}[effect]
        kind = self.lab.resources[key].kind if key in self.lab.resources else ""
        number = self.ledger.write("intent", does=does, kind=kind, key=key, name=name, call=str(call))
        answer: dict[str, Any] = self._ledgered(number, lambda: aws.call(call.service, call.operation, call.params))
        if effect is Effect.DELETE:
            self._live.discard(key)
        return answer

    def _create_by_call(self, call: Call, spec: ResourceSpec, aws: Aws) -> dict[str, Any]:
        """A create that a step expects to fail. Should it not, it is ours like any other: tagged, ledgered, removed."""
        params = KINDS[spec.kind].tagged(call.params, self.tags())
        name = self.name_of(spec)
        number = self.ledger.write("intent", does="create", kind=spec.kind, key=spec.name, name=name, call=str(call))
        answer: dict[str, Any] = self._ledgered(number, lambda: aws.call(call.service, call.operation, params))
        self._live.add(spec.name)
        return answer

    def _object(self, call: Call, param: str) -> tuple[str, str]:
        value = call.params.get(param)
        for key, spec in self.lab.resources.items():
            if value in (self._known.get(key, {}).get("url"), self.name_of(spec)):
                return key, self.name_of(spec)
        return "", ""

    def _ledgered(self, number: int, act: Callable[[], Any], **also: Any) -> Any:
        try:
            answer = act()
        except AwsError as error:
            self.ledger.write("outcome", of=number, ok=False, error=error.code)
            raise
        self.ledger.write("outcome", of=number, ok=True, **{key: value(answer) for key, value in also.items()})
        return answer

    def create(self, names: Iterable[str], aws: Aws) -> list[str]:
        """Create resources and what they need, each ledgered before, its tags read back after."""
        with self._lock:
            wanted = in_order_of_need(list(names), self.lab.resources)
            made = [name for name in wanted if name not in self._live]
            for name in made:
                self._create(self.lab.resources[name], aws)
            return made

    def _create(self, spec: ResourceSpec, aws: Aws) -> None:
        kind, name = KINDS[spec.kind], self.name_of(spec)
        number = self.ledger.write("intent", does="create", kind=spec.kind, key=spec.name, name=name)
        made = self._ledgered(
            number, lambda: kind.create(aws, name, spec, self.tags(), self._fill), attributes=lambda answer: answer
        )
        tags = self._read_back(kind, name, aws, made)
        if tags.get(TAG_RUN) != self.run:
            self.ledger.write("foreign", name=name)
            raise LabcliError(
                f"`{spec.name}`: a {spec.kind} called {name} was there already, and it is not ours",
                "It was left as it is. Run the day again: the next run has other names",
                ExitCode.FAILED,
            )
        self._known[spec.name] = made
        self._live.add(spec.name)

    def _read_back(self, kind: LiveKind, name: str, aws: Aws, made: Mapping[str, str]) -> dict[str, str]:
        """Its tags. A real account may need a second before it knows a new queue (SQS, CreateQueue)."""
        for _ in range(_READ_BACKS):
            tags = kind.tags(aws, name, made)
            if tags is not None:
                return tags
            self._sleep(self.target.poll)
        raise LabcliError(f"{name} was created, and a read does not find it", "labcli cleanup")

    def _fill(self, data: Any) -> Any:
        def lookup(ref: Ref) -> Any:
            if ref.root == "run":
                return walk({"id": self.run, "lab": self.lab.id}, ref)
            return walk(dict(self.attributes(ref.root)), ref)

        return refs.fill(data, lookup)

    def delete(self, names: Iterable[str], aws: Aws) -> dict[str, str]:
        """Delete resources of this run with cleanup's own deleter. LabcliError when one stays."""
        remover = Remover(aws, self.target, self.run, self.ledger, self._sleep, self._monotonic, strict=True)
        done: dict[str, str] = {}
        for name in names:
            spec = self.lab.resources[name]
            owned = Owned(name, spec.kind, self.name_of(spec), State.LIVE, self._known.get(name, {}))
            removed = remover.remove(owned)
            if not removed.gone:
                raise LabcliError(f"`{name}` ({spec.kind}) is still there: {removed.reason}")
            self._live.discard(name)
            done[name] = removed.how
        return done
