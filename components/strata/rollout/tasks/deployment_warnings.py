"""Warnings about a planned service deployment."""

from collections.abc import Iterator

from strata.durations import duration_text
from strata.rollout.plan_warning import LONG_SECONDS, PlanWarning
from strata.rollout.tasks.deployment import DeploymentConfiguration, HookAction, ThresholdKind, deadlock

__all__ = ["find_deployment_warnings"]


def find_deployment_warnings(
    desired: int, configuration: DeploymentConfiguration, low: int, seconds: float, *, first: bool
) -> Iterator[PlanWarning]:
    """What someone should know before the deployment runs.

    Args:
        desired: the desired count.
        configuration: how the deployment is to proceed.
        low: the fewest running and healthy tasks at any moment.
        seconds: how long it takes.
        first: whether it is the service's first deployment.
    """
    if reason := deadlock(desired, configuration):
        yield PlanWarning("deployment-cannot-move", f"{reason}; raise the maximum or lower the minimum")
        return
    if desired and low == 0 and not first:
        yield PlanWarning(
            "deployment-outage",
            "no healthy task is left at some point; use a minimum of 100 % healthy, which starts new tasks first",
        )
    if seconds > LONG_SECONDS:
        yield PlanWarning(
            "deployment-long", f"takes about {duration_text(seconds)}; credentials of a CI job commonly last an hour"
        )
    yield from _monitor_warnings(desired, configuration, first=first)
    if any(hook.on_timeout is HookAction.CONTINUE for hook in configuration.hooks):
        yield PlanWarning(
            "deployment-hook-continues",
            "a lifecycle hook continues when nobody answers: a deployment whose client dies goes ahead unverified",
        )


def _monitor_warnings(desired: int, configuration: DeploymentConfiguration, *, first: bool) -> Iterator[PlanWarning]:
    breaker, alarms = configuration.circuit_breaker, configuration.alarms
    shifts = configuration.strategy.shifts_traffic
    breaks = breaker.enable and not shifts
    if not breaks and not alarms.enable:
        cure = "alarms" if shifts else "the circuit breaker or alarms"
        yield PlanWarning(
            "deployment-unwatched", f"nothing in AWS fails a deployment of tasks that never get healthy; use {cure}"
        )
    if (breaks and not breaker.rollback) or (alarms.enable and not alarms.rollback):
        yield PlanWarning(
            "deployment-no-rollback",
            "rollback is off: a deployment that fails stops where it is, between two revisions",
        )
    failures = breaker.threshold.failures(desired)
    if breaks and breaker.threshold.kind is not ThresholdKind.BOUNDED_PERCENT and failures > max(desired, 1) * 10:
        yield PlanWarning(
            "deployment-breaker-late",
            f"the circuit breaker trips after {failures} failed tasks, of {desired} desired",
        )
    if first and (breaks or alarms.enable):
        yield PlanWarning(
            "deployment-nothing-to-go-back-to",
            "no deployment has completed yet: if this one fails, there is no revision to roll back to",
        )
