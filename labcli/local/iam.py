"""Corrections to the engine's IAM, where a policy that is right on AWS would fail here.

On AWS a batch of SQS needs the right of the single call; there are no actions of the batches' own (Service
Authorization Reference, "Actions defined by Amazon SQS"). The engine asks for one, and so refuses what AWS allows.
"""

from __future__ import annotations

from typing import Any

from labcli.local.engine import hook, load, missing

_NEEDED = ("extract_iam_action",)
_BATCHES = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}


def correct() -> list[str]:
    """Put the corrections in; the names that have moved in the engine (then nothing is changed), as ``module.name``."""
    if moved := missing("core.iam_actions", _NEEDED):
        return moved
    hook(load("core.iam_actions"), "extract_iam_action", _of_the_single_call)
    return []


def _of_the_single_call(original: Any) -> Any:
    def extract_iam_action(*args: Any, **more: Any) -> Any:
        action = original(*args, **more)
        return _BATCHES.get(action, action)

    return extract_iam_action
