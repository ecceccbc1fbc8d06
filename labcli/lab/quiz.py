"""The questions of a lab: ``quiz:`` and ``review:``, lists of the same shape.

A question with options has one right answer, and says why and where that stands. One without is open: a person answers
in words of their own, and ``answer`` is what they can hold theirs against.
"""

from __future__ import annotations

from typing import Any

from labcli.lab.model import Question, Where
from labcli.lab.reader import Findings, Reader, kind_of
from labcli.rules.near import nearest

MOST_QUESTIONS = 50
"""Of each of the two lists."""
LEAST_OPTIONS, MOST_OPTIONS = 2, 6


def read_quiz(root: Reader) -> tuple[Question, ...]:
    """The questions of a lab, those of the review last."""
    return (*_list(root, "quiz", "question"), *_list(root, "review", "review question"))


def _list(root: Reader, key: str, what: str) -> list[Question]:
    items = root.items(key)
    if len(items) > MOST_QUESTIONS:
        root.bad(key, f"`{key}` has at most {MOST_QUESTIONS} questions, not {len(items)}")
    found: dict[str, int] = {}
    questions = []
    for index, item in enumerate(items[:MOST_QUESTIONS]):
        reader = Reader(item, (*root.at(key), index), root.findings, f"{what} {index + 1}")
        if not reader.whole:
            continue
        question = read_question(reader, key == "review")
        if same := found.get(_folded(question.text)):
            reader.bad("question", f"{what}s {same} and {index + 1} are the same")
        elif question.text:
            found[_folded(question.text)] = index + 1
        questions.append(question)
    return questions


def read_question(reader: Reader, review: bool) -> Question:
    """One question."""
    text = _text(reader, "question", required=True)
    options = _options(reader)
    answer = _text(reader, "answer", required=True)
    because, source = (_text(reader, each, required=reader.has("options")) for each in ("because", "source"))
    listed = reader.data.get("options")
    whole = isinstance(listed, list) and len(options) == len(listed)  # an option that is none would be missed twice
    if answer and options and whole and answer not in options:
        near = nearest(answer, options) or f"; they are {', '.join(f'`{each}`' for each in options)}"
        reader.bad("answer", f"`{answer}` is none of the options{near}")
    reader.done()
    return Question(text, options, answer, because, source, review)


def _text(reader: Reader, key: str, required: bool) -> str:
    """A text with something in it; where it must be there and is not, that is a problem."""
    value = reader.raw(key)
    if isinstance(value, str) and not value.strip():
        reader.bad(key, f"`{key}` is empty")
        return ""
    return reader.text(key, required=required).strip()


def _options(reader: Reader) -> tuple[str, ...]:
    """The options that are good ones; none where the question is open, or where there is nothing to compare with."""
    items = reader.items("options")
    if isinstance(reader.data.get("options"), list) and not LEAST_OPTIONS <= len(items) <= MOST_OPTIONS:
        said = f"a question has {LEAST_OPTIONS} to {MOST_OPTIONS} options, not {len(items)}"
        reader.bad("options", said if items else f"{said}: leave `options` out of an open question")
    seen: dict[str, str] = {}
    for index, item in enumerate(items[:MOST_OPTIONS]):
        where = (*reader.at("options"), index)
        if _good(item, where, reader.findings):
            if _folded(item) in seen:
                reader.findings.add(where, f"two options are the same: `{item}`")
            seen.setdefault(_folded(item), item.strip())
    return tuple(seen.values())


def _good(item: Any, where: Where, findings: Findings) -> bool:
    if isinstance(item, bool | int | float):
        findings.add(where, f'an option is text: quote it ("{str(item).lower()}")')
    elif not isinstance(item, str):
        findings.add(where, f"an option is text, not {kind_of(item)}")
    elif not item.strip():
        findings.add(where, "an option is empty")
    elif "\n" in item.strip():
        findings.add(where, "an option is one line")
    else:
        return True
    return False


def _folded(text: str) -> str:
    """What two texts that a person takes for the same have in common."""
    return " ".join(text.split())
