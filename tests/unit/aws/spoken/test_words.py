"""Each option of each command that labs make is explained, and only options that there are."""

from __future__ import annotations

import pytest

from labcli.aws.catalog import BotoCatalog
from labcli.aws.spoken import words
from labcli.aws.spoken.words import flags, parameters
from labcli.lab.check import checked
from labcli.lab.model import Call
from labcli.run.plan.plan import plan
from labcli.steps.language import LANGUAGE
from tests.conftest import LABS

CATALOG = BotoCatalog()


@pytest.mark.parametrize("day", ["mon", "tue", "wed", "thu", "fri"])
def test_every_option_of_every_call_of_the_week_is_explained(day: str) -> None:
    the_plan = plan(checked(LABS / "week10" / f"{day}.yaml", LANGUAGE, CATALOG), LANGUAGE, CATALOG, 1.0)
    unsaid = {f"{each.call} {flag}" for each in the_plan.everything for flag, said in flags(each.call) if not said}
    assert not unsaid


def test_what_is_explained_is_a_parameter() -> None:
    strange = [
        f"{name}.{parameter}"
        for name, table in words._OPERATIONS.items()
        for operation in [CATALOG.operation(*name.split("."))]
        for parameter in table
        if operation is None or operation.input is None or parameter not in operation.input.members
    ]
    for service, table in words._SERVICES.items():
        known = {
            parameter
            for operation in CATALOG.operations(service)
            if (found := CATALOG.operation(service, operation)) is not None and found.input is not None
            for parameter in found.input.members
        }
        strange += [f"{service}.{parameter}" for parameter in table if parameter not in known]
    assert not strange


def test_flags_stand_as_they_are_typed() -> None:
    made = Call("lambda", "update_event_source_mapping", {"UUID": "u", "Enabled": False})
    assert [flag for flag, _ in flags(made)] == ["--uuid", "--no-enabled"]
    assert flags(Call("lambda", "invoke", {"FunctionName": "f"}))[-1][0] == "answer.json"
    assert parameters(made)[0] == ("UUID", "which mapping: AWS gave it this id")
    assert flags(Call("ec2", "describe_instances", {"MaxResults": 5})) == [("--max-results", "")]
