"""The plugin's types of EC2 Image Builder, made, changed and deleted in the local AWS."""

from typing import Any

import pytest

from strata_rehearsal.plugin.connection import AwsConnection
from strata_rehearsal.plugin.operation_errors import AwsCallError, HalfMadeError
from strata_rehearsal.plugin.provider import Resources
from strata_rehearsal.plugin.provider_settings import ProviderSettings
from tests.unit.rehearsal.cloud.baking import DOCUMENT, PARENT, PROFILE, Bakery
from tests.unit.rehearsal.cloud.conftest import REGION, Aws

MODULE = "aws:imagebuilder"
COMPONENT, RECIPE, IMAGE = (
    f"{MODULE}/{leaf}" for leaf in ("component:Component", "imageRecipe:ImageRecipe", "image:Image")
)
INFRASTRUCTURE = f"{MODULE}/infrastructureConfiguration:InfrastructureConfiguration"
DISTRIBUTION = f"{MODULE}/distributionConfiguration:DistributionConfiguration"
PIPELINE = f"{MODULE}/imagePipeline:ImagePipeline"
POLICY = f"{MODULE}/lifecyclePolicy:LifecyclePolicy"


class Straight(AwsConnection):
    """Asks the local AWS of the test, whose clock moves when the plugin waits."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        super().__init__(ProviderSettings(REGION, {}), aws.clock.now, aws.wait)

    def client(self, service: str, region: str | None = None) -> Any:
        return getattr(self._aws, service)


class Program:
    """What a program keeps of its resources."""

    def __init__(self, aws: Aws) -> None:
        self._resources = Resources(Straight(aws))

    def make(self, token: str, **inputs: Any) -> tuple[str, dict[str, Any]]:
        return self._resources.create(token, "it", inputs, lambda _id: None)

    def read(self, token: str, identity: str, inputs: dict[str, Any]) -> Any:
        return self._resources.read(token, "it", identity, inputs, inputs)

    def change(self, token: str, identity: str, outputs: dict[str, Any], old: dict[str, Any], **new: Any) -> Any:
        return self._resources.update(token, "it", identity, outputs, old, {**old, **new})

    def delete(self, token: str, identity: str, inputs: dict[str, Any]) -> None:
        self._resources.delete(token, "it", identity, inputs, inputs)


@pytest.fixture
def bakery(bare: Aws) -> Bakery:
    return Bakery(bare)


@pytest.fixture
def program(bakery: Bakery) -> Program:
    return Program(bakery.aws)


COMPONENT_INPUTS: dict[str, Any] = {"name": "base", "version": "1.0.0", "platform": "Linux", "data": DOCUMENT}


def distribution(name: str) -> dict[str, Any]:
    ami = {"name": name, "amiTags": {"app": "shop"}, "launchPermission": {"userIds": ["222222222222"]}}
    parameter = {"parameterName": "/images/shop", "dataType": "aws:ec2:image"}
    place = {"region": REGION, "amiDistributionConfiguration": ami, "ssmParameterConfigurations": [parameter]}
    return {"name": "here", "distributions": [place]}


def recipe_inputs(component: str, **more: Any) -> dict[str, Any]:
    return {
        "name": "shop",
        "version": "1.0.0",
        "parentImage": PARENT,
        "components": [{"componentArn": component}],
        "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"volumeSize": 12, "encrypted": "true"}}],
        "userDataBase64": "aGk=",
        **more,
    }


@pytest.mark.parametrize(
    "token, first, second",
    [
        (
            INFRASTRUCTURE,
            {"name": "small", "instanceProfileName": PROFILE, "instanceTypes": ["t3.small"], "tags": {"a": "1"}},
            {"instanceTypes": ["t3.medium"], "tags": {"a": "2", "b": "3"}},
        ),
        (DISTRIBUTION, distribution("one-{{ imagebuilder:buildDate }}"), distribution("{{ imagebuilder:buildDate }}")),
        (
            POLICY,
            {
                "name": "old",
                "executionRole": "arn:aws:iam::123456789012:role/lifecycle",
                "resourceType": "AMI_IMAGE",
                "policyDetails": [{"action": {"type": "DELETE"}, "filter": {"type": "COUNT", "value": 5}}],
                "resourceSelection": {"recipes": [{"name": "shop", "semanticVersion": "x.x.x"}]},
            },
            {"status": "DISABLED"},
        ),
    ],
)
def test_a_part_is_made_and_changed_in_place_without_a_difference_left(
    program: Program, token: str, first: dict[str, Any], second: dict[str, Any]
):
    identity, outputs = program.make(token, **first)
    assert outputs["arn"] == identity
    assert {name: outputs[name] for name in first} == first
    changed = program.change(token, identity, outputs, first, **second)
    wanted = {**first, **second}
    assert {name: changed[name] for name in wanted} == wanted
    assert program.read(token, identity, wanted) == (changed, wanted)
    program.delete(token, identity, wanted)
    assert program.read(token, identity, wanted) is None


def test_a_recipe_and_its_component_come_back_as_they_were_written(program: Program):
    component, made = program.make(COMPONENT, **COMPONENT_INPUTS)
    assert (component.rpartition(":")[2], made["type"], made["owner"]) == (
        "component/base/1.0.0/1",
        "BUILD",
        "123456789012",
    )
    inputs = recipe_inputs(component, amiTags={"app": "shop"})
    _, outputs = program.make(RECIPE, **inputs)
    assert {name: outputs[name] for name in inputs} == inputs


def test_a_component_stays_in_aws_when_its_program_says_so(bakery: Bakery, program: Program):
    component, _ = program.make(COMPONENT, **COMPONENT_INPUTS)
    program.delete(COMPONENT, component, {**COMPONENT_INPUTS, "skipDestroy": True})
    assert bakery.api.get_component(componentBuildVersionArn=component)["component"]["arn"] == component


def test_a_component_that_a_recipe_needs_is_not_deleted(program: Program):
    component, _ = program.make(COMPONENT, **COMPONENT_INPUTS)
    program.make(RECIPE, **recipe_inputs(component))
    with pytest.raises(AwsCallError, match="has other resources depended on it"):
        program.delete(COMPONENT, component, COMPONENT_INPUTS)


def pipeline_inputs(bakery: Bakery, recipe: str, **more: Any) -> dict[str, Any]:
    return {
        "name": "shop",
        "imageRecipeArn": recipe,
        "infrastructureConfigurationArn": (bakery.parts() or [bakery.infrastructure()])[0],
        **more,
    }


def test_a_pipeline_moves_to_a_new_recipe_in_place_and_the_old_one_can_go(bakery: Bakery, program: Program):
    component = bakery.component()
    old, new = (program.make(RECIPE, **recipe_inputs(component, version=each))[0] for each in ("1.0.0", "1.1.0"))
    inputs = pipeline_inputs(bakery, old)
    pipeline, outputs = program.make(PIPELINE, **inputs)
    with pytest.raises(AwsCallError, match="has other resources depended on it"):
        program.delete(RECIPE, old, recipe_inputs(component))
    changed = program.change(PIPELINE, pipeline, outputs, inputs, imageRecipeArn=new)
    assert (changed["arn"], changed["imageRecipeArn"]) == (pipeline, new)
    program.delete(RECIPE, old, recipe_inputs(component))


def test_a_recipe_whose_image_exists_cannot_go(bakery: Bakery, program: Program):
    component = bakery.component()
    old, new = (program.make(RECIPE, **recipe_inputs(component, version=each))[0] for each in ("1.0.0", "1.1.0"))
    inputs = pipeline_inputs(bakery, old)
    pipeline, outputs = program.make(PIPELINE, **inputs)
    assert bakery.bake(pipeline)["state"]["status"] == "AVAILABLE"
    program.change(PIPELINE, pipeline, outputs, inputs, imageRecipeArn=new)
    with pytest.raises(AwsCallError, match="has other resources depended on it"):
        program.delete(RECIPE, old, recipe_inputs(component))


def test_an_image_of_a_program_is_there_when_its_creation_ends(bakery: Bakery, program: Program):
    inputs = {"imageRecipeArn": bakery.recipe(), "infrastructureConfigurationArn": bakery.infrastructure()}
    identity, outputs = program.make(IMAGE, **inputs)
    (found,) = outputs["outputResources"]
    (ami,) = found["amis"]
    assert bakery.aws.ec2.describe_images(ImageIds=[ami["image"]])["Images"]
    assert {name: outputs[name] for name in inputs} == inputs
    program.delete(IMAGE, identity, inputs)
    assert bakery.aws.ec2.describe_images(ImageIds=[ami["image"]])["Images"], "a deleted image leaves its AMI"


def test_an_image_of_a_program_that_cannot_be_built_says_where_it_failed(bakery: Bakery, program: Program):
    bakery.fault(kind="step-fails", step="harden", message="level 2 is not met")
    inputs = {"imageRecipeArn": bakery.recipe(), "infrastructureConfigurationArn": bakery.infrastructure()}
    with pytest.raises(HalfMadeError, match="state = 'BUILDING' and failure message = 'Document"):
        program.make(IMAGE, **inputs)
