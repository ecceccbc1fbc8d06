"""Service integrations of the interpreter: whose calls they are, and what their failures and results are called.

R: recorded from AWS (the snapshot tests of the LocalStack project). The names of failures are those of AWS's own SDK,
as the developer guide's chapter on error handling shows them; which errors an operation has by name, its API reference.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from labcli.local.names import hook
from labcli.local.stepfunctions import moto
from labcli.local.stepfunctions.roles import Clients

SYNC_CHECK = 0.05
"""Seconds between two looks at a nested execution."""
_OF_INVOKE = {"InvalidParameterValueException", "InvalidRequestContentException", "RequestTooLargeException"}
_OF_INVOKE |= {"ResourceConflictException", "ResourceNotFoundException", "ResourceNotReadyException"}
_OF_INVOKE |= {"ServiceException", "TooManyRequestsException", "UnsupportedMediaTypeException"}
_OF_START = {"ExecutionAlreadyExists", "ExecutionLimitExceeded", "InvalidArn", "InvalidExecutionInput", "InvalidName"}
_OF_START |= {"StateMachineDeleting", "StateMachineDoesNotExist"}
_OF_PUBLISH = {"InvalidParameter", "InvalidParameterValue", "NotFound", "EndpointDisabled", "InternalError"}
_OF_PUBLISH |= {"AuthorizationError"}


class UnreachableError(Exception):
    """A queue's URL leads to a host that is not there."""


def first(clients: Clients) -> None:
    """Calls are made with the rights of the machine's role; integrations take this name with them when imported."""

    def boto_client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        return clients.client(region, service, getattr(state_credentials, "role_arn", ""))

    moto.boto_client.boto_client_for = boto_client_for


def rest(clients: Clients) -> None:
    """Everything that can wait until they are imported."""
    cases = (
        (moto.lambda_arn.StateTaskLambda, "Lambda", "AWSLambda", _OF_INVOKE),
        (moto.lambda_service.StateTaskServiceLambda, "Lambda", "AWSLambda", _OF_INVOKE),
        (moto.sfn.StateTaskServiceSfn, "StepFunctions", "AWSStepFunctions", _OF_START),
        (moto.sns.StateTaskServiceSns, "SNS", "AmazonSNS", _OF_PUBLISH),
        (moto.sqs.StateTaskServiceSqs, "SQS", "AmazonSQS", set[str]()),
    )
    for owner, prefix, sdk, own in cases:
        hook(owner, "_from_error", _renamed(prefix, sdk, own))
    hosts = {urlsplit(clients.url).netloc, urlsplit(clients.url).netloc.replace("127.0.0.1", "localhost")}
    hook(moto.sqs.StateTaskServiceSqs, "_eval_service_task", _reaching(hosts))
    for integration in (moto.sfn.StateTaskServiceSfn, moto.aws_sdk.StateTaskServiceAwsSdk):
        hook(integration, "_normalise_parameters", _as_the_sdk_names_them(clients))
        hook(integration, "_normalise_response", _as_states_name_them(clients))
    moto.waiting._DELAY_SECONDS_SYNC_CONDITION_CHECK = SYNC_CHECK


def _renamed(prefix: str, sdk: str, own: set[str]) -> Callable[[Any], Any]:
    """Failures of calls under the names that AWS's own SDK gives them: "Lambda.AWSLambdaException" and the like."""

    def wrap(original: Any) -> Any:
        def _from_error(self: Any, env: Any, ex: Exception) -> Any:
            if (named := _failure(ex, prefix, sdk, own)) is None:
                return original(self, env=env, ex=ex)
            error, cause = named
            details: dict[str, Any] = {"error": error, "cause": cause}
            kind = "LambdaFunctionFailed"
            if not hasattr(self.resource, "function_name"):  # all but a bare function ARN
                kind = "TaskFailed"
                details |= {"resource": self._get_sfn_resource(), "resourceType": self._get_sfn_resource_type()}
            about = {kind[0].lower() + kind[1:] + "EventDetails": details}
            return moto.failure_event.FailureEvent(env, moto.custom_error_name.CustomErrorName(error), kind, about)

        return _from_error

    return wrap


def _failure(error: Exception, prefix: str, sdk: str, own: set[str]) -> tuple[str, str] | None:
    response = getattr(error, "response", None)
    if isinstance(response, dict) and "Error" in response:
        code, about = response["Error"].get("Code", ""), response.get("ResponseMetadata", {})
        if code == "AccessDenied" and prefix == "SNS":  # SNS has its own name for it (API reference, Publish)
            code = "AuthorizationError"
        name = code if code in own else sdk
        name = name if name.endswith("Exception") else name + "Exception"
        details = f"Service: {sdk}; Status Code: {about.get('HTTPStatusCode')}; Error Code: {code}; "
        details += f"Request ID: {about.get('RequestId')}; Proxy: null"
        return f"{prefix}.{name}", f"{response['Error'].get('Message', '')} ({details})"  # R for SQS
    if isinstance(error, UnreachableError) or type(error).__module__.startswith("botocore"):
        return f"{prefix}.SdkClientException", f"Unable to execute HTTP request: {error}"  # R for SQS
    return None


def _reaching(hosts: set[str]) -> Callable[[Any], Any]:
    """AWS sends to the host that the queue's URL names, so a wrong one is not found (R); here all calls go to one."""

    def wrap(original: Any) -> Any:
        def _eval_service_task(self: Any, env: Any, **more: Any) -> None:
            found = urlsplit(str(more["normalised_parameters"].get("QueueUrl") or ""))
            if found.netloc and found.netloc not in hosts and not found.netloc.endswith(".amazonaws.com"):
                raise UnreachableError(f"{found.hostname}: Name or service not known")
            original(self, env=env, **more)

        return _eval_service_task

    return wrap


def _as_the_sdk_names_them(clients: Clients) -> Callable[[Any], Any]:
    """Parameters begin with a capital in a state, whatever the API calls them."""

    def wrap(original: Any) -> Any:
        def _normalise_parameters(self: Any, parameters: Any, *more: Any, **named: Any) -> None:
            original(self, parameters, *more, **named)
            operation = clients.operation(self._get_boto_service_name(), self.resource.api_action)
            if operation is not None and operation.input_shape is not None:
                self._to_boto_request(parameters, operation.input_shape)

        return _normalise_parameters

    return wrap


def _as_states_name_them(clients: Clients) -> Callable[[Any], Any]:
    """And the other way round. Of nested executions, points in time are milliseconds since the epoch."""

    def wrap(original: Any) -> Any:
        def _normalise_response(
            self: Any, response: Any, boto_service_name: str | None = None, service_action_name: str | None = None
        ) -> None:
            original(self, response, boto_service_name, service_action_name)
            action = "DescribeExecution" if service_action_name == "describe_execution" else self.resource.api_action
            operation = clients.operation(self._get_boto_service_name(boto_service_name), action)
            if not isinstance(response, dict) or operation is None or operation.output_shape is None:
                return
            self._from_boto_response(response, operation.output_shape)
            for name, value in response.items():
                if isinstance(value, datetime) and self.resource.service_name == "states":
                    response[name] = round(value.timestamp() * 1000)

        return _normalise_response

    return wrap
