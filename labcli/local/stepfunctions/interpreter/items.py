"""Where the items of a distributed Map come from and go to when that is S3: ItemReader and ResultWriter."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from labcli.local.stepfunctions.interpreter.errors import StateError, runtime
from labcli.local.stepfunctions.interpreter.visit import Visit, as_number
from labcli.local.stepfunctions.map_run import MapRun
from labcli.local.stepfunctions.model import Execution

FAILED = "States.ItemReaderFailed"
NOT_WRITTEN = "States.ResultWriterFailed"
LARGEST = 16 * 1024 * 1024
"""Bytes of an object that is read here; AWS reads up to 10 GB."""


async def read(visit: Visit, data: Any) -> list[Any]:
    """The items that an ItemReader names. States.ItemReaderFailed when they cannot be had."""
    reader = visit.state["ItemReader"]
    if visit.jsonata:
        given = await visit.view().evaluated(reader.get("Arguments", {}), "ItemReader/Arguments")
    else:
        given = visit.view(data).template(reader.get("Parameters", {}))
    config = reader.get("ReaderConfig", {})
    most = await _most(visit, config, data)
    action = str(reader["Resource"]).rpartition(":")[2]
    try:
        found = await visit.run.hub.call("s3", action, given, visit.run.execution.role, visit.run.execution)
        items = _objects(found) if action == "listObjectsV2" else _parsed(str(found.get("Body", "")), config)
    except StateError as error:
        raise StateError(FAILED, error.cause) from error
    except (ValueError, csv.Error) as error:
        raise StateError(FAILED, f"Attempting to parse the object failed: {error}") from error
    return items if most is None else items[:most]


async def _most(visit: Visit, config: Any, data: Any) -> int | None:
    """How many items are read: MaxItems, MaxItemsPath or an expression; None: all."""
    most = config.get("MaxItems")
    if "MaxItemsPath" in config:
        most = as_number(visit.view(data).path(config["MaxItemsPath"]))
    elif isinstance(most, str):
        most = await visit.view().typed(most, "MaxItems", "number")
    if "MaxItems" not in config and "MaxItemsPath" not in config:
        return None
    if most is None or most < 1 or most != int(most):
        raise runtime("The value of MaxItems must be a positive integer.")
    return int(most)


def _objects(found: Any) -> list[Any]:
    return list(found.get("Contents") or ())


def _parsed(text: str, config: Any) -> list[Any]:
    kind = config.get("InputType", "JSON")
    if len(text) > LARGEST:
        raise ValueError(f"the embedded AWS reads {LARGEST} bytes at most")
    if kind == "CSV":
        rows = list(csv.reader(io.StringIO(text), delimiter=_delimiter(config)))
        given = config.get("CSVHeaderLocation") == "GIVEN"
        head, rows = (config["CSVHeaders"], rows) if given else (rows[0] if rows else [], rows[1:])
        return [dict(zip(head, row, strict=False)) for row in rows]
    if kind == "JSONL":
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    if kind == "MANIFEST":
        raise ValueError("the embedded AWS of labcli reads no inventory manifests")
    items = json.loads(text)
    for step in str(config.get("ItemsPointer", "")).split("/")[1:]:
        items = items[step] if isinstance(items, dict) and step in items else None
    if not isinstance(items, list):
        raise ValueError("it is no JSON array")  # noqa: TRY004  the words of a ValueError are shown
    return items


def _delimiter(config: Any) -> str:
    names = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
    return names.get(str(config.get("CSVDelimiter", "COMMA")), ",")


async def written(visit: Visit, map_run: MapRun, children: list[Execution]) -> Any:
    """What a distributed Map gives: its children's outputs, or where a ResultWriter has put their results in S3."""
    writer = visit.state.get("ResultWriter")
    if writer is None or "Resource" not in writer:
        return [json.loads(child.output or "null") for child in children if child.status == "SUCCEEDED"]
    if visit.jsonata:
        given = await visit.view().evaluated(writer.get("Arguments", {}), "ResultWriter/Arguments")
    else:
        given = visit.view(visit.effective()).template(writer.get("Parameters", {}))
    bucket, prefix = given.get("Bucket"), str(given.get("Prefix", "")).rstrip("/")
    folder = f"{prefix}/{map_run.arn.rpartition(':')[2]}".lstrip("/")
    files: dict[str, list[Any]] = {}
    for child in children:
        files.setdefault(_kind(child), []).append(_result(child))
    listed: dict[str, list[Any]] = {name: [] for name in ("FAILED", "PENDING", "SUCCEEDED")}
    for kind, found in files.items():
        key, body = f"{folder}/{kind}_0.json", json.dumps(found)
        await _put(visit, {"Bucket": bucket, "Key": key, "Body": body})
        listed[kind].append({"Key": key, "Size": len(body)})
    manifest = {"DestinationBucket": bucket, "MapRunArn": map_run.arn, "ResultFiles": listed}
    await _put(visit, {"Bucket": bucket, "Key": f"{folder}/manifest.json", "Body": json.dumps(manifest)})
    map_run.written = len(children)
    return {"MapRunArn": map_run.arn, "ResultWriterDetails": {"Bucket": bucket, "Key": f"{folder}/manifest.json"}}


def _kind(child: Execution) -> str:
    """In which of the files it is (Developer Guide, "ResultWriter": three, of which one has all that went wrong)."""
    return "SUCCEEDED" if child.status == "SUCCEEDED" else "FAILED"


async def _put(visit: Visit, given: dict[str, Any]) -> None:
    try:
        await visit.run.hub.call("s3", "putObject", given, visit.run.execution.role, visit.run.execution)
    except StateError as error:
        raise StateError(NOT_WRITTEN, error.cause) from error


def _result(child: Execution) -> dict[str, Any]:
    found = {
        "ExecutionArn": child.arn,
        "Input": child.input,
        "InputDetails": {"Included": True},
        "Name": child.name,
        "Output": child.output,
        "OutputDetails": {"Included": True},
        "Status": child.status,
        "StateMachineArn": child.machine,
        "Error": child.error,
        "Cause": child.cause,
    }
    return {name: value for name, value in found.items() if value is not None}
