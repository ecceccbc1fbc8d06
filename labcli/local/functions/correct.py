"""Lambda as AWS has it, where the engine differs. This file puts the corrections of all its rooms in.

lambda_worker.py: the processes. lambda_run.py: one invocation. lambda_later.py: asynchronous ones.
lambda_queues.py: functions that read from queues. lambda_rules.py: what is refused. logs.py: what functions print.
"""

from __future__ import annotations

from collections.abc import Callable

from labcli.local.engine import load
from labcli.local.functions import later as lambda_later
from labcli.local.functions import logs
from labcli.local.functions import queues as lambda_queues
from labcli.local.functions import rules as lambda_rules
from labcli.local.functions import run as lambda_run
from labcli.local.functions import worker as lambda_worker
from labcli.local.functions.logs import Logs

SETTLES = 0.2
"""Seconds for which a new function is Pending; on AWS they are more."""


def correct(clock: Callable[[], float]) -> list[str]:
    """Put the corrections in; the names that have moved in the engine, as ``module.name``.

    ``clock`` gives seconds since the epoch. A room whose names have moved is left out as a whole.
    """
    if moved := logs.correct() + lambda_worker.correct():
        return moved
    moved = lambda_run.correct(Logs(load("services.cloudwatch_logs"), clock))
    moved += lambda_later.correct(clock) + lambda_queues.correct(clock) + lambda_rules.correct()
    if not moved:
        load("services.lambda_svc")._LAMBDA_STATE_TRANSITION_DELAY = SETTLES
    return moved
