"""Where an execution stands, as data: what survives a stop of the embedded AWS.

A frame is one line of states: the execution's own, a branch of a Parallel, an iteration of a Map.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Frame:
    """One line of states. ``way`` leads from the definition to the object that has ``StartAt`` and ``States``."""

    way: tuple[Any, ...]
    input: Any
    """Of the state it stands at; its output when it is done."""
    given: str = ""
    """The text of the input where it must be kept as it was written."""
    previous: int = 0
    """The last event of this line."""
    state: str = ""
    before: int = 0
    """The event before the state was entered."""
    entered: int = 0
    """The event at which it was entered, 0 before that."""
    entered_at: str = ""
    retries: dict[str, int] = field(default_factory=dict)
    """How often each retrier of the state was used."""
    variables: dict[str, Any] = field(default_factory=dict)
    item: dict[str, Any] | None = None
    """Of a Map: ``Index`` and ``Value``."""
    token: str = ""
    pause: dict[str, Any] | None = None
    """What the state waits for, when it waits for something that a restart does not end."""
    inner: list[Frame] | None = None
    """The lines inside a Parallel or a Map, once it has begun; those of a Map in the order in which they began."""
    work: Any = None
    """What a Map has found out before it began: its items, or its Map Run."""
    done: bool = False
    outer: Frame | None = field(default=None, repr=False, compare=False)

    def lookup(self) -> dict[str, Any]:
        """The variables that are seen from here: its own, and those around it."""
        return {**(self.outer.lookup() if self.outer is not None else {}), **self.variables}

    def map_item(self) -> dict[str, Any] | None:
        """The item of the innermost Map around."""
        if self.item is not None or self.outer is None:
            return self.item
        return self.outer.map_item()

    def leave(self) -> None:
        """Forget the state that it stood at."""
        self.entered, self.retries, self.pause, self.inner, self.work, self.token = 0, {}, None, None, None, ""

    @property
    def resumable(self) -> bool:
        """Whether it can go on after a restart: what it does now can be done again, or is waited for."""
        if self.done or not self.entered or self.pause is not None:
            return True
        if self.work is not None and "map_run" in self.work:  # its children are resumable or not each by itself
            return True
        return self.inner is not None and all(frame.resumable for frame in self.inner)

    def as_data(self) -> dict[str, Any]:
        """Itself as JSON."""
        plain = {name: getattr(self, name) for name in _KEPT}
        inner = None if self.inner is None else [frame.as_data() for frame in self.inner]
        return {**plain, "way": list(self.way), "inner": inner}


_KEPT = (
    *("input", "given", "previous", "state", "before", "entered", "entered_at", "retries", "variables", "item"),
    *("token", "pause", "work", "done"),
)


def from_data(data: dict[str, Any], outer: Frame | None = None) -> Frame:
    """What ``as_data`` gave."""
    frame = Frame(tuple(data["way"]), outer=outer, **{name: data[name] for name in _KEPT})
    frame.inner = None if data["inner"] is None else [from_data(each, frame) for each in data["inner"]]
    return frame
