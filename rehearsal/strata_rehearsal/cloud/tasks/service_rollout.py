"""A service deployment of the local AWS: the machine of `strata.rollout.tasks.deployment`, obeyed by a service."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from strata.rollout.servers.refresh import AlarmState
from strata.rollout.tasks.deployment import (
    DeploymentOrders,
    DeploymentStatus,
    MonitorStatus,
    ServiceDeployment,
    ServiceTask,
    ServiceView,
    TaskHealth,
    TaskRevision,
    next_wakeup,
    step,
)
from strata.rollout.tasks.deployment.deployment_turns import go_back
from strata_rehearsal.cloud.alarm_states import alarm_states
from strata_rehearsal.cloud.container_services import ServiceRollout, SimulatedRevision, SimulatedService, SimulatedTask
from strata_rehearsal.cloud.state import Cloud
from strata_rehearsal.cloud.tasks.stop_reasons import replaced
from strata_rehearsal.cloud.tasks.task_events import record_task
from strata_rehearsal.cloud.tasks.task_health import failed_check, failing_container, verdict
from strata_rehearsal.cloud.tasks.task_lifecycle import start_task, stop_task
from strata_rehearsal.cloud.tasks.task_logs import say
from strata_rehearsal.cloud.tasks.traffic_weights import shift_traffic
from strata_rehearsal.cloud.world import ScheduledEvent

__all__ = ["CarriedDeployment", "view_of"]

_ROUNDS = 1000
"""Steps at one moment after which a deployment is taken to chase its own tail."""


class CarriedDeployment:
    """A service deployment and the service it belongs to.

    Args:
        arn: its ARN.
        service: whose tasks it replaces.
        target: the revision it goes to.
        source: the last revision that completed, to which it goes back; None if there is none.
        others: the revisions that have tasks when it begins.
        configuration: the deployment configuration as the API describes it.
        deployment: the machine.
    """

    def __init__(
        self,
        arn: str,
        service: SimulatedService,
        target: SimulatedRevision,
        source: SimulatedRevision | None,
        others: list[SimulatedRevision],
        configuration: Mapping[str, Any],
        deployment: ServiceDeployment,
    ) -> None:
        self.arn = arn
        self.service = service
        self.target = target
        self.source = source
        self.others = others
        self.configuration = configuration
        self.deployment = deployment
        self.updated_at = deployment.created_at
        self.stop_requested_at: float | None = None
        self._wakeup: ScheduledEvent | None = None

    @property
    def launched(self) -> SimulatedRevision:
        """The revision that the service is on its way to: the source once it goes back."""
        return self.target if self.deployment.rollback is None or self.source is None else self.source

    def advance(self, cloud: Cloud) -> None:
        """Take the deployment as far as it goes now, and obey it."""
        for _ in range(_ROUNDS):
            before, view = self.deployment, view_of(cloud, self)
            moved, orders = step(before, view, _ringing(self), cloud.world.now)
            self.take(cloud, moved)
            if not self._obey(cloud, orders) and moved == before:
                break
        else:
            raise RuntimeError(f"the deployment {self.arn} does not come to rest")
        self._sleep(cloud)

    def take(self, cloud: Cloud, moved: ServiceDeployment) -> None:
        """The deployment has moved on: say so where ECS says so."""
        before, self.deployment = self.deployment, moved
        if moved is before:
            return
        self.updated_at = cloud.world.now
        if _shown(before) != _shown(moved):
            self._record(cloud)
        if moved.rollback is not None and before.rollback is None:
            self._turn_back(cloud, moved)
        if moved.retry_at is not None and before.retry_at is None:
            self.service.tell(cloud.world.now, "is unable to consistently start tasks successfully.")
        if moved.halted and not before.halted:
            self._tell(cloud, self.target, f"deployment failed: {_cause(moved)}.")
        if moved.status.terminal and not before.status.terminal:
            self._end(cloud, moved)

    def retire(self) -> None:
        """Another deployment takes over: wake up no more."""
        if self._wakeup is not None:
            self._wakeup.cancel()

    def _turn_back(self, cloud: Cloud, moved: ServiceDeployment) -> None:
        self._tell(cloud, self.target, f"deployment failed: {_cause(moved)}.")
        if self.source is None:
            return
        self.service.tell(cloud.world.now, f"rolling back to (deployment {self.source.deployment_id}).")
        # what the service describes as its own is what it goes back to
        for name, value in self.source.parameters.items():
            self.service.keep(name, value)

    def _end(self, cloud: Cloud, moved: ServiceDeployment) -> None:
        if moved.status is DeploymentStatus.SUCCESSFUL:
            self.service.completed = self.target
            self._tell(cloud, self.target, "deployment completed.")
        elif moved.status is DeploymentStatus.ROLLBACK_SUCCESSFUL:
            self._tell(cloud, self.launched, "deployment completed.")
        elif moved.status is DeploymentStatus.ROLLBACK_FAILED:
            self._tell(cloud, self.launched, "rollback failed.")
        elif MonitorStatus.TRIGGERED in (moved.breaker_status, moved.alarm_status):
            self._tell(cloud, self.target, f"deployment failed: {_cause(moved)}.")

    def _obey(self, cloud: Cloud, orders: DeploymentOrders) -> bool:
        """Do what the deployment orders; says whether there was anything to do."""
        if self.deployment.course:
            # with nobody on the other side all traffic is the target's from the start
            production = 100.0 if self.source is None else orders.production_weight
            missing = shift_traffic(self.service, self.target, production, orders.test_weight)
            if missing and self.deployment.status is DeploymentStatus.IN_PROGRESS:
                # AWS does not say what becomes of such a deployment; one that moved no traffic has not succeeded
                reason = f"the listener rule {missing[0]} was not found"
                self.take(cloud, go_back(self.deployment, reason, cloud.world.now))
                return True
        stopped = self._unprotected(cloud, orders.stop)
        for task in stopped:
            self._stop(cloud, task)
        started: list[SimulatedTask] = []
        for revision, count in ((self.source, orders.keep_source), (self.target, orders.keep_target)):
            if revision is not None:
                missing = count - sum(task.active for task in self.service.of(revision))
                started += [start_task(cloud, self.service, revision) for _ in range(missing)]
        self._say_which(cloud, "stopped", "running tasks", stopped)
        self._say_which(cloud, "started", "tasks", started)
        return bool(stopped or started)

    def _unprotected(self, cloud: Cloud, names: Iterable[str]) -> list[SimulatedTask]:
        """Tasks that are to be stopped; in place of a protected one another of its revision, if there is any."""
        asked = [task for name in names if (task := self.service.tasks.get(name)) and task.active]
        found = [each for each in asked if not _protected(cloud, each)]
        for each in asked:
            if _protected(cloud, each):
                others = (task for task in self.service.of(each.revision) if task.active and task not in found)
                found += [task for task in others if not _protected(cloud, task)][:1]
        return found

    def _stop(self, cloud: Cloud, task: SimulatedTask) -> None:
        failed = failed_check(cloud, task)
        if failed is None:
            stop_task(cloud, task, replaced(self.launched.deployment_id))
            return
        task.revision.failed_tasks += 1
        sick = failing_container(task)
        name = sick or self.service.service
        say(cloud, task, [f"{name}: health check answered with 503"], container=sick)
        record_task(cloud, task, TaskHealth.UNHEALTHY.value, reason=failed.text)
        self.service.tell(cloud.world.now, f"(task {task.id}) is unhealthy: {failed.text}.")
        stop_task(cloud, task, failed)

    def _sleep(self, cloud: Cloud) -> None:
        self.retire()
        at = next_wakeup(self.deployment, view_of(cloud, self), cloud.world.now)
        if at is not None:
            self._wakeup = cloud.world.at(at, lambda: cloud.touch_service(self.service))

    def _record(self, cloud: Cloud) -> None:
        moved = self.deployment
        cloud.world.record(
            "deployment",
            self.arn.rpartition("/")[2],
            moved.status.value,
            cluster=self.service.cluster,
            container_service=self.service.name,
            service=self.service.service,
            strategy=moved.configuration.strategy.value,
            stage=None if moved.stage is None else moved.stage.value,
            digest=self.target.version,
            revision=self.target.arn.rpartition("/")[2],
            production_weight=moved.production_weight if moved.course else None,
            test_weight=moved.test_weight if moved.course else None,
            waits_for=[hook.id for hook in moved.hooks if hook.waits] or None,
            waiting_until=moved.waiting_until,
            reason=moved.status_reason or None,
        )

    def _tell(self, cloud: Cloud, revision: SimulatedRevision, message: str) -> None:
        self.service.tell(cloud.world.now, f"(deployment {revision.deployment_id}) {message}")

    def _say_which(self, cloud: Cloud, verb: str, what: str, tasks: list[SimulatedTask]) -> None:
        if tasks:
            listed = " ".join(f"(task {task.id})" for task in tasks)
            self.service.tell(cloud.world.now, f"has {verb} {len(tasks)} {what}: {listed}.")


def view_of(cloud: Cloud, carried: ServiceRollout) -> ServiceView:
    """The service as the machine sees it."""
    return ServiceView(carried.service.desired, list(_seen(cloud, carried)))


def _seen(cloud: Cloud, carried: ServiceRollout) -> Iterator[ServiceTask]:
    roles = {id(carried.target): TaskRevision.TARGET}
    if carried.source is not None:
        roles[id(carried.source)] = TaskRevision.SOURCE
    for task in carried.service.tasks.values():
        yield ServiceTask(
            id=task.id,
            revision=roles.get(id(task.revision), TaskRevision.STALE),
            lifecycle=task.state,
            health=verdict(cloud, task),
            running_since=task.started_at,
            failure=task.failure,
        )


def _ringing(carried: CarriedDeployment) -> set[str]:
    names = carried.deployment.configuration.alarms.names
    states = alarm_states(carried.service.account, carried.service.region, names)
    return {name for name, state in states.items() if state is AlarmState.ALARM}


def _shown(deployment: ServiceDeployment) -> tuple[object, ...]:
    waits = tuple(hook.id for hook in deployment.hooks if hook.waits)
    weights = deployment.production_weight, deployment.test_weight
    return (deployment.status, deployment.stage, *weights, waits, deployment.waiting_until)


def _cause(deployment: ServiceDeployment) -> str:
    if deployment.alarm_status is MonitorStatus.TRIGGERED:
        return "alarm detected"
    if deployment.breaker_status is MonitorStatus.TRIGGERED:
        return "tasks failed to start"
    return deployment.rollback.reason if deployment.rollback is not None else deployment.status_reason


def _protected(cloud: Cloud, task: SimulatedTask) -> bool:
    """Whether a task stays: protection is none of one that is unhealthy (ECS, task scale-in protection)."""
    until = task.protected_until
    return until is not None and cloud.world.now < until and failed_check(cloud, task) is None
