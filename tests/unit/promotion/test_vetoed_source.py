"""What keeps a promotion back where the stack that is to prove an image has vetoed it."""

import json

import pytest

from strata.naming import record_name, veto_name
from strata.verdict_names import vetoed_image_name
from tests.unit.cli.test_image_command import PROMOTE, World, refused, world

__all__ = ["world"]

SAID = "web 1.5.0 is vetoed for web of shop/staging, which is to prove it"


def test_a_version_that_the_other_stack_has_vetoed_is_refused_with_why_and_the_way_on(world: World):
    world.release("staging", "1.5.0")
    world.veto("staging", "1.5.0", "loses orders")
    for more in ((), ("--dry-run",)):
        said = refused(world, *PROMOTE, *more)
        assert f"{SAID}: loses orders" in said
        assert "Promote another version." in said
        assert "`strata image unveto staging web 1.5.0`" in said
    assert world.run("unveto", "staging", "web", "1.5.0")[0] == 0
    assert world.run(*PROMOTE)[0] == 0


def test_the_document_of_the_refusal_says_it_too(world: World, capsys: pytest.CaptureFixture[str]):
    world.release("staging", "1.5.0")
    world.veto("staging", "1.5.0", "loses orders")
    code, said = world.run(*PROMOTE, "--json")
    assert code == 3
    assert f"{SAID}: loses orders" in json.loads(said)["error"]["message"]


def test_an_image_that_the_other_stack_has_vetoed_as_another_version_is_refused_as_that(world: World):
    world.release("staging", "1.5.0")
    name = vetoed_image_name(record_name("shop", "staging", "web"), world.ids["1.5.0"])
    assert name is not None
    world.put(name, json.dumps({"reason": "slow", "called": ["web 1.4.9"]}))
    said = refused(world, *PROMOTE)
    assert f"{SAID} as web 1.4.9: slow" in said
    assert "`strata image unveto staging web 1.4.9`" in said


def test_a_container_image_that_the_other_stack_has_vetoed_is_refused(world: World):
    world.release_container("staging", "3.1.0", world.push("3.1.0"))
    world.veto("staging", "3.1.0", "slow", service="search")
    said = refused(world, "promote", "prod", "search", "--from", "staging", "--min-soak", "0s")
    assert "search 3.1.0 is vetoed for search of shop/staging, which is to prove it: slow" in said


def test_a_veto_of_another_version_or_service_of_the_other_stack_keeps_nothing_back(world: World):
    world.release("staging", "1.5.0")
    world.veto("staging", "1.4.2", "slow")
    world.veto("staging", "1.5.0", "slow", service="search")
    world.put(veto_name(record_name("other", "staging", "web"), "1.5.0"), "slow")
    assert world.run(*PROMOTE)[0] == 0
