"""What a learner made by hand, read back and held against its declaration: what a kind of it is, and what it says.

A kind reads one live thing (``live``), says what is wanted of it (``wants``: one row for each property that the lab
declares), and, only when nothing fits, looks around for what was nearly right (``near``). Every sentence says what was
found and what was wanted, never the command.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from labcli.aws.client import DENIED
from labcli.aws.resources import KINDS
from labcli.aws.resources.base import Place
from labcli.aws.resources.handle import Handle
from labcli.context import Aws
from labcli.errors import AwsError
from labcli.lab.model import ResourceSpec
from labcli.lab.refs import NoSuchValue, fill, walk

Resolve = Callable[[str], Mapping[str, Any]]
"""The attributes (``name``, ``arn``, ``url``, …) of a resource by its name in the lab. NoSuchValue: it is not there."""
Live = Mapping[str, Any]
"""What AWS says of the thing, as the kind reads it."""


class Fact(NamedTuple):
    """One row about what a learner made."""

    title: str
    """``inbox is a Standard queue``, ``a received message stays hidden for 20 s``."""
    held: bool | None
    """None: not looked at, because something before it is missing."""
    wanted: str = ""
    seen: str = ""
    said: str = ""
    """The near miss, one sentence: what was found and what was wanted, never the command."""


class Seen(NamedTuple):
    """What is there of one property."""

    held: bool
    seen: str = ""
    said: str = ""


class Want(NamedTuple):
    """One declared property: its row, what is wanted, and who looks at the live thing."""

    title: str
    wanted: str
    judge: Callable[[Live], Seen]


class Look(NamedTuple):
    """One declared thing, and the way to the AWS where it should be."""

    aws: Aws
    spec: ResourceSpec
    name: str
    """The AWS name that is wanted; of what AWS gives no name, those of what it joins: ``sales/books``."""
    place: Place
    resolve: Resolve
    declared: Mapping[str, ResourceSpec]

    def value(self, name: str, key: str = "arn") -> str:
        """An attribute of another thing of the lab; ``flow.role`` is what ``flow`` brings along. NoSuchValue."""
        return value_of(self.resolve, name, key)

    def filled(self, data: Any) -> Any:
        """Data with the references in it filled. NoSuchValue."""
        return fill(data, lambda ref: walk(self.resolve(ref.root), ref))

    def there(self, name: str) -> bool:
        """Whether another thing of the lab is there now; to know it is no proof, its name tells an ARN. AwsError."""
        first = name.partition(".")[0]
        try:
            known = str(self.resolve(first).get("name", ""))
        except NoSuchValue:
            return False
        return Handle.of(self.aws, KINDS[self.declared[first].kind], known, self.place).read() is not None

    def handle(self, name: str = "") -> Handle:
        """The one with this AWS name, or with the one that is wanted."""
        return Handle.of(self.aws, KINDS[self.spec.kind], name or self.name, self.place)

    def lab_name(self, key: str, value: str) -> str:
        """What the lab calls the thing with this attribute, empty for a stranger."""
        for name in self.declared:
            try:
                if self.resolve(name).get(key) == value:
                    return name
            except NoSuchValue:
                continue
        return ""


def value_of(resolve: Resolve, name: str, key: str) -> str:
    """An attribute of a resource, whose name may be ``flow.role``. NoSuchValue when there is none."""
    first, *rest = f"{name}.{key}".split(".")
    found: Any = resolve(first)
    for part in rest:
        if not isinstance(found, Mapping) or part not in found:
            raise NoSuchValue(f"`{name}` has no `{key}`")
        found = found[part]
    return str(found)


class Kind(Protocol):
    """A kind of thing as a learner makes it. One file here, one line in the table."""

    def title(self, look: Look) -> str:
        """The first row: that it is there, and of which sort."""

    def live(self, look: Look) -> Live | None:
        """What AWS says of it, None when there is none. NoSuchValue: what it joins is not there. AwsError."""

    def attributes(self, look: Look, live: Live) -> dict[str, str]:
        """What a reference may ask of it: ``name``, ``arn``, ``url``."""

    def other_sort(self, look: Look, live: Live) -> str:
        """Why it is there and not of the sort that is wanted, empty when it is."""

    def wants(self, look: Look) -> list[Want]:
        """One for each declared property that is compared."""

    def near(self, look: Look) -> str:
        """What was found where it is not: a sentence. AwsError."""

    def still(self, look: Look, live: Live) -> str:
        """What to say when it is there and should be gone. AwsError."""


class Plain:
    """What most kinds have in common."""

    def attributes(self, look: Look, live: Live) -> dict[str, str]:
        """What its name tells."""
        return dict(look.handle().known)

    def other_sort(self, look: Look, live: Live) -> str:
        """There is one sort."""
        return ""

    def wants(self, look: Look) -> list[Want]:
        """Nothing but that it is there."""
        return []

    def still(self, look: Look, live: Live) -> str:
        """That it is there."""
        return f"`{look.name}` is still there."


def facts_of(kind: Kind, look: Look) -> list[Fact]:
    """The rows about one thing: it is there and of that sort; then each declared property. TargetError."""
    title, wants = kind.title(look), kind.wants(look)
    not_looked_at = [Fact(each.title, None, each.wanted) for each in wants]
    try:
        live = _read(kind, look)
        if live is None:
            return [Fact(title, False, said=_careful(lambda: kind.near(look))), *not_looked_at]
    except NoSuchValue:
        return [Fact(title, None), *not_looked_at]
    except AwsError as error:
        return [Fact(title, False, said=shut_out(error)), *not_looked_at]
    if other := kind.other_sort(look, live):
        return [Fact(title, False, said=other), *not_looked_at]
    return [Fact(title, True), *(judged(each, live) for each in wants)]


def judged(want: Want, live: Live) -> Fact:
    """One row: what is not there makes it one that was not looked at. AwsError when a read fails otherwise."""
    try:
        return Fact(want.title, *_fields(want.judge(live), want.wanted))
    except NoSuchValue:
        return Fact(want.title, None, want.wanted)
    except AwsError as error:
        return Fact(want.title, False, want.wanted, "", shut_out(error))


def _fields(found: Seen, wanted: str) -> tuple[bool, str, str, str]:
    return found.held, wanted, found.seen, "" if found.held else found.said


def _read(kind: Kind, look: Look) -> Live | None:
    """The live thing; what is deleted between two reads is not there, and so is what AWS is deleting."""
    gone = KINDS[look.spec.kind].gone
    try:
        live = kind.live(look)
    except AwsError as error:
        if not error.names & gone:
            raise
        return None
    going = live is not None and str(live.get("status") or live.get("State") or "").upper() == "DELETING"
    return None if going else live


def gone_of(kind: Kind, look: Look) -> Fact:
    """The row that it is gone; what AWS is deleting counts as gone. TargetError."""
    joins = look.spec.kind in ("subscription", "mapping")  # what has no name of its own
    title = f"no more: {kind.title(look)}" if joins else f"{look.name} is gone"
    try:
        live = _read(kind, look)
    except NoSuchValue:
        return Fact(title, True)
    except AwsError as error:
        return Fact(title, False, "gone", "", shut_out(error))
    if live is None:
        return Fact(title, True)
    return Fact(title, False, "gone", "there", _careful(lambda: kind.still(look, live)))


def found_of(kind: Kind, look: Look) -> dict[str, str] | None:
    """What is known of the live thing, None when there is none. AwsError, TargetError."""
    try:
        live = _read(kind, look)
    except NoSuchValue:
        return None
    return None if live is None else kind.attributes(look, live)


def shut_out(error: AwsError) -> str:
    """What to say when AWS does not let labcli look. The error again, when it is something else."""
    if not error.names & DENIED:
        raise error
    return f"labcli may not look, so nobody knows: AWS denies it {error.operation}. Does a policy say so?"


def _careful(say: Callable[[], str]) -> str:
    """A near miss: what may not be read is no reason to say nothing."""
    try:
        return say()
    except NoSuchValue:
        return ""
    except AwsError as error:
        return shut_out(error)
