"""Changes that hold some seconds later: until then what was before them holds.

IAM User Guide, "Changes that I make are not always immediately visible"; SQS API Reference, SetQueueAttributes ("can
take up to 60 seconds to propagate"); SNS Developer Guide, "Amazon SNS subscription filter policies" (up to 15 minutes).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from labcli.local.awslike import figures


@dataclass
class Late:
    """What holds instead of what is written. ``clock`` gives seconds since the epoch."""

    clock: Callable[[], float]
    chances: Random
    before: dict[Hashable, tuple[Any, float]] = field(default_factory=dict)
    """What still holds, and until when."""

    def in_effect(self, key: Hashable, written: Any) -> Any:
        """What holds now; ``written`` is what is written now."""
        held = self.before.get(key)
        if held is None or self.clock() >= held[1]:
            self.before.pop(key, None)
            return written
        return held[0]

    def changed(self, key: Hashable, was: Any) -> None:
        """Something was written just now, and ``was`` stood there before."""
        held = self.in_effect(key, was)
        self.before[key] = (held, self.clock() + self.chances.uniform(*figures.RIGHTS_LATE))

    def watched(self, read: Callable[..., Mapping[Hashable, Any]], nothing: Any) -> Callable[[Any], Any]:
        """A wrap for what writes. ``read`` gives what is written, of the same arguments; ``nothing``: where there is
        none yet.
        """

        def wrap(original: Any) -> Any:
            def write(*given: Any, **named: Any) -> Any:
                before = dict(read(*given))
                answer = original(*given, **named)
                for key, now in read(*given).items():
                    if (was := before.get(key, nothing)) != now:
                        self.changed(key, was)
                return answer

            return write

        return wrap
