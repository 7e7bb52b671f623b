"""Inputs of a service's children that no override may set, each with the way that is meant.

The record names an image and a digest, the gate counts healthy servers on a numbered version, and the rehearsal of a
rollout goes by the settings. What these three rest on is decided in one place; an override of it would run something
that nobody checked and that no record names. Every other input may be overridden, and what of it changes a server is
part of the release digest.
"""

from collections.abc import Mapping

__all__ = ["FIXED_INPUTS"]

_REGION = "give the whole service a provider of that region"
_CAPACITY = "set `capacity`"
_HEALTH = "set `health`"
_ROUTES = "set `routes`"
_ROLLOUT = "set `rollout`; the gate starts every refresh"
_NUMBERED = "nothing: the gate launches a numbered version, and saves it once it is proven"
_TAGS = "set `tags`; they are how servers are known as the release's and the service's"
_RECORD = "nothing: the record is the gate's"
_GROUP = "nothing: it belongs to the service's own group"
_ROLE = "attach policies to `role_name`, or override `launch_template.iam_instance_profile`"

FIXED_INPUTS: Mapping[str, Mapping[str, str]] = {
    "launch_template": {
        "image_id": "pin the image under `strata:images`",
        "instance_requirements": "set `instance_type`; a gate rolls one instance type",
        "tag_specifications": _TAGS,
        "default_version": _NUMBERED,
        "update_default_version": _NUMBERED,
        "region": _REGION,
    },
    "group": {
        "launch_template": _NUMBERED,
        "launch_configuration": _NUMBERED,
        "mixed_instances_policy": "set `instance_type`; a gate rolls one instance type from a launch template",
        "min_size": _CAPACITY,
        "max_size": _CAPACITY,
        "desired_capacity": "set `capacity.initial`",
        "target_group_arns": _ROUTES,
        "load_balancers": _ROUTES,
        "traffic_sources": _ROUTES,
        "health_check_type": "set `routes`: behind a load balancer it judges the servers, EC2 does otherwise",
        "health_check_grace_period": "set `boot_seconds`",
        "default_instance_warmup": "set `boot_seconds` and `health`",
        "instance_maintenance_policy": _ROLLOUT,
        "instance_refresh": _ROLLOUT,
        "tags": _TAGS,
        "region": _REGION,
    },
    "release": {
        "name": _RECORD,
        "type": _RECORD,
        "value": _RECORD,
        "insecure_value": _RECORD,
        "value_wo": _RECORD,
        "value_wo_version": _RECORD,
        "description": _RECORD,
        "data_type": _RECORD,
        "allowed_pattern": _RECORD,
        "region": _REGION,
    },
    "target_group": {
        "health_check": _HEALTH,
        "port": "set `port`",
        "target_type": "nothing: the gate counts servers, so targets are instances",
        "deregistration_delay": "set `drain_seconds`",
        "vpc_id": "pass another `network`",
        "region": _REGION,
    },
    "listener_rule": {
        "listener_arn": "pass another `ingress`",
        "priority": _ROUTES,
        "conditions": _ROUTES,
        "region": _REGION,
    },
    "profile": {"role": _ROLE},
    "drain": {
        "autoscaling_group_name": _GROUP,
        "lifecycle_transition": "nothing: servers drain as they are terminated",
        "heartbeat_timeout": "set `drain_seconds`",
        "region": _REGION,
    },
    "scale_by_cpu": {"autoscaling_group_name": _GROUP, "region": _REGION},
    "scale_by_requests": {"autoscaling_group_name": _GROUP, "region": _REGION},
    "schedule": {"autoscaling_group_name": _GROUP, "region": _REGION},
    "security_group": {"region": _REGION},
    "egress": {"region": _REGION},
    "from_ingress": {"region": _REGION},
    "ingress_egress": {"region": _REGION},
    "log_group": {"region": _REGION},
    "door": {"region": _REGION},
    "role": {},
    "session_manager": {},
    "logs_policy": {},
    "drain_policy": {},
    "uses_policy": {},
}
"""By child and input, input names as pulumi_aws spells them."""
