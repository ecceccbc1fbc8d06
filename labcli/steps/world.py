"""What a running step can reach: calls, references, resources, time. Nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from labcli.context import Aws
from labcli.lab import refs
from labcli.lab.aws import Catalog
from labcli.lab.model import Call, Lab, ResourceSpec, Step
from labcli.lab.params import encode
from labcli.lab.refs import NoSuchValue, Ref, walk
from labcli.steps.copies import Copies

if TYPE_CHECKING:
    from labcli.aws.targets import Target


class Stopped(Exception):  # noqa: N818 - not an error: somebody asked the step to end
    """The run is ending: a step that works in the background must stop."""


class Port(Protocol):
    """The run's side of a step: calls are ledgered there, resources owned there. ``aws`` is the way that counts."""

    def call(self, call: Call, aws: Aws, about: str) -> dict[str, Any]:
        """Make a call. ``about`` is the resource that it acts on, by its name in the lab. AwsError when AWS refuses."""

    def create(self, names: Iterable[str], aws: Aws) -> list[str]:
        """Create resources, what they need first; those that exist already are left. The names that were created."""

    def delete(self, names: Iterable[str], aws: Aws) -> dict[str, str]:
        """Delete resources and prove it: name → ``deleted`` or ``was gone``."""

    def delete_every(self, kind: str, aws: Aws) -> dict[str, str]:
        """Delete every live resource of a kind, of this lab and of the other days of its week: like ``delete``."""

    def permit(self, name: str, aws: Aws) -> None:
        """Write the permission that a resource needs."""

    def update(self, name: str, spec: ResourceSpec, aws: Aws) -> None:
        """Make a live resource as ``spec`` declares; another day's is put back when this one is cleaned."""

    def live(self, labs: Iterable[str]) -> list[tuple[str, str, str]]:
        """What the ledgers say is live of these labs on this target: (lab, kind, AWS name)."""

    def attributes(self, name: str) -> Mapping[str, Any]:
        """What is known of a resource (``name``, ``url``, ``arn``), or of those of a lab that this one needs, by their
        names. NoSuchValue when it does not exist."""


class Waiting(NamedTuple):
    """A step waits: for what (empty: for what it expects), what was last seen, how many seconds are left (None: nobody
    knows). ``sure``: it lasts as long; otherwise that is when it stops waiting, and most often it is over before."""

    what: str
    seen: str = ""
    left: float | None = None
    sure: bool = False


class Count:
    """Calls made, here and in everything around it."""

    def __init__(self, outer: Count | None = None) -> None:
        self.calls = 0
        self._outer = outer
        self._lock = threading.Lock()

    def add(self) -> None:
        """One more call."""
        with self._lock:
            self.calls += 1
        if self._outer is not None:
            self._outer.add()


class Counting:
    """The way to AWS of one step: every call is counted, and told to whoever wants to see it."""

    def __init__(self, aws: Aws, count: Count, made: Callable[[Call, Any], None]) -> None:
        self._aws = aws
        self._count = count
        self._made = made

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Make the call; see ``Aws``."""
        self._count.add()
        call = Call(service, operation, params)
        try:
            answer = self._aws.call(service, operation, params)
        except Exception as error:
            self._made(call, error)
            raise
        self._made(call, answer)
        return answer


def _unseen(call: Call, answer: Any) -> None:
    """Nobody looks at the calls."""


def _the_first(step: Step) -> str:
    """Nobody is there to choose."""
    return step.steps[0].name


@dataclass(frozen=True)
class World:
    """The surroundings of one step. ``inside`` opens those of a block, an arm or a sub-step."""

    port: Port
    to: Aws
    target: Target
    catalog: Catalog
    lab: Lab
    run: Mapping[str, str]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    report: Callable[[Waiting], None]
    made: Callable[[Call, Any], None] = _unseen
    """Told of every call and its answer (or its error), for those who want to see them."""
    choose: Callable[[Step], str] = _the_first
    """Which of the steps in an ``either`` is done: its name."""
    saved: dict[str, Any] = field(default_factory=dict)
    stop: threading.Event = field(default_factory=threading.Event)
    """Set when the run is ending."""
    vain: threading.Event = field(default_factory=threading.Event)
    """Set when what a step waits for cannot come any more: it ends as if its time were up."""
    rest_done: threading.Event = field(default_factory=threading.Event)
    """Set when the steps beside a background step have ended."""
    count: Count = field(default_factory=Count)
    copies: Copies = field(default_factory=Copies)
    """What the run has deleted from queues, whichever step did it."""

    def inside(self) -> World:
        """The world of a sub-step: it sees what is saved here, counts its own calls, keeps its own saves."""
        return replace(self, saved=dict(self.saved), count=Count(self.count))

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Fill the references of ``params``, encode them and make the call."""
        known = self.catalog.operation(service, operation)
        filled = encode(known.input if known is not None else None, self.fill(params))
        ref = refs.only(params.get(known.object_param)) if known is not None else None
        about = refs.resource_of(ref, self.lab) if ref is not None else ""
        call = Call(service, operation, filled)
        answer = self.port.call(call, self.aws, about)
        self.copies.learn(call, answer)
        return answer

    @property
    def aws(self) -> Aws:
        """The way to AWS that counts for this step."""
        return Counting(self.to, self.count, self.made)

    def fill(self, data: Any) -> Any:
        """Every reference in ``data`` replaced by its value. NoSuchValue when one finds nothing."""
        return refs.fill(data, self._value)

    def told(self, text: str) -> str:
        """A text of the lab for a reader: every reference as its value, or as its name while there is none."""
        return refs.told(text, self._value) if "${" in text else text

    def _value(self, ref: Ref) -> Any:
        if ref.root in self.saved:
            value = walk(self.saved[ref.root], ref)
            if value is None:
                raise NoSuchValue(f"{ref.text} was saved as nothing")
            return value
        if ref.root == "run":
            return walk(dict(self.run), ref)
        return walk(dict(self.port.attributes(ref.root)), ref)

    def pause(self, seconds: float) -> None:
        """Sleep in short naps. Stopped as soon as the run is ending."""
        until = self.monotonic() + seconds
        while not self.stop.is_set():
            left = until - self.monotonic()
            if left <= 0:
                return
            self.sleep(min(left, 0.1))
        raise Stopped
