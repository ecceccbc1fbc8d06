"""The port to AWS through boto3: one call in, one plain answer out, one kind of error."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from labcli.aws.troubles import explained, unreachable
from labcli.errors import AwsError, LabcliError, TargetError

DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"})
"""The codes by which AWS services say that a right is missing."""


class BotoAws:
    """An AWS reached through boto3. Clients are made when first used; calls may come from several threads."""

    def __init__(
        self,
        session: Any,
        where: str,
        config: Any,
        endpoint: str | None = None,
        why: Callable[[], TargetError | None] = lambda: None,
    ) -> None:
        """``session`` makes the clients; ``where`` names the target in messages (``the local AWS``); ``why`` says more
        than that no answer came, when it can.
        """
        self._session = session
        self._where = where
        self._config = config
        self._endpoint = endpoint
        self._why = why
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str) -> Any:
        """The boto3 client of a service."""
        with self._lock:  # a session is not made for several threads; a client is
            if service not in self._clients:
                self._clients[service] = self._session.client(service, endpoint_url=self._endpoint, config=self._config)
            return self._clients[service]

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Make one call and return its answer as plain data.

        Raises AwsError when AWS refuses it, TargetError when no answer comes or the settings cannot be used,
        LabcliError on bad parameters.
        """
        from botocore import exceptions
        from botocore.parsers import ResponseParserError

        client = self._opened(service)
        try:
            answer = getattr(client, operation)(**params)
            return {key: _plain(value) for key, value in answer.items() if key != "ResponseMetadata"}
        except exceptions.ClientError as error:
            raise self._aws_error(client, service, operation, error) from error
        except exceptions.ParamValidationError as error:
            first = str(error).splitlines()[-1]
            raise LabcliError(f"{service}.{operation}: {first}") from error
        except (exceptions.HTTPClientError, exceptions.ConnectionError, OSError) as error:
            raise self._why() or unreachable(self._where, f"{service}.{operation}", error) from error
        except ResponseParserError as error:
            hint = "Something between here and there may have changed it, or the answer is not from AWS"
            raise TargetError(
                f"{self._where} answers {service}.{operation} in a way that cannot be read", hint
            ) from error
        except UnicodeEncodeError as error:
            raise LabcliError(
                f"{service}.{operation}: a parameter is not text: it holds {error.object!a}"[:300]
            ) from error
        except exceptions.BotoCoreError as error:  # credentials that ended and cannot be had again
            raise explained(error) from error

    def _opened(self, service: str) -> Any:
        """The client, or a TargetError that says which setting is in its way."""
        from botocore import exceptions

        try:
            return self.client(service)
        except (exceptions.BotoCoreError, OSError, ValueError) as error:
            raise explained(error) from error

    def _aws_error(self, client: Any, service: str, operation: str, error: Any) -> AwsError:
        said = error.response.get("Error", {})
        code = str(said.get("Code", "Unknown"))
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        query_code = str(said.get("QueryErrorCode", ""))
        names = {code, code.rsplit("#", maxsplit=1)[-1], type(error).__name__, *([query_code] if query_code else [])}
        for shape in client.meta.service_model.error_shapes:
            known = {shape.name, (shape.metadata.get("error") or {}).get("code")}
            if known & names:
                names |= {name for name in known if name}
        message = str(said.get("Message", "")) or "no message"
        if names & DENIED:
            message = _with_action(message, service, operation)
        return AwsError(f"{service}.{operation}", code, message, frozenset(names - {"ClientError"}), status)


def _with_action(message: str, service: str, operation: str) -> str:
    """AWS's refusal with the action that is missing, where AWS does not name it (SQS often does not)."""
    from labcli.aws.catalog import BotoCatalog

    known = BotoCatalog().operation(service, operation)
    if known is None or known.iam_action.lower() in message.lower():
        return message
    return f"{message} (it needs the right {known.iam_action})"


def _plain(value: Any) -> Any:
    """Streams read, blobs and streams that hold JSON as JSON, times as text."""
    import json
    from datetime import datetime

    if hasattr(value, "read"):
        value = value.read()
    if isinstance(value, bytes | bytearray):
        text = bytes(value).decode("utf-8", "replace")
        try:
            return json.loads(text)
        except ValueError:
            return text
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value
