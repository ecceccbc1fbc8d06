"""The page of the verbs: what each does, its keys, what it gives, an example; then all that every step can say."""

from __future__ import annotations

from docs.reference import words
from docs.reference.examples import of_modifier, of_verb
from docs.reference.keys import Key, keys_read, known_keys
from docs.reference.markdown import block, code, listed, paragraphs, sentence, table
from docs.reference.resources import flat, key_table
from labcli.aws.resources import KINDS
from labcli.lab.aws import Shape
from labcli.lab.expect import MATCHERS
from labcli.lab.load import assemble
from labcli.lab.scope import RUN_ATTRIBUTES
from labcli.lab.source import Source
from labcli.lab.steps import MODIFIERS, TOP_ONLY
from labcli.steps.evidence.pictures import MADE_OF, PICTURES
from labcli.steps.evidence.tables import NEEDS, TABLES
from labcli.steps.evidence.views import FITS, VIEWS
from labcli.steps.language import LANGUAGE, VERBS

SENDERS = ("send", "publish")
"""The verbs that have messages."""


def verbs_page() -> str:
    """docs/verbs.md."""
    parts = [words.VERBS_INTRO, "## The verbs\n", _overview()]
    agree_all()
    for word in VERBS:
        parts += _verb(word)
    parts += ["## Modifiers\n", words.MODIFIERS_INTRO, table(("modifier", "value", "what it does"), _modifiers())]
    for name in ("matrix", "within", "fails", "differs"):
        example = of_modifier(name)
        if example is not None:
            parts += [f"`{name}`, from `{example.file}`:\n", block(example.text, "yaml")]
    parts += ["## Matchers\n", words.MATCHERS_INTRO]
    parts.append(table(("matcher", "holds when"), [(code(each), words.MATCHERS_MEAN[each]) for each in MATCHERS]))
    views = [(code(name), sentence(view.__doc__), code(FITS[name])) for name, view in VIEWS.items()]
    views += [(code(name), sentence(view.__doc__), code(MADE_OF[name])) for name, view in PICTURES.items()]
    views += [(code(name), sentence(view.__doc__), NEEDS[name]) for name, view in TABLES.items()]
    parts += ["## Views of `show`\n", words.VIEWS_INTRO, table(("view", "what it shows", "made of"), views)]
    parts += ["## References\n", words.REFERENCES_INTRO, table(("reference", "what it finds"), _references())]
    return "\n".join(parts)


def agree_all() -> None:
    """The words and the code speak of the same things."""
    words.agree("a verb", set(VERBS), words.VERB_KEYS)
    words.agree("a verb that gives", set(VERBS), words.GIVES)
    words.agree("a modifier", {*MODIFIERS, *TOP_ONLY}, words.MODIFIERS)
    words.agree("a matcher", set(MATCHERS), words.MATCHERS_MEAN)
    words.agree("a key of a message", {key for word in SENDERS for key in _message_keys(word)}, words.MESSAGE_KEYS)


def keys_of(word: str) -> dict[str, Key]:
    """The keys of a verb, those of its own mapping in front."""
    return keys_read(VERBS[word], None, {word: {}})


def _overview() -> str:
    return table(("verb", "what it does"), [(f"[`{word}`](#{word})", _first(word)) for word in VERBS])


def _first(word: str) -> str:
    return words.VERB_LINES.get(word) or paragraphs(VERBS[word])[0]


def _verb(word: str) -> list[str]:
    verb, keys = VERBS[word], keys_of(word)
    meanings = words.VERB_KEYS[word]
    own = {word} if keys[word].kind == "mapping" else set()
    words.agree(f"a key of the verb `{word}`", set(flat(keys)) - own, meanings)
    more = [f"{each}\n" for each in paragraphs(verb)[1:]] if word in words.VERB_LINES else []
    parts = [f"### {word}\n", _first(word) + "\n", *more, key_table(keys, meanings)]
    if word in SENDERS:
        known = _message_keys(word)
        rows = [(code(key), meaning) for key, meaning in words.MESSAGE_KEYS.items() if key in known]
        parts += ["Each of `messages`:\n", table(("key", "what it is"), rows)]
    takes = [name for name in MODIFIERS if name in verb.takes or name not in ("within", "fails")]
    parts.append(f"Modifiers: {listed(takes)}; outside of blocks also {listed(TOP_ONLY)}.\n")
    parts += _gives(word)
    example = of_verb(word)
    if example is None:
        raise SystemExit(f"no lab uses `{word}`: add a step to docs/examples")
    return [*parts, f"From `{example.file}`:\n", block(example.text, "yaml")]


def _gives(word: str) -> list[str]:
    """What the verb gives, from its ``gives``: what ``lab check`` holds paths against."""
    meanings, members = words.GIVES[word], VERBS[word].gives.members
    if isinstance(meanings, str):
        return [f"It gives to `expect`, `save` and `show`: {meanings}\n"]
    words.agree(f"given by the verb `{word}`", members, meanings)
    rows = [(code(name), _kind(shape), meanings[name]) for name, shape in members.items()]
    return ["It gives to `expect`, `save` and `show`:\n", table(("name", "value", "what it is"), rows)]


def _kind(shape: Shape) -> str:
    """A shape in words: ``list of text``, ``mapping of `a`, `b` ``."""
    if shape.kind == "structure":
        return f"mapping of {listed(shape.members)}"
    if shape.enum:
        return listed(shape.enum)
    if shape.element is not None:
        return f"{'list' if shape.kind == 'list' else 'mapping'} of {_kind(shape.element)}"
    return {"string": "text", "integer": "whole number", "float": "number", "any": "anything"}[shape.kind]


def _modifiers() -> list[tuple[str, str, str]]:
    return [(code(name), *words.MODIFIERS[name]) for name in words.MODIFIERS]


def _references() -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for kind, known in KINDS.items():
        for name in known.attributes:
            rows.append((code(f"${{NAME.{name}}}"), f"of a {kind}: {words.attribute(known, name)}"))
    rows += [(code(f"${{run.{name}}}"), words.RUN_MEANS[name]) for name in RUN_ATTRIBUTES]
    return [*rows, *((code(name), text) for name, text in words.OTHER_REFERENCES.items())]


def _message_keys(word: str) -> set[str]:
    """The keys of an item of ``messages``: what the message for an unknown one lists."""
    return _unknown({"steps": [{word: {"to": "q", "messages": [{"body": "x", "?": 1}]}}]})


def lab_keys() -> set[str]:
    """The keys at the top of a lab."""
    return _unknown({"?": 1})


def _unknown(data: dict[str, object]) -> set[str]:
    _, findings = assemble(Source("probe", {"lab": "a", "title": "a", **data}, b"", {}), LANGUAGE)
    said = next(each.message for each in findings.problems if "unknown key `?`" in each.message)
    return known_keys(said)
