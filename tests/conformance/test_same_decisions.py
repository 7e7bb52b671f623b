"""The rehearsal's plugin decides about every change as the real provider does: leave, update, replace or refuse."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from strata.engine.bootstrap.set_up import ready_cli
from strata_rehearsal.workspace.home import ready_home
from tests.conformance.changes import CHANGES, NOT_IN_VERSION_5, Value
from tests.conformance.container_changes import CONTAINER_CHANGES, CONTAINERS_NOT_IN_VERSION_5, uncompared
from tests.conformance.fleet_changes import FLEET_CHANGES
from tests.conformance.plugins import PROVIDER, Plugin, running

STORIES = {"life": {**CHANGES, **FLEET_CHANGES}, "container_life": CONTAINER_CHANGES}
"""The fixture that tells each, and the changes that are made in it."""
DROPPED = {"life": NOT_IN_VERSION_5, "container_life": CONTAINERS_NOT_IN_VERSION_5}
PROPERTIES = [
    (story, token, name) for story, changes in STORIES.items() for token, named in changes.items() for name in named
]


class Scene(NamedTuple):
    """The resources of a story, and the two plugins that are asked about them."""

    resources: list[Mapping[str, Any]]
    real: Plugin
    ours: Plugin

    def changed(self, token: str, name: str, change: Value) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """A resource of that type, and the inputs that it is to have."""
        of_type = [each for each in self.resources if each["type"] == token]
        resource = next((each for each in of_type if name in each["inputs"]), of_type[0])
        value = change(resource["inputs"].get(name)) if callable(change) else change
        return resource, {**resource["inputs"], name: value}


@pytest.fixture(scope="module")
def set_up(
    request: pytest.FixtureRequest, real_provider: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Scene]]:
    """Sets the scene of a story, once."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    ours = ready_home(tmp_path_factory.mktemp("ours"), ready_cli()).pulumi_home
    with ExitStack() as plugins:

        @cache
        def scene(story: str) -> Scene:
            state = request.getfixturevalue(story).state
            resources = sorted(state["deployment"]["resources"], key=lambda each: each["urn"])
            config = next(each["inputs"] for each in resources if each["type"] == PROVIDER)
            real, own = (plugins.enter_context(running(home, environment, config)) for home in (real_provider, ours))
            return Scene(resources, real, own)

        yield scene


@pytest.mark.parametrize(
    "story, token, name",
    PROPERTIES,
    ids=[f"{token.removeprefix('aws:').partition(':')[0]}-{name}" for _, token, name in PROPERTIES],
)
def test_both_plugins_decide_the_same(set_up: Callable[[str], Scene], story: str, token: str, name: str):
    scene = set_up(story)
    resource, wanted = scene.changed(token, name, STORIES[story][token][name])
    real, ours = scene.real.decide(resource, wanted), scene.ours.decide(resource, wanted)
    assert real.action == ours.action, f"real: {real}; ours: {ours}"


@pytest.mark.parametrize("story", DROPPED)
def test_what_is_not_compared_is_what_version_5_drops(set_up: Callable[[str], Scene], story: str):
    scene = set_up(story)
    for token, changes in DROPPED[story].items():
        for name, value in changes.items():
            resource, wanted = scene.changed(token, name, value)
            assert scene.real.decide(resource, wanted).action == "nothing", f"{token}: compare {name}, which it has now"


@pytest.mark.parametrize("story", STORIES)
def test_every_property_the_components_set_is_changed_once(set_up: Callable[[str], Scene], story: str):
    made = {
        (each["type"], name)
        for each in set_up(story).resources
        if each["type"].startswith("aws:")
        for name in each["inputs"]
        if not name.startswith("__")
    }
    assert uncompared(made) == [], "give each a change in tests/conformance/changes.py"
