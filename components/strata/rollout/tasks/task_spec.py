"""How the tasks of a container service are rolled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from strata.durations import duration_text
from strata.images.image_trust import ImageTerms
from strata.rollout.record import TaskRelease
from strata.rollout.spec import RolloutOf, RolloutSpec
from strata.rollout.tasks.deployment import (
    CircuitBreaker,
    DeploymentConfiguration,
    DeploymentStrategy,
    LifecycleHook,
    LifecycleStage,
)
from strata.settings.models import ContainerRolloutSettings, ContainerServiceSettings, FreezeSettings
from strata.settings.models.verify import asked_host

__all__ = ["TaskRollout", "TaskSpec", "wanted_configuration"]

CHECK_SECONDS = 60
"""Seconds until checks have found out a sick task, where nothing says more."""


@dataclass(frozen=True, kw_only=True)
class TaskSpec(RolloutSpec):
    """How a service is rolled whose tasks Amazon ECS replaces by a service deployment.

    Args:
        check_seconds: seconds until its checks have found out a sick task: unhealthy threshold times interval.
        configuration: how the deployment proceeds, as the settings have it.
        test_listener: whether a listener rule carries test traffic.
        min_ready_seconds: how long new tasks must have been healthy before any request moves to them.
    """

    UNIT: ClassVar[str] = "task"
    FLEET: ClassVar[str] = "service"

    check_seconds: int = CHECK_SECONDS
    configuration: DeploymentConfiguration = field(default_factory=DeploymentConfiguration)
    test_listener: bool = False
    min_ready_seconds: int = 0

    @classmethod
    def of_service(
        cls,
        name: str,
        settings: ContainerServiceSettings,
        *,
        record: str,
        terms: ImageTerms | None = None,
        freezes: tuple[FreezeSettings, ...] = (),
    ) -> "TaskSpec":
        """How a container service of a stack file is rolled.

        Args:
            name: the service's name.
            settings: its part of the stack file.
            record: name of the SSM parameter that holds its release.
            terms: what is required of a new image. Default: nothing, as on the way back.
            freezes: when no other release is brought. Default: never, as on the way back.
        """
        return cls(
            service=name,
            settings=settings.rollout,
            boot_seconds=settings.boot_seconds,
            drain_seconds=settings.drain_seconds,
            record=record,
            terms=terms,
            freezes=freezes,
            topic=settings.notify_topic_arn,
            protect=settings.protect,
            least=settings.capacity.min,
            check_seconds=_check_seconds(settings),
            configuration=wanted_configuration(settings),
            test_listener=settings.rollout.test_rule is not None and settings.strategy.shifts_traffic,
            test_headers=_test_headers(settings),
            min_ready_seconds=settings.rollout.min_ready_seconds,
            before=settings.rollout.before,
            host=asked_host(settings.rollout.verify, settings.routes),
        )

    @property
    def verified_when(self) -> str:
        if not self.configuration.strategy.shifts_traffic:
            return "once every task is replaced"
        if self.verifies_first:
            return "once test requests reach the new tasks, and before any other request does"
        baking = duration_text(60 * (self.configuration.bake_minutes or 0))
        return f"once all requests reach the new tasks, in their {baking} of baking"

    @property
    def verifies_first(self) -> bool:
        """Whether the deployment waits to be verified by test requests before any other request moves."""
        tested = LifecycleStage.POST_TEST_TRAFFIC_SHIFT
        return self.test_listener and any(tested in hook.stages for hook in self.configuration.hooks)

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


def _check_seconds(settings: ContainerServiceSettings) -> int:
    """Seconds until the slower of a service's checks has found out a sick task."""
    found = [settings.health.unhealthy_threshold * settings.health.interval_seconds] if settings.routes else []
    if (check := settings.container_health) is not None:
        found.append(check.retries * check.interval_seconds)
    return max(found, default=CHECK_SECONDS)


def wanted_configuration(settings: ContainerServiceSettings) -> DeploymentConfiguration:
    """How a deployment proceeds by the settings of a service; which alarms watch it is known once they are made."""
    rollout, strategy = settings.rollout, DeploymentStrategy[settings.strategy.name]
    rolling = not strategy.shifts_traffic
    return DeploymentConfiguration(
        strategy=strategy,
        min_healthy_percent=rollout.min_healthy_percent,
        max_percent=rollout.max_healthy_percent,
        bake_minutes=None if rolling else rollout.bake_minutes,
        linear_step_percent=rollout.linear_step_percent,
        linear_bake_minutes=rollout.linear_bake_minutes,
        canary_percent=rollout.canary_percent,
        canary_bake_minutes=rollout.canary_bake_minutes,
        circuit_breaker=CircuitBreaker(enable=rolling, rollback=rolling and rollout.goes_back),
        # one that nobody answers goes back
        hooks=() if rolling or not rollout.pause_minutes or rollout.one_way else (_pause(rollout),),
    )


def _test_headers(settings: ContainerServiceSettings) -> Mapping[str, str]:
    tested = settings.rollout.test_rule
    return {tested.header: tested.value} if tested is not None and settings.strategy.shifts_traffic else {}


def _pause(rollout: ContainerRolloutSettings) -> LifecycleHook:
    """What holds a deployment whose gate is gone.

    The stage is entered before the only shift of blue/green and before each one of linear and canary: no share of the
    requests moves unless somebody has seen all new tasks last until right before. At a stage after the last shift there
    would be no share left to protect, and the alarms watch the bake time without anybody's help. With test requests it
    waits once more before that, as soon as they reach the new tasks: until somebody has verified the release by them.
    """
    shifts = (LifecycleStage.PRE_PRODUCTION_TRAFFIC_SHIFT,)
    tests = (LifecycleStage.POST_TEST_TRAFFIC_SHIFT,) if rollout.test_rule is not None else ()
    return LifecycleHook((*tests, *shifts), timeout_minutes=rollout.pause_minutes)


TaskRollout: TypeAlias = RolloutOf[TaskSpec, TaskRelease]
"""One rollout of tasks to carry out."""
