"""The run's side of its steps: it names, creates, ledgers, proves and deletes what the lab declares."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import Any

from labcli.aws.resources import KINDS
from labcli.aws.resources.base import PREFIX, TAG_LAB, TAG_OWNER, TAG_RUN, LiveKind, known_of
from labcli.aws.resources.calls import changing
from labcli.aws.resources.handle import Handle
from labcli.aws.targets import Target
from labcli.context import Aws
from labcli.errors import AwsError, ExitCode, LabcliError
from labcli.lab import refs
from labcli.lab.aws import Catalog
from labcli.lab.model import Call, Effect, Lab, ResourceSpec
from labcli.lab.refs import NoSuchValue, Ref, walk
from labcli.run.ledger.ledger import Ledger
from labcli.run.ledger.owned import MAY_LIVE, Owned, State
from labcli.run.ledger.runs import Run
from labcli.run.removal.remove import Removal, Remover, Whose, in_delete_order, whose
from labcli.run.removal.week import Week
from labcli.run.typed import cleanup
from labcli.steps.verbs.create import in_order_of_need

_READ_BACKS = 15
_READY = 120.0
"""Seconds that a resource gets until it can be used; a function takes one or two (Lambda, CreateFunction)."""
_CHANGING = 60.0
"""Seconds for which a call that comes while another change is under way is tried again, on every target."""


class RunPort:
    """The ``Port`` of a run that is under way."""

    def __init__(
        self,
        lab: Lab,
        run: str,
        target: Target,
        ledger: Ledger,
        catalog: Catalog,
        week: Week,
    ) -> None:
        self.lab = lab
        self.run = run
        self.target = target
        self.ledger = ledger
        self.catalog = catalog
        self.others: dict[str, RunPort] = {}
        """The runs of the labs that this one needs."""
        self._sleep = week.context.sleep
        self._monotonic = week.context.monotonic
        self._week = week
        self._whose = Whose(run, frozenset({target.owner}))
        self._known: dict[str, dict[str, str]] = {}
        self._live: set[str] = set()
        self._lock = threading.RLock()

    def resume(self, run: Run) -> None:
        """Go on with a run that has live resources: they are known, and not made again."""
        self._whose = whose(run, self.target)
        for each in run.resources.values():
            if each.state in MAY_LIVE:
                self._known[each.key] = dict(each.attributes)
                self._live.add(each.key)

    def name_of(self, spec: ResourceSpec) -> str:
        """The full AWS name, known before the create."""
        return KINDS[spec.kind].aws_name(f"{PREFIX}{self.lab.id}-{self.run}", spec, self.lab.resources)

    def tags(self) -> dict[str, str]:
        """What says whose it is, on everything of ours."""
        return {TAG_RUN: self.run, TAG_LAB: self.lab.id, TAG_OWNER: self.target.owner}

    def attributes(self, name: str) -> Mapping[str, Any]:
        """What is known of a resource: its name and ARN always, the rest once it was created."""
        if name in self.others:
            return {key: self.others[name].attributes(key) for key in self.others[name].lab.declared}
        if name not in self.lab.resources:
            raise NoSuchValue(f"no resource `{name}`")
        return nested(self._flat(name))

    def _flat(self, name: str) -> dict[str, str]:
        spec = self.lab.resources[name]
        return known_of(KINDS[spec.kind], self.name_of(spec), self.target.place, self._known.get(name, {}))

    def _handle(self, name: str, aws: Aws) -> Handle:
        return Handle(aws, KINDS[self.lab.resources[name].kind], self._flat(name))

    def _owner(self, name: str) -> tuple[RunPort, str]:
        """Whose a resource is, and what it is called there: ``wed.flow`` is Wednesday's ``flow``."""
        lab, _, rest = name.partition(".")
        return (self.others[lab], rest) if lab in self.others else (self, name)

    def call(self, call: Call, aws: Aws, about: str) -> dict[str, Any]:
        """Make a call; what changes or deletes the resource that it is ``about`` is ledgered before and after."""
        known = self.catalog.operation(call.service, call.operation)
        effect = known.effect if known is not None else None
        if known is None or effect not in (Effect.CHANGE, Effect.DELETE, Effect.CREATE):
            return aws.call(call.service, call.operation, call.params)
        spec = self.lab.resources.get(about)
        if effect is Effect.CREATE and spec is not None and spec.name not in self._live:
            return self._create_by_call(call, spec, aws)
        kind, key, name = (spec.kind, spec.name, self.name_of(spec)) if spec is not None else ("", "", "")
        does = "delete" if effect is Effect.DELETE else "change"
        number = self.ledger.write("intent", does=does, kind=kind, key=key, name=name, call=str(call))
        answer: dict[str, Any] = self._ledgered(number, lambda: aws.call(call.service, call.operation, call.params))
        if effect is Effect.DELETE:
            self._live.discard(about)
        return answer

    def _create_by_call(self, call: Call, spec: ResourceSpec, aws: Aws) -> dict[str, Any]:
        """A create that a step expects to fail. Should it not, it is ours like any other: tagged, ledgered, removed."""
        params = KINDS[spec.kind].tagged(call.params, self.tags())
        name = self.name_of(spec)
        number = self.ledger.write("intent", does="create", kind=spec.kind, key=spec.name, name=name, call=str(call))
        answer: dict[str, Any] = self._ledgered(number, lambda: aws.call(call.service, call.operation, params))
        self._live.add(spec.name)
        return answer

    def _ledgered(self, number: int, act: Callable[[], Any]) -> Any:
        try:
            answer = act()
        except AwsError as error:
            self.ledger.write("outcome", of=number, ok=False, error=error.code)
            raise
        self.ledger.write("outcome", of=number, ok=True)
        return answer

    def _patiently(self, kind: LiveKind, act: Callable[[], Any]) -> Any:
        """Do it, and again while AWS refuses only because it does not know yet what was created a moment ago, or does
        another change first.
        """
        began = self._monotonic()
        while True:
            try:
                return act()
            except AwsError as error:
                patience = max(self.target.patience * kind.not_yet(error), _CHANGING * changing(error))
                if self._monotonic() - began >= patience:
                    raise
            self._sleep(self.target.poll)

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
        try:
            made = self._patiently(kind, lambda: kind.create(aws, name, spec, self.tags(), self._fill))
        except AwsError as error:
            if not self._may_be_there(spec.name, aws):  # else nobody knows how far it came, and the intent says so
                self.ledger.write("outcome", of=number, ok=False, error=error.code)
            raise
        self.ledger.write("outcome", of=number, ok=True, attributes=made)
        self._known[spec.name] = made
        handle = self._handle(spec.name, aws)
        if self._whose.stranger(self._read_back(handle)):
            self.ledger.write("foreign", name=name)
            del self._known[spec.name]
            raise LabcliError(
                f"`{spec.name}`: a {spec.kind} called {name} was there already, and it is not ours",
                "It was left as it is. Run the day again: the next run has other names",
                ExitCode.FAILED,
            )
        self._live.add(spec.name)
        self._until_ready(handle)

    def _may_be_there(self, name: str, aws: Aws) -> bool:
        """Whether a create that was refused may have made something: some take several calls."""
        try:
            return self._handle(name, aws).read() is not None
        except LabcliError:
            return True

    def _read_back(self, handle: Handle) -> dict[str, str]:
        """Its tags. A real account may need a second before it knows a new queue (SQS, CreateQueue)."""
        for _ in range(_READ_BACKS):
            try:
                tags = handle.tags()
            except AwsError as error:  # the thing is known already, and its tags are not
                if not error.names & handle.kind.gone:
                    raise
                tags = None
            if tags is not None:
                return tags
            self._sleep(self.target.poll)
        raise LabcliError(f"{handle.name} was created, and a read does not find it", self._take())

    def _until_ready(self, handle: Handle) -> None:
        until = self._monotonic() + _READY
        while not handle.kind.ready(handle.aws, handle.known):
            if self._monotonic() >= until:
                raise LabcliError(f"{handle.name} is not ready after {_READY:.0f} s", self._take())
            self._sleep(self.target.poll)

    def _take(self) -> str:
        return cleanup([self.lab.id], self.target.options)

    def _fill(self, data: Any) -> Any:
        def lookup(ref: Ref) -> Any:
            if ref.root == "run":
                return walk({"id": self.run, "lab": self.lab.id}, ref)
            return walk(dict(self.attributes(ref.root)), ref)

        return refs.fill(data, lookup)

    def permit(self, name: str, aws: Aws) -> None:
        """Write the permission that a resource of this lab needs; a change, ledgered like any."""
        spec = self.lab.resources[name]
        with self._lock:  # a policy is read and written: two at once would lose one's statement
            number = self.ledger.write("intent", does="change", kind=spec.kind, key=name, name=self.name_of(spec))
            kind = KINDS[spec.kind]
            self._ledgered(number, lambda: self._patiently(kind, lambda: kind.permit(aws, spec, self._fill)))

    def update(self, name: str, spec: ResourceSpec, aws: Aws) -> None:
        """Make a live resource as ``spec`` says. What another run's was before is in the ledger, to be put back."""
        with self._lock:
            port, key = self._owner(name)
            handle = port._handle(key, aws)
            kind, known = handle.kind, handle.known
            spec = kind.whole(spec, port.lab.resources)
            if key not in port._live:
                raise LabcliError(f"`{name}` is not live, and cannot be updated")
            extra: dict[str, Any] = {} if port is self else {"of_run": port.run, "before": kind.before(aws, known)}
            number = self.ledger.write("intent", does="update", kind=spec.kind, key=name, name=handle.name, **extra)

            def settled() -> None:
                self._until_ready(handle)

            def change() -> None:
                kind.update(aws, known, spec, self._fill, settled)

            self._ledgered(number, lambda: self._patiently(kind, change))
            settled()

    def delete(self, names: Iterable[str], aws: Aws) -> dict[str, str]:
        """Delete resources of this run, or of one that it needs, with cleanup's deleter, in the given order; those of
        one kind beside each other wait together. LabcliError when one stays.
        """
        done: dict[str, str] = {}
        owners = [(name, *self._owner(name)) for name in dict.fromkeys(names)]
        for _, group in groupby(owners, key=lambda each: each[1].lab.resources[each[2]].kind):
            alike = list(group)
            ended = Remover(aws, self.target, self._week.context, strict=True).remove_all(
                [port._removal(key) for _, port, key in alike]
            )
            for (name, port, key), removed in zip(alike, ended, strict=True):
                if removed.gone:
                    port._live.discard(key)
                    done[name] = removed.how
            for removed in ended:
                if not removed.gone:
                    said = f"`{removed.resource.key}` ({removed.resource.kind}) is still there: {removed.reason}"
                    raise LabcliError(said)
        return done

    def _removal(self, key: str) -> Removal:
        spec = self.lab.resources[key]
        live = Owned(key, spec.kind, self.name_of(spec), State.LIVE, self._known.get(key, {}))
        return Removal(live, self._whose, self.ledger)

    def delete_every(self, kind: str, aws: Aws) -> dict[str, str]:
        """Delete every live one of a kind: of this run, then of the week's other days, each into its own ledger."""
        mine = [
            Owned(key, kind, self.name_of(spec), State.LIVE)
            for key, spec in self.lab.resources.items()
            if spec.kind == kind and key in self._live
        ]
        done = self.delete([each.key for each in in_delete_order(mine)], aws)
        return {**done, **self._week.delete_every(kind, aws)}

    def live(self, labs: Iterable[str]) -> list[tuple[str, str, str]]:
        """What the ledgers say is live of these labs on this target."""
        return self._week.live(labs)


def nested(flat: Mapping[str, str]) -> dict[str, Any]:
    """``{"role.arn": …}`` as ``{"role": {"arn": …}}``, for references to walk."""
    found: dict[str, Any] = {}
    for key, value in flat.items():
        first, _, rest = key.partition(".")
        if rest:
            found.setdefault(first, {})[rest] = value
        else:
            found[first] = value
    return found
