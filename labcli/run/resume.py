"""Where ``run --from STEP`` starts: at the step, or earlier where it, or a later step, stands on what came before.

A run that goes on makes its resources afresh, so queues are empty and saved values are gone. A step that takes a
value that an earlier step saved, or a message that an earlier step sent, starts there.
"""

from __future__ import annotations

from labcli.errors import ExitCode, LabcliError
from labcli.lab import refs
from labcli.lab.model import Lab, Step
from labcli.steps.language import VERBS

REPEATED = ("create", "update", "delete", "permit")
"""Top-level steps that are repeated in front of the start, because later steps stand on them."""


def start_at(lab: Lab, wanted: str) -> int:
    """The index of the step to start at. LabcliError (exit 2) when there is no step of that number or id."""
    step = lab.step(wanted)
    if step is None:
        ids = ", ".join(s.number + (f" ({s.id})" if s.id else "") for s in lab.steps)
        raise LabcliError(f"no step `{wanted}` in {lab.id}", f"Its steps: {ids}", ExitCode.USAGE)
    start = lab.steps.index(step)
    while (earlier := min([start, *_before(lab, start)])) < start:
        start = earlier
    return start


def _before(lab: Lab, start: int) -> list[int]:
    return [*_needs_value(lab, start), *_needs_message(lab, start), *_change_resources(lab, start)]


def _change_resources(lab: Lab, start: int) -> list[int]:
    """The blocks that do such a thing inside: unlike a plain ``create`` they cannot be repeated without all they do."""
    before = enumerate(lab.steps[:start])
    return [i for i, step in before if step.verb not in REPEATED and any(s.verb in REPEATED for s in step.tree())]


def _needs_value(lab: Lab, start: int) -> list[int]:
    """The steps that saved what the steps from ``start`` on refer to."""
    saves = {name: index for index, each in enumerate(lab.steps) for name in each.save}
    return [saves[name] for each in lab.steps[start:] for name in _roots(each) if name in saves]


def _roots(step: Step) -> set[str]:
    found: set[str] = set()
    for each in step.tree():
        own = VERBS[each.verb].references(each.args) if each.verb and not each.arms else ()
        found |= {ref.root for _, ref in refs.find((each.expect, own, each.title, each.ask, each.say, each.differs))}
    return found


def _needs_message(lab: Lab, start: int) -> list[int]:
    """The last steps in front of ``start`` that filled a queue which is taken from before it is filled again."""
    filled: set[str] = set()
    found = []
    for step in lab.steps[start:]:
        for puts, takes in (_flow(each, lab) for each in step.tree()):
            for queue in takes - filled:
                before = [i for i, each in enumerate(lab.steps[:start]) if queue in _filled_by(each, lab)]
                found += before[-1:]
                filled.add(queue)
            filled |= puts
    return found


def _flow(step: Step, lab: Lab) -> tuple[set[str], set[str]]:
    """The queues that a step by itself puts messages into, and those that it takes messages from."""
    if step.arms or step.steps or not step.verb:
        return set(), set()
    puts, takes = VERBS[step.verb].moves(step)
    dead = {lab.resources[name].props.dead_letter for name in takes if name in lab.resources}
    return puts | _subscribed(puts, lab) | (dead - {""}), takes


def _subscribed(topics: set[str], lab: Lab) -> set[str]:
    """The queues that a publish to these topics reaches: those that subscribe, and those that a function sends to."""
    joins = [each.props for each in lab.resources.values() if each.kind == "subscription"]
    found = {each.to for each in joins if each.topic in topics}
    functions = [lab.resources[name].props for name in found if lab.resources[name].kind == "function"]
    return found | {grant.to for each in functions for grant in each.may if grant.word == "send"}


def _filled_by(step: Step, lab: Lab) -> set[str]:
    return {queue for each in step.tree() for queue in _flow(each, lab)[0]}
