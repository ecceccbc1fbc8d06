"""What machines, executions and activities may be called, and what Step Functions calls other services."""

from __future__ import annotations

import re
from collections.abc import Mapping

NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}")
"""Of a machine, an execution or an activity (API reference, CreateStateMachine and StartExecution, ``name``)."""
SDK_NAMES: Mapping[str, str] = {"events": "eventbridge", "states": "sfn"}
"""What ``aws-sdk`` integrations call a service that its optimized integration calls otherwise (Developer Guide)."""
