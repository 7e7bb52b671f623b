"""Settings of a running program: the same values, as Pulumi hands them over."""

import json
from contextvars import copy_context
from typing import Any

import pulumi
import pytest

from strata.errors import SettingsError
from strata.settings.load import Loaded, load, load_from_pulumi
from tests.unit.settings.stacks import REGION, changed, complete


def loaded(values: dict[str, Any], *, secrets: tuple[str, ...] = (), **config: str) -> Loaded:
    """What a program loads whose stack has these values below `strata:`."""
    texts = {f"strata:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}

    def program() -> Loaded:
        pulumi.runtime.set_all_config({**texts, "aws:region": REGION, **config}, list(secrets))
        return load_from_pulumi()

    # Config lives in context variables: a context of its own leaves nothing behind for other tests.
    return copy_context().run(program)


def test_a_program_reads_what_the_file_says():
    from_file = load(complete(), source="a file", region=REGION)
    assert loaded(complete()).settings == from_file.settings


def test_a_program_gets_every_problem_at_once():
    with pytest.raises(SettingsError) as caught:
        loaded(changed(complete(), {("netwrok",): {}, ("services", "web", "capacity"): {"min": 5, "max": 4}}))
    assert {problem.path for problem in caught.value.problems} == {
        ("netwrok",),
        ("services", "web", "capacity", "max"),
    }


def test_a_text_where_a_mapping_belongs_is_a_problem():
    with pytest.raises(SettingsError) as caught:
        loaded(changed(complete(), {("network",): "{broken"}))
    assert [(problem.path, problem.got) for problem in caught.value.problems] == [(("network",), "{broken")]


def test_a_decrypted_secret_is_refused_and_never_shown():
    values = changed(complete(), {("services", "web", "environment", "PASSWORD"): "hunter2"})
    with pytest.raises(SettingsError) as caught:
        loaded(values, secrets=("strata:services",))
    assert [problem.path for problem in caught.value.problems] == [("services",)]
    assert "hunter2" not in str(caught.value)
