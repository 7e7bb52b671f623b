"""One problem never hides another, and never makes one up."""

from typing import Any

import pytest

from strata.errors import SettingsError
from strata.problem import SECRET, Path
from strata.settings.load import load
from tests.unit.settings.stacks import REGION, changed, complete, without

WEB: Path = ("services", "web")


def found(values: dict[str, Any]) -> set[tuple[Path, str]]:
    with pytest.raises(SettingsError) as caught:
        load(values, source="the test", region=REGION)
    return {(problem.path, problem.rule) for problem in caught.value.problems}


def test_a_broken_field_does_not_hide_a_broken_rule_of_the_same_part():
    values = changed(complete(), {(*WEB, "port"): "x", (*WEB, "capacity"): {"min": 5, "max": 4}})
    assert found(values) == {((*WEB, "port"), "field-int_type"), ((*WEB, "capacity", "max"), "capacity-order")}


def test_a_stage_that_cannot_be_read_does_not_hide_the_rest():
    values = changed(complete(), {("stage",): "production", (*WEB, "log_retention_days"): 31})
    assert found(values) == {(("stage",), "field-enum"), ((*WEB, "log_retention_days"), "retention")}


def test_rules_about_the_stage_wait_until_it_can_be_read():
    values = changed(complete(), {("stage",): "production", ("images", "web"): {"version": "1"}})
    assert found(values) == {(("stage",), "field-enum")}


def test_a_service_that_cannot_be_called_so_is_checked_all_the_same():
    values = changed(
        complete(), {("services", "Web App"): {"image": "web", "capacity": {"min": 5, "max": 4}, "prot": 1}}
    )
    place = ("services", "Web App")
    assert found(values) == {
        (place, "field-key"),
        ((*place, "prot"), "field-unknown"),
        ((*place, "capacity", "max"), "capacity-order"),
    }


def test_a_service_that_cannot_be_called_so_is_not_missing_a_pin():
    assert found(changed(complete(), {("services", "Jobs"): {}})) == {(("services", "Jobs"), "field-key")}


def test_a_pin_that_cannot_be_read_is_not_a_missing_one():
    assert found(changed(complete(), {("images", "web"): "1.4.2"})) == {(("images", "web"), "field-model_type")}


def test_routes_without_priorities_are_not_equal_ones():
    routes = [{"paths": ["/a"]}, {"paths": ["/b"]}]
    assert found(changed(complete(), {(*WEB, "routes"): routes})) == {
        ((*WEB, "routes", index, "priority"), "field-missing") for index in (0, 1)
    }


def test_a_required_value_of_a_wrong_kind_is_one_problem():
    values = changed(complete(), {("ingress", "access_logs", "bucket"): 5})
    assert found(values) == {(("ingress", "access_logs", "bucket"), "field-string_type")}


def test_a_network_range_that_cannot_be_read_is_not_blamed_on_the_ingress():
    values = without(
        changed(complete(), {("network", "cidr"): "x", ("ingress", "internal"): True}), ("ingress", "allowed_cidrs")
    )
    assert {path for path, _ in found(values)} == {("network", "cidr")}


def test_two_wrong_entries_of_a_list_are_two_problems():
    values = changed(complete(), {(*WEB, "routes", 0, "hosts"): ["a_b", "ok.example.com", "c d"]})
    assert {path for path, _ in found(values)} == {(*WEB, "routes", 0, "hosts", index) for index in (0, 2)}


@pytest.mark.parametrize(
    "place",
    [
        ("tags", "secret"),
        (*WEB, "environment", "PASSWORD"),
        ("runtime", "web", "values", "features/banner"),
        ("secrets", "mail", "description"),
        ("stage",),
        ("network",),
    ],
)
def test_a_secret_is_refused_wherever_it_is(place: Path):
    with pytest.raises(SettingsError) as caught:
        load(changed(complete(), {place: {"secure": "v1:aaaa:bbbb"}}), source="the test", region=REGION)
    (problem,) = caught.value.problems
    assert (problem.path, problem.got, problem.rule) == (place, SECRET, "field-secret")
    assert "v1:aaaa" not in str(caught.value)


@pytest.mark.parametrize(
    "key,value", [("DB_PASSWORD", "canary-3f1d"), ("URL", "amqp://shop:canary-3f1d@queue"), ("A", "ghp_" + "c" * 36)]
)
@pytest.mark.parametrize(
    "place,rule", [(("runtime", "web", "values"), "runtime-secret"), ((*WEB, "environment"), "environment-secret")]
)
def test_what_looks_like_a_secret_is_refused_and_not_quoted(key: str, value: str, place: Path, rule: str):
    with pytest.raises(SettingsError) as caught:
        load(changed(complete(), {(*place, key): value}), source="the test", region=REGION)
    (problem,) = caught.value.problems
    assert (problem.rule, problem.got) == (rule, SECRET)
    assert value not in str(caught.value)
    assert "strata:secrets" in problem.fix


def test_a_key_of_several_lines_is_not_quoted_either():
    key = "-----BEGIN PRIVATE KEY-----\ncanary-3f1d\n-----END PRIVATE KEY-----"
    with pytest.raises(SettingsError) as caught:
        load(changed(complete(), {(*WEB, "environment", "A"): key}), source="the test", region=REGION)
    assert {problem.rule for problem in caught.value.problems} == {"environment-lines", "environment-secret"}
    assert "canary" not in str(caught.value)


def test_values_are_not_changed_by_being_checked():
    values = changed(complete(), {(*WEB, "port"): "x", ("services", "Bad"): {}})
    before = repr(values)
    found(values)
    assert repr(values) == before
