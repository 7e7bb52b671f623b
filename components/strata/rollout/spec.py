"""How a service is rolled, and one rollout to carry out: plain values, whoever replaces its servers or containers."""

from dataclasses import dataclass

from strata.rollout.record import Release
from strata.settings.models import HealthSettings, RolloutSettings, ServiceSettings

__all__ = ["STATUS_CHECK_SECONDS", "Rollout", "RolloutSpec", "share", "warm_up_seconds"]

STATUS_CHECK_SECONDS = 120
"""Seconds until EC2 has found out a sick server: it checks once a minute, and one failed check may be chance."""


def warm_up_seconds(boot_seconds: int, health: HealthSettings, *, behind_load_balancer: bool) -> int:
    """Seconds until a server in service counts: boot, and the checks that would have found a bad one by then."""
    checks = health.unhealthy_threshold * health.interval_seconds if behind_load_balancer else STATUS_CHECK_SECONDS
    return boot_seconds + checks


@dataclass(frozen=True)
class RolloutSpec:
    """How a service is rolled: what its stack file sets, without anything AWS decides."""

    service: str
    settings: RolloutSettings
    health: HealthSettings
    boot_seconds: int
    drain_seconds: int
    record: str
    """Name of the SSM parameter that holds the service's release."""
    topic: str | None = None
    """SNS topic that is notified of a rollout."""
    behind_load_balancer: bool = True
    """Whether a load balancer judges its health; EC2 does for a worker."""
    protect: bool = False
    """Whether AWS is to refuse the deletion of what runs it."""

    @classmethod
    def of_service(cls, name: str, settings: ServiceSettings, *, record: str) -> "RolloutSpec":
        """How a service of a stack file is rolled.

        Args:
            name: the service's name.
            settings: its part of the stack file.
            record: name of the SSM parameter that holds its release.
        """
        return cls(
            service=name,
            settings=settings.rollout,
            health=settings.health,
            boot_seconds=settings.boot_seconds,
            drain_seconds=settings.drain_seconds,
            record=record,
            topic=settings.notify_topic_arn,
            behind_load_balancer=bool(settings.routes),
            protect=settings.protect,
        )

    @property
    def warm_up_seconds(self) -> int:
        return warm_up_seconds(self.boot_seconds, self.health, behind_load_balancer=self.behind_load_balancer)

    @property
    def patience_seconds(self) -> int:
        """Seconds without progress until the gate gives up: the deadline, beyond what a good batch needs anyway."""
        return self.settings.progress_deadline_seconds + self.boot_seconds + self.warm_up_seconds


@dataclass(frozen=True)
class Rollout:
    """One rollout to carry out."""

    spec: RolloutSpec
    release: Release
    alarms: tuple[str, ...] = ()
    """Names of the alarms that gate it."""
    can_roll_back: bool = True
    """Whether there is a good release to go back to; not so for a first deployment."""
    recorded: Release | None = None
    """What the service is proven to run before this rollout; None when nothing is."""

    cure: bool = False
    """Whether what runs is neither proven nor healthy: stopping this rollout would bring nothing better back."""

    @property
    def service(self) -> str:
        return self.spec.service

    @property
    def fleet_replaced(self) -> bool:
        """Whether the release runs on another fleet than the recorded one, which boots it by itself."""
        return self.recorded is not None and self.recorded.group != self.release.group

    @property
    def proven(self) -> bool:
        """Whether a server has run this very release before: a revert, or a change that servers do not feel."""
        return self.recorded is not None and self.recorded.digest == self.release.digest


def share(desired: int, percent: int) -> int:
    """The servers that make up a percentage of the desired capacity, rounded up."""
    return -(-desired * percent // 100)
