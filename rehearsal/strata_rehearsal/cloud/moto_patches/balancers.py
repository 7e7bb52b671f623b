"""moto's targets are healthy at once and never drain; ours have the health that `targets` gives them.

Its load balancers, listeners and rules take what ELB refuses.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from moto.elbv2 import responses
from moto.elbv2.exceptions import ELBClientError, InvalidTargetError, TargetGroupNotFoundError
from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeTargetGroup
from moto.elbv2.ssl_policies import SSL_POLICIES

from strata.aws.facts import load_balancing
from strata_rehearsal.cloud.alarm_states import evaluate_all
from strata_rehearsal.cloud.moto_patches.refusals import (
    refuse_balancer_name,
    refuse_conditions,
    refuse_tls_policy,
    refuse_too_few_zones,
)
from strata_rehearsal.cloud.patches import replace, wrap
from strata_rehearsal.cloud.state import current
from strata_rehearsal.cloud.targets import DRAINING, STOPPED

__all__ = ["patch"]

CHANGE_FORWARDING = (
    "create_listener",
    "create_rule",
    "modify_listener",
    "modify_rule",
    "delete_listener",
    "delete_rule",
)


def patch() -> None:
    """Answer registrations and health from `targets`, and keep track of what listeners forward to."""
    replace(ELBv2Backend, "register_targets", _register_targets)
    replace(ELBv2Backend, "deregister_targets", _deregister_targets)
    replace(ELBv2Backend, "describe_target_health", _describe_target_health)
    replace(ELBv2Backend, "notify_terminate_instances", _notify_terminate_instances)
    wrap(ELBv2Backend, "delete_target_group", _forgetting)
    wrap(ELBv2Backend, "_validate_conditions", _refusing_conditions)
    wrap(ELBv2Backend, "create_load_balancer", _in_two_zones)
    wrap(ELBv2Backend, "set_subnets", _still_in_two_zones)
    # the responses refuse what is not on moto's list, which lacks some
    known = dict.fromkeys(load_balancing.TLS_POLICIES, SSL_POLICIES["ELBSecurityPolicy-TLS13-1-2-2021-06"])
    replace(responses, "SSL_POLICIES", {**known, **SSL_POLICIES})
    for name in CHANGE_FORWARDING:
        wrap(ELBv2Backend, name, _forwarding)
    wrap(ELBv2Backend, "create_listener", lambda original: _forwarding(_with_a_policy(original)))
    wrap(ELBv2Backend, "delete_load_balancer", lambda original: _forwarding(_unless_protected(original)))


def _register_targets(self: ELBv2Backend, target_group_arn: str, instances: list[dict[str, Any]]) -> None:
    group = _find(self, target_group_arn)
    if group.target_type == "instance":
        for target in instances:
            found = self.ec2_backend.get_instance_by_id(target["Id"])
            if found is None or found.state != "running":
                raise InvalidTargetError
    for target in instances:
        current().targets.register(group, target["Id"], target.get("Port"))


def _deregister_targets(self: ELBv2Backend, target_group_arn: str, instances: list[dict[str, Any]]) -> None:
    group = _find(self, target_group_arn)
    for target in instances:
        current().targets.deregister(group, target["Id"])


def _describe_target_health(
    self: ELBv2Backend, target_group_arn: str, targets: list[dict[str, Any]]
) -> list[FakeHealthStatus]:
    group, known = _find(self, target_group_arn), current().targets
    present = known.of(target_group_arn)
    shown = []
    for identity in [target["Id"] for target in targets] or list(present):
        registration, health = present.get(identity), known.health(target_group_arn, identity)
        instance = self.ec2_backend.get_instance_by_id(identity)
        if registration is not None and health is not DRAINING and instance is not None and instance.state == "stopped":
            health = STOPPED
        port = registration.port if registration is not None else group.port
        shown.append(
            FakeHealthStatus(identity, port, _check_port(group, port), health.state, health.reason, health.description)
        )
    return shown


def _check_port(group: FakeTargetGroup, port: Any) -> str:
    return str(port) if group.health_check_port in (None, "traffic-port") else str(group.health_check_port)


def _notify_terminate_instances(self: ELBv2Backend, instance_ids: list[str]) -> None:
    for group in self.target_groups.values():
        for identity in instance_ids:
            current().targets.deregister(group, identity, at_once=True)


def _in_two_zones(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_load_balancer(
        self: ELBv2Backend,
        name: str,
        security_groups: list[str],
        subnet_ids: list[str],
        subnet_mappings: list[dict[str, str]] | None = None,
        **others: Any,
    ) -> Any:
        refuse_balancer_name(name)
        refuse_too_few_zones(_zones(self, subnet_ids, subnet_mappings), others.get("loadbalancer_type"))
        return original(self, name, security_groups, subnet_ids, subnet_mappings, **others)

    return create_load_balancer


def _still_in_two_zones(original: Callable[..., Any]) -> Callable[..., Any]:
    def set_subnets(
        self: ELBv2Backend, arn: str, subnets: list[str], subnet_mappings: list[dict[str, Any]]
    ) -> list[Any]:
        balancer = self.load_balancers.get(arn)
        if balancer is not None:
            refuse_too_few_zones(_zones(self, subnets, subnet_mappings), getattr(balancer, "type", None))
        return original(self, arn, subnets, subnet_mappings)

    return set_subnets


def _zones(
    self: ELBv2Backend, subnets: Sequence[str] | None, mappings: Sequence[Mapping[str, Any]] | None
) -> list[str]:
    named = [*(subnets or ()), *(each["SubnetId"] for each in mappings or ())]
    return [self.ec2_backend.get_subnet(each).availability_zone for each in named]


def _refusing_conditions(original: Callable[..., None]) -> Callable[..., None]:
    def _validate_conditions(self: ELBv2Backend, conditions: list[dict[str, Any]]) -> None:
        original(self, conditions)
        refuse_conditions(conditions)

    return _validate_conditions


def _with_a_policy(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_listener(
        self: ELBv2Backend, load_balancer_arn: str, protocol: str, port: str, ssl_policy: str, *args: Any, **others: Any
    ) -> Any:
        refuse_tls_policy(ssl_policy, protocol)
        return original(self, load_balancer_arn, protocol, port, ssl_policy, *args, **others)

    return create_listener


def _unless_protected(original: Callable[..., None]) -> Callable[..., None]:
    """What deletion protection is for, which moto only keeps as a setting."""

    def delete_load_balancer(self: ELBv2Backend, arn: str) -> None:
        balancer = self.load_balancers.get(arn)
        if balancer is not None and balancer.attrs.get("deletion_protection.enabled") == "true":
            raise ELBClientError(
                "OperationNotPermitted",
                f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
            )
        original(self, arn)

    return delete_load_balancer


def _forgetting(original: Callable[..., FakeTargetGroup]) -> Callable[..., FakeTargetGroup]:
    def delete_target_group(self: ELBv2Backend, target_group_arn: str) -> FakeTargetGroup:
        deleted = original(self, target_group_arn)
        current().targets.forget(target_group_arn)
        return deleted

    return delete_target_group


def _forwarding(original: Callable[..., Any]) -> Callable[..., Any]:
    """Moto never looks again at which target groups a changed listener or rule uses."""

    def changed(self: ELBv2Backend, *args: Any, **kwargs: Any) -> Any:
        result = original(self, *args, **kwargs)
        uses: dict[str, list[str]] = {arn: [] for arn in self.target_groups}
        for arn, balancer in _forwards(self):
            if balancer not in uses.setdefault(arn, []):
                uses[arn].append(balancer)
        for arn, group in self.target_groups.items():
            group.load_balancer_arns = uses[arn]
        used = {arn for arn in self.target_groups if uses[arn]}
        current().targets.use(self.target_groups, used)
        evaluate_all(self.account_id, self.region_name)
        return result

    return changed


def _forwards(backend: ELBv2Backend) -> Iterator[tuple[str, str]]:
    for balancer in backend.load_balancers.values():
        for listener in balancer.listeners.values():
            for rule in listener.rules.values():
                for action in rule.actions:
                    for arn in backend._get_target_group_arns_from(action.data):  # noqa: SLF001 - moto's own reading of an action
                        yield arn, balancer.arn


def _find(backend: ELBv2Backend, arn: str) -> FakeTargetGroup:
    group = backend.target_groups.get(arn)
    if group is None:
        raise TargetGroupNotFoundError
    return group
