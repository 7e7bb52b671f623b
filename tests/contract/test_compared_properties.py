"""What the programs of the conformance tests set has a row for both plugins, found without the real provider."""

import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi_aws as aws
import pytest
from ruamel.yaml import YAML

from strata import testing
from tests.conformance.container_changes import uncompared

FOLDER = Path(__file__).parents[1] / "conformance"


def registered(program: str, monkeypatch: pytest.MonkeyPatch) -> testing.Graph:
    # The programs put their own in its place, for a provider that lacks a member of it.
    monkeypatch.setattr(aws, "get_region_output", aws.get_region_output)
    config: Mapping[str, Any] = YAML(typ="safe").load(FOLDER / program / "Pulumi.live.yaml")["config"]
    run = str(FOLDER / program / "__main__.py")
    return testing.run(lambda: runpy.run_path(run), config=config, project="conformance", stack="live")


@pytest.mark.parametrize("program", ["program", "containers"])
def test_every_property_has_a_change_that_is_compared(program: str, monkeypatch: pytest.MonkeyPatch):
    made = {
        (each.type, name)
        for each in registered(program, monkeypatch)
        if each.type.startswith("aws:")
        for name, value in each.inputs.items()
        if value is not None
    }
    assert len(made) > 50
    assert uncompared(made) == [], "give each a change in tests/conformance/changes.py"
