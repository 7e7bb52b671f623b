"""What the actions of Auto Scaling share: reading a request, its errors, and how the API shows groups and servers."""

from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.exceptions import ServiceException

from strata_rehearsal.cloud.scaling_groups import Group, GroupServer, moment
from strata_rehearsal.cloud.state import Cloud, current

__all__ = [
    "Refused",
    "ec2_of",
    "find_group",
    "find_server",
    "flag",
    "group_document",
    "instance_document",
    "invalid",
    "page",
    "parameter",
]


class Refused(AutoscalingClientError):  # noqa: N818 - said in the sentence that raises it
    """An error of the Auto Scaling API: its code and its message."""


def invalid(message: str) -> Refused:
    """The API's ValidationError."""
    return Refused("ValidationError", message)


def parameter(response: AutoScalingResponse, name: str, unset: Any = None) -> Any:
    """A parameter of the request."""
    return response._get_param(name, unset)  # noqa: SLF001 - moto's way to ask for one


def flag(response: AutoScalingResponse, name: str, *, unset: bool = False) -> bool:
    """A boolean parameter of the request."""
    return str(parameter(response, name, unset)).lower() == "true"


def find_group(response: AutoScalingResponse, name: str | None = None) -> Group:
    """The group that a request names.

    Raises:
        Refused: there is no such group, or it is being deleted.
    """
    wanted = name or parameter(response, "AutoScalingGroupName")
    group = current().groups.get((response.current_account, response.region, wanted))
    if group is None:
        raise invalid(f"AutoScalingGroup name not found - AutoScalingGroup '{wanted}' not found")
    return group


def find_server(response: AutoScalingResponse, cloud: Cloud, identity: str) -> GroupServer:
    """The server with an instance id.

    Raises:
        Refused: no group of the account and region has it.
    """
    server = cloud.servers.get(identity)
    if server is None or (server.group.account, server.group.region) != (response.current_account, response.region):
        raise invalid(f"Instance Id not found - No managed instance found for instance ID: {identity}")
    return server


def ec2_of(response: AutoScalingResponse) -> Any:
    """Moto's EC2 of the request's account and region."""
    return response.autoscaling_backend.ec2_backend


def page(
    items: list[Any], token: str | None, size: int, refusal: ServiceException | None = None
) -> tuple[list[Any], str | None]:
    """One page of a list, and the token of the next.

    Args:
        items: the whole list.
        token: where the page begins, as the page before said.
        size: how many items it has at most.
        refusal: what is raised for a token that is none of ours. Default: Auto Scaling's InvalidNextToken.
    """
    if token is not None and not token.isdigit():
        raise refusal or Refused("InvalidNextToken", "The token is not valid.")
    start = int(token or 0)
    after = start + size
    return items[start:after], str(after) if after < len(items) else None


def group_document(group: Group) -> dict[str, Any]:
    """The group as DescribeAutoScalingGroups shows it."""
    return {
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        **group.configuration.document(),
        "MinSize": group.min_size,
        "MaxSize": group.max_size,
        "DesiredCapacity": group.desired,
        "DefaultCooldown": group.cooldown,
        "AvailabilityZones": sorted(set(group.zones)),
        "LoadBalancerNames": [],
        "TargetGroupARNs": list(group.target_groups),
        "HealthCheckType": group.health_check_type,
        "HealthCheckGracePeriod": int(group.grace),
        "Instances": [instance_document(server) for server in group.servers.values()],
        "CreatedTime": moment(group.created_at),
        "SuspendedProcesses": [
            {"ProcessName": name, "SuspensionReason": "User suspended"} for name in sorted(group.suspended)
        ],
        "VPCZoneIdentifier": ",".join(group.subnets),
        "EnabledMetrics": [{"Metric": name, "Granularity": "1Minute"} for name in group.metrics],
        "Status": "Delete in progress" if group.deleting else None,
        "Tags": [
            {
                "ResourceId": group.name,
                "ResourceType": "auto-scaling-group",
                "Key": tag["Key"],
                "Value": tag.get("Value", ""),
                "PropagateAtLaunch": bool(tag.get("PropagateAtLaunch")),
            }
            for tag in sorted(group.tags, key=lambda tag: tag["Key"])
        ],
        "TerminationPolicies": list(group.termination_policies),
        "NewInstancesProtectedFromScaleIn": group.protect_new,
        "ServiceLinkedRoleARN": f"arn:aws:iam::{group.account}:role/aws-service-role/autoscaling.amazonaws.com/"
        "AWSServiceRoleForAutoScaling",
        "MaxInstanceLifetime": None if group.lifetime is None else int(group.lifetime),
        "DefaultInstanceWarmup": group.warmup,
        "InstanceMaintenancePolicy": group.maintenance,
        "TrafficSources": [{"Identifier": arn, "Type": "elbv2"} for arn in group.target_groups],
        "DeletionProtection": "none",
        **group.extra,
    }


def instance_document(server: GroupServer, *, group: bool = False) -> dict[str, Any]:
    """The server as the API shows it; with its group's name in DescribeAutoScalingInstances."""
    shown = {
        "InstanceId": server.id,
        "InstanceType": server.instance_type,
        "AvailabilityZone": server.zone,
        "LifecycleState": server.state.value,
        "HealthStatus": server.health.upper() if group else server.health,
        "LaunchTemplate": {
            "LaunchTemplateId": server.template_id,
            "LaunchTemplateName": server.template_name,
            "Version": str(server.version),
        },
        "ImageId": server.image,
        "ProtectedFromScaleIn": server.protected,
    }
    return {**shown, "AutoScalingGroupName": server.group.name} if group else shown
