"""Carries out one rollout: from whatever state the fleet is in to the release asked for, or an error.

A first deployment waits for its servers; every later one is an instance refresh. Nothing here knows Pulumi.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from strata.clock import Clock
from strata.errors import BusyError, RolloutError, StrataError
from strata.hooks.console import Console
from strata.rollout.record import Release
from strata.rollout.servers.facts import Facts, gather
from strata.rollout.servers.fleet import Fleet
from strata.rollout.servers.note import Journal, Phase
from strata.rollout.servers.notifier import Herald
from strata.rollout.servers.order import Order, preferences
from strata.rollout.servers.preflight import check, failed_before, heed
from strata.rollout.servers.proof import Proof
from strata.rollout.servers.refresh import Status
from strata.rollout.servers.rollable import Finding, unrollable
from strata.rollout.servers.start import start
from strata.rollout.servers.stop import cancel
from strata.rollout.servers.views import GroupView, RefreshView
from strata.rollout.servers.watch import Calls, Outcome, Watcher, poll_group
from strata.settings.models import AlarmGate, OnInProgress

__all__ = ["Roll"]

FIRST_ALARM_STATE_SECONDS = 300
"""How long a preflight waits for an alarm's first state: CloudWatch evaluates a new alarm within a few periods."""

RETURNING = frozenset({Status.ROLLBACK_IN_PROGRESS, Status.CANCELLING})


class Roll:
    """One gate's work on one service.

    Args:
        calls: AWS.
        clock: time and sleep.
        console: where progress goes.
        poll_seconds: pause between two looks at AWS.
    """

    def __init__(self, calls: Calls, clock: Clock, console: Console, poll_seconds: float) -> None:
        self._calls = calls
        self._clock = clock
        self._console = console
        self._poll_seconds = poll_seconds
        self._watcher = Watcher(calls, clock, console, poll_seconds)
        self._proof = Proof(calls, clock, console, self._watcher, poll_seconds)
        self._journal = Journal(calls, clock, console)

    async def first(self, order: Order) -> None:
        """Bring a service up that has no record yet.

        Raises:
            RolloutError: its servers did not become healthy in time.
            PreflightError: another version runs, and it must not be replaced now.
        """
        group = (await poll_group(self._calls, order.release.group)).group
        self._refuse(order, list(unrollable(order, group)))
        if await self._proof.launches(order, group):
            await self._settle(order)
            await self._wait(order)
            return
        # a first deployment that failed before, or an adopted group: there is nothing proven to go back to
        await self.replace(replace(order, can_roll_back=False))

    async def next(self, order: Order, recorded: Release | None) -> None:
        """Bring a service from its recorded release to the order's.

        Raises:
            RolloutError: the rollout failed or was rolled back, or nothing proves the release.
            PreflightError: it must not start.
            BusyError: a rollout of another release is running.
        """
        order = replace(order, recorded=recorded)
        if recorded is not None and recorded.group != order.release.group:
            # a replaced group has booted this release by itself; the old one goes once this one is healthy
            await self._wait(order)
            return
        await self.replace(order)

    async def replace(self, order: Order) -> None:
        """Replace the servers that do not run the release, unless none has to go."""
        fleet = await poll_group(self._calls, order.release.group)
        self._refuse(order, list(unrollable(order, fleet.group)))
        await self._settle(order)
        fleet = await poll_group(self._calls, order.release.group)
        group = fleet.group
        active = await self._active(order.release.group)
        if active is None and await self._runs_only(order, group):
            await self._save(order, group)
            return
        order = await self._with_way_back(order, fleet)
        adopted = active is not None
        if active is None:
            active = await self._start(order, fleet)
        await self._journal.begin(order, active, adopted=adopted)
        herald = Herald(self._calls, order, self._console)
        await herald.started()
        try:
            outcome = await self._watcher.follow(
                order, active, reached=herald.reached, stopping=partial(self._journal.turn, order, Phase.STOPPING)
            )
        except Exception as error:
            # an outage or a refusal: nobody watches any more, and the refresh may go on in AWS
            await herald.unwatched(error.message if isinstance(error, StrataError) else str(error))
            raise
        try:
            await self._judge(order, outcome)
        except Exception as error:
            reason = error.message if isinstance(error, StrataError) else str(error)
            await self._journal.turn(order, Phase.FAILED, reason)
            await herald.failed(reason)
            raise
        await self._journal.turn(order, Phase.SUCCEEDED)
        await herald.succeeded()

    # what is already there

    async def _active(self, group: str) -> str | None:
        """Id of the refresh to adopt: after `_settle` a running one is for this release."""
        refreshes = await self._calls(self._calls.driver.refreshes, group, most=1)
        return refreshes[0].id if refreshes and refreshes[0].active else None

    async def _settle(self, order: Order) -> None:
        """Deal with a refresh that is running for something else."""
        policy = order.manner.rollout.on_in_progress
        while True:
            refreshes = await self._calls(self._calls.driver.refreshes, order.release.group, most=1)
            if not refreshes or not refreshes[0].active:
                return
            running = refreshes[0]
            if running.status in RETURNING:
                # it is on its way out already; what it leaves behind is what this rollout starts from
                await self._watcher.until_ended(order.release.group, running.id)
                continue
            if await self._is_for(order, running):
                self._console.say(f"{order.service}: taking up refresh {running.id}, {running.percentage} % done")
                return
            if running.version is None or policy is OnInProgress.SUPERSEDE:
                self._console.say(f"{order.service}: superseding refresh {running.id}")
                await cancel(self._calls, order.release.group, running.id)
                await self._watcher.until_ended(order.release.group, running.id)
            elif policy is OnInProgress.WAIT:
                await self._watcher.until_ended(order.release.group, running.id)
            else:
                raise BusyError(
                    f"{order.service}: refresh {running.id} to template version {running.version} is running "
                    f"({running.status}, {running.percentage} %)",
                    fix="Wait for it and run `pulumi up` again, or say `rollout.on_in_progress: wait` or `supersede`.",
                )

    async def _is_for(self, order: Order, refresh: RefreshView) -> bool:
        if refresh.version is None or refresh.template != order.release.template:
            return False
        release = order.release
        digests = await self._calls(
            self._calls.driver.release_digests, release.template, [refresh.version], model=release.template_version
        )
        return digests.get(refresh.version) == order.release.digest

    async def _runs_only(self, order: Order, group: GroupView) -> bool:
        """Whether every server runs the release already: a revert, or a change that servers do not feel."""
        standing = {each.id for each in group.servers if each.counts}
        if not standing or group.empty:
            return group.empty
        return standing <= await self._watcher.servers_of(order, group)

    async def _save(self, order: Order, group: GroupView) -> None:
        """Replace nothing; that servers were launched for a release does not prove it."""
        if not order.proven:
            await self._proof.wait(order)
        await self._save_number(order, group)
        await self._proof.last_look(order, claim="every server runs it already")
        await self._journal.proven(order)
        self._console.say(f"{order.service}: every server runs {order.release.image.version} already, none is replaced")

    async def _wait(self, order: Order) -> None:
        await self._proof.wait(order)
        await self._proof.last_look(order, claim="its servers are healthy")
        await self._journal.proven(order)

    async def _with_way_back(self, order: Order, fleet: Fleet) -> Order:
        """A rollback goes to what the group has saved: that must be proven, or run and be healthy at least."""
        group, recorded = fleet.group, order.recorded
        saved = {each.id for each in group.servers if each.version_of(group.template) == group.saved_version}
        # EC2 calls a worker's server healthy until its first check: no reason to leave the proven release for it
        seems_healthy = order.manner.behind_load_balancer or not order.proven
        if not order.can_roll_back:
            return order
        if await self._deleted(group):
            self._console.warn(
                f"{order.service}: template version {group.saved_version}, which the group launches, was deleted: this "
                "rollout could not be rolled back to it"
            )
            return replace(order, can_roll_back=False, cure=True)
        if seems_healthy and saved & fleet.healthy:
            return order
        if recorded is not None and group.template == recorded.template and group.saved_version:
            digests = await self._calls(
                self._calls.driver.release_digests,
                recorded.template,
                [str(group.saved_version)],
                model=recorded.template_version,
            )
            if digests.get(str(group.saved_version)) == recorded.digest:
                return order
        nowhere = "" if saved & fleet.healthy else " and runs on no healthy server"
        self._console.warn(
            f"{order.service}: the group launches template version {group.saved_version}, which is not proven{nowhere}"
            ": this rollout could not be rolled back to it"
        )
        return replace(order, can_roll_back=False, cure=True)

    async def _deleted(self, group: GroupView) -> bool:
        """Whether the numbered version that the group launches is not there any more."""
        template, saved = group.template, str(group.saved_version)
        if template is None or not saved.isdigit():
            return False
        return not await self._calls(self._calls.driver.has_version, template, saved)

    async def _save_number(self, order: Order, group: GroupView) -> None:
        """Let the group launch the very version the record will name, not only one with the same digest."""
        wanted = order.release.template_version
        if (group.template, group.saved_version) != (order.release.template, str(wanted)):
            await self._calls(self._calls.driver.save_version, group.name, order.release.template, wanted)

    # starting

    async def _start(self, order: Order, fleet: Fleet) -> str:
        facts = await self._preflight(order, fleet)
        firing = {name for name, (state, _) in facts.alarms.items() if state != "OK"}
        watched = tuple(name for name in order.alarms if name in facts.alarms and name not in firing)
        if order.manner.rollout.alarms is AlarmGate.IGNORE_ONCE and firing:
            self._console.warn(f"{order.service}: ignoring {', '.join(sorted(firing))} for this rollout")
        wanted = preferences(order.manner, alarms=watched, can_roll_back=order.can_roll_back)
        before = {each.id for each in facts.refreshes}
        refresh = await start(self._calls, order, wanted, before=before)
        self._console.say(
            f"{order.service}: rolling to {order.release.image} as refresh {refresh}; "
            "press Ctrl-C twice to stop watching, AWS goes on"
        )
        return refresh

    async def _preflight(self, order: Order, fleet: Fleet) -> Facts:
        refreshes = tuple(await self._calls(self._calls.driver.refreshes, fleet.group.name))
        await self._first_alarm_states(order)
        facts = await gather(self._calls, order, fleet, refreshes)
        if failed := failed_before(order, facts.refreshes, facts.digests):
            self._console.say(
                f"{order.service}: retry of {order.release.image.version}, which ended {failed.status}: {failed.reason}"
            )
        self._refuse(order, check(order, facts))
        return facts

    def _refuse(self, order: Order, findings: Sequence[Finding]) -> None:
        heed(findings, self._console, order.service, f"the rollout to {order.release.image} must not start")

    async def _first_alarm_states(self, order: Order) -> None:
        """A new alarm has no state for a while, and AWS starts nothing until it has."""
        if order.manner.rollout.alarms is AlarmGate.OFF:
            return
        deadline = self._clock.now() + FIRST_ALARM_STATE_SECONDS
        while self._clock.now() < deadline:
            states = await self._calls(self._calls.driver.alarm_states, order.alarms)
            deadline += self._calls.take_waited()
            waiting = sorted(name for name, (state, _) in states.items() if state == "INSUFFICIENT_DATA")
            if not waiting:
                return
            self._console.tick(f"{order.service}: waiting for the first state of {', '.join(waiting)}")
            await self._clock.sleep(self._poll_seconds)

    # judging

    async def _judge(self, order: Order, outcome: Outcome) -> None:
        refresh, image = outcome.refresh, order.release.image
        if refresh.status is Status.SUCCESSFUL:
            await self._proof.last_look(order, claim="AWS reports success", ran=outcome.ran)
            await self._save_number(order, (await poll_group(self._calls, order.release.group)).group)
            self._console.say(
                f"{order.service}: rolled to {image}, never fewer than {outcome.lowest_healthy} healthy servers"
            )
            return
        ends = {
            Status.ROLLBACK_SUCCESSFUL: "was rolled back",
            Status.ROLLBACK_FAILED: "failed, and so did its rollback",
            Status.CANCELLED: "was cancelled; the fleet is mixed",
            Status.FAILED: "failed; the fleet is mixed",
        }
        last = await self._watcher.last_trouble(order.release.group, refresh.started)
        raise RolloutError(
            f"{order.service}: the rollout to {image} {ends[refresh.status]}: {outcome.reason}{last}",
            fix="Pin an image that works and run `pulumi up` again; the record still names the release before.",
        )
