"""What a gate is asked to bring about: a release, and how."""

from dataclasses import dataclass

from strata.rollout.record import Release
from strata.rollout.servers.preferences import Preferences, ProtectedInstances, StandbyInstances
from strata.settings.models import AlarmGate, HealthSettings, ProtectedServers, RolloutSettings

__all__ = ["Manner", "Order", "preferences", "warm_up_seconds"]


STATUS_CHECK_SECONDS = 120
"""Seconds until EC2 has found out a sick server: it checks once a minute, and one failed check may be chance."""


def warm_up_seconds(boot_seconds: int, health: HealthSettings, *, behind_load_balancer: bool) -> int:
    """Seconds until a server in service counts: boot, and the checks that would have found a bad one by then."""
    checks = health.unhealthy_threshold * health.interval_seconds if behind_load_balancer else STATUS_CHECK_SECONDS
    return boot_seconds + checks


@dataclass(frozen=True)
class Manner:
    """How a service is rolled: what its stack file says, without anything AWS decides."""

    service: str
    rollout: RolloutSettings
    health: HealthSettings
    boot_seconds: int
    drain_seconds: int
    record: str
    """Name of the SSM parameter that holds the service's release."""
    topic: str | None = None
    behind_load_balancer: bool = True

    @property
    def warm_up_seconds(self) -> int:
        return warm_up_seconds(self.boot_seconds, self.health, behind_load_balancer=self.behind_load_balancer)

    @property
    def patience_seconds(self) -> int:
        """Seconds without progress until the gate gives up: the deadline, beyond what a good batch takes anyway."""
        return self.rollout.progress_deadline_seconds + self.boot_seconds + self.warm_up_seconds


@dataclass(frozen=True)
class Order:
    """One rollout to carry out."""

    manner: Manner
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
        return self.manner.service

    @property
    def proven(self) -> bool:
        """Whether a server has run this very release before: a revert, or a change that servers do not feel."""
        return self.recorded is not None and self.recorded.digest == self.release.digest


def preferences(manner: Manner, *, alarms: tuple[str, ...] = (), can_roll_back: bool = True) -> Preferences:
    """The instance refresh's preferences.

    Args:
        manner: how the service is rolled.
        alarms: alarms AWS is to watch; the caller leaves out those it must ignore.
        can_roll_back: whether there is a good release to go back to.
    """
    rollout = manner.rollout
    refresh_protected = rollout.scale_in_protected is ProtectedServers.REPLACE
    terminate_standby = rollout.standby is ProtectedServers.REPLACE
    checkpoints = rollout.checkpoint_percentages
    return Preferences(
        min_healthy_percent=rollout.min_healthy_percent,
        max_healthy_percent=rollout.max_healthy_percent,
        instance_warmup_seconds=manner.warm_up_seconds,
        checkpoint_percentages=checkpoints,
        checkpoint_delay_seconds=rollout.checkpoint_delay_seconds if checkpoints else 0,
        bake_seconds=rollout.bake_seconds,
        skip_matching=True,
        auto_rollback=rollout.auto_rollback and can_roll_back,
        scale_in_protected=ProtectedInstances.REFRESH if refresh_protected else ProtectedInstances.IGNORE,
        standby=StandbyInstances.TERMINATE if terminate_standby else StandbyInstances.IGNORE,
        alarms=alarms if rollout.alarms is not AlarmGate.OFF else (),
    )
