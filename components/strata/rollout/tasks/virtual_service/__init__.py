"""A service deployment run on a virtual service and a virtual clock: for plans and for tests."""

from strata.rollout.tasks.virtual_service.deployment_simulation import TaskLifeOf, TickWatcher, simulate_deployment
from strata.rollout.tasks.virtual_service.deployment_timeline import (
    DeploymentSample,
    DeploymentTick,
    DeploymentTimeline,
    StageEntered,
)
from strata.rollout.tasks.virtual_service.service_events import (
    AlarmRings,
    HookAnswered,
    ServiceEvent,
    StopRequested,
    Superseded,
    TasksKilled,
    TasksScaled,
)
from strata.rollout.tasks.virtual_service.virtual_tasks import TaskLife, VirtualService

__all__ = [
    "AlarmRings",
    "DeploymentSample",
    "DeploymentTick",
    "DeploymentTimeline",
    "HookAnswered",
    "ServiceEvent",
    "StageEntered",
    "StopRequested",
    "Superseded",
    "TaskLife",
    "TaskLifeOf",
    "TasksKilled",
    "TasksScaled",
    "TickWatcher",
    "VirtualService",
    "simulate_deployment",
]
