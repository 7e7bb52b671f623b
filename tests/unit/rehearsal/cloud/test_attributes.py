import pytest
from botocore.exceptions import ClientError

from strata.naming import veto_name
from tests.unit.rehearsal.cloud.conftest import Aws


def test_tags_are_put_described_and_deleted(aws: Aws):
    aws.group(size=0, Tags=[{"Key": "a", "Value": "1", "PropagateAtLaunch": True}])
    tag = {"ResourceId": "web", "ResourceType": "auto-scaling-group"}
    aws.autoscaling.create_or_update_tags(
        Tags=[{**tag, "Key": "a", "Value": "2", "PropagateAtLaunch": False}, {**tag, "Key": "b", "Value": "3"}]
    )
    shown = {each["Key"]: (each["Value"], each["PropagateAtLaunch"]) for each in aws.describe()["Tags"]}
    assert shown == {"a": ("2", False), "b": ("3", False)}
    found = aws.autoscaling.describe_tags(Filters=[{"Name": "key", "Values": ["b"]}])["Tags"]
    assert [each["Value"] for each in found] == ["3"]
    aws.autoscaling.delete_tags(Tags=[{**tag, "Key": "a"}])
    assert [each["Key"] for each in aws.describe()["Tags"]] == ["b"]


def test_metrics_collection_is_noted(aws: Aws):
    aws.group(size=0)
    aws.autoscaling.enable_metrics_collection(AutoScalingGroupName="web", Granularity="1Minute")
    assert len(aws.describe()["EnabledMetrics"]) == 8
    aws.autoscaling.disable_metrics_collection(AutoScalingGroupName="web", Metrics=["GroupMinSize"])
    assert len(aws.describe()["EnabledMetrics"]) == 7


def test_notifications_are_noted(aws: Aws):
    aws.group(size=0)
    topic = "arn:aws:sns:eu-west-1:123456789012:news"
    kinds = ["autoscaling:EC2_INSTANCE_LAUNCH"]
    aws.autoscaling.put_notification_configuration(AutoScalingGroupName="web", TopicARN=topic, NotificationTypes=kinds)
    described = aws.autoscaling.describe_notification_configurations()["NotificationConfigurations"]
    assert described == [{"AutoScalingGroupName": "web", "TopicARN": topic, "NotificationType": kinds[0]}]
    aws.autoscaling.delete_notification_configuration(AutoScalingGroupName="web", TopicARN=topic)
    assert aws.autoscaling.describe_notification_configurations()["NotificationConfigurations"] == []


def test_a_parameter_remembers_when_and_by_whom_each_version_was_put(aws: Aws):
    put = {"Name": "/strata/release", "Type": "String", "Overwrite": True}
    aws.ssm.put_parameter(**put, Value="1.0.0")
    aws.wait(3600)
    aws.ssm.put_parameter(**put, Value="1.1.0")
    history = aws.ssm.get_parameter_history(Name="/strata/release")["Parameters"]
    assert [(each["Value"], each["LastModifiedDate"].timestamp()) for each in history] == [
        ("1.0.0", 1_700_000_000),
        ("1.1.0", 1_700_003_600),
    ]
    assert {each["LastModifiedUser"] for each in history} == {aws.sts.get_caller_identity()["Arn"]}


def test_a_role_can_have_a_policy_of_aws_attached(aws: Aws):
    aws.iam.create_role(RoleName="web", AssumeRolePolicyDocument="{}")
    arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    aws.iam.attach_role_policy(RoleName="web", PolicyArn=arn)
    attached = aws.iam.list_attached_role_policies(RoleName="web")["AttachedPolicies"]
    assert [each["PolicyArn"] for each in attached] == [arn]
    assert aws.iam.get_policy(PolicyArn=arn)["Policy"]["PolicyName"] == "AmazonSSMManagedInstanceCore"


def test_a_parameter_is_named_as_parameter_store_allows(aws: Aws):
    put = {"Type": "String", "Value": "slow"}
    for name in ("/strata/shop/prod/web/veto/1.0+7", "/strata/shop/prod/web/veto/v 2"):
        with pytest.raises(ClientError, match="a mix of letters, numbers and the following 3 symbols"):
            aws.ssm.put_parameter(Name=name, **put)
    aws.ssm.put_parameter(Name=veto_name("/strata/shop/prod/web/release", "1.0+7"), **put)
