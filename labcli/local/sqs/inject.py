"""Messages that a service puts into a queue: SNS, and Lambda's dead letters. The rights have been checked before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labcli.local.names import names

sqs = names(
    "services.sqs",
    *("_queue_by_arn", "_ensure_msg_fields", "_md5_msg_attrs", "queue_delay", "_prune_dedup", "_DEDUP_WINDOW_S"),
    "esm_wake.set",
)
lambdas = names("services.lambda_svc", "new_uuid")
ASKED = (sqs, lambdas)
"""What a room needs that puts messages into queues."""


@dataclass(frozen=True)
class Letter:
    """What is put into the queue."""

    body: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    group: str = ""
    deduplication: str = ""
    moved: bool = False
    """Whether it was in a queue already: then it is no duplicate of itself."""


def put(queue_arn: str, letter: Letter, now: float) -> bool:
    """Put it there; False when there is no such queue. A FIFO queue drops what it had within five minutes."""
    queue = sqs._queue_by_arn(queue_arn)
    if queue is None:
        return False
    attributes = {name: dict(value) for name, value in letter.attributes.items()}
    message = {"id": lambdas.new_uuid(), "body": letter.body, "message_attributes": attributes}
    message |= {"md5_attrs": sqs._md5_msg_attrs(attributes), "sent_at": now, "visible_at": now + sqs.queue_delay(queue)}
    message |= {"group_id": letter.group or None, "dedup_id": letter.deduplication or None}
    if queue["is_fifo"]:
        sqs._prune_dedup(queue)
        by_group = queue["attributes"].get("DeduplicationScope") == "messageGroup"
        key = f"{letter.group}:{letter.deduplication}" if by_group else letter.deduplication
        if key in queue["dedup_cache"] and not letter.moved:
            return True
        queue["fifo_seq"] += 1
        message |= {"seq": str(queue["fifo_seq"]).zfill(20), "dedup_cache_key": key}
        kept = {"id": message["id"], "md5": "", "md5a": message["md5_attrs"], "seq": message["seq"]}
        queue["dedup_cache"][key] = {"expire": now + sqs._DEDUP_WINDOW_S, **kept}
    sqs._ensure_msg_fields(message)
    queue["messages"].append(message)
    sqs.esm_wake.set()
    return True
