"""What an override may set of a service, and what only the service decides: every input is one or the other."""

import inspect

import pulumi_aws as aws
import pytest

from strata import ImmutableService, testing
from strata.components.base import Component
from strata.components.children import Overrides
from strata.components.service.fixed_inputs import FIXED_INPUTS
from strata.errors import UsageError
from strata.rollout.record import read_release
from tests.contract.components.conftest import IMAGE, everything

RULE = {
    "security_group_id",
    "referenced_security_group_id",
    "description",
    "ip_protocol",
    "from_port",
    "to_port",
    "tags",
}
"""Inputs of a rule that lets one security group reach another."""

FREE: dict[str, set[str]] = {
    # what of these changes a server is in the release digest
    "launch_template": {
        "instance_type",
        "user_data",
        "iam_instance_profile",
        "block_device_mappings",
        "metadata_options",
        "network_interfaces",
        "monitoring",
        "tags",
    },
    "group": {
        "vpc_zone_identifiers",
        "wait_for_capacity_timeout",
        "max_instance_lifetime",
        "termination_policies",
        "force_delete",
    },
    "heartbeat": {"alarm_description", "tags"},
    "release": {"tags"},
    "target_group": {"protocol", "tags"},
    "listener_rule": {"actions", "tags"},
    "profile": {"tags"},
    "drain": {"default_result"},
    "scale_by_cpu": {"policy_type", "target_tracking_configuration"},
    "scale_by_requests": {"policy_type", "target_tracking_configuration"},
    "schedule": {
        "scheduled_action_name",
        "recurrence",
        "time_zone",
        "min_size",
        "max_size",
        "desired_capacity",
    },
    "refresh": {"description"},
    "refresh_role": {"assume_role_policy", "tags"},
    "refresh_policy": {"role", "policy"},
    "security_group": {"vpc_id", "description", "revoke_rules_on_delete", "tags"},
    "egress": {"security_group_id", "cidr_ipv4", "ip_protocol", "description", "tags"},
    "from_ingress": RULE,
    "ingress_egress": RULE,
    "door": RULE,
    "log_group": {"name", "retention_in_days", "tags"},
    "role": {"assume_role_policy", "tags"},
    "session_manager": {"role", "policy_arn"},
    "logs_policy": {"role", "policy"},
    "drain_policy": {"role", "policy"},
    "uses_policy": {"role", "policy"},
}
"""Inputs that Strata sets and an override may replace: neither the record nor the gate rests on them."""

KINDS = {
    "launch_template": aws.ec2.LaunchTemplate,
    "group": aws.autoscaling.Group,
    "heartbeat": aws.cloudwatch.MetricAlarm,
    "release": aws.ssm.Parameter,
    "target_group": aws.lb.TargetGroup,
    "listener_rule": aws.lb.ListenerRule,
    "profile": aws.iam.InstanceProfile,
    "drain": aws.autoscaling.LifecycleHook,
    "scale_by_cpu": aws.autoscaling.Policy,
    "scale_by_requests": aws.autoscaling.Policy,
    "schedule": aws.autoscaling.Schedule,
    "refresh": aws.scheduler.Schedule,
    "security_group": aws.ec2.SecurityGroup,
    "egress": aws.vpc.SecurityGroupEgressRule,
    "from_ingress": aws.vpc.SecurityGroupIngressRule,
    "ingress_egress": aws.vpc.SecurityGroupEgressRule,
    "door": aws.vpc.SecurityGroupIngressRule,
    "log_group": aws.cloudwatch.LogGroup,
}


@pytest.fixture(scope="module")
def given() -> dict[str, set[str]]:
    """The inputs Strata itself sets, by child, with everything a service offers."""
    found: dict[str, set[str]] = {}
    apply = Overrides.apply

    def spy(self, child, inputs):
        found.setdefault(child, set()).update(inputs)
        return apply(self, child, inputs)

    whole = Component.child

    def child(self, kind, key, mutability, **keywords):
        make = whole(self, kind, key, mutability, **keywords)

        def making(**inputs):
            if isinstance(self, ImmutableService):
                with pytest.MonkeyPatch.context() as inner:
                    inner.setattr(Overrides, "apply", spy)
                    return make(**inputs)
            return make(**inputs)

        return making

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Component, "child", child)
        testing.run(everything, mocks=testing.CloudMocks(images=[IMAGE]))
    return found


def test_every_child_of_a_service_has_its_row():
    assert set(FIXED_INPUTS) == set(ImmutableService.children.names()) == set(FREE)


@pytest.mark.parametrize("child", ImmutableService.children.names())
def test_every_input_that_strata_sets_is_fixed_or_free(given, child):
    if child not in given:
        pytest.fail(f"nothing of the test program makes {child}")
    undecided = given[child] - set(FIXED_INPUTS[child]) - FREE[child]
    assert not undecided, (
        f"decide whether an override may set {sorted(undecided)} of {child}: service/fixed_inputs.py, or FREE"
    )
    stale = FREE[child] - given[child]
    assert not stale, f"{child} has no {sorted(stale)} any more"
    assert not FREE[child] & set(FIXED_INPUTS[child])


@pytest.mark.parametrize("child", KINDS)
def test_what_is_fixed_is_an_input_of_the_provider(child):
    known = inspect.signature(KINDS[child]._internal_init).parameters
    assert set(FIXED_INPUTS[child]) <= set(known)


FIXED_BY_CHILD = [(child, name) for child, inputs in FIXED_INPUTS.items() for name in inputs]


@pytest.mark.parametrize("child,name", FIXED_BY_CHILD)
def test_an_override_around_the_record_is_refused_with_the_way_that_is_meant(child, name):
    with pytest.raises(UsageError, match=rf"overrides of web set {child}\.{name}, which no override may") as error:
        Overrides("web", ImmutableService.children.names(), {child: {name: "other"}}, FIXED_INPUTS)
    assert FIXED_INPUTS[child][name] in str(error.value)


def test_all_fixed_inputs_are_refused_at_once():
    with pytest.raises(UsageError, match=r"set launch_template\.image_id, group\.tags, which"):
        Overrides(
            "web",
            ImmutableService.children.names(),
            {"launch_template": {"image_id": "ami-1", "ebs_optimized": "true"}, "group": {"tags": []}},
            FIXED_INPUTS,
        )


NOT_FELT = {"tags"}
"""Tags of the template itself are no server's."""


@pytest.mark.parametrize("name", sorted(FREE["launch_template"] | {"ebs_optimized", "cpu_options", "key_name"}))
def test_what_an_override_changes_of_a_server_is_in_the_digest(name):
    values = {
        "user_data": "IyEvYmluL3NoCg==",
        "instance_type": "m7i.large",
        "iam_instance_profile": {"name": "other"},
        "block_device_mappings": [],
        "network_interfaces": [],
        "metadata_options": {"http_tokens": "optional"},
        "monitoring": {"enabled": False},
        "cpu_options": {"core_count": 2},
        "tags": {"team": "shop"},
    }
    plain, changed = (_digest(overrides) for overrides in (None, {"launch_template": {name: values.get(name, "true")}}))
    assert (plain == changed) == (name in NOT_FELT)


def _digest(overrides) -> str:
    from strata import MachineImage, Network
    from strata.rollout.gated_service import NoGate
    from strata.settings.models import ImageSettings, NetworkSettings, ServiceSettings

    def program() -> None:
        network = Network("main", NetworkSettings())
        image = MachineImage("web", ImageSettings(version=IMAGE.version, id=IMAGE.id))
        ImmutableService("web", ServiceSettings(), image=image, network=network, gate=NoGate(), overrides=overrides)

    graph = testing.run(program, mocks=testing.CloudMocks(images=[IMAGE]))
    return read_release(graph.one("Parameter", "web-release").inputs["insecureValue"]).digest
