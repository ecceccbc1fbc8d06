"""The AWS-like mode: what AWS documents and a single machine would not show by itself, drawn from one seed.

It is put over the corrections of the services, at the places that stand here and nowhere else:

- standard.py: Standard queues change the order, deliver some messages twice, and show a short poll only a sample.
- counts.py: their counts are late.
- rights.py, late.py: what was written about rights and filters holds some seconds later.

figures.py has how much, chances.py the random sources, seed.py what a command says of it. FIFO queues are exact.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labcli.local import iam
from labcli.local.awslike import rights
from labcli.local.awslike.chances import Chances
from labcli.local.awslike.counts import Counts
from labcli.local.awslike.late import Late
from labcli.local.awslike.rights import Rights
from labcli.local.awslike.standard import SHORT, Standard
from labcli.local.names import hook, missing, names
from labcli.local.sns import delivery
from labcli.local.stepfunctions import roles

_POLICIES = ("CreateQueue", "SetQueueAttributes", "AddPermission", "RemovePermission")
_DELETES = ("DeleteMessage", "DeleteMessageBatch")
_ROLE = ("PutRolePolicy", "DeleteRolePolicy", "AttachRolePolicy", "DetachRolePolicy")
_USER = ("PutUserPolicy", "DeleteUserPolicy", "AttachUserPolicy", "DetachUserPolicy")
_TRUST = ("CreateRole", "UpdateAssumeRolePolicy")

sqs = names(
    "services.sqs",
    *("_collect_msgs", "_expire_retained", "_refresh_counts", "_delete_messages_for_esm", "_get_q"),
    *("_HANDLERS[ReceiveMessage]", *(f"_HANDLERS[{action}]" for action in (*_DELETES, *_POLICIES))),
    *("_enforce_queue_policy", "queue_policy_for_arn", "queue_policy_allows"),
)
sns = names("services.sns", "_subscribe", "_set_subscription_attributes")
lambdas = names("services.lambda_svc", "_add_permission", "_remove_permission")
users = names("services.iam", *(f"_IAM_HANDLERS[{action}]" for action in (*_ROLE, *_USER, *_TRUST)))
evaluator = names("core.iam_evaluator", "_gather_role_policies", "_gather_user_policies")
_NAMES = (
    *(sqs, sns, lambdas, users, evaluator, rights.sqs, rights.sns, rights.lambdas, rights.iam, *iam.ASKED),
    *(delivery.sns, delivery.sqs, delivery.lambdas, roles.evaluator, roles.iam, roles.sts),
)


def begin(seed: int, clock: Callable[[], float]) -> list[str]:
    """Put the mode over the corrections; the names that have moved in the engine (then nothing is changed), as
    ``module.name``. ``clock`` gives seconds since the epoch.
    """
    if moved := missing(*_NAMES):
        return moved
    chances = Chances(seed)
    _queues(Standard(clock, chances), Counts(clock, chances))
    _rights(Rights(Late(clock, chances.of("rights"))))
    return []


def _queues(standard: Standard, counts: Counts) -> None:
    def collecting(original: Any) -> Any:
        def collect(queue: Any, count: int, visibility: int) -> list[Any]:
            if queue["is_fifo"]:
                return list(original(queue, count, visibility))
            chosen = standard.choose(list(queue["messages"]), count)
            picked = list(original({**queue, "messages": chosen}, count, visibility))
            for message in picked:
                counts.received(message)
                standard.received(queue, message)
            return picked

        return collect

    def deleting(queue: Any, delete: Callable[[], Any]) -> Any:
        before = list(queue["messages"])
        answer = delete()
        if not queue["is_fifo"]:
            left = set(map(id, queue["messages"]))
            for message in before:
                if id(message) not in left:
                    counts.deleted(queue, message)
                    standard.deleted(queue, message)
        return answer

    def tidying(original: Any) -> Any:
        def expire(queue: Any) -> None:
            standard.tidy(queue)
            original(queue)

        return expire

    def counting(original: Any) -> Any:
        def refresh(queue: Any) -> None:
            original(queue)
            if not queue["is_fifo"]:
                queue["attributes"].update(counts.told(queue))

        return refresh

    hook(sqs, "_collect_msgs", collecting)
    hook(sqs, "_expire_retained", tidying)
    hook(sqs, "_refresh_counts", counting)
    sqs._HANDLERS["ReceiveMessage"] = _polled(sqs._HANDLERS["ReceiveMessage"])
    for action in _DELETES:
        original = sqs._HANDLERS[action]
        sqs._HANDLERS[action] = lambda data, url, act=original: deleting(
            sqs._get_q(data.get("QueueUrl") or url), lambda: act(data, url)
        )
    by_mapping = sqs._delete_messages_for_esm
    sqs._delete_messages_for_esm = lambda url, handles: deleting(sqs._get_q(url), lambda: by_mapping(url, handles))


def _polled(original: Any) -> Any:
    """ReceiveMessage, which says whether it is a short poll."""

    async def receive(data: Any, url: str) -> Any:
        wait = data.get("WaitTimeSeconds")
        if wait is None:
            wait = sqs._get_q(data.get("QueueUrl") or url)["attributes"].get("ReceiveMessageWaitTimeSeconds", "0")
        said = SHORT.set(str(wait) == "0")
        try:
            return await original(data, url)
        finally:
            SHORT.reset(said)

    return receive


def _rights(held: Rights) -> None:
    late = held.late
    for action in _POLICIES:
        sqs._HANDLERS[action] = late.watched(held.of_queues, "")(sqs._HANDLERS[action])
    hook(sqs, "_enforce_queue_policy", held.enforced)
    hook(sqs, "queue_policy_for_arn", held.queue_policy_for)
    hook(sqs, "queue_policy_allows", held.service_may_send(iam.service_may))
    for name in ("_add_permission", "_remove_permission"):
        hook(lambdas, name, late.watched(held.of_function, None))
    hook(iam, "service_may", held.service_may)
    asked = (("Role", _ROLE, "_gather_role_policies"), ("User", _USER, "_gather_user_policies"))
    for kind, actions, gather in asked:
        read = held.of(kind, getattr(evaluator, gather))
        for action in actions:
            users._IAM_HANDLERS[action] = late.watched(read, [])(users._IAM_HANDLERS[action])
        hook(evaluator, gather, held.gathered(kind))
    for action in _TRUST:
        users._IAM_HANDLERS[action] = late.watched(held.of_trust, None)(users._IAM_HANDLERS[action])
    hook(iam, "trusts", held.trusts)
    hook(roles, "_trusts", held.trusts_machine)
    for name in ("_subscribe", "_set_subscription_attributes"):
        hook(sns, name, late.watched(held.of_subscriptions, {}))
    hook(delivery, "wants", held.wants)
