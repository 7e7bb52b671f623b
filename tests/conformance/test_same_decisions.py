"""The rehearsal's plugin decides about every change as the real provider does: leave, update, replace or refuse."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from strata.engine.bootstrap.set_up import ready_cli
from strata_rehearsal.workspace.home import ready_home
from tests.conformance.changes import CHANGES
from tests.conformance.life import Life
from tests.conformance.plugins import PROVIDER, Plugin, running

PROPERTIES = [(token, name) for token, changes in CHANGES.items() for name in changes]


class Both(NamedTuple):
    real: Plugin
    ours: Plugin


@pytest.fixture(scope="module")
def resources(life: Life) -> list[Mapping[str, Any]]:
    return sorted(life.state["deployment"]["resources"], key=lambda each: each["urn"])


@pytest.fixture(scope="module")
def both(
    resources: list[Mapping[str, Any]], real_provider: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Both]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    config = next(each["inputs"] for each in resources if each["type"] == PROVIDER)
    ours = ready_home(tmp_path_factory.mktemp("ours"), ready_cli()).pulumi_home
    with running(real_provider, environment, config) as real, running(ours, environment, config) as own:
        yield Both(real, own)


@pytest.mark.parametrize(
    "token, name", PROPERTIES, ids=[f"{token.rpartition(':')[2]}-{name}" for token, name in PROPERTIES]
)
def test_both_plugins_decide_the_same(both: Both, resources: list[Mapping[str, Any]], token: str, name: str):
    of_type = [each for each in resources if each["type"] == token]
    resource = next((each for each in of_type if name in each["inputs"]), of_type[0])
    change = CHANGES[token][name]
    wanted = {**resource["inputs"], name: change(resource["inputs"].get(name)) if callable(change) else change}
    real, ours = both.real.decide(resource, wanted), both.ours.decide(resource, wanted)
    assert real.action == ours.action, f"real: {real}; ours: {ours}"


def test_every_property_the_components_set_is_changed_once(resources: list[Mapping[str, Any]]):
    made = {
        (each["type"], name)
        for each in resources
        if each["type"].startswith("aws:")
        for name in each["inputs"]
        if not name.startswith("__")
    }
    assert not made - set(PROPERTIES)
