"""Lambda as AWS has it, where the engine differs. This file puts the corrections of all its rooms in.

worker.py: the processes. run.py: one invocation. later.py: asynchronous ones.
queues.py: functions that read from queues. rules.py: what is refused. logs.py: what functions print.
"""

from __future__ import annotations

from collections.abc import Callable

from labcli.local.engine import load
from labcli.local.functions import later, logs, queues, rules, run, worker
from labcli.local.functions.logs import Logs

SETTLES = 0.2
"""Seconds for which a new function is Pending; on AWS they are more."""


def correct(clock: Callable[[], float]) -> list[str]:
    """Put the corrections in; the names that have moved in the engine, as ``module.name``.

    ``clock`` gives seconds since the epoch. A room whose names have moved is left out as a whole.
    """
    if moved := logs.correct() + worker.correct():
        return moved
    moved = run.correct(Logs(load("services.cloudwatch_logs"), clock))
    moved += later.correct(clock) + queues.correct(clock) + rules.correct()
    if not moved:
        load("services.lambda_svc")._LAMBDA_STATE_TRANSITION_DELAY = SETTLES
    return moved
