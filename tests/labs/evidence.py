"""Reading the evidence of a walked lab: its tables, its pictures, the executions in them."""

from __future__ import annotations

from typing import Any

from tests.labs.conftest import Walk


def parts(done: Walk, title: str) -> list[dict[str, Any]]:
    """The evidence of a step, each table and picture of it."""
    shown = done.step(title)["evidence"]
    return list(shown.get("parts", [shown]))


def rows(done: Walk, title: str) -> list[dict[str, Any]]:
    """The table among the evidence of a step, each row by its headings."""
    table = next(each for each in parts(done, title) if "columns" in each)
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


def executions(done: Walk, title: str) -> dict[str, dict[str, Any]]:
    """The executions drawn under a step, by what they are called there."""
    drawn = next(each for each in parts(done, title) if "executions" in each)
    return {each["label"] or each["name"]: each for each in drawn["executions"]}


def path(execution: dict[str, Any]) -> list[str]:
    """The states of the top level that it entered."""
    return [row["state"] for row in execution["rows"] if not row["in"]]
