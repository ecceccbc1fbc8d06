"""What labcli.local declares of the engine and of the interpreter, read from the declarations themselves."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import labcli.local
from labcli.local.names import Names

PACKAGE = "labcli.local."


@dataclass(frozen=True)
class Declaration:
    """One declared name, and the file that declares it."""

    module: str
    bound: Names
    wanted: str

    @property
    def name(self) -> str:
        """As it is named when it has moved."""
        return self.bound.labcli.label + (self.wanted if self.wanted.startswith("[") else f".{self.wanted}")

    @property
    def room(self) -> str:
        """Where it is declared."""
        return room(self.module)


@cache
def modules() -> list[str]:
    """Every module of labcli.local but the program, imported."""
    found = [each.name for each in pkgutil.walk_packages(labcli.local.__path__, PACKAGE)]
    wanted = [name for name in found if not name.endswith("__main__")]
    for name in wanted:
        importlib.import_module(name)
    return wanted


def room(module: str) -> str:
    """The room that a file belongs to: its folder, or itself."""
    return module.removeprefix(PACKAGE).partition(".")[0]


@cache
def declarations() -> list[Declaration]:
    """All of them; what is put there by us is none."""
    found: dict[int, tuple[str, Names]] = {}
    for module in modules():
        for value in vars(sys.modules[module]).values():
            if isinstance(value, Names) and id(value) not in found:
                found[id(value)] = (module, value)
    each = [(module, bound, name) for module, bound in found.values() for name in bound.labcli.names]
    return [Declaration(*one) for one in each if not one[2].endswith("?")]


def asked() -> dict[str, set[int]]:
    """Of each room, the names of other rooms on which it stands, because its files import theirs."""
    found: dict[str, set[int]] = {}
    for module in modules():
        for other in _imports(module):
            if room(other) not in (room(module), "engine", "names"):
                theirs = vars(sys.modules[other])
                bound = theirs.get("ASKED") or [value for value in theirs.values() if isinstance(value, Names)]
                found.setdefault(room(module), set()).update(map(id, bound))
    return found


def _imports(module: str) -> set[str]:
    tree = ast.parse(Path(str(sys.modules[module].__file__)).read_text("utf-8"))
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    said = {str(node.module) for node in froms} | {f"{node.module}.{a.name}" for node in froms for a in node.names}
    return said & set(modules())
