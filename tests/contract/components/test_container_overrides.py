"""What an override may set of containers: every input of every child is either decided by the component, or free."""

import inspect
import json
import re
from collections.abc import Mapping
from typing import Any

import pulumi_aws as aws
import pulumi_docker as docker
import pytest

from strata import ContainerImage, ContainerService, Network, testing
from strata.components.base import Component
from strata.components.children import Overrides
from strata.components.container_service.ecs_service import ONLY_THE_GATE_SENDS
from strata.errors import UsageError
from strata.rollout.gated_service import NoGate
from strata.settings.models import ContainerImageSettings, ContainerServiceSettings, NetworkSettings

REFERENCE = f"ghcr.io/shop/api@sha256:{'a' * 64}"

NAMES = {"name", "name_prefix"}
RULE = {
    *("cidr_ipv4", "cidr_ipv6", "description", "from_port", "ip_protocol", "prefix_list_id"),
    *("referenced_security_group_id", "security_group_id", "tags", "to_port"),
}
ROLE = {
    *NAMES,
    *("assume_role_policy", "description", "force_detach_policies", "inline_policies", "managed_policy_arns"),
    *("max_session_duration", "path", "permissions_boundary", "tags"),
}
ROLE_POLICY = {*NAMES, "policy", "role"}
TARGET_GROUP = {
    *NAMES,
    *("connection_termination", "lambda_multi_value_headers_enabled", "load_balancing_algorithm_type"),
    *("load_balancing_anomaly_mitigation", "load_balancing_cross_zone_enabled", "preserve_client_ip"),
    *("protocol_version", "proxy_protocol_v2", "slow_start", "stickiness", "tags", "target_control_port"),
    *("target_failovers", "target_group_health", "target_health_states"),
}
SCALING = {
    *("name", "policy_type", "predictive_scaling_policy_configuration"),
    *("step_scaling_policy_configuration", "target_tracking_scaling_policy_configuration"),
}

FREE: dict[type[Component[Any]], dict[str, set[str]]] = {
    ContainerService: {
        "cluster": {"configuration", "name", "service_connect_defaults", "settings", "tags"},
        # each of these changes a task, and is in the release digest
        "task_definition": {
            *("enable_fault_injection", "execution_role_arn", "ipc_mode", "pid_mode", "placement_constraints"),
            *("proxy_configuration", "task_role_arn"),
        },
        # none of these starts a deployment
        "service": {"availability_zone_rebalancing", "enable_ecs_managed_tags", "force_delete", "name"},
        "security_group": {
            *NAMES,
            *("description", "egress", "ingress", "revoke_rules_on_delete", "tags", "vpc_id"),
        },
        "egress": RULE,
        "from_ingress": RULE,
        "ingress_egress": RULE,
        "door": RULE,
        "task_role": ROLE,
        "execution_role": ROLE,
        "infrastructure_role": ROLE,
        "execution_policy": ROLE_POLICY,
        "shell_policy": ROLE_POLICY,
        "uses_policy": ROLE_POLICY,
        "infrastructure_policy": {"policy_arn", "role"},
        "log_group": {
            *NAMES,
            *("deletion_protection_enabled", "kms_key_id", "log_group_class", "retention_in_days"),
            *("skip_destroy", "tags"),
        },
        "target_group": TARGET_GROUP,
        "alternate_target_group": TARGET_GROUP,
        "listener_rule": {"tags", "transforms"},
        "test_listener_rule": {"tags", "transforms"},
        "scalable_target": {"role_arn", "suspended_state", "tags"},
        "scale_by_cpu": SCALING,
        "scale_by_memory": SCALING,
        "scale_by_requests": SCALING,
        "release": {"arn", "key_id", "overwrite", "tags", "tier"},
    },
    ContainerImage: {
        "repository": {"encryption_configurations", "force_delete", "image_scanning_configuration", "name", "tags"},
        "lifecycle_policy": set(),
        "image": {"build_on_preview", "registry"},
        "image_with_secrets": {"auth_config", "insecure_skip_verify"},
    },
}
"""Inputs that an override may set: neither the record nor the gate rests on them."""

CHILDREN = [(component, child) for component in FREE for child in component.children.names()]


def named(value: Any) -> str:
    return value.__name__ if isinstance(value, type) else str(value)


def inputs_of(component: type[Component[Any]], child: str) -> set[str]:
    """Every input that the provider has for a child."""
    declared = component.children.declared()[child]
    path = declared.removeprefix("Sequence[").removesuffix("]").removesuffix(" | None").split(".")
    kind: Any = {"aws": aws, "docker": docker}[path[0]]
    for part in path[1:]:
        kind = getattr(kind, part)
    return set(inspect.signature(kind._internal_init).parameters) - {"__self__", "resource_name", "opts", "__props__"}


@pytest.mark.parametrize("component", FREE, ids=named)
def test_every_child_of_a_container_component_has_its_row(component: type[Component[Any]]):
    assert set(component.FIXED_INPUTS) == set(component.children.names()) == set(FREE[component])


@pytest.mark.parametrize("component,child", CHILDREN, ids=named)
def test_every_input_of_the_provider_is_the_components_own_or_free(component: type[Component[Any]], child: str):
    known, fixed, free = inputs_of(component, child), {*component.FIXED_INPUTS[child]}, FREE[component][child]
    assert known - fixed - free == set(), "decide whether an override may set it: FIXED_INPUTS, or FREE"
    assert (fixed | free) - known == set(), "the provider has no such input any more"
    assert fixed & free == set()


FIXED = [(component, child, name) for component, child in CHILDREN for name in component.FIXED_INPUTS[child]]


@pytest.mark.parametrize("component,child,name", FIXED, ids=named)
def test_an_override_of_what_a_release_rests_on_is_refused_with_the_way_that_is_meant(
    component: type[Component[Any]], child: str, name: str
):
    given = {child: {name: "other"}}
    with pytest.raises(UsageError, match=re.escape(f"overrides of web set {child}.{name}, which no")) as error:
        Overrides("web", component.children.names(), given, component.FIXED_INPUTS)
    way = component.FIXED_INPUTS[child][name]
    assert way in str(error.value)
    assert re.match(r"(nothing: |set |pass |give )", way), "it says what to do instead, or that there is nothing to do"


def test_the_ways_that_are_meant_are_settings_there_are():
    settings = {
        ContainerService: {*ContainerServiceSettings.model_fields},
        ContainerImage: {*ContainerImageSettings.model_fields},
    }
    for component, known in settings.items():
        for ways in component.FIXED_INPUTS.values():
            named = {found for way in ways.values() for found in re.findall(r"set `([a-z_]+)", way)}
            named |= {
                found for way in ways.values() if way.startswith("set") for found in re.findall(r"and `(\w+)`", way)
            }
            assert named <= known


def test_what_starts_a_deployment_is_no_overrides_to_set():
    snake = {re.sub(r"([A-Z])", lambda found: f"_{found[1].lower()}", each) for each in ONLY_THE_GATE_SENDS.values()}
    assert snake <= {*ContainerService.FIXED_INPUTS["service"]}


def released(overrides: Mapping[str, Mapping[str, Any]] | None = None) -> tuple[str, dict[str, Any]]:
    """The digest of a worker with some overrides, and the tags that its tasks get."""

    def program() -> None:
        network = Network("main", NetworkSettings())
        given: Any = overrides
        settings = ContainerServiceSettings(tags={"team": "shop"})
        ContainerService("web", settings, image=REFERENCE, network=network, gate=NoGate(), overrides=given)

    graph = testing.run(program)
    record = json.loads(graph.one("Parameter", "web-release").inputs["insecureValue"])
    found = record.get("release", record)["digest"]
    return found, dict(graph.one("TaskDefinition").inputs["tags"])


TASKS: dict[str, Any] = {
    "enable_fault_injection": True,
    "execution_role_arn": "arn:other",
    "ipc_mode": "task",
    "pid_mode": "task",
    "placement_constraints": [{"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}],
    "proxy_configuration": {"container_name": "envoy"},
    "task_role_arn": "arn:other",
}
"""A value for each free input of a task definition."""

OTHERS: dict[str, tuple[dict[str, Any], bool]] = {
    "cluster": ({"name": "other"}, False),
    "service": ({"force_delete": True, "name": "other", "availability_zone_rebalancing": "DISABLED"}, False),
    # the containers are told where their lines go
    "log_group": ({"name": "/other"}, True),
    "execution_policy": ({"name": "other"}, False),
    "scalable_target": ({"role_arn": "arn:other"}, False),
}
"""Overrides of other children, and whether they change what a task is."""


@pytest.fixture(scope="module")
def plain() -> str:
    return released()[0]


def test_every_free_input_of_a_task_definition_is_tried():
    assert TASKS.keys() == FREE[ContainerService]["task_definition"]


@pytest.mark.parametrize("name", TASKS)
def test_an_override_that_changes_a_task_is_another_release(plain: str, name: str):
    digest, tags = released({"task_definition": {name: TASKS[name]}})
    assert digest != plain
    assert tags["strata:release"] == digest


@pytest.mark.parametrize("child", OTHERS)
def test_an_override_beside_the_task_is_another_release_only_if_the_task_feels_it(plain: str, child: str):
    given, felt = OTHERS[child]
    assert (released({child: given})[0] != plain) is felt


def test_the_tags_of_the_settings_reach_a_task_beside_those_of_its_release(plain: str):
    digest, tags = released()
    assert (digest, tags["team"], tags["strata:service"]) == (plain, "shop", "web")
