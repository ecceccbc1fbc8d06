"""The IAM policy that a lab needs: what its learner's identity must be allowed, read from the plan and nothing else.

What an action is limited to stands with its service (``labcli.aws.services``). What AWS allows on ``*`` only is a
statement of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labcli.aws.resources import KINDS
from labcli.aws.services import SERVICES
from labcli.lab.aws import Catalog
from labcli.lab.model import Call
from labcli.run.plan.plan import Plan

_OWN = (Call("sts", "get_caller_identity", {}), Call("iam", "list_account_aliases", {}))
"""What labcli itself asks before anything else."""


def policy(the_plan: Plan, catalog: Catalog, account: str = "*", region: str = "*") -> dict[str, Any]:
    """The least-privilege IAM policy for run, verify and cleanup of this lab by one learner.

    With what the labs that it needs must create and delete, where they are not live, and with the lists of
    ``cleanup --all``, which looks for every kind.
    """
    sweeps = [each.call for kind in KINDS.values() for each in kind.shape_of_sweep()]
    actions = actions_of(the_plan, catalog) | {_action(call, catalog) for call in (*sweeps, *_OWN)}
    from labcli.aws.loader import partition_of  # it brings botocore with it

    where = {"partition": partition_of(region)[0], "region": region, "account": account}
    narrow = actions.difference(*(each.any_resource for each in SERVICES.values()))
    limits = {each.actions: each.arns for each in SERVICES.values() if each.arns}
    statements = [
        {
            "Sid": f"Labcli{service.capitalize()}",
            "Effect": "Allow",
            "Action": sorted(action for action in narrow if action.startswith(f"{service}:")),
            "Resource": one_or_many(each.format(**where) for each in limits[service]),
        }
        for service in sorted({action.split(":")[0] for action in narrow} & set(limits))
    ]
    if passed := passed_to(actions):
        statements.append(
            {
                "Sid": "LabcliPassRole",
                "Effect": "Allow",
                "Action": ["iam:PassRole"],
                "Resource": one_or_many(each.format(**where) for each in limits["iam"]),
                "Condition": {"StringEquals": {"iam:PassedToService": one_or_many(passed)}},
            }
        )
    limited = {action for each in statements for action in each["Action"]}
    anywhere = sorted(actions - limited)  # what AWS allows on * only; other services
    statements.append({"Sid": "LabcliAnywhere", "Effect": "Allow", "Action": anywhere, "Resource": "*"})
    return {"Version": "2012-10-17", "Statement": statements}


def actions_of(the_plan: Plan, catalog: Catalog) -> set[str]:
    """Every action that the plan needs, but for iam:PassRole."""
    actions = {_action(each.call, catalog) for each in the_plan.everything}
    implied = {action: more for each in SERVICES.values() for action, more in each.implied.items()}
    return actions | {more for action in actions for more in implied.get(action, ())}


def passed_to(actions: set[str]) -> list[str]:
    """The services that get a role from who may do all this."""
    return sorted(each.principal for each in SERVICES.values() if each.passes & actions)


def one_or_many(values: Iterable[str]) -> Any:
    """One value by itself, several as a list: a policy can have either."""
    found = list(values)
    return found[0] if len(found) == 1 else found


def _action(call: Call, catalog: Catalog) -> str:
    known = catalog.operation(call.service, call.operation)
    return known.iam_action if known is not None else f"{call.service}:*"
