"""The source of a function: a Python file, or a folder of files, beside the lab. Read, looked through, made a zip.

Nothing of it is run here. The zip is the same for the same files, on every machine.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast

LARGEST = 5 * 1024 * 1024
"""Bytes of all files together; AWS takes a zip of 50 MB directly (Lambda quotas), and a lab needs a page."""
_MANY = 200
_SECRET = re.compile(r"(^|/)(\.env[^/]*|\.git|\.aws|\.ssh|\.venv|id_rsa|credentials)(/|$)", re.IGNORECASE)
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can hold."""


class BadCode(ValueError):  # noqa: N818 - a word of the lab language
    """The source of a function cannot be used; the text says why."""


class BadSyntax(BadCode):
    """This Python cannot read it."""


def newer_than_this(runtime: str) -> str:
    """What to say of syntax that cannot be read here, where the runtime is a newer Python than this; else nothing."""
    found = re.fullmatch(r"python3\.(\d+)", runtime)
    if found is None or int(found[1]) <= sys.version_info.minor:
        return ""
    return f" (read by Python 3.{sys.version_info.minor}: what only {runtime} understands cannot run on this machine)"


@dataclass(frozen=True)
class Code:
    """What goes into the zip, by its path in it, and the handler (``module.function``)."""

    files: tuple[tuple[str, bytes], ...]
    handler: str

    @property
    def zipped(self) -> bytes:
        """The zip, byte for byte the same for the same files."""
        import io
        import zipfile  # it brings much with it, and only a create needs it

        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.files:
                entry = zipfile.ZipInfo(name, _EPOCH)
                entry.external_attr, entry.create_system = 0o644 << 16, 3
                archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
        return packed.getvalue()


def place_of(folder: Path, said: str) -> Path:
    """Where a source that a lab names stands: beside the lab or below it, by a plain path. BadCode otherwise."""
    parts = PurePosixPath(said)
    if "\\" in said or said.startswith(("/", "~")) or re.match(r"[A-Za-z]:", said) or ".." in parts.parts:
        raise BadCode(f"a source stands beside the lab, such as functions/notify.py, not `{said}`")
    if any(not part.isprintable() for part in parts.parts):
        raise BadCode("a source's path holds a character that cannot be seen")
    at = folder
    for part in parts.parts:
        at = at / part
        if at.is_symlink():
            raise BadCode(f"`{said}` goes through a symbolic link: put the file itself beside the lab")
    return at


def read_code(source: Path, handler: str) -> Code:
    """Read a source. ``handler`` may be empty for a file: its function ``handler`` then. BadCode says what is wrong,
    BadSyntax when this Python cannot read it.
    """
    if source.is_file():
        files, handler = _of_file(source), handler or f"{source.stem}.handler"
    elif source.is_dir():
        files = _of_folder(source)
    else:
        raise BadCode(f"there is no file `{source.name}`" + _alike(source))
    if not handler:
        raise BadCode("a folder of files says which function is called: handler: module.function")
    for name, data in files:
        if name.endswith(".py"):
            _compiled(name, data)
    _called(files, handler)
    return Code(tuple(files), handler)


def _alike(source: Path) -> str:
    try:
        known = sorted(each.name for each in source.parent.iterdir() if each.suffix == ".py")
    except OSError:
        return ""
    return f"; there is {', '.join(known[:8])}" if known else ""


def _of_file(source: Path) -> list[tuple[str, bytes]]:
    if source.suffix != ".py":
        raise BadCode(f"a source is a Python file (.py) or a folder, not `{source.name}`")
    return [(source.name, _bytes(source))]


def _of_folder(source: Path) -> list[tuple[str, bytes]]:
    files: list[tuple[str, bytes]] = []
    size = 0
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source).as_posix()
        if path.is_symlink():
            raise BadCode(f"`{name}` is a symbolic link: put the file itself there")
        if _SECRET.search(name):
            raise BadCode(f"`{name}` does not belong into a function: take it out of the folder")
        if path.is_dir() or "__pycache__" in path.parts:
            continue
        if not path.is_file():  # a pipe would be waited for
            raise BadCode(f"`{name}` is not a regular file")
        size += path.stat().st_size
        if size > LARGEST or len(files) >= _MANY:
            raise BadCode(f"`{source.name}` is too large: at most {_MANY} files and {LARGEST // 1024 // 1024} MB")
        files.append((name, _bytes(path)))
    if not files:
        raise BadCode(f"the folder `{source.name}` is empty")
    return files


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise BadCode(f"`{path.name}` is too large: at most {LARGEST // 1024 // 1024} MB")
        return path.read_bytes()
    except OSError as error:
        raise BadCode(f"`{path.name}` cannot be read: {error.strerror or error}") from error


def _compiled(name: str, data: bytes) -> ast.Module:
    import ast  # few commands look into a source

    try:
        return ast.parse(data, name)
    except SyntaxError as error:
        raise BadSyntax(f"{name}:{error.lineno or 1}:{error.offset or 1} {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise BadCode(f"{name} is not Python: {str(error) or type(error).__name__}") from error


def _called(files: list[tuple[str, bytes]], handler: str) -> None:
    """The handler's module is among the files, and has a function of that name, or takes one from elsewhere."""
    module, _, function = handler.rpartition(".")
    if not module or not function.isidentifier():
        raise BadCode(f"a handler is module.function, such as notify.handler, not `{handler}`")
    path = f"{module.replace('.', '/')}.py"
    held = dict(files)
    data = held.get(path, held.get(f"{module.replace('.', '/')}/__init__.py"))
    if data is None:
        raise BadCode(f"the handler `{handler}` wants a file {path}")
    names = set()
    for node in _compiled(path, data).body:
        names |= _defined(node)
    if function not in names and "*" not in names:
        raise BadCode(f"{path} has no function `{function}`")


def _defined(node: ast.stmt) -> set[str]:
    """The names that a statement gives a module; whatever is not plain counts as anything (``*``)."""
    import ast

    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(each.asname or each.name).split(".")[0] for each in node.names}
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return {target.id for target in targets if isinstance(target, ast.Name)}
    return set() if isinstance(node, ast.Expr) else {"*"}
