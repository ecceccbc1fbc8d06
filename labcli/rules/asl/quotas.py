"""How much Step Functions takes: names, lengths, sizes, numbers. Each stands here once, for the check and the runner.

The sources: the API reference (CreateStateMachine, StartExecution), and the Developer Guide, "Step Functions service
quotas" and the pages of the states.
"""

from __future__ import annotations

import re

NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}")
"""The name of a machine, an execution or an activity."""
DEFINITION = 1_048_576
"""Characters of a definition."""
DATA = 262_144
"""Bytes of an input, of an output, and of what goes from state to state."""
NUMBER = 99_999_999
"""Seconds of a Wait, a timeout, a heartbeat or an interval; attempts of a Retry."""
