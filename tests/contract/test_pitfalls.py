"""What users of other tools suffer from: each number has its test, named by it."""

import re
from pathlib import Path

import pytest

from strata.settings.assemble import load
from strata.settings.explanation import explain
from strata.settings.schema import stack_file_schema

TESTS = Path(__file__).resolve().parents[1]
NUMBERS = (*range(1, 17), 23, 24, 28, 29)
NAMED = re.compile(r"def test_(?:pitfall|rows?)_(\d+)(?:_and_(\d+))?")


def named() -> set[int]:
    texts = (path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))
    return {int(number) for text in texts for found in NAMED.findall(text) for number in found if number}


@pytest.mark.parametrize("number", NUMBERS)
def test_a_pitfall_has_a_test_of_its_number(number: int) -> None:
    assert number in named()


def test_pitfall_28_every_value_of_a_stack_file_is_typed_and_says_where_it_came_from() -> None:
    raw = {
        "stage": "prod",
        "images": {"web": {"version": "1.4.2", "id": "ami-0f3c51d29a7e84b61"}},
        "services": {"web": {"capacity": {"min": 6, "max": 24}}},
    }
    lines = {line.name: str(line.provenance) for line in explain(load(raw, source="Pulumi.prod.yaml"), None)}
    assert len(lines) > 50
    assert all(lines.values())
    said = {name: origin for name, origin in lines.items() if name.endswith(("capacity.min", "rollout.bake_seconds"))}
    assert len(set(said.values())) == len(said) == 2, "what the file says and what the stage decides are told apart"


def test_pitfall_28_an_editor_knows_every_key_and_refuses_the_others() -> None:
    schema = stack_file_schema()
    models = [each for each in schema["$defs"].values() if "properties" in each]
    assert all(each["additionalProperties"] is False for each in models)
    assert all("description" in field or "$ref" in field for each in models for field in each["properties"].values())
