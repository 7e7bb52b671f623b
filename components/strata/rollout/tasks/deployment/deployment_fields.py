"""A deployment's configuration in the field names of the API, and back."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from strata.rollout.tasks.deployment.deployment_configuration import (
    CircuitBreaker,
    DeploymentAlarms,
    DeploymentConfiguration,
    DeploymentStrategy,
    FailureThreshold,
    InvalidDeploymentConfiguration,
    ThresholdKind,
)
from strata.rollout.tasks.deployment.lifecycle_stages import (
    HOOK_MINUTES,
    HookAction,
    HookTarget,
    LifecycleHook,
    LifecycleStage,
)

__all__ = ["configuration_from_api", "configuration_to_api", "hooks_to_api"]

Member = TypeVar("Member", DeploymentStrategy, ThresholdKind, HookAction, HookTarget, LifecycleStage)


def configuration_from_api(
    values: Mapping[str, Any], *, defaults: DeploymentConfiguration | None = None, rolling_bake_seconds: float = 0
) -> DeploymentConfiguration:
    """Read the `deploymentConfiguration` of CreateService or UpdateService.

    Args:
        values: the structure with AWS's field names; may be empty.
        defaults: what an absent field means: the service's configuration so far, for UpdateService merges.
        rolling_bake_seconds: what AWS computes from the periods of the alarms.

    Raises:
        InvalidDeploymentConfiguration: AWS would refuse it.
    """
    unset = defaults or DeploymentConfiguration()
    linear, canary = values.get("linearConfiguration") or {}, values.get("canaryConfiguration") or {}
    return DeploymentConfiguration(
        strategy=_member(DeploymentStrategy, "strategy", values.get("strategy", unset.strategy)),
        min_healthy_percent=values.get("minimumHealthyPercent", unset.min_healthy_percent),
        max_percent=values.get("maximumPercent", unset.max_percent),
        bake_minutes=values.get("bakeTimeInMinutes", unset.bake_minutes),
        linear_step_percent=linear.get("stepPercent", unset.linear_step_percent),
        linear_bake_minutes=linear.get("stepBakeTimeInMinutes", unset.linear_bake_minutes),
        canary_percent=canary.get("canaryPercent", unset.canary_percent),
        canary_bake_minutes=canary.get("canaryBakeTimeInMinutes", unset.canary_bake_minutes),
        circuit_breaker=_breaker(values.get("deploymentCircuitBreaker"), unset.circuit_breaker),
        alarms=_alarms(values.get("alarms"), unset.alarms, rolling_bake_seconds),
        hooks=_hooks(values.get("lifecycleHooks"), unset.hooks),
    )


def configuration_to_api(configuration: DeploymentConfiguration) -> dict[str, Any]:
    """The `deploymentConfiguration` as DescribeServices answers it; only the strategy's own fields are in it."""
    breaker, alarms = configuration.circuit_breaker, configuration.alarms
    values: dict[str, Any] = {
        "strategy": configuration.strategy.value,
        "minimumHealthyPercent": configuration.min_healthy_percent,
        "maximumPercent": configuration.max_percent,
        "deploymentCircuitBreaker": {
            "enable": breaker.enable,
            "rollback": breaker.rollback,
            "resetOnHealthyTask": breaker.reset_on_healthy_task,
            "thresholdConfiguration": {"type": breaker.threshold.kind.value, "value": breaker.threshold.value},
        },
        "alarms": {"alarmNames": list(alarms.names), "enable": alarms.enable, "rollback": alarms.rollback},
    }
    if configuration.strategy.shifts_traffic:
        values["bakeTimeInMinutes"] = configuration.bake_minutes or 0
        values["lifecycleHooks"] = hooks_to_api(configuration.hooks)
    if configuration.strategy is DeploymentStrategy.LINEAR:
        values["linearConfiguration"] = {
            "stepPercent": configuration.linear_step_percent,
            "stepBakeTimeInMinutes": configuration.linear_bake_minutes,
        }
    if configuration.strategy is DeploymentStrategy.CANARY:
        values["canaryConfiguration"] = {
            "canaryPercent": configuration.canary_percent,
            "canaryBakeTimeInMinutes": configuration.canary_bake_minutes,
        }
    return values


def hooks_to_api(hooks: Iterable[LifecycleHook]) -> list[dict[str, Any]]:
    """The `lifecycleHooks` of a deploymentConfiguration."""
    return [_hook_to_api(hook) for hook in hooks]


def _breaker(values: Mapping[str, Any] | None, unset: CircuitBreaker) -> CircuitBreaker:
    if values is None:
        return unset
    threshold = values.get("thresholdConfiguration") or {}
    kind = threshold.get("type", unset.threshold.kind)
    return CircuitBreaker(
        enable=values.get("enable", unset.enable),
        rollback=values.get("rollback", unset.rollback),
        threshold=FailureThreshold(
            _member(ThresholdKind, "thresholdConfiguration.type", kind), threshold.get("value", unset.threshold.value)
        ),
        reset_on_healthy_task=values.get("resetOnHealthyTask", unset.reset_on_healthy_task),
    )


def _alarms(values: Mapping[str, Any] | None, unset: DeploymentAlarms, bake: float) -> DeploymentAlarms:
    given = values or {}
    return DeploymentAlarms(
        names=tuple(given.get("alarmNames", unset.names)),
        enable=given.get("enable", unset.enable),
        rollback=given.get("rollback", unset.rollback),
        rolling_bake_seconds=bake or unset.rolling_bake_seconds,
    )


def _hooks(values: Sequence[Mapping[str, Any]] | None, unset: tuple[LifecycleHook, ...]) -> tuple[LifecycleHook, ...]:
    return unset if values is None else tuple(_hook(hook) for hook in values)


def _hook(values: Mapping[str, Any]) -> LifecycleHook:
    timeout = values.get("timeoutConfiguration") or {}
    return LifecycleHook(
        stages=tuple(
            _member(LifecycleStage, "lifecycleStages", stage) for stage in values.get("lifecycleStages") or ()
        ),
        timeout_minutes=timeout.get("timeoutInMinutes", HOOK_MINUTES),
        on_timeout=_member(HookAction, "timeoutConfiguration.action", timeout.get("action", HookAction.ROLLBACK)),
        target=_member(HookTarget, "targetType", values.get("targetType", HookTarget.AWS_LAMBDA)),
    )


def _hook_to_api(hook: LifecycleHook) -> dict[str, Any]:
    return {
        "targetType": hook.target.value,
        "lifecycleStages": [stage.value for stage in hook.stages],
        "timeoutConfiguration": {"timeoutInMinutes": hook.timeout_minutes, "action": hook.on_timeout.value},
    }


def _member(kind: type[Member], field: str, value: str) -> Member:
    if value not in set(kind):
        allowed = ", ".join(kind)
        raise InvalidDeploymentConfiguration((f"{field} is {value}, must be one of {allowed}",))
    return kind(value)
