"""What a simulated deployment did, tick by tick. Times are seconds after its start."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from strata.rollout.tasks.deployment import (
    DeploymentOrders,
    DeploymentStatus,
    LifecycleStage,
    ServiceDeployment,
    ServiceView,
    TaskRevision,
    is_healthy,
)

__all__ = ["DeploymentSample", "DeploymentTick", "DeploymentTimeline", "StageEntered", "take_sample"]


@dataclass(frozen=True, slots=True)
class DeploymentSample:
    """The service right after it obeyed the orders of one tick."""

    at: float
    status: DeploymentStatus
    stage: LifecycleStage | None
    desired: int
    source: int
    """Tasks running and about to, of the source and of anything else but the target."""
    target: int
    """The same of the target."""
    healthy_source: int
    healthy_target: int
    production_weight: float
    """Percent of the production traffic that goes to the target."""
    failures: int

    @property
    def healthy(self) -> int:
        """Running and healthy tasks; this is what the floor is about."""
        return self.healthy_source + self.healthy_target

    @property
    def total(self) -> int:
        """Tasks running and about to; this is what the ceiling is about."""
        return self.source + self.target


@dataclass(frozen=True, slots=True)
class StageEntered:
    """A stage and when it began."""

    at: float
    stage: LifecycleStage
    production_weight: float


@dataclass(frozen=True, slots=True)
class DeploymentTick:
    """All there is to know about one step: what went in and what came out."""

    at: float
    deployment: ServiceDeployment
    """After the step."""
    view: ServiceView
    """Before the service obeyed."""
    alarms: AbstractSet[str]
    orders: DeploymentOrders


@dataclass(frozen=True, slots=True)
class DeploymentTimeline:
    """The whole run."""

    deployment: ServiceDeployment
    samples: tuple[DeploymentSample, ...]
    stages: tuple[StageEntered, ...]
    """The stages reached, on the way back too; a stage that is over at once is not among them."""
    refused: tuple[str, ...]
    """Requests the deployment refused, in the words of its error."""
    stuck: bool
    """Whether it had not ended when nothing more was to happen, or when the simulation was cut off."""
    settled_seconds: float
    """When the last task that was stopped was gone; not before the end of the deployment."""

    @property
    def seconds(self) -> float:
        """How long it took, from its start to its end."""
        return self.samples[-1].at


def take_sample(deployment: ServiceDeployment, view: ServiceView, now: float) -> DeploymentSample:
    """Count the service as it is now."""
    source = target = healthy_source = healthy_target = 0
    for task in view.tasks:
        if not task.active:
            continue
        healthy = is_healthy(task, deployment.rules, now)
        if task.revision is TaskRevision.TARGET:
            target += 1
            healthy_target += healthy
        else:
            source += 1
            healthy_source += healthy
    return DeploymentSample(
        at=now,
        status=deployment.status,
        stage=deployment.stage,
        desired=view.desired,
        source=source,
        target=target,
        healthy_source=healthy_source,
        healthy_target=healthy_target,
        production_weight=deployment.production_weight,
        failures=deployment.failure_count,
    )
