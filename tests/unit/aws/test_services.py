"""What labcli says of a service fits AWS's models, and stands in the file of that service."""

from __future__ import annotations

import pytest

from labcli.aws.catalog import BotoCatalog
from labcli.aws.services import SERVICES, service_of
from labcli.lab.model import Effect

ALL = list(SERVICES)


@pytest.mark.parametrize("name", ALL)
def test_every_operation_and_parameter_of_a_service_is_one_of_aws(name: str) -> None:
    service, catalog = SERVICES[name], BotoCatalog()
    assert service.name == name
    named = {*service.effects, *service.no_reads, *service.repeatable, *service.sends, *service.iam_actions}
    operations = {each for each in {*named, *service.objects} if each != "*"}
    assert operations <= set(catalog.operations(name))
    wrong = []
    for each in service.effects:
        operation = catalog.operation(name, each)
        assert operation is not None
        param, shape = service.object_of(each), operation.input
        if each in service.objects and param and (shape is None or param not in shape.members):
            wrong.append((each, param))
    assert wrong == []


@pytest.mark.parametrize("name", ALL)
def test_every_action_of_a_service_has_its_prefix(name: str) -> None:
    service = SERVICES[name]
    implied = {each for more in service.implied.values() for each in more}
    said = {*service.iam_actions.values(), *service.implied, *implied, *service.passes}
    assert {each.split(":")[0] for each in {*said, *service.any_resource}} <= {service.actions}
    assert bool(service.passes) <= bool(service.principal)
    assert service.called


def test_what_sets_a_price_or_a_limit_has_one_owner() -> None:
    prefixes = [each.actions for each in SERVICES.values()]
    going = [what for each in SERVICES.values() for what in each.sets_going]
    assert len(set(prefixes)) == len(prefixes)
    assert len(set(going)) == len(going)


def test_of_a_service_that_no_file_is_about_reads_are_known_and_nothing_else() -> None:
    unknown = service_of("dynamodb")
    assert unknown.effect_of("get_item") is Effect.READ
    assert unknown.effect_of("put_item") is None
    assert unknown.object_of("get_item") == ""
    assert not unknown.reviewed
    assert service_of("secretsmanager").effect_of("get_secret_value") is None
