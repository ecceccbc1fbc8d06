"""Definitions that are hard to draw: shapes of real ones, with names as long and as like each other as AWS allows."""

from __future__ import annotations

from typing import Any

CALL = "arn:aws:states:::lambda:invoke"
PREFIX = "ValidateTheCustomersOrderAndReserveTheStockInTheNearestWarehouse"
"""64 characters, that several names begin with."""
PATH = "$.detail.requestParameters.bucketConfiguration.replicationRules[0].destination"


def _task(after: str = "", *catch: tuple[str, str], **more: Any) -> dict[str, Any]:
    ways: dict[str, Any] = {"Next": after} if after else {"End": True}
    if catch:
        ways["Catch"] = [{"ErrorEquals": error.split(","), "Next": to} for error, to in catch]
    return {"Type": "Task", "Resource": CALL, **ways, **more}


def _equal(value: Any, to: str, path: str = PATH) -> dict[str, Any]:
    kind = "StringEquals" if isinstance(value, str) else "NumericEquals"
    return {"Variable": path, kind: value, "Next": to}


def _one(name: str, state: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"StartAt": name, "States": {name: state or {"Type": "Pass", "End": True}}}


LONGEST = {
    "StartAt": f"{PREFIX}ByExpress01",
    "States": {
        f"{PREFIX}ByExpress01": _task(f"{PREFIX}ByExpress02"),
        f"{PREFIX}ByExpress02": {"Type": "Choice", "Choices": [
            _equal("a", "W" * 80), _equal("b", "m" * 80), _equal("c", f"{PREFIX}ByExpress02")], "Default": "i" * 80},
        "W" * 80: {"Type": "Fail", "Error": f"Company.Department.{PREFIX}.OrderCannotBeReservedException"},
        "m" * 80: {"Type": "Succeed"},
        "i" * 80: {"Type": "Wait", "Seconds": 99999999, "End": True},
    },
}  # fmt: skip

SCRIPTS = {
    "StartAt": "注文を検証してから在庫を確保する処理",
    "States": {
        "注文を検証してから在庫を確保する処理": {"Type": "Choice", "Choices": [
            _equal("発送待ちの注文がここにあります", "결제 처리를 시작합니다", "$.注文.状態"),
            _equal("отменён", "Проверить заказ и известить покупателя", "$.заказ")],
            "Default": "🚀🚀🚀 شحن الطلب إلى العميل"},
        "결제 처리를 시작합니다": _task("Проверить заказ и известить покупателя"),
        "Проверить заказ и известить покупателя": _task("", ("States.ALL", "ＦＵＬＬ－ＷＩＤＴＨ")),
        "🚀🚀🚀 شحن الطلب إلى العميل": {"Type": "Succeed"},
        "ＦＵＬＬ－ＷＩＤＴＨ": {"Type": "Fail", "Error": "e\u0301\u0302\u0303" * 20},
    },
}  # fmt: skip

ALIKE = {
    "StartAt": "Route",
    "States": {
        "Route": {"Type": "Choice", "Default": "Same", "Choices": [
            *(_equal(number, f"{PREFIX}{number}") for number in range(1, 8)), _equal(1, "Same", f"{PATH}.one{PATH}"),
            _equal(1, "Other", f"{PATH}.two{PATH}"), _equal(1, "Third", f"{PATH}.three{PATH}")]},
        **{f"{PREFIX}{number}": _task("Same") for number in range(1, 8)},
        "Same": {"Type": "Pass", "Next": "Other"},
        "Other": _task("Third", (f"{PREFIX}Error1", "Route"), (f"{PREFIX}Error2", "Third")),
        "Third": {"Type": "Succeed"},
    },
}  # fmt: skip

CATCHES = {
    "StartAt": "Step 0",
    "States": {
        **{
            f"Step {n}": _task(f"Step {n + 1}" if n < 11 else "Done", ("Company.Busy,Company.Slow", "Again"),
                               (f"Only.Of.Step{n}", "Give up"), ("States.ALL", "Give up"))
            for n in range(12)
        },
        "Again": {"Type": "Wait", "Seconds": 5, "Next": "Step 0"},
        "Give up": {"Type": "Fail", "Error": "GivenUp"},
        "Done": {"Type": "Succeed"},
    },
}  # fmt: skip

INSIDE = {
    "StartAt": "Fan",
    "States": {
        "Fan": {"Type": "Parallel", "Next": "Each", "Branches": [
            _one("Alone"),
            {"StartAt": "Is it there?", "States": {
                "Is it there?": {"Type": "Choice", "Default": "Ask", "Choices": [
                    {"Variable": "$.a", "IsPresent": True, "Next": "Take"}]},
                "Ask": {"Type": "Wait", "Seconds": 1, "Next": "Is it there?"},
                "Take": _task("", ("States.Timeout", "Ask"))}},
            _one("One", {"Type": "Parallel", "Branches": [_one("Within")], "End": True})],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Each"}]},
        "Each": {"Type": "Map", "End": True, "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **CATCHES}},
    },
}  # fmt: skip

POLLING = {
    "StartAt": "Submit",
    "States": {
        "Submit": _task("Wait a while"),
        "Wait a while": {"Type": "Wait", "Seconds": 30, "Next": "Status"},
        "Status": _task("Finished?", Retry=[{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 1}]),
        "Finished?": {"Type": "Choice", "Default": "Wait a while", "Choices": [
            _equal("FAILED", "Job failed", "$.status"), _equal("SUCCEEDED", "Final status", "$.status"),
            _equal("RETRY", "Submit", "$.status"), _equal("AGAIN", "Finished?", "$.status")]},
        "Job failed": {"Type": "Fail", "Cause": "AWS Batch Job Failed", "Error": "DescribeJob returned FAILED"},
        "Final status": _task(),
    },
}  # fmt: skip

WITHOUT_END = {
    "StartAt": "Ping",
    "States": {"Ping": {"Type": "Pass", "Next": "Pong"}, "Pong": _task("Ping", ("States.ALL", "Pong"))},
}

WIDE = {
    "StartAt": "Which",
    "States": {
        "Which": {"Type": "Choice", "Default": "To 0", "Choices": [
            {"Condition": f"{{% $states.input.kind = 'kind number {n} of those that there are' and $x > {n} %}}",
             "Next": f"To {n}"} for n in range(25)]},
        **{f"To {n}": _task(f"To {n + 1}" if n % 5 else "", ("States.ALL", f"To {n // 2}")) for n in range(25)},
    },
}  # fmt: skip

NASTY: dict[str, dict[str, Any]] = {
    "longest": LONGEST, "scripts": SCRIPTS, "alike": ALIKE, "catches": CATCHES, "inside": INSIDE, "polling": POLLING,
    "without end": WITHOUT_END, "wide": WIDE,
}  # fmt: skip
