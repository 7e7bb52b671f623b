"""Inputs of a container service's children that no override may set, each with the way that is meant.

The record names an image, a task definition and a digest, and the gate sends what starts a deployment. What these rest
on is decided in one place. Every other input may be overridden, and what of it changes a task is in the release digest.
"""

from collections.abc import Mapping

from strata.components.service.fixed_inputs import CAPACITY, HEALTH, RECORD, REGION, ROUTES

__all__ = ["FIXED_INPUTS"]

_TEST_RULE = "set `rollout.test_rule`"
_OTHER_INGRESS = "pass another `ingress`"
_WEIGHTS = "nothing: the weights of the two target groups are ECS's"
_ROLLOUT = "set `rollout`; the gate starts every deployment"
_DEPLOYS = "nothing: a change of it starts a deployment, and only the gate does that"
_SIZE = "set `cpu` and `memory_mib`"
_FARGATE = "nothing: its tasks are Fargate's"
_TARGET = "nothing: it is the service's own"
_TAGS = "set `tags`; they are how tasks are known as the release's and the service's"

_TARGET_GROUP: Mapping[str, str] = {
    "health_check": HEALTH,
    "port": "set `port`; ECS registers every task with it",
    "protocol": "nothing: the listener rule forwards HTTP",
    "target_type": "nothing: tasks of Fargate are targets by their addresses",
    "ip_address_type": "nothing: tasks are known by their IPv4 addresses",
    "deregistration_delay": "set `drain_seconds`",
    "vpc_id": "pass another `network`",
    "region": REGION,
}
_SCALED: Mapping[str, str] = {
    "service_namespace": _TARGET,
    "scalable_dimension": _TARGET,
    "resource_id": _TARGET,
    "region": REGION,
}

FIXED_INPUTS: Mapping[str, Mapping[str, str]] = {
    "cluster": {"region": REGION},
    "task_definition": {
        "container_definitions": "set what the container has in the service's settings; its image is `image`",
        "cpu": _SIZE,
        "memory": _SIZE,
        "requires_compatibilities": _FARGATE,
        "network_mode": _FARGATE,
        "runtime_platform": "set `platform`",
        "ephemeral_storage": "set `ephemeral_gib`",
        "volumes": "set `writable_paths`",
        "family": "nothing: all revisions are of one family",
        "skip_destroy": "nothing: a rollback needs the revisions before",
        "track_latest": "nothing: the newest revision is the program's, or what a rollback has made of an earlier one",
        "tags": _TAGS,
        "region": REGION,
    },
    "service": {
        "cluster": "pass `cluster`",
        "task_definition": _DEPLOYS,
        "desired_count": "set `capacity.initial`",
        "launch_type": _FARGATE,
        "capacity_provider_strategies": _FARGATE,
        "scheduling_strategy": CAPACITY,
        "placement_constraints": _FARGATE,
        "ordered_placement_strategies": _FARGATE,
        "iam_role": "nothing: ECS acts by its own role where tasks have a network of their own",
        "platform_version": "set `platform_version`",
        "network_configuration": "pass another `network`",
        "load_balancers": ROUTES,
        "service_registries": _DEPLOYS,
        "service_connect_configuration": _DEPLOYS,
        "volume_configuration": _DEPLOYS,
        "vpc_lattice_configurations": _DEPLOYS,
        "health_check_grace_period_seconds": "set `boot_seconds`",
        "deployment_controller": "nothing: ECS deploys, and the gate follows it",
        "deployment_configuration": _ROLLOUT,
        "deployment_minimum_healthy_percent": "set `rollout.min_healthy_percent`",
        "deployment_maximum_percent": "set `rollout.max_healthy_percent`",
        "deployment_circuit_breaker": "set `rollout.auto_rollback`",
        "alarms": "set `rollout.alarms`",
        "enable_execute_command": "set `execute_command`",
        "tags": _TAGS,
        "propagate_tags": "nothing: tasks are known as the release's by the tags of their task definition",
        "force_new_deployment": _ROLLOUT,
        "triggers": _ROLLOUT,
        "wait_for_steady_state": "nothing: it ends well after a rollback too; the gate waits for the release",
        "sigint_rollback": _ROLLOUT,
        "region": REGION,
    },
    "release": RECORD,
    "target_group": _TARGET_GROUP,
    "alternate_target_group": _TARGET_GROUP,
    "listener_rule": {
        "listener_arn": _OTHER_INGRESS,
        "priority": ROUTES,
        "conditions": ROUTES,
        "actions": _WEIGHTS,
        "region": REGION,
    },
    "test_listener_rule": {
        "listener_arn": _OTHER_INGRESS,
        "priority": _TEST_RULE,
        "conditions": _TEST_RULE,
        "actions": _WEIGHTS,
        "region": REGION,
    },
    "scalable_target": {"min_capacity": CAPACITY, "max_capacity": CAPACITY, **_SCALED},
    "scale_by_cpu": _SCALED,
    "scale_by_memory": _SCALED,
    "scale_by_requests": _SCALED,
    "security_group": {"region": REGION},
    "egress": {"region": REGION},
    "from_ingress": {"region": REGION},
    "ingress_egress": {"region": REGION},
    "log_group": {"region": REGION},
    "door": {"region": REGION},
    "task_role": {},
    "execution_role": {},
    "execution_policy": {},
    "shell_policy": {},
    "infrastructure_role": {},
    "infrastructure_policy": {},
    "uses_policy": {},
}
"""By child and input, input names as pulumi_aws spells them."""
