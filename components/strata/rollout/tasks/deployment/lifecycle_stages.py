"""The lifecycle stages of a traffic-shifting deployment, and the hooks that may hold it at them."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "HOOK_MINUTES",
    "MOST_HOOK_MINUTES",
    "PAUSE_STAGES",
    "HookAction",
    "HookState",
    "HookStatus",
    "HookTarget",
    "LifecycleHook",
    "LifecycleStage",
]

HOOK_MINUTES = 1440
"""How long a hook waits when nothing else is said."""

MOST_HOOK_MINUTES = 20_160
"""The longest AWS lets a hook wait: 14 days."""


class LifecycleStage(StrEnum):
    """A stage, in AWS's words and order. A rolling deployment has none."""

    RECONCILE_SERVICE = "RECONCILE_SERVICE"
    PRE_SCALE_UP = "PRE_SCALE_UP"
    SCALE_UP = "SCALE_UP"
    POST_SCALE_UP = "POST_SCALE_UP"
    TEST_TRAFFIC_SHIFT = "TEST_TRAFFIC_SHIFT"
    POST_TEST_TRAFFIC_SHIFT = "POST_TEST_TRAFFIC_SHIFT"
    PRE_PRODUCTION_TRAFFIC_SHIFT = "PRE_PRODUCTION_TRAFFIC_SHIFT"
    PRODUCTION_TRAFFIC_SHIFT = "PRODUCTION_TRAFFIC_SHIFT"
    POST_PRODUCTION_TRAFFIC_SHIFT = "POST_PRODUCTION_TRAFFIC_SHIFT"
    BAKE_TIME = "BAKE_TIME"
    CLEAN_UP = "CLEAN_UP"

    @property
    def reported(self) -> "LifecycleStage":
        """What DescribeServiceDeployments may say: the stage before a shift exists for hooks only."""
        if self is LifecycleStage.PRE_PRODUCTION_TRAFFIC_SHIFT:
            return LifecycleStage.PRODUCTION_TRAFFIC_SHIFT
        return self


PAUSE_STAGES = frozenset(
    {
        LifecycleStage.RECONCILE_SERVICE,
        LifecycleStage.PRE_SCALE_UP,
        LifecycleStage.POST_SCALE_UP,
        LifecycleStage.POST_TEST_TRAFFIC_SHIFT,
        LifecycleStage.PRE_PRODUCTION_TRAFFIC_SHIFT,
        LifecycleStage.POST_PRODUCTION_TRAFFIC_SHIFT,
    }
)
"""Where a PAUSE hook may wait."""


class HookTarget(StrEnum):
    """Who answers a hook. The machine knows PAUSE; a configuration with a function is refused."""

    PAUSE = "PAUSE"
    AWS_LAMBDA = "AWS_LAMBDA"


class HookAction(StrEnum):
    """What becomes of a deployment that waits at a hook."""

    CONTINUE = "CONTINUE"
    ROLLBACK = "ROLLBACK"


class HookStatus(StrEnum):
    """The status of a hook at one stage."""

    AWAITING_ACTION = "AWAITING_ACTION"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"


@dataclass(frozen=True, slots=True)
class LifecycleHook:
    """A hook of the configuration."""

    stages: tuple[LifecycleStage, ...]
    """Where it waits; at `PRE_PRODUCTION_TRAFFIC_SHIFT` before every step."""
    timeout_minutes: int = HOOK_MINUTES
    """How long it waits for an answer, 1-20160 minutes. Default: 1440."""
    on_timeout: HookAction = HookAction.ROLLBACK
    """What happens then. Default: ROLLBACK."""
    target: HookTarget = HookTarget.PAUSE


@dataclass(frozen=True, slots=True)
class HookState:
    """A hook that was reached."""

    id: str
    """Unique within its deployment, and the same in every run."""
    stage: LifecycleStage
    status: HookStatus
    expires_at: float
    """Epoch seconds at which it times out."""
    on_timeout: HookAction
    target: HookTarget = HookTarget.PAUSE

    @property
    def waits(self) -> bool:
        """Whether the deployment is held by it."""
        return self.status in (HookStatus.AWAITING_ACTION, HookStatus.IN_PROGRESS)
