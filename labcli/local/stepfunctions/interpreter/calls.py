"""Calls of other services: with the machine's role, through the learner's own endpoint, so that IAM decides.

R: recorded from AWS. The names of failures are those of AWS's own SDK: version 1 for the optimized integrations,
version 2 for the ``aws-sdk`` ones. Which errors an operation has by name, its API model says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from labcli.local.stepfunctions.interpreter import shapes
from labcli.local.stepfunctions.interpreter.errors import TASK_FAILED, StateError
from labcli.local.stepfunctions.interpreter.resources import Resource
from labcli.local.stepfunctions.model import Execution
from labcli.local.stepfunctions.roles import Clients
from labcli.rules.asl.operations import BOTO_NAMES

# service -> of botocore, what failures begin with, the name in the SDK
OPTIMIZED: Mapping[str, tuple[str, str, str]] = {
    "lambda": ("lambda", "Lambda", "AWSLambda"),
    "sqs": ("sqs", "SQS", "AmazonSQS"),
    "sns": ("sns", "SNS", "AmazonSNS"),
    "states": ("stepfunctions", "StepFunctions", "AWSStepFunctions"),
    "dynamodb": ("dynamodb", "DynamoDB", "AmazonDynamoDBv2"),
    "events": ("events", "EventBridge", "AmazonEventBridge"),
}
_SNS_NAMES = {"AccessDenied": "AuthorizationError"}
"""SNS has its own name for it (API reference, Publish)."""
Act = Callable[..., Any]


def optimized(resource: Resource) -> Act:
    """What calls an optimized integration."""
    if (resource.service, resource.action) == ("lambda", "invoke"):
        return invoke
    return integration


def service_of(resource: Resource) -> str:
    """The service as the SDK calls it; empty when there is no such integration."""
    if resource.sdk:
        return BOTO_NAMES.get(resource.service, resource.service)
    return OPTIMIZED[resource.service][0] if resource.service in OPTIMIZED else ""


def integration(clients: Clients, resource: Resource, given: Any, role: str, execution: Execution) -> Any:
    """An optimized integration: the answer with what the SDK tells of the call."""
    if resource.service not in OPTIMIZED:
        raise StateError(TASK_FAILED, f"The embedded AWS of labcli has no integration {resource.text}")
    if resource.service == "sqs":
        _reachable(clients, given)
    response, answer = _called(clients, resource, given, role, execution)
    return {**answer, **metadata(response)}


def plain(clients: Clients, resource: Resource, given: Any, role: str, execution: Execution) -> Any:
    """The same without what the SDK tells."""
    return _called(clients, resource, given, role, execution)[1]


def _called(clients: Clients, resource: Resource, given: Any, role: str, execution: Execution) -> tuple[Any, Any]:
    service, prefix, sdk = OPTIMIZED[resource.service]
    region = execution.arn.split(":")[3]
    call = clients.operation(region, service, resource.action, role, execution.arn)
    if call is None:
        raise StateError(TASK_FAILED, f"There is no {resource.action} of {resource.service}")
    try:
        response = call.make(shapes.fitted(given, call.takes))
    except Exception as error:
        raise _failure(error, prefix, sdk, service) from error
    answer = shapes.plain(response, call.gives, shapes.capital, millis=service == "stepfunctions")
    return response, answer


def metadata(response: Mapping[str, Any]) -> dict[str, Any]:
    """What the SDK tells of a call (R)."""
    about = response.get("ResponseMetadata", {})
    headers = {str(name): str(value) for name, value in about.get("HTTPHeaders", {}).items()}
    told = {
        "AllHttpHeaders": {name: [value] for name, value in headers.items()},
        "HttpHeaders": headers,
        "HttpStatusCode": about.get("HTTPStatusCode", 200),
    }
    return {"SdkHttpMetadata": told, "SdkResponseMetadata": {"RequestId": about.get("RequestId", "")}}


def invoke(clients: Clients, given: Any, role: str, execution: Execution) -> Any:
    """lambda:invoke. A function that fails is a failure by its own name, its answer the cause."""
    resource = Resource("", "service", "lambda", "invoke")
    sent = dict(given) if isinstance(given, dict) else {}
    payload = sent.get("Payload")
    if not isinstance(payload, str):  # a text is sent as it is (R)
        sent["Payload"] = json.dumps({} if payload is None else payload, ensure_ascii=False)
    response, answer = _called(clients, resource, sent, role, execution)
    text = answer.get("Payload") or ""
    if "FunctionError" in response:
        raise StateError(_error_type(text), text)
    found = {"ExecutedVersion": answer.get("ExecutedVersion", "$LATEST"), "Payload": _json(text)}
    if "LogResult" in answer:
        found["LogResult"] = answer["LogResult"]
    return {**found, **metadata(response), "StatusCode": answer.get("StatusCode", 200)}


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _error_type(text: str) -> str:
    found = _json(text)
    kind = found.get("errorType") if isinstance(found, dict) else None
    return kind if isinstance(kind, str) and kind else "Lambda.Unknown"


def _reachable(clients: Clients, given: Any) -> None:
    """AWS sends to the host that the queue's URL names, so a wrong one is not found (R); here all calls go to one."""
    here = urlsplit(clients.url).netloc
    found = urlsplit(str((given or {}).get("QueueUrl") or ""))
    ours = {here, here.replace("127.0.0.1", "localhost")}
    if found.netloc and found.netloc not in ours and not found.netloc.endswith(".amazonaws.com"):
        cause = f"Unable to execute HTTP request: {found.hostname}: Name or service not known"
        raise StateError("SQS.SdkClientException", cause)


def sdk(clients: Clients, resource: Resource, given: Any, role: str, execution: Execution) -> Any:
    """An ``aws-sdk`` integration: the answer alone, names as Java writes them."""
    name = service_of(resource)
    region = execution.arn.split(":")[3]
    call = clients.operation(region, name, resource.action, role, execution.arn)
    if call is None:
        raise StateError(TASK_FAILED, f"The embedded AWS of labcli has no integration {resource.text}")
    try:
        response = call.make(shapes.fitted(given, call.takes))
    except Exception as error:
        raise _sdk_failure(error, shapes.java(call.service.replace(" ", "")), call.errors) from error
    return shapes.plain(response, call.gives, shapes.java)


def _sdk_failure(error: Exception, prefix: str, own: tuple[str, ...]) -> StateError:
    response = getattr(error, "response", None)
    if not isinstance(response, dict) or "Error" not in response:
        return StateError(f"{prefix}.SdkClientException", f"{error} (SDK Attempt Count: 1)")
    code, about = str(response["Error"].get("Code", "")), response.get("ResponseMetadata", {})
    code = code.rpartition("#")[2]
    known = next((name for name in own if name.removesuffix("Exception") == code.removesuffix("Exception")), None)
    name = known or prefix
    name = name if name.endswith("Exception") else f"{name}Exception"
    details = f"Service: {prefix}, Status Code: {about.get('HTTPStatusCode')}, Request ID: {about.get('RequestId')}"
    return StateError(f"{prefix}.{name}", f"{response['Error'].get('Message', '')} ({details}) (SDK Attempt Count: 1)")


_NAMED: Mapping[str, frozenset[str]] = {
    "lambda": frozenset(
        {
            *("InvalidParameterValueException", "InvalidRequestContentException", "RequestTooLargeException"),
            *("ResourceConflictException", "ResourceNotFoundException", "ResourceNotReadyException"),
            *("ServiceException", "TooManyRequestsException", "UnsupportedMediaTypeException"),
        }
    ),
    "stepfunctions": frozenset(
        {
            *("ExecutionAlreadyExists", "ExecutionLimitExceeded", "InvalidArn", "InvalidExecutionInput"),
            *("InvalidName", "StateMachineDeleting", "StateMachineDoesNotExist"),
        }
    ),
    "sns": frozenset(
        {
            *("InvalidParameter", "InvalidParameterValue", "NotFound", "EndpointDisabled", "InternalError"),
            "AuthorizationError",
        }
    ),
    "dynamodb": frozenset(
        {
            *("ConditionalCheckFailedException", "ItemCollectionSizeLimitExceededException"),
            *("ProvisionedThroughputExceededException", "RequestLimitExceeded", "ResourceNotFoundException"),
            *("TransactionConflictException", "InternalServerError"),
        }
    ),
    "events": frozenset({"InternalException", "InvalidArgument"}),
}
"""The errors of these services that have a name of their own in the SDK (API references)."""


def _failure(error: Exception, prefix: str, sdk_name: str, service: str) -> StateError:
    response = getattr(error, "response", None)
    if not isinstance(response, dict) or "Error" not in response:
        return StateError(f"{prefix}.SdkClientException", f"Unable to execute HTTP request: {error}")
    code, about = str(response["Error"].get("Code", "")), response.get("ResponseMetadata", {})
    if service == "sns":
        code = _SNS_NAMES.get(code, code)
    name = code if code in _NAMED.get(service, ()) else sdk_name
    name = name if name.endswith("Exception") else f"{name}Exception"
    details = f"Service: {sdk_name}; Status Code: {about.get('HTTPStatusCode')}; Error Code: {code}; "
    details += f"Request ID: {about.get('RequestId')}; Proxy: null"
    return StateError(f"{prefix}.{name}", f"{response['Error'].get('Message', '')} ({details})")
