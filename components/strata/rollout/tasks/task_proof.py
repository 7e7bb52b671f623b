"""What proves a release of tasks: at least one healthy task that ran it. Nothing is true of an empty service."""

from strata.clock import Clock
from strata.errors import BusyError, RolloutError
from strata.resource_hooks import Console
from strata.rollout.health_gate import POLLS_UNDER_FLOOR
from strata.rollout.messages import how_to_leave, how_to_retry, not_proven
from strata.rollout.preflight_findings import MAKE_AGAIN
from strata.rollout.spec import share
from strata.rollout.tasks.async_task_driver import AsyncTaskDriver
from strata.rollout.tasks.deployment import MonitorStatus
from strata.rollout.tasks.deployment_requests import stop_deployment
from strata.rollout.tasks.released_tasks import ReleasedTasks, TaskFleet, addresses_of
from strata.rollout.tasks.task_observer import TaskObserver
from strata.rollout.tasks.task_spec import TaskRollout
from strata.rollout.tasks.task_trouble import last_trouble
from strata.rollout.tasks.task_views import DeploymentView

__all__ = ["ALREADY", "TaskProof"]


ALREADY = "every task runs it already"
"""What is claimed where nothing had to be replaced."""


class TaskProof:
    """Waits for tasks that prove a release, and looks once more before the record is written.

    Args:
        aws: AWS.
        clock: time and sleep.
        console: where progress goes.
        observer: looks at tasks.
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

    async def launches(self, rollout: TaskRollout) -> bool:
        """Whether the service itself is bringing this release, or has brought it, and did not fail to."""
        newest = await self._aws.deployments(rollout.release.service, most=1)
        if not newest or not await self._released.brings(rollout, newest[0]):
            return False
        return newest[0].forward or newest[0].succeeded

    async def wait(self, rollout: TaskRollout) -> None:
        """Wait until every task the service wants is healthy and its deployment is over, while there is progress.

        Where there is none the deployment is stopped: ECS would start tasks that fail until somebody stops it.

        Raises:
            RolloutError: it failed, no further task became healthy in time, or the service wants none.
        """
        best, since = -1, self._clock.now()
        limit = rollout.spec.patience_seconds
        while True:
            fleet = await self._observer.fleet(rollout)
            deployment = await self._own_deployment(rollout)
            now, desired = self._clock.now(), fleet.service.desired
            if fleet.service.empty:
                if rollout.proven:
                    return
                raise not_proven(rollout, "the service wants no task")
            failed = await self._observer.answer_hooks(rollout, deployment, fleet) if deployment is not None else 0
            ready = len(fleet.healthy & fleet.new)
            over = deployment is None or not deployment.active
            if over and deployment is not None and not deployment.succeeded:
                raise await self._failed(rollout, deployment, f"ended {deployment.status}: {deployment.reason}")
            if over and ready >= desired:
                self._console.say(f"{rollout.service}: {ready} of {desired} tasks healthy on {rollout.release.image}")
                return
            since += self._aws.take_waited()
            if ready > best or (ready >= desired and not over):
                best, since = max(ready, best), now
            tripped = deployment is not None and deployment.breaker == MonitorStatus.TRIGGERED
            if tripped or failed or now - since >= limit:
                counted = f"{ready} of {desired} tasks became healthy on {rollout.release.image}"
                why = f"{failed} have failed" if failed else f"no further one within {limit} s"
                why = "the circuit breaker has tripped" if tripped else why
                error = await self._failed(rollout, deployment, f"{counted}, and {why}")
                if deployment is not None and deployment.forward:
                    await stop_deployment(self._aws, rollout, deployment.arn, self._console)
                raise error
            self._console.tick(f"{rollout.service}: {ready} of {desired} tasks healthy")
            await self._clock.sleep(self._poll_seconds)

    async def hold(self, rollout: TaskRollout) -> None:
        """Watch the new tasks a while after the success: most of them must not fail.

        What failed since ECS was content counts, although nobody had looked yet: a task that dies soon after its first
        healthy moment has a successor that is healthy again by the time of a look.

        Raises:
            RolloutError: they do, or too few are healthy twice in a row.
        """
        seconds = rollout.spec.hold_seconds
        end, under = self._clock.now() + seconds, 0
        while True:
            fleet = await self._observer.fleet(rollout)
            end += self._aws.take_waited()
            deployment = await self._own_deployment(rollout)
            if fleet.service.empty or deployment is None:
                # the last look reports what is there instead
                return
            healthy = fleet.healthy & fleet.new
            if failed := await self._observer.most_failed(rollout, fleet.service, deployment.ended):
                why = f"{failed} tasks, of {fleet.service.desired} desired, failed since ECS was content"
                raise not_proven(rollout, why, how_to_retry(rollout.recorded))
            floor = share(fleet.service.desired, rollout.spec.settings.min_healthy_percent)
            under = under + 1 if len(healthy) < floor else 0
            if under >= POLLS_UNDER_FLOOR:
                why = f"{len(healthy)} healthy, under the floor of {floor}"
                raise not_proven(rollout, why, how_to_retry(rollout.recorded))
            left = end - self._clock.now()
            if left <= 0:
                return
            self._console.tick(f"{rollout.service}: {len(healthy)} new tasks healthy, watched for {left:.0f} s more")
            await self._clock.sleep(min(self._poll_seconds, left))

    async def last_look(self, rollout: TaskRollout, *, claim: str, ran: bool = False) -> bool:
        """What runs, right before the record is written: the record names it, or there is no record.

        Args:
            rollout: the rollout.
            claim: what shows that it is done, for messages.
            ran: whether a healthy task of it has been seen already; good for a service that is scaled to zero since.

        Returns:
            Whether any task runs it.

        Raises:
            RolloutError: something else runs or would be launched, or no healthy task runs the release.
            BusyError: somebody else's deployment is running.
        """
        newest = await self._aws.deployments(rollout.release.service, most=1)
        if newest and newest[0].active and not await self._released.brings(rollout, newest[0]):
            raise BusyError(
                f"{rollout.service}: {claim}, but deployment {newest[0].name} of another release has begun since; "
                "the record is left as it is",
                fix="Find out who started it; when it has ended, run `pulumi up` again.",
            )
        fleet = await self._observer.fleet(rollout)
        if fleet.old or not await self._released.is_primary(rollout, fleet.service):
            raise RolloutError(
                f"{rollout.service}: {claim}, but {len(fleet.old)} tasks do not run {rollout.release.image} and the "
                f"service launches {fleet.service.task_definition.rpartition('/')[2]}",
                fix="Look at the service, then run `pulumi up` again.",
            )
        if fleet.healthy & fleet.new or (not fleet.service.desired and (ran or rollout.proven)):
            await self._requests_reach(rollout, fleet)
            return bool(fleet.new)
        if rollout.proven and claim == ALREADY:
            return bool(fleet.new)
        raise not_proven(rollout, "no healthy task runs it")

    async def _requests_reach(self, rollout: TaskRollout, fleet: TaskFleet) -> None:
        """That a task is healthy in a target group without traffic proves nothing of who serves."""
        service = fleet.service
        if not service.desired:
            return
        routing = await self._aws.routing(service.rules, service.every_target_group)
        if routing.gone:
            raise not_proven(rollout, "; ".join(routing.gone), MAKE_AGAIN)
        addresses = addresses_of(fleet.tasks, fleet.healthy)
        for weighted in service.with_requests(routing.weights):
            if weighted and not any(routing.healthy_in(each) & addresses for each in weighted):
                raise not_proven(
                    rollout,
                    f"the requests go to target group {weighted[0]}, where no task is healthy",
                    f"Give the target group that the tasks are in a weight of 100 in listener rule "
                    f"{fleet.service.rules[0]}, then run `pulumi up` again.",
                )

    async def _own_deployment(self, rollout: TaskRollout) -> DeploymentView | None:
        newest = await self._aws.deployments(rollout.release.service, most=1)
        return newest[0] if newest and await self._released.brings(rollout, newest[0]) else None

    async def _failed(self, rollout: TaskRollout, deployment: DeploymentView | None, what: str) -> RolloutError:
        trouble = await last_trouble(self._aws, self._released, rollout, deployment.started if deployment else None)
        leave = f" {how_to_leave(rollout.recorded)}." if rollout.recorded else ""
        return RolloutError(
            f"{rollout.service}: {what}{trouble}", fix=f"Pin an image that works and run `pulumi up` again.{leave}"
        )
