"""The role of a state machine: who may hand it over, who may take it on, and calls with exactly its rights.

Service integrations call back into our own endpoint with a session of the role, so the engine's own IAM evaluation
decides about them as about every other caller. Rules and texts: IAM user guide, "Grant a user permissions to pass a
role"; Step Functions developer guide, "Creating an IAM role for your state machine"; R is recorded from AWS.
"""

from __future__ import annotations

import contextlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock, local
from typing import Any

from labcli.local.door.hello import own_call
from labcli.local.iam import check_passing, role_may
from labcli.local.names import names
from labcli.local.patience import HEADER, WAITS
from labcli.local.refused import Refused
from labcli.local.stepfunctions.refusals import Call
from labcli.rules import roles as rules

STARTED_BY = "x-labcli-execution"
"""The header in which a call says which execution makes it."""
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


@dataclass(frozen=True)
class Operation:
    """An operation of a service as a machine of one role has it: what it takes and gives, and how it is called."""

    act: Callable[..., Any]
    takes: Any
    gives: Any
    errors: tuple[str, ...]
    """The errors that have a name of their own."""
    service: str
    """The service's id: ``SFN``."""
    here: Any
    started_by: str

    def make(self, given: Any) -> Any:
        """Call it; what the SDK gives or raises."""
        self.here.started_by = self.started_by
        return self.act(**given)


@dataclass
class Clients:
    """Clients of other services, each with a session of one role. ``secret`` makes the sessions' keys.

    A role's session is the same in every run of the server, so the saved state does not fill up with sessions.
    """

    url: str
    secret: str = field(repr=False)
    access_key: str = ""
    """With ``secret``, the account's own key."""
    made: dict[tuple[str, str, str], Any] = field(default_factory=dict, repr=False)
    lock: Lock = field(default_factory=Lock, repr=False)
    session: Any = field(default=None, repr=False)
    here: local = field(default_factory=local, repr=False)

    def operation(self, region: str, service: str, action: str, role: str, started_by: str) -> Operation | None:
        """An operation by its name in a state (``sendMessage``); None when the SDK knows no such thing."""
        from botocore.exceptions import UnknownServiceError

        try:
            client = self.client(region, service, role)
        except UnknownServiceError:
            return None
        wanted = action.lower()
        for method, name in client.meta.method_to_api_mapping.items():
            if name.lower() == wanted:
                model = client.meta.service_model.operation_model(name)
                errors = tuple(shape.error_code or shape.name for shape in model.error_shapes)
                id_ = str(client.meta.service_model.service_id)
                shapes = (model.input_shape, model.output_shape)
                return Operation(getattr(client, method), *shapes, errors, id_, self.here, started_by)
        return None

    def described(self, service: str, action: str) -> Any:
        """What the SDK's model says of an operation; None when it knows no such thing."""
        with self.lock, contextlib.suppress(Exception):
            model = self._session().get_service_model(service)
            name = next((each for each in model.operation_names if each.lower() == action.lower()), None)
            return model.operation_model(name) if name is not None else None
        return None

    def client(self, region: str, service: str, role: str) -> Any:
        """The client of a service, as a state machine of this role has it."""
        return self._made(region, service, role, self._issue(role))

    def assume(self, machine_role: str, role: str) -> str:
        """What keeps a machine's role from assuming the role that a Task's Credentials name; empty when nothing does.

        Its own policies decide (Developer Guide, "Accessing resources in other AWS accounts"); STS' sentence.
        """
        if role == machine_role or role_may(machine_role, rules.ASSUME, role, ""):
            return ""
        account, name = machine_role.split(":")[4], machine_role.rpartition("/")[2]
        who = f"User: arn:aws:sts::{account}:assumed-role/{name}/{rules.STATES}"
        return f"{who} is not authorized to perform: {rules.ASSUME} on resource: {role}"

    def of_the_account(self, region: str, service: str) -> Any:
        """The client of a service with the rights of the account: for what AWS's own services do."""
        return self._made(region, service, "", {"AccessKeyId": self.access_key, "SecretAccessKey": self.secret})

    def _made(self, region: str, service: str, role: str, issued: Mapping[str, str]) -> Any:
        from botocore.config import Config

        with self.lock:
            if (found := self.made.get((region, service, role))) is not None:
                return found
            made = self._session().create_client(
                service,
                region_name=region,
                endpoint_url=self.url,
                aws_access_key_id=issued["AccessKeyId"],
                aws_secret_access_key=issued["SecretAccessKey"],
                aws_session_token=issued.get("SessionToken"),
                config=Config(
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
            made.meta.events.register("before-call", self._told)
            made.meta.events.register("before-call", own_call(self.secret))
            self.made[region, service, role] = made
            return made

    def _told(self, params: dict[str, Any], **more: Any) -> None:
        """Say which execution calls (what an execution starts, starts slowly), and who waits for the answer."""
        params["headers"][STARTED_BY] = getattr(self.here, "started_by", "")
        if token := WAITS.get():
            params["headers"][HEADER] = token

    def warm(self) -> None:
        """Read what the SDK knows of functions, which a machine's first task would else wait for."""
        with contextlib.suppress(Exception), self.lock:  # the call itself will say what is wrong
            self._session().get_service_model("lambda")

    def _session(self) -> Any:
        """One for all clients: what it has read about a service, it has read once."""
        if self.session is None:
            from botocore.session import Session

            self.session = Session()
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
