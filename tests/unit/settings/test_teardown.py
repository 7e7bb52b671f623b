"""A teardown lifts protection, says so, and does not last."""

from datetime import date
from typing import Any

import pytest

from strata.errors import SettingsError
from strata.settings.dates import day, is_day
from strata.settings.load import load
from strata.settings.models import StackSettings
from strata.settings.parts import parts
from strata.settings.provenance import Origin
from strata.settings.teardown import LIFTED, lifted
from tests.unit.settings.stacks import proof

TODAY = date(2026, 3, 10)
WAYS = ["2026-12-01", "2026-12-01T00:00:00Z", "2026-12-01 00:00:00+00:00", "2026-12-01 00:00:00 +0000 UTC"]


def prod(**more: Any) -> dict[str, Any]:
    pin = {"version": "1.4.2", "id": "ami-0123456789abcdef0", "proof": proof("1.4.2")}
    return {"stage": "prod", "images": {"web": pin}, "services": {"web": {}}, **more}


def protecting(settings: StackSettings) -> dict[str, Any]:
    """Every field of a part that keeps something from being deleted, by its path."""
    return {
        ".".join(map(str, (*path, name))): getattr(part, name)
        for path, part in parts(settings)
        for name in LIFTED
        if name in type(part).model_fields
    }


def test_every_part_that_is_protected_is_lifted_and_says_by_what():
    before = protecting(load(prod(), source="the test", on=TODAY).settings)
    assert len(before) >= 4
    assert all(before.values()), "in prod everything is protected"
    torn = load(prod(teardown={"until": "2026-03-12", "reason": "moved"}), source="the test", on=TODAY)
    assert {name: LIFTED[name.rpartition(".")[2]] for name in before} == protecting(torn.settings)
    for path, part in parts(torn.settings):
        for name in set(LIFTED) & set(type(part).model_fields):
            assert str(torn.provenance[(*path, name)]) == "teardown (until 2026-03-12: moved)"


def test_what_the_file_protects_by_hand_is_lifted_too():
    values = prod(network={"protect": True}, teardown={"until": "2026-03-10", "reason": "moved"})
    torn = load(values, source="the test", on=TODAY)
    assert torn.settings.network.protect is False
    assert torn.provenance["network", "protect"].origin is Origin.TEARDOWN


def test_without_a_teardown_nothing_is_lifted():
    settings = load(prod(), source="the test", on=TODAY).settings
    assert lifted(settings) is settings


def test_a_teardown_that_is_over_stops_everything():
    with pytest.raises(SettingsError, match="a day that is not past; today is 2026-03-10"):
        load(prod(teardown={"until": "2026-03-09", "reason": "moved"}), source="the test", on=TODAY)


def test_an_override_that_is_over_stops_nothing():
    allow = [{"resource": "orders", "operation": "delete", "reason": "moved", "until": "2026-03-09"}]
    load(prod(guard={"allow": allow}), source="the test", on=TODAY)


@pytest.mark.parametrize("text", WAYS)
def test_a_day_is_read_however_yaml_and_pulumi_hand_it_on(text: str):
    assert day(text) == date(2026, 12, 1)
    torn = prod(teardown={"until": text, "reason": "moved"})
    assert load(torn, source="the test", on=date(2026, 12, 1)).settings.network.protect is False


def test_a_day_that_is_in_no_calendar_is_none():
    assert not is_day("2026-02-29")
