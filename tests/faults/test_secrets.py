"""No body, handle, secret or saved value in what labcli writes: names, codes and times are all that a ledger needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.faults.conftest import SMALL, Stage, Time, write_lab
from tests.faults.faulty import Ruled, denied, fails

BODY = "canary-body-7f3a91"
NESTED = "canary-nested-5c2e80"
ATTRIBUTE = "canary-attribute-1b9d46"
GROUP = "canary-group-c0ffee"

STEPS: list[Any] = [
    {"create": list(SMALL)},
    {
        "do": "sqs.send_message",
        "with": {
            "QueueUrl": "${orders.url}",
            "MessageBody": {"orderId": NESTED},
            "MessageAttributes": {"kind": {"DataType": "String", "StringValue": ATTRIBUTE}},
        },
        "save": {"sent": "MessageId"},
    },
    {
        "do": "sqs.receive_message",
        "with": {"QueueUrl": "${orders.url}", "WaitTimeSeconds": 1, "MessageAttributeNames": ["All"]},
        "save": {"seen": "Messages[0].Body"},
        "expect": {"Messages[0].MessageId": "${sent}"},
    },
    {"send": {"to": "pay", "groups": {GROUP: [f"{BODY}-1", f"{BODY}-2"]}}},
    {"consume": {"from": "pay", "until": 2, "within": "15s"}},
    {
        "do": "sqs.send_message",
        "with": {"QueueUrl": "${orders.url}", "MessageBody": BODY},
        "expect": {"MessageId": BODY},
    },
]


def handles(answers: list[Any]) -> set[str]:
    return {message["ReceiptHandle"] for answer in answers for message in answer.get("Messages", [])}


def ours(home: Path) -> Iterator[tuple[Path, str]]:
    """Every file that labcli writes; the embedded AWS's own store and the key file are where such things belong."""
    for path in home.rglob("*"):
        place = path.relative_to(home).parts
        if path.is_file() and place[:2] not in (("local", "state"), ("local", "tmp"), ("local", "keys.json")):
            yield path, path.read_bytes().decode("utf-8", "replace")


def test_no_body_handle_or_secret_is_in_any_file_of_ours(stage: Stage, tmp_path: Path) -> None:
    lab = str(write_lab(tmp_path, "small", SMALL, STEPS))
    keys = json.loads((stage.cli.home / "local" / "keys.json").read_text("utf-8"))
    ruled = Ruled()
    for options in ([], ["-v"], ["--output", "json"]):
        ran = stage.cli("day", lab, "run", *options, through=ruled.through)
        assert ran.exit_code == 1, "the last step fails, with a body in its message"
    stage.clean(through=Ruled(fails("sqs.list_queue_tags", error=denied)).through)
    stage.cli("verify", lab)
    stage.clean()
    found = handles(ruled.answers)
    assert len(found) >= 3 * 3
    secrets = {BODY, NESTED, ATTRIBUTE, GROUP, keys["secret_key"], *found}
    looked = {path.name: text for path, text in ours(stage.cli.home)}
    assert sum(name.endswith(".jsonl") for name in looked) == 3
    leaked = [(name, secret) for name, text in looked.items() for secret in secrets if secret in text]
    assert leaked == []


def test_a_crash_writes_no_body_into_its_log(stage: Stage, tmp_path: Path) -> None:
    def crash(name: str, params: Any) -> Exception | None:
        return RuntimeError("a bug of the test") if name == "sqs.receive_message" else None

    lab = str(write_lab(tmp_path, "small", SMALL, STEPS))
    assert stage.cli("day", lab, "run", through=Ruled(crash).through, **Time().given).exit_code == 5
    logs = [text for path, text in ours(stage.cli.home) if path.parent.name == "logs"]
    assert len(logs) == 1
    assert "a bug of the test" in logs[0]
    assert not any(canary in logs[0] for canary in (BODY, NESTED, ATTRIBUTE))
    assert stage.clean().exit_code == 0
    assert stage.left() == []
