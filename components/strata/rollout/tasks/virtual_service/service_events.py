"""What may happen to a simulated deployment from outside. Times are seconds after its start."""

from dataclasses import dataclass

from strata.rollout.tasks.deployment import HookAction, TaskRevision

__all__ = [
    "AlarmRings",
    "HookAnswered",
    "ServiceEvent",
    "StopRequested",
    "Superseded",
    "TasksKilled",
    "TasksScaled",
]


@dataclass(frozen=True, slots=True)
class TasksScaled:
    """The desired count becomes another one."""

    at: float
    desired: int
    autoscaled: bool = False
    """Asked for by autoscaling, which may not scale in during a deployment."""


@dataclass(frozen=True, slots=True)
class TasksKilled:
    """Running tasks end on their own, the oldest first."""

    at: float
    count: int = 1
    revision: TaskRevision = TaskRevision.SOURCE


@dataclass(frozen=True, slots=True)
class AlarmRings:
    """An alarm goes to ALARM, or back to OK. Alarms are OK until then."""

    at: float
    name: str
    ringing: bool = True


@dataclass(frozen=True, slots=True)
class StopRequested:
    """Someone stops the deployment."""

    at: float


@dataclass(frozen=True, slots=True)
class Superseded:
    """Another deployment of the service starts."""

    at: float


@dataclass(frozen=True, slots=True)
class HookAnswered:
    """Someone answers every hook that waits."""

    at: float
    action: HookAction = HookAction.CONTINUE


ServiceEvent = TasksScaled | TasksKilled | AlarmRings | StopRequested | Superseded | HookAnswered
