"""Reading the steps of a lab file: one verb each, its modifiers, the arms of a matrix, the steps of a block."""

from __future__ import annotations

import re
from typing import Any

from labcli.lab import refs
from labcli.lab.language import Language
from labcli.lab.model import Step, Where
from labcli.lab.reader import Findings, Reader, kind_of
from labcli.rules.near import glue, nearest

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")
RESERVED = frozenset({"run"})
GIVEN = frozenset({"calls", "seconds", "error", "depth"})
"""What every step gives beside what its verb gives: no sub-step can be called so."""
MODIFIERS = ("title", "matrix", "within", "save", "expect", "fails", "show", "id")
TOP_ONLY = ("ask", "say", "differs", "invite")


def _shows_depth(reader: Reader) -> bool:
    """A block gives ``depth`` only when it shows it; otherwise a step inside it may have that name."""
    show = reader.data.get("show")
    return "depth" in (show if isinstance(show, list) else [show])


class StepReader:
    """Reads steps: one verb each, its modifiers, the arms of a matrix and the steps of a block."""

    def __init__(self, language: Language, findings: Findings, taken: frozenset[str], check: bool = False) -> None:
        self.language = language
        self.findings = findings
        self.taken = taken
        self.check = check

    def top(self, data: Any, where: Where, number: str) -> Step:
        """A step of the lab: what is asked and said belongs to it."""
        step = self.one(data, where, number, "")
        reader = Reader(data if isinstance(data, dict) else {}, where, self.findings, f"step {number}")
        differs = {
            key: value
            for key, value in reader.mapping("differs").items()
            if self._differs(key, value, reader.at("differs"))
        }
        invite = self._invite(reader, number)
        said = {"ask": reader.text("ask"), "say": reader.text("say"), "differs": differs}
        return step._replace(**self._of_all_arms(said, step), invite=invite)

    def _invite(self, reader: Reader, number: str) -> Step | None:
        """``invite: {say: …, do: sqs.get_queue_attributes, with: {…}}``."""
        inner = reader.inner("invite", "`invite`")
        if inner is None:
            return None
        if not inner.text("say", required=True):
            return None
        data = {"title" if key == "say" else key: value for key, value in inner.data.items()}
        odd = [key for key in data if key not in ("title", "do", "with")]
        for key in odd:
            self.findings.add((*inner.where, key), f"`invite` has no `{key}`: it has `say`, `do` and `with`", key=True)
        if "do" not in data and not odd:
            self.findings.add(inner.where, "`invite` names a call: `do`")
        return None if odd or "do" not in data else self.one(data, inner.where, f"{number}.invite", "invite")

    def _of_all_arms(self, said: dict[str, Any], step: Step) -> dict[str, Any]:
        """What a matrix says once, it says of all its values: ``${q}`` is ``orders, pay``."""
        values = ", ".join(arm.name for arm in step.arms)
        filled: dict[str, Any] = refs.rename(said, step.matrix, values) if step.arms else said
        return filled

    def one(self, data: Any, where: Where, number: str, name: str) -> Step:
        """A step at any depth; ``name`` is what its block or matrix calls it."""
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
        reader.done((*MODIFIERS, verb, *(() if name else TOP_ONLY)))
        return step._replace(args=args, steps=inner, title=step.title or refs.literal(kind.title(args)))

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
        known = {*MODIFIERS, *TOP_ONLY, "with", "input"}
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
            id=self._plain(reader, "id"),
            within=reader.duration("within", 0.1, 900),
            save=self._save(reader),
            expect=reader.mapping("expect"),
            fails=self._plain(reader, "fails"),
            show=self._show(reader),
        )

    def _save(self, reader: Reader) -> dict[str, str]:
        found = {}
        for name, path in reader.mapping("save").items():
            if not NAME.fullmatch(name) or name in RESERVED:
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
        if verb == "either" and len(inner) < 2:
            self.findings.add(reader.at(verb), "`either` holds two or more named steps: a person takes one of them")
        for name in inner:
            where = (*reader.at(verb), name)
            if not NAME.fullmatch(name):
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
        keep = {"title", "save", "expect", "show", "id", "matrix", *TOP_ONLY}
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
        step = Step(
            number=number, title=title, verb=verb, args=None, where=reader.where, name=name,
            id=self._plain(reader, "id"), save=self._save(reader), expect=reader.mapping("expect"),
            show=self._show(reader), matrix=variable, arms=arms,
        )  # fmt: skip
        return step._replace(**self._of_all_arms({"title": title}, step))

    def _plain(self, reader: Reader, key: str) -> str:
        """A text in which nothing is filled."""
        text = reader.text(key)
        if "${" in text:
            reader.bad(key, f"`{key}` is a word of the lab: nothing is filled in it")
        return text

    def _values(self, reader: Reader) -> tuple[str, list[Any]]:
        """The variable of a matrix and its values; none when they cannot be used."""
        matrix = reader.mapping("matrix")
        variable, values = next(iter(matrix.items()), ("", []))
        where = (*reader.at("matrix"), variable) if variable else reader.at("matrix")
        if len(matrix) != 1 or not isinstance(values, list) or not 1 <= len(values) <= 8:
            self.findings.add(where, "`matrix` is one variable and a list of one to eight values: {q: [orders, pay]}")
            return variable, []
        if not NAME.fullmatch(variable) or variable in self.taken:
            taken = "the name is taken" if variable in self.taken else "up to 32 letters, digits and _, from a letter"
            self.findings.add(where, f"`{variable}` cannot be a matrix variable: {taken}", key=True)
            return variable, []
        plain = all(isinstance(value, str | int | float) and value != "" for value in values)
        if not plain or len({str(value) for value in values}) != len(values):
            self.findings.add(where, "the values of a matrix are different texts or numbers")
            return variable, []
        return variable, values

    def _differs(self, key: str, value: Any, where: Where) -> bool:
        if key not in ("local", "aws", "aws-like"):
            said = f"`differs` is said for `local`, `aws` or `aws-like`, not `{key}`"
            self.findings.add((*where, key), said, key=True)
            return False
        if not isinstance(value, str):
            self.findings.add((*where, key), f"`differs` is text, not {kind_of(value)}")
            return False
        return True
