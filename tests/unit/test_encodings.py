"""No text file is read or written in an encoding that depends on the machine: every call says which it means."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
FILES = sorted(
    path for folder in ("labcli", "labs", "docs", "tests") for path in (REPO / folder).rglob("*.py")
)  # fmt: skip
PLACE = {"read_text": 0, "write_text": 1}
"""Where the encoding stands when it is no keyword."""
RUNS = ("run", "Popen", "check_output", "call", "check_call")


def unsaid(source: str) -> Iterator[int]:
    """The lines that open a text without its encoding."""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and _is_text(call) and not any(each.arg == "encoding" for each in call.keywords):
            yield call.lineno


def _is_text(call: ast.Call) -> bool:
    name, method = _name(call.func), isinstance(call.func, ast.Attribute)
    given = {each.arg: each.value for each in call.keywords}
    if name in PLACE:
        return method and len(call.args) <= PLACE[name]
    if name in RUNS:
        return any(isinstance(given.get(word), ast.Constant) for word in ("text", "universal_newlines"))
    if name == "open" and method:  # of what is no path, it has no mode
        return bool(call.args or given) and _name(call.func.value) != "os" and _mode(call, given, 0, "r")  # type: ignore[attr-defined]
    if name == "open":
        return _mode(call, given, 1, "r")
    if name == "fdopen":
        return _mode(call, given, 1, "r")
    if name in ("NamedTemporaryFile", "TemporaryFile"):
        return _mode(call, given, 0, "w+b")
    return name == "TextIOWrapper"


def _mode(call: ast.Call, given: dict[str | None, ast.expr], place: int, default: str) -> bool:
    found = given.get("mode", call.args[place] if len(call.args) > place else ast.Constant(default))
    return not (isinstance(found, ast.Constant) and "b" in str(found.value))


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize(
    "line",
    [
        "p.read_text()", "p.write_text(x)", "open(p)", "p.open('w')", "open(p, 'a')", "os.fdopen(h, 'w')",
        "subprocess.run(c, text=True)", "NamedTemporaryFile('w')", "io.TextIOWrapper(b)",
    ],
)  # fmt: skip
def test_what_is_meant(line: str) -> None:
    assert list(unsaid(line)) == [1]


@pytest.mark.parametrize(
    "line",
    [
        "p.read_text('utf-8')", "p.write_text(x, 'utf-8')", "open(p, 'rb')", "p.open('rb')", "os.open(p, 0)",
        "os.fdopen(h, 'wb')", "p.read_text(encoding='ascii')", "subprocess.run(c)", "NamedTemporaryFile()",
        "open(p, encoding='utf-8')", "subprocess.run(c, encoding='utf-8')", "zip.read_text", "aws.open()",
    ],
)  # fmt: skip
def test_what_is_not(line: str) -> None:
    assert list(unsaid(line)) == []


def test_every_text_is_opened_with_its_encoding() -> None:
    found = [
        f"{path.relative_to(REPO)}:{line}" for path in FILES for line in sorted(unsaid(path.read_text("utf-8")))
    ]  # fmt: skip
    assert found == []
