"""How the tasks of a container service are rolled."""

from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from strata.rollout.record import TaskRelease
from strata.rollout.spec import RolloutOf, RolloutSpec
from strata.rollout.tasks.deployment import DeploymentConfiguration

__all__ = ["TaskRollout", "TaskSpec"]

CHECK_SECONDS = 60
"""Seconds until checks have found out a sick task, where nothing says more."""


@dataclass(frozen=True, kw_only=True)
class TaskSpec(RolloutSpec):
    """How a service is rolled whose tasks Amazon ECS replaces by a service deployment.

    Args:
        check_seconds: seconds until its checks have found out a sick task: unhealthy threshold times interval.
        configuration: how the deployment proceeds, as the settings have it.
        test_listener: whether a listener rule carries test traffic.
    """

    UNIT: ClassVar[str] = "task"

    check_seconds: int = CHECK_SECONDS
    configuration: DeploymentConfiguration = field(default_factory=DeploymentConfiguration)
    test_listener: bool = False

    @property
    def warm_up_seconds(self) -> int:
        return self.boot_seconds + self.check_seconds

    @property
    def hold_seconds(self) -> float:
        """Seconds that new tasks must last after AWS calls a deployment successful, less what it has baked by then.

        ECS is content as soon as the last task is healthy. A server counts once it is warm; so do tasks.
        """
        bakes = self.configuration.strategy.shifts_traffic
        return max(0.0, self.warm_up_seconds - 60.0 * (self.configuration.bake_minutes or 0) * bakes)


TaskRollout: TypeAlias = RolloutOf[TaskSpec, TaskRelease]
"""One rollout of tasks to carry out."""
