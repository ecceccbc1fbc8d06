"""A Map: every item through the same states. Inline here; a distributed one's children are executions of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from labcli.local.stepfunctions.interpreter import distributed
from labcli.local.stepfunctions.interpreter.errors import QUERY, StateError, runtime
from labcli.local.stepfunctions.interpreter.frame import Frame
from labcli.local.stepfunctions.interpreter.lines import Begin, cut_off, together
from labcli.local.stepfunctions.interpreter.values import text_of
from labcli.local.stepfunctions.interpreter.visit import Outcome, Visit

INLINE = 40
"""Iterations of an inline Map that run at once (Developer Guide, "Inline mode")."""


def processor_key(state: Mapping[str, Any]) -> str:
    """The field that has the states of an iteration."""
    return "ItemProcessor" if "ItemProcessor" in state else "Iterator"


async def perform(visit: Visit) -> Outcome:
    """Run the iterations, or go on with them."""
    run, frame = visit.run, visit.frame
    key = processor_key(visit.state)
    if visit.state[key].get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
        return await distributed.perform(visit, key, partial(given, visit))
    if frame.inner is None:
        data, items = await given(visit)
        most = await visit.whole("MaxConcurrency", data) or INLINE
        run.record(frame, "MapStateStarted", {"length": len(items)})
        frame.inner, frame.work = (
            [],
            {"data": data, "items": items, "most": min(most, INLINE), "latest": frame.previous},
        )
    work = frame.work
    begins = _begins(visit, key)
    try:
        await together(run, begins, lambda: work["most"])
    except StateError as error:
        frame.previous = error.previous
        if not error.fatal:
            _cut_off(visit)
        raise
    frame.previous = work["latest"] if not frame.inner else work["succeeded"]
    run.record(frame, "MapStateSucceeded", move=False)
    outputs = sorted(frame.inner, key=lambda inner: inner.item["Index"] if inner.item else 0)
    return await visit.outcome([inner.input for inner in outputs])


async def given(visit: Visit) -> tuple[Any, list[Any]]:
    """What ``$`` is for the fields of the Map, and its items."""
    state = visit.state
    if visit.jsonata:
        if "Items" in state:
            items = await visit.view().typed(state["Items"], "Items", "array")
        else:
            items = visit.input
            if not isinstance(items, list) and "ItemReader" not in state:
                text = f"Map state input must be an array but was: {text_of(items)}"
                raise StateError(QUERY, text, told=True)
        return visit.input, items
    data = visit.effective()
    path = state.get("ItemsPath", "$")
    items = visit.view(data).path(path)
    if not isinstance(items, list) and "ItemReader" not in state:
        raise runtime(f'Reference path "{path.replace("$$", "$")}" must point to array.')  # recorded so
    if "ItemsPath" in state:
        visit.seen("afterItemsPath", items)
    return data, items


def _begins(visit: Visit, key: str) -> Iterator[Begin]:
    frame = visit.frame
    inner, items = frame.inner, frame.work["items"]
    assert inner is not None  # noqa: S101  it has begun
    for each in tuple(inner):
        if not each.done:
            yield partial(_iterate, visit, each)
    way = (*frame.way, "States", frame.state, key)
    for index in range(len(inner), len(items)):
        each = Frame(way, items[index], item={"Index": index, "Value": items[index]}, outer=frame)
        inner.append(each)
        yield partial(_iterate, visit, each)


async def _iterate(visit: Visit, inner: Frame) -> None:
    run, work = visit.run, visit.frame.work
    index = int(inner.item["Index"]) if inner.item else 0
    about = {"index": index, "name": visit.name}
    if not inner.previous:
        inner.previous = work["latest"]
        given = await distributed.selected(visit, work["data"], index, inner.input)
        visit.checked(given)
        run.record(inner, "MapIterationStarted", about)
        inner.input = given
    try:
        await run.line(inner)
    except StateError as error:
        if not error.fatal:
            run.record(inner, "MapIterationFailed", about, previous=error.previous, move=False)
            work["failed"] = index
        raise
    work["latest"] = inner.previous
    work["succeeded"] = run.record(inner, "MapIterationSucceeded", about, move=False)


def _cut_off(visit: Visit) -> None:
    for inner in visit.frame.inner or ():
        index = inner.item["Index"] if inner.item else 0
        if not inner.done and inner.previous and index != visit.frame.work.get("failed"):
            cut_off(visit.run, Frame((), None, inner=[inner]))
            visit.run.record(inner, "MapIterationAborted", {"index": index, "name": visit.name})
