"""What holds for every component, whoever wrote it."""

import inspect

import pulumi
import pulumi_aws as aws
import pytest

from strata import testing
from strata.components.base import Component
from strata.review.build import review
from strata.spectrum import Mutability
from strata.stage import Stage

from .conftest import IMAGE, everything

TOKENS = {
    "Alarms": "strata:index:Alarms",
    "Backup": "strata:index:Backup",
    "FileStore": "strata:index:FileStore",
    "Certificate": "strata:index:Certificate",
    "Database": "strata:index:Database",
    "ImmutableService": "strata:index:ImmutableService",
    "Ingress": "strata:index:Ingress",
    "MachineImage": "strata:index:MachineImage",
    "Network": "strata:index:Network",
    "ObjectStore": "strata:index:ObjectStore",
    "RuntimeConfig": "strata:index:RuntimeConfig",
    "Secret": "strata:index:Secret",
    "ReadReplica": "strata:index:ReadReplica",
}
"""The type token of every component. A token is part of every URN: changing one replaces what stands under it."""


MUTABILITIES = {
    "Alarms": Mutability.REPLACED,
    "Backup": Mutability.CONTROLLED,
    "FileStore": Mutability.CONTROLLED,
    "Certificate": Mutability.ROTATED,
    "Database": Mutability.CONTROLLED,
    "ImmutableService": Mutability.REPLACED,
    "Ingress": Mutability.STABLE,
    "MachineImage": Mutability.VERSIONED,
    "Network": Mutability.STABLE,
    "ObjectStore": Mutability.CONTROLLED,
    "RuntimeConfig": Mutability.VERSIONED,
    "Secret": Mutability.ROTATED,
    "ReadReplica": Mutability.REBUILDABLE,
}
"""The class that every component declares to be about."""


def run(opts=None) -> testing.Graph:
    program = everything if opts is None else lambda: everything(opts)
    return testing.run(program, mocks=testing.CloudMocks(images=[IMAGE]))


def components(graph: testing.Graph) -> list[testing.Registered]:
    return [it for it in graph if it.type.startswith("strata:")]


def test_the_table_of_tokens_is_complete(component_classes):
    assert [it.__name__ for it in component_classes] == sorted(TOKENS)


def test_every_component_declares_its_own_mutability(component_classes):
    declared = {it.__name__: vars(it).get("MUTABILITY") for it in component_classes}
    assert declared == MUTABILITIES, "set MUTABILITY on the component's class, and say it here"


def test_a_review_puts_every_component_where_it_declares_to_be(whole):
    found = review(whole, project="p", stack="s", stage=Stage.PROD, source="a test")
    wrong = {tier.kind: tier.mutability for tier in found.tiers if tier.mutability is not MUTABILITIES[tier.kind]}
    assert wrong == {}
    assert len({tier.kind for tier in found.tiers}) == len(MUTABILITIES) - 1, "a machine image has no resources"


def test_every_component_is_registered_under_its_token(whole):
    assert {it.type for it in components(whole)} == set(TOKENS.values())


def test_every_resource_has_a_component_as_its_parent(whole):
    parents = {it.urn for it in components(whole)}
    assert [it.name for it in whole if it.custom and it.parent not in parents] == []


def test_every_childs_name_starts_with_its_components(whole):
    # The engine derives a child's old name from its component's alias only then: a rename needs one alias.
    names = {it.urn: it.name for it in components(whole)}
    strays = [it.name for it in whole if it.parent in names and not f"{it.name}-".startswith(f"{names[it.parent]}-")]
    assert strays == []


def test_no_two_resources_of_a_type_share_a_name(whole):
    names = [(it.type, it.parent, it.name) for it in whole]
    assert len(names) == len(set(names))


def test_children_take_no_option_of_the_callers_but_the_parent(whole):
    def opts():
        return pulumi.ResourceOptions(
            ignore_changes=["tags"],
            delete_before_replace=True,
            replace_on_changes=["*"],
            additional_secret_outputs=["arn"],
            custom_timeouts=pulumi.CustomTimeouts(create="7m"),
            version="1.2.3",
        )

    plain = {it.urn: it.options for it in whole if it.custom}
    leaked = [it.name for it in run(opts) if it.custom and it.options != plain[it.urn]]
    assert leaked == []


def test_every_component_registers_its_outputs(whole):
    for component in components(whole):
        assert whole.outputs.get(component.urn), f"{component} registers no outputs: end its constructor with them"


def test_every_documented_output_is_registered(whole, component_classes):
    by_name = {it.__name__: it for it in component_classes}
    for component in components(whole):
        annotated = inspect.get_annotations(by_name[component.type.rsplit(":", 1)[1]])
        public = {name for name in annotated if name.islower() and not name.startswith("_")}
        registered = set(whole.outputs[component.urn]) | {"id"}
        assert public <= registered, f"{component} does not register {sorted(public - registered)}"


def test_every_child_that_can_be_tagged_is_tagged(whole):
    own = {"Name", "strata:project", "strata:stack", "strata:component", "strata:mutability"}
    for resource in whole:
        if resource.custom and takes_tags(resource.type):
            assert "tags" in resource.inputs, f"{resource} takes tags and has none: leave tagged=True"
    testing.assert_tagged(whole, own)


def takes_tags(token: str) -> bool:
    module, _, rest = token.removeprefix("aws:").partition("/")
    kind = getattr(getattr(aws, module), rest.rpartition(":")[2])
    return "tags" in inspect.signature(kind._internal_init).parameters


def test_everything_of_a_service_carries_its_name_as_a_tag(whole):
    service = whole.one("ImmutableService", "web")
    for child in whole.descendants(service):
        tags = child.inputs.get("tags")
        if isinstance(tags, dict):
            assert tags["strata:service"] == "web", child


def test_nothing_is_deleted_before_it_is_replaced(whole):
    # EC2 Auto Scaling has no two scheduled actions of one name or at one time: a new one can only come after the old.
    either_or = {"aws:autoscaling/schedule:Schedule"}
    assert [it.name for it in whole if it.options.delete_before_replace and it.type not in either_or] == []


@pytest.fixture
def asked_for(monkeypatch) -> dict[type, set[str]]:
    """The keys under which components make children."""
    keys: dict[type, set[str]] = {}
    plain = Component.child

    def spy(self, kind, key, *arguments, **keywords):
        keys.setdefault(type(self), set()).add(key)
        return plain(self, kind, key, *arguments, **keywords)

    monkeypatch.setattr(Component, "child", spy)
    return keys


def test_every_child_can_be_overridden_and_every_override_has_a_child(asked_for):
    run()
    for component, keys in asked_for.items():
        assert set(component.CHILDREN) == keys, component.__name__


def test_every_child_that_can_be_overridden_is_documented(component_classes):
    for component in component_classes:
        documentation = inspect.getdoc(component) or ""
        missing = [key for key in getattr(component, "CHILDREN", ()) if f"`{key}`" not in documentation]
        assert missing == [], f"the docstring of {component.__name__} does not name {missing} under overrides"


def test_the_safe_choices_hold_for_everything(whole):
    testing.assert_capacity_is_left_alone(whole)
    testing.assert_images_are_pinned(whole)
    testing.assert_metadata_is_protected(whole)
    testing.assert_names_are_free(whole)
    testing.assert_not_open_to_the_world(whole, except_for=["public-from-0.0.0.0-0-80", "public-from-0.0.0.0-0-443"])
    testing.assert_volumes_are_encrypted(whole)
    testing.assert_protected(
        whole,
        [
            "aws:ec2/vpc:Vpc",
            "aws:lb/loadBalancer:LoadBalancer",
            "aws:s3/bucket:Bucket",
            "aws:efs/fileSystem:FileSystem",
            "aws:backup/vault:Vault",
        ],
    )


def test_everything_that_must_not_be_lost_is_protected_when_asked_for(whole, classed):
    kept = {Mutability.CONTROLLED, Mutability.STABLE}
    assert {mutability for mutability in classed.values() if mutability in kept}
    loose = [it for it in whole if classed.get((it.type, it.name)) in kept and not it.options.protect]
    assert loose == [], "pass protect=settings.protect to the component's own constructor"
