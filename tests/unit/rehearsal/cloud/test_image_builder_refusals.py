"""What EC2 Image Builder refuses, it refuses in a rehearsal, by AWS's code; and what is not simulated says so."""

from typing import Any

import botocore.session
import pytest

from strata_rehearsal.cloud.image_builder.service import OPERATIONS
from tests.unit.rehearsal.cloud.baking import DOCUMENT, PARENT, PROFILE, Bakery, refusal
from tests.unit.rehearsal.cloud.conftest import REGION, Aws

HERE = "arn:aws:imagebuilder:eu-west-1:123456789012"
NOWHERE = f"{HERE}:image-recipe/nothing/1.0.0"
NOT_SIMULATED = "is not simulated by the local AWS of a rehearsal."


@pytest.fixture
def bakery(bare: Aws) -> Bakery:
    return Bakery(bare)


PARAMETER, REQUEST = "InvalidParameterValueException", "InvalidRequestException"
COMBINATION, VERSION = "InvalidParameterCombinationException", "InvalidVersionNumberException"

COMPONENTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "name": ({"name": "-"}, PARAMETER, "'name' must match pattern"),
    "wildcard": ({"semanticVersion": "1.0.x"}, PARAMETER, "'semanticVersion' must match pattern"),
    "too-high": ({"semanticVersion": "1.0.1073741824"}, VERSION, "between 0 and 1073741823"),
    "platform": ({"platform": "BeOS"}, PARAMETER, "'platform' must be one of [Windows, Linux, macOS]"),
    "nothing": ({"data": None}, COMBINATION, "Exactly one of data and uri"),
    "both": ({"uri": "s3://a/b"}, COMBINATION, "Exactly one of data and uri"),
    "no-object": ({"data": None, "uri": "s3://a/b"}, PARAMETER, "There is no object s3://a/b."),
    "too-long": ({"data": DOCUMENT + "#" * 16_000}, PARAMETER, "'data' must contain at most 16000 characters"),
    "broken": (
        {"data": DOCUMENT.replace("harden", "hard en")},
        PARAMETER,
        "The value supplied for parameter 'data' is not valid. Invalid step name 'hard en' in phase 'build'.",
    ),
    "dry-run": ({"dryRun": True}, "DryRunOperationException", "Request would have succeeded"),
}


@pytest.mark.parametrize("case", COMPONENTS)
def test_a_component_is_refused(bakery: Bakery, case: str):
    changes, code, said = COMPONENTS[case]
    usual = {"name": "base", "semanticVersion": "1.0.0", "platform": "Linux", "data": DOCUMENT, **changes}
    asked = {name: value for name, value in usual.items() if value is not None}
    found, message = refusal(bakery.api.create_component, **asked)
    assert (found, said in message) == (code, True), message
    assert bakery.api.list_components()["componentVersionList"] == []


RECIPES: dict[str, tuple[dict[str, Any], str, str]] = {
    "wildcard": ({"semanticVersion": "1.x.3"}, VERSION, "Only the wildcard 'x'"),
    "no-parent": ({"parentImage": "ami-0000000000000999"}, PARAMETER, "'ami-0000000000000999' does not exist"),
    "no-parameter": ({"parentImage": "ssm:/images/base"}, PARAMETER, "The parameter '/images/base' does not exist."),
    "parent": ({"parentImage": "the newest"}, PARAMETER, "It is neither an AMI id"),
    "no-image": ({"parentImage": f"{HERE}:image/shop/x.x.x"}, PARAMETER, "does not exist"),
    "no-aws-image": (
        {"parentImage": f"arn:aws:imagebuilder:{REGION}:aws:image/beos-x86/x.x.x"},
        PARAMETER,
        "does not exist",
    ),
    "no-component": (
        {"components": [{"componentArn": f"{HERE}:component/base/9.9.9/1"}]},
        PARAMETER,
        f"The component '{HERE}:component/base/9.9.9/1' does not exist.",
    ),
    "no-components": ({"components": []}, PARAMETER, "'components' must contain at least 1 items"),
    "unknown-parameter": (
        {
            "components": [
                {"componentArn": f"{HERE}:component/base/x.x.x", "parameters": [{"name": "A", "value": ["1"]}]}
            ]
        },
        COMBINATION,
        "The following parameters are not defined in the provided component: A",
    ),
    "missing-parameter": (
        {"components": [{"componentArn": f"{HERE}:component/open/1.0.0"}]},
        COMBINATION,
        "must be given: Release",
    ),
    "twice": ({"components": 2 * [{"componentArn": f"{HERE}:component/base/1.0.0"}]}, PARAMETER, "only once"),
    "volume": (
        {"blockDeviceMappings": [{"ebs": {"volumeSize": 0}}]},
        PARAMETER,
        "'blockDeviceMappings[0].ebs.volumeSize' must have value greater than or equal to 1",
    ),
    "too-many": (
        {"components": [{"componentArn": f"{HERE}:component/c{number}/x.x.x"} for number in range(21)]},
        "ServiceQuotaExceededException",
        "A recipe can have 20 components",
    ),
    "there": (
        {"name": "There"},
        "ResourceAlreadyExistsException",
        "The following resource 'ImageRecipe' already exists",
    ),
    "dry-run": ({"dryRun": True}, "DryRunOperationException", "Request would have succeeded"),
}


@pytest.mark.parametrize("case", RECIPES)
def test_a_recipe_is_refused(bakery: Bakery, case: str):
    changes, code, said = RECIPES[case]
    base = bakery.component("base")
    open_ended = DOCUMENT.replace("phases:", "parameters: [{Release: {type: string}}]\nphases:", 1)
    bakery.component("open", data=open_ended)
    bakery.recipe(base, name="there")
    usual = {"name": "shop", "semanticVersion": "1.0.0", "parentImage": PARENT, "components": [{"componentArn": base}]}
    found, message = refusal(bakery.api.create_image_recipe, **{**usual, **changes})
    assert (found, said in message) == (code, True), message
    assert len(bakery.api.list_image_recipes()["imageRecipeSummaryList"]) == 1


INFRASTRUCTURES: dict[str, tuple[dict[str, Any], str, str]] = {
    "no-profile": ({"instanceProfileName": "nobody"}, PARAMETER, "instance profile 'nobody' does not exist"),
    "hops": (
        {"instanceMetadataOptions": {"httpPutResponseHopLimit": 65}},
        PARAMETER,
        "must have value less than or equal to 64",
    ),
    "tokens": ({"instanceMetadataOptions": {"httpTokens": "never"}}, PARAMETER, "must match pattern optional|required"),
    "host": ({"placement": {"tenancy": "dedicated"}}, REQUEST, NOT_SIMULATED),
    "group": ({"parentInstance": {"autoScalingGroup": {"name": "web"}}}, REQUEST, NOT_SIMULATED),
}


@pytest.mark.parametrize("case", INFRASTRUCTURES)
def test_an_infrastructure_is_refused(bakery: Bakery, case: str):
    changes, code, said = INFRASTRUCTURES[case]
    usual = {"name": "small", "instanceProfileName": PROFILE}
    found, message = refusal(bakery.api.create_infrastructure_configuration, **{**usual, **changes})
    assert (found, said in message) == (code, True), message


AMI = {"amiDistributionConfiguration": {"name": "shop-{{ imagebuilder:buildDate }}"}}
DISTRIBUTIONS: dict[str, tuple[list[dict[str, Any]], str, str]] = {
    "nothing": ([], PARAMETER, "must contain at least 1 items"),
    "no-output": (
        [{"region": REGION}],
        PARAMETER,
        "The value supplied for parameter 'distributions[0]' is not valid. One or more outputs should be provided",
    ),
    "twice": ([{"region": REGION, **AMI}, {"region": REGION, **AMI}], PARAMETER, "more than once"),
    "nobody": (
        [{"region": REGION, "amiDistributionConfiguration": {"launchPermission": {"userIds": []}}}],
        PARAMETER,
        "'distributions[0].amiDistributionConfiguration.launchPermission.userIds' must contain at least 1 items",
    ),
    "name": ([{"region": REGION, "amiDistributionConfiguration": {"name": "-"}}], PARAMETER, "must match pattern"),
    "licence": (
        [
            {
                "region": REGION,
                "licenseConfigurationArns": [
                    f"arn:aws:license-manager:eu-west-1:123456789012:license-configuration:lic-{32 * '0'}"
                ],
            }
        ],
        REQUEST,
        NOT_SIMULATED,
    ),
    "template": (
        [{"region": REGION, "launchTemplateConfigurations": [{"launchTemplateId": f"lt-{17 * '0'}"}]}],
        REQUEST,
        NOT_SIMULATED,
    ),
    "container": (
        [
            {
                "region": REGION,
                "containerDistributionConfiguration": {
                    "targetRepository": {"service": "ECR", "repositoryName": "shop"}
                },
            }
        ],
        REQUEST,
        NOT_SIMULATED,
    ),
    "export": (
        [{"region": REGION, "s3ExportConfiguration": {"roleName": "r", "diskImageFormat": "RAW", "s3Bucket": "b"}}],
        REQUEST,
        NOT_SIMULATED,
    ),
    "fast-launch": ([{"region": REGION, "fastLaunchConfigurations": [{"enabled": True}]}], REQUEST, NOT_SIMULATED),
}


@pytest.mark.parametrize("case", DISTRIBUTIONS)
def test_a_distribution_is_refused(bakery: Bakery, case: str):
    distributions, code, said = DISTRIBUTIONS[case]
    found, message = refusal(bakery.api.create_distribution_configuration, name="here", distributions=distributions)
    assert (found, said in message) == (code, True), message


PIPELINES: dict[str, tuple[dict[str, Any], str, str]] = {
    "no-recipe": ({"imageRecipeArn": NOWHERE}, PARAMETER, f"The resource '{NOWHERE}' does not exist."),
    "nothing": ({"imageRecipeArn": None}, COMBINATION, "imageRecipeArn"),
    "schedule": ({"schedule": {"scheduleExpression": "daily"}}, PARAMETER, "neither a cron nor a rate expression"),
    "rate": ({"schedule": {"scheduleExpression": "rate(1 days)"}}, PARAMETER, "neither a cron nor a rate expression"),
    "tests": (
        {"imageTestsConfiguration": {"timeoutMinutes": 30}},
        PARAMETER,
        "'imageTestsConfiguration.timeoutMinutes' must have value greater than or equal to 60",
    ),
    "failures": (
        {"schedule": {"scheduleExpression": "rate(1 day)", "autoDisablePolicy": {"failureCount": 11}}},
        PARAMETER,
        "less than or equal to 10",
    ),
    "scan-of-containers": (
        {"imageScanningConfiguration": {"imageScanningEnabled": True, "ecrConfiguration": {"repositoryName": "r"}}},
        REQUEST,
        NOT_SIMULATED,
    ),
    "scan-limit": (
        {"imageScanningConfiguration": {"scanResultCondition": {"maximumSeverityLabel": "HIGH"}}},
        REQUEST,
        NOT_SIMULATED,
    ),
    "role": ({"executionRole": "builder"}, REQUEST, NOT_SIMULATED),
    "container": (
        {"containerRecipeArn": f"{HERE}:container-recipe/shop/1.0.0"},
        REQUEST,
        NOT_SIMULATED,
    ),
    "there": ({"name": "There"}, "ResourceAlreadyExistsException", f"already exists: '{HERE}:image-pipeline/there'."),
}


@pytest.mark.parametrize("case", PIPELINES)
def test_a_pipeline_is_refused(bakery: Bakery, case: str):
    changes, code, said = PIPELINES[case]
    recipe, infrastructure = bakery.recipe(), bakery.infrastructure()
    usual: dict[str, Any] = {"imageRecipeArn": recipe, "infrastructureConfigurationArn": infrastructure}
    bakery.api.create_image_pipeline(name="there", **usual)
    asked = {name: value for name, value in {"name": "shop", **usual, **changes}.items() if value is not None}
    found, message = refusal(bakery.api.create_image_pipeline, **asked)
    assert (found, said in message) == (code, True), message


ROLE = "arn:aws:iam::123456789012:role/lifecycle"
DELETE: dict[str, Any] = {"action": {"type": "DELETE"}, "filter": {"type": "COUNT", "value": 3}}
POLICIES: dict[str, tuple[dict[str, Any], str, str]] = {
    "containers": ({"resourceType": "CONTAINER_IMAGE"}, REQUEST, NOT_SIMULATED),
    "nothing": ({"resourceSelection": {}}, PARAMETER, "Exactly one of recipes and tagMap"),
    "both": (
        {"resourceSelection": {"recipes": [{"name": "shop", "semanticVersion": "x.x.x"}], "tagMap": {"a": "b"}}},
        PARAMETER,
        "Exactly one of recipes and tagMap",
    ),
    "unit": (
        {"policyDetails": [{"action": {"type": "DELETE"}, "filter": {"type": "AGE", "value": 3}}]},
        PARAMETER,
        "A unit must be given",
    ),
    "twice": ({"policyDetails": [DELETE, DELETE]}, PARAMETER, "only once"),
    "none": ({"policyDetails": []}, PARAMETER, "'policyDetails' must contain at least 1 items"),
    "count": (
        {"policyDetails": [{"action": {"type": "DEPRECATE"}, "filter": {"type": "COUNT", "value": 3}}]},
        PARAMETER,
        "only for the action DELETE",
    ),
}


@pytest.mark.parametrize("case", POLICIES)
def test_a_lifecycle_policy_is_refused(bakery: Bakery, case: str):
    changes, code, said = POLICIES[case]
    usual = {
        "name": "old",
        "executionRole": ROLE,
        "resourceType": "AMI_IMAGE",
        "policyDetails": [DELETE],
        "resourceSelection": {"tagMap": {"app": "shop"}},
    }
    found, message = refusal(bakery.api.create_lifecycle_policy, **{**usual, **changes})
    assert (found, said in message) == (code, True), message


def test_a_part_on_which_something_hangs_is_not_deleted(bakery: Bakery):
    component = bakery.component()
    recipe, infrastructure = bakery.recipe(component), bakery.infrastructure()
    distribution = bakery.distribution({"region": REGION, **AMI})
    pipeline = bakery.pipeline(recipe, distributionConfigurationArn=distribution)
    said = "Resource dependency error: The resource ARN '{}' has other resources depended on it."
    for call, asked in (
        (bakery.api.delete_component, {"componentBuildVersionArn": component}),
        (bakery.api.delete_image_recipe, {"imageRecipeArn": recipe}),
        (bakery.api.delete_infrastructure_configuration, {"infrastructureConfigurationArn": infrastructure}),
        (bakery.api.delete_distribution_configuration, {"distributionConfigurationArn": distribution}),
    ):
        (arn,) = asked.values()
        assert refusal(call, **asked) == ("ResourceDependencyException", said.format(arn))
    bakery.api.delete_image_pipeline(imagePipelineArn=pipeline)
    bakery.api.delete_distribution_configuration(distributionConfigurationArn=distribution)
    bakery.api.delete_infrastructure_configuration(infrastructureConfigurationArn=infrastructure)
    bakery.api.delete_image_recipe(imageRecipeArn=recipe)
    bakery.api.delete_component(componentBuildVersionArn=component)
    gone = refusal(bakery.api.get_component, componentBuildVersionArn=component)
    assert gone[0] == "ResourceNotFoundException"


def test_the_same_version_of_a_component_again_is_another_build(bakery: Bakery):
    first, second = bakery.component(), bakery.component(data=DOCUMENT.replace("1.2.3", "1.2.4"))
    assert (first.rpartition("/")[2], second.rpartition("/")[2]) == ("1", "2")
    found = bakery.api.get_component(componentBuildVersionArn=second.rpartition("/")[0])["component"]
    assert "1.2.4" in found["data"]
    listed = bakery.api.list_component_build_versions(componentVersionArn=first.rpartition("/")[0])
    assert [each["arn"] for each in listed["componentSummaryList"]] == [first, second]


def test_a_wildcard_means_the_newest_version_when_the_image_is_built(bakery: Bakery):
    bakery.component("base", "1.9.0")
    recipe = bakery.recipe(f"{HERE}:component/base/x.x.x")
    bakery.component("base", "1.10.0", data=DOCUMENT.replace("provision", "installs"))
    built = bakery.bake(bakery.pipeline(recipe))
    assert any("Step installs of phase build" in line for line in bakery.lines(built))


def test_of_what_a_wildcard_selects_all_but_the_last_can_go(bakery: Bakery):
    old, new = bakery.component("base", "1.0.0"), bakery.component("base", "1.1.0")
    bakery.recipe(f"{HERE}:component/base/1.x.x")
    bakery.api.delete_component(componentBuildVersionArn=old)
    assert refusal(bakery.api.delete_component, componentBuildVersionArn=new)[0] == "ResourceDependencyException"


def test_a_recipe_that_leaves_its_version_open_gets_the_next_one(bakery: Bakery):
    component = bakery.component()
    arns = [bakery.recipe(component, version="1.0.x") for _ in range(2)]
    assert [each.rpartition("/")[2] for each in arns] == ["1.0.0", "1.0.1"]
    assert len(bakery.api.list_image_recipes()["imageRecipeSummaryList"]) == 2


def test_a_call_that_is_sent_again_makes_nothing_new(bakery: Bakery):
    asked = {"name": "base", "semanticVersion": "1.0.0", "platform": "Linux", "data": DOCUMENT, "clientToken": "one"}
    first, again = bakery.api.create_component(**asked), bakery.api.create_component(**asked)
    assert first["componentBuildVersionArn"] == again["componentBuildVersionArn"]
    code, _ = refusal(bakery.api.create_component, **{**asked, "description": "another"})
    assert code == "IdempotentParameterMismatchException"
    assert len(bakery.api.list_components()["componentVersionList"]) == 1


def test_lists_come_in_pages_and_are_filtered(bakery: Bakery):
    made = [bakery.component(f"base-{number}") for number in range(5)]
    first = bakery.api.list_components(maxResults=3)
    rest = bakery.api.list_components(maxResults=3, nextToken=first["nextToken"])
    listed = [each["arn"] for each in (*first["componentVersionList"], *rest["componentVersionList"])]
    assert listed == [each.rpartition("/")[0] for each in made]
    assert "nextToken" not in rest
    only = bakery.api.list_components(filters=[{"name": "name", "values": ["base-3"]}])["componentVersionList"]
    assert [each["name"] for each in only] == ["base-3"]
    assert refusal(bakery.api.list_components, nextToken="more")[0] == "InvalidPaginationTokenException"
    assert refusal(bakery.api.list_components, filters=[{"name": "colour", "values": ["red"]}])[0] == PARAMETER


def test_tags_are_set_listed_and_removed(bakery: Bakery):
    arn = bakery.component(tags={"a": "1", "b": "2"})
    bakery.api.tag_resource(resourceArn=arn, tags={"a": "3", "c": "4"})
    bakery.api.untag_resource(resourceArn=arn, tagKeys=["b"])
    assert bakery.api.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "3", "c": "4"}
    assert refusal(bakery.api.list_tags_for_resource, resourceArn=f"{HERE}:component/no/1.0.0/1")[0] == (
        "ResourceNotFoundException"
    )


def test_an_update_replaces_all_that_a_configuration_says(bakery: Bakery):
    arn = bakery.infrastructure(description="first", tags={"a": "1"})
    bakery.aws.wait(60)
    bakery.api.update_infrastructure_configuration(infrastructureConfigurationArn=arn, instanceProfileName=PROFILE)
    found = bakery.api.get_infrastructure_configuration(infrastructureConfigurationArn=arn)
    shown = found["infrastructureConfiguration"]
    assert "description" not in shown
    assert "instanceTypes" not in shown
    assert (shown["name"], shown["tags"]) == ("small", {"a": "1"})
    assert shown["dateUpdated"] > shown["dateCreated"]


ARNS = {
    "containerRecipeArn": f"{HERE}:container-recipe/shop/1.0.0",
    "componentArn": f"{HERE}:component/shop/1.0.0/1",
    "imageArn": f"{HERE}:image/shop/1.0.0/1",
    "imageBuildVersionArn": f"{HERE}:image/shop/1.0.0/1",
    "imageRecipeArn": f"{HERE}:image-recipe/shop/1.0.0",
    "infrastructureConfigurationArn": f"{HERE}:infrastructure-configuration/small",
    "distributionConfigurationArn": f"{HERE}:distribution-configuration/here",
    "workflowBuildVersionArn": f"{HERE}:workflow/build/mine/1.0.0/1",
    "lifecycleExecutionId": "lce-11111111-2222-3333-4444-555555555555",
    "stepExecutionId": "step-11111111-2222-3333-4444-555555555555",
    "resourceArn": f"{HERE}:image/shop/1.0.0/1",
    "parentImage": PARENT,
    "name": "shop",
    "semanticVersion": "1.0.0",
    "sourceImage": PARENT,
    "vmImportTaskId": "import-ami-1",
    "uri": "s3://a/b.iso",
    "policy": "{}",
}


def _fitting(shape: Any) -> Any:
    if shape.type_name == "structure":
        return {
            name: ARNS.get(name) or _fitting(member)
            for name, member in shape.members.items()
            if name in shape.required_members
        }
    if enum := shape.metadata.get("enum"):
        return enum[0]
    return "aaa"


def test_every_operation_is_simulated_or_refused_by_its_name(bakery: Bakery):
    model: Any = botocore.session.get_session().get_service_model("imagebuilder")
    for name in sorted({*model.operation_names} - OPERATIONS.keys()):
        shape = model.operation_model(name).input_shape
        body = {member: ARNS.get(member) or _fitting(shape.members[member]) for member in shape.required_members}
        call = next(key for key, value in bakery.api.meta.method_to_api_mapping.items() if value == name)
        code, message = refusal(getattr(bakery.api, call), **body)
        assert (code, message) == (REQUEST, f"The operation {name} of EC2 Image Builder {NOT_SIMULATED}")
    assert len(OPERATIONS) > 40
