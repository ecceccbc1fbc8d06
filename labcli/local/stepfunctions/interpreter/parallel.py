"""A Parallel: every branch with a copy of the input; the result is the list of their outputs."""

from __future__ import annotations

from functools import partial

from labcli.local.stepfunctions.interpreter.errors import StateError
from labcli.local.stepfunctions.interpreter.frame import Frame
from labcli.local.stepfunctions.interpreter.lines import cut_off, together
from labcli.local.stepfunctions.interpreter.visit import Outcome, Visit


async def perform(visit: Visit) -> Outcome:
    """Run the branches, or go on with them."""
    run, frame = visit.run, visit.frame
    if frame.inner is None:
        given = await visit.arguments()
        visit.checked(given)
        run.record(frame, "ParallelStateStarted")
        way = (*frame.way, "States", frame.state, "Branches")
        branches = range(len(visit.state["Branches"]))
        frame.inner = [Frame((*way, each), given, previous=frame.previous, outer=frame) for each in branches]
    inner = frame.inner
    try:
        await together(run, iter([partial(run.line, each) for each in inner if not each.done]), lambda: len(inner))
    except StateError as error:
        frame.previous = error.previous
        if not error.fatal:
            cut_off(run, frame)
        raise
    frame.previous = max(each.previous for each in inner)
    run.record(frame, "ParallelStateSucceeded", move=False)
    return await visit.outcome([each.input for each in inner])
