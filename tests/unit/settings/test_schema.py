"""The schema editors get: it accepts what the loader accepts, and refuses what the loader calls a field problem."""

from functools import cache

import pytest
from jsonschema import Draft202012Validator

from strata.settings.schema import stack_file_schema
from tests.unit.settings.stacks import complete
from tests.unit.settings.test_fields import CASES, Case


@cache
def validator() -> Draft202012Validator:
    """Made by the first test: every worker reads this module."""
    return Draft202012Validator(stack_file_schema())


def document(values: dict) -> dict:
    return {"config": {"aws:region": "eu-west-1", **{f"strata:{key}": value for key, value in values.items()}}}


def test_it_is_a_schema():
    Draft202012Validator.check_schema(stack_file_schema())


def test_it_accepts_a_file_that_is_right():
    assert list(validator().iter_errors(document(complete()))) == []


@pytest.mark.parametrize(
    "case", [case for case in CASES if case[1] != "format"], ids=lambda case: f"{case[0]}-{case[1]}"
)
def test_it_refuses_what_the_loader_refuses(case: Case):
    assert list(validator().iter_errors(document(case[2]())))


def test_it_refuses_a_key_nobody_knows_and_leaves_other_providers_alone():
    right = document(complete())
    assert not list(validator().iter_errors({"config": {**right["config"], "other:netwrok": 1}}))
    assert list(validator().iter_errors({"config": {**right["config"], "strata:netwrok": 1}}))


def test_every_field_is_described():
    for name, definition in stack_file_schema()["$defs"].items():
        for field, schema in definition.get("properties", {}).items():
            assert schema.get("description"), f"{name}.{field} has no docstring"


def test_a_default_the_stage_decides_is_not_told_as_if_there_were_one():
    definitions = stack_file_schema()["$defs"]
    assert "default" not in definitions["NetworkSettings"]["properties"]["zones"]
    assert "default" not in definitions["RolloutSettings"]["properties"]["bake_seconds"]
    assert definitions["ServiceSettings"]["properties"]["port"]["default"] == 8080
