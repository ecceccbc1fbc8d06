"""What the fields of a state see: its input, its result, the context object, the variables; in either language.

``Templates`` of JSONPath (``"x.$": "$.a"``) and of JSONata (``"x": "{% $states.input.a %}"``) are filled here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from labcli.local.stepfunctions.interpreter import intrinsics, jsonpath
from labcli.local.stepfunctions.interpreter.errors import QUERY, StateError, runtime
from labcli.local.stepfunctions.interpreter.jsonata import Answer, Jsonata
from labcli.local.stepfunctions.interpreter.values import Budget, text_of
from labcli.rules.asl.intrinsics import parse

UNDEFINED: Any = object()


@dataclass(frozen=True)
class View:
    """What is seen. ``data`` is ``$`` of JSONPath; ``states`` is ``$states`` of JSONata."""

    data: Any
    context: Mapping[str, Any]
    variables: Mapping[str, Any]
    jsonata: Jsonata
    states: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""

    def of(self, data: Any) -> View:
        """The same with another ``$``."""
        return replace(self, data=data)

    def with_states(self, **more: Any) -> View:
        """The same with more in ``$states``."""
        return replace(self, states={**self.states, **more})

    # -- JSONPath ------------------------------------------------------------------------------------------------

    def read(self, text: str, budget: Budget | None = None) -> Any:
        """What a path leads to; PathError when it leads nowhere."""
        path = jsonpath.parse(text)
        if path.root == "$":
            root = self.data
        elif path.root == "$$":
            root = self.context
        elif path.root[1:] in self.variables:
            root = self.variables[path.root[1:]]
        else:
            raise jsonpath.PathError(f"Variable {path.root} is not defined")
        return jsonpath.read(path, root, budget or Budget(self.name))

    def path(self, text: str) -> Any:
        """The same for a field of its own: InputPath, OutputPath, ItemsPath …"""
        try:
            return self.read(text)
        except jsonpath.PathError as error:
            raise runtime(f"Invalid path '{text}' : {error}") from error

    def computed(self, key: str, text: Any, budget: Budget | None = None) -> Any:
        """The value of a field whose name ends in ``.$``: a path, or a call of an intrinsic function."""
        spent = budget or Budget(self.name)
        try:
            if not str(text).lstrip().startswith("States."):
                return self.read(text, spent)
        except jsonpath.PathError as error:
            raise self._not_found(f"The JSONPath '{text}' specified for the field '{key}' could", error) from error

        def look(path: str) -> Any:
            try:
                return self.read(path, spent)
            except jsonpath.PathError as error:
                raise self._not_found(f"The JsonPath argument for the field '{path}' could", error) from error

        return intrinsics.evaluate(parse(text), look, spent)

    def _not_found(self, what: str, why: Exception) -> StateError:
        return runtime(f"{what} not be found in the input '{text_of(self.data)}'")

    def template(self, value: Any) -> Any:
        """A payload template, filled."""
        return self._filled(value, Budget(self.name))

    def _filled(self, value: Any, budget: Budget) -> Any:
        if isinstance(value, list):
            return [self._filled(each, budget) for each in value]
        if not isinstance(value, dict):
            return value
        filled: dict[str, Any] = {}
        for key, each in value.items():
            if key.endswith(".$"):
                filled[key[:-2]] = budget.weigh(self.computed(key, each, budget))
            else:
                filled[key] = self._filled(each, budget)
        return filled

    # -- JSONata -------------------------------------------------------------------------------------------------

    async def evaluated(self, value: Any, where: str) -> Any:
        """A value with the expressions in it evaluated; ``where`` is the field, as AWS names it in causes."""
        found: list[tuple[str, str]] = []
        _collect(value, where, found)
        if not found:
            return value
        bindings = {**self.variables, "states": {**self.states, "context": self.context}}
        answers = await self.jsonata.evaluate([text for text, _ in found], bindings)
        budget = Budget(self.name)
        values = []
        for (text, place), answer in zip(found, answers, strict=False):
            values.append(budget.weigh(_value(text, place, answer)))
        return _placed(value, iter(values))

    async def typed(self, value: Any, where: str, kind: str) -> Any:
        """The same for one that must be of a type, as ``Items``: ``array``, ``number``, ``string``, ``boolean``."""
        found = await self.evaluated(value, where)
        if expression(value) and kind_of(found) != kind:
            text = f"returned an unexpected result type. Expected '{kind}', but was '{kind_of(found)}' for value: "
            raise failing(value[2:-2].strip(), where, text + text_of(found), dot=False)
        return found


def expression(value: Any) -> bool:
    """Whether it is ``{% … %}``."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}") and len(value) >= 4


def kind_of(value: Any) -> str:
    """The name of its type in JSON."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    names: list[tuple[Any, str]] = [(dict, "object"), (list, "array"), (str, "string")]
    return next((name for kind, name in names if isinstance(value, kind)), "number")


def failing(text: str, where: str, why: str, dot: bool = True) -> StateError:
    """An expression that gives nothing of use (recorded)."""
    cause = f"The JSONata expression '{text}' specified for the field '{where}' {why}{'.' if dot else ''}"
    return StateError(QUERY, cause, told=True, location=where)


def _value(text: str, where: str, answer: Answer) -> Any:
    if "value" in answer:
        return answer["value"]
    if "nothing" in answer:
        raise failing(text, where, "returned nothing (undefined)")
    if "odd" in answer:
        raise failing(text, where, "returned an unsupported result type")
    raise failing(text, where, f"threw an error during evaluation. {answer['error']}", dot=False)


def _collect(value: Any, where: str, found: list[tuple[str, str]]) -> None:
    if expression(value):
        found.append((value[2:-2].strip(), where))
    elif isinstance(value, dict):
        for key, each in value.items():
            _collect(each, f"{where}/{key}", found)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            _collect(each, f"{where}[{index}]", found)


def _placed(value: Any, values: Any) -> Any:
    if expression(value):
        return next(values)
    if isinstance(value, dict):
        return {key: _placed(each, values) for key, each in value.items()}
    return [_placed(each, values) for each in value] if isinstance(value, list) else value
