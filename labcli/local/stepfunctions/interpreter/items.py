"""Where the items of a distributed Map come from and go to when that is S3: ItemReader and ResultWriter."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from labcli.local.stepfunctions.interpreter.errors import StateError
from labcli.local.stepfunctions.interpreter.visit import Visit
from labcli.local.stepfunctions.model import Execution, MapRun

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
    action = str(reader["Resource"]).rpartition(":")[2]
    try:
        found = await visit.run.hub.call("s3", action, given, visit.run.execution.role, visit.run.execution)
        items = _objects(found) if action == "listObjectsV2" else _parsed(str(found.get("Body", "")), config)
    except StateError as error:
        raise StateError(FAILED, error.cause) from error
    except (ValueError, csv.Error) as error:
        raise StateError(FAILED, f"Attempting to parse the object failed: {error}") from error
    most = config.get("MaxItems")
    return items[:most] if isinstance(most, int) and most > 0 else items


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


async def write(visit: Visit, data: Any, map_run: MapRun, children: list[Execution]) -> Any:
    """Put the results into S3 when a ResultWriter says so, and what the Map gives then; None without one."""
    writer = visit.state.get("ResultWriter")
    if writer is None or "Resource" not in writer:
        return None
    if visit.jsonata:
        given = await visit.view().evaluated(writer.get("Arguments", {}), "ResultWriter/Arguments")
    else:
        given = visit.view(data).template(writer.get("Parameters", {}))
    bucket, prefix = given.get("Bucket"), str(given.get("Prefix", "")).rstrip("/")
    folder = f"{prefix}/{map_run.arn.rpartition(':')[2]}".lstrip("/")
    files: dict[str, list[Any]] = {}
    for child in children:
        files.setdefault(child.status, []).append(_result(child))
    listed: dict[str, list[Any]] = {name: [] for name in ("FAILED", "PENDING", "SUCCEEDED")}
    for status, found in files.items():
        key, body = f"{folder}/{status}_0.json", json.dumps(found)
        await _put(visit, {"Bucket": bucket, "Key": key, "Body": body})
        listed.setdefault(status, []).append({"Key": key, "Size": len(body)})
    manifest = {"DestinationBucket": bucket, "MapRunArn": map_run.arn, "ResultFiles": listed}
    await _put(visit, {"Bucket": bucket, "Key": f"{folder}/manifest.json", "Body": json.dumps(manifest)})
    return {"MapRunArn": map_run.arn, "ResultWriterDetails": {"Bucket": bucket, "Key": f"{folder}/manifest.json"}}


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
