"""The language as AWS speaks it, where moto's interpreter differs, or would make a learner wait.

R: recorded from AWS (the snapshot tests of the LocalStack project). D: the Step Functions developer guide, "Handling
errors in Step Functions workflows". P: a text that users of AWS have published word for word.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from threading import local
from time import monotonic
from types import SimpleNamespace
from typing import Any

from labcli.local.names import hook
from labcli.local.patience import Patience, Thread
from labcli.local.stepfunctions import moto
from labcli.local.stepfunctions.running import close

LOOK_AGAIN = 0.5
"""Seconds after which a pause looks whether it was ended; it is woken before that, but a wake-up can come too early."""
UNCATCHABLE = ("States.Runtime", "States.DataLimitExceeded")
"""Errors that no Retry and no Catch takes, States.ALL included (D, R)."""
NO_SUCH_VARIABLE = "Invalid path '{}': The choice state's condition path references an invalid value."  # P
NO_CHOICE = "Failed to transition out of the state. The state does not point to a next state."  # P


def first(functions: Callable[[Any], None]) -> None:
    """JSONata; ``functions`` gives an expression the functions that Step Functions adds to the language."""
    moto.jsonata._eval_jsonata = _jsonata(moto.jsonata.JSONataException, functions)


def _jsonata(failed: type[Exception], functions: Callable[[Any], None]) -> Callable[[str], Any]:
    import jsonata

    def evaluate(expression: str) -> Any:
        try:
            parsed = jsonata.Jsonata(expression)
            functions(parsed)
            return parsed.evaluate(None)
        except Exception as error:
            raise failed("UNKNOWN", str(error)) from error

    return evaluate


def _declarations(bindings: dict[str, Any]) -> str:
    """Variables as JSONata has them; a text with quotes in it stays one text."""
    return "".join(f"{name}:={json.dumps(value, default=str)};" for name, value in bindings.items())


def rest() -> None:
    """Everything that can wait until it is imported."""
    # A branch may well fail with States.Timeout, and be caught by that name.
    moto.custom_error_name.ILLEGAL_CUSTOM_ERROR_PREFIX = "\0"
    moto.error_equals.ErrorEqualsDecl._eval_body = _matches
    moto.wait_function.WaitFunction._wait_interval = _wait
    moto.callback.ActivityTaskStartEndpoint._outcome = None  # it is read before it is set
    moto.intrinsic._DECLARATION_BY_VARIABLE_REFERENCE.clear()  # ``functions`` has them all
    moto.states.encode_jsonata_variable_declarations = _declarations
    moto.variable_store.encode_jsonata_variable_declarations = _declarations
    hook(moto.environment.Environment, "close_frame", _close_for_good)
    hook(moto.failure_event.FailureEvent, "__init__", _from_where_it_was_entered)
    hook(moto.string_expression.StringJSONata, "_eval_body", _failing_query)
    hook(moto.input_path.InputPath, "_eval_body", _missing_property)
    hook(moto.output_path.OutputPath, "_eval_body", _missing_property)
    hook(moto.comparison.ComparisonVariable, "_eval_body", _missing_variable)
    hook(moto.choice.StateChoice, "_eval_state", _no_choice)
    moto.program.threading = SimpleNamespace(Thread=Thread)
    moto.callback.Event = Patience
    moto.execute_state.threading, moto.execute_state.Thread = SimpleNamespace(Event=Patience), Thread
    _interruptible_retries()


def failure(env: Any, error: str, cause: str, kind: str = "TaskFailed") -> Exception:
    """A failure of a state by this name."""
    name = moto.custom_error_name.CustomErrorName(error)
    about = {kind[0].lower() + kind[1:] + "EventDetails": {"error": error, "cause": cause}}
    made: Exception = moto.failure_event.FailureEventException(moto.failure_event.FailureEvent(env, name, kind, about))
    return made


# -- who takes an error, and how long things take --------------------------------------------------------------------


def _matches(self: Any, env: Any) -> None:
    """Whether a Retry or a Catch takes an error (D)."""
    error, wanted = env.stack.pop().error_name, {name.error_name for name in self.error_names}
    ours = not str(error).startswith("States.")  # what a task says for itself
    taken = error in wanted or "States.ALL" in wanted or ("States.TaskFailed" in wanted and ours)
    env.stack.append(taken and error not in UNCATCHABLE)


def _pause(env: Any, seconds: float) -> None:
    """Wait so long, or until the execution, or this branch of it, ends."""
    until = monotonic() + seconds
    while env.is_running() and (left := until - monotonic()) > 0:
        env.program_state_event.wait(min(left, LOOK_AGAIN))


def _wait(self: Any, env: Any, wait_seconds: float) -> None:
    _pause(env, wait_seconds)


def _interruptible_retries() -> None:
    here = local()

    class Clock:
        @staticmethod
        def sleep(seconds: float) -> None:
            _pause(here.env, seconds)

    def with_environment(original: Any) -> Any:
        def _eval_body(self: Any, env: Any) -> None:
            here.env = env
            original(self, env)

        return _eval_body

    moto.retrier.time = Clock
    hook(moto.retrier.RetrierDecl, "_eval_body", with_environment)


def _close_for_good(original: Any) -> Any:
    """A branch that was given up, or a task that took too long, adds no more events to the history."""

    def close_frame(self: Any, frame: Any) -> None:
        close(frame)
        original(self, frame)

    return close_frame


# -- failures and their words ----------------------------------------------------------------------------------------


def _from_where_it_was_entered(original: Any) -> Any:
    """AWS tells the event at which the failing state was entered (R), not the last one before the failure."""

    def __init__(self: Any, env: Any, *more: Any, **named: Any) -> None:  # noqa: N807  it takes the place of one
        original(self, env, *more, **named)
        self.source_event_id = env.event_manager.entered.get(self.state_name, self.source_event_id)

    return __init__


def _failing_query(original: Any) -> Any:
    """A JSONata expression that cannot be evaluated fails the state by the name AWS has for that (D)."""
    failed = moto.jsonata.JSONataException

    def _eval_body(self: Any, env: Any) -> None:
        try:
            original(self, env)
        except failed as error:
            reason = getattr(error, "details", "") or ""
            cause = f"The JSONata expression '{self.expression}' threw an error during evaluation. {reason}"
            raise failure(env, "States.QueryEvaluationError", cause, "EvaluationFailed") from error

    return _eval_body


def _missing_property(original: Any) -> Any:
    """Of a longer path, AWS names the first step that leads nowhere (R)."""
    failed = moto.failure_event.FailureEventException

    def _eval_body(self: Any, env: Any) -> None:
        try:
            original(self, env)
        except failed as error:
            missing = error.__context__
            if (path := getattr(missing, "json_path", "")) and (said := where_it_ends(path, missing.data)):
                for details in error.failure_event.event_details.values():
                    details["cause"] = f"Invalid path '{path}' : {said}"
            raise

    return _eval_body


def where_it_ends(path: str, data: Any) -> str:
    """In AWS's words, why a plain path leads nowhere in ``data``; empty for a path that is not plain."""
    if not re.fullmatch(r"\$(\.\w+)+", path):
        return ""
    steps, way = path.split(".")[1:], "$"
    for step in steps[:-1]:
        way += f"['{step}']"
        if not isinstance(data, dict) or step not in data:
            return f"Missing property in path {way}"
        data = data[step]
    return f"No results for path: {way}['{steps[-1]}']"


def _missing_variable(original: Any) -> Any:
    """A Choice about something that is not there fails, unless it asks just that."""

    def _eval_body(self: Any, env: Any) -> None:
        self.variable.eval(env)
        found = env.stack.pop()
        if type(found).__name__ == "NoSuchVariable" and self.comparison_function.operator_type.name != "IsPresent":
            path = self.variable.string_sampler.literal_value
            raise failure(env, "States.Runtime", NO_SUCH_VARIABLE.format(path))
        original(self, env)

    return _eval_body


def _no_choice(original: Any) -> Any:
    """A Choice that matches nothing and has no Default (D)."""

    def _eval_state(self: Any, env: Any) -> None:
        try:
            original(self, env)
        except RuntimeError as error:
            raise failure(env, "States.NoChoiceMatched", NO_CHOICE) from error

    return _eval_state
