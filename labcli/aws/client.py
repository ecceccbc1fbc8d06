"""The port to AWS through boto3: one call in, one plain answer out, one kind of error."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from labcli.errors import AwsError, LabcliError, TargetError


class BotoAws:
    """An AWS reached through boto3. Clients are made when first used; calls may come from several threads."""

    def __init__(self, session: Any, where: str, config: Any, endpoint: str | None = None) -> None:
        """``session`` makes the clients; ``where`` names the target in messages (``the local AWS``)."""
        self._session = session
        self._where = where
        self._config = config
        self._endpoint = endpoint
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

        Raises AwsError when AWS refuses it, TargetError when no answer comes, LabcliError on bad parameters.
        """
        from botocore import exceptions

        try:
            client = self.client(service)
            answer = getattr(client, operation)(**params)
        except exceptions.ClientError as error:
            raise self._aws_error(client, f"{service}.{operation}", error) from error
        except exceptions.ParamValidationError as error:
            first = str(error).splitlines()[-1]
            raise LabcliError(f"{service}.{operation}: {first}") from error
        except _connection_errors(exceptions) as error:
            raise TargetError(
                f"{self._where} does not answer {service}.{operation} ({type(error).__name__})",
                "Look at it with: labcli doctor",
            ) from error
        return {key: _plain(value) for key, value in answer.items() if key != "ResponseMetadata"}

    def _aws_error(self, client: Any, operation: str, error: Any) -> AwsError:
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
        return AwsError(operation, code, message, frozenset(names - {"ClientError"}), status)


def _connection_errors(exceptions: Any) -> tuple[type[Exception], ...]:
    return (exceptions.HTTPClientError, exceptions.ConnectionError, exceptions.EndpointConnectionError)


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
