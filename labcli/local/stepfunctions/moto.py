"""The interpreter of Amazon States Language: moto's, imported when it is needed, and the names in it that we use.

Importing it takes a good part of a second, so it happens in a thread after the server answers; whoever comes earlier
waits. Most of what it would import otherwise is the table of EC2's instance types, behind one enum of AWS Batch, so
that enum is put in its place first (0.8 s and 130 MB less).
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import import_module
from threading import Lock
from types import ModuleType

from labcli.local.names import Names, missing

_ROOT = "moto.stepfunctions.parser"


def part(module: str, *declared: str) -> Names:
    """Names of a module of the interpreter, by its name inside its package."""
    return Names(f"moto {module}", cache(partial(import_module, f"{_ROOT}.{module}")), declared)


_ERROR_NAME = "asl.component.common.error_name"
_TASK = "asl.component.state.exec.state_task"
_SERVICE = f"{_TASK}.service.state_task_service"
# These two are corrected before the others are imported, which take names out of them.
boto_client = part("asl.utils.boto_client", "boto_client_for", "boto3", "Config")
jsonata = part("asl.jsonata.jsonata", "_eval_jsonata", "JSONataException")
_FIRST = (boto_client, jsonata)
custom_error_name = part(f"{_ERROR_NAME}.custom_error_name", "CustomErrorName", "ILLEGAL_CUSTOM_ERROR_PREFIX")
error_equals = part(f"{_ERROR_NAME}.error_equals_decl", "ErrorEqualsDecl._eval_body")
failure_event = part(f"{_ERROR_NAME}.failure_event", "FailureEvent", "FailureEventException")
retrier = part("asl.component.common.retry.retrier_decl", "RetrierDecl._eval_body", "time")
string_expression = part("asl.component.common.string.string_expression", "StringJSONata._eval_body")
input_path = part("asl.component.common.path.input_path", "InputPath._eval_body")
output_path = part("asl.component.common.path.output_path", "OutputPath._eval_body")
intrinsic = part("asl.component.intrinsic.jsonata", "_DECLARATION_BY_VARIABLE_REFERENCE")
comparison = part("asl.component.state.choice.comparison.comparison_variable", "ComparisonVariable._eval_body")
choice = part("asl.component.state.choice.state_choice", "StateChoice._eval_state")
wait_function = part("asl.component.state.wait.wait_function.wait_function", "WaitFunction._wait_interval")
callback = part(
    "asl.eval.callback.callback",
    *("ActivityTaskStartEndpoint._outcome?", "CallbackOutcomeFailure", "CallbackOutcomeSuccess"),
    *("CallbackPoolManager", "CallbackPoolManager.add", "CallbackPoolManager.add_activity_task"),
    *("CallbackPoolManager.get", "CallbackEndpoint.interrupt_all", "CallbackEndpoint.notify"),
    *("CallbackEndpoint.notify_heartbeat", "ActivityCallbackEndpoint.notify_activity_task_start"),
    "Event",
)
OF_A_TASK = ("_notify_event", "callback_id")
"""What only an object of its has: a task that waits for a token."""
execute_state = part("asl.component.state.exec.execute_state", "Thread", "threading")
program = part("asl.component.program.program", "threading")
environment = part(
    "asl.eval.environment",
    *("Environment.close_frame", "Environment.is_running", "Environment.set_error", "Environment.set_stop"),
    "Environment.next_state_name",
)
evaluation = part(
    "asl.eval.evaluation_details",
    *("AWSExecutionDetails", "EvaluationDetails", "ExecutionDetails", "StateMachineDetails"),
)
states = part("asl.eval.states", "encode_jsonata_variable_declarations")
variable_store = part("asl.eval.variable_store", "encode_jsonata_variable_declarations")
asl_parser = part("asl.parse.asl_parser", "AmazonStateLanguageParser.parse")
execution_worker = part(
    "backend.execution_worker",
    *("ExecutionWorker", "ExecutionWorker._get_evaluation_entrypoint"),
    "ExecutionWorker._get_evaluation_environment",
)
utils = part("utils", "TMP_THREADS")
lambda_arn = part(f"{_TASK}.state_task_lambda", "StateTaskLambda._from_error")
aws_sdk = part(
    f"{_SERVICE}_aws_sdk",
    *("StateTaskServiceAwsSdk._normalise_parameters", "StateTaskServiceAwsSdk._normalise_response"),
)
waiting = part(f"{_SERVICE}_callback", "_DELAY_SECONDS_SYNC_CONDITION_CHECK")
lambda_service = part(f"{_SERVICE}_lambda", "StateTaskServiceLambda._from_error")
sfn = part(
    f"{_SERVICE}_sfn",
    *("StateTaskServiceSfn._from_error", "StateTaskServiceSfn._from_boto_response"),
    *("StateTaskServiceSfn._normalise_parameters", "StateTaskServiceSfn._normalise_response"),
    *("StateTaskServiceSfn._to_boto_request", "StateTaskServiceSfn._get_boto_service_name"),
    *("StateTaskServiceSfn._get_sfn_resource", "StateTaskServiceSfn._get_sfn_resource_type"),
)
sns = part(f"{_SERVICE}_sns", "StateTaskServiceSns._from_error")
sqs = part(f"{_SERVICE}_sqs", "StateTaskServiceSqs._from_error", "StateTaskServiceSqs._eval_service_task")
_REST = (
    *(custom_error_name, error_equals, failure_event, retrier, string_expression, input_path, output_path, intrinsic),
    *(comparison, choice, wait_function, callback, environment, evaluation, states, variable_store, asl_parser),
    *(execution_worker, execute_state, program, utils, lambda_arn, aws_sdk, waiting, lambda_service, sfn, sns, sqs),
)
_SMALLEST = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'
_JOB_STATES = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED")
_log = logging.getLogger("labcli.local")


@dataclass
class Interpreter:
    """The interpreter, once loaded. ``first`` corrects what others take names from, ``rest`` all else.

    ``engines`` are names of the engine that it needs as well.
    """

    first: Callable[[], None]
    rest: Callable[[], None]
    engines: Names
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
        self.broken += missing(self.engines, *_FIRST)
        if not self.broken:
            self.first()
            self.broken += missing(*_REST) or _missing_in_a_task()
        if not self.broken:
            self.rest()
            # Its grammar is built when it is first used: here, not while a learner waits. What fails, is broken.
            asl_parser.AmazonStateLanguageParser.parse(_SMALLEST)


def stand_in() -> None:
    """Put AWS Batch's states of a job (API reference, DescribeJobs) where the interpreter looks for them."""
    if "moto.batch" in sys.modules:
        return
    package, inside = ModuleType("moto.batch"), ModuleType("moto.batch.utils")
    package.__path__ = []
    inside.JobStatus = type("JobStatus", (str,), {name: name for name in _JOB_STATES})  # type: ignore[attr-defined]
    sys.modules.update({"moto.batch": package, "moto.batch.utils": inside})


def _missing_in_a_task() -> list[str]:
    pool = callback.CallbackPoolManager(activity_store={})
    if not hasattr(pool, "_pool"):  # without it, it takes no task
        return [f"{callback.labcli.label}.CallbackPoolManager._pool"]
    task = pool.add("token")
    return [f"{callback.labcli.label}.CallbackEndpoint.{name}" for name in OF_A_TASK if not hasattr(task, name)]
