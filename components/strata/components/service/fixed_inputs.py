"""Inputs of a service's children that no override may set, each with the way that is meant.

The record names an image and a digest, the gate counts healthy servers on a numbered version, and the rehearsal of a
rollout goes by the settings. What these three rest on is decided in one place; an override of it would run something
that nobody checked and that no record names. Every other input may be overridden, and what of it changes a server is
part of the release digest.
"""

from collections.abc import Mapping

__all__ = ["CAPACITY", "FIXED_INPUTS", "HEALTH", "RECORD", "REGION", "ROUTES"]

REGION = "give the whole service a provider of that region"
CAPACITY = "set `capacity`"
HEALTH = "set `health`"
ROUTES = "set `routes`"
_ROLLOUT = "set `rollout`; the gate starts every refresh"
_NUMBERED = "nothing: the gate launches a numbered version, and saves it once it is proven"
_TAGS = "set `tags`; they are how servers are known as the release's and the service's"
_HEARTBEAT = "set `rollout.heartbeat_minutes`; the gate keeps this alarm OK while it watches a rollout"
_UNHEARD = "nothing: without a rollout there is no heartbeat, and the alarm is in ALARM"
_REFRESH = "set `refresh_every`"
_GROUP = "nothing: it belongs to the service's own group"
_ROLE = "attach policies to `role_name`, or override `launch_template.iam_instance_profile`"

RECORD: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *("name", "type", "value", "insecure_value", "value_wo", "value_wo_version"),
            *("description", "data_type", "allowed_pattern"),
        ),
        "nothing: the record is the gate's",
    ),
    "region": REGION,
}
"""The release record, of servers and of containers."""

FIXED_INPUTS: Mapping[str, Mapping[str, str]] = {
    "launch_template": {
        "image_id": "pin the image under `strata:images`",
        "instance_requirements": "set `instance_type`; a gate rolls one instance type",
        "tag_specifications": _TAGS,
        "default_version": _NUMBERED,
        "update_default_version": _NUMBERED,
        "region": REGION,
    },
    "group": {
        "launch_template": _NUMBERED,
        "launch_configuration": _NUMBERED,
        "mixed_instances_policy": "set `instance_type`; a gate rolls one instance type from a launch template",
        "min_size": CAPACITY,
        "max_size": CAPACITY,
        "desired_capacity": "set `capacity.initial`",
        "target_group_arns": ROUTES,
        "load_balancers": ROUTES,
        "traffic_sources": ROUTES,
        "health_check_type": "set `routes`: behind a load balancer it judges the servers, EC2 does otherwise",
        "health_check_grace_period": "set `boot_seconds`",
        "default_instance_warmup": "set `boot_seconds` and `health`",
        "instance_maintenance_policy": _ROLLOUT,
        "instance_refresh": _ROLLOUT,
        "instance_lifecycle_policy": "set `rollout.keep_failed`",
        "tags": _TAGS,
        "region": REGION,
    },
    "release": RECORD,
    "target_group": {
        "health_check": HEALTH,
        "port": "set `port`",
        "target_type": "nothing: the gate counts servers, so targets are instances",
        "deregistration_delay": "set `drain_seconds`",
        "vpc_id": "pass another `network`",
        "region": REGION,
    },
    "listener_rule": {
        "listener_arn": "pass another `ingress`",
        "priority": ROUTES,
        "conditions": ROUTES,
        "region": REGION,
    },
    "profile": {"role": _ROLE},
    "drain": {
        "autoscaling_group_name": _GROUP,
        "lifecycle_transition": "nothing: servers drain as they are terminated",
        "heartbeat_timeout": "set `drain_seconds`",
        "region": REGION,
    },
    "heartbeat": {
        **dict.fromkeys(
            (
                *("name", "namespace", "metric_name", "dimensions", "metric_queries", "unit"),
                *("comparison_operator", "threshold", "threshold_metric_id", "statistic", "extended_statistic"),
                *("period", "evaluation_periods", "datapoints_to_alarm", "treat_missing_data"),
            ),
            _HEARTBEAT,
        ),
        **dict.fromkeys(("alarm_actions", "insufficient_data_actions", "ok_actions"), _UNHEARD),
        "region": REGION,
    },
    "scale_by_cpu": {"autoscaling_group_name": _GROUP, "region": REGION},
    "scale_by_requests": {"autoscaling_group_name": _GROUP, "region": REGION},
    "schedule": {"autoscaling_group_name": _GROUP, "region": REGION},
    "refresh": {
        **dict.fromkeys(("schedule_expression", "schedule_expression_timezone", "flexible_time_window"), _REFRESH),
        "target": "set `refresh_every` and `rollout`; it refreshes the service's own group",
        "region": REGION,
    },
    "security_group": {"region": REGION},
    "egress": {"region": REGION},
    "from_ingress": {"region": REGION},
    "ingress_egress": {"region": REGION},
    "log_group": {"region": REGION},
    "door": {"region": REGION},
    "role": {},
    "session_manager": {},
    "logs_policy": {},
    "drain_policy": {},
    "refresh_role": {},
    "refresh_policy": {},
    "uses_policy": {},
}
"""By child and input, input names as pulumi_aws spells them."""
