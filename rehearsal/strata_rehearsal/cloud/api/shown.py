"""Groups and servers as the Auto Scaling API shows them."""

from typing import Any

from strata_rehearsal.cloud.scaling_groups import Group, GroupServer, moment

__all__ = ["group_document", "instance_document"]


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
