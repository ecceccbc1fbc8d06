"""The shape of any step: its verb's calls, how often, and what its views add. The plan is the shapes of all steps."""

from __future__ import annotations

from dataclasses import replace

from labcli.lab.model import Call, Planned, Step, Times
from labcli.lab.scope import Scope
from labcli.steps.depth import DEPTH_ATTRIBUTES
from labcli.steps.language import VERBS
from labcli.steps.perform import queue_of, tries_allowed


def shape(step: Step, scope: Scope, poll: float) -> list[Planned]:
    """Every call that a run of the step makes; ``poll`` is the target's seconds between two tries."""
    found: list[Planned] = []
    for inner in (*step.arms, *step.steps):
        calls = shape(inner, scope, poll)
        if step.verb == "either":  # only one of them is done
            calls = [each._replace(times=replace(each.times, least=0)) for each in calls]
        found += calls
    if not step.arms and not step.steps:
        found = VERBS[step.verb].shape(step, scope)
        if VERBS[step.verb].repeats and step.within is not None:
            times = Times(1, tries_allowed(step, poll), "it holds" if not step.fails else "it fails")
            found = [each._replace(times=times) for each in found]
    if any(heading == "depth" and not path for heading, path in step.show) and (url := queue_of(step)):
        found.append(
            Planned(Call("sqs", "get_queue_attributes", {"QueueUrl": url, "AttributeNames": DEPTH_ATTRIBUTES}))
        )
    return found
