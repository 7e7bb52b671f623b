"""What a rollout finds on its service: a deployment that runs already, tasks that run the release, a way back."""

from dataclasses import replace

from strata.errors import BusyError
from strata.resource_hooks import Console
from strata.rollout.gated_service import DesiredRelease
from strata.rollout.tasks.async_task_driver import AsyncTaskDriver
from strata.rollout.tasks.deployment import configuration_from_api
from strata.rollout.tasks.deployment_parameters import STARTING_PARAMETERS, has_parameters
from strata.rollout.tasks.deployment_progress import Stalls
from strata.rollout.tasks.deployment_requests import take_back, with_hooks
from strata.rollout.tasks.released_tasks import ReleasedTasks, TaskFleet
from strata.rollout.tasks.task_observer import TaskObserver
from strata.rollout.tasks.task_preview import failed_deployment
from strata.rollout.tasks.task_spec import TaskRollout, TaskSpec
from strata.rollout.tasks.task_views import DeploymentView
from strata.settings.models import OnInProgress

__all__ = ["TaskAdoption", "clear_for_strategy"]

_ACTIVE = "ACTIVE"


class TaskAdoption:
    """Looks for what a rollout need not do itself.

    Args:
        aws: AWS.
        console: where lines go.
        observer: looks at tasks.
        released: knows what runs the release.
    """

    def __init__(self, aws: AsyncTaskDriver, console: Console, observer: TaskObserver, released: ReleasedTasks) -> None:
        self._aws = aws
        self._console = console
        self._observer = observer
        self._released = released

    async def settle(self, rollout: TaskRollout) -> str | None:
        """ARN of the deployment to adopt, after one that is running for something else was dealt with.

        A first deployment that never succeeded protects nothing, and one that brings once more what has succeeded,
        such as that of a schedule, changes nothing: both are always superseded.

        Returns:
            None where none is running.

        Raises:
            BusyError: one is running, and the settings leave it alone.
        """
        spec, service = rollout.spec, rollout.release.service
        while (running := await self._going_forward(spec, service)) is not None:
            if await self._released.brings(rollout, running):
                verb = "following" if rollout.recorded is None else "adopting"
                self._console.say(f"{spec.service}: {verb} deployment {running.name}, {running.where}")
                return running.arn
            refusal = f"deployment {running.name} of another release is running ({running.where})"
            await self._end(spec, service, running, recorded=rollout.recorded is not None, refusal=refusal)
        return None

    async def clear(self, spec: TaskSpec, service: str, *, need: str) -> None:
        """Return when no deployment is running, of whatever release, as far as the settings allow to end one.

        Args:
            spec: how the service is rolled.
            service: ARN of the service.
            need: what AWS does only while none is running, for a message.

        Raises:
            BusyError: one is running, and the settings leave it alone.
        """
        while (running := await self._going_forward(spec, service)) is not None:
            recorded = await self._aws.release(spec.record) is not None
            refusal = f"deployment {running.name} is running ({running.where}), and AWS {need} only while none is"
            await self._end(spec, service, running, recorded=recorded, refusal=refusal)

    async def _going_forward(self, spec: TaskSpec, service: str) -> DeploymentView | None:
        """The deployment that is running; one that is on its way out already is waited for."""
        while True:
            newest = await self._aws.deployments(service, most=1)
            if not newest or not newest[0].active:
                return None
            running = newest[0]
            if running.forward:
                return running
            # with nothing to go back to it may be so for ever
            limit = None if running.goes_back_to else float(spec.patience_seconds)
            stalls = Stalls(service, spec.patience_seconds)
            if not await self._observer.until_ended(running.arn, limit=limit, stalls=stalls):
                return None

    async def _end(
        self, spec: TaskSpec, service: str, running: DeploymentView, *, recorded: bool, refusal: str
    ) -> None:
        policy = spec.settings.on_in_progress
        unproven = not recorded and await self._aws.last_success(service) is None
        if unproven or policy is OnInProgress.SUPERSEDE or await self._repeats(service, running):
            self._console.say(f"{spec.service}: superseding deployment {running.name}")
            await take_back(self._aws, running.arn)
        elif policy is OnInProgress.WAIT:
            stalls = Stalls(service, spec.patience_seconds)
            if not await self._observer.until_ended(running.arn, stalls=stalls):
                await self._end_stalled(spec, running)
        else:
            raise BusyError(
                f"{spec.service}: {refusal}",
                fix="Wait for it and run `pulumi up` again, or set `rollout.on_in_progress: wait` or `supersede`.",
            )

    async def _end_stalled(self, spec: TaskSpec, running: DeploymentView) -> None:
        """End a deployment that comes to no end: one of a release, as the gate that has left it would have."""
        revision = await self._released.revision(running.target)
        definition = await self._aws.definition(revision.task_definition) if revision else None
        without = f"has made no progress for {spec.patience_seconds} s ({running.where})"
        if definition is None or definition.digest is None:
            raise BusyError(
                f"{spec.service}: deployment {running.name}, which Strata did not start, {without}",
                fix="Stop it and run `pulumi up` again, or set `rollout.on_in_progress: supersede`.",
            )
        self._console.warn(f"{spec.service}: deployment {running.name} {without}: superseding it")
        await take_back(self._aws, running.arn)

    async def _repeats(self, service: str, running: DeploymentView) -> bool:
        """Whether a deployment brings what succeeded last once more, as `--force-new-deployment` does."""
        before = await self._aws.last_success(service)
        was = await self._released.revision(before.target) if before else None
        target = await self._released.revision(running.target)
        if was is None or target is None:
            return False
        return has_parameters(
            {name: was.parameters[name] for name in STARTING_PARAMETERS if name in was.parameters}, target.parameters
        )

    async def brought_by(self, desired: DesiredRelease) -> str:
        """What brings a release without a gate, or has brought it, as a full clause; empty where nothing does."""
        service = await self._aws.service(desired.fleet)
        if service is None:
            return ""
        newest = next(iter(await self._aws.deployments(service.arn, most=1)), None)
        if newest is not None and newest.active and newest.forward:
            revision = await self._released.revision(newest.target)
            if revision is not None and await self._is_tagged(revision.task_definition, desired):
                return f"Deployment {newest.name} to {desired.image.version} is still running ({newest.where})"
        if await self._is_tagged(service.task_definition, desired):
            return f"The service launches {desired.image.version} already"
        return ""

    async def _is_tagged(self, definition: str, desired: DesiredRelease) -> bool:
        """Whether a task definition is tagged as a release, of which a preview knows nothing else yet."""
        found = await self._released.definition(definition)
        return found is not None and found.digest == desired.digest

    async def runs_only(self, rollout: TaskRollout) -> bool:
        """Whether every task runs the release already: a revert, or a change that tasks do not feel."""
        fleet = await self._observer.fleet(rollout)
        if fleet.service.empty:
            return True
        if not fleet.tasks or fleet.old or not await self._released.is_primary(rollout, fleet.service):
            return False
        return rollout.proven or not await self._has_failed(rollout)

    async def _has_failed(self, rollout: TaskRollout) -> bool:
        """Whether the newest deployment was for this release and failed: its tasks stay where nothing is to go back to.

        AWS never changes its mind about it, so that nothing but another deployment can prove them.
        """
        newest = await self._aws.deployments(rollout.release.service, most=1)
        return await failed_deployment(self._released, rollout, newest) is not None

    async def with_way_back(self, rollout: TaskRollout) -> TaskRollout:
        """A rollback goes to the last revision that completed: that must be proven, or run and be healthy at least."""
        why = await self._no_way_back(rollout) if rollout.can_roll_back else None
        if why is None:
            return rollout
        self._console.warn(f"{rollout.service}: {why}: this rollout could not be rolled back to it")
        return replace(rollout, can_roll_back=False, cure=True)

    async def _no_way_back(self, rollout: TaskRollout) -> str | None:
        completed = await self._aws.last_success(rollout.release.service)
        revision = await self._released.revision(completed.target) if completed else None
        if revision is None:
            known = await self._runs_recorded(rollout)
            return None if known else "no deployment of the service has ever succeeded"
        definition = await self._aws.definition(revision.task_definition)
        family = revision.task_definition.rpartition("/")[2]
        if definition is None or definition.status != _ACTIVE:
            return f"task definition {family}, which AWS would go back to, was deregistered"
        if rollout.recorded is not None and definition.digest == rollout.recorded.digest:
            return None
        if _runs_healthy(await self._observer.fleet(rollout), revision.task_definition):
            return None
        return f"task definition {family}, which AWS would go back to, is not proven and runs no healthy task"

    async def _runs_recorded(self, rollout: TaskRollout) -> bool:
        """Whether a service of which no success is listed is set to what is proven: AWS lists those of ninety days.

        A service that was made within them is in its list with a first deployment, which replaced nothing.
        """
        recorded, service = rollout.recorded, rollout.release.service
        if recorded is None or recorded.service != service:
            return False
        if any(not each.sources for each in await self._aws.deployments(service)):
            return False
        definition = await self._aws.definition((await self._aws.present_service(service)).task_definition)
        return definition is not None and definition.status == _ACTIVE and definition.digest == recorded.digest


async def clear_for_strategy(aws: AsyncTaskDriver, adoption: TaskAdoption, spec: TaskSpec, service_arn: str) -> None:
    """Bring a service where AWS accepts the strategy that the provider is about to set.

    From rolling to moving requests, or back, AWS goes only while no deployment is running. Rolling knows no stage at
    which a hook could wait, and a killed rollout has left one: the provider would send the new strategy beside it.

    Args:
        aws: AWS.
        adoption: deals with what is running.
        spec: how the service is to be rolled from now on.
        service_arn: ARN of the service.

    Raises:
        BusyError: a deployment is running, and the settings leave it alone.
    """
    service = await aws.service(service_arn)
    if service is None:
        return
    now, wanted = configuration_from_api(service.deployed).strategy, spec.configuration.strategy
    if now.shifts_traffic == wanted.shifts_traffic:
        return
    await adoption.clear(spec, service_arn, need=f"changes the strategy from {now} to {wanted}")
    if change := with_hooks(await aws.present_service(service_arn), ()):
        await aws.configure(service_arn, change["deploymentConfiguration"])


def _runs_healthy(fleet: TaskFleet, definition: str) -> bool:
    return any(each.task_definition == definition and each.id in fleet.healthy for each in fleet.tasks)
