"""The solution of a task as commands to copy: what is known is in them, so that one line is one command."""

from __future__ import annotations

from typing import NamedTuple

from labcli.aws.spoken.text import Names, Text
from labcli.aws.spoken.words import flags
from labcli.aws.targets import Session
from labcli.context import Context
from labcli.errors import LabcliError, UsageError
from labcli.lab.aws import Catalog
from labcli.lab.model import Lab, Task
from labcli.lab.reader import Findings
from labcli.lab.refs import NoSuchValue, Ref, walk
from labcli.lab.scope import Scope
from labcli.run.by_hand.attempt import begin, ready, task_of
from labcli.run.by_hand.progress import note_solution
from labcli.run.by_hand.scene import Scene, scene
from labcli.run.plan.plan import Nowhere
from labcli.run.plan.script.languages import SCRIPTS
from labcli.run.plan.script.make import Maker, Script
from labcli.run.plan.script.naming import names, used
from labcli.run.plan.script.statements import Ask, Statement
from labcli.run.plan.script.writer import Writer
from labcli.steps.language import LANGUAGE
from labcli.steps.perform import perform


class Solution(NamedTuple):
    """A solution: the task, the commands, and each option of theirs in a few words."""

    task: Task
    title: str
    text: str
    options: tuple[tuple[str, str], ...]


def solution(context: Context, session: Session, lab: Lab, catalog: Catalog, wanted: str, language: str) -> Solution:
    """How a task can be done; that it was looked at is remembered. UsageError when there is no such task."""
    task = ready(context, lab, task_of(lab, wanted))
    with scene(context, session, lab, catalog) as here:
        begin(here, task)
        writer, body = _written(here, task, catalog, language)
        lines = "\n".join(line for each in body for line in writer.statement(each)).strip("\n")
        text = f"{writer.needed(lines)}\n\n{lines}".strip("\n")
        title = here.world().told(task.title)
        note_solution(context, lab, task)
    return Solution(task, title, text, tuple(_options(body)) if language != "boto3" else ())


def _written(here: Scene, task: Task, catalog: Catalog, language: str) -> tuple[Writer, list[Statement]]:
    """The solution's statements, and a writer who knows the values of what is known."""
    steps = tuple(step._replace(number=str(index)) for index, step in enumerate(task.solution, 1))
    lab = here.lab.by_hand._replace(steps=steps)
    kind, slow = SCRIPTS[language]
    maker = Maker(lab, Scope(lab, LANGUAGE.kinds, catalog, Findings(Nowhere())), slow)
    maker.made = {name: spec for name, spec in lab.resources.items() if _is_there(here, name)}
    body: list[Statement] = [each for step in steps for each in maker.step(step)]
    writer = kind(Script(lab, tuple(body)), catalog)
    writer.names = _literal(here, names(lab))
    writer.used = used(body, writer.names)
    return writer, body


def _is_there(here: Scene, name: str) -> bool:
    """Whether a solution finds a thing: labcli's own that live, and the learner's. A log group comes by itself."""
    root, _, brought = name.partition(".")
    if root in here.port.yours:
        return bool(brought) or here.port.found(name) is not None
    return any(each.key == name for each in here.run.live)


def _literal(here: Scene, variables: Names) -> Names:
    """References as the values that are known; what only the commands will tell stays a variable."""

    def say(ref: Ref) -> Text:
        if ref.root not in here.port.lab.resources:
            return variables(ref)
        name, path = _thing(here, ref)
        try:
            value = walk(dict(here.port.attributes(name)), ref._replace(root=name, path=path))
        except NoSuchValue:
            value = _url(here, ref) if ref.path == ("url",) else None
        return (str(value),) if value else variables(ref)

    return say


def _thing(here: Scene, ref: Ref) -> tuple[str, tuple[str | int, ...]]:
    """What a reference is about, ``pack`` or ``pack.log_group``, and which attribute of it. ``arn_by_name`` is what a
    script calls an ARN that it puts together itself.
    """
    path = tuple("arn" if each == "arn_by_name" else each for each in ref.path)
    brought = f"{ref.root}.{path[0]}" if len(path) > 1 else ""
    return (brought, path[1:]) if brought in here.port.lab.resources else (ref.root, path)


def _url(here: Scene, ref: Ref) -> str | None:
    """The URL of a queue that is not there yet: AWS makes it of account, region and name."""
    spec, place = here.port.lab.resources[ref.root], here.session.target.place
    if spec.kind != "queue":
        return None
    host = place.endpoint or f"https://sqs.{place.region}.amazonaws.com"
    return f"{host}/{place.account}/{here.port.name_of(spec)}"


def _options(body: list[Statement]) -> list[tuple[str, str]]:
    """Each option of the commands once, in a few words."""
    found: dict[str, str] = {}
    for each in body:
        if isinstance(each, Ask) and not each.aside:
            found |= {option: said for option, said in flags(each.call) if option not in found}
    return list(found.items())


def do_it(context: Context, session: Session, lab: Lab, catalog: Catalog, wanted: str) -> Task:
    """Perform a solution in the learner's stead. LabcliError when what it makes is there already, or when it fails."""
    task = ready(context, lab, task_of(lab, wanted))
    with scene(context, session, lab, catalog) as here:
        begin(here, task)
        makes = [name for step in task.solution if step.verb == "create" for name in step.args]
        there = [name for name in makes if name in here.port.yours and here.port.found(name) is not None]
        if there:
            raise LabcliError(
                f"{here.port.name_of(here.port.yours[there[0]])} is there already: nothing was changed",
                f"Delete it first, or go on with it: labcli day {lab.id} try {task.id}",
            )
        note_solution(context, lab, task)
        world = here.world()
        for step in task.solution:
            done = perform(step, world)
            if not done.passed:
                raise LabcliError(f"the solution of `{task.id}` failed at “{world.told(step.title)}”")
        here.ledger.write("performed", task=task.id)
    return task


def check_language(word: str) -> None:
    """UsageError for a language in which no solution is written."""
    if word not in SCRIPTS:
        raise UsageError(f"a solution cannot be written as `{word}`", f"It can be: {', '.join(SCRIPTS)}")
