"""The other days of a lab's week on one target, as the ledgers know them: what is live, and deleting it as a lesson."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass

from labcli.aws.targets import Target
from labcli.context import Aws, Context
from labcli.errors import LabcliError
from labcli.lab.model import Lab
from labcli.run.ledger.ledger import Ledger, read
from labcli.run.ledger.locks import Days
from labcli.run.ledger.owned import MAY_LIVE
from labcli.run.ledger.runs import Run, all_runs
from labcli.run.removal.remove import Removal, Remover, in_delete_order, whose


def deletes_every(lab: Lab) -> list[str]:
    """The kinds of which a lab deletes every live one of its week, in the order of its steps."""
    if not lab.week:  # a lab that says no week stands alone
        return []
    deletes = [step.args for step in lab.every_step() if step.verb == "delete" and not step.arms]
    return list(dict.fromkeys(each.every.replace("_", " ") for each in deletes if each.every))


def also_deletes(context: Context, target: Target, lab: Lab) -> str:
    """What of the other days of its week goes with a run, as the ledgers tell now; empty when nothing does."""
    if not deletes_every(lab):
        return ""
    others = [run for run in Week(context, target, lab).others() if run.live]
    counts: dict[str, int] = {}
    for run in others:
        counts[run.lab] = counts.get(run.lab, 0) + len(run.live)
    said = ", ".join(f"{count} of {name}" for name, count in counts.items())
    return f"This day deletes what is live of the other days too: {said}" if said else ""


@dataclass(frozen=True)
class Week:
    """The days beside ``lab``."""

    context: Context
    target: Target
    lab: Lab
    held: frozenset[str] = frozenset()
    """Labs that this process holds already."""

    def _runs(self) -> list[Run]:
        """What was made for tasks by hand is no day's, and stays until it is cleaned up."""
        here = [run for run in all_runs(self.context) if run.target == self.target.key and not run.by_hand]
        return [run for run in here if not run.record.newer]

    def others(self) -> list[Run]:
        """The runs of the week's other days."""
        runs = self._runs()
        return [r for r in runs if r.record.header.get("week") == self.lab.week and r.lab != self.lab.id]

    def live(self, labs: Iterable[str]) -> list[tuple[str, str, str]]:
        """(lab, kind, AWS name) of all that is live, or may be, of these labs."""
        wanted = set(labs)
        here = [run for run in self._runs() if run.lab in wanted]
        return [(run.lab, each.kind, each.name) for run in here for each in run.live]

    def delete_every(self, kind: str, aws: Aws) -> dict[str, str]:
        """Delete every live resource of a kind of the week's other days, each into its own run's ledger.

        LabcliError when another labcli works on such a day, or when one stays.
        """
        if not self.lab.week:  # a lab that says no week stands alone
            return {}
        wanted: list[Removal] = []
        names: list[str] = []
        with ExitStack() as stack:
            days = Days(self.context, self.target.key, stack, set(self.held))
            for run in self.others():
                if any(each.kind == kind for each in run.live):
                    days.hold(run.lab)
                    now = Run(read(run.record.path))
                    mine = self._removals(now, kind, stack)
                    wanted += mine
                    names += [f"{now.lab}.{each.resource.key}" for each in mine]
            ended = Remover(aws, self.target, self.context, strict=True).remove_all(wanted)
        for name, removed in zip(names, ended, strict=True):
            if not removed.gone:
                raise LabcliError(f"`{name}` ({kind}) is still there: {removed.reason}")
        return {name: removed.how for name, removed in zip(names, ended, strict=True)}

    def _removals(self, run: Run, kind: str, stack: ExitStack) -> list[Removal]:
        ledger = Ledger.reopen(run.record, self.context.disk, self.context.clock)
        stack.callback(ledger.close)
        wanted = [each for each in run.resources.values() if each.kind == kind and each.state in MAY_LIVE]
        return [Removal(each, whose(run, self.target), ledger) for each in in_delete_order(wanted)]
