"""A service at one moment, deployments of it, and what a simulated one did."""

from dataclasses import replace
from itertools import groupby
from typing import Any

import pytest

from strata.rollout.tasks.deployment import (
    CircuitBreaker,
    DeploymentAlarms,
    DeploymentConfiguration,
    DeploymentStrategy,
    LifecycleHook,
    ServiceTask,
    ServiceView,
    TaskFailure,
    TaskHealth,
    TaskLifecycle,
    TaskRevision,
    create_deployment,
    step,
)
from strata.rollout.tasks.virtual_service import (
    TaskLife,
    simulate_deployment,
)

MINUTE = 60
ALARM = "web-5xx"
SOURCE, TARGET, STALE = TaskRevision

ROLLING = DeploymentConfiguration()
BREAKING = DeploymentConfiguration(circuit_breaker=CircuitBreaker(enable=True, rollback=True))
BLUE_GREEN = DeploymentConfiguration(DeploymentStrategy.BLUE_GREEN, bake_minutes=10)
CANARY = DeploymentConfiguration(DeploymentStrategy.CANARY, canary_percent=10, canary_bake_minutes=5, bake_minutes=10)
LINEAR = DeploymentConfiguration(DeploymentStrategy.LINEAR, linear_step_percent=25, linear_bake_minutes=6)
SHIFTING = pytest.mark.parametrize("shifting", [BLUE_GREEN, CANARY, LINEAR], ids=lambda each: each.strategy)
WATCHED = DeploymentAlarms((ALARM,), enable=True, rollback=True)


def task(name, revision=SOURCE, **changes):
    plain = ServiceTask(name, revision, TaskLifecycle.RUNNING, TaskHealth.HEALTHY, 0.0)
    return replace(plain, **changes)


def service(desired, *tasks, old=None):
    return ServiceView(desired, (*(task(f"old-{n}") for n in range(desired if old is None else old)), *tasks))


def new(name, **changes):
    return task(name, TARGET, **changes)


def stopped(name, failure, revision=TARGET):
    ran = None if failure is TaskFailure.NEVER_RAN else 0.0
    health = TaskHealth.UNKNOWN
    return ServiceTask(name, revision, TaskLifecycle.STOPPED, health, running_since=ran, failure=failure)


def begun(configuration, view, *, alarms=(), can_roll_back=True, **options):
    created = create_deployment(configuration, view, 0, can_roll_back=can_roll_back, **options)
    return step(created, view, alarms, 0)


def paused(stage, **changes):
    return LifecycleHook((stage,), **changes)


def bad(**changes):
    """The life of every new task of the target; the source stays good."""
    return lambda _start, revision: TaskLife(60, **changes) if revision is TARGET else TaskLife(60)


UNPULLABLE = bad(pulls=False)
NEVER_HEALTHY = bad(healthy_after=None, unhealthy_after=90)


def run(desired, configuration, **changes):
    options: dict[str, Any] = {"boot_seconds": 60} | changes
    return simulate_deployment(desired, configuration, **options)


def statuses(timeline):
    return [status for status, _ in groupby(sample.status for sample in timeline.samples)]


def weights(timeline):
    return [weight for weight, _ in groupby(sample.production_weight for sample in timeline.samples)]


def stages(timeline):
    return [entered.stage for entered in timeline.stages]


def rollback_of(timeline):
    """Where the deployment was when it turned back; it must have."""
    assert timeline.deployment.rollback is not None
    return timeline.deployment.rollback
