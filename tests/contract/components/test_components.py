"""What holds for every component, whoever wrote it."""

import ast
import inspect
import itertools
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws
import pulumi_docker as docker
import pytest
from pydantic import ConfigDict, TypeAdapter

from strata import (
    Backup,
    Certificate,
    ImmutableService,
    Ingress,
    MachineImage,
    Network,
    Secret,
    testing,
)
from strata.components.base import Component
from strata.components.children import Children
from strata.review.build import review
from strata.rollout.gate import NoGate
from strata.settings.models import (
    BackupSettings,
    CertificateSettings,
    FlowLogSettings,
    ImageSettings,
    IngressSettings,
    Nat,
    NetworkSettings,
    SecretSettings,
    ServiceSettings,
)
from strata.spectrum import Mutability
from strata.stage import Stage

from .conftest import CERTIFICATE, IMAGE, everything

ANY = ConfigDict(arbitrary_types_allowed=True)

TOKENS = {
    "Alarms": "strata:index:Alarms",
    "Backup": "strata:index:Backup",
    "FileStore": "strata:index:FileStore",
    "Certificate": "strata:index:Certificate",
    "ContainerImage": "strata:index:ContainerImage",
    "ContainerService": "strata:index:ContainerService",
    "Database": "strata:index:Database",
    "ImagePipeline": "strata:index:ImagePipeline",
    "ImmutableService": "strata:index:ImmutableService",
    "Ingress": "strata:index:Ingress",
    "MachineImage": "strata:index:MachineImage",
    "MaintainedFleet": "strata:index:MaintainedFleet",
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
    "ContainerImage": Mutability.VERSIONED,
    "ContainerService": Mutability.REPLACED,
    "Database": Mutability.CONTROLLED,
    "ImagePipeline": Mutability.VERSIONED,
    "ImmutableService": Mutability.REPLACED,
    "Ingress": Mutability.STABLE,
    "MachineImage": Mutability.VERSIONED,
    "MaintainedFleet": Mutability.CONTROLLED,
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


def test_every_constructor_is_called_alike(component_classes):
    for component in component_classes:
        name, settings, *rest = list(inspect.signature(component).parameters.values())
        assert (name.name, settings.name) == ("name", "settings"), component.__name__
        assert settings.annotation.__name__.endswith("Settings"), component.__name__
        assert {each.kind for each in rest} == {inspect.Parameter.KEYWORD_ONLY}, component.__name__
        wiring = [each.name for each in rest]
        last = ["overrides", "opts"] if component.children is not Children else ["opts"]
        assert wiring[-len(last) :] == last, component.__name__
        assert not {"tags", "protect", "service"} & set(wiring), f"{component.__name__}: that is a setting"


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
        if resource.custom and resource.type.startswith("aws:") and takes_tags(resource.type):
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
        assert set(component.children.names()) == keys, component.__name__


def test_every_child_is_documented(component_classes):
    for component in component_classes:
        documented = set(described(component.children)) if component.children is not Children else set()
        missing = set(component.children.names()) - documented
        assert not missing, f"say below each of {sorted(missing)} in {component.children.__name__} what it is"


def described(kind: type) -> list[str]:
    """Annotations of a class that have a text below."""
    (body,) = (node.body for node in ast.parse(inspect.getsource(kind)).body if isinstance(node, ast.ClassDef))
    return [
        node.target.id
        for node, after in itertools.pairwise(body)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
    ]


@pytest.fixture
def made(monkeypatch) -> list[Component]:
    """Every component that a program makes."""
    found: list[Component] = []
    plain = Component.publish

    def spy(self, **more):
        found.append(self)
        plain(self, **more)

    monkeypatch.setattr(Component, "publish", spy)
    return found


def smallest() -> None:
    """Components with the fewest optional parts."""
    network = Network("main", NetworkSettings(nat=Nat.NONE, flow_logs=FlowLogSettings(enabled=False)))
    Backup("backup", BackupSettings(enabled=False))
    Certificate("shop", CertificateSettings(external_arn=CERTIFICATE))
    Secret("mail", SecretSettings(external_arn="arn:aws:secretsmanager:eu-west-1:123456789012:secret:mail-x"))
    image = MachineImage("web", ImageSettings(version=IMAGE.version, id=IMAGE.id))
    ImmutableService("jobs", ServiceSettings(scaling=None), image=image, network=network, gate=NoGate())
    Ingress("public", IngressSettings(), network=network)


@pytest.mark.parametrize("program", [everything, smallest])
def test_children_are_reached_as_the_types_they_are_declared_to_be(made, program):
    names = {"aws": aws, "docker": docker, "Sequence": Sequence}
    testing.run(program, mocks=testing.CloudMocks(images=[IMAGE]))
    for component in made:
        for name, hint in component.children.declared().items():
            child = getattr(component.resources, name)
            fits = TypeAdapter(eval(hint, names), config=ANY).validate_python  # noqa: S307
            assert fits(child) is not NotImplemented, f"{component.pulumi_resource_name}: {name}"


def test_a_child_that_there_is_not_is_refused_with_those_there_are(made):
    run()
    web = next(it for it in made if it.pulumi_resource_name == "web" and isinstance(it, ImmutableService))
    assert web.resources.group.pulumi_resource_name == "web-group"
    assert [it.pulumi_resource_name for it in web.resources.listener_rule] == ["web-route-10"]
    with pytest.raises(AttributeError, match="web has no child 'gruop'; it has launch_template, group"):
        web.resources.gruop  # noqa: B018


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
