"""What a group is to be by the settings of its service: what a program makes, and what a check of it compares (pure).

`desired` is not among it: how many servers there are belongs to scaling and to people.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from strata.durations import DAY_SECONDS
from strata.rollout.servers.server_spec import warm_up_seconds
from strata.settings.models import ServiceSettings

__all__ = ["OVERRIDABLE", "GroupTerms"]

OVERRIDABLE: Final[Mapping[str, str]] = {
    "max_instance_lifetime": "MaxInstanceLifetime",
    "termination_policies": "TerminationPolicies",
    "suspended_processes": "SuspendedProcesses",
}
"""What a program may override of these terms: the inputs of the group, with AWS's names of them."""


@dataclass(frozen=True, kw_only=True)
class GroupTerms:
    """A group as the settings of its service want it.

    Args:
        min_size: servers at least, outside of any schedule.
        max_size: servers at most, outside of any schedule.
        scheduled_min: what schedules set in place of `min_size`.
        scheduled_max: what schedules set in place of `max_size`.
        health_check_type: who judges servers, in AWS's words.
        grace_seconds: seconds after its launch in which a server's health does not count.
        warm_up_seconds: seconds until a server in service counts.
        min_healthy_percent: the floor of AWS's own replacements.
        max_healthy_percent: their ceiling.
        lifetime_seconds: seconds until a server is replaced by a fresh one; 0 for never.
        termination_policies: which servers go first, in AWS's words.
        behind_load_balancer: whether a load balancer brings requests, through a target group.
    """

    min_size: int
    max_size: int
    scheduled_min: frozenset[int]
    scheduled_max: frozenset[int]
    health_check_type: str
    grace_seconds: int
    warm_up_seconds: int
    min_healthy_percent: int
    max_healthy_percent: int
    lifetime_seconds: int
    # Scale-in takes what is not the current release first.
    termination_policies: tuple[str, ...] = ("OldestLaunchTemplate", "OldestInstance")
    behind_load_balancer: bool

    @classmethod
    def of_service(cls, settings: ServiceSettings) -> "GroupTerms":
        """What the settings of a service want.

        Args:
            settings: its settings.
        """
        routed = bool(settings.routes)
        schedules = settings.schedules.values()
        return cls(
            min_size=settings.capacity.min,
            max_size=settings.capacity.max,
            scheduled_min=frozenset(each.min for each in schedules if each.min is not None),
            scheduled_max=frozenset(each.max for each in schedules if each.max is not None),
            health_check_type="ELB" if routed else "EC2",
            grace_seconds=settings.boot_seconds,
            warm_up_seconds=warm_up_seconds(settings.boot_seconds, settings.health, behind_load_balancer=routed),
            min_healthy_percent=settings.rollout.min_healthy_percent,
            max_healthy_percent=settings.rollout.max_healthy_percent,
            lifetime_seconds=(settings.max_instance_lifetime_days or 0) * DAY_SECONDS,
            behind_load_balancer=routed,
        )

    def to_api(self) -> dict[str, Any]:
        """What of it AWS has as a property of the group, under AWS's names."""
        return {
            "MinSize": self.min_size,
            "MaxSize": self.max_size,
            "HealthCheckType": self.health_check_type,
            "HealthCheckGracePeriod": self.grace_seconds,
            "DefaultInstanceWarmup": self.warm_up_seconds,
            "MaxInstanceLifetime": self.lifetime_seconds,
            "TerminationPolicies": list(self.termination_policies),
            "InstanceMaintenancePolicy": {
                "MinHealthyPercentage": self.min_healthy_percent,
                "MaxHealthyPercentage": self.max_healthy_percent,
            },
        }
