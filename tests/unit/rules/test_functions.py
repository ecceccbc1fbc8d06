"""Functions and mappings of Lambda: what AWS refuses, in its words."""

from __future__ import annotations

from typing import Any

import pytest

from labcli.rules.functions import RESERVED, concurrency, environment, hidden_long_enough, mapping, name, settings

MODEL = "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member must "


@pytest.mark.parametrize("good", ["f", "a-b_9", "x" * 64, "arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST"])
def test_names_of_functions(good: str) -> None:
    assert not list(name(good))


@pytest.mark.parametrize("bad", ["", "a b", "é", "x" * 65, "f\n", "a.b"])
def test_names_that_no_function_has(bad: str) -> None:
    (found,) = name(bad)
    assert found.error == "ValidationException"
    assert found.message.startswith(MODEL.format(bad, "functionName"))


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        ({"Runtime": "python2.7"}, "", "The runtime parameter of python2.7 is no longer supported"),
        ({"Runtime": "cobol"}, "", "Value cobol at 'runtime' failed to satisfy constraint: Member must satisfy enum"),
        ({"Timeout": 0}, "ValidationException", MODEL.format(0, "timeout") + "have value greater than or equal to 1"),
        (
            {"Timeout": 901},
            "ValidationException",
            MODEL.format(901, "timeout") + "have value less than or equal to 900",
        ),
        ({"MemorySize": 127}, "ValidationException", MODEL.format(127, "memorySize")),
        ({"MemorySize": 10_241}, "ValidationException", MODEL.format(10_241, "memorySize")),
        ({"Handler": "a b"}, "ValidationException", MODEL.format("a b", "handler")),
        ({"Handler": "h" * 129}, "ValidationException", MODEL.format("h" * 129, "handler")),
    ],
)
def test_settings_that_no_function_has(given: dict[str, Any], error: str, text: str) -> None:
    (found,) = settings(given)
    assert found.error == error
    assert found.message.startswith(text)


def test_settings_that_functions_have() -> None:
    for limits in ({"Timeout": 1, "MemorySize": 128}, {"Timeout": 900, "MemorySize": 10_240}):
        assert not list(settings({"Runtime": "python3.12", "Handler": "a/b.c", **limits}))


@pytest.mark.parametrize("key", sorted(RESERVED))
def test_variables_that_lambda_sets_itself_are_refused(key: str) -> None:
    found = next(environment({key: "x", "AB": "y"}))
    assert found.message.endswith(f"not supported for modification. Reserved keys used in this request: {key}")


@pytest.mark.parametrize("key", ["Q", "_a", "1a", "a-b", "é1", ""])
def test_names_that_no_variable_has(key: str) -> None:
    (found,) = environment({key: "x"})
    assert found.message.startswith(MODEL.format(key, "environment.variables.key"))


def test_an_environment_has_four_kilobytes() -> None:
    assert not list(environment({"AB": "x" * 4087}))  # {"AB":"…"} is 9 bytes more
    (found,) = environment({"AB": "x" * 4088})
    assert 'exceeded the 4KB limit. String measured: {"AB":"xxx' in found.message


@pytest.mark.parametrize(
    ("given", "fifo", "text"),
    [
        ({"BatchSize": 0}, False, MODEL.format(0, "batchSize") + "have value greater than or equal to 1"),
        ({"BatchSize": 10_001}, False, MODEL.format(10_001, "batchSize") + "have value less than or equal to 10000"),
        ({"BatchSize": 11}, True, MODEL.format(11, "batchSize") + "have value less than or equal to 10"),
        ({"BatchSize": 11}, False, "Maximum batch window in seconds must be greater than 0 if maximum batch size is"),
        ({"MaximumBatchingWindowInSeconds": 1}, True, "Batching window is not supported for FIFO queues"),
        ({"MaximumBatchingWindowInSeconds": 301}, False, MODEL.format(301, "maximumBatchingWindowInSeconds")),
        ({"ScalingConfig": {"MaximumConcurrency": 1}}, False, MODEL.format(1, "scalingConfig.maximumConcurrency")),
        ({"FunctionResponseTypes": ["All"]}, False, MODEL.format("[All]", "functionResponseTypes")),
    ],
)
def test_mappings_that_cannot_be(given: dict[str, Any], fifo: bool, text: str) -> None:
    (found,) = mapping(given, fifo)
    assert found.message.startswith(text)


def test_mappings_that_can_be() -> None:
    assert not list(mapping({"BatchSize": 10_000, "MaximumBatchingWindowInSeconds": 300}, False))
    assert not list(mapping({"FunctionResponseTypes": ["ReportBatchItemFailures"], "BatchSize": 10}, True))
    assert not list(hidden_long_enough(30, 30))
    (found,) = hidden_long_enough(30, 31)
    assert found.message == "Queue visibility timeout: 30 seconds is less than Function timeout: 31 seconds"


def test_aws_keeps_a_hundred_places_unreserved() -> None:
    assert not list(concurrency(900)) and not list(concurrency(400, 500))
    for wanted, others in ((901, 0), (401, 500)):
        (found,) = concurrency(wanted, others)
        assert found.message.endswith("UnreservedConcurrentExecution below its minimum value of [100].")


def test_a_sixth_filter_is_one_too_many() -> None:
    criteria = {"Filters": [{"Pattern": '{"body": {"a": [1]}}'}] * 6}
    (found,) = mapping({"FilterCriteria": criteria}, False)
    assert found.given == 6
    assert list(mapping({"FilterCriteria": {"Filters": criteria["Filters"][:5]}}, False)) == []
