"""What a script is made of, before it is written in a language: calls, loops, pauses, files.

References (``${orders.url}``) stand in calls and conditions as the lab has them; who writes the script names them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from labcli.lab.model import Call


@dataclass(frozen=True)
class Say:
    """A comment: the title of a step (``level`` 0), of a step in it (1), a remark (2)."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Ask:
    """A call. Its answer is shown, or ``keep`` takes values out of it: JMESPath by variable."""

    call: Call
    keep: dict[str, str] = field(default_factory=dict)
    until: str = ""
    """A JMESPath: ask again until it holds, ``within`` seconds."""
    within: float = 0.0
    fails: str = ""
    """The error by which AWS refuses, and should."""
    patient: bool = False
    """Whether AWS may need a while to know what was made a moment ago."""
    stem: str = ""
    """How the names of its files begin."""
    may_fail: str = ""
    """Why AWS may refuse it: what it asks for hangs on how quickly it is asked."""
    aside: bool = False
    """Whether it is made only for what ``keep`` takes: nobody else wants its answer."""


@dataclass(frozen=True)
class Pack:
    """The source of a function, written beside the script and packed into ``NAME.zip``."""

    name: str
    files: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class Active:
    """Wait until a function can be called."""

    function: str
    """A reference to its name."""


@dataclass(frozen=True)
class Pause:
    """Let time pass: so many seconds on the embedded AWS, so many on an account."""

    local: float
    aws: float


@dataclass(frozen=True)
class Burst:
    """As many messages as ``count``, in batches; each has its number as its body."""

    call: Call
    """The batch, without its entries."""
    entries: str
    body: str
    count: int


@dataclass(frozen=True)
class Consume:
    """Receive one by one, work, delete; ``until`` so many are done, or (0) until a receive of ``wait`` s finds none."""

    queue: str
    """A reference to its URL."""
    until: int
    wait: int
    within: int
    workers: int = 1
    works: float = 0.0
    dies: str = ""
    fails: tuple[str, ...] = ()
    keep: bool = False
    many: bool = False
    """Ten at a time: there are too many to show each."""


@dataclass(frozen=True)
class Await:
    """Wait until an execution has ended, and show how."""

    execution: str
    """The variable that holds its ARN."""
    within: int


@dataclass(frozen=True)
class Left:
    """Show what is there that this script made: each list call, and where the names are in its answer."""

    lists: tuple[tuple[Call, str], ...]


Statement = Say | Ask | Pack | Active | Pause | Burst | Consume | Await | Left


def variable(*parts: str) -> str:
    """``orders_url`` for ``orders`` and ``url``."""
    return "_".join(part.replace(".", "_") for part in parts)


def stem(name: str) -> str:
    """How the names of files about this begin."""
    return re.sub(r"\W+", "-", name).strip("-")
