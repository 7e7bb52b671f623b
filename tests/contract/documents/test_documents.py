"""The JSON of all commands is what the published schemas say, and joins: one name for one thing, one type for one name.

A command is held to its schema by what it really prints, in all runs that the permissions are tested with.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
from jsonschema import Draft202012Validator

from strata import testing
from strata.policy import Severity
from tests.contract.command_leaves import LEAVES, options_of
from tests.contract.documents.schemas import all_schemas, file_of, objects_of, problems_of, properties_of, schema_of
from tests.contract.documents.spoken import Spoken

NAMES = [name for name, _ in LEAVES]
WITHOUT_STACK = {
    "schema": "it is of every stack",
    "init": "there is none before it",
    "error": "it may be about anything",
}
ANYTHING = {"value", "got", "expected", "found", "outputs"}
"""Keys of values as somebody else wrote them."""
TEXTS_OF_DIGITS = {"version", "from", "to", "before", "commit", "account", "recipe", "pulumi", "git_sha"}
"""Keys of names that may look like numbers."""
OPTIONAL = {
    "$.error.problems": "only a stack file has them",
    "$.error.problems[].file": "where it is not the stack file",
    "$.checks[].problems[].file": "where it is not the stack file",
}
"""Properties that a document may lack. Every other one is always there: a program need not ask first."""
SYNONYMS = {
    "class": "mutability",
    "same": "unchanged",
    "release": "version",
    "image": "image_id or image_name",
    "ami": "image_id",
    "account_id": "account",
    "errors_found": "errors",
}
"""Names that were used for what has another name elsewhere."""


def described() -> dict[str, Any]:
    """All schemas but that of stack files, which describes itself."""
    return {name: schema for name, schema in all_schemas().items() if name != "schema"}


def test_every_command_has_a_schema_and_every_schema_a_command():
    assert set(all_schemas()) == {file_of(name).name.removesuffix(".schema.json") for name in (*NAMES, "error")}


@pytest.mark.parametrize("name", [*NAMES, "error"])
def test_a_schema_is_one_and_says_whose_it_is(name: str):
    schema = schema_of(name)
    Draft202012Validator.check_schema(schema)
    assert schema["title"] == (
        f"strata {name} --json" if name != "error" else "any command --json that ends in an error"
    )
    assert schema["description"] == dict(LEAVES)[name].get_short_help_str(limit=200) if name != "error" else True


@pytest.mark.parametrize("name", [*NAMES, "error"])
def test_every_command_prints_what_its_schema_says(spoken: list[Spoken], name: str):
    printed = [each for each in spoken if each.leaf == name]
    assert printed, f"no run prints the JSON of {name}: add one to LOCAL_RUNS, or to RUNS of the permissions"
    for each in printed:
        assert problems_of(name, each.document) == [], f"strata {each.line} --json, see docs/documents"


@pytest.mark.parametrize("name", sorted(described()))
def test_every_document_has_what_a_person_is_warned_of(name: str):
    for each in described()[name].get("oneOf", [described()[name]]):
        assert each["properties"]["warnings"] == {"type": "array", "items": {"type": "string"}}, name
        assert "warnings" in each["required"], name


def test_what_a_command_warns_of_beside_its_document_is_in_it(spoken: list[Spoken]):
    warned: set[str] = set()
    for each in spoken:
        said = re.findall(r"^(?:warning|note): (.*)$", each.err, re.MULTILINE)
        kept = [] if each.leaf == "schema" else each.document["warnings"]
        assert set(said) == {text.partition("\n")[0] for text in kept}, f"strata {each.line} --json"
        warned.update([each.leaf] if said else [])
    assert len(warned) > 1, "no run warns of anything, so nothing was compared"


@pytest.mark.parametrize("name", sorted(described()))
def test_a_schema_allows_nothing_that_it_does_not_name(name: str):
    for path, each in objects_of(described()[name]):
        if path.rpartition(".")[2] in ANYTHING:
            continue
        assert "additionalProperties" in each, f"{name} {path}"
        left = {f"{path}.{key}" for key in set(each.get("properties", {})) - set(each.get("required", ()))}
        assert left <= set(OPTIONAL), f"{name}: a document has the same keys whatever it says"


def test_a_name_has_one_type_wherever_it_is():
    seen: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for command, schema in described().items():
        for key, kinds in properties_of(schema):
            for kind in kinds:
                seen[key][kind].add(command)
    assert len(seen) > 150
    assert {key: dict(kinds) for key, kinds in seen.items() if key not in ANYTHING and len(kinds) > 1} == {}


def test_one_thing_has_one_name():
    named = [(command, key) for command, schema in described().items() for key, _ in properties_of(schema)]
    assert [(command, key, f"call it {SYNONYMS[key]}") for command, key in named if key in SYNONYMS] == []


def pairs(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key with its value, however deep, but for what somebody else wrote."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner
            if key not in ANYTHING:
                yield from pairs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from pairs(inner)


def test_a_number_is_a_number(spoken: list[Spoken]):
    texts = [
        (each.line, key, value)
        for each in spoken
        if each.leaf != "schema"
        for key, value in pairs(each.document)
        if key not in TEXTS_OF_DIGITS | ANYTHING and isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value)
    ]
    assert texts == []


def test_every_document_names_its_stack_in_the_same_way(spoken: list[Spoken]):
    asked = {each.line: each for each in spoken if each.leaf not in WITHOUT_STACK}
    for line, each in asked.items():
        words = line.split()
        wanted = words[words.index("--stack") + 1] if "--stack" in words else words[len(each.leaf.split())]
        assert each.document["stack"] == wanted, line


def test_what_can_be_tried_says_whether_it_was_only_tried():
    tried = {name for name, command in LEAVES if "--dry-run" in options_of(command)}
    for name in tried:
        schema = schema_of(name)
        kinds = schema.get("oneOf", [schema])
        assert any("dry_run" in each["properties"] for each in kinds), f"{name} has no dry_run"


def required(name: str, *path: str) -> list[set[str]]:
    """The keys that are always there, of every kind of document that a schema describes at a path."""
    found = [schema_of(name)]
    for step in path:
        kinds = [each["properties"] for one in found for each in one.get("oneOf", [one])]
        found = [each[step]["items"] for each in kinds if step in each]
        assert found, f"{name} has no {step}"
    return [set(each["required"]) for one in found for each in one.get("oneOf", [one])]


def test_what_is_said_of_a_service_can_be_joined_by_its_name():
    for name, path in (
        ("rollout status", ("services",)),
        ("rollout watch", ("services",)),
        ("rollout plan", ("plans",)),
        ("drift", ("services",)),
        ("drift", ("unread",)),
        ("drift", ("services", "findings")),
        ("audit", ("events",)),
        ("break-glass list", ("notes",)),
        ("break-glass close", ("closed",)),
    ):
        assert all("service" in each for each in required(name, *path)), (name, path)


def rehearsal() -> dict[str, Any]:
    (found,) = (each["properties"] for each in schema_of("rehearse")["oneOf"] if "rollouts" in each["properties"])
    return found


def test_a_plan_and_the_rehearsal_that_measures_it_have_the_same_names():
    same = {"from", "to", "floor", "ceiling", "lowest_healthy", "highest_total", "batches", "service"}
    (planned,) = required("rollout plan", "plans")
    assert same <= set(rehearsal()["rollouts"]["items"]["required"]) & planned


def test_a_rehearsal_and_the_status_have_the_same_names():
    live, rolled = (set(rehearsal()[key]["items"]["required"]) for key in ("services", "rollouts"))
    kinds = schema_of("rollout status")["properties"]["services"]["items"]["oneOf"]
    for kind, rollout in zip(kinds, ("refresh", "deployment"), strict=True):
        assert {"service", "version", "image_name", "healthy", "desired"} <= live & set(kind["required"])
        assert {"id", "status", "reason"} <= rolled & set(kind["properties"][rollout]["required"])


def test_containers_are_described_as_servers_are_except_for_what_runs_them():
    servers, tasks = required("rollout status", "services")
    assert servers - tasks == {"group", "refresh"}
    assert tasks - servers == {"cluster", "service_arn", "deployment"}
    assert required("rollout watch", "services") == [servers, tasks]


def test_what_healing_came_to_has_the_keys_of_drift_and_those_of_the_healing():
    drifted, healed = required("drift", "services")
    assert healed - drifted == {
        *("outcome", "why", "fix", "desired", "floor", "worn", "worn_batches", "by_rollout", "left_alone"),
        *("replaced_ids", "lowest_healthy", "looks"),
    }
    assert drifted < healed


def test_the_runs_say_something_in_every_list_of_a_service(spoken: list[Spoken]):
    healed = [each.document["services"][0] for each in spoken if "--heal" in each.line]
    assert any(each["worn"] and each["worn_batches"] and each["replaced_ids"] for each in healed)
    drifted = [each.document["services"][0] for each in spoken if each.leaf == "drift" and "--record" not in each.line]
    assert any(each["findings"] for each in drifted)
    assert any(each["accepted"] for each in drifted)
    pruned = [row for each in spoken if each.leaf == "image prune" for row in each.document["stored"]]
    assert {bool(row["kept"]) for row in pruned} == {True, False}
    assert any(row["removal"] for row in pruned)


def test_what_is_said_of_a_resource_can_be_joined_by_its_urn(spoken: list[Spoken]):
    documents = {each.leaf: each.document for each in spoken if "--stop" not in each.line}
    resources = [each for tier in documents["spectrum"]["tiers"] for each in tier["resources"]]
    findings, policies = documents["guard"]["findings"], documents["rehearse"]["policies"]
    assert resources
    assert findings
    assert policies
    for each in (*resources, *findings, *policies):
        assert each["urn"].startswith("urn:pulumi:")
        assert each["urn"].endswith(f"{each['type']}::{each['name']}")
    assert {"mutability", "known_by"} <= set(resources[0]) & set(findings[0])
    assert {each["severity"] for each in policies} <= {severity.value for severity in Severity}


def test_a_recorded_program_has_the_urns_of_the_engine():
    class Outer(pulumi.ComponentResource):
        def __init__(self) -> None:
            super().__init__("shop:index:Outer", "a")
            Inner(pulumi.ResourceOptions(parent=self))

    class Inner(pulumi.ComponentResource):
        def __init__(self, opts: pulumi.ResourceOptions) -> None:
            super().__init__("shop:index:Inner", "b", None, opts)
            pulumi.CustomResource("shop:index:Leaf", "c", {}, pulumi.ResourceOptions(parent=self))

    graph = testing.run(Outer, project="shop", stack="prod")
    assert [each.urn for each in graph] == [
        "urn:pulumi:prod::shop::shop:index:Outer::a",
        "urn:pulumi:prod::shop::shop:index:Outer$shop:index:Inner::b",
        "urn:pulumi:prod::shop::shop:index:Outer$shop:index:Inner$shop:index:Leaf::c",
    ]
