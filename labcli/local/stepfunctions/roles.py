"""The role of a state machine: who may hand it over, who may take it on, and calls with exactly its rights.

Service integrations call back into our own endpoint with a session of the role, so the engine's own IAM evaluation
decides about them as about every other caller. Rules and texts: IAM user guide, "Grant a user permissions to pass a
role"; Step Functions developer guide, "Creating an IAM role for your state machine"; R is recorded from AWS.
"""

from __future__ import annotations

import contextlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from labcli.local.names import names
from labcli.local.patience import HEADER, spoken_for
from labcli.local.refused import Refused
from labcli.local.stepfunctions.moto import boto_client
from labcli.local.stepfunctions.refusals import Call

PRINCIPAL = "states.amazonaws.com"
NOT_ASSUMABLE = (  # R
    "Neither the global service principal states.amazonaws.com, nor the regional one is authorized "
    "to assume the provided role."
)
evaluator = names(
    "core.iam_evaluator",
    *("EvalContext", "_action_matches", "_conditions_met", "_service_principal_matches", "enforce"),
)
iam = names("services.iam", "_roles")
sts = names("services.sts", "register_session", "_sessions")


def check(call: Call, role: str, machine: str) -> None:
    """Refuse a role that is not there, that Step Functions may not take on, or that the caller may not pass."""
    if not role.startswith("arn:") or ":role/" not in role:
        raise Refused("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {role}'")
    if role.split(":")[4] != call.account:
        raise Refused("AccessDeniedException", "Cross-account pass role is not allowed.")
    _check_passing(call, role)
    found = iam._roles.get(role.rpartition("/")[2])
    if found is None or found.get("Arn", role) != role or not _trusts(found, call, role, machine):
        raise Refused("AccessDeniedException", NOT_ASSUMABLE)


def _check_passing(call: Call, role: str) -> None:
    given = {"iam:PassedToService": PRINCIPAL}
    denied = evaluator.enforce(
        call.access_key, "iam:PassRole", "iam", call.region, resource_arn=role, service_context=given
    )
    if denied:
        why = "because no identity-based policy allows the iam:PassRole action"
        if getattr(denied, "decision", "") == "Deny":
            why = "with an explicit deny in an identity-based policy"
        who = getattr(denied, "principal_arn", "")
        text = f"User: {who} is not authorized to perform: iam:PassRole on resource: {role} {why}"
        raise Refused("AccessDeniedException", text)


def _trusts(role: Mapping[str, Any], call: Call, arn: str, machine: str) -> bool:
    """Whether the trust policy lets Step Functions take the role on; a deny beats an allow."""
    document = role.get("AssumeRolePolicyDocument") or {}
    document = json.loads(document) if isinstance(document, str) else document
    statements = document.get("Statement") or []
    context = evaluator.EvalContext(
        principal_arn=PRINCIPAL,
        principal_type="Service",
        principal_account=call.account,
        action="sts:AssumeRole",
        resource_arn=arn,
        region=call.region,
        service_context={"aws:sourceaccount": call.account, "aws:sourcearn": machine},
    )
    allowed = False
    for statement in [statements] if isinstance(statements, dict) else statements:
        conditions = statement.get("Condition") or {}
        if not (_names(statement, call.region) and evaluator._conditions_met(conditions, context)):
            continue
        if statement.get("Effect") == "Deny":
            return False
        allowed = allowed or statement.get("Effect") == "Allow"
    return allowed


def _names(statement: Mapping[str, Any], region: str) -> bool:
    actions, others = (_listed(statement.get(name)) for name in ("Action", "NotAction"))
    if not (actions or others) or not evaluator._action_matches("sts:AssumeRole", actions, others):
        return False
    services = (PRINCIPAL, f"states.{region}.amazonaws.com")
    return any(evaluator._service_principal_matches(statement.get("Principal"), name) for name in services)


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])


def _say_who_waits(params: dict[str, Any], **_: Any) -> None:
    if token := spoken_for():
        params["headers"][HEADER] = token


@dataclass
class Clients:
    """Clients of other services, each with a session of one role. ``secret`` makes the sessions' keys.

    A role's session is the same in every run of the server, so the saved state does not fill up with sessions.
    """

    url: str
    secret: str = field(repr=False)
    made: dict[tuple[str, str, str], Any] = field(default_factory=dict, repr=False)
    lock: Lock = field(default_factory=Lock, repr=False)
    session: Any = field(default=None, repr=False)

    def client(self, region: str, service: str, role: str) -> Any:
        """The client of a service, as a state machine of this role has it."""
        issued = self._issue(role)
        with self.lock:
            if (found := self.made.get((region, service, role))) is not None:
                return found
            made = self._session().client(
                service,
                region_name=region,
                endpoint_url=self.url,
                aws_access_key_id=issued["AccessKeyId"],
                aws_secret_access_key=issued["SecretAccessKey"],
                aws_session_token=issued["SessionToken"],
                config=boto_client.Config(
                    parameter_validation=False,
                    retries={"total_max_attempts": 1},
                    connect_timeout=5,
                    read_timeout=910,  # a function may take 15 minutes
                    inject_host_prefix=False,
                    max_pool_connections=50,
                    proxies={},
                    user_agent_extra="labcli/stepfunctions",
                ),
            )
            made.meta.events.register("before-call.lambda", _say_who_waits)
            self.made[region, service, role] = made
            return made

    def operation(self, service: str, action: str) -> Any:
        """What an operation takes and gives, as the SDK describes it; None when it knows no such operation."""
        name = action[0].upper() + action[1:]
        with self.lock, contextlib.suppress(Exception):  # the call itself will say what is wrong
            return self._session()._session.get_service_model(service).operation_model(name)
        return None

    def warm(self) -> None:
        """Read what the SDK knows of functions, which a machine's first task would else wait for."""
        self.operation("lambda", "Invoke")

    def _session(self) -> Any:
        """One for all clients: what it has read about a service, it has read once."""
        self.session = self.session or boto_client.boto3.session.Session()
        return self.session

    def _issue(self, role: str) -> dict[str, str]:
        digest = hmac.digest(self.secret.encode(), f"states {role}".encode(), "sha256").hex()
        keys = {"AccessKeyId": f"ASIA{digest[:16].upper()}"}
        for name in ("SecretAccessKey", "SessionToken"):
            keys[name] = hmac.digest(self.secret.encode(), f"states {name} {role}".encode(), "sha256").hex()
        if keys["AccessKeyId"] not in sts._sessions:
            name, session = role.rpartition("/")[2], digest[16:48]
            about = {"Arn": f"arn:aws:sts::{role.split(':')[4]}:assumed-role/{name}/{session}"}
            about |= {"UserId": f"{name}:{session}", **{k: keys[k] for k in ("SecretAccessKey", "SessionToken")}}
            sts.register_session(keys["AccessKeyId"], about)
        return keys
