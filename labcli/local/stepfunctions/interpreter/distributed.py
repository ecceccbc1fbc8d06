"""A distributed Map: each item, or batch of items, is an execution of its own, and all of them are a Map Run."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

from labcli.local.stepfunctions import redrives
from labcli.local.stepfunctions.interpreter import items as sources
from labcli.local.stepfunctions.interpreter.errors import StateError, runtime
from labcli.local.stepfunctions.interpreter.lines import Begin, together
from labcli.local.stepfunctions.interpreter.values import size_of, text_of
from labcli.local.stepfunctions.interpreter.visit import Outcome, Visit, as_number
from labcli.local.stepfunctions.map_run import PENDING_REDRIVE, MapRun
from labcli.local.stepfunctions.model import Execution
from labcli.rules.asl import limits
from labcli.rules.asl.quotas import DATA

AT_ONCE = 40
"""Children that run at once here; AWS runs 10,000."""
LOOK = 1.0
"""Seconds between two looks at how many may run at once, which UpdateMapRun changes."""
THRESHOLD = "States.ExceedToleratedFailureThreshold"
EXCEEDED = "The specified tolerated failure threshold was exceeded"


async def perform(visit: Visit, key: str, given: Callable[[], Awaitable[tuple[Any, list[Any]]]]) -> Outcome:
    """Start the children, or go on with them, wait for all, and make a list of what they gave.

    A Map Run that failed is redriven with its execution; one that succeeded while its state did not is begun anew
    (Developer Guide, "Redriving Map Runs").
    """
    run, frame, registry = visit.run, visit.frame, visit.run.hub.registry
    map_run = registry.map_runs.get((frame.work or {}).get("map_run", ""))
    if map_run is None or map_run.status == "SUCCEEDED":
        map_run = await _begun(visit, *await given())
    elif map_run.status != "RUNNING":
        redrives.redrive_children(map_run, registry, run.hub.clock())
        run.record(frame, "MapRunRedriven", {"mapRunArn": map_run.arn, "redriveCount": map_run.redrives})
    try:
        await _done(visit, key, map_run)
    except StateError as error:
        _close(visit, map_run, "FAILED")
        run.record(frame, "MapRunFailed", {"error": error.error, "cause": error.cause})
        error.previous = frame.previous
        raise
    except BaseException:  # it was stopped, or has ended
        if not run.hub.closed:
            _close(visit, map_run, "ABORTED")
        raise
    _close(visit, map_run, "SUCCEEDED")
    run.record(frame, "MapRunSucceeded")
    run.record(frame, "MapStateSucceeded", move=False)
    return await visit.outcome(frame.work["result"])


async def _begun(visit: Visit, data: Any, items: list[Any]) -> MapRun:
    """A new Map Run, which has its children's inputs."""
    run, frame = visit.run, visit.frame
    for what in limits.of_state(dict(visit.state)):
        raise runtime(limits.SAID.format(what))
    if "ItemReader" in visit.state:
        items = await sources.read(visit, data)
    most = await visit.whole("MaxConcurrency", data) or 0
    run.record(frame, "MapStateStarted", {"length": len(items)})
    count, percentage = await tolerated(visit, data)
    chosen = [await selected(visit, data, index, item) for index, item in enumerate(items)]
    sizes, inputs = await _batches(visit, data, chosen)
    execution = run.execution
    prefix, name = execution.machine.split(":stateMachine:")
    arn = f"{prefix}:mapRun:{name.split(':')[0]}/{visit.state.get('Label') or uuid4()}:{uuid4()}"
    texts = [visit.checked(each) for each in inputs]
    map_run = MapRun(arn, execution.arn, round(run.hub.clock(), 3), most, count, percentage, sizes, texts)
    with run.hub.registry.lock:
        run.hub.registry.map_runs[arn] = map_run
    frame.work = {"map_run": arn}
    run.record(frame, "MapRunStarted", {"mapRunArn": arn})
    return map_run


async def _done(visit: Visit, key: str, map_run: MapRun) -> None:
    """Run the children that have not ended, and keep what the Map gives."""
    _check(map_run)
    await together(visit.run, _begins(visit, key, map_run), lambda: min(map_run.most or AT_ONCE, AT_ONCE), LOOK)
    children = visit.run.hub.registry.children(map_run)
    visit.frame.work["result"] = await sources.written(visit, map_run, children)


def _close(visit: Visit, map_run: MapRun, status: str) -> None:
    hub = visit.run.hub
    with hub.registry.lock:
        map_run.end(status, hub.clock())
        hub.registry.close(map_run)


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


async def _batches(visit: Visit, data: Any, items: list[Any]) -> tuple[list[int], list[Any]]:
    """The children's numbers of items, and their inputs: the items themselves, or batches of them."""
    batcher = visit.state.get("ItemBatcher")
    if batcher is None:
        return [1] * len(items), items
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
    return [len(batch) for batch in batches], [{**head, "Items": batch} for batch in batches]


def _at(visit: Visit, data: Any, key: str) -> int | None:
    path = visit.state["ItemBatcher"].get(key)
    if path is None:
        return None
    number = as_number(visit.view(data).path(path))
    if number is None or number < 1:
        raise runtime(f"The {key} field does not refer to a positive integer: {path}")
    return int(number)


def _child(visit: Visit, key: str, map_run: MapRun) -> Execution:
    """The next child, made of the first input that has none."""
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
    with run.hub.registry.lock:
        child = Execution(
            arn=arn + (f":{uuid4()}" if kind == "EXPRESS" else ""),
            name=name,
            machine=f"{prefix}:stateMachine:{machine}",
            role=parent.role,
            definition=json.dumps(definition),
            kind=kind,
            input=map_run.inputs.pop(0),
            started=round(run.hub.clock(), 3),
            map_run=map_run.arn,
            items=map_run.sizes[len(map_run.children)],
            settings=parent.settings,
        )
        map_run.children.append(child.arn)
        run.hub.registry.keep(child)
    return child


def _begins(visit: Visit, key: str, map_run: MapRun) -> Iterator[Begin]:
    for child in visit.run.hub.registry.children(map_run):
        if child.arn not in map_run.statuses:
            yield partial(_one, visit, map_run, child)
    while map_run.inputs:
        yield partial(_one, visit, map_run, _child(visit, key, map_run))


async def _one(visit: Visit, map_run: MapRun, child: Execution) -> None:
    """Run one child to its end; the failure that is one too many ends the Map Run."""
    hub = visit.run.hub
    if child.status == PENDING_REDRIVE:
        redrives.go_on(child, hub.clock())
    if child.running:
        await hub.execute(child)
    map_run.statuses[child.arn] = child.status
    _check(map_run)


def _check(map_run: MapRun) -> None:
    if map_run.exceeded:
        raise StateError(THRESHOLD, EXCEEDED)
