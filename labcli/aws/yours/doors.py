"""Whether a queue or a function lets a topic in, and what to say of its policy when it does not, or lets in others.

The check is of what the policy means, never of its text: ``rules/access`` judges. That no other topic is let in is
asked for topics that nobody has, and for all that the policy names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from labcli.aws.resources.calls import or_none
from labcli.aws.resources.let_in import SNS
from labcli.aws.services import SERVICES
from labcli.aws.yours.base import Resolve, value_of
from labcli.aws.yours.near import names_of
from labcli.aws.yours.words import last_of, named
from labcli.context import Aws
from labcli.errors import AwsError
from labcli.lab.model import ResourceSpec
from labcli.rules import access

_ACTIONS = {
    "queue": ("sqs:SendMessage", "send to", "sending to a queue"),
    "function": ("lambda:InvokeFunction", "invoke", "invoking a function"),
}
_GONE = frozenset({"ResourceNotFoundException"})


class Door(NamedTuple):
    """A queue or a function, and the policy that it has."""

    name: str
    kind: str
    arn: str
    text: str
    statements: list[access.Statement]

    @property
    def action(self) -> str:
        """The action that a topic needs."""
        return _ACTIONS[self.kind][0]

    @property
    def verb(self) -> str:
        """``send to``, ``invoke``."""
        return _ACTIONS[self.kind][1]

    def request(self, topic: str) -> access.Request:
        """What SNS asks when it delivers a message of this topic."""
        return access.for_source(self.action, self.arn, SNS, topic)

    def lets_in(self, topic: str) -> bool:
        """Whether a topic's messages come in."""
        return access.allows(self.statements, self.request(topic))


def door(aws: Aws, resolve: Resolve, declared: Mapping[str, ResourceSpec], name: str) -> Door:
    """The queue or the function with its policy. NoSuchValue when it is not there. AwsError."""
    kind, arn = declared[name].kind, value_of(resolve, name, "arn")
    if kind == "queue":
        asked = {"QueueUrl": value_of(resolve, name, "url"), "AttributeNames": ["Policy"]}
        text = aws.call("sqs", "get_queue_attributes", asked).get("Attributes", {}).get("Policy", "")
    else:
        found = or_none(aws, "lambda", "get_policy", {"FunctionName": value_of(resolve, name, "name")}, _GONE)
        text = (found or {}).get("Policy", "")
    return Door(name, kind, arn, str(text or ""), access.statements(text or ""))


def why_not(at: Door, topic: str, topic_arn: str) -> str:
    """Why the topic does not come in: what its policy says, and what is wanted."""
    if not at.statements:
        if at.text and not _is_json(at.text):
            return f"The policy of `{at.name}` is no policy: it is JSON with a Statement."
        return f"`{at.name}` has no policy: SNS may not {at.verb} it."
    request = at.request(topic_arn)
    if access.decide(at.statements, request) is access.Verdict.DENY:
        return f"A Deny in the policy of `{at.name}` keeps `{topic}` out."
    allow = [each for each in at.statements if each.get("Effect") == "Allow"]
    if not allow:
        return f"The policy of `{at.name}` allows nothing."
    nearest = min(allow, key=lambda each: len(_missing(each, request)))
    match _missing(nearest, request)[0]:
        case "principal":
            return _principal(at, nearest)
        case "action":
            return _action(at, nearest)
        case "resource":
            return _resource(at, nearest)
        case _:
            return _condition(at, nearest, topic, topic_arn)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _missing(statement: access.Statement, request: access.Request) -> list[str]:
    parts = {
        "principal": access.of_principal(statement, request.principal),
        "action": access.of_action(statement, request.action),
        "resource": access.of_resource(statement, request.resource),
        "condition": access.holds(statement.get("Condition"), request.context),
    }
    return [part for part, held in parts.items() if not held]


def called(service: str) -> str:
    """What people call the service of a principal: ``SQS``, or the principal itself."""
    front = service.removesuffix(".amazonaws.com")
    known = [each for each in SERVICES if front in (each, SERVICES[each].actions)]
    return SERVICES[known[0]].called if known else service


def no_service(principal: str) -> bool:
    """Whether a principal can be no service: not AWS's, or called after an API whose principal has another name."""
    front, dot, rest = principal.partition(".")
    known = SERVICES[front].principal if front in SERVICES else ""
    return rest != "amazonaws.com" or not dot or known not in ("", principal)


def _principal(at: Door, statement: access.Statement) -> str:
    services = access.services(statement)
    if services and no_service(services[0]):
        return f"`{services[0]}` is no service; SNS is {SNS}."
    if services:
        return f"The policy of `{at.name}` lets {called(services[0])} in, not SNS."
    principal = statement.get("Principal")
    accounts = access.several(principal.get("AWS")) if isinstance(principal, Mapping) else []
    if accounts:
        return f"The policy of `{at.name}` lets {_whom(str(accounts[0]))} in; SNS is the service {SNS}."
    return f"The policy of `{at.name}` does not name SNS; it is the service {SNS}."


def _whom(principal: str) -> str:
    parts = principal.split(":")
    if len(parts) < 6:
        return f"the account {principal}"
    return f"the account {parts[4]}" if parts[5] == "root" else f"`{last_of(principal)}`"


def _action(at: Door, statement: access.Statement) -> str:
    actions = [str(each) for each in access.several(statement.get("Action"))]
    if right := next((right for each in actions if (right := real_action(each))), ""):
        wrong = next(each for each in actions if real_action(each) == right)
        return f"`{wrong}` is no action; it is {right}."
    said = ", ".join(actions) or "something else"
    return f"The policy of `{at.name}` allows {said}; {_ACTIONS[at.kind][2]} is {at.action}."


def real_action(action: str) -> str:
    """The action of a call whose name somebody took for one: of ``lambda:Invoke``, ``lambda:InvokeFunction``."""
    front, _, call = action.partition(":")
    for name in SERVICES:
        if SERVICES[name].actions == front.lower():
            for operation, needed in SERVICES[name].iam_actions.items():
                if operation.replace("_", "") == call.lower():
                    return needed
    return ""


def _resource(at: Door, statement: access.Statement) -> str:
    named_ = [str(each) for each in access.several(statement.get("Resource"))]
    return wrong_resource(f"The policy of `{at.name}`", at.kind, at.name, named_[0] if named_ else "")


def wrong_resource(policy: str, kind: str, wanted: str, resource: str) -> str:
    """What to say of the Resource of a statement that is about something else."""
    if resource.startswith("http"):
        return f"{policy} names the {kind}'s URL as its Resource; wanted is its ARN."
    if not resource.startswith("arn:"):
        return f"{policy} names `{resource}` as its Resource; wanted is the ARN of `{wanted}`."
    if last_of(resource) == wanted:
        return f"{policy} is about a `{wanted}` elsewhere ({resource}); wanted is this one."
    return f"{policy} is about {named(resource)}; wanted is `{wanted}`."


def _condition(at: Door, statement: access.Statement, topic: str, topic_arn: str) -> str:
    sources = access.sources(statement)
    if inside := next((each for each in sources if each.startswith(f"{topic_arn}:")), ""):
        short = inside.split(":")[-1][:8]
        return f"The policy names a subscription (…:{last_of(topic_arn)}:{short}…); wanted is its topic."
    if sources and last_of(sources[0]) == last_of(topic_arn):
        return f"The policy lets a `{topic}` of another place in ({sources[0]}); wanted is {topic_arn}."
    if sources:
        return f"The policy of `{at.name}` lets {named(sources[0])} in, not `{topic}`."
    if accounts := access.accounts(statement):
        return f"The policy of `{at.name}` lets the topics of the account {accounts[0]} in; yours is of another."
    return f"The policy of `{at.name}` has a condition that does not hold for `{topic}`."


def others_let_in(at: Door, topic_arn: str, aws: Aws) -> str:
    """What to say when some other topic comes in as well; empty when none does. AwsError."""
    strangers = [each for each in _strangers(at, topic_arn) if each != topic_arn and at.lets_in(each)]
    if not strangers:
        return ""
    request = at.request(strangers[0])
    one = next(e for e in at.statements if e.get("Effect") == "Allow" and access.speaks_of(e, request))
    sources, accounts = access.sources(one), access.accounts(one)
    if not sources and accounts:
        return f"Every topic of this account may {at.verb} `{at.name}`: the policy has no aws:SourceArn."
    if not sources and not access.services(one) and not one.get("Condition"):
        return f"Everybody may {at.verb} `{at.name}`, not only SNS."
    if not sources:
        return f"Any topic may {at.verb} `{at.name}`, of any account: the policy has no aws:SourceArn."
    if exact := next((each for each in sources if each in strangers), ""):
        return f"{named(exact)} may {at.verb} `{at.name}`, too."
    pattern = next((each for each in sources if "*" in each or "?" in each), sources[0])
    return f"The pattern {named(pattern)} lets {_example(aws, at, topic_arn, strangers[0])} in, too."


def _example(aws: Aws, at: Door, topic_arn: str, invented: str) -> str:
    """A topic that comes in: a real one, where there is one."""
    front = topic_arn.rpartition(":")[0]
    try:
        real = [each for each in names_of(aws, "topic") if f"{front}:{each}" != topic_arn]
    except AwsError:
        real = []
    return next((f"`{each}`" for each in real if at.lets_in(f"{front}:{each}")), f"a topic {named(invented)}")


def _strangers(at: Door, topic_arn: str) -> Iterator[str]:
    """ARNs of other topics: all that the policy names, one for each of its patterns, and some that nobody has."""
    for one in at.statements:
        for each in access.sources(one):
            yield each.replace("*", "x").replace("?", "x")
    parts = topic_arn.split(":")
    for name in (f"{parts[-1]}x", f"x{parts[-1]}", "labcli-nobody"):
        yield ":".join([*parts[:-1], name])
    yield ":".join([*parts[:4], "000000000001", parts[-1]])
