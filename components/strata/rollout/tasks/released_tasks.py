"""Which deployments, revisions and tasks of a service run a release.

A task definition belongs to a release by its tag, and whoever registers one from another copies its tags: so it also
has to launch what the release's own does. Everything read here of a revision or a task definition but its tag and
status never changes, so it is read once.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from strata.rollout.record import TaskRelease
from strata.rollout.tasks.async_task_driver import AsyncTaskDriver
from strata.rollout.tasks.deployment_parameters import has_parameters
from strata.rollout.tasks.task_spec import TaskRollout
from strata.rollout.tasks.task_views import (
    ContainerServiceView,
    DefinitionView,
    DeploymentView,
    RevisionEntry,
    RevisionView,
    TaskView,
)
from strata.rollout.true_records import Launcher, true_release

__all__ = [
    "ReleasedTasks",
    "TaskFleet",
    "addresses_of",
    "healthy_tasks",
    "launches_release",
    "true_tasks",
    "unrouted_tasks",
]

_BALANCERS = "loadBalancers"
_RUNNING = "RUNNING"


@dataclass(frozen=True)
class TaskFleet:
    """The tasks of a service that take a place.

    Args:
        service: the service.
        tasks: those that run or are about to.
        new: ids of those that run the release.
        healthy: ids of those that are healthy, by every check there is.
    """

    service: ContainerServiceView
    tasks: tuple[TaskView, ...]
    new: frozenset[str]
    healthy: frozenset[str]

    @property
    def old(self) -> frozenset[str]:
        """Ids of those that run something else."""
        return frozenset(each.id for each in self.tasks) - self.new


def launches_release(release: TaskRelease, found: DefinitionView | None, model: DefinitionView | None) -> bool:
    """Whether a task definition, other than the release's own, launches the release.

    Args:
        release: the release.
        found: the task definition; None where it is not there any more.
        model: the release's own.
    """
    if found is None or model is None:
        return False
    return found.digest == release.digest and found.launches == model.launches


def true_tasks(recorded: TaskRelease, named: DefinitionView | None, running: DefinitionView | None) -> TaskRelease:
    """The release of a service as its record is to name it, see `true_release`.

    Args:
        recorded: as the record names it.
        named: the task definition that the record names; None where it is not there.
        running: that which the service launches.
    """

    def launch(found: DefinitionView | None) -> Launcher | None:
        return Launcher(recorded.by(found.arn), found.digest, found.images) if found is not None else None

    return true_release(recorded, launch(named), launch(running))


def healthy_tasks(
    tasks: Iterable[TaskView],
    *,
    checked: frozenset[str],
    serving: Sequence[frozenset[str]],
    unrouted: frozenset[str],
    settled: Callable[[TaskView], bool],
) -> frozenset[str]:
    """Ids of the tasks that run and are healthy, by every check there is.

    Args:
        tasks: the tasks.
        checked: ids of those with a container which checks itself.
        serving: addresses that are healthy, for each of the service's load balancers.
        unrouted: ids of those that are behind none of these.
        settled: whether a task that nothing checks has run long enough to count.
    """

    def passes(task: TaskView) -> bool:
        if serving and task.id not in unrouted:
            return all(task.addresses & addresses for addresses in serving)
        return task.id in checked or settled(task)

    found = [each for each in tasks if each.status == _RUNNING and (each.health == "HEALTHY" or each.id not in checked)]
    return frozenset(each.id for each in found if passes(each))


def unrouted_tasks(tasks: Iterable[TaskView], replaced: Iterable[RevisionView | None]) -> frozenset[str]:
    """Ids of the tasks that were started when their service had no load balancer yet: none will ever know them.

    Args:
        tasks: those that are replaced.
        replaced: the revisions that they may be of.
    """
    without = {each.task_definition for each in replaced if each is not None and not each.parameters.get(_BALANCERS)}
    return frozenset(each.id for each in tasks if each.task_definition in without)


def addresses_of(tasks: Iterable[TaskView], ids: frozenset[str]) -> frozenset[str]:
    """Addresses, as target groups know them, of those of the tasks that are named."""
    return frozenset(address for each in tasks if each.id in ids for address in each.addresses)


class ReleasedTasks:
    """Tells what runs a release from what does not.

    Args:
        aws: AWS.
    """

    def __init__(self, aws: AsyncTaskDriver) -> None:
        self._aws = aws
        self._definitions: dict[str, DefinitionView | None] = {}
        self._revisions: dict[str, RevisionView | None] = {}

    async def brings(self, rollout: TaskRollout, deployment: DeploymentView) -> bool:
        """Whether a deployment is to bring the release."""
        return await self.is_release(rollout, deployment.target)

    async def is_release(self, rollout: TaskRollout, revision: str) -> bool:
        """Whether a service revision is the release."""
        found = await self.revision(revision)
        if found is None or not has_parameters(rollout.parameters, found.parameters):
            return False
        return await self.launches(rollout, found.task_definition)

    async def launches(self, rollout: TaskRollout, definition: str) -> bool:
        """Whether a task definition launches the release."""
        release = rollout.release
        if definition == release.task_definition:
            return True
        found, model = await self.definition(definition), await self.definition(release.task_definition)
        return launches_release(release, found, model)

    async def own_entries(self, rollout: TaskRollout, entries: Iterable[RevisionEntry]) -> list[RevisionEntry]:
        """Those entries of a service's deployments whose tasks run the release."""
        found = [
            each
            for each in entries
            if has_parameters(rollout.parameters, each.shown) and await self.launches(rollout, each.task_definition)
        ]
        if all(each.primary for each in found) or not any(each.primary for each in found):
            return found
        # what is replaced shows no load balancers, and may differ in nothing else
        others = await self._behind_others(rollout)
        return [each for each in found if each.primary or each.task_definition not in others]

    async def _behind_others(self, rollout: TaskRollout) -> frozenset[str]:
        """Task definitions of the revisions that the newest deployment replaces, and that have other load balancers."""
        wanted = {name: value for name, value in rollout.parameters.items() if name == _BALANCERS}
        newest = await self._aws.deployments(rollout.release.service, most=1) if wanted else []
        sources = [await self.revision(each) for deployment in newest for each in deployment.sources]
        return frozenset(
            each.task_definition for each in sources if each is not None and not has_parameters(wanted, each.parameters)
        )

    async def is_primary(self, rollout: TaskRollout, service: ContainerServiceView) -> bool:
        """Whether the service starts its new tasks for the release."""
        return any(each.primary for each in await self.own_entries(rollout, service.entries))

    async def ids_of(
        self, rollout: TaskRollout, service: ContainerServiceView, tasks: Sequence[TaskView]
    ) -> frozenset[str]:
        """Ids of the tasks that run the release."""
        own = {each.id for each in await self.own_entries(rollout, service.entries)}
        listed = {each.id for each in service.entries}
        found: set[str] = set()
        for each in tasks:
            # an entry goes when its last task has stopped; what stopped is known by its task definition only
            gone = each.started_by not in listed
            if each.started_by in own or (gone and await self.launches(rollout, each.task_definition)):
                found.add(each.id)
        return frozenset(found) - rollout.worn

    async def checked(self, tasks: Iterable[TaskView]) -> frozenset[str]:
        """Ids of the tasks that have a container which checks itself."""
        found: set[str] = set()
        for each in tasks:
            definition = await self.definition(each.task_definition)
            if definition is not None and definition.checked:
                found.add(each.id)
        return frozenset(found)

    async def unrouted(self, service: ContainerServiceView, tasks: Iterable[TaskView]) -> frozenset[str]:
        """Ids of the tasks that are behind none of the load balancers that their service has now."""
        replaced = service.replaced_of(tasks) if service.target_groups else []
        if not replaced:
            return frozenset()
        newest = await self._aws.deployments(service.arn, most=1)
        return unrouted_tasks(
            replaced, [await self.revision(each) for deployment in newest for each in deployment.sources]
        )

    async def definition(self, arn: str) -> DefinitionView | None:
        """A task definition, read once."""
        if arn not in self._definitions:
            self._definitions[arn] = await self._aws.definition(arn)
        return self._definitions[arn]

    async def revision(self, arn: str) -> RevisionView | None:
        """A service revision, read once."""
        if arn not in self._revisions:
            self._revisions[arn] = await self._aws.revision(arn)
        return self._revisions[arn]
