"""Runtime configuration as it is registered, and what its readers are told."""

import json
from typing import Any

import pulumi
import pytest

from strata import RuntimeConfig, testing
from strata.errors import UsageError
from strata.settings.models import ParameterTier, RuntimeSettings, RuntimeValueSettings

PATH = "/strata/shop/prod/config/web"


def config(tier: ParameterTier = ParameterTier.STANDARD, **values: str | tuple[str, bool]) -> testing.Graph:
    """A configuration of texts, and of texts with whether they need a restart."""
    settings = RuntimeSettings(
        values={
            key.replace("__", "/"): RuntimeValueSettings(value=it)
            if isinstance(it, str)
            else RuntimeValueSettings(value=it[0], restart=it[1])
            for key, it in values.items()
        },
        tier=tier,
    )

    def program() -> None:
        access = RuntimeConfig("web", settings).access
        pulumi.export("environment", dict(access.environment))
        pulumi.export("statements", list(access.statements))

    return testing.run(program, project="shop", stack="prod")


def told(graph: testing.Graph) -> Any:
    return graph.exports["environment"]


def test_each_value_is_a_readable_parameter_below_one_path():
    graph = config(BANNER="on", features__search="off")
    parameters = {it.inputs["name"]: it.inputs for it in graph.of_type("Parameter")}
    assert set(parameters) == {f"{PATH}/BANNER", f"{PATH}/features/search"}
    for inputs in parameters.values():
        assert (inputs["type"], inputs["tier"]) == ("String", "Standard")
        assert "value" not in inputs, "a preview shows what changes"
    assert parameters[f"{PATH}/BANNER"]["insecureValue"] == "on"


def test_a_value_is_versioned_and_never_kept_from_being_changed():
    (parameter,) = config(BANNER="on").of_type("Parameter")
    assert parameter.inputs["tags"]["strata:mutability"] == "versioned"
    assert not parameter.options.protect
    assert not parameter.options.retain_on_delete


def test_large_values_need_the_advanced_tier():
    (parameter,) = config(ParameterTier.ADVANCED, BANNER="on").of_type("Parameter")
    assert parameter.inputs["tier"] == "Advanced"


def test_a_reader_may_read_the_path_and_nothing_else():
    (statement,) = config(BANNER="on", a="b").exports["statements"]
    assert set(statement["Action"]) == {"ssm:GetParametersByPath", "ssm:GetParameters", "ssm:GetParameter"}
    path, below = statement["Resource"]
    assert path.endswith(f":{PATH}")
    assert below == f"{path}/*"
    assert path.count("*") == 0


def test_a_toggle_changes_nothing_a_reader_is_told():
    assert told(config(BANNER="on", POOL=("1", True))) == told(config(BANNER="off", NEW="x", POOL=("1", True)))


@pytest.mark.parametrize(
    "values",
    [{"POOL": ("2", True)}, {"POOL": ("1", True), "OTHER": ("1", True)}, {"LOOP": ("1", True)}, {"POOL": ("1", False)}],
    ids=["value", "another", "name", "no longer"],
)
def test_a_change_of_what_needs_a_restart_is_told(values):
    assert told(config(**values)) != told(config(POOL=("1", True)))


def test_without_a_value_that_needs_a_restart_there_is_no_hash():
    assert told(config(BANNER="on")) == {"WEB_CONFIG_PATH": PATH}


def test_the_hash_says_nothing_of_the_value():
    text = json.dumps(told(config(POOL=("only-for-servers", True))))
    assert "only-for-servers" not in text
    assert len(told(config(POOL=("x", True)))["WEB_CONFIG_RESTART"]) == 16


def test_readers_wait_until_the_values_are_written():
    waited: set[str] = set()

    def program() -> None:
        values = {"A": RuntimeValueSettings(value="1"), "B": RuntimeValueSettings(value="2", restart=True)}
        made = RuntimeConfig("web", RuntimeSettings(values=values))

        async def look() -> None:
            for output in made.access.environment.values():
                assert isinstance(output, pulumi.Output)
                names = {it.pulumi_resource_name for it in await output.resources()}
                waited.update(names if not waited else names & waited)

        pulumi.export("looked", pulumi.Output.from_input(look()))

    testing.run(program)
    assert waited == {"web-config-A", "web-config-B"}


def test_a_configuration_without_values_is_refused():
    with pytest.raises(UsageError, match="runtime configuration 'web' has no values"):
        config()
