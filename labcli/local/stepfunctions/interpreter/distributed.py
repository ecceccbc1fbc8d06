"""A distributed Map: each item, or batch of items, is an execution of its own, and all of them are a Map Run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

from labcli.local.stepfunctions.interpreter import items as sources
from labcli.local.stepfunctions.interpreter.errors import StateError, runtime
from labcli.local.stepfunctions.interpreter.lines import Begin, together
from labcli.local.stepfunctions.interpreter.values import size_of, text_of
from labcli.local.stepfunctions.interpreter.visit import Outcome, Visit, as_number
from labcli.local.stepfunctions.model import Execution, MapRun
from labcli.rules.asl.quotas import DATA

AT_ONCE = 40
"""Children that run at once here; AWS runs 10,000."""
THRESHOLD = "States.ExceedToleratedFailureThreshold"
EXCEEDED = "The specified tolerated failure threshold was exceeded"


async def perform(visit: Visit, key: str, given: tuple[Any, list[Any]]) -> Outcome:
    """Start the children, wait for all, and make a list of what they gave."""
    run, frame, state = visit.run, visit.frame, visit.state
    data, items = given
    if "ItemReader" in state:
        items = await sources.read(visit, data)
    most = await visit.whole("MaxConcurrency", data) or AT_ONCE
    run.record(frame, "MapStateStarted", {"length": len(items)})
    count, percentage = await tolerated(visit, data)
    chosen = [await selected(visit, data, index, item) for index, item in enumerate(items)]
    inputs = await _batches(visit, data, chosen)
    map_run = _made(visit, count, percentage, min(most, AT_ONCE), len(items))
    run.hub.registry.map_runs[map_run.arn] = map_run
    run.record(frame, "MapRunStarted", {"mapRunArn": map_run.arn})
    children = [_child(visit, key, map_run, each) for each in inputs]
    map_run.children = [child.arn for child in children]
    try:
        await together(run, _begins(visit, map_run, children), map_run.most)
    except StateError as error:
        map_run.end("FAILED", run.hub.clock())
        run.record(frame, "MapRunFailed", {"error": error.error, "cause": error.cause})
        error.previous = frame.previous
        raise
    except asyncio.CancelledError:
        map_run.end("ABORTED", run.hub.clock())
        raise
    map_run.end("SUCCEEDED", run.hub.clock())
    run.record(frame, "MapRunSucceeded")
    run.record(frame, "MapStateSucceeded", move=False)
    outputs = [json.loads(each.output or "null") for each in children if each.status == "SUCCEEDED"]
    return await visit.outcome(await sources.write(visit, data, map_run, children) or outputs)


async def selected(visit: Visit, data: Any, index: int, value: Any) -> Any:
    """What an iteration gets: its item, or what the ItemSelector makes of it."""
    state = visit.state
    key = "ItemSelector" if "ItemSelector" in state else "Parameters"
    if key not in state:
        return value
    view = visit.view(data)
    item = {"Index": index, "Value": value}
    view = replace(view, context={**view.context, "Map": {"Item": item}})
    return await view.evaluated(state[key], key) if visit.jsonata else view.template(state[key])


async def tolerated(visit: Visit, data: Any) -> tuple[int, float]:
    """How many children may fail, as a number and as a percentage."""
    count = await visit.whole("ToleratedFailureCount", data) or 0
    state, percentage = visit.state, 0.0
    if "ToleratedFailurePercentagePath" in state:
        path = state["ToleratedFailurePercentagePath"]
        found = visit.view(data).path(path)
        if (number := as_number(found)) is None:
            shown = found if isinstance(found, str) else text_of(found)
            text = (
                f'The ToleratedFailurePercentagePath field refers to value "{shown}" which is not a valid float: {path}'
            )
            raise runtime(text)
        percentage = number
    elif "ToleratedFailurePercentage" in state:
        given = state["ToleratedFailurePercentage"]
        percentage = float(await visit.view().typed(given, "ToleratedFailurePercentage", "number"))
    if not 0 <= percentage <= 100:
        raise runtime("ToleratedFailurePercentage must be between 0 and 100.")
    if count < 0:
        raise runtime("ToleratedFailureCount must be greater than or equal to 0.")
    return count, percentage


async def _batches(visit: Visit, data: Any, items: list[Any]) -> list[Any]:
    """The inputs of the children: the items themselves, or batches of them."""
    batcher = visit.state.get("ItemBatcher")
    if batcher is None:
        return items
    view = visit.view(data)
    if visit.jsonata:
        batcher = await view.evaluated(batcher, "ItemBatcher")
        more = batcher.get("BatchInput")
    else:
        more = view.template(batcher["BatchInput"]) if "BatchInput" in batcher else None
    most = batcher.get("MaxItemsPerBatch") or _at(visit, data, "MaxItemsPerBatchPath") or len(items) or 1
    bytes_most = batcher.get("MaxInputBytesPerBatch") or _at(visit, data, "MaxInputBytesPerBatchPath") or DATA
    head = {} if more is None else {"BatchInput": more}
    batches: list[list[Any]] = []
    size = 0
    for item in items:
        grown = size + size_of(text_of(item)) + 1
        if not batches or len(batches[-1]) >= most or grown > bytes_most:
            batches.append([])
            grown = size_of(text_of({**head, "Items": []})) + size_of(text_of(item)) + 1
        batches[-1].append(item)
        size = grown
    return [{**head, "Items": batch} for batch in batches]


def _at(visit: Visit, data: Any, key: str) -> int | None:
    path = visit.state["ItemBatcher"].get(key)
    if path is None:
        return None
    number = as_number(visit.view(data).path(path))
    if number is None or number < 1:
        raise runtime(f"The {key} field does not refer to a positive integer: {path}")
    return int(number)


def _made(visit: Visit, count: int, percentage: float, most: int, total: int) -> MapRun:
    execution = visit.run.execution
    prefix, name = execution.machine.split(":stateMachine:")
    label = visit.state.get("Label") or str(uuid4())
    arn = f"{prefix}:mapRun:{name.split(':')[0]}/{label}:{uuid4()}"
    return MapRun(arn, execution.arn, visit.run.hub.clock(), most, count, percentage, total)


def _child(visit: Visit, key: str, map_run: MapRun, given: Any) -> Execution:
    run, parent = visit.run, visit.run.execution
    processor = visit.state[key]
    kind = processor["ProcessorConfig"].get("ExecutionType", "STANDARD")
    definition = {name: value for name, value in processor.items() if name != "ProcessorConfig"}
    if "QueryLanguage" in run.definition:
        definition = {"QueryLanguage": run.definition["QueryLanguage"], **definition}
    prefix, _, machine = map_run.arn.partition(":mapRun:")
    machine = machine.rpartition(":")[0]
    name = str(uuid4())
    arn = f"{prefix}:{'express' if kind == 'EXPRESS' else 'execution'}:{machine}:{name}"
    child = Execution(
        arn=arn + (f":{uuid4()}" if kind == "EXPRESS" else ""),
        name=name,
        machine=f"{prefix}:stateMachine:{machine}",
        role=parent.role,
        definition=json.dumps(definition),
        kind=kind,
        input=visit.checked(given),
        started=round(run.hub.clock(), 3),
        map_run=map_run.arn,
        settings=parent.settings,
    )
    if kind == "STANDARD":
        run.hub.registry.keep(child)
    return child


def _begins(visit: Visit, map_run: MapRun, children: list[Execution]) -> Iterator[Begin]:
    for child in children:
        yield partial(_one, visit, map_run, child, len(children))


async def _one(visit: Visit, map_run: MapRun, child: Execution, of: int) -> None:
    """Run one child to its end; the failure that is one too many ends the Map Run."""
    await visit.run.hub.execute(child)
    map_run.count(child.status)
    failed = map_run.failed
    if child.status == "SUCCEEDED" or failed <= map_run.tolerated_count:
        return
    if 100 * failed <= map_run.tolerated_percentage * of:
        return
    raise StateError(THRESHOLD, EXCEEDED)
