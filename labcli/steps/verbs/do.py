"""The verb ``do``: any AWS operation by its own boto3 name, with its own parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from labcli.aws.resources import KINDS
from labcli.aws.services import service_of
from labcli.lab.aws import Operation, Shape
from labcli.lab.given import ANY, structure
from labcli.lab.model import Call, Effect, Planned, Step
from labcli.lab.params import check_params, encode, is_raw
from labcli.lab.reader import Reader
from labcli.lab.refs import only, resource_of
from labcli.lab.scope import Scope
from labcli.rules.near import nearest
from labcli.steps.evidence.evidence import Facts, fields, heading_of
from labcli.steps.verb import Plain, Result
from labcli.steps.world import World

_FAILED = structure({"error": structure({"code": "string", "message": "string"})})


class DoArgs(NamedTuple):
    """``sqs``, ``send_message`` and the parameters as the lab writes them."""

    service: str
    operation: str
    params: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.service}.{self.operation}"


class Do(Plain):
    """One API call, repeated ``within`` a time until what is expected holds."""

    takes = frozenset({"within", "fails"})
    repeats = True

    gives = ANY

    def read(self, step: Reader) -> DoArgs:
        """``do: sqs.send_message`` and ``with: {…}``."""
        service, _, operation = step.text("do").partition(".")
        if isinstance(step.raw("do"), str) and not (service and operation):
            step.bad("do", "`do` is service.operation as in boto3, such as sqs.send_message")
        return DoArgs(service, operation, step.mapping("with"))

    def title(self, args: DoArgs) -> str:
        """``sqs.send_message``."""
        return str(args)

    def check(self, step: Step, scope: Scope) -> None:
        """The operation exists, may be called from a lab, and its parameters are right."""
        args: DoArgs = step.args
        where = (*step.where, "do")
        if not (args.service and args.operation):  # said where it was read
            return
        operation = self._known(args, where, scope)
        if operation is None:
            return
        check_params(operation.input, args.params, (*step.where, "with"), str(args), scope)
        self._allowed(step, operation, scope)
        if step.within is not None and operation.effect is not Effect.READ and not _repeatable(args):
            scope.findings.add(
                (*step.where, "within"), f"`within` repeats a call, and {args} acts: say it once", key=True
            )
        elif step.within is not None and not step.expect and not step.fails:
            scope.findings.add(
                (*step.where, "within"), "`within` repeats until something holds: add `expect`", key=True
            )
        near = nearest(step.fails, operation.errors, cutoff=0.9)  # AWS has errors that its models do not list
        if step.fails and step.fails not in operation.errors and near:
            scope.findings.add((*step.where, "fails"), f"{args} has no error `{step.fails}`{near}")
        spec = self._resource(args, operation, scope)
        if spec is not None:
            KINDS[spec.kind].check_call(args.operation, args.params, spec, (*step.where, "with"), scope.findings)

    def _known(self, args: DoArgs, where: tuple[str | int, ...], scope: Scope) -> Operation | None:
        catalog = scope.catalog
        operation = catalog.operation(args.service, args.operation)
        if operation is not None:
            return operation
        said = catalog.operations(args.service)
        if not said:
            near = nearest(args.service, catalog.services())
            scope.findings.add(where, f"no AWS service `{args.service}`{near}")
        else:
            scope.findings.add(
                where, f"{args.service} has no operation `{args.operation}`{nearest(args.operation, said)}"
            )
        return None

    def _allowed(self, step: Step, operation: Operation, scope: Scope) -> None:
        args: DoArgs = step.args
        where = (*step.where, "do")
        if operation.effect is None:
            scope.findings.add(where, f"labcli does not know what {args} leaves behind, and does not call it")
        elif scope.solves:  # what it makes is the learner's, who may take it away
            return
        elif operation.effect is Effect.CREATE and not step.fails:
            scope.findings.add(where, f"{args} creates something: declare it under `resources`, and use `create`")
            return
        elif operation.effect is Effect.CREATE and not operation.object_param:
            said = f"{args} makes something without a name: should it not fail, nobody could take it away"
            scope.findings.add(where, said)
            return
        if operation.effect in (None, Effect.READ) or not operation.object_param:
            return
        value = args.params.get(operation.object_param)
        raw = is_raw(operation.object_param, value)  # said with the parameters
        if operation.object_param in service_of(args.service).by_a_value:
            if value is not None and not raw and only(value) is None:
                said = f"{args} acts on something: name it by a value that was saved, such as ${{execution}}"
                scope.findings.add((*step.where, "with", operation.object_param), said)
        elif value is not None and not raw and not _names_owned(value, scope):
            scope.findings.add(
                (*step.where, "with", operation.object_param),
                f"{args} acts on something: name a resource of this lab by reference, such as ${{{_example(scope)}}}",
            )
        elif operation.effect is not Effect.DATA:
            spec = self._resource(args, operation, scope)
            if spec is not None and spec.lab:
                said = f"`{spec.name}` is {spec.lab}'s: change it by `update`, or `delete` it"
                scope.findings.add((*step.where, "with", operation.object_param), said)

    def _resource(self, args: DoArgs, operation: Operation, scope: Scope) -> Any:
        value = args.params.get(operation.object_param)
        ref = only(value)
        return scope.lab.spec(resource_of(ref, scope.lab)) if ref is not None else None

    def answer(self, step: Step, scope: Scope) -> Shape:
        """The operation's output, or the error that is expected."""
        if step.fails:
            return _FAILED
        operation = scope.catalog.operation(step.args.service, step.args.operation)
        return ANY if operation is None else operation.output or structure({})

    def shape(self, step: Step, scope: Scope) -> list[Planned]:
        """One call; how often, says ``within``."""
        operation = scope.catalog.operation(step.args.service, step.args.operation)
        if operation is None:
            return [Planned(Call(step.args.service, step.args.operation, step.args.params))]
        call = Call(step.args.service, step.args.operation, encode(operation.input, step.args.params))
        return [Planned(call, effect=operation.effect or Effect.READ)]

    def run(self, step: Step, world: World) -> Result:
        return Result(world.call(step.args.service, step.args.operation, step.args.params))

    def facts(self, step: Step, document: Mapping[str, Any]) -> Facts:
        """What ``expect`` and ``save`` name; the error when it was the lesson."""
        if step.fails:
            error = document.get("error", {})
            return [("error", error.get("code")), ("message", error.get("message"))]
        paths = {heading_of(path): path for path in (*step.save.values(), *step.expect)}
        return fields(paths, document)

    def queue(self, step: Step) -> str:
        """The queue that the call is about."""
        value = step.args.params.get("QueueUrl")
        return value if isinstance(value, str) and step.args.service == "sqs" else ""

    def references(self, args: DoArgs) -> Any:
        return args.params

    def moves(self, step: Step) -> tuple[set[str], set[str]]:
        """Into or from the queue that a send or a receive names, into the topic that a publish names."""
        ref = only(step.args.params.get("TopicArn" if step.args.service == "sns" else "QueueUrl"))
        here = {ref.root} if ref is not None else set()
        sends = step.args.operation in service_of(step.args.service).sends
        return (here, set()) if sends else (set(), here if str(step.args) == "sqs.receive_message" else set())


def _repeatable(args: DoArgs) -> bool:
    return args.operation in service_of(args.service).repeatable


def _names_owned(value: Any, scope: Scope) -> bool:
    ref = only(value)
    return ref is not None and scope.lab.spec(resource_of(ref, scope.lab)) is not None


def _example(scope: Scope) -> str:
    return f"{next(iter(scope.lab.resources), 'orders')}.url"


def what_failed(document: Any) -> str:
    """What went wrong inside a call that went well, as a step's document tells it; empty when nothing did.

    A function raised: AWS answers 200, with FunctionError beside the payload (Invoke). Or an execution failed.
    """
    if not isinstance(document, Mapping):
        return ""
    if document.get("FunctionError"):
        payload = document.get("Payload")
        raised = payload if isinstance(payload, Mapping) else {}
        return f"the function failed: {raised.get('errorType', 'Error')}: {raised.get('errorMessage', payload)}"
    if document.get("status") in ("FAILED", "TIMED_OUT") and document.get("error") and "machine" in document:
        cause = document.get("cause")
        said = cause.get("errorMessage", cause) if isinstance(cause, Mapping) else cause
        return f"the execution ended {document['status']}: {document['error']}: {said}"
    return next((said for each in document.values() if (said := what_failed(each))), "")
