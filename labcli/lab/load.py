"""From a lab file to a ``Lab``: the structure of the file, every problem at once, no AWS model needed.

``load`` answers what the file says; ``labcli.lab.check`` holds it against the catalog of operations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from labcli.errors import LabcliError, UsageError
from labcli.lab.declared import read_resources
from labcli.lab.language import Language
from labcli.lab.model import Lab
from labcli.lab.problem import LabInvalid
from labcli.lab.quiz import read_quiz
from labcli.lab.reader import NO_SOURCES, Findings, Reader
from labcli.lab.refs import keys, references, texts
from labcli.lab.source import Source, read
from labcli.lab.steps import RESERVED, StepReader
from labcli.lab.tasks import read_tasks
from labcli.rules.near import nearest

FORMAT = 1
"""The version of the lab language that this labcli reads; a lab may say ``format: 1``."""

_CIRCLE = "labs that need each other"
LAB_ID = re.compile(r"[a-z][a-z0-9]{0,15}")
"""What a lab may be called."""


def load(file: Path, language: Language, sources: Mapping[str, Path] = NO_SOURCES) -> Lab:
    """Read a lab file. UsageError when it cannot be read at all, LabInvalid with every structural problem.

    ``sources`` are files of the learner's that stand in for the sources of functions, by the functions' names.
    """
    source = read(file)
    lab, findings = assemble(source, language, sources)
    if findings.problems:
        raise LabInvalid(source.file, findings.problems)
    return lab


def assemble(
    source: Source, language: Language, sources: Mapping[str, Path] = NO_SOURCES, above: tuple[str, ...] = ()
) -> tuple[Lab, Findings]:
    """The lab as far as it can be understood, and the problems on the way. ``above`` are the labs that need it."""
    findings = Findings(source, Path(source.file).parent, sources)
    root = Reader(source.data, (), findings, "a lab")
    lab = read_lab(root, source, language, above)
    _replaced(lab, sources)
    root.done()
    _unique(lab, findings)
    _not_filled(root, lab)
    return lab, findings


def read_lab(root: Reader, source: Source, language: Language, above: tuple[str, ...] = ()) -> Lab:
    """The lab that a whole file is, by its reader."""
    findings = root.findings
    version = root.integer("format", 1, 999, FORMAT)
    if version is not None and version > FORMAT:
        root.bad("format", f"this lab is written for a newer labcli (format {version}; this one reads {FORMAT})")
    lab_id = root.text("lab", required=True)
    if lab_id and not LAB_ID.fullmatch(lab_id):
        root.bad("lab", f"a lab's id is up to 16 small letters and digits, not `{lab_id}`")
    minutes = root.inner("minutes", "`minutes`")
    resources = read_resources(root, "resources", language)
    needed = _needed(root, lab_id, source, language, above)
    taken = frozenset(root.mapping("resources")) | RESERVED | frozenset(needed)
    steps = tuple(
        StepReader(language, findings, taken).top(item, ("steps", index), str(index + 1))
        for index, item in enumerate(root.items("steps"))
    )
    checks = tuple(
        StepReader(language, findings, taken, check=True).top(item, ("checks", index), f"check {index + 1}")
        for index, item in enumerate(root.items("checks"))
    )
    if root.raw("steps") in (None, []) and not any(nearest(key, ["steps"]) for key in root.data if key != "steps"):
        findings.add((), "a lab has at least one step: `steps:`")
    lab = Lab(
        id=lab_id,
        title=root.text("title", required=True),
        week=root.integer("week", 0, 99, 0) or 0,
        run_minutes=minutes.number("run", 0, 600) if minutes else 0,
        guided_minutes=minutes.number("guided", 0, 600) if minutes else 0,
        goals=root.texts("goals"),
        notes=root.text("notes"),
        resources=resources,
        steps=steps,
        checks=checks,
        file=source.file,
        raw=source.raw,
        needed=needed,
        quiz=read_quiz(root),
        tasks=read_tasks(root, language),
    )
    if minutes:
        minutes.done()
    return lab


def _not_filled(root: Reader, lab: Lab) -> None:
    """References where nothing is ever filled: in a key, and in what is said of the lab before any run of it."""
    saved = {name for step in (*lab.steps, *lab.checks) for each in step.tree() for name in (*each.save, each.matrix)}
    known = {*lab.resources, *lab.needed, *saved, *RESERVED} - {""}
    for where, text in keys(root.data):
        if references(text):
            root.findings.add(where, f"`{text}`: a reference is filled in values, never in a key", key=True)
    for part in ("title", "goals", "notes", "quiz", "review"):
        for where, text in texts(root.data.get(part), (part,)):
            if odd := next((ref for ref in references(text) if ref.root in known), None):
                root.findings.add(where, f"{odd.text} is not filled here: this is said before a run knows it")


def _replaced(lab: Lab, sources: Mapping[str, Path]) -> None:
    """UsageError for a ``--with`` that names no function of the lab."""
    for name in sources:
        spec = lab.resources.get(name)
        if spec is None or spec.kind != "function":
            functions = [each.name for each in lab.resources.values() if each.kind == "function"]
            raise UsageError(
                f"--with {name}=…: {lab.id} has no function `{name}`{nearest(name, functions)}",
                f"Its functions: {', '.join(functions) or 'none'}",
            )


def _needed(root: Reader, lab_id: str, source: Source, language: Language, above: tuple[str, ...]) -> dict[str, Lab]:
    """The labs under ``needs``: each stands in a file of its name beside this one."""
    found: dict[str, Lab] = {}
    for index, name in enumerate(root.texts("needs")):
        where = (*root.at("needs"), index)
        file = Path(source.file).parent / f"{name}.yaml"
        if not LAB_ID.fullmatch(name) or not file.is_file():
            root.findings.add(where, f"no lab `{name}` beside this file: {name}.yaml")
        elif name in (*above, lab_id):
            root.findings.add(where, f"{_CIRCLE}: {' → '.join((*above, lab_id, name))}")
        elif name in root.mapping("resources"):
            root.findings.add(where, f"`{name}` is a resource here too: give it another name")
        else:
            try:
                lab, findings = assemble(read(file), language, above=(*above, lab_id))
            except LabcliError as error:
                root.findings.add(where, f"{name}, which this lab needs: {error.message}")
                continue
            if findings.problems:
                said = f"{name}, which this lab needs, has problems: labcli lab check {file}"
                circle = (each.message for each in findings.problems if each.message.startswith(_CIRCLE))
                root.findings.add(where, next(circle, said))
            elif lab.id != name:
                root.findings.add(where, f"{name}.yaml is not the lab `{name}`: it says `lab: {lab.id}`")
            found[name] = lab
    return found


def _unique(lab: Lab, findings: Findings) -> None:
    seen: dict[str, str] = {}
    numbers = {step.number for step in lab.steps}
    for step in lab.steps:
        if not step.id:
            continue
        if step.id in numbers:
            findings.add((*step.where, "id"), f"`{step.id}` is the number of a step: give an id with letters")
        if step.id in seen:
            findings.add((*step.where, "id"), f"two steps have the id `{step.id}` (step {seen[step.id]} too)")
        seen.setdefault(step.id, step.number)
