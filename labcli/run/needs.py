"""The labs that a lab needs: their live runs are found, or their resources are made first, and nothing else of them.

Each is held while the lab that needs it runs, so nobody takes it away meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from labcli import __version__
from labcli.aws.targets import Session
from labcli.context import Context
from labcli.errors import LabcliError
from labcli.lab.language import Catalog
from labcli.lab.model import Lab
from labcli.run import runs
from labcli.run.events import Note, Tell
from labcli.run.ledger import Ledger, read
from labcli.run.owned import State
from labcli.run.plan import created_by
from labcli.run.port import RunPort
from labcli.run.runs import Days, Run, all_runs, of_lab
from labcli.run.week import Week

RESOURCES_ONLY = "resources"
"""The state of a run in which another day made the resources that it needs; no step of it was run."""


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

    ``take_away`` removes a run of which only a part is there.
    """

    context: Context
    session: Session
    catalog: Catalog
    new_id: Callable[[], str]
    tell: Tell
    days: Days
    take_away: Callable[[list[Run]], None]
    begun: list[RunPort] = field(default_factory=list)
    """The runs that were begun here: resources that no day had asked for by itself."""
    _found: dict[str, RunPort] = field(default_factory=dict)

    def of(self, lab: Lab) -> dict[str, RunPort]:
        """The runs that ``lab`` needs, by their labs' ids."""
        for name, other in lab.needed.items():
            if name not in self._found:
                self.days.hold(name)
                inner = self.of(other)
                self._found[name] = self._neighbour(other, inner)
        return {name: self._found[name] for name in lab.needed}

    def _neighbour(self, lab: Lab, inner: dict[str, RunPort]) -> RunPort:
        wanted = list(dict.fromkeys(name for step in lab.steps for name in created_by(step, lab)))
        run = of_lab(all_runs(self.context), lab.id, self.session.target.key)
        if run is not None and run.record.newer:
            raise LabcliError(
                f"the ledger of run {run.id} ({run.lab}) was written by a newer labcli", "Update labcli first"
            )
        if run is not None and run.open:
            states = {each.key: each.state for each in run.resources.values()}
            if any(states.get(name, State.LIVE) is not State.LIVE for name in wanted):
                self.take_away([run])  # a part of it is gone or may be, and its names may be taken for a while
                run = None
        if run is None or not run.live:
            port = self._begin(lab, inner)
        else:
            ledger = Ledger.reopen(run.record, self.context.disk, self.context.clock)
            port = self._port(lab, run.id, ledger)
            port.resume(run)
        port.others = inner
        made = port.create(wanted, self.session.aws)
        if made:
            names = ", ".join(name for name in made if name in lab.declared)
            self.tell(Note(f"{lab.id} is not live: its resources were made first ({names}), and no step of it run."))
            if not Run(read(port.ledger.path)).end:
                port.ledger.write("end", state=RESOURCES_ONLY, passed=0, held=0, stopped_at="")
        return port

    def _begin(self, lab: Lab, inner: dict[str, RunPort]) -> RunPort:
        run = self.new_id()
        path = runs.folder(self.context) / f"{lab.id}-{run}.jsonl"
        header = header_of(lab, run, self.session, needs={name: port.run for name, port in inner.items()})
        port = self._port(lab, run, Ledger.create(path, self.context.disk, self.context.clock, header))
        self.begun.append(port)
        return port

    def _port(self, lab: Lab, run: str, ledger: Ledger) -> RunPort:
        self.days.stack.callback(ledger.close)
        context, target = self.context, self.session.target
        week = Week(context, target, lab)
        return RunPort(lab, run, target, ledger, self.catalog, context.sleep, context.monotonic, week)
