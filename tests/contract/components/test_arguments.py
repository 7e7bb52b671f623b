"""Every public constructor, every argument, all that is handed over by mistake: one sentence, never a traceback."""

import inspect
import re
from collections.abc import Awaitable, Callable
from types import UnionType
from typing import Any, ForwardRef, Union, get_args, get_origin

import pulumi
import pytest
from typing_extensions import get_protocol_members

import strata
from strata import Certificate, ContainerImage, Database, Ingress, MachineImage, Network, Sidecar, Stack, testing
from strata.arguments import WAYS
from strata.clock import Clock, SystemClock
from strata.components.access import Access, Door
from strata.components.base import Component
from strata.components.network import ExistingNetwork
from strata.errors import SettingsError, UsageError
from strata.rollout.gated_service import Gate, NoGate
from strata.settings import models

from .conftest import IMAGE

OUTPUT = pulumi.Output.from_input("x")
MANY: Any = [pulumi.Output.from_input(f"subnet-{each}") for each in (1, 2)]
MODELS: Any = models
"""Unseen by the type checker, which would refuse these mistakes itself."""

SETTINGS_MISTAKES: list[Any] = [{}, "web", None, OUTPUT, models.RolloutSettings(), models.NetworkSettings]
TEXT_MISTAKES: list[Any] = [1, True, {}, ["a"], object()]
COMPONENT_MISTAKES: list[Any] = ["x-1", {}, 1, OUTPUT, models.NetworkSettings(), object()]
LIST_MISTAKES: list[Any] = ["subnet-1", 1, {}, [1], object()]

MISTAKES: dict[str, list[Any]] = {
    "str": [*TEXT_MISTAKES, None, OUTPUT],
    "str | None": [*TEXT_MISTAKES, OUTPUT],
    "Input[str]": [*TEXT_MISTAKES, None],
    "Input[str] | None": TEXT_MISTAKES,
    "Input[int]": ["80", None, {}],
    "Input[Sequence[str]]": [*LIST_MISTAKES, None],
    "Output[str]": [*TEXT_MISTAKES, "vpc-1", None],
    "Output[Sequence[str]]": [*LIST_MISTAKES, None],
    "AnyNetwork": [*COMPONENT_MISTAKES, None, Network],
    "Ingress | None": [*COMPONENT_MISTAKES, Ingress],
    "ContainerImage | Input[str]": [1, True, {}, None, ContainerImage, models.ContainerImageSettings()],
    "ContainerImage | Input[str] | None": [1, True, {}, ContainerImage, models.ContainerImageSettings()],
    "Cluster | Input[str] | None": [1, True, {}, object(), models.NetworkSettings()],
    "Mapping[str, Sidecar] | None": ["agent", 1, ["agent"], {"agent": "image"}, {1: "a"}, {"agent": OUTPUT}, OUTPUT],
    "Mapping[str, Secret]": ["token", 1, {"TOKEN": "arn"}, {1: "a"}, OUTPUT],
    "Mapping[str, Secret] | None": ["token", 1, ["token"], {"TOKEN": "arn"}, {1: "a"}, {"TOKEN": OUTPUT}, OUTPUT],
    "MachineImage": [*COMPONENT_MISTAKES, None, MachineImage],
    "Database": [*COMPONENT_MISTAKES, None, Database],
    "Certificate | Input[str] | None": [1, {}, models.CertificateSettings(domain="a.example.com"), Certificate],
    "TargetGroup | Input[str]": [1, True, {}, None, Database, models.AlarmSettings()],
    "LoadBalancer | Ingress | Input[str]": [1, True, {}, None, Ingress, models.IngressSettings()],
    "Sequence[Usable]": ["config", 1, {}, ["config"], [OUTPUT], OUTPUT, Access("a"), None],
    "Sequence[Door]": ["x", 1, [1], Door("a", "sg-1", 80), None],
    "Sequence[Mapping[str, Any]]": ["x", 1, [1], {}, None],
    "Input[str] | Mapping[str, Input[str]] | None": [1, True, ["a"], {"a": 1}, {1: "a"}, object()],
    "PromotionSettings | None": [{}, "prod", 1, OUTPUT, models.NetworkSettings()],
    "Gate | None": ["on", 1, {}, OUTPUT],
    "Clock | None": ["now", 1, {}, OUTPUT],
    "Session | None": ["default", 1, {}, OUTPUT],
    "Mapping[str, Mapping[str, Any]] | None": ["group", 1, ["group"], {"group": 1}, {1: {}}, OUTPUT],
    "Mapping[str, str] | None": ["a", 1, ["a"], {"a": 1}, {1: "a"}, {"a": OUTPUT}, OUTPUT],
    "Mapping[str, Input[str]]": ["a", 1, ["a"], {"a": 1}, {1: "a"}, None],
    "ResourceOptions | None": ["protect", 1, {}, {"protect": True}, OUTPUT],
    "StackReference": ["acme/net/prod", 1, None, {}, OUTPUT],
    "StackSettings": [{}, "prod", None, OUTPUT, models.NetworkSettings()],
}
"""By annotation, everything that is handed over by mistake."""


def annotation(parameter: inspect.Parameter) -> str:
    """What a parameter is annotated with, as the source has it without the names of modules."""
    said = parameter.annotation
    return re.sub(r"\b(?:[a-z]\w*\.)+(\w+)", r"\1", said) if isinstance(said, str) else spelt(said)


def spelt(hint: Any) -> str:
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        inputs = [get_args(part)[0] for part in parts if get_origin(part) is Awaitable]
        real = [part for part in parts if not isinstance(part, ForwardRef) and get_origin(part) is not Awaitable]
        return " | ".join(f"Input[{spelt(part)}]" if part in inputs else spelt(part) for part in real)
    if origin is not None:
        return f"{origin.__name__}[{', '.join(map(spelt, parts))}]"
    return "None" if hint is type(None) else getattr(hint, "__name__", str(hint))


def mistakes(parameter: inspect.Parameter) -> list[Any]:
    text = annotation(parameter)
    if text.endswith("Settings") and text != "StackSettings":
        return SETTINGS_MISTAKES
    assert text in MISTAKES, f"a new kind of argument: add a row for {text!r}"
    return MISTAKES[text]


CALLED: dict[str, Callable[..., Any]] = {
    **{
        name: found
        for name in strata.__all__
        if inspect.isclass(found := getattr(strata, name)) and issubclass(found, Component)
    },
    "Stack": Stack,
    "Stack.load": Stack.load,
    "Network.from_ids": Network.from_ids,
    "Network.from_stack": Network.from_stack,
    "ExistingNetwork": ExistingNetwork,
    "Access": Access,
    "Sidecar": Sidecar,
    "Door": Door,
}
"""Everything public that people call with arguments of their own."""


def fitting() -> dict[str, Any]:
    """Arguments that are right, by annotation; a constructor is never reached with them all."""
    network = Network.from_ids(
        "main",
        vpc_id="vpc-1",
        cidr="10.0.0.0/16",
        private_subnet_ids=["subnet-1", "subnet-2"],
        isolated_subnet_ids=["subnet-3", "subnet-4"],
    )
    return {
        "str": "web",
        "Input[str]": "x",
        "TargetGroup | Input[str]": "x",
        "LoadBalancer | Ingress | Input[str]": "x",
        "ContainerImage | Input[str]": f"shop/web@sha256:{'a' * 64}",
        "Input[int]": 80,
        "Input[Sequence[str]]": ["subnet-1"],
        "Output[str]": OUTPUT,
        "Output[Sequence[str]]": pulumi.Output.from_input(["subnet-1"]),
        "AnyNetwork": network,
        "MachineImage": MachineImage("web", models.ImageSettings(version=IMAGE.version, id=IMAGE.id)),
        "Database": Database("orders", models.DatabaseSettings(version="16"), network=network),
        "StackSettings": models.StackSettings(stage=strata.Stage.DEV),
        "ImageSettings": models.ImageSettings(version=IMAGE.version, id=IMAGE.id),
        "ImagePipelineSettings": models.ImagePipelineSettings(
            parent=IMAGE.id, verify=("examples/image_pipeline/image/verify.sh",)
        ),
        "MaintainedFleetSettings": models.MaintainedFleetSettings(
            playbook=models.PlaybookSettings(repository="shop/servers", commit="c0" * 20),
            changes=models.FleetChangeSettings(healthy_command="systemctl is-active web"),
        ),
        "DatabaseSettings": models.DatabaseSettings(version="16"),
        "CertificateSettings": models.CertificateSettings(domain="a.example.com"),
        "ReplicaSettings": models.ReplicaSettings(source="orders"),
        "StackReference": pulumi.StackReference("acme/net/prod"),
    }


def right(parameter: inspect.Parameter, known: dict[str, Any]) -> Any:
    text = annotation(parameter)
    return known[text] if text in known else getattr(models, text)()


def parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    return list(inspect.signature(function).parameters.values())


@pytest.mark.parametrize("name", CALLED)
def test_a_wrong_argument_is_one_sentence_with_its_name_and_a_fix(name: str):
    function, told = CALLED[name], []

    def program() -> None:
        known = fitting()
        needed = {each.name: right(each, known) for each in parameters(function) if each.default is each.empty}
        for parameter in parameters(function):
            for value in mistakes(parameter):
                try:
                    function(**{**needed, parameter.name: value})
                except UsageError as error:
                    good = f"{parameter.name} must be " in error.message and "; " not in error.message and error.fix
                    told.extend([] if good else [(parameter.name, value, error.message)])
                except Exception as error:  # noqa: BLE001  whatever else it is, a person would see a traceback
                    told.append((parameter.name, value, repr(error)))
                else:
                    told.append((parameter.name, value, "was accepted"))

    testing.run(program, mocks=testing.CloudMocks(images=[IMAGE]))
    assert told == []


@pytest.mark.parametrize("name", [name for name in CALLED if "." not in name])
def test_an_argument_of_another_name_is_refused_with_those_there_are(name: str):
    with pytest.raises(UsageError, match=r"unexpected keyword|missing a required") as caught:
        CALLED[name](nmae="web")
    assert "Its arguments are " in (caught.value.fix or "")


def test_everything_wrong_with_a_call_is_told_at_once():
    with pytest.raises(UsageError) as caught:
        testing.run(
            lambda: strata.ImmutableService("web", {}, image="ami-1", network="vpc-1", uses="config")  # type: ignore[arg-type]
        )
    for word in ("ImmutableService 'web'", "settings must", "image must", "network must", "uses must"):
        assert word in caught.value.message
    assert "stack.image(NAME)" in (caught.value.fix or "")
    assert "Network.from_ids" in (caught.value.fix or "")


def test_an_output_is_taken_where_one_may_be_and_explained_where_none_may():
    def program() -> None:
        network = Network.from_ids("main", vpc_id=OUTPUT, cidr=OUTPUT, private_subnet_ids=MANY, public_subnet_ids=MANY)
        Ingress("public", models.IngressSettings(), network=network)

    testing.run(program)
    with pytest.raises(UsageError, match="name must be a text, got an Output") as caught:
        testing.run(lambda: Network(OUTPUT, models.NetworkSettings()))  # type: ignore[arg-type]
    assert "only once AWS has answered" in (caught.value.fix or "")


@pytest.mark.parametrize(
    "make,words",
    [
        (lambda: MODELS.ServiceSettings(instance_type=OUTPUT), "got an Output"),
        (lambda: MODELS.ServiceSettings(capacty={}), "Did you mean capacity?"),
        (lambda: MODELS.ServiceSettings(rollout={"bake_seconds": "x"}), "rollout.bake_seconds: input should be"),
        (lambda: MODELS.NetworkSettings(cidr="10.0"), 'got "10.0"'),
        (MODELS.DatabaseSettings, "version: it is required"),
    ],
)
def test_settings_a_program_writes_wrongly_are_one_sentence(make: Callable[[], object], words: str):
    with pytest.raises(UsageError) as caught:
        make()
    assert words in str(caught.value)
    assert "pydantic" not in str(caught.value)
    assert caught.value.fix


def test_what_fits_is_handed_on_as_it_is():
    seen: list[object] = []

    def program() -> None:
        image = MachineImage(
            "web", models.ImageSettings(version=IMAGE.version, id=IMAGE.id), clock=SystemClock(), opts=None
        )
        network = Network.from_ids("main", vpc_id="vpc-1", cidr="10.0.0.0/16", private_subnet_ids=("subnet-1",))
        web = strata.ImmutableService(
            "web", models.ServiceSettings(), image=image, network=network, gate=NoGate(), uses=(Access("a"),)
        )
        seen.append(web)

    testing.run(program, mocks=testing.CloudMocks(images=[IMAGE]))
    assert seen


def test_settings_errors_of_a_stack_file_keep_their_paths():
    with pytest.raises(SettingsError, match="strata:services"):
        testing.run(Stack.load, config={"strata:stage": "dev", "strata:services": {"web": {"prt": 1}}})


def test_what_a_gate_or_a_clock_must_have_is_named_whole():
    missing = {
        f"{protocol.__name__}: {member}"
        for protocol in (Gate, Clock)
        for member in get_protocol_members(protocol)
        if member not in WAYS[protocol.__name__]
    }
    assert missing == set()
