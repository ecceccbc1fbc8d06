"""The labs that a lab needs: their live runs are found, or their resources are made first, and nothing else of them.

Each is held while the lab that needs it runs, so nobody takes it away meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from labcli import __version__
from labcli.aws.resources import KINDS
from labcli.aws.resources.handle import Handle
from labcli.aws.targets import Session
from labcli.context import Context
from labcli.errors import LabcliError
from labcli.lab.aws import Catalog
from labcli.lab.model import Lab
from labcli.run.events import Note, Tell
from labcli.run.ledger import runs
from labcli.run.ledger.ledger import Ledger
from labcli.run.ledger.locks import Days
from labcli.run.ledger.owned import Owned, State
from labcli.run.ledger.runs import Run, all_runs, of_lab
from labcli.run.plan.plan import created_by
from labcli.run.port import RunPort
from labcli.run.removal.week import Week


def header_of(lab: Lab, run: str, session: Session, **more: object) -> dict[str, object]:
    """What a ledger says first."""
    target = session.target
    return {
        "run": run, "lab": lab.id, "title": lab.title, "week": lab.week, "file": str(Path(lab.file).absolute()),
        "digest": lab.digest, "target": target.key, "account": target.place.account, "region": target.place.region,
        "owner": target.owner, "profile": target.profile, "labcli": __version__, "steps": len(lab.steps),
        "incarnation": session.incarnation, **more,
    }  # fmt: skip


@dataclass
class Neighbours:
    """Finds the runs of the labs that a lab needs, each once, live and held until ``days`` lets go.

    ``take_away`` removes a run of which a part is gone.
    """

    context: Context
    session: Session
    catalog: Catalog
    new_id: Callable[[], str]
    tell: Tell
    days: Days
    take_away: Callable[[list[Run]], None]
    _found: dict[str, RunPort] = field(default_factory=dict)

    def of(self, lab: Lab) -> dict[str, RunPort]:
        """The runs that ``lab`` needs, by their labs' ids."""
        for name, other in lab.needed.items():
            if name not in self._found:
                self.days.hold(name)
                inner = self.of(other)
                self._found[name] = self._neighbour(other, inner, lab.id)
        return {name: self._found[name] for name in lab.needed}

    def _neighbour(self, lab: Lab, inner: dict[str, RunPort], wants: str) -> RunPort:
        wanted = list(dict.fromkeys(name for step in lab.steps for name in created_by(step, lab)))
        run = of_lab(all_runs(self.context), lab.id, self.session.target.key)
        if run is not None and run.record.newer:
            raise LabcliError(
                f"the ledger of run {run.id} ({run.lab}) was written by a newer labcli", "Update labcli first"
            )
        if run is not None and run.open and (gone := self._gone(run, wanted)):
            self.tell(Note(f"{gone} of {lab.id} is gone: what is left of {lab.id} goes first, and is made again."))
            self.take_away([run])  # its names may be taken for a while
            run = None
        if run is None or not run.live:
            port = self._begin(lab, inner, wants)
        else:
            ledger = Ledger.reopen(run.record, self.context.disk, self.context.clock)
            port = self._port(lab, run.id, ledger)
            port.resume(run)
        port.others = inner
        made = port.create(wanted, self.session.aws)
        if made:
            names = ", ".join(name for name in made if name in lab.declared)
            was = "not live" if run is None else "live in part"
            self.tell(Note(f"{lab.id} is {was}: its resources were made first ({names}), and no step of it run."))
        return port

    def _gone(self, run: Run, wanted: list[str]) -> str:
        """What is gone, or may be, of what is wanted of a run: by its ledger, or by hand since. Empty when none is."""
        states = {each.key: each.state for each in run.resources.values()}
        if lacking := [name for name in wanted if states.get(name, State.LIVE) is not State.LIVE]:
            return lacking[0]
        return next((each.key for each in run.live if each.kind in KINDS and self._absent(each)), "")

    def _absent(self, resource: Owned) -> bool:
        """Whether a resource is not there by as many reads as prove it: AWS may not see for a moment what lives."""
        kind, target = KINDS[resource.kind], self.session.target
        handle = Handle.of(self.session.aws, kind, resource.name, target.place, resource.attributes)
        for number in range(min(target.absent_reads, kind.absent_reads)):
            if number:
                self.context.sleep(target.absent_gap)
            if handle.read() is not None:
                return False
        return True

    def _begin(self, lab: Lab, inner: dict[str, RunPort], wants: str) -> RunPort:
        run = self.new_id()
        path = runs.folder(self.context) / f"{lab.id}-{run}.jsonl"
        needs = {name: port.run for name, port in inner.items()}
        header = header_of(lab, run, self.session, needs=needs, made_for=wants)
        return self._port(lab, run, Ledger.create(path, self.context.disk, self.context.clock, header))

    def _port(self, lab: Lab, run: str, ledger: Ledger) -> RunPort:
        self.days.stack.callback(ledger.close)
        context, target = self.context, self.session.target
        week = Week(context, target, lab)
        return RunPort(lab, run, target, ledger, self.catalog, week)
