"""Queries of logs: what they find, and that an expression which could go on without end is not run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labcli.local.life import Endpoint
from tests.local.conftest import WORLD, client


@pytest.fixture(scope="module")
def logs(endpoint: Endpoint) -> Iterator[Any]:
    made = client(endpoint, "logs")
    made.create_log_group(logGroupName="g")
    made.create_log_stream(logGroupName="g", logStreamName="s")
    events = [{"timestamp": int(WORLD.clock() * 1000), "message": text} for text in ("ERROR one", "a" * 60)]
    made.put_log_events(logGroupName="g", logStreamName="s", logEvents=events)
    yield made
    made.close()


def asked(logs: Any, expression: str) -> list[str]:
    now = int(WORLD.clock())
    query = f"fields @message | filter @message like {expression}"
    given = {"logGroupName": "g", "startTime": now - 600, "endTime": now + 600, "queryString": query}
    found = logs.get_query_results(queryId=logs.start_query(**given)["queryId"])["results"]
    return [field["value"] for row in found for field in row if field["field"] == "@message"]


@pytest.mark.parametrize("expression", ["/ERROR/", "/error/i", "/E.R[OU]R|WARN/", r"/^ERROR\sone$/", r"/\x45RROR/"])
def test_an_expression_that_repeats_nothing_finds_its_lines(logs: Any, expression: str) -> None:
    assert asked(logs, expression) == ["ERROR one"]


@pytest.mark.parametrize("expression", ["/(a+)+$b/", "/(a|a)*b/", "/.*.*.*b/", "/a{1,9}b/", r"/\\(a+)+b/", "/a?a?b/"])
def test_an_expression_that_repeats_is_refused(logs: Any, expression: str) -> None:
    with pytest.raises(ClientError) as refused:
        asked(logs, expression)
    assert refused.value.response["Error"]["Code"] == "MalformedQueryException"
