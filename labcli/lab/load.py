"""From a lab file to a ``Lab``: the structure of the file, every problem at once, no AWS model needed.

``load`` answers what the file says; ``labcli.lab.check`` holds it against the catalog of operations.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from labcli.lab import refs
from labcli.lab.language import Language
from labcli.lab.model import Lab, ResourceSpec, Step, Where
from labcli.lab.problem import LabInvalid, glue, nearest
from labcli.lab.reader import Findings, Reader, kind_of
from labcli.lab.source import Source, read

FORMAT = 1
"""The version of the lab language that this labcli reads; a lab may say ``format: 1``."""

_LAB_ID = re.compile(r"[a-z][a-z0-9]{0,15}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")
_RESERVED = frozenset({"run"})
GIVEN = frozenset({"calls", "seconds", "error", "depth"})
"""What every step gives beside what its verb gives: no sub-step can be called so."""
_MODIFIERS = ("title", "matrix", "within", "save", "expect", "fails", "show", "id")
_TOP_ONLY = ("ask", "say", "differs")


def load(file: Path, language: Language) -> Lab:
    """Read a lab file. UsageError when it cannot be read at all, LabInvalid with every structural problem."""
    source = read(file)
    lab, findings = assemble(source, language)
    if findings.problems:
        raise LabInvalid(source.file, findings.problems)
    return lab


def assemble(source: Source, language: Language) -> tuple[Lab, Findings]:
    """The lab as far as it can be understood, and the problems on the way."""
    findings = Findings(source)
    root = Reader(source.data, (), findings, "a lab")
    version = root.integer("format", 1, 999, FORMAT)
    if version is not None and version > FORMAT:
        root.bad("format", f"this lab is written for a newer labcli (format {version}; this one reads {FORMAT})")
    lab_id = root.text("lab", required=True)
    if lab_id and not _LAB_ID.fullmatch(lab_id):
        root.bad("lab", f"a lab's id is up to 16 small letters and digits, not `{lab_id}`")
    minutes = root.inner("minutes", "`minutes`")
    resources = _resources(root, language)
    taken = frozenset(root.mapping("resources")) | _RESERVED
    steps = tuple(
        _Steps(language, findings, taken).top(item, ("steps", index), str(index + 1))
        for index, item in enumerate(root.items("steps"))
    )
    checks = tuple(
        _Steps(language, findings, taken, check=True).top(item, ("checks", index), f"check {index + 1}")
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
        digest=source.digest,
    )
    if minutes:
        minutes.done()
    if root.items("needs"):
        root.bad("needs", "this labcli runs labs that need no other lab: `needs: []`")
    root.done()
    _unique(lab, findings)
    return lab, findings


def _resources(root: Reader, language: Language) -> dict[str, ResourceSpec]:
    found: dict[str, ResourceSpec] = {}
    for name, declaration in root.mapping("resources").items():
        where: Where = ("resources", name)
        if not _NAME.fullmatch(name) or name in _RESERVED:
            root.findings.add(
                where, f"`{name}` cannot be a resource's name: up to 32 letters, digits and _, from a letter", key=True
            )
        reader = Reader(declaration, where, root.findings, f"resource `{name}`")
        kinds = [key for key in reader.data if key in language.kinds]
        if len(kinds) != 1:
            said = ", ".join(f"`{kind}`" for kind in language.kinds)
            odd = next((k for k in reader.data if nearest(k, language.kinds)), "")
            near = f" (`{odd}`{nearest(odd, language.kinds)})" if odd else ""
            if isinstance(declaration, dict):
                root.findings.add(where, f"resource `{name}` says one kind: {said}{near}")
            continue
        reader.what = f"a {kinds[0]}"
        props = language.kinds[kinds[0]].read(reader)
        reader.done()
        found[name] = ResourceSpec(name, kinds[0], props, where, reader.data)
    return found


def _shows_depth(reader: Reader) -> bool:
    """A block gives ``depth`` only when it shows it; otherwise a step inside it may have that name."""
    show = reader.data.get("show")
    return "depth" in (show if isinstance(show, list) else [show])


class _Steps:
    """Reads steps: one verb each, its modifiers, the arms of a matrix and the steps of a block."""

    def __init__(self, language: Language, findings: Findings, taken: frozenset[str], check: bool = False) -> None:
        self.language = language
        self.findings = findings
        self.taken = taken
        self.check = check

    def top(self, data: Any, where: Where, number: str) -> Step:
        step = self.one(data, where, number, "")
        reader = Reader(data if isinstance(data, dict) else {}, where, self.findings, f"step {number}")
        return step._replace(
            ask=reader.text("ask"),
            say=reader.text("say"),
            differs={
                key: value
                for key, value in reader.mapping("differs").items()
                if self._differs(key, value, reader.at("differs"))
            },
        )

    def one(self, data: Any, where: Where, number: str, name: str) -> Step:
        reader = Reader(data, where, self.findings, f"step {number}" if not self.check else number)
        if reader.has("matrix"):
            return self._matrix(reader, number, name)
        verb = self._verb(reader)
        if verb is None:
            return Step(number=number, title="", verb="", args=None, where=where, name=name)
        kind = self.language.verbs[verb]
        step = self._common(reader, number, name, verb)
        inner = self._block(reader, verb, number) if kind.block else ()
        args = kind.read(reader)
        reader.done((*_MODIFIERS, verb, *(() if name else _TOP_ONLY)))
        return step._replace(args=args, steps=inner, title=step.title or kind.title(args))

    def _verb(self, reader: Reader) -> str | None:
        verbs = [key for key in reader.data if key in self.language.verbs]
        if len(verbs) == 1:
            if reader.data[verbs[0]] not in (None, "", [], {}):
                return verbs[0]
            self.findings.add(reader.at(verbs[0]), f"`{verbs[0]}` is empty: say what")
            return None
        if not reader.whole:
            return None
        if verbs:
            self.findings.add(reader.where, f"{reader.what} has {len(verbs)} verbs ({', '.join(verbs)}): one a step")
            return None
        known = {*_MODIFIERS, *_TOP_ONLY, "with", "input"}
        odd = next((key for key in reader.data if key not in known), "")
        if glued := glue(odd, self.language.verbs):
            self.findings.add((*reader.where, odd), glued, key=True)
            return None
        near = nearest(odd, self.language.verbs)
        said = "" if near else f" ({', '.join(self.language.verbs)})"
        what = f"; `{odd}` is none{near}" if odd else ""
        self.findings.add(
            (*reader.where, odd) if odd else reader.where, f"{reader.what} has no verb{said}{what}", key=True
        )
        return None

    def _common(self, reader: Reader, number: str, name: str, verb: str) -> Step:
        takes = self.language.verbs[verb].takes
        for key in ("within", "fails"):
            if reader.has(key) and key not in takes:
                self.findings.add(reader.at(key), f"`{verb}` takes no `{key}`", key=True)
        return Step(
            number=number,
            title=reader.text("title"),
            verb=verb,
            args=None,
            where=reader.where,
            name=name,
            id=reader.text("id"),
            within=reader.duration("within", 0.1, 900),
            save=self._save(reader),
            expect=reader.mapping("expect"),
            fails=reader.text("fails"),
            show=self._show(reader),
        )

    def _save(self, reader: Reader) -> dict[str, str]:
        found = {}
        for name, path in reader.mapping("save").items():
            if not _NAME.fullmatch(name) or name in _RESERVED:
                self.findings.add((*reader.at("save"), name), f"`{name}` cannot be a saved name", key=True)
            elif not isinstance(path, str):
                self.findings.add((*reader.at("save"), name), f"`save` takes JMESPath, not {kind_of(path)}")
            else:
                found[name] = path
        return found

    def _show(self, reader: Reader) -> tuple[tuple[str, str], ...]:
        value = reader.raw("show")
        columns: list[tuple[str, str]] = []
        for index, item in enumerate(value if isinstance(value, list) else [] if value is None else [value]):
            if isinstance(item, str):
                columns.append((item, ""))
            elif isinstance(item, dict) and all(isinstance(path, str) for path in item.values()):
                columns.extend(item.items())
            else:
                self.findings.add((*reader.at("show"), index), "`show` lists JMESPath, `heading: JMESPath` or a view")
        return tuple(columns)

    def _block(self, reader: Reader, verb: str, number: str) -> tuple[Step, ...]:
        inner = reader.mapping(verb)
        for name in inner:
            where = (*reader.at(verb), name)
            if not _NAME.fullmatch(name):
                self.findings.add(where, f"`{name}` cannot be a step's name", key=True)
            elif name in GIVEN and (name != "depth" or _shows_depth(reader)):
                said = f"`{name}` cannot be a step's name here: every step gives `{name}` itself"
                self.findings.add(where, said, key=True)
        return tuple(
            self.one(value, (*reader.at(verb), name), f"{number}.{name}", name) for name, value in inner.items()
        )

    def _matrix(self, reader: Reader, number: str, name: str) -> Step:
        """A matrix is its arms: the same step, read once per value with the value in the variable's place."""
        variable, values = self._values(reader)
        labels = [str(value) for value in values]
        keep = {"title", "save", "expect", "show", "id", "matrix", *_TOP_ONLY}
        body = {key: value for key, value in reader.data.items() if key not in keep}
        if "within" in body and "do" in body and "expect" in reader.data:
            said = "in a matrix, `within` belongs to a named step inside `in_order`"
            self.findings.add(reader.at("within"), said, key=True)
            del body["within"]
        arms = tuple(
            self.one(refs.rename(body, variable, value), reader.where, f"{number}[{label}]", label)
            for value, label in zip(values, labels, strict=True)
        )
        verb = arms[0].verb if arms else ""
        title = reader.text("title") or (arms[0].title if arms else "")
        return Step(
            number=number, title=title, verb=verb, args=None, where=reader.where, name=name, id=reader.text("id"),
            save=self._save(reader), expect=reader.mapping("expect"), show=self._show(reader),
            matrix=variable, arms=arms,
        )  # fmt: skip

    def _values(self, reader: Reader) -> tuple[str, list[Any]]:
        """The variable of a matrix and its values; none when they cannot be used."""
        matrix = reader.mapping("matrix")
        variable, values = next(iter(matrix.items()), ("", []))
        where = (*reader.at("matrix"), variable) if variable else reader.at("matrix")
        if len(matrix) != 1 or not isinstance(values, list) or not 1 <= len(values) <= 8:
            self.findings.add(where, "`matrix` is one variable and a list of one to eight values: {q: [orders, pay]}")
            return variable, []
        if not _NAME.fullmatch(variable) or variable in self.taken:
            taken = "the name is taken" if variable in self.taken else "up to 32 letters, digits and _, from a letter"
            self.findings.add(where, f"`{variable}` cannot be a matrix variable: {taken}", key=True)
            return variable, []
        plain = all(isinstance(value, str | int | float) and value != "" for value in values)
        if not plain or len({str(value) for value in values}) != len(values):
            self.findings.add(where, "the values of a matrix are different texts or numbers")
            return variable, []
        return variable, values

    def _differs(self, key: str, value: Any, where: Where) -> bool:
        if key not in ("local", "aws"):
            self.findings.add((*where, key), f"`differs` is said for `local` or `aws`, not `{key}`", key=True)
            return False
        if not isinstance(value, str):
            self.findings.add((*where, key), f"`differs` is text, not {kind_of(value)}")
            return False
        return True


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
