"""The preferences of the instance refresh that rolls a service as its spec says."""

from strata.rollout.servers.preferences import Preferences, ProtectedInstances, StandbyInstances
from strata.rollout.spec import RolloutSpec
from strata.settings.models import AlarmGate, ProtectedServers

__all__ = ["preferences_for"]


def preferences_for(spec: RolloutSpec, *, alarms: tuple[str, ...] = (), can_roll_back: bool = True) -> Preferences:
    """The instance refresh's preferences.

    Args:
        spec: how the service is rolled.
        alarms: alarms AWS is to watch; the caller leaves out those it must ignore.
        can_roll_back: whether there is a good release to go back to.
    """
    settings = spec.settings
    refresh_protected = settings.scale_in_protected is ProtectedServers.REPLACE
    terminate_standby = settings.standby is ProtectedServers.REPLACE
    checkpoints = settings.checkpoint_percentages
    return Preferences(
        min_healthy_percent=settings.min_healthy_percent,
        max_healthy_percent=settings.max_healthy_percent,
        instance_warmup_seconds=spec.warm_up_seconds,
        checkpoint_percentages=checkpoints,
        checkpoint_delay_seconds=settings.checkpoint_delay_seconds if checkpoints else 0,
        bake_seconds=settings.bake_seconds,
        skip_matching=True,
        auto_rollback=settings.auto_rollback and can_roll_back,
        scale_in_protected=ProtectedInstances.REFRESH if refresh_protected else ProtectedInstances.IGNORE,
        standby=StandbyInstances.TERMINATE if terminate_standby else StandbyInstances.IGNORE,
        alarms=alarms if settings.alarms is not AlarmGate.OFF else (),
    )
