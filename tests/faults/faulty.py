"""Ways to AWS that fail: by a die, by a rule, or as a real account would."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from labcli.context import Aws
from labcli.errors import AwsError, TargetError


def aws_error(operation: str, code: str, status: int = 400) -> AwsError:
    return AwsError(operation, code, "a fault of the test", frozenset({code}), status)


def no_answer(operation: str) -> TargetError:
    return TargetError(f"AWS does not answer {operation} (ConnectionClosedError)", "labcli doctor")


@dataclass
class Dice:
    """Fails a share of the calls, before they are sent or after they were served, in five ways."""

    share: float
    seed: int
    failed: int = 0
    rng: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)

    def through(self, aws: Aws) -> Aws:
        return _Diced(aws, self)


@dataclass
class _Diced:
    aws: Aws
    dice: Dice

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        rng, name = self.dice.rng, f"{service}.{operation}"
        if rng.random() >= self.dice.share:
            return self.aws.call(service, operation, params)
        self.dice.failed += 1
        way = rng.choice(("reset before", "reset after", "throttled", "503 before", "503 after"))
        if way.endswith("after"):
            self.aws.call(service, operation, params)
        if way.startswith("reset"):
            raise no_answer(name)
        raise (
            aws_error(name, "ThrottlingException") if way == "throttled" else aws_error(name, "ServiceUnavailable", 503)
        )


Rule = Callable[[str, Mapping[str, Any]], Exception | None]


@dataclass
class Ruled:
    """Calls are seen in ``calls``; those for which ``rule`` gives an error raise it, unsent."""

    rule: Rule = lambda name, params: None
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    account: str = ""
    """When set, STS says that this is the account, of an ordinary user."""

    def through(self, aws: Aws) -> Aws:
        return _RuledAws(aws, self)

    def names(self) -> list[str]:
        return [name for name, _ in self.calls]


@dataclass
class _RuledAws:
    aws: Aws
    by: Ruled

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        name = f"{service}.{operation}"
        self.by.calls.append((name, dict(params)))
        if self.by.account and name == "sts.get_caller_identity":
            account = self.by.account
            return {"Account": account, "Arn": f"arn:aws:iam::{account}:user/learner", "UserId": "AIDALEARNER"}
        if error := self.by.rule(name, params):
            raise error
        answer = self.aws.call(service, operation, params)
        self.by.answers.append(answer)
        return answer


def fails(*names: str, error: Callable[[str], Exception] = no_answer) -> Rule:
    """A rule: these operations fail."""
    return lambda name, params: error(name) if name in names else None


def denied(name: str) -> AwsError:
    return aws_error(name, "AccessDenied", 403)
