"""SQS as AWS has it, where the engine differs: what AWS refuses is refused, in AWS's words. This file: the queues.

The corrections wrap the engine's action handlers, behind its signature and policy checks and inside the caller's
account and region, so they hold for both wire protocols. Texts marked R are recorded from AWS (the snapshot tests of
the LocalStack project); limits are those of the SQS API reference (CreateQueue, SetQueueAttributes, PurgeQueue).
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from labcli.local.names import names
from labcli.local.refused import Refused
from labcli.local.sqs import refusals
from labcli.local.sqs.refusals import Actions, Data, Handler, plain
from labcli.rules import permissions
from labcli.rules import sqs as rules

sqs = names("services.sqs", *("_get_q", "_queue_by_arn", "_queues", "get_account_id", "get_region"))
MINUTE = 60  # between two purges, and before a deleted queue's name is free again


@dataclass
class Queues(Actions):
    """Names, attributes, and what may not be done twice within a minute."""

    deleted: dict[tuple[str, str, str], float] = field(default_factory=dict)
    """When which queue (account, region, name) was deleted."""

    @property
    def table(self) -> dict[str, Callable[[Handler], Handler]]:
        """What wraps which action."""
        return {
            "CreateQueue": self.create,
            "DeleteQueue": self.delete,
            "ListQueues": self.list,
            "SetQueueAttributes": self.set_attributes,
            "GetQueueAttributes": self.get_attributes,
            "PurgeQueue": self.purge,
            "AddPermission": self.add_permission,
        }

    def create(self, original: Handler) -> Handler:
        """Refuse bad names and attributes, a name deleted a moment ago, a twin with other attributes."""

        def create_queue(data: Data, url: str) -> Any:
            name, attributes = str(data.get("QueueName") or ""), data.get("Attributes") or {}
            fifo = attributes.get("FifoQueue") == "true"
            refusals.refuse(rules.name(name, fifo))
            scope = (sqs.get_account_id(), sqs.get_region(), name)
            self._check_attributes(attributes, fifo, {"QueueArn": f"arn:aws:sqs:{scope[1]}:{scope[0]}:{name}"})
            if self.clock() - self.deleted.get(scope, 0) < MINUTE:
                reason = (
                    "You must wait 60 seconds after deleting a queue before you can create another with the same name."
                )
                raise Refused("QueueDeletedRecently", reason)
            existing = self._existing(name)
            if existing is not None:
                self._check_same(existing, attributes)
            answer = original(data, url)
            if existing is None:
                self._complete(sqs._get_q(answer["QueueUrl"]))
            return answer

        return create_queue

    def _check_attributes(self, attributes: Data, fifo: bool, held: Data) -> None:
        refusals.refuse(rules.attributes(attributes, fifo, held))
        if policy := str(attributes.get("RedrivePolicy") or ""):
            self._check_dead_letters(policy, fifo, str(held["QueueArn"]))

    def _check_dead_letters(self, policy: str, fifo: bool, source: str) -> None:
        arn = str(json.loads(policy)["deadLetterTargetArn"])
        target = sqs._queue_by_arn(arn)
        if arn.split(":")[4] != source.split(":")[4]:
            refusals.refuse([rules.bad_redrive(policy, "Dead letter target owner should be same as the source.")])
        elif target is None or arn.split(":")[3] != source.split(":")[3]:
            refusals.refuse([rules.bad_redrive(policy, "Dead letter target does not exist.")])
        elif target["is_fifo"] != fifo:  # AWS ends this one with two full stops
            said = "Dead-letter queue must be same type of queue as the source.."
            refusals.refuse([rules.bad_redrive(policy, said)])
        elif not rules.may_redrive(str(target["attributes"].get("RedriveAllowPolicy") or ""), source):
            said = "The redrive allow policy of the dead-letter queue does not allow this source queue."
            refusals.refuse([rules.bad_redrive(policy, said)])

    def _existing(self, name: str) -> Any:
        return next((q for q in sqs._queues.values() if q["name"] == name), None)

    def _check_same(self, queue: Any, attributes: Data) -> None:
        for name, value in attributes.items():
            if plain(queue["attributes"].get(name)) != plain(value):
                text = f"A queue already exists with the same name and a different value for attribute {name}"  # R
                raise Refused("QueueNameExists", text)

    def _complete(self, queue: Any) -> None:
        """Attributes that every queue on AWS has."""
        attributes = queue["attributes"]
        attributes.setdefault("SqsManagedSseEnabled", "false" if "KmsMasterKeyId" in attributes else "true")
        for name, value in rules.FIFO_DEFAULTS.items() if queue["is_fifo"] else ():
            attributes.setdefault(name, value)

    def delete(self, original: Handler) -> Handler:
        """Remember the name, which AWS keeps taken for a minute."""

        def deleting(data: Data, url: str) -> Any:
            name = self.queue(data, url, "sqs:DeleteQueue")["name"]
            answer, now = original(data, url), self.clock()
            self.deleted = {scope: at for scope, at in self.deleted.items() if now - at < MINUTE}
            self.deleted[sqs.get_account_id(), sqs.get_region(), name] = now
            return answer

        return deleting

    def list(self, original: Handler) -> Handler:
        """By name, in pages. Where there is no queue, AWS gives no list at all."""

        def listing(data: Data, url: str) -> Any:
            answer = original({**data, "MaxResults": None}, url)
            return _page(data, answer["QueueUrls"], "QueueUrls") if answer["QueueUrls"] else {}

        return listing

    def add_permission(self, original: Handler) -> Handler:
        """Refuse actions that there are not, and those that are the owner's alone."""

        def adding(data: Data, url: str) -> Any:
            self.queue(data, url, "sqs:AddPermission")
            actions = data.get("Actions") or []
            refusals.refuse(permissions.actions([actions] if isinstance(actions, str) else actions))
            return original(data, url)

        return adding

    def set_attributes(self, original: Handler) -> Handler:
        """Refuse what AWS does not let be set."""

        def setting(data: Data, url: str) -> Any:
            queue, attributes = self.queue(data, url, "sqs:SetQueueAttributes"), data.get("Attributes") or {}
            self._check_attributes(attributes, queue["is_fifo"], queue["attributes"])
            if attributes.get("FifoQueue", "true") != "true":
                text = "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported."
                raise Refused("InvalidAttributeValue", text)
            return original(data, url)

        return setting

    def get_attributes(self, original: Handler) -> Handler:
        """Refuse names that AWS does not know."""

        def getting(data: Data, url: str) -> Any:
            self.queue(data, url, "sqs:GetQueueAttributes")
            names = data.get("AttributeNames") or []
            for name in names:
                if name not in rules.READABLE:
                    raise refusals.unknown(name)
            return original(data, url) if names else {}  # who names none is given none

        return getting

    def purge(self, original: Handler) -> Handler:
        """Once a minute."""

        def purging(data: Data, url: str) -> Any:
            queue = self.queue(data, url, "sqs:PurgeQueue")
            if self.clock() - queue.get("labcli_purged", 0) < MINUTE:
                text = f"Only one PurgeQueue operation on {queue['name']} is allowed every 60 seconds."  # R
                raise Refused("PurgeQueueInProgress", text, 403)
            queue["labcli_purged"] = self.clock()  # in the queue itself, so that it goes with it
            return original(data, url)

        return purging

    def sources(self, data: Data, url: str) -> Any:
        """The queues that have this one as dead-letter queue; the engine does not know this action."""
        arn = self.queue(data, url, "sqs:ListDeadLetterSourceQueues")["attributes"]["QueueArn"]
        policies = [(q["url"], q["attributes"].get("RedrivePolicy") or "{}") for q in sqs._queues.values()]
        found = [u for u, policy in policies if json.loads(policy).get("deadLetterTargetArn") == arn]
        return _page(data, found, "queueUrls")


def _page(data: Data, urls: list[str], key: str) -> Any:
    """A part of a list of queues. A token names the last one that was given: what comes and goes shifts nothing."""
    refusals.within(data, "MaxResults", *rules.PAGE, "Must be between 1 and 1000, if provided.")
    left = sorted(urls)
    if token := str(data.get("NextToken") or ""):
        try:
            last = urlsafe_b64decode(token.encode("ascii")).decode()
        except ValueError:
            last = ""
        if "/" not in last:
            raise refusals.invalid(token, "NextToken", "Invalid token.")
        left = [each for each in left if each > last]
    most = int(data.get("MaxResults") or rules.PAGE.high)
    answer: dict[str, Any] = {key: left[:most]}
    if len(left) > most and data.get("MaxResults"):  # else there is no token (API reference, ListQueues)
        answer["NextToken"] = urlsafe_b64encode(left[most - 1].encode()).decode()
    return answer
