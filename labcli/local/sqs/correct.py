"""What is put into the engine's SQS, so that it is as AWS has it. All of it, or nothing where a name has moved.

queues.py: names, attributes, what may not be done twice. messages.py: messages and their receipt handles. redrive.py:
moving dead letters back. query.py: the older protocol of the actions that the engine lacks. inject.py: what other
services put into a queue. refusals.py: how AWS says no.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from labcli.local.names import hook, missing, names
from labcli.local.sqs import inject, messages, query, queues, redrive, refusals
from labcli.local.sqs.refusals import on_the_wire

sqs = names(
    "services.sqs",
    *("_act_send_message", "_collect_msgs", "_json_err_resp", "_validate_batch_entries", "esm_wake.set"),
    *("_normalise", "_to_xml", "_HANDLERS[StartMessageMoveTask]?", "_HANDLERS[ListMessageMoveTasks]?"),
    "_HANDLERS[CancelMessageMoveTask]?",
    *("_HANDLERS[CreateQueue]", "_HANDLERS[DeleteQueue]", "_HANDLERS[ListQueues]", "_HANDLERS[PurgeQueue]"),
    *("_HANDLERS[SetQueueAttributes]", "_HANDLERS[GetQueueAttributes]", "_HANDLERS[ListDeadLetterSourceQueues]?"),
    "_HANDLERS[AddPermission]",
    *("_HANDLERS[SendMessage]", "_HANDLERS[SendMessageBatch]", "_HANDLERS[ReceiveMessage]"),
    *("_HANDLERS[DeleteMessage]", "_HANDLERS[DeleteMessageBatch]"),
    *("_HANDLERS[ChangeMessageVisibility]", "_HANDLERS[ChangeMessageVisibilityBatch]"),
)
_NAMES = (sqs, queues.sqs, messages.sqs, redrive.sqs, query.sqs, refusals.sqs)


def correct(secret: str, clock: Callable[[], float]) -> list[str]:
    """Put the corrections in; the names that have moved in the engine (then nothing is changed), as ``module.name``.

    ``secret`` signs receipt handles; ``clock`` gives seconds since the epoch.
    """
    if moved := missing(*_NAMES, *inject.ASKED):
        return moved
    of_queues = queues.Queues(clock)
    of_messages = messages.Messages(clock, hmac.digest(secret.encode(), b"receipt handles", "sha256"))
    # batches call it by this name
    hook(sqs, "_act_send_message", lambda original: on_the_wire(of_messages.send(original)))
    for action, wrap in (of_queues.table | of_messages.table).items():
        sqs._HANDLERS[action] = on_the_wire(wrap(sqs._HANDLERS[action]))
    sqs._HANDLERS["SendMessage"] = sqs._act_send_message
    sqs._HANDLERS["ListDeadLetterSourceQueues"] = on_the_wire(of_queues.sources)
    for action, handler in redrive.Redrive(clock).table.items():
        sqs._HANDLERS[action] = on_the_wire(handler)
    hook(sqs, "_normalise", query.read)
    hook(sqs, "_to_xml", query.write)
    hook(sqs, "_collect_msgs", of_messages.with_handles)
    hook(sqs, "_validate_batch_entries", lambda original: on_the_wire(of_messages.batch_size(original)))
    hook(sqs, "_json_err_resp", refusals.as_json)
    hook(sqs.esm_wake, "set", of_messages.arrivals.ring)
    return []
