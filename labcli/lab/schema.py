"""The lab language as a JSON Schema, for editors: what keys there are, where, and of which sort.

The keys and their sorts are those that the code asks for (``labcli.lab.probe``). A schema knows less than ``lab check``
does: no names, no paths, no operations. What ``lab check`` lets pass, it lets pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labcli.lab.calls import read_call
from labcli.lab.language import Language
from labcli.lab.load import read_lab
from labcli.lab.model import Lab
from labcli.lab.probe import Asked, asked_by
from labcli.lab.quiz import read_question
from labcli.lab.reader import Reader
from labcli.lab.source import Source
from labcli.lab.steps import MODIFIERS, NAME, TOP_ONLY
from labcli.lab.tasks import HINTS, read_task

Schema = dict[str, Any]
_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_MAPPING: Schema = {"type": "object"}
_FILLED: Schema = {"type": "string", "pattern": r"\$\{"}
"""A reference: a matrix puts its value there before the lab is read."""
_TIME: Schema = {
    "anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^\d+(\.\d+)?\s*(ms|s|m|h|d)?$"}],
    "description": "Seconds: 3, 3s, 0.5s, 2m",
}
_NAMES: Schema = {"pattern": f"^{NAME.pattern}$"}
_MODIFIERS: Mapping[str, Schema] = {
    "title": _TEXT, "matrix": _MAPPING, "within": _TIME, "save": {"type": "object", "additionalProperties": _TEXT},
    "expect": _MAPPING, "fails": _TEXT, "show": {"type": ["string", "object", "array"]}, "id": _TEXT, "ask": _TEXT,
    "say": _TEXT, "differs": {"type": "object", "additionalProperties": _TEXT}, "invite": _MAPPING,
}  # fmt: skip
_WAYS: Mapping[str, Schema] = {
    "text": _TEXT, "texts": _TEXTS, "flag": {"type": "boolean"}, "duration": _TIME, "items": {"type": "array"},
    "inner": _MAPPING, "mapping": _MAPPING,
}  # fmt: skip
_PARTS = ("given", "checks", "proof", "solution")
"""The keys of a task that are steps."""


def schema(language: Language) -> Schema:
    """The whole schema, draft 7: what editors understand."""
    root = _properties(asked_by(lambda reader: _lab(reader, language)))
    steps = {"type": "array", "items": _ref("top")}
    root |= {
        "resources": _named(_ref("resource")), "steps": steps, "checks": steps,
        "quiz": {"type": "array", "items": _ref("question")}, "review": {"type": "array", "items": _ref("question")},
        "tasks": {"type": "array", "items": _ref("task")},
    }  # fmt: skip
    kinds = {word: kind for word, kind in language.kinds.items() if not kind.brought}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A lab of labcli",
        **_closed(root, ("lab", "title", "steps")),
        "definitions": {
            "top": _step(language, (*MODIFIERS, *TOP_ONLY)),
            "step": _step(language, MODIFIERS),
            "resource": {**_declared(kinds), "anyOf": [{"required": [word]} for word in kinds]},
            "yours": _declared(kinds),
            "question": _closed(_properties(asked_by(lambda reader: read_question(reader, False))), ("question",)),
            "task": _task(language),
            "call": _call(False),
            "near": _near(language),
            **{f"kind {word}": _closed(_properties(asked_by(kind.read))) for word, kind in kinds.items()},
        },
    }


def _lab(reader: Reader, language: Language) -> Lab:
    return read_lab(reader, Source("probe", {}, b"", {}), language)


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _named(inside: Schema) -> Schema:
    return {"type": ["object", "null"], "propertyNames": _NAMES, "additionalProperties": inside}


def _closed(properties: Mapping[str, Schema], required: Iterable[str] = ()) -> Schema:
    return {
        "type": "object", "properties": dict(properties), "required": list(required), "additionalProperties": False
    }  # fmt: skip


def _properties(asked: Mapping[str, list[Asked]]) -> dict[str, Schema]:
    """Each key with what may stand there: whatever one of the questions takes."""
    return {key: _value(questions) for key, questions in asked.items()}


def _value(asked: list[Asked]) -> Schema:
    if asked[0].sort == "raw":  # the code looks at the value before it asks for a sort: it may be any
        return {}
    ways: list[Schema] = []
    for each in asked:
        way = _way(each)
        if way and way not in ways:
            ways.append(way)
    if all(each == _TEXT for each in ways):
        return _TEXT if any(each.required for each in asked) else {"type": ["string", "null"]}
    return {"anyOf": [*ways, _FILLED, {"type": "null"}]}


def _way(asked: Asked) -> Schema:
    """What one question takes."""
    if asked.sort in ("integer", "number"):
        return {"type": asked.sort, "minimum": asked.low, "maximum": asked.high}
    if asked.sort == "choice":
        return {"enum": list(asked.options)}
    if asked.sort == "inner" and asked.inner:
        return _closed(_properties(asked.inner))
    return _WAYS.get(asked.sort, {})


def _step(language: Language, modifiers: Iterable[str]) -> Schema:
    """A step: one verb, the keys beside it, the modifiers."""
    properties: dict[str, Schema] = {word: _MODIFIERS[word] for word in modifiers}
    beside: dict[str, list[str]] = {}
    for word, verb in language.verbs.items():
        asked = {} if verb.block else _asked_of(verb.read, word)
        own = _named(_ref("step")) if verb.block else _value(asked.get(word, [Asked("raw")]))
        properties[word] = {**own, "description": _first_line(verb)}
        for key in (*asked, *verb.takes):
            if key != word:
                beside.setdefault(key, []).append(word)
        for key, questions in asked.items():
            if key not in modifiers and key not in language.verbs:
                before = properties.get(key)
                now = _value(questions)
                properties[key] = now if before in (None, now) else {}
    needs = {
        key: {"anyOf": [{"required": [word]} for word in words]}
        for key, words in beside.items()
        if key not in ("within", "fails")
    }
    return {
        **_closed(properties),
        "oneOf": [{"required": [word]} for word in language.verbs],
        "dependencies": {key: each for key, each in needs.items() if key not in language.verbs},
    }


def _asked_of(read: Any, word: str) -> dict[str, list[Asked]]:
    """What a verb asks, whatever sort its values are of."""
    found = asked_by(read, None, {word: {}}, {word: []})
    empty: tuple[Any, ...] = ([], {})
    for key in [each for each in found if each != word]:
        for value in empty:
            asked = asked_by(read, {key: value}).get(key, [])
            if asked and asked[0].sort == "raw":
                found[key].insert(0, asked[0])  # it may be any: see `_value`
            found[key] += asked
    return found


def _first_line(thing: Any) -> str:
    return str(type(thing).__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")


def _declared(kinds: Mapping[str, Any]) -> Schema:
    """A declaration: each kind's keys, where its word stands; `role` beside another kind is that one's key."""
    found = []
    for word in kinds:
        others = [{"required": [each]} for each in kinds if each != word]
        alone: Schema = {"required": [word]}
        is_it = {**alone, "not": {"anyOf": others}} if word == "role" else alone
        found.append({"if": is_it, "then": _ref(f"kind {word}")})
    described = {word: {"description": _first_line(kind)} for word, kind in kinds.items()}
    return {"type": "object", "properties": described, "allOf": found}


def _task(language: Language) -> Schema:
    found = _properties(asked_by(lambda reader: read_task(reader, language)))
    seen = {**_step(language, (*MODIFIERS, *TOP_ONLY))}
    seen["properties"] = {**seen["properties"], "near": {"type": "array", "items": _ref("near")}}
    steps = {part: {"type": "array", "items": seen if part in ("checks", "proof") else _ref("top")} for part in _PARTS}
    role = {"role": _TEXT, "may": _TEXTS, "only": {"type": "boolean"}, "not": {"type": "boolean"}}
    call = {"title": _TEXT, "early": _TEXT, "any": {"type": "array", "items": _ref("call")}}
    found |= {
        "resources": _named(_ref("resource")), "yours": _named(_ref("yours")), **steps,
        "near": {"type": "array", "items": _ref("near")},
        "calls": {"type": "array", "items": {**_call(True), "properties": call}},
        "allows": {"type": "array", "items": _closed({**role, "topic": _TEXT, "to": _TEXT})},
        "hints": {"type": "array", "items": _TEXT, "minItems": HINTS, "maxItems": HINTS},
    }  # fmt: skip
    return _closed(found, ("task", "title", "text", "hints", "solution", "because"))


def _call(open_: bool) -> Schema:
    """`sqs.send_message: {to: inbox, with: {…}}`; with ``open_`` other keys stand beside it."""
    inside = _properties(asked_by(lambda reader: read_call(reader, "a.b", "")))
    return {
        "type": "object", "patternProperties": {r"^[a-z0-9-]+\.[a-z0-9_]+$": _closed(inside)},
        "additionalProperties": False, **({} if open_ else {"minProperties": 1, "maxProperties": 1}),
    }  # fmt: skip


def _near(language: Language) -> Schema:
    """A sentence, and when it is said."""
    call = _properties(asked_by(lambda reader: read_call(reader, "a.b", "", anything=True)))
    step = _step(language, MODIFIERS)["properties"]
    return _closed({**step, **call, "call": _TEXT, "say": _TEXT, "when": _MAPPING}, ("say",))
