"""Names of the engine and of the interpreter: what is not declared cannot be used, what is declared is looked for.

Both sides are read from the declarations themselves, so none can be forgotten: each declared name is deleted in turn,
in a process of its own (deletions.py), and must be named, with its room left out and nothing half done.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from labcli.local.functions import worker
from labcli.local.life import Endpoint
from labcli.local.names import Names, names
from tests.conftest import REPO
from tests.local import declared, deletions

ENGINES = ("ministack",)
DOORS = {"labcli/local/names.py"}
"""The file that imports modules of the engine, by name."""
DECLARED = sorted({each.name for each in declared.declarations()} | deletions.OBJECTS.keys())


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What was wrong when a name was deleted, by that name."""
    command = [sys.executable, "-m", "tests.local.deletions"]
    home = tmp_path_factory.mktemp("deletions")
    environment = {**os.environ, "PYTHONPATH": str(REPO), "HOME": str(home), "TMPDIR": str(home)}
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", cwd=home, env=environment, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def test_nothing_has_moved(endpoint: Endpoint) -> None:
    assert endpoint.broken == ()


def test_a_name_that_has_moved_is_named_and_its_room_left_out(told: dict[str, list[str]]) -> None:
    assert len(DECLARED) > 100
    assert {name: told[name] for name in DECLARED if told[name] != []} == {}


def test_a_state_is_not_put_back_by_halves(told: dict[str, list[str]]) -> None:
    assert told["restore"] == []


def test_an_anchor_that_has_moved_is_named() -> None:
    script = "".join(f"{anchor}\n" for anchor in list(worker._ANCHORS)[1:])
    _, moved = worker._around(script)
    assert moved[0] == "_real_stdout = sys.stdout"


# -- what is not declared cannot be used -----------------------------------------------------------------------------


def test_what_is_not_declared_can_neither_be_read_nor_set() -> None:
    bound = names("services.sqs", "_queues", "_HANDLERS[SendMessage]", "esm_wake.set")
    with pytest.raises(AttributeError, match="_get_q"):
        bound._get_q  # noqa: B018  to read it is the point
    with pytest.raises(AttributeError, match="_get_q"):
        bound._get_q = None
    with pytest.raises(AttributeError, match="PurgeQueue"):
        bound._HANDLERS["PurgeQueue"]
    with pytest.raises(AttributeError, match="clear"):
        bound.esm_wake.clear()


def test_a_name_that_is_set_is_replaced_in_the_module_and_one_that_has_moved_is_not_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = tmp_path / "ministack"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "small.py").write_text("held = 1\ntable = {'a': 1}\n", encoding="utf-8")
    code = (
        "from labcli.local.names import missing, names\n"
        "bound = names('small', 'held', 'gone', 'table[a]', 'table[b]', 'table[new]?', 'held.real.x')\n"
        "import ministack.small as small\n"
        "bound.held = 2\nbound.table['a'] = 3\nbound.table['new'] = 4\n"
        "print(small.held, small.table, missing(bound, names('no.such', 'x')))\n"
        "try: bound.gone = 1\nexcept AttributeError: print(hasattr(small, 'gone'))\n"
    )
    command = [sys.executable, "-c", code]
    env = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{REPO}"}
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=env, cwd=tmp_path, check=True)
    moved = ["small.gone", "small.table[b]", "small.held.real.x", "no.such.x"]
    assert done.stdout == f"2 {{'a': 3, 'new': 4}} {moved}\nFalse\n"


def test_no_file_reaches_the_engine_but_through_declared_names() -> None:
    files = sorted((REPO / "labcli").rglob("*.py"))
    assert len(files) > 100
    reached = {path.relative_to(REPO).as_posix(): _reached(path) for path in files}
    assert {where: found for where, found in reached.items() if found} == {}


def test_each_name_that_a_file_uses_is_declared() -> None:
    assert declared.modules()
    assert [
        f"{module}: {trouble}"
        for module in declared.modules()
        for node in ast.walk(_tree(module))
        if (trouble := _undeclared(node, sys.modules[module]))
    ] == []


def test_each_name_that_is_declared_is_used() -> None:
    assert len(declared.declarations()) > 100
    rooms = {module: declared.room(module) for module in declared.modules()}
    said: dict[str, set[str]] = {}
    for module, room in rooms.items():
        said.setdefault(room, set()).update(_words(module))
    assert [
        f"{each.module}-{each.name}"
        for each in declared.declarations()
        if each.name.rstrip("]").replace("[", ".").rpartition(".")[2] not in said.get(each.room, ())
    ] == []


def _reached(path: Path) -> set[str]:
    """What of the engine a file imports, says the name of or could import, though it is none of the doors."""
    tree, where = ast.parse(path.read_text("utf-8")), path.relative_to(REPO).as_posix()
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level]
    imported |= {str(node.module) for node in froms} | {f"{node.module}.{a.name}" for node in froms for a in node.names}
    found = {name for name in imported if name.partition(".")[0] in ENGINES}
    if where in DOORS:
        return found
    said = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    found |= {text for text in said if text.startswith(tuple(f"{name}." for name in ENGINES))}
    if where.startswith("labcli/local/"):
        found |= imported & {"importlib", "importlib.import_module"}
        found |= {"__import__"} & {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return found


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(Path(str(sys.modules[module].__file__)).read_text("utf-8"))


@cache
def _words(module: str) -> set[str]:
    """Every word of a file that is none of a declaration."""
    tree = _tree(module)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    left_out = {id(part) for call in calls if call.func.id in ("names", "part") for part in ast.walk(call)}  # type: ignore[attr-defined]
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) not in left_out:
            said = (getattr(node, name, None) for name in ("id", "attr", "name", "arg", "value"))
            found |= {word for word in said if isinstance(word, str)}
    return found


def _undeclared(node: ast.AST, module: ModuleType) -> str:
    """What is wrong with this look at a name, or this hook of one; empty when nothing is."""
    if isinstance(node, ast.Attribute):
        base, step = _meant(node.value, module), node.attr
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        base, step = _meant(node.value, module), f"[{node.slice.value}]"
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "hook":
        base, name = _meant(node.args[0], module), node.args[1]
        step = str(name.value) if isinstance(name, ast.Constant) else ""
    else:
        return ""
    bare = not isinstance(base, Names) or step in ("", "labcli") or step in base.labcli.steps
    return "" if bare else f"line {getattr(node, 'lineno', 0)}: {base.labcli.label} {step}"


def _meant(node: ast.AST, module: ModuleType) -> Any:
    """What an expression means, as far as it is a module of ours or declared names; else None."""
    if isinstance(node, ast.Name):
        return vars(module).get(node.id)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return _below(_meant(node.value, module), f"[{node.slice.value}]")
    if not isinstance(node, ast.Attribute):
        return None
    base = _meant(node.value, module)
    if isinstance(base, ModuleType):
        return vars(base).get(node.attr)
    return _below(base, node.attr)


def _below(base: Any, step: str) -> Names | None:
    """What is declared of a thing that is not declared by itself."""
    wanted = base.labcli.steps.get(step, ("",)) if isinstance(base, Names) else ("",)
    return None if {"", "?"} & set(wanted) else Names(step, lambda: None, wanted)
