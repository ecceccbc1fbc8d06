"""What is put into the engine's Lambda, so that it is as AWS has it. All of it, or nothing where a name has moved.

worker.py: the processes. run.py: one invocation. later.py: asynchronous ones.
queues.py: functions that read from queues. rules.py: what is refused. logs.py: what functions print.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from labcli.local import iam
from labcli.local.functions import ends, event_invoke, filters, job, later, logs, queues, rules, run, versions, worker
from labcli.local.names import hook, missing, names
from labcli.local.sqs import inject

lambdas = names(
    "services.lambda_svc",
    *("error_response_json", "handle_request", "invalidate_worker", "invoke_async_with_retry"),
    *("_create_function", "_update_code", "_update_config", "_invoke", "_build_config", "_put_function_concurrency"),
    *("_publish_version", "_create_alias", "_update_alias", "_delete_function"),
    *("_put_event_invoke_config", "_get_event_invoke_config", "_delete_event_invoke_config"),
    *("_list_function_event_invoke_configs", "_execute_function", "_execute_function_warm"),
    *("_emit_lambda_logs", "_LAMBDA_STATE_TRANSITION_DELAY"),
    *(
        "_create_esm",
        "_update_esm",
        "_esm_response",
        "_sqs_esm_concurrency",
        "_run_sqs_batch",
        "_apply_filter_criteria",
    ),
)
runtime = names(
    "core.lambda_runtime",
    *("Worker", "Worker._spawn", "Worker._read_stderr", "_worker_class_for", "_signal", "kill_workers"),
    *("_PYTHON_WORKER_SCRIPT", "_LOCAL_WORKER_TTL", "subprocess"),
)
cloudwatch = names("services.cloudwatch_logs", "_compile_filter_pattern", "_start_query")
app = names("app", "_send_response")
_NAMES = (
    *(lambdas, runtime, cloudwatch, app, worker.runtime, run.lambdas, run.runtime, later.lambdas, later.sns),
    *(queues.lambdas, queues.sqs, filters.lambdas, rules.lambdas, logs.service),
    *(versions.lambdas, event_invoke.lambdas, event_invoke.sqs, event_invoke.sns),
)
SETTLES = 0.2
"""Seconds for which a new function is Pending; on AWS they are more."""


def correct(clock: Callable[[], float]) -> list[str]:
    """Put the corrections in; the names that have moved in the engine (then nothing is changed), as ``module.name``.

    ``clock`` gives seconds since the epoch.
    """
    if moved := missing(*_NAMES, *iam.ASKED, *inject.ASKED):
        return moved
    script, moved = worker.script()
    if moved := worker.moved() + moved:
        return moved
    hook(cloudwatch, "_compile_filter_pattern", logs.with_phrases)
    hook(cloudwatch, "_start_query", logs.without_repetition)
    _workers(script)
    _invocations(run.Runs(logs.Logs(clock)), later.Later(clock))
    _mappings(queues.Mappings(clock))
    _rules(rules.Rules())
    _versions()
    _event_invoke_configs(event_invoke.EventInvokeConfigs(clock))
    lambdas._LAMBDA_STATE_TRANSITION_DELAY = SETTLES
    return []


def _workers(script: str) -> None:
    runtime._PYTHON_WORKER_SCRIPT = script
    sandbox = type("Sandbox", (worker.Sandbox, runtime.Worker), {})
    hook(runtime, "_worker_class_for", lambda of: lambda config: sandbox if worker.is_python(config) else of(config))
    runtime._signal = ends.end  # what is in it is not asked to leave first: AWS does not either
    if sys.platform == "win32":
        runtime.subprocess = job.in_jobs()
    hook(runtime, "kill_workers", ends.with_their_children)
    runtime._LOCAL_WORKER_TTL = worker.IDLE


def _invocations(runs: run.Runs, asynchronous: later.Later) -> None:
    hook(lambdas, "_execute_function", runs.execute)
    hook(lambdas, "_execute_function_warm", runs.warm)
    hook(lambdas, "_emit_lambda_logs", runs.emitted)
    hook(lambdas, "invalidate_worker", ends.sparing)
    hook(lambdas, "_invoke", runs.invoked)
    hook(app, "_send_response", run.with_its_request)
    lambdas.invoke_async_with_retry = asynchronous.invoke


def _mappings(mappings: queues.Mappings) -> None:
    hook(lambdas, "_create_esm", mappings.create)
    hook(lambdas, "_update_esm", mappings.update)
    hook(lambdas, "_esm_response", mappings.response)
    hook(lambdas, "_sqs_esm_concurrency", mappings.concurrency)
    lambdas._run_sqs_batch = mappings.run
    lambdas._apply_filter_criteria = filters.kept


def _versions() -> None:
    hook(lambdas, "_publish_version", versions.published)
    hook(lambdas, "_create_alias", versions.created)
    hook(lambdas, "_update_alias", versions.updated)
    hook(lambdas, "_delete_function", versions.deleted)
    hook(lambdas, "_invoke", versions.weighed)


def _event_invoke_configs(configs: event_invoke.EventInvokeConfigs) -> None:
    hook(lambdas, "_put_event_invoke_config", configs.put)
    hook(lambdas, "_get_event_invoke_config", configs.get)
    hook(lambdas, "_delete_event_invoke_config", configs.delete)
    hook(lambdas, "_list_function_event_invoke_configs", configs.every)
    hook(lambdas, "handle_request", configs.update)


def _rules(checks: rules.Rules) -> None:
    hook(lambdas, "error_response_json", rules.as_user_error)
    hook(lambdas, "_create_function", checks.create)
    hook(lambdas, "_update_code", checks.update)
    hook(lambdas, "_update_config", checks.update)
    hook(lambdas, "_invoke", checks.invoke)
    hook(lambdas, "handle_request", checks.request)
    hook(lambdas, "_build_config", checks.configuration)
    hook(lambdas, "_put_function_concurrency", checks.concurrency)
