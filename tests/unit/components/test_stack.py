"""The stack a program describes."""

import pulumi
import pytest

from strata import Stack, testing
from strata.errors import SettingsError, UsageError
from strata.stage import Stage

IMAGE = {"version": "1.4.2", "id": "ami-0f3c51d29a7e84b61"}
CONFIG = {
    "aws:region": "eu-west-1",
    "strata:stage": "staging",
    "strata:images": {"web": IMAGE, "shared": {**IMAGE, "app": "web"}},
    "strata:services": {"web": {"routes": [{"priority": 1, "paths": ["/*"]}]}, "jobs": {"image": "shared"}},
}


def loaded(use, config=CONFIG) -> testing.Graph:
    return testing.run(lambda: use(Stack.load()), config=config)


def test_a_stack_knows_its_settings():
    seen = {}

    def use(stack):
        seen.update(stage=stack.stage, zones=stack.network.zones, web=stack.services["web"], ingress=stack.ingress)

    loaded(use)
    assert seen["stage"] is Stage.STAGING
    assert seen["web"].routes[0].priority == 1
    assert seen["ingress"].internal is False


def test_an_image_is_looked_up_once_however_often_it_is_asked_for():
    def use(stack):
        assert stack.image("web") is stack.image("web")

    assert len(loaded(use).of_type("MachineImage")) == 1


def test_a_service_may_name_the_image_it_shares():
    def use(stack):
        assert stack.image("jobs") is stack.image("shared")

    assert [it.name for it in loaded(use).of_type("MachineImage")] == ["shared"]


def test_an_image_that_is_not_pinned_is_refused_with_those_that_are():
    with pytest.raises(UsageError, match="no image is pinned as 'wbe'") as refusal:
        loaded(lambda stack: stack.image("wbe"))
    assert "Did you mean 'web'?" in str(refusal.value)
    assert "pinned are shared, web" in str(refusal.value)


def test_a_service_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(UsageError, match="no 'job' under services") as refusal:
        loaded(lambda stack: stack.services["job"])
    assert "Did you mean 'jobs'?" in str(refusal.value)


def test_a_stack_file_with_problems_is_refused_before_anything_is_registered():
    with pytest.raises(SettingsError, match="strata:stage"):
        loaded(lambda stack: stack, config={**CONFIG, "strata:stage": "production"})


@pytest.mark.parametrize("name", [1, None, pulumi.Output.from_input("web")], ids=["a number", "None", "an Output"])
def test_a_part_asked_for_by_something_that_is_no_name_is_refused_in_one_sentence(name):
    def program():
        Stack.load().services[name]

    with pytest.raises(UsageError, match="services are found by name"):
        testing.run(program, config={"strata:stage": "dev"})
