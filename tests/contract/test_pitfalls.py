"""What users of other tools suffer from, in docs/pitfalls.md: each row is linked to the tests named after it."""

import re
from pathlib import Path

import pytest

from strata.settings.explanation import explain
from strata.settings.load import load
from strata.settings.schema import stack_file_schema

PAGE = Path(__file__).resolve().parents[2] / "docs" / "pitfalls.md"
NUMBERS = (*range(1, 26), 28, 29)
ROW = re.compile(r"^\| (?P<number>\d+) \| .* \| (?P<tests>[^|]*) \|$", re.MULTILINE)


def linked() -> dict[int, list[Path]]:
    """The files with tests of a pitfall, by its number, as the page links them."""
    rows = {int(row["number"]): row["tests"] for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))}
    return {
        number: [(PAGE.parent / target).resolve() for target in re.findall(r"\]\(([^)]+)\)", tests)]
        for number, tests in rows.items()
    }


def test_every_pitfall_has_a_row() -> None:
    assert tuple(linked()) == NUMBERS


@pytest.mark.parametrize("number", NUMBERS)
def test_a_pitfall_is_linked_to_tests_of_its_number(number: int) -> None:
    files = linked()[number]
    assert files, f"no test is named after pitfall {number}, or `make docs` is due"
    named = re.compile(rf"def test_(pitfall|rows?)_(\d+_and_)?0?{number}_")
    assert [file.name for file in files if not named.search(file.read_text(encoding="utf-8"))] == []


def test_pitfall_28_every_value_of_a_stack_file_is_typed_and_says_where_it_came_from() -> None:
    raw = {
        "stage": "prod",
        "images": {"web": {"version": "1.4.2", "id": "ami-0f3c51d29a7e84b61"}},
        "promotion": {"require_proof": False},
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
