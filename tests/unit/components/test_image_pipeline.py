"""A pipeline: what its servers may do, what stays when it changes, and which parents it refuses."""

import json
from typing import Any

import pytest

from strata import ImagePipeline, Network, StrataError, testing
from strata.settings.models import ImageCopySettings, ImagePipelineSettings

FOLDER = "examples/image_pipeline/image"
BUILDER = "arn:aws:imagebuilder:eu-west-1:aws:image/amazon-linux-2023-x86/2026.11.1/1"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/0f1e"
BASE = testing.MockImage("base", "1", "ami-0f3c51d29a7e84b61", owner="amazon", root_device_name="/dev/sda1")


@pytest.fixture(autouse=True)
def in_the_checkout(monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> None:
    monkeypatch.chdir(pytestconfig.rootpath)


def made(**settings: Any) -> testing.Graph:
    wanted = ImagePipelineSettings.model_validate({"parent": BUILDER, "verify": (f"{FOLDER}/verify.sh",), **settings})

    def program() -> None:
        network = Network.from_ids(
            "main", vpc_id="vpc-1", cidr="10.0.0.0/16", private_subnet_ids=["subnet-1", "subnet-2"]
        )
        ImagePipeline("web-image", wanted, network=network)

    return testing.run(program, mocks=testing.CloudMocks(images=[BASE]))


def one(graph: testing.Graph, kind: str) -> Any:
    (found,) = graph.of_type(f"aws:imagebuilder/{kind[0].lower()}{kind[1:]}:{kind}")
    return found


def test_the_servers_that_build_are_in_a_private_subnet_without_a_way_in():
    graph = made()
    servers = one(graph, "InfrastructureConfiguration").inputs
    assert servers["subnetId"] == "subnet-1"
    assert servers["instanceMetadataOptions"] == {"httpTokens": "required", "httpPutResponseHopLimit": 1}
    assert servers["terminateInstanceOnFailure"] is True
    assert graph.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") == []
    ways = graph.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    assert sorted(each.inputs["fromPort"] for each in ways) == [80, 443]


def test_a_build_may_read_its_order_and_its_artifact_and_nothing_else():
    graph = made(artifact="s3://builds/web/{version}.tar.gz", reports="s3://builds/reports")
    (policy,) = graph.of_type("aws:iam/rolePolicy:RolePolicy")
    allowed = {str(each["Action"]): each["Resource"] for each in json.loads(policy.inputs["policy"])["Statement"]}
    assert allowed["ssm:GetParameter"] == "arn:aws:ssm:*:*:parameter/strata/project/test/images/web-image/order"
    assert allowed["s3:GetObject"] == "arn:aws:s3:::builds/web/*.tar.gz"
    assert allowed["s3:PutObject"] == "arn:aws:s3:::builds/reports/*"
    assert len(allowed) == 4


def test_documents_and_recipes_stay_in_aws_when_they_are_replaced():
    graph = made()
    documents = graph.of_type("aws:imagebuilder/component:Component")
    assert all(each.options.retain_on_delete and each.inputs["skipDestroy"] for each in documents)
    recipe = one(graph, "ImageRecipe")
    assert recipe.options.retain_on_delete
    assert "name" not in recipe.inputs, "a change that is taken back would meet its own name and version"
    assert len(recipe.inputs["components"]) == len(documents)


def test_a_changed_step_changes_its_document_and_the_recipe():
    def versions(graph: testing.Graph) -> dict[str, str]:
        kinds = ("aws:imagebuilder/component:Component", "aws:imagebuilder/imageRecipe:ImageRecipe")
        return {each.name: each.inputs["version"] for kind in kinds for each in graph.of_type(kind)}

    before, after = versions(made()), versions(made(test=(f"{FOLDER}/test.sh",)))
    assert {name for name in before if before[name] != after[name]} == {
        "web-image-component-finish",
        "web-image-component-test",
        "web-image-recipe",
    }


def test_an_image_is_shared_only_where_accounts_are_named():
    plain = one(made(), "DistributionConfiguration").inputs["distributions"]
    assert ["launchPermission" in each["amiDistributionConfiguration"] for each in plain] == [False]
    copy = ImageCopySettings(kms_key_arn=KEY.replace("west", "central"))
    graph = made(accounts=("210987654321",), kms_key_arn=KEY, copies={"eu-central-1": copy})
    here, there = one(graph, "DistributionConfiguration").inputs["distributions"]
    assert (here["region"], there["region"]) == ("eu-west-1", "eu-central-1")
    for each, key in ((here, KEY), (there, copy.kms_key_arn)):
        ami = each["amiDistributionConfiguration"]
        assert ami["launchPermission"] == {"userIds": ["210987654321"]}
        assert ami["kmsKeyId"] == key
        assert ami["name"] == "web-image-{{ imagebuilder:buildDate }}"
        assert {"app", "base_ami", "strata:recipe"} <= set(ami["amiTags"])
        assert "app_version" not in ami["amiTags"], "a version is one only after it has been checked"


def test_old_images_go_but_for_those_that_were_launched_or_are_kept():
    (policy,) = one(made(), "LifecyclePolicy").inputs["policyDetails"]
    assert policy["action"] == {"type": "DELETE", "includeResources": {"amis": True, "snapshots": True}}
    spared = policy["exclusionRules"]["amis"]
    assert spared["lastLaunched"] == {"unit": "DAYS", "value": 180}
    assert spared["tagMap"] == {"strata:kept": "true"}
    assert made(lifecycle=None).of_type("aws:imagebuilder/lifecyclePolicy:LifecyclePolicy") == []


def test_nothing_is_baked_by_an_up():
    graph = made()
    assert graph.of_type("aws:imagebuilder/image:Image") == []
    pipeline = one(graph, "ImagePipeline").inputs
    assert "schedule" not in pipeline
    assert pipeline["status"] == "ENABLED"
    # it fails where the account has an inventory association of its own
    assert pipeline["enhancedImageMetadataEnabled"] is False
    assert pipeline["imageTestsConfiguration"]["imageTestsEnabled"] is True


def test_the_root_device_is_that_of_the_parent():
    (device,) = one(made(parent=BASE.id), "ImageRecipe").inputs["blockDeviceMappings"]
    assert device["deviceName"] == "/dev/sda1"
    assert device["ebs"]["encrypted"] == "true"


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"parent": "ami-01234567"}, "no image ami-01234567 of self, amazon is here"),
        ({"parent": BASE.id, "parent_owners": ["210987654321"]}, f"no image {BASE.id} of 210987654321 is here"),
        ({"parent": BASE.id, "instance_types": ["t4g.small"]}, "is for x86_64, and t4g.small is arm64"),
        ({"verify": ["image/gone.sh"]}, "image/gone.sh: there is no such file"),
    ],
)
def test_a_parent_or_a_file_that_will_not_do_is_refused_in_the_preview(settings: dict[str, Any], message: str):
    with pytest.raises(StrataError, match=message):
        made(**settings)
