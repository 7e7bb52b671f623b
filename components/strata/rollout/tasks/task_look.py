"""A look at container services, from AWS alone: no program, no engine, no lock."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from strata.naming import record_name
from strata.rollout.forbidden_versions import ForbiddenVersions, read_forbidden
from strata.rollout.live_service import read_record, tags_of
from strata.rollout.note import Phase
from strata.rollout.record import TaskRelease
from strata.rollout.tasks.deployment import DeploymentRules
from strata.rollout.tasks.deployment_parameters import STARTING_PARAMETERS
from strata.rollout.tasks.live_tasks import LiveTasks
from strata.rollout.tasks.released_tasks import healthy_tasks, launches_release, true_tasks, unrouted_tasks
from strata.rollout.tasks.task_driver import TaskDriver
from strata.rollout.tasks.task_routing import TaskRouting
from strata.rollout.tasks.task_spec import TaskSpec
from strata.rollout.tasks.task_status import TaskStatus
from strata.rollout.tasks.task_trouble import describe_failed, newest_failed
from strata.rollout.tasks.task_views import ContainerServiceView, DefinitionView, DeploymentView, TaskView
from strata.settings.models import ContainerServiceSettings

__all__ = ["look_at_tasks"]

_LATE_SECONDS = 60.0
"""How long a gate may be late to say what became of a deployment: a few of its polls."""


def look_at_tasks(
    driver: TaskDriver, now: float, project: str, stack: str, services: Mapping[str, ContainerServiceSettings]
) -> list[LiveTasks]:
    """Look at container services of a stack.

    Args:
        driver: AWS.
        now: the time, in epoch seconds.
        project: the Pulumi project.
        stack: the stack.
        services: their settings, by name.
    """
    return [_Look(driver, now, project, stack, name, settings).taken() for name, settings in services.items()]


class _Look:
    """One look at one service; what never changes is read once."""

    def __init__(
        self, driver: TaskDriver, now: float, project: str, stack: str, name: str, settings: ContainerServiceSettings
    ) -> None:
        self._driver = driver
        self._now = now
        self._name = name
        self._tags = tags_of(project, stack, name)
        self._spec = TaskSpec.of_service(name, settings, record=record_name(project, stack, name))
        self._read_record = read_record(driver, TaskRelease, project, stack, name)
        self._recorded, self._note = self._read_record.release, self._read_record.note
        self._definitions: dict[str, DefinitionView | None] = {}

    def taken(self) -> LiveTasks:
        """What it saw."""
        service = self._service()
        if service is None:
            read = self._read_record
            status = TaskStatus(self._recorded, None, note=self._note, forbidden=self._forbidden(self._recorded))
            return LiveTasks(self._name, replace(status, unwritten=not read.written, unreadable=read.unreadable))
        deployment = next(iter(self._driver.deployments(service.arn, most=1)), None)
        service, tasks, healthy = self._fleet(service, deployment)
        self._read(service.task_definition, *(each.task_definition for each in tasks))
        target = self._definition_of(deployment.target) if deployment else None
        truth = self._truth(service)
        status = TaskStatus(
            recorded=self._recorded,
            service=service,
            tasks=tuple(tasks),
            healthy=healthy,
            definitions=self._definitions,
            note=self._note,
            unwritten=not self._read_record.written,
            unreadable=self._read_record.spoiled,
            proven_with=self._proven_with(deployment, service),
            command_line=self._driver.command_line,
            least=self._spec.least,
            # of what the record only says nobody is told that it runs
            forbidden=self._forbidden(truth),
            truth=truth,
            routing=TaskRouting() if deployment is not None and deployment.active else self._routing(service),
        )
        if deployment is None:
            return LiveTasks(self._name, status)
        return LiveTasks(
            service=self._name,
            status=status,
            deployment=deployment,
            target=self._called(status, deployment, target),
            returns=self._returns(status, deployment, target),
            proving=self._proving(deployment),
            trouble=self._trouble(service, deployment, target),
            alarms=self._alarms(deployment),
        )

    def _forbidden(self, recorded: TaskRelease | None) -> ForbiddenVersions:
        return read_forbidden(self._driver, self._spec.record, recorded, self._note)

    def _truth(self, service: ContainerServiceView) -> TaskRelease | None:
        if self._recorded is None:
            return None
        named = self._definitions[self._recorded.task_definition]
        return true_tasks(self._recorded, named, self._definitions.get(service.task_definition))

    def _service(self) -> ContainerServiceView | None:
        """By the record, or by its tags while there is no record yet."""
        found = self._driver.service(self._recorded.service) if self._recorded else None
        return found or self._driver.service_tagged(self._tags)

    def _fleet(
        self, service: ContainerServiceView, deployment: DeploymentView | None
    ) -> tuple[ContainerServiceView, list[TaskView], frozenset[str]]:
        """The service with its tasks and the healthy ones.

        Between listing the tasks and describing their targets one may leave and its successor become healthy: where
        tasks seem to be missing both are asked once more, and a task counts that either look found healthy.
        """
        tasks = self._driver.tasks(service.arn)
        healthy = self._healthy(service, tasks, deployment)
        if len(healthy) >= service.desired:
            return service, tasks, healthy
        again = self._driver.service(service.arn) or service
        tasks = self._driver.tasks(service.arn)
        return again, tasks, self._healthy(again, tasks, deployment) | (healthy & {each.id for each in tasks})

    def _routing(self, service: ContainerServiceView) -> TaskRouting:
        return self._driver.routing(service.rules, service.every_target_group)

    def _healthy(
        self, service: ContainerServiceView, tasks: Sequence[TaskView], deployment: DeploymentView | None
    ) -> frozenset[str]:
        self._read(*(each.task_definition for each in tasks))
        settled = DeploymentRules().assumed_healthy_seconds
        return healthy_tasks(
            tasks,
            checked=frozenset(each.id for each in tasks if self._checks(each)),
            serving=[self._driver.healthy_addresses(groups) for groups in service.target_groups],
            unrouted=self._unrouted(service, tasks, deployment),
            settled=lambda each: each.started is not None and self._now - each.started.timestamp() >= settled,
        )

    def _unrouted(
        self, service: ContainerServiceView, tasks: Sequence[TaskView], deployment: DeploymentView | None
    ) -> frozenset[str]:
        replaced = service.replaced_of(tasks) if service.target_groups and deployment else []
        sources = deployment.sources if deployment and replaced else ()
        return unrouted_tasks(replaced, [self._driver.revision(each) for each in sources])

    def _checks(self, task: TaskView) -> bool:
        definition = self._definitions[task.task_definition]
        return definition is not None and definition.checked

    def _read(self, *arns: str) -> None:
        """Read task definitions, and that of the record, to which they are compared."""
        recorded = (self._recorded.task_definition,) if self._recorded else ()
        for arn in (*recorded, *arns):
            if arn and arn not in self._definitions:
                self._definitions[arn] = self._driver.definition(arn)

    def _definition_of(self, revision: str) -> str | None:
        """ARN of a revision's task definition, which is read too."""
        found = self._driver.revision(revision) if revision else None
        if found is None or not found.task_definition:
            return None
        self._read(found.task_definition)
        return found.task_definition

    def _proven_with(self, newest: DeploymentView | None, service: ContainerServiceView) -> Mapping[str, Any]:
        """What the recorded release was proven with, while AWS keeps the deployment that brought it."""
        recorded = self._recorded
        deployment = self._noted() or self._before_the_record(newest, service)
        revision = self._driver.revision(deployment.target) if deployment else None
        if recorded is None or revision is None:
            return {}
        self._read(revision.task_definition)
        found, model = (self._definitions.get(each) for each in (revision.task_definition, recorded.task_definition))
        if revision.task_definition != recorded.task_definition and not launches_release(recorded, found, model):
            return {}
        names = (each for each in STARTING_PARAMETERS if each != "taskDefinition")
        return {each: revision.parameters[each] for each in names if revision.parameters.get(each)}

    def _noted(self) -> DeploymentView | None:
        """The gate's own deployment of the recorded release."""
        note = self._note
        if note is None or note.rollout_id is None or note.phase is not Phase.SUCCEEDED:
            return None
        return self._driver.deployment(note.rollout_id)

    def _before_the_record(self, newest: DeploymentView | None, service: ContainerServiceView) -> DeploymentView | None:
        """The last deployment that had succeeded when the record was written.

        No gate has noted that which made the service, and one that failed later has written its own note over.
        """
        if self._recorded is None or newest is None or newest.active:
            return None
        written = self._driver.written(self._spec.record)

        def before(each: DeploymentView) -> bool:
            return each.succeeded and written is not None and each.created is not None and each.created <= written

        return newest if before(newest) else next(filter(before, self._driver.deployments(service.arn)), None)

    def _called(self, status: TaskStatus, deployment: DeploymentView, target: str | None) -> str:
        if self._note is not None and self._note.rollout_id == deployment.arn:
            return self._note.image.version
        return status.called(target) if target else ""

    def _returns(self, status: TaskStatus, deployment: DeploymentView, target: str | None) -> bool:
        """Whether a deployment replaces what the last gate rolled to and did not record by what is recorded."""
        note = self._note
        if note is None or note.rollout_id in (None, deployment.arn) or note.phase is Phase.SUCCEEDED:
            return False
        if target is None or not status.launches(target):
            return False
        replaced = [self._definitions.get(self._definition_of(each) or "") for each in deployment.sources]
        unproven = self._recorded is None or self._recorded.digest != note.digest
        return unproven and any(each is not None and each.digest == note.digest for each in replaced)

    def _proving(self, deployment: DeploymentView) -> bool:
        note = self._note
        if note is None or note.rollout_id != deployment.arn or note.phase is not Phase.ROLLING:
            return False
        if not deployment.succeeded or deployment.ended is None:
            return False
        # later than that the gate is gone, and nobody will say any more
        return self._now - deployment.ended.timestamp() < self._spec.hold_seconds + _LATE_SECONDS

    def _trouble(self, service: ContainerServiceView, deployment: DeploymentView, target: str | None) -> str:
        if deployment.succeeded or target is None:
            return ""
        stopped = self._driver.tasks(service.arn, stopped=True)
        failed = newest_failed((each for each in stopped if each.task_definition == target), deployment.started)
        return describe_failed(failed) if failed else ""

    def _alarms(self, deployment: DeploymentView) -> dict[str, str]:
        if not deployment.active:
            return {}
        return {alarm: state for alarm, (state, _) in self._driver.alarm_states(deployment.alarms).items()}
