"""Looks at a service deployment and the tasks of its service. The gate counts healthy tasks itself."""

from collections.abc import Sequence
from datetime import datetime

from strata.clock import Clock
from strata.durations import duration_text
from strata.errors import RolloutError
from strata.resource_hooks import Console
from strata.rollout.deployer import Observation
from strata.rollout.health_gate import Poll
from strata.rollout.tasks.async_task_driver import AsyncTaskDriver
from strata.rollout.tasks.deployment import DeploymentRules
from strata.rollout.tasks.deployment_progress import DeploymentProgress, Stalls
from strata.rollout.tasks.deployment_requests import continue_deployment
from strata.rollout.tasks.lasting_tasks import LastingTasks
from strata.rollout.tasks.released_tasks import ReleasedTasks, TaskFleet, healthy_tasks
from strata.rollout.tasks.task_spec import TaskRollout
from strata.rollout.tasks.task_views import ContainerServiceView, DeploymentView, TaskView

__all__ = ["TaskObserver"]

_CLOCK_SECONDS = 300.0
"""How far the clock of this machine may be from AWS's, which accepts no request that is signed with a greater error."""
_RUNNING = "RUNNING"
_ALL = 100


class TaskObserver:
    """One gate's view of its service.

    Args:
        aws: AWS.
        clock: time and sleep.
        console: where waiting is shown.
        released: knows what runs the release.
        poll_seconds: pause between two looks.
    """

    def __init__(
        self, aws: AsyncTaskDriver, clock: Clock, console: Console, released: ReleasedTasks, poll_seconds: float
    ) -> None:
        self._aws = aws
        self._clock = clock
        self._console = console
        self._released = released
        self._poll_seconds = poll_seconds
        self._running_since: dict[str, float] = {}
        self._returning_since: dict[str, float] = {}
        self._not_continued: dict[str, str] = {}
        """Why a deployment that waits was not continued at the last look, by its ARN."""
        self._lasting = LastingTasks()
        self._held_for: dict[str, float] = {}
        """For how many more seconds a deployment is held whose new tasks are healthy, by its ARN."""
        self._held: set[str] = set()
        """ARNs of the deployments of which was said that they are held."""

    async def observe(self, rollout: TaskRollout, deployment_arn: str, *, verified: bool = True) -> Observation:
        """Look at the deployment that carries a rollout out, and at the tasks; let it continue where it waits for that.

        One to whose tasks test requests go does not continue before they have been answered as they should.

        A rolling deployment serves by all healthy tasks. One that shifts traffic runs both revisions in full, and
        whichever has traffic must be able to serve it: tasks without traffic make up for nothing.
        """
        deployment = await self._deployment(deployment_arn)
        fleet = await self.fleet(rollout)
        failed = await self.answer_hooks(rollout, deployment, fleet, verified=verified)
        desired, healthy_new = fleet.service.desired, len(fleet.healthy & fleet.new)
        complete = healthy_new >= desired
        poll = Poll(
            at=self._clock.now(),
            going_forward=deployment.forward,
            baking=complete and (deployment.grown or not fleet.old),
            percentage=_percentage(deployment, desired, healthy_new),
            desired=desired,
            old=len(fleet.old),
            healthy_new=healthy_new,
            healthy=_serving(deployment, fleet),
            missing_alarms=await self._missing(deployment),
            failed=failed,
            takes_all=complete and (deployment.bakes or not (deployment.shifts_traffic or fleet.old)),
            tests=complete and _is_tested(rollout, deployment),
        )
        return Observation(
            poll=poll,
            total=len(fleet.tasks),
            status=self._where(deployment),
            active=deployment.active and not self._lost(rollout, deployment),
            succeeded=deployment.succeeded,
            reason=self._reason(deployment),
            started=deployment.started,
        )

    async def fleet(self, rollout: TaskRollout) -> TaskFleet:
        """The tasks as they are now.

        Between listing the tasks and describing their targets one may leave and its successor become healthy: where
        tasks seem to be missing both are asked once more, and a task counts that either look found healthy.
        """
        fleet = await self._fleet(rollout)
        if len(fleet.healthy) < fleet.service.desired:
            again = await self._fleet(rollout)
            healthy = again.healthy | (fleet.healthy & {each.id for each in again.tasks})
            fleet = TaskFleet(again.service, again.tasks, again.new, healthy)
        self._remember(rollout, fleet)
        return fleet

    async def answer_hooks(
        self, rollout: TaskRollout, deployment: DeploymentView, fleet: TaskFleet, *, verified: bool = True
    ) -> int:
        """Let a deployment that waits before it shifts traffic continue, once every new task is healthy and has lasted.

        It waits before every step of linear and canary; tasks that have lasted at one have so at the next. Where test
        requests go to them it waits for what those are answered, and at the stage of that for nothing else. If nobody
        lets it, because this gate is gone, AWS goes back by itself when the time of the hook is over.

        Returns:
            How many tasks of the release have failed, if it is never continued because of them; else 0.
        """
        self._held_for.pop(deployment.arn, None)
        if deployment.forward:
            self._not_continued.pop(deployment.arn, None)
        if not (deployment.forward and deployment.waiting_hooks):
            return 0
        desired, healthy = fleet.service.desired, fleet.healthy & fleet.new
        if failed := await self.most_failed(rollout, fleet.service, deployment.started):
            self._not_continued[deployment.arn] = f"{failed} of its tasks had failed"
            return failed
        if len(healthy) < desired:
            self._not_continued[deployment.arn] = f"{len(healthy)} of {desired} new tasks were healthy"
            return 0
        if not verified and _is_tested(rollout, deployment):
            self._not_continued[deployment.arn] = "the release was not verified yet"
        elif deployment.waits_for_tests or not self._holds(rollout, deployment, healthy):
            await self._continue(rollout, deployment, desired)
        return 0

    async def _continue(self, rollout: TaskRollout, deployment: DeploymentView, desired: int) -> None:
        for hook in deployment.waiting_hooks:
            self._console.say(
                f"{rollout.service}: {desired} of {desired} new tasks are healthy; the deployment continues "
                f"at {deployment.weight:g} % of the traffic"
            )
            await continue_deployment(self._aws, deployment.arn, hook)

    async def most_failed(self, rollout: TaskRollout, service: ContainerServiceView, since: datetime | None) -> int:
        """How many of the release's tasks failed at or after a moment, if those are more than half of the desired ones.

        A task that fails again and again has a successor that is healthy for a moment; no look tells it from one that
        works. AWS has a clock of its own for both moments.
        """
        stopped = await self._aws.tasks(service.arn, stopped=True)
        failed = [each for each in stopped if each.failed and each.stopped and since and each.stopped >= since]
        count = len(await self._released.ids_of(rollout, service, failed))
        return count if 2 * count > service.desired else 0

    def _holds(self, rollout: TaskRollout, deployment: DeploymentView, healthy: frozenset[str]) -> bool:
        """Whether healthy new tasks have not been so for long enough, which is said once."""
        seconds, now = rollout.spec.min_ready_seconds, self._clock.now()
        wait = self._lasting.wait(healthy, seconds, now)
        if wait.lasting >= wait.needed:
            return False
        for_long = f"healthy for {duration_text(seconds)}"
        self._not_continued[deployment.arn] = f"{wait.lasting} of {wait.needed} new tasks had been {for_long}"
        self._held_for[deployment.arn] = seconds if wait.ready_at is None else wait.ready_at - now
        if deployment.arn not in self._held:
            self._held.add(deployment.arn)
            self._console.say(
                f"{rollout.service}: {len(healthy)} new tasks are healthy; the deployment is held at "
                f"{deployment.weight:g} % of the traffic until they have been {for_long} without interruption"
            )
        return True

    def _remember(self, rollout: TaskRollout, fleet: TaskFleet) -> None:
        """Since when tasks are healthy: since a look of this gate, or before its first one if AWS shows that.

        A gate that adopts a deployment need not watch what has lasted already.
        """
        now, boots = self._clock.now(), rollout.spec.boot_seconds
        since = dict.fromkeys(fleet.healthy, now)
        if not self._lasting.looked:
            ran = ((each.id, _certainly_ran(each)) for each in fleet.tasks)
            booted = {name: at + boots for name, at in ran if at is not None}
            since = {each: min(now, booted.get(each, now)) for each in since}
        self._lasting.look(now, fleet.service.desired, since)

    async def until_ended(
        self, deployment_arn: str, *, limit: float | None = None, stalls: Stalls | None = None, hooks: bool = False
    ) -> bool:
        """Wait for a deployment that is not judged, such as one that another `up` left behind.

        Args:
            deployment_arn: which one.
            limit: seconds after which it is not waited for any more. Default: it is waited for.
            stalls: when it makes so little progress that it is not waited for any more. Default: never.
            hooks: whether to let it continue where it waits for that, because it goes back to what worked.

        Returns:
            Whether it has ended.
        """
        began = self._clock.now()
        progress = DeploymentProgress(began)
        while True:
            deployment = await self._deployment(deployment_arn)
            if not deployment.active:
                return True
            if limit is not None and self._clock.now() - began >= limit:
                return False
            if stalls is not None and await self._without_progress(progress, deployment, stalls) >= stalls.seconds:
                return False
            for hook in deployment.waiting_hooks if hooks else ():
                await continue_deployment(self._aws, deployment.arn, hook)
            self._console.tick(f"waiting for deployment {deployment.name} to end: {deployment.where}")
            await self._clock.sleep(self._poll_seconds)

    async def _without_progress(self, progress: DeploymentProgress, deployment: DeploymentView, of: Stalls) -> float:
        """For how many seconds a deployment has not come closer to what it brings, or goes back to."""
        revision = await self._released.revision(
            (not deployment.forward and deployment.goes_back_to) or deployment.target
        )
        tasks = await self._aws.tasks(of.service) if revision is not None else []
        definition = revision.task_definition if revision is not None else ""
        running = {each.id for each in tasks if each.status == _RUNNING and each.task_definition == definition}
        desired = (await self._aws.present_service(of.service)).desired
        return progress.look(self._clock.now(), deployment, running, desired)

    async def _fleet(self, rollout: TaskRollout) -> TaskFleet:
        service = await self._aws.present_service(rollout.release.service)
        tasks = await self._aws.tasks(service.arn)
        return TaskFleet(
            service,
            tuple(tasks),
            await self._released.ids_of(rollout, service, tasks),
            await self._healthy(service, tasks),
        )

    async def _healthy(self, service: ContainerServiceView, tasks: list[TaskView]) -> frozenset[str]:
        now = self._clock.now()
        running = [each for each in tasks if each.status == _RUNNING]
        self._running_since = {each.id: self._running_since.get(each.id, now) for each in running}
        before = now - DeploymentRules().assumed_healthy_seconds
        young = [each for each in running if self._running_since[each.id] > before and not _ran_before(each, before)]
        checked, unrouted = await self._released.checked(running), await self._released.unrouted(service, running)
        unchecked = [
            each for each in young if each.id not in checked and (each.id in unrouted or not service.target_groups)
        ]
        unsettled = {each.id for each in unchecked} - await self._approved(service, unchecked)
        return healthy_tasks(
            running,
            checked=checked,
            serving=[await self._aws.healthy_addresses(groups) for groups in service.target_groups],
            unrouted=unrouted,
            settled=lambda each: each.id not in unsettled,
        )

    async def _approved(self, service: ContainerServiceView, tasks: Sequence[TaskView]) -> frozenset[str]:
        """Ids of the tasks that ran when ECS called a deployment successful: AWS's one clock has both moments."""
        last = await self._aws.last_success(service.arn) if tasks else None
        if last is None or last.ended is None:
            return frozenset()
        return frozenset(each.id for each in tasks if each.started is not None and each.started <= last.ended)

    async def _deployment(self, arn: str) -> DeploymentView:
        found = await self._aws.deployment(arn)
        if found is None:
            raise RolloutError(
                f"AWS knows no service deployment {arn} any more",
                fix="Look at the service, then run `pulumi up` again.",
            )
        return found

    async def _missing(self, deployment: DeploymentView) -> tuple[str, ...]:
        """Alarms that gate the deployment and are not there any more."""
        if not (deployment.active and deployment.alarms):
            return ()
        found = await self._aws.alarm_states(deployment.alarms)
        return tuple(sorted(set(deployment.alarms) - found.keys()))

    def _where(self, deployment: DeploymentView) -> str:
        """How it is, and for how long it is held."""
        left = self._held_for.get(deployment.arn)
        return deployment.where if left is None else f"{deployment.where} (held for {left:.0f} s more)"

    def _reason(self, deployment: DeploymentView) -> str:
        """Why it is as it is: that the time of a hook was over does not say what the gate was waiting for."""
        why = self._not_continued.get(deployment.arn)
        if why is None or deployment.forward or not deployment.reason:
            return deployment.reason
        return f"{deployment.reason.removesuffix('.')}; the gate had not continued it: {why}"

    def _lost(self, rollout: TaskRollout, deployment: DeploymentView) -> bool:
        """Whether a deployment that goes back has nothing to go back to, and would be on its way for ever."""
        if deployment.forward or rollout.can_roll_back:
            return False
        since = self._returning_since.setdefault(deployment.arn, self._clock.now())
        return self._clock.now() - since >= rollout.spec.patience_seconds


def _is_tested(rollout: TaskRollout, deployment: DeploymentView) -> bool:
    """Whether the gate knows by which requests the new tasks can be asked before any other request reaches them."""
    return deployment.tests and bool(rollout.spec.test_headers)


def _certainly_ran(task: TaskView) -> float | None:
    """From when on a task certainly ran, whichever of the two clocks is wrong; None if it is not known to have."""
    return None if task.started is None else task.started.timestamp() + _CLOCK_SECONDS


def _ran_before(task: TaskView, moment: float) -> bool:
    ran = _certainly_ran(task)
    return ran is not None and ran <= moment


def _serving(deployment: DeploymentView, fleet: TaskFleet) -> int:
    if not deployment.shifts_traffic or deployment.succeeded:
        return len(fleet.healthy)
    counts: list[int] = []
    if deployment.weight < _ALL:
        counts.append(len(fleet.healthy - fleet.new))
    if deployment.weight > 0:
        counts.append(len(fleet.healthy & fleet.new))
    return min(counts)


def _percentage(deployment: DeploymentView, desired: int, healthy_new: int) -> int:
    if deployment.succeeded:
        return _ALL
    if deployment.shifts_traffic:
        return int(deployment.weight)
    return min(_ALL, _ALL * healthy_new // desired) if desired else 0
