"""The way back from a deployment that AWS calls successful and that did not hold: its tasks died right after.

AWS takes nothing back once a deployment has ended, so the gate deploys the revision before, with everything that
revision was made with, and waits for the end of that.
"""

from strata.clock import Clock
from strata.resource_hooks import Console
from strata.rollout.tasks.async_task_driver import AsyncTaskDriver
from strata.rollout.tasks.deployment_parameters import STARTING_PARAMETERS
from strata.rollout.tasks.deployment_requests import with_hooks
from strata.rollout.tasks.released_tasks import ReleasedTasks
from strata.rollout.tasks.task_observer import TaskObserver
from strata.rollout.tasks.task_spec import TaskRollout
from strata.rollout.tasks.task_views import DeploymentView, RevisionView

__all__ = ["TaskReturn"]

_LOOKS = 5
"""Looks at the list of deployments for the one that was started: the list is only eventually consistent."""


class TaskReturn:
    """Brings the revision before back.

    Args:
        aws: AWS.
        clock: time and sleep.
        console: where lines go.
        observer: waits for a deployment.
        released: knows what runs the release.
        poll_seconds: pause between two looks.
    """

    def __init__(
        self,
        aws: AsyncTaskDriver,
        clock: Clock,
        console: Console,
        observer: TaskObserver,
        released: ReleasedTasks,
        poll_seconds: float,
    ) -> None:
        self._aws = aws
        self._clock = clock
        self._console = console
        self._observer = observer
        self._released = released
        self._poll_seconds = poll_seconds

    async def go_back(self, rollout: TaskRollout) -> str:
        """Deploy the newest revision that succeeded before the release; gives what became of it, for a message."""
        service = rollout.release.service
        before = await self._before(rollout, await self._aws.deployments(service))
        if before is None:
            return "there is no release before it to go back to"
        family = before.task_definition.rpartition("/")[2]
        self._console.warn(f"{rollout.service}: going back to task definition {family}, which AWS does not do any more")
        known = {each.arn for each in await self._aws.deployments(service)}
        parameters = {name: before.parameters[name] for name in STARTING_PARAMETERS if before.parameters.get(name)}
        # what worked must not wait for a gate that may be gone by then
        parameters |= with_hooks(await self._aws.present_service(service), ())
        # the same again starts no second deployment, so an answer that is lost does no harm
        await self._aws.save(service, parameters)
        for _ in range(_LOOKS):
            newest = await self._aws.deployments(service, most=1)
            if newest and newest[0].arn not in known:
                return await self._ended(rollout, newest[0], family)
            await self._clock.sleep(self._poll_seconds)
        return f"AWS started no deployment of task definition {family}, which ran before"

    async def _ended(self, rollout: TaskRollout, deployment: DeploymentView, family: str) -> str:
        limit = float(rollout.spec.patience_seconds + rollout.spec.pause_seconds)
        if not await self._observer.until_ended(deployment.arn, limit=limit, hooks=True):
            return f"the deployment back to task definition {family} still runs"
        found = await self._aws.deployment(deployment.arn)
        ended = found.status if found else "unknown"
        return f"the gate has deployed task definition {family}, which ran before: {ended}"

    async def _before(self, rollout: TaskRollout, deployments: list[DeploymentView]) -> RevisionView | None:
        ours: DeploymentView | None = None
        for each in deployments:
            if await self._released.brings(rollout, each):
                ours = each
            elif each.succeeded:
                return await self._released.revision(each.target)
        # AWS lists the deployments of ninety days; what the first of ours replaced was proven then
        return await self._released.revision(ours.sources[0]) if ours is not None and ours.sources else None
