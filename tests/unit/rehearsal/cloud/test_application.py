import json

import pytest
from botocore.exceptions import ClientError
from moto import backends
from moto.core.base_backend import BackendDict
from moto.core.models import DEFAULT_ACCOUNT_ID as ACCOUNT

from strata_rehearsal.cloud.assembly import assemble
from strata_rehearsal.cloud.requests import describe, error_of
from tests.unit.rehearsal.cloud.conftest import NEW, Aws


def test_every_call_is_logged_with_its_parameters_its_caller_and_its_error(aws: Aws):
    with pytest.raises(ClientError):
        aws.autoscaling.set_desired_capacity(AutoScalingGroupName="none", DesiredCapacity=1)
    call = aws.events()[-1]
    assert (call["kind"], call["service"], call["action"]) == ("api", "autoscaling", "SetDesiredCapacity")
    assert call["parameters"] == {"AutoScalingGroupName": "none", "DesiredCapacity": "1"}
    assert (call["caller"], call["error"], call["at"]) == ("a-test", "ValidationError", 1_700_000_000)


def test_secret_values_stay_out_of_the_log(aws: Aws):
    aws.ssm.put_parameter(Name="/password", Type="SecureString", Value="correct horse")
    assert aws.events()[-1]["parameters"] == {"Name": "/password", "Type": "SecureString", "Value": "(hidden)"}
    assert "correct horse" not in json.dumps(aws.events())


def test_state_changes_are_logged_at_the_time_they_happened(aws: Aws):
    aws.group(size=1)
    aws.wait(500)
    told = [(each["state"], each["at"] - 1_700_000_000) for each in aws.events("server")]
    assert told == [("Pending", 0), ("InService", 60)]
    targets = [(each["state"], each["at"] - 1_700_000_000) for each in aws.events("target")]
    assert targets == [("initial", 60), ("healthy", 80)]


def test_an_action_the_local_aws_does_not_know_is_an_error_that_names_it(aws: Aws):
    with pytest.raises(ClientError, match="does not know autoscaling DescribeAdjustmentTypes") as refused:
        aws.autoscaling.describe_adjustment_types()
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_an_action_that_is_not_simulated_says_so(aws: Aws):
    with pytest.raises(ClientError, match="AttachInstances is not simulated"):
        aws.autoscaling.attach_instances(AutoScalingGroupName="web", InstanceIds=["i-1"])


@pytest.mark.parametrize("service", ["ec2", "ssm", "autoscaling"])
def test_a_failure_inside_is_an_error_sdks_understand(aws: Aws, monkeypatch: pytest.MonkeyPatch, service: str):
    def fail(_self: object) -> None:
        raise RuntimeError("<broken>")

    homes = {
        "ec2": ("moto.ec2.responses.EC2Response.describe_vpcs", aws.ec2.describe_vpcs),
        "ssm": (
            "moto.ssm.responses.SimpleSystemManagerResponse.describe_parameters",
            aws.ssm.describe_parameters,
        ),
        "autoscaling": (
            "moto.autoscaling.responses.AutoScalingResponse.describe_auto_scaling_groups",
            aws.describe,
        ),
    }
    path, call = homes[service]
    monkeypatch.setattr(path, fail)
    with pytest.raises(ClientError, match="<broken>") as failed:
        call()
    assert failed.value.response["Error"]["Code"] == "InternalFailure"
    assert aws.events()[-1]["error"] == "InternalFailure"


def test_a_failure_of_the_simulation_is_answered_and_the_next_request_goes_on(aws: Aws):
    def fail() -> None:
        raise RuntimeError("broken event")

    aws.cloud.world.after(5, fail)
    aws.wait(10)
    with pytest.raises(ClientError, match="broken event"):
        aws.ec2.describe_vpcs()
    assert aws.ec2.describe_vpcs()["Vpcs"]


def test_the_state_shows_groups_targets_alarms_and_the_clock(aws: Aws):
    aws.running_group()
    aws.alarm()
    state = json.loads(aws.web.get("/_strata/state").data)
    (group,) = state["groups"]
    assert (group["name"], group["desired"], len(group["servers"])) == ("web", 4, 4)
    assert group["servers"][0]["targets"] == ["healthy"]
    assert state["alarms"] == {"web-5xx": "INSUFFICIENT_DATA"}
    assert state["clock"]["now"] == 1_700_000_100


def test_capacity_is_changed_by_service(aws: Aws):
    aws.group(Tags=[{"Key": "strata:service", "Value": "shop"}])
    aws.admin("capacity", group="shop", desired=2)
    assert aws.describe()["DesiredCapacity"] == 2


def test_several_servers_of_a_group_can_be_killed(aws: Aws):
    aws.running_group()
    assert len(aws.admin("kill", group="web", count=3)["killed"]) == 3
    assert aws.states() == ["InService"] + ["Pending"] * 3


@pytest.mark.parametrize(
    "path, fields",
    [
        ("kill", {"instance": "i-none"}),
        ("kill", {}),
        ("kill", {"group": "none"}),
        ("fault", {"kind": "sleepy", "service": "web"}),
        ("capacity", {"group": "web", "desired": 99}),
        ("alarm", {"name": "none", "state": "OK"}),
        ("alarm", {"name": "none", "state": "GOOD"}),
        ("boot", {"service": "web", "seconds": -1}),
        ("images", {"images": [{"name": "x"}]}),
    ],
)
def test_admin_requests_that_make_no_sense_are_refused_with_a_reason(aws: Aws, path: str, fields: dict[str, object]):
    aws.group()
    answer = aws.web.post(f"/_strata/{path}", data=json.dumps(fields))
    assert answer.status_code == 400
    assert json.loads(answer.data)["error"]


def test_an_unknown_admin_path_is_not_found(bare: Aws):
    assert bare.web.get("/_strata/nowhere").status_code == 404


def test_lifting_a_fault_makes_its_servers_well(aws: Aws):
    aws.admin("fault", kind="unhealthy", image=NEW)
    aws.running_group(version="2", HealthCheckGracePeriod=3600)
    assert aws.health() == ["unhealthy"] * 4
    assert aws.admin("clear", kind="unhealthy")["cleared"][0]["image"] == NEW
    aws.wait(20)
    assert aws.health() == ["healthy"] * 4


def test_calls_without_a_signature_or_with_a_rest_path_are_described():
    call = describe({"REQUEST_METHOD": "PUT", "PATH_INFO": "/bucket/key", "QUERY_STRING": "acl="}, b"")
    assert (call.service, call.action, call.parameters) == ("unknown", "PUT /bucket/key", {"acl": ""})


@pytest.mark.parametrize(
    "said, attempt",
    [
        ({}, None),
        ({"HTTP_AMZ_SDK_REQUEST": "attempt=1; max=3"}, None),
        ({"HTTP_AMZ_SDK_REQUEST": "attempt=2; max=25"}, 2),
    ],
)
def test_a_call_that_an_sdk_makes_again_is_described_as_such(said: dict[str, str], attempt: int | None):
    assert describe({"REQUEST_METHOD": "PUT", "PATH_INFO": "/bucket/key", **said}, b"").attempt == attempt


def test_error_codes_are_read_from_every_protocol():
    assert error_of("200 OK", b"<Code>no</Code>") is None
    assert error_of("400 Bad Request", b"<Error><Code>Throttling</Code></Error>") == "Throttling"
    assert error_of("400 Bad Request", b'{"__type": "com.amazonaws#ParameterNotFound"}') == "ParameterNotFound"
    assert error_of("404 Not Found", b"nothing") == "404 Not Found"


def test_requests_do_not_list_the_folders_of_moto_again(aws: Aws):
    aws.ec2.describe_vpcs()
    assert backends.list_of_moto_modules() is backends.list_of_moto_modules()
    assert {"ec2", "sts"} <= set(backends.list_of_moto_modules())


def test_a_resource_has_its_own_tags_alone(aws: Aws):
    made = [aws.ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"] for number in range(3)]
    aws.ec2.create_tags(Resources=made[:1], Tags=[{"Key": "app", "Value": "web"}])
    aws.ec2.create_tags(Resources=made[1:2], Tags=[{"Key": "app", "Value": "api"}, {"Key": "Name", "Value": "second"}])
    found = {each["VpcId"]: each.get("Tags", []) for each in aws.ec2.describe_vpcs(VpcIds=made)["Vpcs"]}
    told = aws.ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [made[1]]}])["Tags"]
    assert found[made[0]] == [{"Key": "app", "Value": "web"}]
    assert found[made[1]] == [{"Key": each["Key"], "Value": each["Value"]} for each in told]
    assert not found[made[2]]
    by_tag = aws.ec2.describe_vpcs(Filters=[{"Name": "tag:app", "Values": ["api"]}])["Vpcs"]
    assert [each["VpcId"] for each in by_tag] == [made[1]]


def test_a_new_local_aws_is_empty_although_moto_has_lost_sight_of_what_it_had(aws: Aws):
    # as a reset of moto leaves it: one service asks another one that was reset before
    BackendDict._instances.clear()  # pyright: ignore[reportGeneralTypeIssues]
    assemble(aws.clock)
    assert aws.ec2.describe_images(Owners=["self"])["Images"] == []


def test_a_new_local_aws_closes_the_files_that_the_objects_of_the_one_before_were_in(aws: Aws):
    s3 = backends.get_backend("s3")[ACCOUNT]["aws"]
    s3.create_bucket("uploads", "eu-west-1")
    key = s3.put_object("uploads", "a", b"content")
    assemble(aws.clock)
    assert key.disposed
