"""Carries out one rollout: from whatever state the fleet is in to the release asked for, or an error.

A first deployment waits for its servers; every later one is an instance refresh. Nothing here knows Pulumi.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from strata.clock import Clock
from strata.errors import BusyError, RolloutError, StrataError
from strata.hooks.console import Console
from strata.rollout.note import Journal, Phase
from strata.rollout.notifier import Herald
from strata.rollout.record import Release
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.facts import Facts, gather
from strata.rollout.servers.fleet import Fleet
from strata.rollout.servers.preflight import check, failed_before, heed
from strata.rollout.servers.proof import Proof
from strata.rollout.servers.refresh import Status
from strata.rollout.servers.rollable import Finding, unrollable
from strata.rollout.servers.spec_preferences import preferences_for
from strata.rollout.servers.start import start
from strata.rollout.servers.stop import cancel
from strata.rollout.servers.views import GroupView, RefreshView
from strata.rollout.servers.watch import Outcome, Watcher
from strata.rollout.spec import Rollout
from strata.settings.models import AlarmGate, OnInProgress

__all__ = ["Roll"]

FIRST_ALARM_STATE_SECONDS = 300
"""How long a preflight waits for an alarm's first state: CloudWatch evaluates a new alarm within a few periods."""

RETURNING = frozenset({Status.ROLLBACK_IN_PROGRESS, Status.CANCELLING})


class Roll:
    """One gate's work on one service.

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
        self._watcher = Watcher(aws, clock, console, poll_seconds)
        self._proof = Proof(aws, clock, console, self._watcher, poll_seconds)
        self._journal = Journal(aws, clock, console)

    async def first(self, rollout: Rollout) -> None:
        """Bring a service up that has no record yet.

        Raises:
            RolloutError: its servers did not become healthy in time.
            PreflightError: another version runs, and it must not be replaced now.
        """
        group = (await self._aws.fleet(rollout.release.group)).group
        self._refuse(rollout, list(unrollable(rollout, group)))
        if await self._proof.launches(rollout, group):
            await self._settle(rollout)
            await self._wait(rollout)
            return
        # a first deployment that failed before, or an adopted group: there is nothing proven to go back to
        await self.replace(replace(rollout, can_roll_back=False))

    async def next(self, rollout: Rollout, recorded: Release | None) -> None:
        """Bring a service from its recorded release to the rollout's.

        Raises:
            RolloutError: the rollout failed or was rolled back, or nothing proves the release.
            PreflightError: it must not start.
            BusyError: a rollout of another release is running.
        """
        rollout = replace(rollout, recorded=recorded)
        if recorded is not None and recorded.group != rollout.release.group:
            # a replaced group has booted this release by itself; the old one goes once this one is healthy
            await self._wait(rollout)
            return
        await self.replace(rollout)

    async def replace(self, rollout: Rollout) -> None:
        """Replace the servers that do not run the release, unless none has to go."""
        fleet = await self._aws.fleet(rollout.release.group)
        self._refuse(rollout, list(unrollable(rollout, fleet.group)))
        await self._settle(rollout)
        fleet = await self._aws.fleet(rollout.release.group)
        group = fleet.group
        active = await self._active(rollout.release.group)
        if active is None and await self._runs_only(rollout, group):
            await self._save(rollout, group)
            return
        rollout = await self._with_way_back(rollout, fleet)
        adopted = active is not None
        if active is None:
            active = await self._start(rollout, fleet)
        await self._journal.begin(rollout, active, adopted=adopted)
        herald = Herald(self._aws, rollout, self._console)
        await herald.started()
        try:
            outcome = await self._watcher.follow(
                rollout, active, reached=herald.reached, stopping=partial(self._journal.turn, rollout, Phase.STOPPING)
            )
        except Exception as error:
            # an outage or a refusal: nobody watches any more, and the refresh may go on in AWS
            await herald.unwatched(error.message if isinstance(error, StrataError) else str(error))
            raise
        try:
            await self._judge(rollout, outcome)
        except Exception as error:
            reason = error.message if isinstance(error, StrataError) else str(error)
            await self._journal.turn(rollout, Phase.FAILED, reason)
            await herald.failed(reason)
            raise
        await self._journal.turn(rollout, Phase.SUCCEEDED)
        await herald.succeeded()

    # what is already there

    async def _active(self, group: str) -> str | None:
        """Id of the refresh to adopt: after `_settle` a running one is for this release."""
        refreshes = await self._aws.refreshes(group, most=1)
        return refreshes[0].id if refreshes and refreshes[0].active else None

    async def _settle(self, rollout: Rollout) -> None:
        """Deal with a refresh that is running for something else."""
        policy = rollout.spec.settings.on_in_progress
        while True:
            refreshes = await self._aws.refreshes(rollout.release.group, most=1)
            if not refreshes or not refreshes[0].active:
                return
            running = refreshes[0]
            if running.status in RETURNING:
                # it is on its way out already; what it leaves behind is what this rollout starts from
                await self._watcher.until_ended(rollout.release.group, running.id)
                continue
            if await self._is_for(rollout, running):
                self._console.say(f"{rollout.service}: taking up refresh {running.id}, {running.percentage} % done")
                return
            if running.version is None or policy is OnInProgress.SUPERSEDE:
                self._console.say(f"{rollout.service}: superseding refresh {running.id}")
                await cancel(self._aws, rollout.release.group, running.id)
                await self._watcher.until_ended(rollout.release.group, running.id)
            elif policy is OnInProgress.WAIT:
                await self._watcher.until_ended(rollout.release.group, running.id)
            else:
                raise BusyError(
                    f"{rollout.service}: refresh {running.id} to template version {running.version} is running "
                    f"({running.status}, {running.percentage} %)",
                    fix="Wait for it and run `pulumi up` again, or say `rollout.on_in_progress: wait` or `supersede`.",
                )

    async def _is_for(self, rollout: Rollout, refresh: RefreshView) -> bool:
        if refresh.version is None or refresh.template != rollout.release.template:
            return False
        release = rollout.release
        digests = await self._aws.release_digests(release.template, [refresh.version], model=release.template_version)
        return digests.get(refresh.version) == rollout.release.digest

    async def _runs_only(self, rollout: Rollout, group: GroupView) -> bool:
        """Whether every server runs the release already: a revert, or a change that servers do not feel."""
        standing = {each.id for each in group.servers if each.counts}
        if not standing or group.empty:
            return group.empty
        return standing <= await self._watcher.servers_of(rollout, group)

    async def _save(self, rollout: Rollout, group: GroupView) -> None:
        """Replace nothing; that servers were launched for a release does not prove it."""
        if not rollout.proven:
            await self._proof.wait(rollout)
        await self._save_number(rollout, group)
        await self._proof.last_look(rollout, claim="every server runs it already")
        await self._journal.proven(rollout)
        self._console.say(
            f"{rollout.service}: every server runs {rollout.release.image.version} already, none is replaced"
        )

    async def _wait(self, rollout: Rollout) -> None:
        await self._proof.wait(rollout)
        await self._proof.last_look(rollout, claim="its servers are healthy")
        await self._journal.proven(rollout)

    async def _with_way_back(self, rollout: Rollout, fleet: Fleet) -> Rollout:
        """A rollback goes to what the group has saved: that must be proven, or run and be healthy at least."""
        group, recorded = fleet.group, rollout.recorded
        saved = {each.id for each in group.servers if each.version_of(group.template) == group.saved_version}
        # EC2 calls a worker's server healthy until its first check: no reason to leave the proven release for it
        seems_healthy = rollout.spec.behind_load_balancer or not rollout.proven
        if not rollout.can_roll_back:
            return rollout
        if await self._deleted(group):
            self._console.warn(
                f"{rollout.service}: template version {group.saved_version}, which the group launches, was deleted: "
                "this rollout could not be rolled back to it"
            )
            return replace(rollout, can_roll_back=False, cure=True)
        if seems_healthy and saved & fleet.healthy:
            return rollout
        if recorded is not None and group.template == recorded.template and group.saved_version:
            digests = await self._aws.release_digests(
                recorded.template,
                [str(group.saved_version)],
                model=recorded.template_version,
            )
            if digests.get(str(group.saved_version)) == recorded.digest:
                return rollout
        nowhere = "" if saved & fleet.healthy else " and runs on no healthy server"
        self._console.warn(
            f"{rollout.service}: the group launches template version {group.saved_version}, which is not "
            f"proven{nowhere}: this rollout could not be rolled back to it"
        )
        return replace(rollout, can_roll_back=False, cure=True)

    async def _deleted(self, group: GroupView) -> bool:
        """Whether the numbered version that the group launches is not there any more."""
        template, saved = group.template, str(group.saved_version)
        if template is None or not saved.isdigit():
            return False
        return not await self._aws.has_version(template, saved)

    async def _save_number(self, rollout: Rollout, group: GroupView) -> None:
        """Let the group launch the very version the record will name, not only one with the same digest."""
        wanted = rollout.release.template_version
        if (group.template, group.saved_version) != (rollout.release.template, str(wanted)):
            await self._aws.save_version(group.name, rollout.release.template, wanted)

    # starting

    async def _start(self, rollout: Rollout, fleet: Fleet) -> str:
        facts = await self._preflight(rollout, fleet)
        firing = {name for name, (state, _) in facts.alarms.items() if state != "OK"}
        watched = tuple(name for name in rollout.alarms if name in facts.alarms and name not in firing)
        if rollout.spec.settings.alarms is AlarmGate.IGNORE_ONCE and firing:
            self._console.warn(f"{rollout.service}: ignoring {', '.join(sorted(firing))} for this rollout")
        wanted = preferences_for(rollout.spec, alarms=watched, can_roll_back=rollout.can_roll_back)
        before = {each.id for each in facts.refreshes}
        refresh = await start(self._aws, rollout, wanted, before=before)
        self._console.say(
            f"{rollout.service}: rolling to {rollout.release.image} as refresh {refresh}; "
            "press Ctrl-C twice to stop watching, AWS goes on"
        )
        return refresh

    async def _preflight(self, rollout: Rollout, fleet: Fleet) -> Facts:
        refreshes = tuple(await self._aws.refreshes(fleet.group.name))
        await self._first_alarm_states(rollout)
        facts = await gather(self._aws, rollout, fleet, refreshes)
        if failed := failed_before(rollout, facts.refreshes, facts.digests):
            self._console.say(
                f"{rollout.service}: retry of {rollout.release.image.version}, which ended {failed.status}: "
                f"{failed.reason}"
            )
        self._refuse(rollout, check(rollout, facts))
        return facts

    def _refuse(self, rollout: Rollout, findings: Sequence[Finding]) -> None:
        heed(findings, self._console, rollout.service, f"the rollout to {rollout.release.image} must not start")

    async def _first_alarm_states(self, rollout: Rollout) -> None:
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

    # judging

    async def _judge(self, rollout: Rollout, outcome: Outcome) -> None:
        refresh, image = outcome.refresh, rollout.release.image
        if refresh.status is Status.SUCCESSFUL:
            await self._proof.last_look(rollout, claim="AWS reports success", ran=outcome.ran)
            await self._save_number(rollout, (await self._aws.fleet(rollout.release.group)).group)
            self._console.say(
                f"{rollout.service}: rolled to {image}, never fewer than {outcome.lowest_healthy} healthy servers"
            )
            return
        ends = {
            Status.ROLLBACK_SUCCESSFUL: "was rolled back",
            Status.ROLLBACK_FAILED: "failed, and so did its rollback",
            Status.CANCELLED: "was cancelled; the fleet is mixed",
            Status.FAILED: "failed; the fleet is mixed",
        }
        last = await self._watcher.last_trouble(rollout.release.group, refresh.started)
        raise RolloutError(
            f"{rollout.service}: the rollout to {image} {ends[refresh.status]}: {outcome.reason}{last}",
            fix="Pin an image that works and run `pulumi up` again; the record still names the release before.",
        )
