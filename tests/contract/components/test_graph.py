"""The registered graph as a snapshot: what a change of the library does to a stack is read here."""

import base64
import json
from typing import Any

import pytest

from strata import testing
from strata.settings.recorded_terms import TERMS_OUTPUT


def readable(resource: testing.Registered) -> dict[str, Any]:
    inputs = dict(resource.inputs)
    if "userData" in inputs:
        inputs["userData"] = base64.b64decode(inputs["userData"]).decode().splitlines()
    options = resource.options
    said = {
        "protect": options.protect,
        "ignore_changes": list(options.ignore_changes),
        "depends_on": sorted(urn.rsplit("::", 1)[1] for urn in options.depends_on),
        "timeouts": dict(options.timeouts),
    }
    return {
        "parent": resource.parent.rsplit("::", 1)[1],
        "inputs": json.loads(json.dumps(inputs, sort_keys=True)),
        **{key: value for key, value in said.items() if value},
    }


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_the_reference_stack_registers_what_was_reviewed(reference, stack, snapshot):
    graph = reference(stack)
    assert {f"{it.type} {it.name}": readable(it) for it in sorted(graph, key=str)} == snapshot
    assert graph.exports == snapshot(name="exports")


def test_the_reference_stacks_differ_by_their_files_only(reference):
    staging, prod = reference("staging"), reference("prod")
    for token in ("ContainerService", "ImmutableService", "Ingress", "Network"):
        assert {it.name for it in staging.of_type(token)} == {it.name for it in prod.of_type(token)}
    assert (
        staging.exports.keys()
        == prod.exports.keys()
        == {*("url", "database", "web", "api", "jobs", "search", TERMS_OUTPUT)}
    )


def test_registering_twice_gives_the_same_graph(register_reference):
    first, second = (register_reference("staging") for _ in range(2))
    assert sorted(map(str, first)) == sorted(map(str, second))
    assert {it.urn: it for it in first} == {it.urn: it for it in second}
