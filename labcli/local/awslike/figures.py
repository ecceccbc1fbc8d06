"""How much of each: AWS's behaviour as it is documented, and the figures in which a laptop shows it within seconds.

All durations are seconds, all chances between 0 and 1. docs/fidelity.md has the same, with the sources.
"""

from __future__ import annotations

WINDOW = 8
"""A Standard queue gives messages out of so many more than are asked for, in any order ("best-effort ordering")."""
TWICE_RECEIVED = 0.03
"""The chance that a message shows again although it was just received,"""
TWICE_DELETED = 0.05
"""and that a copy of it is left when it is deleted, as one of the servers that store it was unavailable. At most one of
the two happens to a message."""
AGAIN = (0.5, 1.0)
"""After how long it shows again."""
COPY_STAYS = 4.0
"""How long a copy waits for somebody to receive it; then its server knows of the deletion."""
SERVERS, ASKED = 3, 2
"""The servers that hold a queue, and how many of them a short poll asks; a long poll asks all."""
COUNTS_LATE = (1.5, 4.0)
"""How late the counts of a queue are; on AWS up to a minute."""
RIGHTS_LATE = (1.0, 5.0)
"""After how long a changed right or filter holds; on AWS seconds to a minute, for a filter up to 15 minutes."""
