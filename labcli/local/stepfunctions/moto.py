"""The interpreter of Amazon States Language: moto's, imported when it is needed, and the names in it that we use.

Importing it takes a good part of a second, so it happens in a thread after the server answers; whoever comes earlier
waits. Most of what it would import otherwise is the table of EC2's instance types, behind one enum of AWS Batch, so
that enum is put in its place first (0.8 s and 130 MB less).
"""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from types import ModuleType
from typing import Any

_ROOT = "moto.stepfunctions.parser"
TASK = "asl.component.state.exec.state_task"
SERVICE = f"{TASK}.service.state_task_service"
# module -> names. The first two are corrected before the others are imported, which take names out of them.
_FIRST = {
    "asl.utils.boto_client": ("boto_client_for", "boto3", "Config"),
    "asl.jsonata.jsonata": ("_eval_jsonata", "JSONataException"),
}
_REST = {
    "asl.component.common.error_name.custom_error_name": ("CustomErrorName", "ILLEGAL_CUSTOM_ERROR_PREFIX"),
    "asl.component.common.error_name.error_equals_decl": ("ErrorEqualsDecl",),
    "asl.component.common.error_name.failure_event": ("FailureEvent", "FailureEventException"),
    "asl.component.common.retry.retrier_decl": ("RetrierDecl", "time"),
    "asl.component.common.string.string_expression": ("StringJSONata",),
    "asl.component.common.path.input_path": ("InputPath",),
    "asl.component.common.path.output_path": ("OutputPath",),
    "asl.component.intrinsic.jsonata": ("_DECLARATION_BY_VARIABLE_REFERENCE",),
    "asl.component.state.choice.comparison.comparison_variable": ("ComparisonVariable",),
    "asl.component.state.choice.state_choice": ("StateChoice",),
    "asl.component.state.wait.wait_function.wait_function": ("WaitFunction",),
    "asl.eval.callback.callback": (
        *("ActivityTaskStartEndpoint", "CallbackOutcomeFailure", "CallbackOutcomeSuccess", "CallbackPoolManager"),
    ),
    "asl.eval.environment": ("Environment",),
    "asl.eval.evaluation_details": (
        *("AWSExecutionDetails", "EvaluationDetails", "ExecutionDetails", "StateMachineDetails"),
    ),
    "asl.eval.states": ("encode_jsonata_variable_declarations",),
    "asl.eval.variable_store": ("encode_jsonata_variable_declarations",),
    "asl.parse.asl_parser": ("AmazonStateLanguageParser",),
    "backend.execution_worker": ("ExecutionWorker",),
    "utils": ("TMP_THREADS",),
    f"{TASK}.state_task_lambda": ("StateTaskLambda",),
    f"{SERVICE}_aws_sdk": ("StateTaskServiceAwsSdk",),
    f"{SERVICE}_callback": ("_DELAY_SECONDS_SYNC_CONDITION_CHECK", "StateTaskServiceCallback"),
    f"{SERVICE}_lambda": ("StateTaskServiceLambda",),
    f"{SERVICE}_sfn": ("StateTaskServiceSfn",),
    f"{SERVICE}_sns": ("StateTaskServiceSns",),
    f"{SERVICE}_sqs": ("StateTaskServiceSqs",),
}
# Names inside its classes
_INSIDE = {
    ("asl.component.common.error_name.error_equals_decl", "ErrorEqualsDecl"): ("_eval_body",),
    ("asl.component.common.retry.retrier_decl", "RetrierDecl"): ("_eval_body",),
    ("asl.component.state.wait.wait_function.wait_function", "WaitFunction"): ("_wait_interval",),
    ("asl.eval.callback.callback", "CallbackPoolManager"): ("add", "add_activity_task", "get", "notify", "heartbeat"),
    ("asl.eval.environment", "Environment"): (
        *("close_frame", "is_frame", "is_running", "next_state_name", "set_error", "set_stop", "set_timed_out"),
    ),
    ("backend.execution_worker", "ExecutionWorker"): (*("_get_evaluation_entrypoint", "_get_evaluation_environment"),),
    ("asl.component.common.string.string_expression", "StringJSONata"): ("_eval_body",),
    (f"{TASK}.state_task_lambda", "StateTaskLambda"): ("_from_error",),
    (f"{SERVICE}_lambda", "StateTaskServiceLambda"): ("_from_error",),
    (f"{SERVICE}_sfn", "StateTaskServiceSfn"): (
        *("_from_boto_response", "_from_error", "_normalise_parameters", "_normalise_response", "_to_boto_request"),
        "_get_boto_service_name",
    ),
    (f"{SERVICE}_sns", "StateTaskServiceSns"): ("_from_error",),
    (f"{SERVICE}_sqs", "StateTaskServiceSqs"): ("_from_error", "_eval_service_task"),
}
_SMALLEST = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'
_JOB_STATES = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED")
_log = logging.getLogger("labcli.local")


def part(name: str) -> Any:
    """A module of the interpreter, by its name inside its package."""
    return importlib.import_module(f"{_ROOT}.{name}")


@dataclass
class Interpreter:
    """The interpreter, once loaded. ``first`` corrects what others take names from, ``rest`` all else."""

    first: Callable[[], None]
    rest: Callable[[], None]
    broken: list[str] = field(default_factory=list)
    """What keeps it from serving: names that have moved, or that it cannot be imported."""
    loaded: bool = False
    lock: Lock = field(default_factory=Lock, repr=False)

    def load(self) -> bool:
        """Import and correct it, or wait until another thread has; whether it can serve."""
        with self.lock:
            if not self.loaded:
                self.loaded = True
                try:
                    self._load()
                except Exception as error:  # noqa: BLE001  whatever is wrong with it, the other services serve on
                    self.broken.append(f"moto ({type(error).__name__}: {error})"[:200])
                for name in self.broken:
                    _log.warning("Step Functions cannot be served, this moved: %s", name)
        return not self.broken

    def _load(self) -> None:
        stand_in()
        # It tells each failed state of a learner's machine at length, as errors.
        logging.getLogger("moto").setLevel(logging.CRITICAL)
        self.broken += _missing(_FIRST)
        if not self.broken:
            self.first()
            self.broken += _missing(_REST) or _missing_inside() or _missing_in_a_task()
        if not self.broken:
            self.rest()
            # Its grammar is built when it is first used: here, not while a learner waits. What fails, is broken.
            part("asl.parse.asl_parser").AmazonStateLanguageParser.parse(_SMALLEST)


def stand_in() -> None:
    """Put AWS Batch's states of a job (API reference, DescribeJobs) where the interpreter looks for them."""
    if "moto.batch" in sys.modules:
        return
    package, utils = ModuleType("moto.batch"), ModuleType("moto.batch.utils")
    package.__path__ = []
    utils.JobStatus = type("JobStatus", (str,), {name: name for name in _JOB_STATES})  # type: ignore[attr-defined]
    sys.modules.update({"moto.batch": package, "moto.batch.utils": utils})


def _missing(names: Mapping[str, tuple[str, ...]]) -> list[str]:
    moved: list[str] = []
    for module, wanted in names.items():
        try:
            found = part(module)
        except ModuleNotFoundError as error:
            if not (error.name or "").startswith("moto"):
                raise
            moved.append(f"moto {module}")
            continue
        moved += [f"moto {module}.{name}" for name in wanted if not hasattr(found, name)]
    return moved


def _missing_inside() -> list[str]:
    return [
        f"moto {module}.{owner}.{name}"
        for (module, owner), names in _INSIDE.items()
        for name in names
        if not hasattr(getattr(part(module), owner), name)
    ]


def _missing_in_a_task() -> list[str]:
    """What only an object of its has: a task that waits for a token."""
    module = "asl.eval.callback.callback"
    pool = part(module).CallbackPoolManager(activity_store={})
    endpoint = pool.add("token")
    wanted = ("_notify_event", "callback_id", "interrupt_all", "notify", "notify_heartbeat")
    moved = [f"moto {module}.CallbackEndpoint.{name}" for name in wanted if not hasattr(endpoint, name)]
    return moved if hasattr(pool, "_pool") else [*moved, f"moto {module}.CallbackPoolManager._pool"]
