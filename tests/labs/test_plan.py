"""A plan is a promise: what run, verify and cleanup call is within what ``plan --output json`` said.

The same operation, the same parameters with ``${…}`` standing for anything (a reference to a resource stands for that
resource), and as often as it said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPO
from tests.labs.conftest import EVERY, Made, Walk

REFERENCE = re.compile(r"\$\{([A-Za-z_]\w*)([^}]*)\}")

PREFIXES = {"stepfunctions": "states", "resourcegroupstaggingapi": "tag"}
"""What IAM calls a service, where boto3 calls it otherwise (Service Authorization Reference)."""

Names = Mapping[str, str]
"""The AWS names of the resources, by their short names."""


MORE = REPO / "docs" / "examples" / "more.yaml"
"""The verbs, and ways to say them, that no lab uses."""


@pytest.fixture(params=[*EVERY, pytest.param(MORE, id=MORE.stem, marks=pytest.mark.xdist_group(MORE.stem))])
def done(request: pytest.FixtureRequest, walk: Callable[[Path], Walk]) -> Walk:
    return walk(request.param)


def test_every_call_of_a_run_was_promised_for_its_step(done: Walk) -> None:
    assert done.run.exit_code == 0
    calls, names = done.run.calls, _names(done)
    first = len(calls) - sum(step["calls"] for step in done.run.document["steps"])
    made, calls = calls[:first], calls[first:]
    broken = _broken([each for lab in done.plan["needed"] for each in lab["calls"]], made, names)
    assert not broken, "what it needs: " + "\n".join(broken)
    assert len(done.plan["steps"]) == len(done.run.document["steps"])
    for planned, step in zip(done.plan["steps"], done.run.document["steps"], strict=True):
        assert planned["title"] == step["title"]
        here, calls = calls[: step["calls"]], calls[step["calls"] :]
        broken = _broken(planned["calls"], here, names)
        assert not broken, f"step {step['number']}: " + "\n".join(broken)
    assert calls == [], "no call is made outside of the steps"


@pytest.mark.parametrize("command", ["verify", "cleanup"])
def test_every_call_of_verify_and_cleanup_was_promised(done: Walk, command: str) -> None:
    broken = _broken(done.plan[command], getattr(done, command).calls, _names(done))
    assert not broken, "\n".join(broken)


def test_the_policy_of_a_plan_allows_every_call_that_was_made(done: Walk) -> None:
    statements = done.plan["policy"]["Statement"]
    allowed = {action.lower() for each in statements for action in each["Action"]}
    for call in (*done.run.calls, *done.verify.calls, *done.cleanup.calls):
        action = call.operation.replace("_", "").removesuffix("batch")
        action = "invokefunction" if (call.service, action) == ("lambda", "invoke") else action
        assert f"{PREFIXES.get(call.service, call.service)}:{action}" in allowed, str(call)


def test_the_cost_of_a_plan_is_not_exceeded(done: Walk) -> None:
    made = len(done.run.calls) + len(done.verify.calls) + len(done.cleanup.calls)
    assert 0 < made <= done.plan["cost"]["requests_at_most"]


def _names(done: Walk) -> Names:
    """What joins two others has no name of its own at AWS: its ARN, or its id, can be anything."""
    live = {each["name"]: each["aws_name"] for each in done.run.document["live"]}
    return {
        name: aws_name for name, aws_name in live.items() if "/labcli-" not in aws_name[1:].removeprefix("aws/lambda")
    }


def _broken(planned: list[dict[str, Any]], made: list[Made], names: Names) -> list[str]:
    """Where calls leave what was planned, in words."""
    promises = _promises(planned)
    said = []
    for call in made:
        fitting = [each for each in promises if _same_call(each, call, names)]
        # one that still lacks calls goes first, then the one that says most
        fitting.sort(key=lambda each: (each["made"] >= each["least"], json.dumps(each["params"]).count("${")))
        room = next((each for each in fitting if each["made"] < each["most"]), None)
        if room is None:
            said.append(f"{'too often' if fitting else 'not planned'}: {call}")
        else:
            room["made"] += 1
    said += [f"{each['made']} of at least {each['least']}: {each}" for each in promises if each["made"] < each["least"]]
    return said


def _promises(planned: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The planned calls; equal ones are one promise, as often as all of them together."""
    found: dict[str, dict[str, Any]] = {}
    for each in planned:
        same = found.setdefault(
            json.dumps([each["service"], each["operation"], each["params"]]), {**each, "least": 0, "most": 0, "made": 0}
        )
        same["least"] += each["least"]
        same["most"] += each["most"]
    return list(found.values())


def _same_call(promise: Mapping[str, Any], call: Made, names: Names) -> bool:
    if (promise["service"], promise["operation"]) != (call.service, call.operation):
        return False
    params = dict(call.params)
    return _same(promise["params"], params, names)


def _same(planned: Any, made: Any, names: Names) -> bool:
    if isinstance(planned, str) and "${" in planned:
        return _fits(planned, made, names)
    if isinstance(planned, dict):
        return (
            isinstance(made, Mapping)
            and planned.keys() == made.keys()
            and all(_same(value, made[key], names) for key, value in planned.items())
        )
    if isinstance(planned, list):
        return (
            isinstance(made, list)
            and len(planned) == len(made)
            and all(_same(*pair, names) for pair in zip(planned, made, strict=True))
        )
    return bool(planned == made)


def _fits(planned: str, made: Any, names: Names) -> bool:
    whole = REFERENCE.fullmatch(planned)
    if whole is not None and whole[1] not in names:
        return "${" not in json.dumps(made, default=repr)
    pattern, end = "", 0
    for ref in REFERENCE.finditer(planned):
        brought = f"{ref[1]}{ref[2].rpartition('.')[0]}"  # ${notify.role.arn} is about notify.role
        name = names.get(brought) or names.get(ref[1])
        stands_for = rf"[^\s\"]*?{re.escape(name)}" if name else ".*?"
        pattern, end = pattern + re.escape(planned[end : ref.start()]) + stands_for, ref.end()
    return isinstance(made, str) and re.fullmatch(pattern + re.escape(planned[end:]), made, re.DOTALL) is not None


@pytest.mark.parametrize(
    ("planned", "made", "same"),
    [
        ({"QueueUrl": "${orders.url}"}, {"QueueUrl": "http://h/1/labcli-mon-x-orders"}, True),
        ({"QueueUrl": "${orders.url}"}, {"QueueUrl": "http://h/1/labcli-mon-x-pay"}, False),
        ({"RoleName": "${notify.role.name}"}, {"RoleName": "labcli-mon-x-notify-role"}, True),
        ({"RoleName": "${notify.role.name}"}, {"RoleName": "labcli-mon-x-notify"}, False),
        ({"UUID": "${feed.uuid}"}, {"UUID": "any"}, True),
        ({"QueueUrl": "${orders.url}"}, {"QueueUrl": "http://h/1/labcli-mon-x-orders", "DelaySeconds": 1}, False),
        ({"Attributes": {"RedrivePolicy": '{"arn": "${orders.arn}", "max": 3}'}},
         {"Attributes": {"RedrivePolicy": '{"arn": "arn:aws:sqs:r:1:labcli-mon-x-orders", "max": 3}'}}, True),
        ({"Attributes": {"RedrivePolicy": '{"arn": "${orders.arn}", "max": 3}'}},
         {"Attributes": {"RedrivePolicy": '{"arn": "arn:aws:sqs:r:1:labcli-mon-x-orders", "max": 4}'}}, False),
        ({"WaitTimeSeconds": "${seconds}"}, {"WaitTimeSeconds": 4}, True),
        ({"ReceiptHandle": "${handle}"}, {"ReceiptHandle": "${handle}"}, False),
        ({"Entries": [{"Id": "a", "Handle": "${handle}"}]}, {"Entries": [{"Id": "a", "Handle": "x"}]}, True),
        ({"Entries": [{"Id": "a", "Handle": "${handle}"}]}, {"Entries": []}, False),
    ],
)  # fmt: skip
def test_a_call_is_held_against_its_promise(planned: Any, made: Any, same: bool) -> None:
    names = {each: f"labcli-mon-x-{each.replace('.', '-')}" for each in ("orders", "pay", "notify", "notify.role")}
    assert _same(planned, made, names) is same


def test_a_call_too_often_and_a_call_that_is_missing_are_found() -> None:
    promise = {"service": "sqs", "operation": "get_queue_url", "params": {"QueueName": "a"}, "least": 1, "most": 1}
    call = Made("sqs", "get_queue_url", {"QueueName": "a"})
    assert _broken([promise], [call], {}) == []
    assert _broken([promise], [call, call], {})[0].startswith("too often")
    assert _broken([promise], [], {})[0].startswith("0 of at least 1")
    assert _broken([], [call], {})[0].startswith("not planned")
