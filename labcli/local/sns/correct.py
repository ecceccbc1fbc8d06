"""What is put into the engine's SNS, so that it is as AWS has it. All of it, or nothing where a name has moved.

topics.py: the actions. defaults.py: what a topic has when nobody said otherwise. scope.py: deduplication within a
message group. delivery.py: who gets a message. filters.py: which messages a subscription wants. refusals.py: what AWS
refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from labcli.local import iam, xml
from labcli.local.names import hook, missing, names
from labcli.local.sns import delivery, refusals, tags, topics
from labcli.local.sqs import inject

sns = names(
    "services.sns",
    *("_fanout", "_error", "_get_topic", "_create_topic", "_set_topic_attributes", "_publish", "_publish_batch"),
    *("_subscribe", "_unsubscribe", "_get_subscription_attributes", "_set_subscription_attributes"),
    *("_list_subscriptions", "_list_subscriptions_by_topic", "_list_tags_for_resource", "_tag_resource"),
    *("_parse_batch_entries", "_xml_escape", "_delete_topic", "parse_qs"),
)
_NAMES = (sns, tags.sns, topics.sns, topics.evaluator, delivery.sns, delivery.sqs, delivery.lambdas)


def correct(clock: Callable[[], float]) -> list[str]:
    """Put the corrections in; the names that have moved in the engine (then nothing is changed), as ``module.name``.

    ``clock`` gives seconds since the epoch.
    """
    if moved := missing(*_NAMES, *iam.ASKED, *inject.ASKED):
        return moved
    ours = topics.Topics()
    hook(sns, "_error", refusals.in_awss_words)
    hook(sns, "_xml_escape", lambda original: lambda text: original(xml.possible(str(text))))
    hook(sns, "_get_topic", ours.found)
    for name, check in ours.checks.items():
        hook(sns, name, ours.checked(check))
    hook(sns, "_create_topic", ours.completed)
    hook(sns, "_subscribe", ours.subscribe)
    # an empty Subject is not the same as none
    hook(sns, "parse_qs", lambda original: partial(original, keep_blank_values=True))
    for name in ("_list_subscriptions", "_list_subscriptions_by_topic"):
        hook(sns, name, ours.list_pending)
    sns._list_tags_for_resource = tags.listed
    hook(sns, "_parse_batch_entries", ours.with_binary)
    sns._fanout = delivery.Delivery(clock).fanout
    return []
