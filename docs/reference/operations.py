"""The page of the operations: what a ``do`` may call, from the reviewed table."""

from __future__ import annotations

from docs.reference.markdown import code, listed, table
from docs.reference.words import EFFECTS_MEAN, agree
from labcli.aws.catalog import BotoCatalog
from labcli.aws.services import SERVICES
from labcli.aws.services.service import READ_PREFIXES
from labcli.lab.model import Effect

INTRO = """# What a `do` may call

`do: service.operation` takes any operation of boto3 by boto3's own name, with AWS's own parameters under `with`; names,
parameters and their types are held against the API models that come with botocore, before anything is called. What
labcli lets a lab call depends on the operation's effect:
"""

RULES = """An operation that is not in the tables below is a read when its name starts with {prefixes}.
Any other is refused: labcli does not know what it leaves behind. So a service that is not listed here can be read, and
no more. Somebody has reviewed the reads of {reviewed}: a check makes no others.

`within` repeats reads, and of all others only {repeatable}.
"""


def operations_page() -> str:
    """docs/operations.md."""
    catalog = BotoCatalog()
    agree("an effect", {each.name for each in Effect}, EFFECTS_MEAN)
    parts = [INTRO, table(("effect", "what a lab may do with it"), [(k.lower(), v) for k, v in EFFECTS_MEAN.items()])]
    repeatable = sorted(f"{each.name}.{name}" for each in SERVICES.values() for name in each.repeatable)
    reviewed = sorted(name for name, each in SERVICES.items() if each.reviewed)
    parts.append(RULES.format(prefixes=listed(READ_PREFIXES), repeatable=listed(repeatable), reviewed=listed(reviewed)))
    for service, known_of_it in SERVICES.items():
        rows = []
        for name, effect in known_of_it.effects.items():
            known = catalog.operation(service, name)
            if known is None:
                raise SystemExit(f"labcli/aws/services: boto3 has no {service}.{name}")
            rows.append((code(f"{service}.{name}"), effect.value, code(known.object_param), code(known.iam_action)))
        if rows:
            parts += [f"## {service}\n", table(("operation", "effect", "what it acts on", "IAM action"), rows)]
    return "\n".join(parts)
