"""The values of a service deployment: tasks, the service, the deployment itself and what it orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from strata.rollout.tasks.deployment.deployment_configuration import DeploymentConfiguration
from strata.rollout.tasks.deployment.lifecycle_stages import HookState, LifecycleStage
from strata.rollout.tasks.deployment.traffic_course import ALL_TRAFFIC, CourseStage

__all__ = [
    "DeploymentOrders",
    "DeploymentRollback",
    "DeploymentRules",
    "DeploymentStatus",
    "MonitorStatus",
    "RolloutState",
    "ServiceDeployment",
    "ServiceTask",
    "ServiceView",
    "TaskFailure",
    "TaskHealth",
    "TaskLifecycle",
    "TaskMemory",
    "TaskRevision",
]


class DeploymentStatus(StrEnum):
    """The status of a service deployment, in AWS's words."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCESSFUL = "SUCCESSFUL"
    STOP_REQUESTED = "STOP_REQUESTED"
    STOPPED = "STOPPED"
    ROLLBACK_REQUESTED = "ROLLBACK_REQUESTED"
    ROLLBACK_IN_PROGRESS = "ROLLBACK_IN_PROGRESS"
    ROLLBACK_SUCCESSFUL = "ROLLBACK_SUCCESSFUL"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"

    @property
    def terminal(self) -> bool:
        """Whether the deployment has ended."""
        return self in _TERMINAL


_TERMINAL = frozenset(
    {
        DeploymentStatus.SUCCESSFUL,
        DeploymentStatus.STOPPED,
        DeploymentStatus.ROLLBACK_SUCCESSFUL,
        DeploymentStatus.ROLLBACK_FAILED,
    }
)


class RolloutState(StrEnum):
    """The older view of the same: `rolloutState` of `services[].deployments[]`."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class MonitorStatus(StrEnum):
    """The status of the circuit breaker or of the alarms."""

    DISABLED = "DISABLED"
    MONITORING = "MONITORING"
    TRIGGERED = "TRIGGERED"
    MONITORING_COMPLETE = "MONITORING_COMPLETE"


class TaskRevision(StrEnum):
    """The service revision a task runs, as one deployment sees it."""

    SOURCE = "source"
    """The last revision whose deployment completed: where a rollback goes."""
    TARGET = "target"
    STALE = "stale"
    """Any other, left by a deployment that was superseded; it is replaced in either direction."""


class TaskLifecycle(StrEnum):
    """`lastStatus` of a task."""

    PROVISIONING = "PROVISIONING"
    PENDING = "PENDING"
    ACTIVATING = "ACTIVATING"
    RUNNING = "RUNNING"
    DEACTIVATING = "DEACTIVATING"
    STOPPING = "STOPPING"
    DEPROVISIONING = "DEPROVISIONING"
    STOPPED = "STOPPED"


ACTIVE_TASKS = frozenset(
    {TaskLifecycle.PROVISIONING, TaskLifecycle.PENDING, TaskLifecycle.ACTIVATING, TaskLifecycle.RUNNING}
)
"""How tasks are that take a place: they run or are about to."""


class TaskHealth(StrEnum):
    """The verdict of target groups and container check together, as the driver knows it."""

    UNCHECKED = "UNCHECKED"
    """Nothing checks it: the machine holds it healthy some time after it began to run."""
    UNKNOWN = "UNKNOWN"
    """No verdict yet, or one that the grace period ignores."""
    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"
    """Found unhealthy: the machine orders it stopped and counts the failure."""


class TaskFailure(StrEnum):
    """Why a task stopped that nobody ordered to stop."""

    NEVER_RAN = "NEVER_RAN"
    """It never reached RUNNING: image not pulled, not placed, or exited at once."""
    UNHEALTHY = "UNHEALTHY"
    """Its checks failed."""
    EXITED = "EXITED"
    """It ran and ended, or was killed. AWS's circuit breaker does not count it."""


@dataclass(frozen=True, slots=True)
class ServiceTask:
    """One task of the service."""

    id: str
    revision: TaskRevision
    lifecycle: TaskLifecycle
    health: TaskHealth = TaskHealth.UNCHECKED
    running_since: float | None = None
    """Epoch seconds at which it began to run (AWS's startedAt). None if it has not."""
    failure: TaskFailure | None = None
    """Why it stopped, if it failed. Keep it in the view for at least one step then."""

    @property
    def active(self) -> bool:
        """Whether it runs or is about to: what the ceiling is about."""
        return self.lifecycle in ACTIVE_TASKS


@dataclass(frozen=True, slots=True)
class ServiceView:
    """The service at one moment."""

    desired: int
    tasks: Sequence[ServiceTask]


@dataclass(frozen=True, slots=True)
class DeploymentOrders:
    """What the service is to do now, in this order: set the weights, stop `stop`, start up to `keep_...`."""

    keep_source: int
    """Tasks of the source, running and about to, that the service is to have; start those which are missing."""
    keep_target: int
    """The same for the target."""
    stop: tuple[str, ...]
    """Tasks to stop now; repeated until they are not active any more."""
    launch: TaskRevision | None
    """The revision that new tasks run, replacements and scale-out included. None: nothing is started."""
    production_weight: float
    """Percent of the production traffic that goes to the target. ROLLING shifts none: 100, and 0 on the way back."""
    test_weight: float
    """Percent of the test traffic that goes to the target; 0 without a test listener."""

    @property
    def source_production_weight(self) -> float:
        """Percent of the production traffic that goes to the source."""
        return round(ALL_TRAFFIC - self.production_weight, 1)


@dataclass(frozen=True, slots=True)
class DeploymentRules:
    """What AWS decides and nobody can set. Times that AWS does not document are inferred."""

    assumed_healthy_seconds: float = 40.0
    """A task without any check is held healthy so long after it began to run."""
    retry_first_seconds: float = 240.0
    """Pause after a first launch that never ran. One task that fails after two minutes fails thrice in about 20."""
    retry_factor: float = 2.0
    """How much longer each further pause is."""
    retry_most_seconds: float = 1620.0
    """The longest pause: AWS documents 27 minutes."""
    breaker_covers_traffic_shifts: bool = False
    """Whether the circuit breaker works in BLUE_GREEN, LINEAR and CANARY too; AWS's pages contradict each other."""
    scale_up_limit_seconds: float = 86_400.0
    """How long the target may take to scale up before traffic shifts; then the deployment is rolled back."""

    def retry_pause(self, streak: int) -> float:
        """The pause after so many launches in a row that never ran."""
        return min(self.retry_most_seconds, self.retry_first_seconds * self.retry_factor ** min(streak - 1, 64))


@dataclass(frozen=True, slots=True)
class DeploymentRollback:
    """Where a deployment was when its rollback began."""

    reason: str
    started_at: float
    stage: LifecycleStage | None
    production_weight: float


@dataclass(frozen=True, slots=True)
class TaskMemory:
    """Tasks of which something is known already, so that it counts once. Only tasks of the last view are kept."""

    ran: frozenset[str] = frozenset()
    healthy: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ServiceDeployment:
    """One service deployment. Change it only through the functions of the package; all times are epoch seconds."""

    configuration: DeploymentConfiguration
    rules: DeploymentRules
    created_at: float
    can_roll_back: bool
    """Whether a revision has completed before: the source."""
    course: tuple[CourseStage, ...]
    """The stages of a strategy that shifts traffic; empty for ROLLING."""
    memory: TaskMemory
    failure_threshold: int
    desired: int
    """The desired count at the last step."""
    status: DeploymentStatus = DeploymentStatus.PENDING
    status_reason: str = ""
    position: int = 0
    """Which stage of the course it is at."""
    stage: LifecycleStage | None = None
    """The stage, on the way back too. None for ROLLING and before the start."""
    stage_since: float = 0
    waiting_until: float | None = None
    """End of the bake time, or of the pause after a step."""
    production_weight: float = 0
    test_weight: float = 0
    hooks: tuple[HookState, ...] = ()
    """Every hook reached so far."""
    failure_count: int = 0
    has_run: bool = False
    """Whether a task of the revision being launched has run: the circuit breaker is in its second stage."""
    launch_streak: int = 0
    """Launches in a row that never ran."""
    retry_at: float | None = None
    """Until when no task of the revision being launched is started, because the last ones never ran."""
    breaker_status: MonitorStatus = MonitorStatus.DISABLED
    alarm_status: MonitorStatus = MonitorStatus.DISABLED
    triggered_alarms: tuple[str, ...] = ()
    ignored_alarms: frozenset[str] = frozenset()
    """Alarms that were in ALARM at the start: left out for this deployment."""
    halted: bool = False
    """Failed with nothing to roll back to: no task is started any more, and it stays in progress until stopped."""
    rollback: DeploymentRollback | None = None
    started_at: float | None = None
    ended_at: float | None = None

    @property
    def bake_until(self) -> float | None:
        """End of the bake time, once it has begun."""
        return self.waiting_until if self.stage in (None, LifecycleStage.BAKE_TIME) else None

    @property
    def source_production_weight(self) -> float:
        """Percent of the production traffic that goes to the source."""
        return round(ALL_TRAFFIC - self.production_weight, 1)

    @property
    def scale_in_suspended(self) -> bool:
        """Whether autoscaling may not scale in; it may scale out."""
        return not self.status.terminal

    @property
    def rollout_state(self) -> RolloutState:
        """The state of the target's entry in the older view."""
        if self.status is DeploymentStatus.SUCCESSFUL:
            return RolloutState.COMPLETED
        failed = self.rollback is not None or self.halted or self.status.terminal
        return RolloutState.FAILED if failed else RolloutState.IN_PROGRESS

    @property
    def launched(self) -> TaskRevision:
        """The revision that the deployment is on its way to: the source once it goes back."""
        return TaskRevision.TARGET if self.rollback is None else TaskRevision.SOURCE
