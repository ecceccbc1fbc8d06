"""All that labcli knows of one AWS service: the record of which each file here holds one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from labcli.lab.model import Effect

READ_PREFIXES = ("get_", "list_", "describe_", "head_")


@dataclass(frozen=True)
class Service:
    """One service. Operations stand by boto3's names, actions by IAM's (``sqs:SendMessage``)."""

    name: str
    """By what boto3 calls it: ``stepfunctions``."""
    called: str = ""
    """What people call it."""
    actions: str = ""
    """What stands in front of its actions, where a policy names them: ``states``."""
    principal: str = ""
    """As what it assumes a role, or is let in: ``states.amazonaws.com``."""
    reviewed: bool = False
    """Whether its ``get_``, ``list_`` and ``describe_`` operations were looked at: only those may be checks."""
    effects: Mapping[str, Effect] = field(default_factory=dict)
    """What its operations do, reviewed by hand. One that is neither here nor plainly a read has no known effect, and
    labcli refuses it: it could create something that nobody would take away."""
    no_reads: frozenset[str] = frozenset()
    """Operations that are called like reads, and are none: they hand out a secret, or take a task from who waits."""
    repeatable: frozenset[str] = frozenset()
    """Beside reads, the operations that ``within`` may repeat."""
    sends: frozenset[str] = frozenset()
    """Operations that put messages into something."""
    objects: Mapping[str, str] = field(default_factory=dict)
    """The parameter that names what an operation acts on; ``*`` is the usual one. Of a create it names what is made;
    where AWS gives that no name, it is empty, and no lab may try it."""
    by_a_value: frozenset[str] = frozenset()
    """Parameters that name what no lab declares: an execution, or the task that waits in one. A saved value does."""
    iam_actions: Mapping[str, str] = field(default_factory=dict)
    """The actions of operations that have not their own: a batch needs the action of the single call."""
    implied: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The actions that another one needs as well: a create with tags needs the right to tag."""
    passes: frozenset[str] = frozenset()
    """The actions that give a role to the service: who may do them needs iam:PassRole, for this service only."""
    any_resource: frozenset[str] = frozenset()
    """Actions that AWS allows on ``*`` only."""
    arns: tuple[str, ...] = ()
    """What its other actions are limited to, with ``{partition}``, ``{region}`` and ``{account}`` to be filled."""
    global_: bool = False
    """Whether it is the same in every Region, so that it says nothing for which one a call was signed."""
    price: float = 0.0
    """US dollars for a million requests."""
    sets_going: Mapping[str, float] = field(default_factory=dict)
    """What a lab sets going in it that is no request of labcli's, and US dollars for a million."""

    def effect_of(self, operation: str) -> Effect | None:
        """What the operation does, None when nobody has reviewed it."""
        known = self.effects.get(operation)
        if known is None and operation.startswith(READ_PREFIXES) and operation not in self.no_reads:
            return Effect.READ
        return known

    def object_of(self, operation: str) -> str:
        """The parameter that names what the operation acts on, empty when unknown."""
        return self.objects.get(operation, self.objects.get("*", ""))
