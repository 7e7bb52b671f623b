"""EC2 Image Builder of a rehearsal builds what EC2 can launch, says where a build failed, and leaves nothing behind."""

from typing import Any

import pytest

from tests.unit.rehearsal.cloud.baking import BUILD_SECONDS, PARENT, Bakery, refusal
from tests.unit.rehearsal.cloud.conftest import Aws

OTHER = "222222222222"


@pytest.fixture
def bakery(bare: Aws) -> Bakery:
    return Bakery(bare)


def amis(bakery: Bakery) -> list[dict[str, Any]]:
    filters = [{"Name": "tag:CreatedBy", "Values": ["EC2 Image Builder"]}]
    return bakery.aws.ec2.describe_images(Filters=filters)["Images"]


def instances(bakery: Bakery, *states: str) -> list[dict[str, Any]]:
    wanted = list(states or ("pending", "running"))
    found = bakery.aws.ec2.describe_instances(Filters=[{"Name": "instance-state-name", "Values": wanted}])
    return [each for reservation in found["Reservations"] for each in reservation["Instances"]]


def tags(found: dict[str, Any]) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in found["Tags"]}


def test_a_build_ends_with_an_image_that_says_what_made_it(bakery: Bakery):
    built = bakery.bake(bakery.pipeline(bakery.recipe(amiTags={"app": "shop", "app_version": "1.2.3"})))
    assert built["state"] == {"status": "AVAILABLE"}
    (output,) = built["outputResources"]["amis"]
    (ami,) = amis(bakery)
    assert (output["image"], output["name"]) == (ami["ImageId"], ami["Name"])
    made_by = {"CreatedBy": "EC2 Image Builder", "Ec2ImageBuilderArn": built["arn"]}
    assert tags(ami) == {"app": "shop", "app_version": "1.2.3", **made_by}
    (device,) = ami["BlockDeviceMappings"]
    (snapshot,) = bakery.aws.ec2.describe_snapshots(SnapshotIds=[device["Ebs"]["SnapshotId"]])["Snapshots"]
    assert tags(snapshot) == tags(ami)
    assert ami["Architecture"] == "x86_64"


def test_a_build_goes_through_the_states_that_aws_names(bakery: Bakery):
    arn, seen = bakery.start(), []
    for _ in range(300):
        status = bakery.image(arn)["state"]["status"]
        if status not in seen:
            seen.append(status)
        bakery.aws.wait(5)
    assert seen == [
        *("PENDING", "CREATING", "BUILDING", "TESTING", "DISTRIBUTING", "INTEGRATING", "AVAILABLE"),
    ]


def test_servers_that_build_and_test_are_there_while_they_do_and_gone_after(bakery: Bakery):
    arn = bakery.start()
    bakery.aws.wait(100)
    (server,) = instances(bakery)
    assert server["ImageId"] == PARENT
    assert tags(server)["Ec2ImageBuilderArn"] == arn
    assert server["IamInstanceProfile"]["Arn"].endswith("/build-servers")
    while bakery.image(arn)["state"]["status"] != "TESTING":
        bakery.aws.wait(10)
    bakery.aws.wait(10)
    (tester,) = instances(bakery)
    assert tester["ImageId"] == amis(bakery)[0]["ImageId"]
    bakery.aws.wait(BUILD_SECONDS)
    assert instances(bakery) == []


@pytest.mark.parametrize(
    "phase, step, status",
    [
        ("build", "provision", "BUILDING"),
        ("build", "harden", "BUILDING"),
        ("validate", "verify", "BUILDING"),
        ("test", "serves", "TESTING"),
    ],
)
def test_a_step_that_fails_leaves_no_image_and_is_named(bakery: Bakery, phase: str, step: str, status: str):
    bakery.fault(kind="step-fails", phase=phase, step=step, message="no such package")
    built = bakery.bake()
    state = built["state"]
    assert state["status"] == "FAILED"
    assert f"state = '{status}'" in state["reason"]
    failure = state["failureContext"]
    assert (failure["imageStatus"], failure["componentFailure"]["phaseName"]) == (status, phase)
    assert failure["componentFailure"] == {
        "componentArn": built["imageRecipe"]["components"][0]["componentArn"],
        "phaseName": phase,
        "stepName": step,
        "action": "ExecuteBash",
        "errorMessage": "no such package",
    }
    assert "outputResources" not in built
    assert amis(bakery) == []
    assert instances(bakery) == []
    assert any("no such package" in line for line in bakery.lines(built))
    runs = bakery.api.list_workflow_executions(imageBuildVersionArn=built["arn"])["workflowExecutions"]
    assert runs[0]["status"] == "FAILED"
    steps = bakery.api.list_workflow_step_executions(workflowExecutionId=runs[0]["workflowExecutionId"])["steps"]
    assert [each["name"] for each in steps if each["status"] == "FAILED"] == [failure["failedStep"]]


def test_a_step_that_hangs_runs_until_its_timeout(bakery: Bakery):
    bakery.fault(kind="step-hangs", step="harden")
    arn = bakery.start()
    bakery.aws.wait(7200)
    assert bakery.image(arn)["state"]["status"] == "BUILDING"
    bakery.aws.wait(200)
    state = bakery.image(arn)["state"]
    assert state["status"] == "FAILED"
    assert "status = 'TimedOut'" in state["reason"]


def test_a_server_without_a_way_to_systems_manager_times_out(bakery: Bakery):
    bakery.fault(kind="unreachable")
    arn = bakery.start()
    bakery.aws.wait(3700)
    assert "failure message = 'SSM Agent verification failed'" in bakery.image(arn)["state"]["reason"]


def test_a_server_stays_after_a_failure_when_its_owner_wants_to_look_at_it(bakery: Bakery):
    infrastructure = bakery.infrastructure(terminateInstanceOnFailure=False)
    bakery.fault(kind="step-fails", step="harden")
    bakery.bake(bakery.pipeline(infrastructureConfigurationArn=infrastructure))
    assert len(instances(bakery)) == 1


def test_a_cancelled_build_leaves_nothing(bakery: Bakery):
    arn = bakery.start()
    bakery.aws.wait(360)
    assert bakery.image(arn)["state"]["status"] == "TESTING"
    bakery.api.cancel_image_creation(imageBuildVersionArn=arn)
    assert bakery.image(arn)["state"]["status"] == "CANCELLED"
    assert (amis(bakery), instances(bakery)) == ([], [])
    bakery.aws.wait(BUILD_SECONDS)
    assert bakery.image(arn)["state"]["status"] == "CANCELLED"
    assert refusal(bakery.api.cancel_image_creation, imageBuildVersionArn=arn)[0] == "InvalidRequestException"


@pytest.mark.parametrize("seconds", range(0, 475, 36))
def test_a_build_that_is_cancelled_at_any_moment_leaves_nothing(bakery: Bakery, seconds: int):
    pipeline = bakery.pipeline()
    arn = bakery.start(pipeline)
    bakery.aws.wait(seconds)
    bakery.api.cancel_image_creation(imageBuildVersionArn=arn)
    assert (amis(bakery), instances(bakery)) == ([], [])
    steps = [
        step["status"]
        for run in bakery.api.list_workflow_executions(imageBuildVersionArn=arn)["workflowExecutions"]
        for step in bakery.api.list_workflow_step_executions(workflowExecutionId=run["workflowExecutionId"])["steps"]
    ]
    assert set(steps) <= {"COMPLETED", "CANCELLED"}
    assert bakery.bake(pipeline)["state"]["status"] == "AVAILABLE"


def test_a_parameter_that_cannot_be_written_fails_the_build_and_nothing_else(bakery: Bakery):
    place = {
        "region": "eu-west-1",
        "amiDistributionConfiguration": {"name": "shop-{{ imagebuilder:buildDate }}"},
        "ssmParameterConfigurations": [{"parameterName": "/aws/shop"}],
    }
    state = bakery.bake(bakery.pipeline(distributionConfigurationArn=bakery.distribution(place)))["state"]
    assert state["status"] == "FAILED"
    (failed,) = state["failureContext"]["distributionFailure"]["regionFailures"]
    assert failed["imageConfigurationStep"] == "PUT_SSM_PARAMETERS"


def test_an_image_goes_to_each_region_under_the_name_of_its_template(bakery: Bakery):
    shared = {
        "name": "shop-1.2.3-{{ imagebuilder:buildDate }}",
        "amiTags": {"app": "shop"},
        "launchPermission": {"userIds": [OTHER]},
    }
    places = [
        {
            "region": region,
            "amiDistributionConfiguration": shared,
            "ssmParameterConfigurations": [{"parameterName": "/images/shop", "dataType": "aws:ec2:image"}],
        }
        for region in ("eu-west-1", "eu-central-1")
    ]
    built = bakery.bake(bakery.pipeline(distributionConfigurationArn=bakery.distribution(*places)))
    found = built["outputResources"]["amis"]
    assert [each["region"] for each in found] == ["eu-west-1", "eu-central-1"]
    assert all(each["name"].startswith("shop-1.2.3-2023-11-14T22-") for each in found)
    (ami,) = amis(bakery)
    assert tags(ami)["app"] == "shop"
    allowed = bakery.aws.ec2.describe_image_attribute(ImageId=ami["ImageId"], Attribute="launchPermission")
    assert allowed["LaunchPermissions"] == [{"UserId": OTHER}]
    assert bakery.aws.ssm.get_parameter(Name="/images/shop")["Parameter"]["Value"] == ami["ImageId"]


def test_a_copy_says_what_it_is_a_copy_of(bakery: Bakery):
    from moto.ec2.models import ec2_backends

    place = {"region": "eu-central-1", "amiDistributionConfiguration": {"name": "far-{{ imagebuilder:buildDate }}"}}
    here = {"region": "eu-west-1", "amiDistributionConfiguration": {"name": "near-{{ imagebuilder:buildDate }}"}}
    built = bakery.bake(bakery.pipeline(distributionConfigurationArn=bakery.distribution(here, place)))
    near, far = built["outputResources"]["amis"]
    copied: Any = ec2_backends["123456789012"]["eu-central-1"].amis[far["image"]]
    assert (copied.source_image_id, copied.source_image_region) == (near["image"], "eu-west-1")


def test_an_image_that_cannot_be_copied_is_distributed_nowhere(bakery: Bakery):
    bakery.fault(kind="distribution-fails", region="eu-central-1")
    places = [
        {"region": region, "amiDistributionConfiguration": {"name": "shop-{{ imagebuilder:buildDate }}"}}
        for region in ("eu-west-1", "eu-central-1")
    ]
    state = bakery.bake(bakery.pipeline(distributionConfigurationArn=bakery.distribution(*places)))["state"]
    assert state["status"] == "FAILED"
    assert "Not all distribution jobs are completed." in state["reason"]
    (failed,) = state["failureContext"]["distributionFailure"]["regionFailures"]
    assert failed["region"] == "eu-central-1"
    assert amis(bakery) == []


def test_a_name_that_does_not_change_from_build_to_build_fails_the_second_one(bakery: Bakery):
    place = {"region": "eu-west-1", "amiDistributionConfiguration": {"name": "shop-latest"}}
    pipeline = bakery.pipeline(distributionConfigurationArn=bakery.distribution(place))
    assert bakery.bake(pipeline)["state"]["status"] == "AVAILABLE"
    assert "AMI name shop-latest is already in use by AMI ami-" in bakery.bake(pipeline)["state"]["reason"]
    assert len(amis(bakery)) == 1


def encrypted(key: str | None) -> list[dict[str, Any]]:
    ebs = {"encrypted": True, "volumeSize": 20, **({"kmsKeyId": key} if key else {})}
    return [{"deviceName": "/dev/xvda", "ebs": ebs}]


def shared_place(**more: Any) -> dict[str, Any]:
    ami = {"name": "shop-{{ imagebuilder:buildDate }}", "launchPermission": {"userIds": [OTHER]}, **more}
    return {"region": "eu-west-1", "amiDistributionConfiguration": ami}


def test_an_image_encrypted_with_the_key_of_aws_cannot_be_shared(bakery: Bakery):
    recipe = bakery.recipe(blockDeviceMappings=encrypted(None))
    pipeline = bakery.pipeline(recipe, distributionConfigurationArn=bakery.distribution(shared_place()))
    assert "can't be shared" in bakery.bake(pipeline)["state"]["reason"]


def test_an_image_encrypted_with_the_key_of_aws_names_a_key_that_aws_manages(bakery: Bakery):
    bakery.bake(bakery.pipeline(bakery.recipe(blockDeviceMappings=encrypted(None))))
    (ami,) = amis(bakery)
    key = bakery.aws.kms.describe_key(KeyId=ami["BlockDeviceMappings"][0]["Ebs"]["KmsKeyId"])["KeyMetadata"]
    assert key["KeyManager"] == "AWS"


def test_an_image_encrypted_with_a_key_of_ones_own_is_shared(bakery: Bakery):
    key = bakery.aws.kms.create_key()["KeyMetadata"]["Arn"]
    recipe = bakery.recipe(blockDeviceMappings=encrypted(key))
    pipeline = bakery.pipeline(recipe, distributionConfigurationArn=bakery.distribution(shared_place()))
    assert bakery.bake(pipeline)["state"]["status"] == "AVAILABLE"
    (ami,) = amis(bakery)
    (device,) = ami["BlockDeviceMappings"]
    assert (device["Ebs"]["Encrypted"], device["Ebs"]["KmsKeyId"], device["Ebs"]["VolumeSize"]) == (True, key, 20)
    (snapshot,) = bakery.aws.ec2.describe_snapshots(SnapshotIds=[device["Ebs"]["SnapshotId"]])["Snapshots"]
    assert (snapshot["Encrypted"], snapshot["KmsKeyId"]) == (True, key)


def test_a_key_that_is_not_there_fails_the_distribution(bakery: Bakery):
    place = shared_place(kmsKeyId="11111111-2222-3333-4444-555555555555")
    state = bakery.bake(bakery.pipeline(distributionConfigurationArn=bakery.distribution(place)))["state"]
    assert "does not exist" in state["failureContext"]["distributionFailure"]["errorMessage"]


def test_without_tests_the_test_phase_never_runs(bakery: Bakery):
    bakery.fault(kind="step-fails", phase="test")
    built = bakery.bake(bakery.pipeline(imageTestsConfiguration={"imageTestsEnabled": False}))
    assert built["state"]["status"] == "AVAILABLE"
    assert not any("serves" in line for line in bakery.lines(built))


def test_an_image_runs_in_a_group_of_the_local_aws(aws: Aws):
    bakery = Bakery(aws)
    (output,) = bakery.bake()["outputResources"]["amis"]
    aws.group(size=1, version=aws.version(output["image"]))
    aws.wait(100)
    (server,) = aws.instances()
    assert server["LifecycleState"] == "InService"
    (running,) = aws.ec2.describe_instances(InstanceIds=[server["InstanceId"]])["Reservations"][0]["Instances"]
    assert running["ImageId"] == output["image"]


def test_a_pipeline_builds_one_image_at_a_time_and_counts_them(bakery: Bakery):
    pipeline = bakery.pipeline()
    first = bakery.start(pipeline)
    assert refusal(bakery.api.start_image_pipeline_execution, imagePipelineArn=pipeline)[0] == "ResourceInUseException"
    bakery.aws.wait(BUILD_SECONDS)
    second = bakery.start(pipeline)
    assert (first.rpartition("/")[2], second.rpartition("/")[2]) == ("1", "2")
    listed = bakery.api.list_image_pipeline_images(imagePipelineArn=pipeline)["imageSummaryList"]
    assert [each["arn"] for each in listed] == [first, second]
    assert bakery.api.get_image_pipeline(imagePipelineArn=pipeline)["imagePipeline"]["lastRunStatus"] == "PENDING"


def test_a_disabled_pipeline_builds_nothing(bakery: Bakery):
    pipeline = bakery.pipeline(status="DISABLED")
    assert refusal(bakery.api.start_image_pipeline_execution, imagePipelineArn=pipeline)[0] == "InvalidRequestException"


def test_a_pipeline_that_fails_too_often_is_disabled(bakery: Bakery):
    schedule = {"scheduleExpression": "rate(1 day)", "autoDisablePolicy": {"failureCount": 2}}
    pipeline = bakery.pipeline(schedule=schedule)
    bakery.fault(kind="step-fails")
    for _ in range(2):
        assert bakery.bake(pipeline)["state"]["status"] == "FAILED"
    found = bakery.api.get_image_pipeline(imagePipelineArn=pipeline)["imagePipeline"]
    assert (found["status"], found["consecutiveFailures"]) == ("DISABLED", 2)


def test_the_parent_is_looked_up_when_the_image_is_built(bakery: Bakery):
    bakery.aws.ssm.put_parameter(Name="/images/base", Type="String", Value=PARENT)
    pipeline = bakery.pipeline(bakery.recipe(parentImage="ssm:/images/base"))
    bakery.aws.ssm.put_parameter(Name="/images/base", Type="String", Value="ami-0000000000000002", Overwrite=True)
    bakery.start(pipeline)
    bakery.aws.wait(60)
    (server,) = instances(bakery)
    assert server["ImageId"] == "ami-0000000000000002"


def test_a_deleted_image_leaves_its_ami_and_its_snapshot(bakery: Bakery):
    built = bakery.bake()
    bakery.api.delete_image(imageBuildVersionArn=built["arn"])
    assert refusal(bakery.api.get_image, imageBuildVersionArn=built["arn"])[0] == "ResourceNotFoundException"
    assert len(amis(bakery)) == 1


def test_a_request_is_in_the_log_by_the_name_of_its_operation(bakery: Bakery):
    arn = bakery.component()
    bakery.api.tag_resource(resourceArn=arn, tags={"a": "1"})
    refusal(bakery.api.get_component, componentBuildVersionArn=f"{arn}7")
    calls = [each for each in bakery.aws.events() if each["kind"] == "api" and each["service"] == "imagebuilder"]
    assert [each["action"] for each in calls] == ["CreateComponent", "TagResource", "GetComponent"]
    assert calls[0]["parameters"]["semanticVersion"] == "1.0.0"
    assert [each.get("error") for each in calls] == [None, None, "ResourceNotFoundException"]


def test_an_image_that_is_scanned_while_it_is_built_says_so(bakery: Bakery):
    built = bakery.bake(bakery.pipeline(imageScanningConfiguration={"imageScanningEnabled": True}))
    assert built["scanState"] == {"status": "COMPLETED"}
    wanted = [{"name": "imageBuildVersionArn", "values": [built["arn"]]}]
    assert bakery.api.list_image_scan_findings(filters=wanted)["findings"] == []
    assert bakery.api.list_image_scan_finding_aggregations()["responses"] == []
