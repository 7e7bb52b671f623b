"""Rolls servers: the deployer of an Auto Scaling group, by instance refresh."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pulumi

from strata.aws.outage import describe_failure
from strata.clock import Clock
from strata.errors import RolloutError
from strata.resource_hooks import Console
from strata.rollout.aws_calls import GOES_ON
from strata.rollout.deployer import Observation, Outcome, Running
from strata.rollout.gated_service import DesiredRelease
from strata.rollout.messages import describe_retry, how_to_retry
from strata.rollout.preflight_findings import PreflightFinding, heed
from strata.rollout.record import ImageRef, ServerRelease
from strata.rollout.run_once.passed_image import say_passed
from strata.rollout.servers import server_deferral
from strata.rollout.servers.adoption import Adoption
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.copied_machines import find_revoked_copies
from strata.rollout.servers.ended_glass import close_ended
from strata.rollout.servers.failed_server import FailedServer
from strata.rollout.servers.findings import failed_before, unrollable
from strata.rollout.servers.kept_servers import end_over
from strata.rollout.servers.machine_trust import look_at_machine, look_at_name
from strata.rollout.servers.observer import Observer
from strata.rollout.servers.once_server import OnceServer, end_left, launch_of_inputs, run_before_rollout
from strata.rollout.servers.preferences import preferences_for
from strata.rollout.servers.preflight import check
from strata.rollout.servers.preflight_facts import PreflightFacts, gather
from strata.rollout.servers.proof import Proof
from strata.rollout.servers.refresh import Status
from strata.rollout.servers.refresh_requests import start_refresh, stop_rollout
from strata.rollout.servers.server_plan import preview_lines
from strata.rollout.servers.server_return import ServerReturn
from strata.rollout.servers.server_spec import ServerRollout, ServerSpec
from strata.rollout.servers.views import GroupView
from strata.settings.models import AlarmGate

__all__ = ["HELD", "RELEASED", "ServerDeployer"]

HELD = "prevent-all-deletion"
RELEASED = "none"
"""Values of DeletionProtection (CreateAutoScalingGroup)."""

FIRST_ALARM_STATE_SECONDS = 300
"""How long a preflight waits for an alarm's first state: CloudWatch evaluates a new alarm within a few periods."""

ENDS = {
    Status.ROLLBACK_SUCCESSFUL: "was rolled back",
    Status.ROLLBACK_FAILED: "failed, and so did its rollback",
    Status.CANCELLED: "was cancelled; the fleet is mixed",
    Status.FAILED: "failed; the fleet is mixed",
}
"""What became of a rollout that did not succeed."""

_RETURNED = frozenset({Status.ROLLBACK_SUCCESSFUL, Status.ROLLBACK_FAILED})
"""Ends before which AWS has ended servers of the new release."""


class ServerDeployer:
    """Carries out the rollouts of one service on an Auto Scaling group, see `Deployer`.

    Args:
        aws: AWS.
        clock: time and sleep.
        console: where progress goes.
        poll_seconds: pause between two looks at AWS.
    """

    def __init__(self, aws: AsyncDriver, clock: Clock, console: Console, poll_seconds: float) -> None:
        self._aws = aws
        self._clock = clock
        self._console = console
        self._poll_seconds = poll_seconds
        self.observer = Observer(aws, clock, console, poll_seconds)
        self._heartbeat = self.observer.heartbeat
        self._adoption = Adoption(aws, console, self.observer)
        self._proof = Proof(aws, clock, console, self.observer, poll_seconds)
        self._return = ServerReturn(aws, console, self.observer)
        self._once = OnceServer(aws, clock, console, poll_seconds)
        self._failed = FailedServer(aws, clock, console, self.observer, poll_seconds)

    @property
    def aws(self) -> AsyncDriver:
        """AWS."""
        return self._aws

    async def plan(
        self,
        spec: ServerSpec,
        recorded: ServerRelease | None,
        *,
        image: ImageRef | None,
        digest: str | None,
        sidecars: Mapping[str, ImageRef] | None = None,
    ) -> list[str]:
        del sidecars  # servers have none
        await say_passed(self._aws, self._console, spec, recorded, image, digest)
        return await preview_lines(self._aws, spec, recorded, image=image, digest=digest)

    async def kept_value(self, spec: ServerSpec, desired: DesiredRelease, value: str | None) -> str | None:
        return await server_deferral.kept_value(self._aws, self._clock, self._console, spec, desired, value)

    async def judge(
        self, spec: ServerSpec, image: ImageRef, sidecars: Mapping[str, ImageRef], *, previews: bool
    ) -> Sequence[PreflightFinding]:
        del sidecars, previews  # servers have none, and Inspector's results are those of the baking account
        now = self._clock.now()
        copied = await self._aws(find_revoked_copies, self._aws.driver, image)
        trust = await self._aws(look_at_machine, self._aws.driver, spec.record, image, None, spec.terms, now=now)
        return (*copied, *trust)

    async def judge_name(
        self, spec: ServerSpec, image: ImageRef, recorded: ServerRelease | None, digest: str
    ) -> Sequence[PreflightFinding]:
        return await self._aws(look_at_name, self._aws.driver, spec.record, image, recorded, spec.terms, digest=digest)

    async def brought_by(self, desired: DesiredRelease) -> str:
        return await self._adoption.brought_by(desired)

    async def made_newest(self, service: str, release: ServerRelease) -> ServerRelease:
        number, newest = await self._aws.newest_version(release.template)
        if number <= release.template_version:
            return release
        launched = await self._aws.template_data(release.template, str(release.template_version))
        if newest != launched:
            number = await self._aws.copy_version(release.template, release.template_version)
            self._console.say(
                f"{service}: version {number} of the launch template launches what version "
                f"{release.template_version} does"
            )
        return replace(release, template_version=number)

    async def is_there(self, release: ServerRelease) -> bool:
        version = str(release.template_version)
        digests = await self._aws.release_digests(release.template, [version], model=None)
        return digests.get(version) == release.digest

    # adopt

    async def launches(self, rollout: ServerRollout) -> bool:
        group = await self._rollable_group(rollout)
        return await self._proof.launches(rollout, group)

    async def adopt(self, rollout: ServerRollout) -> Running:
        await self._rollable_group(rollout)
        self._heartbeat.expect(rollout)
        adopted = await self._adoption.settle(rollout)
        if adopted is not None:
            return Running(adopted, current=False)
        # what settling waited for may have changed the servers
        fleet = await self._aws.fleet(rollout.release.group)
        return Running(None, current=await self._adoption.runs_only(rollout, fleet.group))

    async def with_way_back(self, rollout: ServerRollout) -> ServerRollout:
        fleet = await self._aws.fleet(rollout.release.group)
        return self._heartbeat.bound(await self._adoption.with_way_back(rollout, fleet))

    # start

    async def preflight(self, rollout: ServerRollout) -> PreflightFacts:
        fleet = await self._aws.fleet(rollout.release.group)
        refreshes = tuple(await self._aws.refreshes(fleet.group.name))
        await self._first_alarm_states(rollout)
        await self._heartbeat.until_ok(rollout)
        facts = await gather(self._aws, rollout, fleet, refreshes, now=self._clock.now())
        if failed := failed_before(rollout, facts.refreshes, facts.digests):
            self._console.say(describe_retry(rollout.service, rollout.release.image, failed))
        self._refuse(rollout, check(rollout, facts))
        return facts

    async def run_before(self, rollout: ServerRollout) -> None:
        if rollout.spec.before is not None:
            group = await self._aws.present_group(rollout.release.group)
            await run_before_rollout(self._once, rollout, group.subnets)

    async def run_before_first(
        self, spec: ServerSpec, inputs: Mapping[str, Any], *, image: ImageRef, digest: str
    ) -> None:
        await self._once.run(spec, image, digest, launch_of_inputs(inputs))

    async def start(self, rollout: ServerRollout, ready: PreflightFacts) -> str:
        firing = {name for name, (state, _) in ready.alarms.items() if state != "OK"}
        watched = tuple(name for name in rollout.alarms if name in ready.alarms and name not in firing)
        if rollout.spec.settings.alarms is AlarmGate.IGNORE_ONCE and firing:
            self._console.warn(f"{rollout.service}: ignoring {', '.join(sorted(firing))} for this rollout")
        wanted = preferences_for(
            rollout.spec,
            alarms=watched,
            can_roll_back=rollout.can_roll_back,
            skip_matching=not rollout.worn,
            keeps_standby=ready.keeps_standby,
            keeps_protected=ready.keeps_protected,
        )
        refresh = await start_refresh(self._aws, rollout, wanted, before={each.id for each in ready.refreshes})
        unwatched = "AWS goes on" if self._aws.unwatched == GOES_ON else f"it {self._aws.unwatched}"
        self._console.say(
            f"{rollout.service}: rolling to {rollout.release.image} as refresh {refresh}; "
            f"press Ctrl-C twice to stop watching, {unwatched}"
        )
        return refresh

    async def _rollable_group(self, rollout: ServerRollout) -> GroupView:
        group = await self._aws.present_group(rollout.release.group)
        self._refuse(rollout, list(unrollable(rollout, group)))
        return group

    def _refuse(self, rollout: ServerRollout, findings: Sequence[PreflightFinding]) -> None:
        heed(findings, self._console, rollout.service, f"the rollout to {rollout.release.image} must not start")

    async def _first_alarm_states(self, rollout: ServerRollout) -> None:
        """A new alarm has no state for a while, and AWS starts nothing until it has."""
        if rollout.spec.settings.alarms is AlarmGate.OFF:
            return
        deadline = self._clock.now() + FIRST_ALARM_STATE_SECONDS
        while self._clock.now() < deadline:
            states = await self._aws.alarm_states(rollout.alarms)
            deadline += self._aws.take_waited()
            waiting = sorted(name for name, (state, _) in states.items() if state == "INSUFFICIENT_DATA")
            if not waiting:
                return
            self._console.tick(f"{rollout.service}: waiting for the first state of {', '.join(waiting)}")
            await self._clock.sleep(self._poll_seconds)

    # watch

    async def observe(self, rollout: ServerRollout, rollout_id: str, *, verified: bool = True) -> Observation:
        """No test requests go to servers: nothing of their refresh waits for these."""
        del verified
        seen = await self.observer.observe(rollout, rollout_id)
        if not seen.poll.going_forward and not seen.succeeded:
            # AWS goes back by itself too
            await self._failed.arm(rollout)
            await self._failed.look(rollout)
        return seen

    async def stop(self, rollout: ServerRollout, rollout_id: str) -> None:
        await self._failed.arm(rollout)
        await stop_rollout(self._aws, rollout, rollout_id, self._console)

    async def go_back(self, rollout: ServerRollout) -> str:
        return await self._return.go_back(rollout)

    # verify

    async def verify(self, rollout: ServerRollout, outcome: Outcome) -> None:
        last, image = outcome.last, rollout.release.image
        if last.succeeded:
            await self._proof.last_look(rollout, claim="AWS reports success", ran=outcome.ran)
            await self._save_number(rollout.release)
            self._console.say(
                f"{rollout.service}: rolled to {image}, never fewer than {outcome.lowest_healthy} healthy servers"
            )
            return
        trouble = await self.observer.last_trouble(rollout.release.group, last.started)
        trouble += await self._failed.told(rollout, returned=Status(last.status) in _RETURNED)
        trouble += await self.observer.last_console()
        raise RolloutError(
            f"{rollout.service}: the rollout to {image} {ENDS[Status(last.status)]}: {outcome.reason}{trouble}"
            f"{outcome.details}",
            fix=how_to_retry(rollout.recorded),
        )

    async def verify_current(self, rollout: ServerRollout) -> bool:
        """That servers were launched for a release does not prove it."""
        if not rollout.proven:
            await self._proof.wait(rollout)
        await self._save_number(rollout.release)
        return await self._proof.last_look(rollout, claim="every server runs it already")

    async def verify_launched(self, rollout: ServerRollout) -> None:
        await self._proof.wait(rollout)
        await self._proof.last_look(rollout, claim="its servers are healthy")

    async def _save_number(self, release: ServerRelease) -> None:
        await self._aws.save_release(await self._aws.present_group(release.group), release)

    async def keep(self, rollout: ServerRollout) -> None:
        """Spare the images of a release and of the one before it from a lifecycle, and from being deregistered.

        What is noted of servers of break-glass that are gone now is closed.
        """
        images = {each.image.id for each in (rollout.release, rollout.recorded) if each is not None}
        await self._spare(rollout.service, images)
        await self._protect(rollout.service, images)
        await close_ended(self._aws, self._console, rollout, self._clock.now())

    async def _spare(self, service: str, images: Collection[str]) -> None:
        try:
            await self._aws.spare_images(images)
        except Exception as error:  # noqa: BLE001  whatever it is, the release is decided elsewhere
            self._console.warn(
                f"{service}: its images could not be tagged as kept, so the lifecycle of their pipeline may "
                f"delete them: {describe_failure(error)}. The deployer needs ec2:CreateTags on images"
            )

    async def _protect(self, service: str, images: Collection[str]) -> None:
        try:
            await self._aws.protect_images(images)
        except Exception as error:  # noqa: BLE001  whatever it is, the release is decided elsewhere
            self._console.warn(
                f"{service}: its images could not be protected, so anybody who may can deregister them: "
                f"{describe_failure(error)}. The deployer needs ec2:EnableImageDeregistrationProtection and "
                "ec2:CreateTags on images"
            )

    # a change, and the deletion, of the group

    async def prepare_change(self, spec: ServerSpec, name: str) -> None:
        """Nothing: EC2 accepts changes of a group during an instance refresh, and what is rolled is ignored on it."""

    async def hold(self, name: str, *, protect: bool) -> None:
        """Set AWS's own deletion protection, for which the provider has no input.

        Pulumi's protection is an option of one run, and a group that is deleted ends its servers with it. AWS refuses
        the delete itself, whoever asks for it, until the protection is set to none. The provider would scale a group
        down to zero before it deletes it, so a group that is held also has `forceDelete`: that delete is what AWS
        refuses, with every server still in service.
        """
        if not pulumi.runtime.is_dry_run():
            await self._aws.set_deletion_protection(name, HELD if protect else RELEASED)

    async def tidy(self, spec: ServerSpec, name: str) -> None:
        await end_over(self._aws, self._clock, self._console, spec, name)
        await end_left(self._aws, self._clock, self._console, spec)

    async def hold_again(self, service: str, name: str) -> None:
        """Set the protection again where it should be and is not.

        The engine records a group as made or changed although the hook after it failed, and sees no difference in the
        next `up`; somebody may have removed the protection, too. Without it `forceDelete` would end every server at
        once. A failure is a warning: it has no bearing on the release.
        """
        try:
            found = await self._aws.group(name)
            if found is None or found.deletion_protection == HELD:
                return
            await self._aws.set_deletion_protection(name, HELD)
        except Exception as error:  # noqa: BLE001  whatever it is, the release is decided elsewhere
            self._console.warn(
                f"{service}: AWS does not refuse the deletion of its group {name}: {describe_failure(error)}"
            )
        else:
            self._console.say(f"{service}: AWS did not refuse the deletion of its group {name}, and does so again")
