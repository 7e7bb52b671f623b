"""A rollout of a thousand servers on the local AWS, by boto3 alone: what the simulated cloud itself costs."""

from collections.abc import Mapping

from bench.local_aws import FLEET, Client, measure_rollout, rollout_row, two_subnets, until
from bench.row import Measured, Plan, Topic
from strata_rehearsal.cloud.machine_images import Image

__all__ = ["TOPIC"]

GROUP = "fleet"
OLD, NEW = "ami-00000000000000001", "ami-00000000000000002"
PREFERENCES = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 110, "InstanceWarmup": 60}

ROLLOUT = rollout_row("servers", f"rollout of {FLEET:,} servers")


def measure(plan: Plan) -> Mapping[str, Measured]:
    images = [Image("fleet", "1", OLD), Image("fleet", "2", NEW)]
    return {ROLLOUT.key: measure_rollout(plan, _launched, _roll, images)}


def _launched(client: Client) -> str:
    """Bring the fleet up on the old image; gives the template's id."""
    ec2, autoscaling = client("ec2"), client("autoscaling")
    template = ec2.create_launch_template(
        LaunchTemplateName="fleet", LaunchTemplateData={"ImageId": OLD, "InstanceType": "m7i.large"}
    )["LaunchTemplate"]["LaunchTemplateId"]
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=GROUP,
        MinSize=FLEET,
        MaxSize=FLEET * 2,
        DesiredCapacity=FLEET,
        LaunchTemplate={"LaunchTemplateId": template, "Version": "1"},
        VPCZoneIdentifier=",".join(two_subnets(client)),
    )

    def in_service() -> bool:
        (group,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])["AutoScalingGroups"]
        return sum(each["LifecycleState"] == "InService" for each in group["Instances"]) == FLEET

    until("the fleet to be in service", in_service)
    return template


def _roll(client: Client, template: str) -> None:
    """Replace every server with one on the new image."""
    autoscaling = client("autoscaling")
    version = client("ec2").create_launch_template_version(
        LaunchTemplateId=template, SourceVersion="1", LaunchTemplateData={"ImageId": NEW}
    )["LaunchTemplateVersion"]["VersionNumber"]
    refresh = autoscaling.start_instance_refresh(
        AutoScalingGroupName=GROUP,
        DesiredConfiguration={"LaunchTemplate": {"LaunchTemplateId": template, "Version": str(version)}},
        Preferences=PREFERENCES,
    )["InstanceRefreshId"]

    def rolled() -> bool:
        found = autoscaling.describe_instance_refreshes(AutoScalingGroupName=GROUP, InstanceRefreshIds=[refresh])
        status = found["InstanceRefreshes"][0]["Status"]
        if status not in ("Pending", "InProgress", "Successful"):
            raise RuntimeError(f"the refresh ended as {status}: {found['InstanceRefreshes'][0].get('StatusReason')}")
        return status == "Successful"

    until("the rollout to end", rolled)


TOPIC = Topic((ROLLOUT,), measure)
