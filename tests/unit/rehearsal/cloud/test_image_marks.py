"""Who made an image, who names it, who may launch it and what a scan found, as EC2 shows it."""

from datetime import datetime
from typing import Any

import boto3
import pytest

from tests.unit.rehearsal.cloud.baking import PARENT, Bakery, refusal
from tests.unit.rehearsal.cloud.conftest import REGION, Aws
from tests.unit.rehearsal.cloud.direct_calls import ENDPOINT, answer_with

FAR = "eu-central-1"
OTHER, OWN = "222222222222", "123456789012"
ROLE = f"arn:aws:iam::{OTHER}:role/deploy"


def image(aws: Aws, identity: str = PARENT) -> dict[str, Any]:
    return aws.ec2.describe_images(ImageIds=[identity])["Images"][0]


def client(aws: Aws, service: str, key: str = f"AKIASTRA{OTHER}", region: str = REGION) -> Any:
    found: Any = boto3.client(
        service, region_name=region, endpoint_url=ENDPOINT, aws_access_key_id=key, aws_secret_access_key="test"
    )
    answer_with(found, lambda: aws.application)
    return found


def test_a_watermark_says_whose_it_is_and_where_it_was_attached(bare: Aws):
    key = bare.ec2.attach_image_watermark(ImageId=PARENT, WatermarkName="shop/1.0.0")["WatermarkKey"]
    assert key == f"{OWN}:shop/1.0.0"
    assert bare.ec2.attach_image_watermark(ImageId=PARENT, WatermarkName="shop/1.0.0")["WatermarkKey"] == key
    (mark,) = image(bare)["ImageWatermarks"]
    assert (mark["WatermarkKey"], mark["SourceImageId"], mark["SourceImageRegion"]) == (key, PARENT, REGION)
    assert mark["WatermarkCreationTime"].timestamp() == bare.clock.time
    bare.ec2.detach_image_watermark(ImageId=PARENT, WatermarkKey=key)
    bare.ec2.detach_image_watermark(ImageId=PARENT, WatermarkKey=key)
    assert not image(bare).get("ImageWatermarks")


@pytest.mark.parametrize("name", ["ab", "a" * 129, "shop:1"])
def test_a_name_that_no_watermark_can_have_is_refused(bare: Aws, name: str):
    from moto.ec2.exceptions import EC2ClientError

    from strata_rehearsal.cloud.moto_patches.image_marks import attach_watermark

    bare.ec2.describe_images()
    with pytest.raises(EC2ClientError, match="watermarkName is invalid"):
        attach_watermark(type("Image", (), {"is_public": False}), name)


def test_a_watermark_follows_copies_and_images_of_servers_and_the_source_tells_them_apart(bare: Aws):
    bare.ec2.attach_image_watermark(ImageId=PARENT, WatermarkName="shop/1.0.0")
    copied = bare.ec2.copy_image(SourceImageId=PARENT, SourceRegion=REGION, Name="copy")["ImageId"]
    server = bare.ec2.run_instances(ImageId=PARENT, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    stranger = bare.ec2.create_image(InstanceId=server, Name="stranger")["ImageId"]
    for made in (copied, stranger):
        (mark,) = image(bare, made)["ImageWatermarks"]
        assert (mark["WatermarkKey"], mark["SourceImageId"]) == (f"{OWN}:shop/1.0.0", PARENT)
        assert image(bare, made)["SourceImageId"] == PARENT
        assert image(bare, made)["RootDeviceName"] == "/dev/xvda"
    assert "SourceInstanceId" not in image(bare, copied)
    assert image(bare, stranger)["SourceInstanceId"] == server


def test_a_copy_is_encrypted_and_tagged_as_it_was_asked_for(bare: Aws):
    key = bare.kms.create_key()["KeyMetadata"]["Arn"]
    specifications = [
        {"ResourceType": "image", "Tags": [{"Key": "copied", "Value": "yes"}]},
        {"ResourceType": "snapshot", "Tags": [{"Key": "of", "Value": "copy"}]},
    ]
    copied = bare.ec2.copy_image(
        SourceImageId=PARENT,
        SourceRegion=REGION,
        Name="copy",
        Encrypted=True,
        KmsKeyId=key,
        CopyImageTags=True,
        TagSpecifications=specifications,
    )["ImageId"]
    found = image(bare, copied)
    ebs = found["BlockDeviceMappings"][0]["Ebs"]
    assert (ebs["Encrypted"], ebs["KmsKeyId"]) == (True, key)
    tags = {each["Key"]: each["Value"] for each in found["Tags"]}
    assert (tags["app"], tags["copied"]) == ("web", "yes")
    (snapshot,) = bare.ec2.describe_snapshots(SnapshotIds=[ebs["SnapshotId"]])["Snapshots"]
    assert snapshot["Tags"] == [{"Key": "of", "Value": "copy"}]


@pytest.mark.parametrize("region", [REGION, FAR])
def test_a_copy_of_what_is_encrypted_has_aws_own_key_of_its_region_unless_another_is_named(bare: Aws, region: str):
    key = bare.kms.create_key()["KeyMetadata"]["Arn"]
    named = {"SourceImageId": PARENT, "SourceRegion": REGION, "Encrypted": True}
    locked = bare.ec2.copy_image(**named, Name="locked", KmsKeyId=key)["ImageId"]
    ec2, kms = (client(bare, service, "AKIASTRA", region) for service in ("ec2", "kms"))
    asked = {"SourceImageId": locked, "SourceRegion": REGION}
    own = kms.create_key()["KeyMetadata"]["Arn"]

    def ebs(image: str) -> tuple[bool, str]:
        found = ec2.describe_images(ImageIds=[image])["Images"][0]["BlockDeviceMappings"][0]["Ebs"]
        return found["Encrypted"], found["KmsKeyId"]

    plain = ec2.copy_image(**asked, Name="plain")["ImageId"]
    aws = kms.describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]["Arn"]
    assert ebs(plain) == (True, aws)
    assert f":{region}:" in aws
    assert ebs(ec2.copy_image(**asked, Name="own", Encrypted=True, KmsKeyId=own)["ImageId"]) == (True, own)
    assert refusal(ec2.copy_image, **asked, Name="flag", KmsKeyId=own)[0] == "InvalidParameterDependency"
    elsewhere = client(bare, "kms", "AKIASTRA", "us-east-1").create_key()["KeyMetadata"]["Arn"]
    assert refusal(ec2.copy_image, **asked, Name="far", Encrypted=True, KmsKeyId=elsewhere)[0] == (
        "InvalidParameterValue"
    )
    names = {each["Name"] for each in ec2.describe_images(Owners=["self"])["Images"]}
    assert not {"flag", "far"} & names, "what is refused leaves no copy"


def test_a_registered_image_is_what_was_asked_for(bare: Aws):
    made = bare.ec2.register_image(
        Name="packed",
        Architecture="arm64",
        RootDeviceName="/dev/xvda",
        VirtualizationType="hvm",
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 12, "VolumeType": "gp3"}}],
        TagSpecifications=[{"ResourceType": "image", "Tags": [{"Key": "app", "Value": "shop"}]}],
    )["ImageId"]
    found = image(bare, made)
    assert (found["Architecture"], found["RootDeviceName"], found["VirtualizationType"]) == (
        *("arm64", "/dev/xvda", "hvm"),
    )
    assert found["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"] == 12
    assert found["Tags"] == [{"Key": "app", "Value": "shop"}]
    assert "SourceInstanceId" not in found
    assert refusal(bare.ec2.register_image, Name="packed")[0] == "InvalidAMIName.Duplicate"


def test_a_name_is_given_to_one_image_only(bare: Aws):
    bare.ec2.copy_image(SourceImageId=PARENT, SourceRegion=REGION, Name="shop")
    server = bare.ec2.run_instances(ImageId=PARENT, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    for call, asked in (
        (bare.ec2.copy_image, {"SourceImageId": PARENT, "SourceRegion": REGION, "Name": "shop"}),
        (bare.ec2.create_image, {"InstanceId": server, "Name": "shop"}),
    ):
        assert refusal(call, **asked)[0] == "InvalidAMIName.Duplicate"
    assert len(bare.ec2.describe_images(Filters=[{"Name": "name", "Values": ["shop"]}])["Images"]) == 1


def test_an_image_of_a_recipe_with_watermarks_carries_its_own(bare: Aws):
    bakery = Bakery(bare)
    built = bakery.bake(bakery.pipeline(bakery.recipe(amiWatermarks=["shop/1.2.3"])))
    (output,) = built["outputResources"]["amis"]
    (mark,) = image(bare, output["image"])["ImageWatermarks"]
    assert (mark["WatermarkKey"], mark["SourceImageId"]) == (f"{OWN}:shop/1.2.3", output["image"])


def test_a_protected_image_is_not_deregistered_until_its_protection_ends(bare: Aws):
    assert image(bare)["DeregistrationProtection"] == "disabled"
    changed = bare.ec2.enable_image_deregistration_protection(ImageId=PARENT, WithCooldown=True)
    assert changed["Return"] == "enabled-with-cooldown"
    assert image(bare)["DeregistrationProtection"] == "enabled-with-cooldown"
    assert refusal(bare.ec2.deregister_image, ImageId=PARENT)[0] == "OperationNotPermitted"
    bare.ec2.disable_image_deregistration_protection(ImageId=PARENT)
    assert image(bare)["DeregistrationProtection"].startswith("disabled after 2023-11-15T")
    assert refusal(bare.ec2.deregister_image, ImageId=PARENT)[0] == "OperationNotPermitted"
    bare.wait(86_400)
    bare.ec2.deregister_image(ImageId=PARENT)
    assert bare.ec2.describe_images(ImageIds=[PARENT])["Images"] == []


def test_an_image_that_is_protected_without_cooldown_is_deregistered_as_soon_as_its_protection_is_off(bare: Aws):
    changed = bare.ec2.enable_image_deregistration_protection(ImageId=PARENT)
    assert changed["Return"] == "enabled-without-cooldown"
    assert refusal(bare.ec2.deregister_image, ImageId=PARENT)[0] == "OperationNotPermitted"
    assert bare.ec2.disable_image_deregistration_protection(ImageId=PARENT)["Return"] == "disabled"
    bare.ec2.deregister_image(ImageId=PARENT)


def test_a_launch_is_reported_a_day_later(bare: Aws):
    bare.ec2.run_instances(ImageId=PARENT, MinCount=1, MaxCount=1)
    launched = bare.clock.time
    bare.wait(3600)
    assert "LastLaunchedTime" not in image(bare)
    bare.wait(86_400)
    assert datetime.fromisoformat(image(bare)["LastLaunchedTime"]).timestamp() == launched


def test_what_names_an_image_is_found(aws: Aws):
    bakery = Bakery(aws)
    recipe = bakery.recipe()
    server = aws.ec2.run_instances(ImageId=PARENT, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    aws.ssm.put_parameter(Name="/images/shop", Type="String", DataType="aws:ec2:image", Value=PARENT)
    aws.ssm.put_parameter(Name="/images/text", Type="String", Value=PARENT)
    found = aws.ec2.describe_image_references(ImageIds=[PARENT], IncludeAllResourceTypes=True)["ImageReferences"]
    assert {(each["ResourceType"], each["Arn"]) for each in found} == {
        ("ec2:Instance", f"arn:aws:ec2:{REGION}:{OWN}:instance/{server}"),
        ("ec2:LaunchTemplate", f"arn:aws:ec2:{REGION}:{OWN}:launch-template/{aws.template}"),
        ("ssm:Parameter", f"arn:aws:ssm:{REGION}:{OWN}:parameter/images/shop"),
        ("imagebuilder:ImageRecipe", recipe),
    }
    assert {each["ImageId"] for each in found} == {PARENT}


def test_what_is_asked_of_references_narrows_them_down(aws: Aws):
    def ask(kind: str, **option: list[str]) -> list[dict[str, Any]]:
        options = [{"OptionName": name.replace("_", "-"), "OptionValues": values} for name, values in option.items()]
        asked = {"ResourceType": kind, **({"ResourceTypeOptions": options} if options else {})}
        return aws.ec2.describe_image_references(ImageIds=[PARENT], ResourceTypes=[asked])["ImageReferences"]

    # the template's newest version names another image
    assert len(ask("ec2:LaunchTemplate")) == 1
    assert ask("ec2:LaunchTemplate", version_depth=["1"]) == []
    server = aws.ec2.run_instances(ImageId=PARENT, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    aws.ec2.terminate_instances(InstanceIds=[server])
    assert len(ask("ec2:Instance")) == 1
    assert ask("ec2:Instance", state_name=["running", "stopped"]) == []
    assert refusal(aws.ec2.describe_image_references, ImageIds=[PARENT])[0] == "InvalidParameterCombination"


@pytest.fixture
def other(bare: Aws) -> Any:
    bare.admin("accounts", accounts=[OTHER])
    return client(bare, "ec2")


def shared(aws: Aws, identity: str = PARENT) -> None:
    aws.ec2.modify_image_attribute(ImageId=identity, LaunchPermission={"Add": [{"UserId": OTHER}]})


def test_each_account_has_its_own_and_a_role_leads_into_its_account(bare: Aws, other: Any):
    assert client(bare, "sts").get_caller_identity()["Account"] == OTHER
    taken = bare.sts.assume_role(RoleArn=ROLE, RoleSessionName="deploy")["Credentials"]
    assert client(bare, "sts", taken["AccessKeyId"]).get_caller_identity()["Account"] == OTHER
    assert bare.sts.get_caller_identity()["Account"] == OWN
    assert client(bare, "imagebuilder").list_components()["componentVersionList"] == []
    bakery = Bakery(bare)
    bakery.component()
    assert client(bare, "imagebuilder").list_components()["componentVersionList"] == []


def test_a_role_of_another_account_leads_nowhere_else_until_somebody_asks_for_that_account(bare: Aws):
    taken = bare.sts.assume_role(RoleArn=ROLE, RoleSessionName="deploy")["Credentials"]
    assumed = client(bare, "sts", taken["AccessKeyId"])
    assert assumed.get_caller_identity()["Account"] == OWN
    bare.admin("accounts", accounts=[OTHER])
    assert assumed.get_caller_identity()["Account"] == OTHER


def baked(bare: Aws, **permission: Any) -> str:
    bakery = Bakery(bare)
    ami = {"name": "shop-{{ imagebuilder:buildDate }}", "amiTags": {"app": "shop"}, **permission}
    place = bakery.distribution({"region": REGION, "amiDistributionConfiguration": ami})
    built = bakery.bake(
        bakery.pipeline(bakery.recipe(amiWatermarks=["shop/1.2.3"]), distributionConfigurationArn=place)
    )
    return built["outputResources"]["amis"][0]["image"]


def test_a_shared_image_is_the_same_in_another_account_without_its_tags(bare: Aws, other: Any):
    made = baked(bare, launchPermission={"userIds": [OTHER]})
    (seen,) = other.describe_images(ImageIds=[made])["Images"]
    assert (seen["OwnerId"], seen.get("Tags", [])) == (OWN, [])
    assert seen["ImageWatermarks"][0]["WatermarkKey"] == f"{OWN}:shop/1.2.3"
    assert other.describe_images(Filters=[{"Name": "tag:app", "Values": ["shop"]}])["Images"] == []
    assert refusal(other.attach_image_watermark, ImageId=made, WatermarkName="mine")[0] == "AuthFailure"
    assert refusal(other.deregister_image, ImageId=made)[0] == "AuthFailure"
    copied = other.copy_image(SourceImageId=made, SourceRegion=REGION, Name="copy")["ImageId"]
    (copy,) = other.describe_images(ImageIds=[copied])["Images"]
    assert (copy["OwnerId"], copy["SourceImageId"]) == (OTHER, made)
    assert copy["ImageWatermarks"][0]["SourceImageId"] == made
    assert other.run_instances(ImageId=made, MinCount=1, MaxCount=1)["Instances"][0]["ImageId"] == made


def test_an_image_that_is_shared_no_more_is_not_found(bare: Aws, other: Any):
    made = baked(bare)
    assert refusal(other.describe_images, ImageIds=[made])[0] == "InvalidAMIID.NotFound"
    shared(bare, made)
    assert other.describe_images(ImageIds=[made])["Images"]
    bare.ec2.modify_image_attribute(ImageId=made, LaunchPermission={"Remove": [{"UserId": OTHER}]})
    assert refusal(other.describe_images, ImageIds=[made])[0] == "InvalidAMIID.NotFound"
    shared(bare, made)
    bare.ec2.deregister_image(ImageId=made)
    assert refusal(other.describe_images, ImageIds=[made])[0] == "InvalidAMIID.NotFound"


def test_an_account_that_comes_later_finds_what_was_shared_with_it(bare: Aws):
    made = baked(bare, launchPermission={"userIds": [OTHER]})
    bare.admin("accounts", accounts=[OTHER])
    assert client(bare, "ec2").describe_images(ImageIds=[made])["Images"]


CRITERIA: dict[str, tuple[dict[str, Any], bool]] = {
    "provider": ({"ImageProviders": [OWN]}, True),
    "another-provider": ({"ImageProviders": ["amazon"]}, False),
    "name": ({"ImageNames": ["shop-*"]}, True),
    "another-name": ({"ImageNames": ["web-*"]}, False),
    "watermark": ({"ImageWatermarks": [{"WatermarkKey": f"{OWN}:shop/*"}]}, True),
    "another-watermark": ({"ImageWatermarks": [{"WatermarkKey": f"{OWN}:web/*"}]}, False),
    "young": ({"CreationDateCondition": {"MaximumDaysSinceCreated": 1}}, True),
    "too-old": ({"CreationDateCondition": {"MaximumDaysSinceCreated": 0}}, False),
    "not-scanned": ({"ScanResultCondition": {"MaximumSeverityLabel": "high"}}, False),
    "one-of-two": ({"ImageProviders": [OWN], "ImageNames": ["web-*"]}, False),
}


@pytest.mark.parametrize("case", CRITERIA)
def test_an_image_is_found_only_where_it_is_allowed(bare: Aws, other: Any, case: str):
    criterion, allowed = CRITERIA[case]
    made = baked(bare, launchPermission={"userIds": [OTHER]})
    bare.wait(600)
    other.replace_image_criteria_in_allowed_images_settings(ImageCriteria=[criterion])
    other.enable_allowed_images_settings(AllowedImagesSettingsState="audit-mode")
    (seen,) = other.describe_images(ImageIds=[made])["Images"]
    assert seen["ImageAllowed"] is allowed
    other.enable_allowed_images_settings(AllowedImagesSettingsState="enabled")
    settings = other.get_allowed_images_settings()
    assert (settings["State"], settings["ImageCriteria"]) == ("enabled", [criterion])
    found = [each["ImageId"] for each in other.describe_images()["Images"]]
    assert (made in found) is allowed
    if not allowed:
        code, _ = refusal(other.run_instances, ImageId=made, MinCount=1, MaxCount=1)
        assert code == "InvalidAMIID.NotFound"
    own = other.describe_images(ImageIds=[PARENT])["Images"]
    assert own, "an account's own images are always allowed"
    other.disable_allowed_images_settings()
    assert "ImageAllowed" not in other.describe_images(ImageIds=[made])["Images"][0]


SCANS: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "nothing-found": ({}, {"MaximumSeverityLabel": "low"}, True),
    "at-the-limit": ({"severity": "high"}, {"MaximumSeverityLabel": "high"}, True),
    "above-it": ({"severity": "critical"}, {"MaximumSeverityLabel": "high"}, False),
    "stale": ({"at": "2023-11-01T00:00:00Z"}, {"MaxDaysSinceLastFindingScan": 7}, False),
    "fresh": ({}, {"MaxDaysSinceLastFindingScan": 7}, True),
    "fix-late": (
        {"severity": "high", "fixes": {"high": "2023-11-01T00:00:00Z"}},
        {"MaxDaysSinceHighFixAvailable": 7},
        False,
    ),
    "fix-new": (
        {"severity": "high", "fixes": {"high": "2023-11-14T00:00:00Z"}},
        {"MaxDaysSinceHighFixAvailable": 7},
        True,
    ),
}


@pytest.mark.parametrize("case", SCANS)
def test_a_scan_decides_whether_an_image_is_allowed(bare: Aws, other: Any, case: str):
    scan, condition, allowed = SCANS[case]
    made = baked(bare, launchPermission={"userIds": [OTHER]})
    bare.admin("scanned", image=made, region=REGION, **scan)
    assert image(bare, made)["ScanResults"].get("HighestFindingSeverityLabel") == scan.get("severity")
    other.replace_image_criteria_in_allowed_images_settings(ImageCriteria=[{"ScanResultCondition": condition}])
    other.enable_allowed_images_settings(AllowedImagesSettingsState="audit-mode")
    (seen,) = other.describe_images(ImageIds=[made])["Images"]
    assert seen["ImageAllowed"] is allowed
