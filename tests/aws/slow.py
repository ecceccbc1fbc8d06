"""AWS as its documentation describes it: it needs a while, forgets answers, and still shows what is deleted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from labcli.context import Aws
from labcli.errors import AwsError

Do = Callable[[], dict[str, Any]]
Happening = Callable[[Do], dict[str, Any]]
"""What happens to one call. It may make the call, once or twice, or answer by itself."""


def refuses(code: str, message: str = "not yet", status: int = 400) -> Happening:
    """The call is answered with an error, and nothing is done."""

    def happen(do: Do) -> dict[str, Any]:
        raise AwsError("a call", code, message, frozenset({code}), status)

    return happen


def loses_the_answer(do: Do) -> dict[str, Any]:
    """The call is done, its answer is lost, and botocore makes it again."""
    do()
    return do()


def answers(**changed: Any) -> Happening:
    """The call is done, and its answer says something else."""
    return lambda do: {**do(), **changed}


def as_it_is(do: Do) -> dict[str, Any]:
    """As always."""
    return do()


@dataclass
class Slow:
    """A way to AWS on which things happen to calls, in their order. ``after`` begins when a call was made once."""

    happenings: dict[str, list[Happening]]
    after: dict[str, dict[str, list[Happening]]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, aws: Aws) -> Aws:
        self._aws = aws
        return self

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        name = f"{service}.{operation}"
        with self._lock:
            self.calls.append(name)
            waiting = self.happenings.get(name, [])
            happening = waiting.pop(0) if waiting else as_it_is
        answer = happening(lambda: self._aws.call(service, operation, params))
        with self._lock:
            self.happenings.update(self.after.pop(name, {}))
        return answer

    @property
    def left(self) -> dict[str, int]:
        """What did not happen: a test that waits for it proves nothing."""
        found = {name: len(waiting) for name, waiting in self.happenings.items() if waiting}
        return {**found, **{f"after {name}": len(calls) for name, calls in self.after.items()}}
