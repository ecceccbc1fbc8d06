"""Map Runs as the documentation has them; nobody recorded them.

Sources: API reference, DescribeMapRun, ListMapRuns, UpdateMapRun, ListExecutions; Developer Guide, "Map state in
Distributed mode" and its pages about ItemReader, ItemBatcher, ResultWriter; States Language, "Map State".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from labcli.local.life import Endpoint
from tests.local.conftest import client, until
from tests.local.stepfunctions.calls import Bench, refused

LOOK = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sqs:getQueueUrl", "Parameters": {"QueueName.$": "$"}}
"""Succeeds as soon as there is a queue of this name."""
HOLD = {"Type": "Wait", "Seconds": 60, "End": True}


def mapped(*states: dict[str, Any], kind: str = "STANDARD", **more: Any) -> dict[str, Any]:
    """A machine of a distributed Map whose children go through these states, one after the other."""
    inner = {f"S{index}": {**state, "Next": f"S{index + 1}"} for index, state in enumerate(states)}
    last = inner[f"S{len(states) - 1}"]
    del last["Next"]
    if last["Type"] not in ("Fail", "Succeed", "Choice"):
        last["End"] = True
    config = {"Mode": "DISTRIBUTED", "ExecutionType": kind}
    processor = {"ProcessorConfig": config, "StartAt": "S0", "States": inner}
    return {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": processor, "End": True, **more}}}


@pytest.fixture(scope="module")
def bench(endpoint: Endpoint) -> Iterator[Bench]:
    made = Bench(endpoint)
    yield made
    made.close()


@pytest.fixture(scope="module")
def s3(endpoint: Endpoint) -> Iterator[Any]:
    from botocore.config import Config

    made = client(endpoint, "s3", config=Config(s3={"addressing_style": "path"}, proxies={}))
    made.create_bucket(Bucket="data", CreateBucketConfiguration={"LocationConstraint": endpoint.region})
    yield made
    made.close()


def run_of(bench: Bench, execution: str) -> Any:
    (found,) = bench.sfn.list_map_runs(executionArn=execution)["mapRuns"]
    return bench.sfn.describe_map_run(mapRunArn=found["mapRunArn"])


def children(bench: Bench, run: Any, **more: Any) -> list[Any]:
    found = bench.sfn.list_executions(mapRunArn=run["mapRunArn"], **more)["executions"]
    return sorted(found, key=lambda child: child["startDate"])


def counts(run: Any, of: str = "executionCounts") -> dict[str, int]:
    return {name: number for name, number in run[of].items() if number}


# -- one that fails ----------------------------------------------------------------------------------------------------


def test_of_a_map_run_that_failed_nothing_runs_or_waits(bench: Bench) -> None:
    """API reference, DescribeMapRun: children are stopped by Step Functions because the Map Run failed."""
    choice = {"Type": "Choice", "Choices": [{"Variable": "$", "StringEquals": "no", "Next": "S1"}], "Default": "S2"}
    machine = mapped(choice, {"Type": "Fail", "Error": "No"}, HOLD, MaxConcurrency=2)
    del machine["States"]["M"]["ItemProcessor"]["States"]["S1"]["Next"]
    del machine["States"]["M"]["ItemProcessor"]["States"]["S0"]["Next"]
    ended = bench.run(machine, ["yes", "no", "yes", "yes"], "*")
    assert (ended["status"], ended["error"]) == ("FAILED", "States.ExceedToleratedFailureThreshold")
    assert bench.kinds(ended["executionArn"])[-3:] == ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]
    run = run_of(bench, ended["executionArn"])
    assert run["status"] == "FAILED" and run["stopDate"] >= run["startDate"]
    assert counts(run) == {"failed": 1, "aborted": 3, "total": 4}
    found = children(bench, run)
    assert sorted(child["status"] for child in found) == ["ABORTED", "FAILED"]
    waiting = next(child for child in found if child["status"] == "ABORTED")
    assert bench.kinds(waiting["executionArn"])[-1] == "ExecutionAborted"
    assert bench.sfn.list_executions(mapRunArn=run["mapRunArn"], statusFilter="RUNNING")["executions"] == []


def test_a_stopped_execution_ends_its_map_run_and_the_children(bench: Bench) -> None:
    execution = bench.start(bench.machine(mapped(HOLD, MaxConcurrency=1), "*"), [1, 2])
    run = until(lambda: (r := _begun(bench, execution)) and counts(r).get("running") == 1 and r, "a child at work")
    assert counts(run) == {"running": 1, "pending": 1, "total": 2}
    bench.sfn.stop_execution(executionArn=execution)
    run = until(lambda: (r := run_of(bench, execution))["status"] != "RUNNING" and r, "the end of the Map Run")
    assert (run["status"], counts(run)) == ("ABORTED", {"aborted": 2, "total": 2})
    assert [child["status"] for child in children(bench, run)] == ["ABORTED"]


def _begun(bench: Bench, execution: str) -> Any:
    return bench.sfn.list_map_runs(executionArn=execution)["mapRuns"] and run_of(bench, execution)


# -- children ----------------------------------------------------------------------------------------------------------


def test_express_children_are_listed_and_described(bench: Bench) -> None:
    """API reference, ListExecutions: "you may list EXPRESS children started by a map run using the mapRunArn"."""
    ended = bench.run(mapped({"Type": "Pass"}, kind="EXPRESS"), [1, 2, 3], "*")
    assert ended["output"] == "[1,2,3]"
    run = run_of(bench, ended["executionArn"])
    found = children(bench, run)
    assert len(found) == 3 and {child["itemCount"] for child in found} == {1}
    assert all(":express:" in child["executionArn"] for child in found)
    shown = bench.show(found[0]["executionArn"])
    assert (shown["status"], shown["mapRunArn"]) == ("SUCCEEDED", run["mapRunArn"])
    assert shown["redriveStatus"] == "NOT_REDRIVABLE"
    history = refused(lambda: bench.events(found[0]["executionArn"]))
    assert history[0] == "StateMachineTypeNotSupported"


def test_executions_are_listed_of_a_machine_or_of_a_map_run(bench: Bench) -> None:
    ended = bench.run(mapped({"Type": "Pass"}), [1], "*")
    machine, run = ended["stateMachineArn"], run_of(bench, ended["executionArn"])["mapRunArn"]
    assert len(bench.sfn.list_executions(stateMachineArn=machine)["executions"]) == 1
    both = refused(lambda: bench.sfn.list_executions(stateMachineArn=machine, mapRunArn=run))
    waiting = refused(lambda: bench.sfn.list_executions(stateMachineArn=machine, statusFilter="PENDING_REDRIVE"))
    assert (both[0], waiting[0]) == ("ValidationException", "ValidationException")
    other = run[:-1] + ("0" if run[-1] != "0" else "1")
    assert refused(lambda: bench.sfn.list_executions(mapRunArn=other))[0] == "ResourceNotFound"
    assert refused(lambda: bench.sfn.describe_map_run(mapRunArn=other))[0] == "ResourceNotFound"
    assert refused(lambda: bench.sfn.describe_map_run(mapRunArn=machine))[0] == "InvalidArn"
    assert refused(lambda: bench.sfn.list_map_runs(executionArn=ended["executionArn"] + "x"))[0] == (
        "ExecutionDoesNotExist"
    )


def test_map_runs_of_an_execution_are_listed(bench: Bench) -> None:
    machine = mapped({"Type": "Pass"}, Label="mine")
    machine["States"]["M"] = {**machine["States"]["M"], "Next": "N"}
    del machine["States"]["M"]["End"]
    machine["States"]["N"] = {**mapped({"Type": "Pass"})["States"]["M"]}
    ended = bench.run(machine, [1], "*")
    found = bench.sfn.list_map_runs(executionArn=ended["executionArn"], maxResults=1)
    more = bench.sfn.list_map_runs(executionArn=ended["executionArn"], maxResults=1, nextToken=found["nextToken"])
    first, second = found["mapRuns"][0], more["mapRuns"][0]
    assert first["mapRunArn"] != second["mapRunArn"] and "nextToken" not in more
    assert "/mine:" in first["mapRunArn"] and first["stateMachineArn"].endswith("/mine")
    assert first["executionArn"] == ended["executionArn"] and first["stopDate"] >= first["startDate"]


# -- what may fail -----------------------------------------------------------------------------------------------------

NO = {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 0, "Next": "S1"}], "Default": "S2"}


def tolerant(**more: Any) -> dict[str, Any]:
    machine = mapped(NO, {"Type": "Fail", "Error": "No"}, {"Type": "Pass"}, **more)
    states = machine["States"]["M"]["ItemProcessor"]["States"]
    del states["S0"]["Next"], states["S1"]["Next"]
    return machine


@pytest.mark.parametrize(
    ("given", "failing", "status"),
    [
        ({}, 0, "SUCCEEDED"),
        ({}, 1, "FAILED"),
        ({"ToleratedFailureCount": 2}, 2, "SUCCEEDED"),
        ({"ToleratedFailureCount": 2}, 3, "FAILED"),
        ({"ToleratedFailurePercentage": 50}, 5, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 50}, 6, "FAILED"),
        ({"ToleratedFailurePercentage": 50, "ToleratedFailureCount": 2}, 3, "FAILED"),
        ({"ToleratedFailurePercentage": 20, "ToleratedFailureCount": 5}, 3, "FAILED"),
        ({"ToleratedFailurePercentage": 50, "ToleratedFailureCount": 5}, 5, "SUCCEEDED"),
    ],
)
def test_a_map_run_fails_when_either_threshold_is_exceeded(
    bench: Bench, given: dict[str, int], failing: int, status: str
) -> None:
    """States Language, "Failure Tolerance": with both, the state fails when either threshold is breached."""
    items = [0] * failing + [1] * (10 - failing)
    ended = bench.run(tolerant(**given), items, "*")
    assert ended["status"] == status
    run = run_of(bench, ended["executionArn"])
    assert run["toleratedFailureCount"] == given.get("ToleratedFailureCount", 0)
    assert run["toleratedFailurePercentage"] == given.get("ToleratedFailurePercentage", 0)
    if status == "SUCCEEDED":
        assert json.loads(ended["output"]) == [1] * (10 - failing)
        assert run["executionCounts"]["failed"] == failing


def test_a_map_run_under_way_is_changed(bench: Bench) -> None:
    """API reference, UpdateMapRun."""
    execution = bench.start(bench.machine(mapped(HOLD, MaxConcurrency=1), "*"), [1, 2, 3])
    run = until(lambda: (r := _begun(bench, execution)) and counts(r).get("running") == 1 and r, "a child at work")
    arn = run["mapRunArn"]
    bench.sfn.update_map_run(mapRunArn=arn, maxConcurrency=2, toleratedFailureCount=7, toleratedFailurePercentage=12.5)
    run = bench.sfn.describe_map_run(mapRunArn=arn)
    told = [run[name] for name in ("maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage")]
    assert told == [2, 7, 12.5]
    until(lambda: counts(run_of(bench, execution)).get("running") == 2, "a second child at work")
    for name, value in {"maxConcurrency": -1, "toleratedFailureCount": -1, "toleratedFailurePercentage": 101}.items():
        code, said = refused(lambda name=name, value=value: bench.sfn.update_map_run(mapRunArn=arn, **{name: value}))
        assert code == "ValidationException" and name in said
    bench.sfn.stop_execution(executionArn=execution)


# -- batches -----------------------------------------------------------------------------------------------------------


def test_items_come_in_batches(bench: Bench) -> None:
    """Developer Guide, "ItemBatcher": Items, BatchInput, MaxItemsPerBatch; items and executions are counted."""
    machine = mapped({"Type": "Pass"}, ItemsPath="$.items")
    machine["States"]["M"]["ItemBatcher"] = {"MaxItemsPerBatchPath": "$.most", "BatchInput": {"who.$": "$.who"}}
    ended = bench.run(machine, {"items": [1, 2, 3, 4, 5], "most": 2, "who": "me"}, "*")
    batches = json.loads(ended["output"])
    assert batches == [{"BatchInput": {"who": "me"}, "Items": each} for each in ([1, 2], [3, 4], [5])]
    run = run_of(bench, ended["executionArn"])
    assert (counts(run), counts(run, "itemCounts")) == ({"succeeded": 3, "total": 3}, {"succeeded": 5, "total": 5})
    assert sorted(child["itemCount"] for child in children(bench, run)) == [1, 2, 2]


def test_a_batch_is_as_large_as_its_bytes_allow(bench: Bench) -> None:
    """Developer Guide, "ItemBatcher": MaxInputBytesPerBatch counts the BatchInput as well."""
    machine = mapped({"Type": "Pass"}, ItemBatcher={"MaxInputBytesPerBatch": 60})
    batches = json.loads(bench.run(machine, ["x" * 20] * 4, "*")["output"])
    assert [len(batch["Items"]) for batch in batches] == [2, 2]
    assert all(len(json.dumps(batch, separators=(",", ":"))) <= 60 for batch in batches)


def test_a_batch_that_fails_fails_with_all_its_items(bench: Bench) -> None:
    machine = mapped({"Type": "Fail", "Error": "No"}, ItemBatcher={"MaxItemsPerBatch": 3}, ToleratedFailureCount=3)
    machine["States"]["M"]["MaxConcurrency"] = 1
    ended = bench.run(machine, [1, 2, 3, 4], "*")
    assert ended["status"] == "FAILED"
    run = run_of(bench, ended["executionArn"])
    assert (counts(run), counts(run, "itemCounts")) == ({"failed": 2, "total": 2}, {"failed": 4, "total": 4})


# -- S3 ----------------------------------------------------------------------------------------------------------------


def read(action: str = "getObject", parameters: Any = None, **config: Any) -> dict[str, Any]:
    reader = {"Resource": f"arn:aws:states:::s3:{action}", "Parameters": parameters or {"Bucket": "data", "Key": "f"}}
    return mapped({"Type": "Pass"}, ItemReader={**reader, "ReaderConfig": config} if config else reader)


@pytest.mark.parametrize(
    ("text", "config", "items"),
    [
        ("[1,2,3]", {"InputType": "JSON"}, [1, 2, 3]),
        ('{"a":{"b":[1,2]}}', {"InputType": "JSON", "ItemsPointer": "/a/b"}, [1, 2]),
        ('{"a":1}\n{"a":2}\n', {"InputType": "JSONL"}, [{"a": 1}, {"a": 2}]),
        ("a,b\n1,2\n", {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, [{"a": "1", "b": "2"}]),
        ("1;2\n", {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a", "b"],
                   "CSVDelimiter": "SEMICOLON"}, [{"a": "1", "b": "2"}]),
        ("[1,2,3]", {"InputType": "JSON", "MaxItems": 2}, [1, 2]),
        ("[1,2,3]", {"InputType": "JSON", "MaxItemsPath": "$.most"}, [1]),
    ],
)  # fmt: skip
def test_items_are_read_from_an_object(bench: Bench, s3: Any, text: str, config: Any, items: list[Any]) -> None:
    """Developer Guide, "ItemReader": InputType, CSVHeaders, CSVDelimiter, ItemsPointer, MaxItems."""
    s3.put_object(Bucket="data", Key="f", Body=text.encode())
    ended = bench.run(read(**config), {"most": 1}, "*")
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", items)
    assert run_of(bench, ended["executionArn"])["itemCounts"]["total"] == len(items)


def test_items_are_the_objects_of_a_bucket(bench: Bench, s3: Any) -> None:
    for key in ("many/a", "many/b", "other"):
        s3.put_object(Bucket="data", Key=key, Body=b"x")
    ended = bench.run(read("listObjectsV2", {"Bucket": "data", "Prefix": "many/"}), None, "*")
    assert [item["Key"] for item in json.loads(ended["output"])] == ["many/a", "many/b"]


@pytest.mark.parametrize(
    ("config", "error", "said"),
    [
        ({"InputType": "JSON"}, "States.ItemReaderFailed", "Attempting to parse the object failed"),
        ({"InputType": "MANIFEST"}, "States.Runtime", "The embedded AWS of labcli cannot run this InputType."),
        ({"InputType": "PARQUET"}, "States.Runtime", "The embedded AWS of labcli cannot run this InputType."),
        ({"InputType": "JSON", "Transformation": "LOAD_AND_FLATTEN"}, "States.Runtime", "cannot run this Transf"),
        ({"InputType": "JSON", "MaxItemsPath": "$.none"}, "States.Runtime", "none"),
    ],
)
def test_what_cannot_be_read_is_said(bench: Bench, s3: Any, config: Any, error: str, said: str) -> None:
    s3.put_object(Bucket="data", Key="f", Body=b"no json")
    ended = bench.run(read(**config), {}, "*")
    assert (ended["status"], ended["error"]) == ("FAILED", error)
    assert said in ended["cause"]


def test_an_object_that_is_not_there_and_a_role_that_may_not_read_it(bench: Bench, s3: Any) -> None:
    missing = read(parameters={"Bucket": "data", "Key": "nothing"})
    assert bench.run(missing, {}, "*")["error"] == "States.ItemReaderFailed"
    s3.put_object(Bucket="data", Key="f", Body=b"[1]")
    denied = bench.run(read(), {}, "sqs:SendMessage")
    assert denied["error"] == "States.ItemReaderFailed" and "s3:GetObject" in denied["cause"]


def test_results_are_written_with_a_manifest(bench: Bench, s3: Any) -> None:
    """Developer Guide, "ResultWriter": manifest.json names the files of each kind."""
    parameters = {"Bucket": "data", "Prefix": "out"}
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": parameters}
    ended = bench.run(tolerant(ToleratedFailureCount=1, ResultWriter=writer), [1, 0, 2], "*")
    output, run = json.loads(ended["output"]), run_of(bench, ended["executionArn"])
    assert output["MapRunArn"] == run["mapRunArn"]
    assert run["executionCounts"]["resultsWritten"] == 3
    where = output["ResultWriterDetails"]
    assert where["Bucket"] == "data" and where["Key"].startswith("out/")

    def got(key: str) -> Any:
        return json.loads(s3.get_object(Bucket="data", Key=key)["Body"].read())

    manifest = got(where["Key"])
    assert manifest["DestinationBucket"] == "data" and manifest["ResultFiles"]["PENDING"] == []
    results = {kind: got(manifest["ResultFiles"][kind][0]["Key"]) for kind in ("SUCCEEDED", "FAILED")}
    assert [(each["Input"], each["Output"]) for each in results["SUCCEEDED"]] == [("1", "1"), ("2", "2")]
    assert [(each["Status"], each["Error"]) for each in results["FAILED"]] == [("FAILED", "No")]


def test_a_writer_config_is_refused_plainly(bench: Bench) -> None:
    machine = mapped({"Type": "Pass"}, ResultWriter={"WriterConfig": {"OutputType": "JSON", "Transformation": "NONE"}})
    ended = bench.run(machine, [1], "*")
    assert ended["error"] == "States.Runtime" and "cannot run a WriterConfig" in ended["cause"]


def test_results_that_cannot_be_written_fail_the_map_run_and_a_redrive_writes_them(bench: Bench, s3: Any) -> None:
    """Developer Guide, "Redriving Map Runs": no child is run again, what is missing is written."""
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "later", "Prefix": ""}}
    failed = bench.run(mapped({"Type": "Pass"}, ResultWriter=writer), [1, 2], "*")
    assert failed["error"] == "States.ResultWriterFailed"
    run = run_of(bench, failed["executionArn"])
    assert (run["status"], counts(run)) == ("FAILED", {"succeeded": 2, "total": 2})
    before = children(bench, run)
    location = {"LocationConstraint": bench.endpoint.region}
    s3.create_bucket(Bucket="later", CreateBucketConfiguration=location)
    bench.sfn.redrive_execution(executionArn=failed["executionArn"])
    assert bench.ended(failed["executionArn"])["status"] == "SUCCEEDED"
    assert children(bench, run) == before
    assert run_of(bench, failed["executionArn"])["executionCounts"]["resultsWritten"] == 2
