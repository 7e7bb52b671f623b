"""Amazon ECS's service deployment as an immutable value and a pure step.

The same machine makes the plan of a preview, drives the local AWS of a rehearsal, and is what the property tests run.
Time is a parameter in epoch seconds; nothing here waits, reads a clock or talks to anyone.

How to drive it. Begin with `create_deployment`. Whenever a task, the desired count, an alarm or the time named by
`next_wakeup` changed, call `step` with all tasks of the service as they are now and obey its `DeploymentOrders` at once
and in this order: set the weights, stop `stop` (they become DEACTIVATING, STOPPING or STOPPED), then start tasks of a
revision until `keep_source` and `keep_target` are active. Step again after obeying: what was stopped may make room. The
service starts nothing by itself; replacements and scale-out come from the orders too. `step` runs until nothing
changes, so that calling it again with its own result gives the same value and the same orders.

Who knows what. The driver knows what target groups and container checks say of a task, grace period included, and
gives one verdict (`TaskHealth`); of a task that nothing checks (`UNCHECKED`) the machine itself decides, 40 seconds
after it began to run. The driver says why a task stopped that nobody ordered to stop (`TaskFailure`), and keeps it in
the view for one step at least; the machine counts it once. A task found `UNHEALTHY` is ordered stopped and counted.

A deployment that has ended still gives orders, so that a service at rest can be kept by the same step: replace tasks
that died and follow the desired count. Only a deployment that stopped or whose rollback failed starts nothing more.
"""

from strata.rollout.tasks.deployment.deployment_configuration import (
    CircuitBreaker,
    DeploymentAlarms,
    DeploymentConfiguration,
    DeploymentStrategy,
    FailureThreshold,
    InvalidDeploymentConfiguration,
    ThresholdKind,
    deadlock,
    task_ceiling,
    task_floor,
)
from strata.rollout.tasks.deployment.deployment_fields import (
    configuration_from_api,
    configuration_to_api,
    hooks_to_api,
)
from strata.rollout.tasks.deployment.deployment_turns import (
    DeploymentConflict,
    HookNotWaiting,
    continue_hook,
    stop,
    supersede,
)
from strata.rollout.tasks.deployment.lifecycle_stages import (
    PAUSE_STAGES,
    HookAction,
    HookState,
    HookStatus,
    HookTarget,
    LifecycleHook,
    LifecycleStage,
)
from strata.rollout.tasks.deployment.service_deployment import (
    ACTIVE_TASKS,
    DeploymentOrders,
    DeploymentRollback,
    DeploymentRules,
    DeploymentStatus,
    MonitorStatus,
    RolloutState,
    ServiceDeployment,
    ServiceTask,
    ServiceView,
    TaskFailure,
    TaskHealth,
    TaskLifecycle,
    TaskRevision,
)
from strata.rollout.tasks.deployment.stepping import create_deployment, next_wakeup, step
from strata.rollout.tasks.deployment.task_counts import is_healthy
from strata.rollout.tasks.deployment.traffic_course import CourseStage, traffic_course, traffic_steps

__all__ = [
    "ACTIVE_TASKS",
    "PAUSE_STAGES",
    "CircuitBreaker",
    "CourseStage",
    "DeploymentAlarms",
    "DeploymentConfiguration",
    "DeploymentConflict",
    "DeploymentOrders",
    "DeploymentRollback",
    "DeploymentRules",
    "DeploymentStatus",
    "DeploymentStrategy",
    "FailureThreshold",
    "HookAction",
    "HookNotWaiting",
    "HookState",
    "HookStatus",
    "HookTarget",
    "InvalidDeploymentConfiguration",
    "LifecycleHook",
    "LifecycleStage",
    "MonitorStatus",
    "RolloutState",
    "ServiceDeployment",
    "ServiceTask",
    "ServiceView",
    "TaskFailure",
    "TaskHealth",
    "TaskLifecycle",
    "TaskRevision",
    "ThresholdKind",
    "configuration_from_api",
    "configuration_to_api",
    "continue_hook",
    "create_deployment",
    "deadlock",
    "hooks_to_api",
    "is_healthy",
    "next_wakeup",
    "step",
    "stop",
    "supersede",
    "task_ceiling",
    "task_floor",
    "traffic_course",
    "traffic_steps",
]
