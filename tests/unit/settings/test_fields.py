"""Every constraint of the settings' schema refuses what it should, in words of our own."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from pydantic import BaseModel, create_model

from strata.errors import SettingsError
from strata.problem import Path, Problem, config_path
from strata.settings.load import load
from strata.settings.models import StackSettings
from strata.settings.models.base import every_model
from tests.unit.settings.stacks import REGION, changed, complete, without

SCHEMA = StackSettings.model_json_schema()

TOLD = {"title", "description", "default", "examples", "$defs"}
"""Keywords that refuse nothing."""
WRONG_TYPE = {"integer": "x", "number": "x", "boolean": "x", "string": 5, "array": "x", "object": 5}

FAILING = {
    "type": lambda limit: WRONG_TYPE[limit],
    "enum": lambda limit: "no-such-value",
    "minimum": lambda limit: limit - 1,
    "exclusiveMinimum": lambda limit: limit,
    "maximum": lambda limit: limit + 1,
    "multipleOf": lambda limit: limit * 2 + 1,
    "pattern": lambda limit: "",
    "minLength": lambda limit: "",
    "maxLength": lambda limit: "x" * (limit + 1),
    "minItems": lambda limit: [],
    "maxProperties": lambda limit: {f"part-{number}": {} for number in range(limit + 1)},
    "format": lambda limit: "no-such-format",
}
"""A value each keyword refuses."""

Case = tuple[Path, str, Callable[[], dict[str, Any]]]
"""Where the problem is, the keyword that finds it, and what makes the values that have it: a thousand whole stacks."""


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema or "anyOf" in schema:
        if "$ref" in schema:
            schema = SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]]
        else:
            # a long form comes before its short one
            schema = next(branch for branch in schema["anyOf"] if branch.get("type") != "null")
    return schema


def keys(path: Path) -> list[str]:
    at: Any = complete()
    for part in path:
        at = at[part]
    return list(at)


def cases(schema: dict[str, Any], path: Path = ()) -> Iterator[Case]:
    """A failing case for every keyword of the schema and of those below it."""
    schema = resolved(schema)
    for keyword, limit in schema.items():
        if keyword in TOLD:
            continue
        if keyword in PARTS:
            yield from PARTS[keyword](limit, path)
        # The whole cannot be put in place of itself; that it is a mapping is tested with stack files.
        elif path:
            assert keyword in FAILING, f"say in FAILING which value {keyword} of {config_path(path)} refuses"
            yield path, keyword, with_value(path, FAILING[keyword](limit))


def with_value(path: Path, value: Any) -> Callable[[], dict[str, Any]]:
    return lambda: changed(complete(), {path: value})


def properties(limit: dict[str, Any], path: Path) -> Iterator[Case]:
    for name, inner in limit.items():
        yield from cases(inner, (*path, name))


def items(limit: dict[str, Any], path: Path) -> Iterator[Case]:
    yield from cases(limit, (*path, 0))


def pattern_properties(limit: dict[str, Any], path: Path) -> Iterator[Case]:
    (inner,) = limit.values()
    yield from cases(inner, (*path, keys(path)[0]))
    yield (*path, "Bad key"), "patternProperties", lambda: renamed(path, "Bad key")


def additional_properties(limit: dict[str, Any] | bool, path: Path) -> Iterator[Case]:
    if isinstance(limit, dict):
        yield from cases(limit, (*path, keys(path)[0]))
    else:
        yield (*path, "surplus"), "additionalProperties", with_value((*path, "surplus"), 1)


def required(limit: list[str], path: Path) -> Iterator[Case]:
    for name in limit:
        yield (*path, name), "required", partial(without, complete(), (*path, name))


PARTS = {
    "properties": properties,
    "items": items,
    "patternProperties": pattern_properties,
    "additionalProperties": additional_properties,
    "required": required,
}
"""Keywords that lead further, or are about a mapping's keys."""


def renamed(path: Path, name: str) -> dict[str, Any]:
    at: Any = complete()
    for part in path:
        at = at[part]
    first = next(iter(at))
    return changed(without(complete(), (*path, first)), {(*path, name): at[first]})


CASES = list(cases(SCHEMA))


def problems(values: dict[str, Any]) -> tuple[Problem, ...]:
    with pytest.raises(SettingsError) as caught:
        load(values, source="the test", region=REGION)
    return caught.value.problems


def test_the_example_itself_is_right():
    load(complete(), source="the test", region=REGION)


def test_the_example_reaches_every_field():
    reached = {path for path, _, _ in CASES}
    for name, definition in SCHEMA["$defs"].items():
        for field in definition.get("properties", {}):
            assert any(path[-1] == field for path in reached), f"no case for {name}.{field}"


@pytest.mark.parametrize(
    "path,keyword,made", CASES, ids=[f"{config_path(path)}-{keyword}" for path, keyword, _ in CASES]
)
def test_a_constraint_refuses_what_it_should(path: Path, keyword: str, made: Callable[[], dict[str, Any]]):
    told = problems(made())
    found = [problem for problem in told if problem.path == path]
    assert len(found) == 1, f"expected one problem at {config_path(path)}, got {told}"
    (problem,) = found
    assert problem.rule.startswith("field-")
    for text in (problem.expected, problem.fix):
        assert text
        assert "Input should" not in text
        assert "pydantic" not in text
        assert "^" not in text, "a person does not read patterns"


def test_every_required_field_has_an_example_that_is_right():
    for model in every_model():
        for name, field in model.model_fields.items():
            if field.is_required():
                assert field.examples, f"{model.__name__}.{name} has no example"
                typed: Any = (field.annotation, field)
                one: type[BaseModel] = create_model("One", value=typed)
                for example in field.examples:
                    one.model_validate_json(json.dumps({"value": example}), strict=True)


def renamed_everywhere(value: Any, schema: dict[str, Any], path: Path = ()) -> tuple[Any, list[Path]]:
    """A value in which every key that has a pattern breaks it, and the places of those keys."""
    schema = resolved(schema)
    changed, wrong = value, []
    if isinstance(value, dict):
        patterned = schema.get("patternProperties")
        changed = {}
        for number, (key, inner) in enumerate(value.items()):
            below = next(iter(patterned.values())) if patterned else schema.get("properties", {}).get(key, {})
            name = f"Bad key {number}" if patterned else key
            changed[name], more = renamed_everywhere(inner, below, (*path, name))
            wrong += [*([(*path, name)] if patterned else []), *more]
    return changed, wrong


def test_every_key_may_be_wrong_at_once():
    values, wrong = renamed_everywhere(complete(), SCHEMA)
    assert any(len(path) > 4 for path in wrong), "none is below another"
    told = [problem.path for problem in problems(values) if problem.rule == "field-key"]
    assert sorted(told, key=str) == sorted(wrong, key=str)


def test_a_key_and_its_value_are_both_said_to_be_wrong():
    values = changed(complete(), {("image_pipelines", "web", "copies"): {"Bad key": {"kms_key_arn": 7}, 7: {}}})
    place = ("image_pipelines", "web", "copies", "Bad key")
    assert {(each.path, each.rule) for each in problems(values)} >= {
        (place, "field-key"),
        ((*place, "kms_key_arn"), "field-string_type"),
        ((*place[:-1], "7"), "field-key"),
    }
