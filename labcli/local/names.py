"""Names inside somebody else's package: each is declared where it is used, and looked for once, at the start.

``sns = names("services.sns", "_fanout", "_topics")`` is an object through which these names of the engine's module are
read and set; to set one replaces it in the engine. What is not declared cannot be used. A declaration imports nothing:
that happens when ``missing`` is asked, or a name is used.

A name may be a member of another one (``Worker._spawn``) or an entry of a table (``_HANDLERS[SendMessage]``); then only
what is declared of that one can be reached through it, unless it is declared by itself as well. A name with a question
mark behind it is put there from here; only what it belongs to is looked for.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import import_module
from typing import Any

_STEP = re.compile(r"\.?(\[[^\]]+\]|\w+)(.*)")
_log = logging.getLogger("labcli.local")


@dataclass(frozen=True)
class Declared:
    """What is declared of one module, or of one thing in it. ``find`` gives that thing."""

    label: str
    find: Callable[[], Any]
    names: tuple[str, ...]
    steps: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """First step -> what is declared of it; the empty text is the thing itself."""

    def __post_init__(self) -> None:
        for name in self.names:
            step, rest = split(name)
            self.steps[step] = (*self.steps.get(step, ()), rest)

    def read(self, step: str) -> Any:
        """The thing itself, or what is declared of it."""
        wanted = self._declared(step)
        if wanted.isdisjoint({"", "?"}):
            label = self.label + (step if step.startswith("[") else f".{step}")
            return Names(label, lambda: _get(self.find(), step), sorted(wanted))
        return _get(self.find(), step)

    def write(self, step: str, value: Any) -> None:
        """Replace it, where it is; AttributeError when it is not there any more."""
        wanted, owner = self._declared(step), self.find()
        if "?" not in wanted and not _has(owner, step):
            raise AttributeError(f"{self.label} has no {step}")
        if step.startswith("["):
            owner[step[1:-1]] = value
        else:
            setattr(owner, step, value)

    def missing(self) -> list[str]:
        """Those that are not there, each with the label before it."""
        wanted = {name: (name if name.startswith("[") else f".{name}").rstrip("?") for name in self.names}
        try:
            owner = self.find()
        except ImportError as error:
            _log.warning("%s cannot be imported: %s", self.label, error)
            return [self.label + shown for shown in wanted.values()]
        return [self.label + shown for name, shown in wanted.items() if not _reaches(owner, name)]

    def _declared(self, step: str) -> set[str]:
        if step not in self.steps:
            raise AttributeError(f"{self.label}: {step} is not declared where it is used")
        return set(self.steps[step])


class Names:
    """The declared names, as attributes; the entries of a table by their keys."""

    __slots__ = ("labcli",)
    labcli: Declared

    def __init__(self, label: str, find: Callable[[], Any], declared: Iterable[str]) -> None:
        object.__setattr__(self, "labcli", Declared(label, find, tuple(declared)))

    def __getattr__(self, name: str) -> Any:
        return self.labcli.read(name)

    def __setattr__(self, name: str, value: Any) -> None:
        self.labcli.write(name, value)

    def __getitem__(self, key: str) -> Any:
        return self.labcli.read(f"[{key}]")

    def __setitem__(self, key: str, value: Any) -> None:
        self.labcli.write(f"[{key}]", value)


def names(module: str, *declared: str) -> Names:
    """Names of a module of the engine, by its name inside the package."""
    return Names(module, cache(partial(import_module, f"ministack.{module}")), declared)


def missing(*given: Names) -> list[str]:
    """The declared names that the engine does not have, as ``module.name``, each once."""
    return list(dict.fromkeys(name for each in given for name in each.labcli.missing()))


def hook(target: Any, name: str, wrap: Callable[[Any], Any]) -> None:
    """Replace ``target.name`` by ``wrap`` of what it was."""
    setattr(target, name, wrap(getattr(target, name)))


def split(name: str) -> tuple[str, str]:
    """The first step of a declared name, and the rest; a question mark stays behind."""
    step, rest = _STEP.fullmatch(name).groups()  # type: ignore[union-attr]  # declarations are ours
    return step, rest.removeprefix(".")


def _reaches(owner: Any, name: str) -> bool:
    step, rest = split(name)
    if rest == "?":
        return True
    return _has(owner, step) and (not rest or _reaches(_get(owner, step), rest))


def _get(owner: Any, step: str) -> Any:
    return owner[step[1:-1]] if step.startswith("[") else getattr(owner, step)


def _has(owner: Any, step: str) -> bool:
    return step[1:-1] in owner if step.startswith("[") else hasattr(owner, step)
