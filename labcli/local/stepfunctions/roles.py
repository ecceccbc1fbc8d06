"""The role of a state machine: who may hand it over, who may take it on, and calls with exactly its rights.

Service integrations call back into our own endpoint with a session of the role, so the engine's own IAM evaluation
decides about them as about every other caller. Rules and texts: IAM user guide, "Grant a user permissions to pass a
role"; Step Functions developer guide, "Creating an IAM role for your state machine"; R is recorded from AWS.
"""

from __future__ import annotations

import contextlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from labcli.local.iam import check_passing
from labcli.local.names import names
from labcli.local.patience import HEADER, spoken_for
from labcli.local.refused import Refused
from labcli.local.stepfunctions.moto import boto_client
from labcli.local.stepfunctions.refusals import Call
from labcli.rules import roles as rules

evaluator = names(
    "core.iam_evaluator",
    *("EvalContext", "_conditions_met"),
)
iam = names("services.iam", "_roles")
sts = names("services.sts", "register_session", "_sessions")


def check(call: Call, role: str, machine: str) -> None:
    """Refuse a role that is not there, that Step Functions may not take on, or that the caller may not pass."""
    if not role.startswith("arn:") or ":role/" not in role:
        raise Refused("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {role}'")
    if role.split(":")[4] != call.account:
        raise Refused("AccessDeniedException", rules.OTHER_ACCOUNT)
    check_passing(role, rules.STATES, call.access_key, call.region)
    found = iam._roles.get(role.rpartition("/")[2])
    if found is None or found.get("Arn", role) != role or not _trusts(found, call, role, machine):
        raise Refused("AccessDeniedException", rules.NOT_ASSUMED[rules.STATES])


def _trusts(role: Mapping[str, Any], call: Call, arn: str, machine: str) -> bool:
    """Whether the trust policy lets Step Functions take the role on for this machine."""
    context = evaluator.EvalContext(
        principal_arn=rules.STATES,
        principal_type="Service",
        principal_account=call.account,
        action=rules.ASSUME,
        resource_arn=arn,
        region=call.region,
        service_context={"aws:sourceaccount": call.account, "aws:sourcearn": machine},
    )
    document = role.get("AssumeRolePolicyDocument")
    return rules.trusts(document, rules.STATES, call.region, lambda said: evaluator._conditions_met(said, context))


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
