"""No module of labcli imports itself, by whatever way: neither when it runs nor for its types."""

from __future__ import annotations

import ast
from pathlib import Path

import labcli

ROOT = Path(labcli.__file__).parent


def imports(root: Path) -> dict[str, set[str]]:
    """Every module below ``root``, and the modules of ours that it imports, at the top, in a function or for types."""
    files = {_name(file, root): file for file in root.rglob("*.py")}
    return {name: {each for each in _imported(file, files) if each != name} for name, file in files.items()}


def _name(file: Path, root: Path) -> str:
    return ".".join(file.relative_to(root.parent).with_suffix("").parts).removesuffix(".__init__")


def _imported(file: Path, known: dict[str, Path]) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            whole = {f"{node.module}.{each.name}" for each in node.names}
            found |= whole & set(known) or {str(node.module)}
    return found & set(known)


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Modules of which each imports the next, and the last the first; empty when there are none."""
    safe: set[str] = set()

    def go(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        found = next((each for inner in sorted(graph[name] - safe) if (each := go(inner, [*way, name]))), [])
        safe.add(name)
        return found

    return next((found for name in sorted(graph) if (found := go(name, []))), [])


def test_no_module_imports_itself_by_any_way() -> None:
    assert circle(imports(ROOT)) == []


def test_a_circle_for_types_only_is_a_circle(tmp_path: Path) -> None:
    package = tmp_path / "labcli"
    package.mkdir()
    (package / "a.py").write_text("from labcli.b import B\n", "utf-8")
    (package / "b.py").write_text("if TYPE_CHECKING:\n    from labcli import c\n", "utf-8")
    (package / "c.py").write_text("def f():\n    from labcli.a import A\n", "utf-8")
    assert circle(imports(package)) == ["labcli.a", "labcli.b", "labcli.c", "labcli.a"]
