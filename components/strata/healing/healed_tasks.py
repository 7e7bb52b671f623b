"""The tasks of a service of Amazon ECS as healing looks at them, and has them replaced."""

from collections.abc import Iterator, Sequence

from strata.aws.outage import error_code
from strata.clock import Clock
from strata.drift.drift_finding import TASKS
from strata.healing.fleet_look import SEE_STATUS, FleetLook, Obstacle, find_unready, nothing_there
from strata.healing.replacement_batches import ReplacementTerms
from strata.rollout.spec import share
from strata.rollout.tasks.live_tasks import LiveTasks
from strata.rollout.tasks.task_driver import TaskDriver, place_of
from strata.rollout.tasks.task_look import look_at_tasks
from strata.rollout.tasks.task_spec import TaskSpec
from strata.rollout.tasks.task_views import ContainerServiceView
from strata.settings.models import ContainerServiceSettings

__all__ = ["HealedTasks", "TaskHealingDriver"]

_FULL = 100
_RUNNING = "RUNNING"
_REASON = "strata drift --heal: it is not as it was released"


class TaskHealingDriver(TaskDriver):
    """The calls of a rollout of tasks, and the one that ends a task."""

    def end(self, service: str, task: str) -> None:
        """Stop a task of a service, which starts another one."""
        cluster, _ = place_of(service)
        try:
            self._client("ecs").stop_task(cluster=cluster, task=task, reason=_REASON)
        except Exception as error:
            # it has gone since it was looked at
            if error_code(error) != "InvalidParameterException" or "not found" not in str(error).lower():
                raise


class HealedTasks:
    """The tasks of one service.

    Args:
        driver: AWS.
        clock: time.
        project: the Pulumi project.
        stack: the stack.
        settings: the service's part of the stack file.
        spec: how the service is rolled.
    """

    def __init__(
        self,
        driver: TaskHealingDriver,
        clock: Clock,
        project: str,
        stack: str,
        settings: ContainerServiceSettings,
        spec: TaskSpec,
    ) -> None:
        self._driver = driver
        self._clock = clock
        self._project = project
        self._stack = stack
        self._settings = settings
        self._spec = spec
        self._arn = ""
        self.patience_seconds = spec.patience_seconds + spec.drain_seconds

    def look(self) -> FleetLook:
        asked = {self._spec.service: self._settings}
        (live,) = look_at_tasks(self._driver, self._clock.now(), self._project, self._stack, asked)
        service = live.status.service
        if service is None:
            return nothing_there("its service of Amazon ECS")
        self._arn = service.arn
        tasks = live.status.tasks
        starting = {each.id: "it is still being started" for each in tasks if each.status != _RUNNING}
        notes = self._driver.glass_notes(self._spec.record, live.apart)
        return FleetLook(
            members=frozenset(each.id for each in tasks),
            healthy=live.healthy,
            terms=self._terms(service),
            held={**starting, **{unit: note.sentence(self._clock.now()) for unit, note in notes.items()}},
            obstacle=next(_obstacles(live, service), None),
        )

    def replace(self, units: Sequence[str]) -> None:
        for each in units:
            self._driver.end(self._arn, each)

    def _terms(self, service: ContainerServiceView) -> ReplacementTerms:
        # ECS starts no task before the one that is stopped has left, so that there is nothing ahead
        deployed = int(service.deployed.get("minimumHealthyPercent", _FULL))
        percent = max(deployed, self._spec.settings.min_healthy_percent)
        return ReplacementTerms(desired=service.desired, floor=share(service.desired, percent))


def _obstacles(live: LiveTasks, service: ContainerServiceView) -> Iterator[Obstacle]:
    yield from find_unready(live, TASKS)
    recorded, status = live.recorded, live.status
    if recorded is None:
        return
    if status.launches_foreign:
        launches = status.called(service.task_definition)
        with_another = f" with another {' and '.join(status.changed)}" if status.changed else ""
        why = f"its service launches {launches}{with_another}, and the release is {recorded.contents}"
        yield Obstacle(f"{why}: a fresh task would not be it", f"First: {live.way_back or SEE_STATUS}.")
