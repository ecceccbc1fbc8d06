"""Two small labs of one week: ``b`` needs ``a``, changes its machine, and sends to a queue of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.faults.conftest import write_lab
from tests.faults.everything import CODE, Census

A: dict[str, Any] = {
    "stock": {"queue": "standard"},
    "work": {"function": "work.py"},
    "flow": {
        "machine": {"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "${work.arn}", "End": True}}},
        "may": ["invoke work"],
    },
}
A_CHECKS = [
    {
        "title": "flow works",
        "do": "stepfunctions.describe_state_machine",
        "with": {"stateMachineArn": "${flow.arn}"},
        "expect": {"from_json(definition).States.Work.Type": "Task"},
    },
    {
        "title": "stock is there",
        "do": "sqs.get_queue_attributes",
        "with": {"QueueUrl": "${stock.url}", "AttributeNames": ["All"]},
        "expect": {"Attributes.QueueArn": {"present": True}},
    },
]
SENDS = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage",
    "Parameters": {"QueueUrl": "${review.url}", "MessageBody.$": "$"},
    "End": True,
}
UPDATE = {
    "update": "a.flow",
    "to": {"machine": {"StartAt": "Send", "States": {"Send": SENDS}}, "may": ["invoke a.work", "send review"]},
}
AGAIN: dict[str, Any] = {
    "update": "a.flow",
    "to": {"machine": {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}}, "may": ["send review"]},
}
B_CHECKS = [
    {
        "title": "flow sends",
        "do": "stepfunctions.describe_state_machine",
        "with": {"stateMachineArn": "${a.flow.arn}"},
        "expect": {"from_json(definition).StartAt": "Pass"},
    }
]


def pair(folder: Path) -> tuple[str, str]:
    """The files of ``a`` and ``b``."""
    (folder / "work.py").write_text(CODE, "utf-8")
    a = write_lab(folder, "a", A, [{"create": ["stock", "flow"]}], checks=A_CHECKS)
    steps = [{"create": ["review"]}, UPDATE, AGAIN]
    b = write_lab(folder, "b", {"review": {"queue": "standard"}}, steps, needs=["a"], checks=B_CHECKS)
    return str(a), str(b)


def flow(census: Census) -> Any:
    """What ``a.flow`` and its role are now, None when there is none."""
    there = census.look()
    found = [at for name, at in there.items() if name.startswith("machine labcli-a-")]
    roles = [at for name, at in there.items() if name.startswith("role labcli-a-") and name.endswith("-flow-role")]
    if not found or not roles:
        return None
    ((machine,), (role,)) = found, roles
    return census.details("machine", machine)[0], census.details("role", role)[0]


def of_lab(census: Census, lab: str) -> list[str]:
    """What is there of a lab."""
    return [name for name in census.left() if f"labcli-{lab}-" in name]
