"""Rolls tasks: the deployer of a service of Amazon ECS, by service deployment."""

from collections.abc import Mapping, Sequence
from typing import Any

from strata.clock import Clock
from strata.durations import duration_text
from strata.errors import RolloutError
from strata.resource_hooks import Console
from strata.rollout.deployer import Observation, Outcome, Running
from strata.rollout.gated_service import DesiredRelease
from strata.rollout.messages import describe_retry, how_to_retry, reason_of
from strata.rollout.preflight_findings import PreflightFinding, PreflightSeverity, heed
from strata.rollout.record import ImageRef, TaskRelease
from strata.rollout.run_once.passed_image import say_passed
from strata.rollout.tasks import task_deferral
from strata.rollout.tasks.async_task_driver import AsyncTaskDriver
from strata.rollout.tasks.container_scans import find_scan_findings, look_at_scans, wait_for_scans
from strata.rollout.tasks.deployment import DeploymentStatus
from strata.rollout.tasks.deployment_plan import DeploymentPlan
from strata.rollout.tasks.deployment_requests import (
    hooks_of,
    lead_new_rules,
    parameters_of,
    start_deployment,
    stop_deployment,
    with_hooks,
)
from strata.rollout.tasks.image_keeping import keep_released_images
from strata.rollout.tasks.image_presence import find_absent, look_for_images
from strata.rollout.tasks.once_task import OnceTask, launch_of_inputs, run_before_rollout
from strata.rollout.tasks.released_tasks import ReleasedTasks
from strata.rollout.tasks.shared_manifests import find_revoked_parts
from strata.rollout.tasks.task_adoption import TaskAdoption, clear_for_strategy
from strata.rollout.tasks.task_facts import TaskFacts, gather_task_facts
from strata.rollout.tasks.task_observer import TaskObserver
from strata.rollout.tasks.task_preflight import check_tasks, undeployable
from strata.rollout.tasks.task_preview import failed_deployment, task_preview_lines
from strata.rollout.tasks.task_proof import ALREADY, TaskProof
from strata.rollout.tasks.task_return import TaskReturn
from strata.rollout.tasks.task_spec import TaskRollout, TaskSpec
from strata.rollout.tasks.task_trouble import last_trouble
from strata.rollout.tasks.task_views import ContainerServiceView
from strata.settings.models import AlarmGate

__all__ = ["TaskDeployer"]

ENDS = {
    DeploymentStatus.ROLLBACK_SUCCESSFUL: "was rolled back",
    DeploymentStatus.ROLLBACK_FAILED: "failed, and so did its rollback",
    DeploymentStatus.STOPPED: "was stopped; the service is mixed",
}
"""What became of a rollout that did not succeed."""


class TaskDeployer:
    """Carries out the rollouts of one service on Amazon ECS, see `Deployer`.

    The id of a rollout is the ARN of its service deployment.

    Args:
        aws: AWS.
        clock: time and sleep.
        console: where progress goes.
        poll_seconds: pause between two looks at AWS.
    """

    def __init__(self, aws: AsyncTaskDriver, clock: Clock, console: Console, poll_seconds: float) -> None:
        self._aws = aws
        self._clock = clock
        self._console = console
        self._poll_seconds = poll_seconds
        self._released = ReleasedTasks(aws)
        self.observer = TaskObserver(aws, clock, console, self._released, poll_seconds)
        self._adoption = TaskAdoption(aws, console, self.observer, self._released)
        self._proof = TaskProof(aws, clock, console, self.observer, self._released, poll_seconds)
        self._once = OnceTask(aws, clock, console, poll_seconds)
        self._return = TaskReturn(aws, clock, console, self.observer, self._released, poll_seconds)

    @property
    def aws(self) -> AsyncTaskDriver:
        """AWS."""
        return self._aws

    async def plan(
        self,
        spec: TaskSpec,
        recorded: TaskRelease | None,
        *,
        image: ImageRef | None,
        digest: str | None,
        sidecars: Mapping[str, ImageRef] | None = None,
    ) -> list[str]:
        await say_passed(self._aws, self._console, spec, recorded, image, digest)
        return await task_preview_lines(self._aws, spec, recorded, image=image, digest=digest, sidecars=sidecars)

    async def kept_value(self, spec: TaskSpec, desired: DesiredRelease, value: str | None) -> str | None:
        return await task_deferral.kept_task_value(self._aws, self._clock, self._console, spec, desired, value)

    async def judge(
        self, spec: TaskSpec, image: ImageRef, sidecars: Mapping[str, ImageRef], *, previews: bool
    ) -> Sequence[PreflightFinding]:
        images = (image, *sidecars.values())
        # what is to be built may not be there when its preview looks
        yet_to_come = previews and spec.terms is not None and spec.terms.fresh
        presence = [] if yet_to_come else await self._presence(images)
        if any(each.severity is PreflightSeverity.REFUSE for each in presence):
            # what is not there has no scan either, and none could be started
            return presence
        if not previews:
            await self._wait_for_scans(spec, images)
        looks = await self._aws(look_at_scans, self._aws.driver, spec.terms, images, frozenset[str]())
        shared = await self._aws(find_revoked_parts, self._aws.driver, images)
        scanned = find_scan_findings(looks, spec.terms, self._clock.now(), previews=previews)
        return [*presence, *shared, *scanned]

    async def _presence(self, images: Sequence[ImageRef]) -> Sequence[PreflightFinding]:
        references = [each.id for each in images]
        return list(find_absent(await self._aws(look_for_images, self._aws.driver, references)))

    async def _wait_for_scans(self, spec: TaskSpec, images: Sequence[ImageRef]) -> None:
        await wait_for_scans(
            self._aws, self._clock, self._console, spec.service, spec.terms, images, poll_seconds=self._poll_seconds
        )

    async def judge_name(
        self, spec: TaskSpec, image: ImageRef, recorded: TaskRelease | None, digest: str
    ) -> Sequence[PreflightFinding]:
        """Nothing: an image is its digest, and what else the catalogue has as its version is among the verdicts."""
        del spec, image, recorded, digest
        return ()

    async def brought_by(self, desired: DesiredRelease) -> str:
        return await self._adoption.brought_by(desired)

    async def made_newest(self, service: str, release: TaskRelease) -> TaskRelease:
        newest = await self._aws.newest_definition(release.task_definition)
        launched = await self._aws.definition(release.task_definition)
        if launched is None or (newest is not None and release.launched_by(release.by(newest.arn)) == release):
            return release
        if newest is not None and (newest.launches, newest.tags) == (launched.launches, launched.tags):
            return release.by(newest.arn)
        made = await self._aws.copy_definition(launched)
        self._console.say(
            f"{service}: task definition {made.rpartition('/')[2]} launches what "
            f"{release.task_definition.rpartition('/')[2]} does"
        )
        return release.by(made)

    async def is_there(self, release: TaskRelease) -> bool:
        found = await self._aws.definition(release.task_definition)
        return found is not None and found.status == "ACTIVE" and found.digest == release.digest

    # adopt

    async def launches(self, rollout: TaskRollout) -> bool:
        await self._deployable_service(rollout)
        return await self._proof.launches(rollout)

    async def adopt(self, rollout: TaskRollout) -> Running:
        await self._deployable_service(rollout)
        adopted = await self._adoption.settle(rollout)
        if adopted is not None:
            return Running(adopted, current=False)
        return Running(None, current=await self._adoption.runs_only(rollout))

    async def with_way_back(self, rollout: TaskRollout) -> TaskRollout:
        return await self._adoption.with_way_back(rollout)

    # start

    async def preflight(self, rollout: TaskRollout) -> TaskFacts:
        deployments = tuple(await self._aws.deployments(rollout.release.service))
        failed = await failed_deployment(self._released, rollout, deployments)
        fleet = await self.observer.fleet(rollout)
        await self._wait_for_scans(rollout.spec, rollout.new_images)
        facts = await gather_task_facts(self._aws, rollout, fleet, deployments, failed, now=self._clock.now())
        if failed is not None:
            self._console.say(describe_retry(rollout.service, rollout.release.image, failed))
        self._refuse(rollout, check_tasks(rollout, facts))
        return facts

    async def run_before(self, rollout: TaskRollout) -> None:
        await run_before_rollout(self._once, rollout)

    async def run_before_first(
        self, spec: TaskSpec, inputs: Mapping[str, Any], *, image: ImageRef, digest: str
    ) -> None:
        await self._once.run(spec, image, digest, launch_of_inputs(inputs))

    async def start(self, rollout: TaskRollout, ready: TaskFacts) -> str:
        firing = {name for name, (state, _) in ready.alarms.items() if state == "ALARM"}
        if rollout.spec.settings.alarms is AlarmGate.IGNORE_ONCE and firing:
            # ECS leaves out an alarm that is in ALARM at the start by itself
            self._console.warn(f"{rollout.service}: ignoring {', '.join(sorted(firing))} for this rollout")
        await lead_new_rules(self._aws, rollout, ready.fleet.service, ready.weights)
        deployment = await start_deployment(
            self._aws,
            self._clock,
            self._released,
            rollout,
            service=ready.fleet.service,
            before={each.arn for each in ready.deployments},
            forced=await self._released.is_primary(rollout, ready.fleet.service),
            poll_seconds=self._poll_seconds,
        )
        self._console.say(
            f"{rollout.service}: rolling to {rollout.release.contents} as deployment {deployment.rpartition('/')[2]}; "
            f"press Ctrl-C twice to stop watching, {_unwatched(rollout, ready.plan)}"
        )
        return deployment

    async def _deployable_service(self, rollout: TaskRollout) -> ContainerServiceView:
        service = await self._aws.present_service(rollout.release.service)
        self._refuse(rollout, list(undeployable(service)))
        return service

    def _refuse(self, rollout: TaskRollout, findings: Sequence[PreflightFinding]) -> None:
        heed(findings, self._console, rollout.service, f"the rollout to {rollout.release.image} must not start")

    # watch

    async def observe(self, rollout: TaskRollout, rollout_id: str, *, verified: bool = True) -> Observation:
        return await self.observer.observe(rollout, rollout_id, verified=verified)

    async def stop(self, rollout: TaskRollout, rollout_id: str) -> None:
        await stop_deployment(self._aws, rollout, rollout_id, self._console)

    async def go_back(self, rollout: TaskRollout) -> str:
        return await self._return.go_back(rollout)

    # verify

    async def verify(self, rollout: TaskRollout, outcome: Outcome) -> None:
        last, image = outcome.last, rollout.release.image
        await self._take_hooks_off(rollout)
        if last.succeeded:
            try:
                if not rollout.proven:
                    await self._proof.hold(rollout)
                await self._proof.last_look(rollout, claim="AWS reports success", ran=outcome.ran)
            except RolloutError as error:
                raise await self._did_not_hold(rollout, error, last) from error
            self._console.say(
                f"{rollout.service}: rolled to {image}, never fewer than {outcome.lowest_healthy} healthy tasks"
            )
            return
        trouble = await last_trouble(self._aws, self._released, rollout, last.started)
        status = DeploymentStatus(last.status.partition(" ")[0])
        end = ENDS.get(status, f"is left {last.status}: AWS cannot go back")
        if status is DeploymentStatus.ROLLBACK_FAILED and not rollout.can_roll_back:
            end = "failed, with no release to go back to"
        raise RolloutError(
            f"{rollout.service}: the rollout to {image} {end}: {outcome.reason}{trouble}{outcome.details}",
            fix=how_to_retry(rollout.recorded),
        )

    async def _take_hooks_off(self, rollout: TaskRollout) -> None:
        """Nobody answers a hook from now on: a deployment that somebody else starts must not wait for that."""
        try:
            service = await self._aws.present_service(rollout.release.service)
            if change := with_hooks(service, ()):
                await self._aws.configure(service.arn, change["deploymentConfiguration"])
        except Exception as error:  # noqa: BLE001 - whatever it is, what became of the rollout is worth more
            self._console.warn(
                f"{rollout.service}: the service keeps a PAUSE hook, at which every deployment waits that no `pulumi "
                f"up` starts, and goes back; the next rollout takes it off: {reason_of(error)}"
            )

    async def _did_not_hold(self, rollout: TaskRollout, error: RolloutError, last: Observation) -> RolloutError:
        """AWS has called a deployment successful whose tasks did not stay healthy: nothing but the gate goes back."""
        trouble = await last_trouble(self._aws, self._released, rollout, last.started)
        service = await self._aws.present_service(rollout.release.service)
        ours = await self._released.is_primary(rollout, service)
        wanted = rollout.spec.goes_back and rollout.can_roll_back and not rollout.proven
        if not (ours and wanted):
            return RolloutError(f"{error.message}{trouble}", fix=error.fix)
        back = await self._return.go_back(rollout)
        return RolloutError(f"{error.message}; {back}{trouble}", fix=error.fix)

    async def verify_current(self, rollout: TaskRollout) -> bool:
        """That tasks were started for a release does not prove it."""
        await self._take_hooks_off(rollout)
        service = await self._aws.present_service(rollout.release.service)
        if service.empty and rollout.proven and not await self._released.is_primary(rollout, service):
            # no task is replaced, and the next one is to run this release
            await self._aws.save(service.arn, {**parameters_of(rollout), **with_hooks(service, ())})
        if not rollout.proven:
            await self._proof.wait(rollout)
        return await self._proof.last_look(rollout, claim=ALREADY)

    async def verify_launched(self, rollout: TaskRollout) -> None:
        await self._take_hooks_off(rollout)
        await self._proof.wait(rollout)
        await self._proof.last_look(rollout, claim="its tasks are healthy")

    async def keep(self, rollout: TaskRollout) -> None:
        await keep_released_images(self._aws, self._console, rollout)

    # a change, and the deletion, of the service

    async def prepare_change(self, spec: TaskSpec, name: str) -> None:
        await clear_for_strategy(self._aws, self._adoption, spec, name)

    async def hold(self, name: str, *, protect: bool) -> None:
        """Nothing: ECS has no deletion protection that could be set.

        What refuses an accident is AWS's own rule that a service which wants tasks is deleted by force only, which a
        container service never uses, and Pulumi's `protect`.
        """

    async def tidy(self, spec: TaskSpec, name: str) -> None:
        """Nothing: what ECS keeps of a stopped task ends by itself."""

    async def hold_again(self, service: str, name: str) -> None:
        """Nothing, as for `hold`."""


def _unwatched(rollout: TaskRollout, plan: DeploymentPlan) -> str:
    """What AWS does with a rollout that nobody watches any more."""
    waits = [hook.timeout_minutes for hook in hooks_of(rollout)] if plan.hooks else []
    if not waits:
        return "AWS goes on"
    minutes = duration_text(60 * min(waits))
    return f"AWS then waits {minutes} for the next `pulumi up` before it moves requests, and goes back without one"
