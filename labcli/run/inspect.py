"""All about one live resource, and the run that owns it."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from labcli.aws.resources import KINDS
from labcli.aws.resources.base import TAG_RUN, Sheet
from labcli.aws.resources.handle import Handle
from labcli.aws.targets import Session
from labcli.context import Context
from labcli.errors import LabcliError, UsageError
from labcli.rules.near import nearest
from labcli.run import typed
from labcli.run.ledger.owned import Owned
from labcli.run.ledger.runs import Run, all_runs
from labcli.run.machines import Listed, execution, execution_of, last_executions
from labcli.run.shelf import day_argument

_LONGEST = 2048
"""Characters of the longest ARN (IAM User Guide, quotas)."""
_SHOWN = 80
_STATUS = "See what is live: labcli status"
_IN_NO_NAME = frozenset('<>{}[]?*"#%\\^|~`&; ')
"""Characters that no name of any kind has (CreateStateMachine, ``name``; other kinds allow fewer)."""


@dataclass(frozen=True)
class Inspected:
    """A resource as it is now. ``lab`` and ``run`` are empty when no ledger knows it."""

    name: str
    kind: str
    sheet: Sheet
    lab: str = ""
    run: str = ""
    called: str = ""
    """How its lab is named on the command line."""


def inspect(context: Context, session: Session, name: str) -> Inspected:
    """Find a resource by its name in a lab (``flow``, ``wed.flow``), or by its AWS name, and read it.

    LabcliError when there is none, UsageError when several labs have a live one of that name.
    """
    if not name:
        raise UsageError("which resource? its name is empty", "See what is live: labcli status")
    if odd := dict.fromkeys(each for each in name if each in _IN_NO_NAME or not each.isprintable()):
        raise UsageError(f"`{name[:_SHOWN]}` is no name: none has {' '.join(odd)[:_SHOWN]}", _STATUS)
    if len(name) > _LONGEST:
        raise UsageError(f"a name of {len(name)} characters; the longest has {_LONGEST}", _STATUS)
    if name.startswith(("aws:", "arn:")):
        return _by_aws_name(session, name)
    runs = [run for run in all_runs(context) if run.target == session.target.key]
    known = [
        (run, each)
        for run in reversed(runs)
        for each in run.resources.values()
        if name in (each.key, each.name, f"{run.lab}.{each.key}")
    ]
    several = dict.fromkeys(run.lab for run, each in known if name == each.key and each in run.live)
    if len(several) > 1:
        named = [typed.inspect(f"{lab}.{name}", session.target.options) for lab in several]
        raise UsageError(f"{' and '.join(several)} each have a live `{name}`", f"Say which: {', or '.join(named)}")
    _refuse_twin(session, name, known)
    for run, each in known:
        if each.kind not in KINDS:
            continue
        sheet = Handle.of(session.aws, KINDS[each.kind], each.name, session.target.place, each.attributes).sheet()
        if sheet is not None:
            sheet = _with_what_runs_it(sheet, each.kind, session)
            called = day_argument(run.lab, str(run.file or ""), context.env)
            return Inspected(each.key, each.kind, sheet, run.lab, run.id, called)
    if (found := _of_aws(session, name, KINDS)) is not None:
        return found
    live = sorted({each.key for run in runs for each in run.live} - {name})
    if known:
        raise LabcliError(f"`{name}` is not live any more", _live_hint(live, session.target.options))
    raise LabcliError(f"no resource `{name}`{nearest(name, live)}", _live_hint(live, session.target.options))


def _of_aws(session: Session, name: str, kinds: Iterable[str]) -> Inspected | None:
    """The first of these kinds that has one of exactly this AWS name."""
    for kind in kinds:
        sheet = Handle.of(session.aws, KINDS[kind], name, session.target.place).sheet()
        if sheet is not None:
            sheet = _with_what_runs_it(sheet, kind, session)
            return Inspected(name, kind, sheet, run=sheet.tags.get(TAG_RUN, ""))
    return None


def _by_aws_name(session: Session, said: str) -> Inspected:
    """What ``aws:NAME`` means, or an ARN of this account and region, whatever ledgers call by that name."""
    name, kinds = said.removeprefix("aws:"), list(KINDS)
    if said.startswith("arn:"):
        kinds = [word for word, kind in KINDS.items() if kind.arn_has and kind.arn_has in said]
        name = said.partition(KINDS[kinds[0]].arn_has)[2].removesuffix(":*") if kinds else ""
        name = name.rsplit(":", 1)[-1]  # SQS and SNS have region and account between
        if not kinds or KINDS[kinds[0]].predict(name, session.target.place).get("arn", said) != said.removesuffix(":*"):
            raise LabcliError(f"`{said}` is none of {session.target.words}", _STATUS)
    if name and (found := _of_aws(session, name, kinds)) is not None:
        return found
    raise LabcliError(f"{session.target.words} has nothing called `{name}`", _STATUS)


def _refuse_twin(session: Session, name: str, known: list[tuple[Run, Owned]]) -> None:
    """UsageError where a lab has a live one of this name, and something else has exactly this AWS name."""
    mine = next((run for run, each in known if name == each.key != each.name and each in run.live), None)
    if mine is None:
        return
    for word, kind in KINDS.items():
        try:
            other = Handle.of(session.aws, kind, name, session.target.place).read()
        except LabcliError:  # it cannot be read: then it could not be shown
            continue
        if other is not None:
            ways = [typed.inspect(each, session.target.options) for each in (f"{mine.lab}.{name}", f"aws:{name}")]
            raise UsageError(
                f"`{name}` is of {mine.lab}, and a {word} that labcli did not make has exactly this AWS name",
                f"Say which: {', or '.join(ways)}",
            )


def _with_what_runs_it(sheet: Sheet, kind: str, session: Session) -> Sheet:
    """A function of the embedded AWS is run by this machine's Python, whatever runtime it declares."""
    declared = dict(sheet.facts).get("Runtime", "")
    if kind != "function" or session.target.name != "local" or not declared.startswith("python"):
        return sheet
    facts = [(key, value) for key, value in sheet.facts if key != "Runtime"]
    at = [key for key, _ in sheet.facts].index("Runtime")
    facts.insert(at, ("Runtime", f"{declared} (run here by Python {platform.python_version()})"))
    return replace(sheet, facts=tuple(facts))


def of_machine(session: Session, found: Inspected, wanted: str) -> tuple[tuple[Listed, ...], dict[str, Any] | None]:
    """The last executions of a machine that was inspected, and the one that is ``wanted`` (empty: none), read."""
    arn, shows = dict(found.sheet.facts)["arn"], typed.inspect(found.name, session.target.options)
    run = execution(session.aws, execution_of(session.aws, arn, wanted, shows)) if wanted else None
    return last_executions(session.aws, arn), run


def _live_hint(live: list[str], options: str) -> str:
    return f"Live now: {', '.join(live)}" if live else f"Nothing is live: {typed.run_day('mon', options=options)}"
