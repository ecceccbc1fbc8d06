"""Rights and filters that hold some seconds after they were written: of queues, functions, roles, users, subscriptions.

What is read here is what the engine has written down; ``late`` says what of it holds already.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from labcli.local.awslike.late import Late
from labcli.local.names import names
from labcli.rules import roles as rules

sqs = names("services.sqs", "_queues", "_queue_by_arn")
sns = names("services.sns", "_topics")
lambdas = names("services.lambda_svc", "_functions")
iam = names("services.iam", "_roles", "_p", "get_account_id")
_FILTER = ("FilterPolicy", "FilterPolicyScope")
_TRUST = "AssumeRolePolicyDocument"
Wrap = Callable[[Any], Any]


@dataclass
class Rights:
    """What stands in the place of what is asked for rights and filters."""

    late: Late

    # -- queues and functions: their own policies ----------------------------------------------------------------------

    def of_queues(self, *_: Any) -> Mapping[Hashable, Any]:
        """The policy of each queue; empty where it has none."""
        found = (queue["attributes"] for queue in sqs._queues.values())
        return {("queue", each["QueueArn"]): each.get("Policy") or "" for each in found}

    def queue_policy(self, arn: str) -> tuple[str, bool]:
        """The policy of a queue that holds, and whether it is the one that is written."""
        queue = sqs._queue_by_arn(arn)
        written = "" if queue is None else queue["attributes"].get("Policy") or ""
        holds = self.late.in_effect(("queue", arn), written)
        return holds, holds == written

    def enforced(self, original: Any) -> Any:
        """A call of a queue, held against the policy that holds."""

        def enforce(queue: Any, action: str) -> None:
            holds, written = self.queue_policy(queue["attributes"].get("QueueArn", ""))
            original(queue if written else {**queue, "attributes": {**queue["attributes"], "Policy": holds}}, action)

        return enforce

    def queue_policy_for(self, original: Any) -> Any:
        """The policy of a queue and its owner, for the check of who calls."""

        def policy_for_arn(arn: str) -> tuple[str, str] | None:
            found = original(arn)
            return None if found is None else (self.queue_policy(arn)[0], found[1])

        return policy_for_arn

    def service_may_send(self, may: Callable[..., bool]) -> Wrap:
        """Whether a service may send to a queue; ``may`` evaluates a policy."""

        def wrap(original: Any) -> Any:
            def allows(arn: str, service: str, source: str, account: str) -> bool:
                holds, written = self.queue_policy(arn)
                if written:
                    return bool(original(arn, service, source, account))
                return bool(holds) and may(holds, service, "sqs:SendMessage", arn, source)

            return allows

        return wrap

    def of_function(self, name: str, *_: Any) -> Mapping[Hashable, Any]:
        """The policy of a function."""
        function = lambdas._functions.get(name)
        return {} if function is None else {("function", name): deepcopy(function.get("policy"))}

    def service_may(self, original: Any) -> Any:
        """Whether a policy lets a service in, when it is that of a function."""

        def may(policy: Any, service: str, action: str, resource: str, source: str) -> bool:
            _, function, rest = resource.partition(":function:")
            if function:
                policy = self.late.in_effect(("function", rest.partition(":")[0]), policy)
            return bool(original(policy, service, action, resource, source))

        return may

    # -- roles and users ---------------------------------------------------------------------------------------------

    def of(self, kind: str, gather: Callable[[str, str], Any]) -> Callable[[Any], Mapping[Hashable, Any]]:
        """What a ``Role`` or a ``User`` may, as the engine gathers it."""

        def read(params: Any) -> Mapping[Hashable, Any]:
            name, account = iam._p(params, f"{kind}Name"), iam.get_account_id()
            return {(kind, account, name): gather(name, account)}

        return read

    def gathered(self, kind: str) -> Wrap:
        """What they may already."""
        return lambda original: (
            lambda name, account: self.late.in_effect((kind, account, name), original(name, account))
        )

    def of_trust(self, params: Any) -> Mapping[Hashable, Any]:
        """Who may assume a role."""
        name = iam._p(params, "RoleName")
        return {("trust", name): (iam._roles.get(name) or {}).get(_TRUST)}

    def trusts(self, original: Any) -> Any:
        """Whether a service may assume a role already: Lambda."""

        def trusting(arn: str, service: str) -> bool:
            name = arn.rpartition("/")[2]
            written = (iam._roles.get(name) or {}).get(_TRUST)
            holds = self.late.in_effect(("trust", name), written)
            return bool(original(arn, service)) if holds == written else rules.trusts(holds, service)

        return trusting

    def trusts_machine(self, original: Any) -> Any:
        """The same: Step Functions."""

        def trusting(role: Any, call: Any, arn: str, machine: str) -> bool:
            holds = self.late.in_effect(("trust", arn.rpartition("/")[2]), role.get(_TRUST))
            return holds is not None and bool(original({**role, _TRUST: holds}, call, arn, machine))

        return trusting

    # -- filters -------------------------------------------------------------------------------------------------------

    def of_subscriptions(self, *_: Any) -> Mapping[Hashable, Any]:
        """The filter of each subscription."""
        found = (each for topic in sns._topics.values() for each in topic["subscriptions"])
        return {("filter", each["arn"]): _filter(each["attributes"]) for each in found}

    def wants(self, original: Any) -> Any:
        """Whether a subscription wants a message, by the filter that holds."""

        def wanting(subscription: Any, attributes: Any, text: str) -> bool:
            written = _filter(subscription["attributes"])
            holds = self.late.in_effect(("filter", subscription["arn"]), written)
            rest = {name: value for name, value in subscription["attributes"].items() if name not in _FILTER}
            return bool(original({**subscription, "attributes": rest | holds}, attributes, text))

        return wanting


def _filter(attributes: Mapping[str, Any]) -> dict[str, Any]:
    if not attributes.get("FilterPolicy"):
        return {}
    return {name: attributes[name] for name in _FILTER if attributes.get(name)}
