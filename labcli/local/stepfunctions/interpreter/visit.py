"""One try of one state: what goes in, what comes out, what is assigned, in either query language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from labcli.local.stepfunctions.interpreter import jsonpath
from labcli.local.stepfunctions.interpreter.errors import StateError, runtime, too_large
from labcli.local.stepfunctions.interpreter.frame import Frame
from labcli.local.stepfunctions.interpreter.hub import Hub
from labcli.local.stepfunctions.interpreter.values import size_of, text_of
from labcli.local.stepfunctions.interpreter.view import View
from labcli.local.stepfunctions.model import Execution
from labcli.rules.asl.quotas import DATA

Seen = Callable[[str, Any], None]
NOT_MATCHED = "States.ResultPathMatchFailure"


@dataclass(frozen=True)
class Outcome:
    """What a state came to: its output, the variables it assigns, where it leads (None: it is the last)."""

    output: Any
    assigned: Mapping[str, Any] = field(default_factory=dict)
    following: str | None = None


class Running(Protocol):
    """What states use of the execution that they are of: ``run.Run``."""

    execution: Execution
    hub: Hub
    definition: Any

    def at(self, way: tuple[Any, ...]) -> Any:
        """What is there in the definition."""
        ...

    def record(
        self,
        frame: Frame,
        kind: str,
        details: Mapping[str, Any] | None = None,
        *,
        previous: int | None = None,
        move: bool = True,
    ) -> int:
        """Write an event of a line, and its number."""
        ...

    def context(self, frame: Frame, state: Mapping[str, Any]) -> dict[str, Any]:
        """The context object, ``$$``."""
        ...

    async def line(self, frame: Frame) -> None:
        """Go along a line of states to its end."""
        ...

    async def until(self, moment: float) -> None:
        """Wait until then."""
        ...


@dataclass
class Visit:
    """One try of a state of a line. ``seen`` is told each stage of the data, for those who look on (TestState)."""

    run: Running
    frame: Frame
    state: Mapping[str, Any]
    name: str
    jsonata: bool
    seen: Seen = lambda stage, value: None

    @property
    def input(self) -> Any:
        """The raw input of the state."""
        return self.frame.input

    def view(self, data: Any = None) -> View:
        """What fields see whose ``$`` is ``data``."""
        variables = self.frame.lookup()
        context = self.run.context(self.frame, self.state)
        return View(data, context, variables, self.run.hub.jsonata, {"input": self.input}, self.name)

    # -- in ------------------------------------------------------------------------------------------------------

    def effective(self) -> Any:
        """The input behind InputPath."""
        found = self.input
        if "InputPath" in self.state:
            path = self.state["InputPath"]
            found = {} if path is None else self.view(self.input).path(path)
        self.seen("afterInputPath", found)
        return found

    async def arguments(self) -> Any:
        """What the state works on: behind InputPath and Parameters, or its Arguments."""
        if self.jsonata:
            if "Arguments" not in self.state:
                return self.input
            found = await self.view().evaluated(self.state["Arguments"], "Arguments")
            self.seen("afterArguments", found)
            return found
        found = self.effective()
        if "Parameters" in self.state:
            found = self.view(found).template(self.state["Parameters"])
        self.seen("afterParameters", found)
        return found

    # -- out -----------------------------------------------------------------------------------------------------

    async def outcome(self, result: Any, *, selected: bool = True) -> Outcome:
        """The end of a state that has a result; without ``selected`` it has no ResultSelector."""
        following = None if self.state.get("End") else self.state.get("Next")
        if self.jsonata:
            view = self.view().with_states(result=result)
            output, assigned = await self.put_out(view, self.state, result)
            return Outcome(output, assigned, following)
        assigned = self.assigned(result, self.state)
        if selected and "ResultSelector" in self.state:
            result = self.view(result).template(self.state["ResultSelector"])
        self.seen("afterResultSelector", result)
        output = self.joined(result, self.state)
        self.seen("afterResultPath", output)
        return Outcome(self.put_through(output), assigned, following)

    async def passed(self, assign: Mapping[str, Any], following: str | None) -> Outcome:
        """The end of a state without a result, as Wait, Choice and Succeed; ``assign`` has its Assign and Output."""
        if self.jsonata:
            output, assigned = await self.put_out(self.view(), assign, self.input)
            return Outcome(output, assigned, following)
        found = self.effective()
        assigned = self.assigned(found, assign)
        return Outcome(self.put_through(found), assigned, following)

    async def put_out(self, view: View, given: Mapping[str, Any], default: Any) -> tuple[Any, dict[str, Any]]:
        """Output and variables in JSONata. Both see the variables as they were."""
        assigned = await view.evaluated(given.get("Assign", {}), "Assign")
        output = await view.evaluated(given["Output"], "Output") if "Output" in given else default
        return output, assigned

    def assigned(self, data: Any, given: Mapping[str, Any]) -> dict[str, Any]:
        """The variables that an Assign of JSONPath makes; ``$`` is ``data``."""
        found: dict[str, Any] = self.view(data).template(given["Assign"]) if "Assign" in given else {}
        return found

    def joined(self, result: Any, given: Mapping[str, Any]) -> Any:
        """The result put into the raw input at ResultPath."""
        path = given.get("ResultPath", "$")
        if path is None:
            return self.input
        try:
            return jsonpath.put(path, self.input, result)
        except jsonpath.PathError:
            text = f'Unable to apply step "{path.rpartition(".")[2]}" to input {text_of(self.input)}'
            raise StateError(NOT_MATCHED, text, told=True) from None

    def put_through(self, output: Any) -> Any:
        """The output behind OutputPath."""
        if "OutputPath" not in self.state:
            return output
        path = self.state["OutputPath"]
        return {} if path is None else self.view(output).path(path)

    def checked(self, value: Any, name: str = "") -> str:
        """The text of a value; States.DataLimitExceeded when it is too large."""
        text = text_of(value)
        if size_of(text) > DATA:
            raise too_large(name or self.name)
        return text

    # -- numbers -------------------------------------------------------------------------------------------------

    async def whole(self, key: str, data: Any) -> int | None:
        """A field of a whole number, in its three forms: ``Key``, ``KeyPath``, ``{% … %}``; None when it is absent."""
        if f"{key}Path" in self.state:
            path = self.state[f"{key}Path"]
            found = self.view(data).path(path)
            if (number := as_number(found)) is None or number != int(number):
                shown = found if isinstance(found, str) else text_of(found)
                text = f'The {key}Path field refers to value "{shown}" which is not a valid integer: {path}'
                raise runtime(text)
            return int(number)
        if key not in self.state:
            return None
        return int(await self.view().typed(self.state[key], key, "number"))


def as_number(value: Any) -> float | None:
    """A number, or a text that is one (recorded: both serve)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None
