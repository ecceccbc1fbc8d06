"""A lab as a script: its steps as statements, what they made taken away at the end. No language yet."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from labcli.aws.resources import KINDS
from labcli.lab import refs
from labcli.lab.aws import Catalog
from labcli.lab.language import Language
from labcli.lab.model import Call, Effect, Lab, ResourceSpec, Step
from labcli.lab.reader import Findings
from labcli.lab.scope import Scope
from labcli.run.plan.plan import Nowhere, created_of, renamed
from labcli.run.plan.script.recorder import creates
from labcli.run.plan.script.statements import (
    Active,
    Ask,
    Left,
    Pack,
    Say,
    Statement,
    stem,
    variable,
)
from labcli.run.plan.script.verbs import SAID, UNHURRIED, chart
from labcli.steps.verbs.consume import DEFAULT_VISIBILITY
from labcli.steps.verbs.create import in_order_of_need

GIVES = {
    "sqs.create_queue": {"url": "QueueUrl"},
    "sns.create_topic": {"arn": "TopicArn"},
    "sns.subscribe": {"arn": "SubscriptionArn"},
    "lambda.create_function": {"arn": "FunctionArn"},
    "lambda.create_event_source_mapping": {"uuid": "UUID"},
    "iam.create_role": {"arn": "Role.Arn"},
    "stepfunctions.create_state_machine": {"arn": "stateMachineArn"},
}
"""What only AWS knows of a new resource, and where its answer says it."""
_PATIENT = frozenset({
    "lambda.create_function", "lambda.create_event_source_mapping", "lambda.put_function_concurrency",
    "stepfunctions.create_state_machine",
})  # fmt: skip
"""What AWS refuses while it does not know a role that was made a moment ago, or a function is not yet active."""
_ARN = re.compile(r"\$\{([\w.]+)\.arn\}")
PREFIX = "${prefix}"
"""What every name of the script begins with: a variable of it."""
_LISTS: tuple[tuple[str, str, dict[str, str], str], ...] = (
    ("sqs", "list_queues", {"QueueNamePrefix": PREFIX}, "QueueUrls"),
    ("sns", "list_topics", {}, f"Topics[?contains(TopicArn, '{PREFIX}')].TopicArn"),
    ("sns", "list_subscriptions", {}, f"Subscriptions[?contains(Endpoint, '{PREFIX}')].Endpoint"),
    ("lambda", "list_event_source_mappings", {}, f"EventSourceMappings[?contains(FunctionArn, '{PREFIX}')].UUID"),
    ("lambda", "list_functions", {}, f"Functions[?contains(FunctionName, '{PREFIX}')].FunctionName"),
    ("stepfunctions", "list_state_machines", {}, f"stateMachines[?contains(name, '{PREFIX}')].name"),
    ("logs", "describe_log_groups", {"logGroupNamePrefix": f"/aws/lambda/{PREFIX}"}, "logGroups[].logGroupName"),
    ("iam", "list_roles", {}, f"Roles[?contains(RoleName, '{PREFIX}')].RoleName"),
)
"""How each service lists what there is: the names that begin with the script's own."""


class Script(NamedTuple):
    """The statements of a day, and the day."""

    lab: Lab
    body: tuple[Statement, ...]


def script(lab: Lab, language: Language, catalog: Catalog, slow: bool = False) -> Script:
    """The script of a checked lab. ``slow``: each call is a process of its own, and takes a second to start."""
    return Script(lab, tuple(Maker(lab, Scope(lab, language.kinds, catalog, Findings(Nowhere())), slow).body()))


@dataclass
class Maker:
    """Walks through the steps and remembers what lives."""

    lab: Lab
    scope: Scope
    slow: bool = False
    made: dict[str, ResourceSpec] = field(default_factory=dict)
    policies: dict[str, list[str]] = field(default_factory=dict)
    """The inline policies that were written, by the reference to the role's name."""
    saved: set[str] = field(default_factory=set)
    started: set[tuple[str, str]] = field(default_factory=set)
    """Executions that have a name of their own: their machine and that name."""
    counts: dict[str, int] = field(default_factory=dict)
    """Saved values that are known before a run: how many messages a step sends."""

    def body(self) -> list[Statement]:
        """The whole day, and its end."""
        found: list[Statement] = []
        for name, other in self.lab.needed.items():
            found.append(Say(f"What this day needs of {name}", 0))
            for key in created_of(other):
                spec = other.resources[key]
                calls = [each._replace(params=renamed(each.params, other, name)) for each in self._creates(spec)]
                found += self._created(spec._replace(name=f"{name}.{key}", lab=name), calls)
        for step in self.lab.steps:
            found.append(Say(f"{step.number}. {refs.untold(step.title)}", 0))
            found += self.step(step)
        return [*found, Say("Take it away: what uses others goes first", 0), *self._cleanup(), *self.proof()]

    def step(self, step: Step) -> list[Statement]:
        """A step, with what is in it."""
        if step.arms or step.steps:
            return self._block(step)
        make: Callable[[Maker, Step], list[Statement]] | None = SAID.get(step.verb)
        if make is None:
            return [Say(f"({step.verb}: labcli does this itself)")]
        return make(self, step)

    def _block(self, step: Step) -> list[Statement]:
        inner = step.arms or step.steps
        found: list[Statement] = []
        if step.verb == "either":
            others = " or ".join(refs.untold(each.title) for each in inner[1:])
            found.append(Say(f"{refs.untold(inner[0].title)} (the other way: {others})"))
            return [*found, *self.step(inner[0])]
        charts = [each for each in inner if each.verb == "chart"]
        if step.verb == "together" and not step.arms:
            found.append(Say("in the lab at the same time; here one after the other"))
        for each in inner:
            if each.verb == "chart":
                continue
            if len(inner) > 1 and each.verb != "wait":
                found.append(Say(each.name if step.arms else refs.untold(each.title), 1))
            found += self.step(self._with_saves(step, each))
            found += [statement for each_chart in charts for statement in chart(self, each_chart)]
        return found

    def _with_saves(self, block: Step, inner: Step) -> Step:
        """What a block saves of a step in it (``done.name``) is saved by that step."""
        mine = {name: path for name, path in block.save.items() if path.startswith(f"{inner.name}.")}
        saves = {name: path.removeprefix(f"{inner.name}.") for name, path in mine.items()}
        return inner._replace(save={**inner.save, **saves})

    def _creates(self, spec: ResourceSpec) -> list[Call]:
        return creates(spec, self.scope.catalog)

    def create(self, names: tuple[str, ...]) -> list[Statement]:
        """What creates these, and before them what they need."""
        found: list[Statement] = []
        for name in in_order_of_need(names, self.lab.resources):
            if name not in self.made:
                spec = self.lab.resources[name]
                found += self._created(spec, self._creates(spec))
        return found

    def _created(self, spec: ResourceSpec, calls: list[Call]) -> list[Statement]:
        self.made[spec.name] = spec
        found: list[Statement] = [self._pack(spec)] if spec.kind == "function" else []
        for made in calls:
            call = self.known_by_name(made)
            self.remember(call)
            if self.slow and str(call) == "sqs.create_queue":
                said, call = self._unhurried(spec, call)
                found += said
            gives = GIVES.get(str(call), {})
            keep = {variable(spec.name, attribute): path for attribute, path in gives.items()}
            found.append(Ask(call, keep, patient=str(call) in _PATIENT, stem=stem(spec.name)))
            if str(call) == "sqs.create_queue":
                found.append(_arn_of(spec.name))
            if str(call) == "lambda.create_function":
                found.append(Active(f"${{{spec.name}.name}}"))
        return found

    def _unhurried(self, spec: ResourceSpec, call: Call) -> tuple[list[Statement], Call]:
        """A queue that hides a message long enough for a next command, unless work on it is meant to take longer."""
        attributes = dict(call.params.get("Attributes", {}))
        hidden = int(attributes.get("VisibilityTimeout", DEFAULT_VISIBILITY))
        steps = [each for each in self.lab.every_step() if each.verb == "consume" and not each.arms]
        works = max((each.args.takes for each in steps if each.args.source == spec.name), default=0.0)
        wanted = UNHURRIED[spec.props.fifo]
        if hidden >= wanted or works > hidden:
            return [], call
        attributes["VisibilityTimeout"] = str(wanted)
        said = f"the lab hides a message of {spec.name} for {hidden} s; a command needs about one to start"
        return [Say(said)], call._replace(params={**call.params, "Attributes": attributes})

    def late(self, call: Call) -> str:
        """Why AWS may refuse a call that labcli makes soon enough: a second start while the first still runs."""
        if str(call) != "stepfunctions.start_execution" or "name" not in call.params:
            return ""
        again = (call.params["stateMachineArn"], call.params["name"]) in self.started
        self.started.add((call.params["stateMachineArn"], call.params["name"]))
        return "the first has ended meanwhile, and its name is used once" if again and self.slow else ""

    def filled(self, call: Call) -> Call:
        """The call with the counts that are known."""
        return call._replace(params={key: self._fill(value) for key, value in call.params.items()})

    def known_by_name(self, call: Call) -> Call:
        """ARNs of what is not made yet are put together from its name, as AWS does."""

        def put(value: Any) -> Any:
            if isinstance(value, str):
                return _ARN.sub(
                    lambda found: found[0] if found[1] in self.made else f"${{{found[1]}.arn_by_name}}", value
                )
            if isinstance(value, Mapping):
                return {key: put(each) for key, each in value.items()}
            return [put(each) for each in value] if isinstance(value, list) else value

        return call._replace(params=put(call.params))

    def _fill(self, value: Any) -> Any:
        ref = refs.only(value)
        return self.counts[ref.root] if ref is not None and ref.root in self.counts else value

    def _pack(self, spec: ResourceSpec) -> Pack:
        return Pack(stem(spec.name), spec.props.code.files)

    def remember(self, call: Call) -> None:
        """A policy that was written is taken off before its role goes."""
        if call.operation == "put_role_policy":
            held = self.policies.setdefault(call.params["RoleName"], [])
            if call.params["PolicyName"] not in held:
                held.append(call.params["PolicyName"])

    def delete(self, name: str) -> list[Statement]:
        """The calls that delete what the script made, none when it is gone."""
        spec = self.made.pop(name, None)
        if spec is None:
            return []
        inner = spec._replace(name=name.removeprefix(f"{spec.lab}.")) if spec.lab else spec
        calls = [each.call for each in KINDS[spec.kind].shape_of_delete(inner) if each.effect is Effect.DELETE]
        if spec.lab:
            other = self.lab.needed[spec.lab]
            calls = [each._replace(params=renamed(each.params, other, spec.lab)) for each in calls]
        role = f"${{{name}.name}}"
        held = self.policies.pop(role, []) if spec.kind == "role" else []
        off = [Call("iam", "delete_role_policy", {"RoleName": role, "PolicyName": each}) for each in held]
        return [Ask(each) for each in (*off, *calls)]

    def _cleanup(self) -> list[Statement]:
        """Kind by kind as a cleanup does; of a kind the newest first: a queue goes before its dead-letter queue."""
        newest = list(self.made)[::-1]
        newest.sort(key=lambda name: KINDS[self.made[name].kind].rank)
        return [each for name in newest for each in self.delete(name)]

    def proof(self) -> list[Statement]:
        """What is there still, by the lists of every service."""
        lists = tuple((Call(service, operation, params), path) for service, operation, params, path in _LISTS)
        return [Say("What is left: nothing", 0), Left(lists)]


def _arn_of(name: str) -> Ask:
    asked = {"QueueUrl": f"${{{name}.url}}", "AttributeNames": ["QueueArn"]}
    return Ask(Call("sqs", "get_queue_attributes", asked), {variable(name, "arn"): "Attributes.QueueArn"}, aside=True)
