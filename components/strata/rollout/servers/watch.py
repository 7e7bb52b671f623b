"""Follows one instance refresh until it ends, and stops it when it must not go on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from strata.aws.outage import told
from strata.clock import Clock
from strata.errors import RolloutError
from strata.hooks.console import Console, giving_up
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.health_gate import Poll, Vigil
from strata.rollout.servers.refresh import Status
from strata.rollout.servers.stop import stop
from strata.rollout.servers.views import GroupView, RefreshView
from strata.rollout.spec import Rollout

__all__ = ["Outcome", "Watcher"]


@dataclass(frozen=True)
class Outcome:
    """How a refresh ended."""

    refresh: RefreshView
    gave_up: str | None
    """Why the gate itself stopped it, if it did."""
    lowest_healthy: int
    ran: bool = False
    """Whether a healthy server of the new release was seen that AWS counted as replaced: healthy and warm."""

    @property
    def reason(self) -> str:
        return self.gave_up or self.refresh.reason or "AWS gave no reason"


class Watcher:
    """Polls a refresh.

    Args:
        aws: AWS.
        clock: time and sleep.
        console: where progress goes.
        poll_seconds: pause between two looks.
    """

    def __init__(self, aws: AsyncDriver, clock: Clock, console: Console, poll_seconds: float) -> None:
        self._aws = aws
        self._clock = clock
        self._console = console
        self._poll_seconds = poll_seconds
        self._digests: dict[str, str | None] = {}

    async def until_ended(self, group: str, refresh_id: str) -> RefreshView:
        """Wait for a refresh that is not judged, such as one that another `up` left behind."""
        while True:
            refresh = await self._refresh(group, refresh_id)
            if not refresh.active:
                return refresh
            self._console.tick(f"waiting for refresh {refresh.id} to end: {refresh.status}, {refresh.percentage} %")
            await self._clock.sleep(self._poll_seconds)

    async def follow(
        self,
        rollout: Rollout,
        refresh_id: str,
        *,
        reached: Callable[[int], Awaitable[None]],
        stopping: Callable[[str], Awaitable[None]] | None = None,
    ) -> Outcome:
        """Watch a rollout to its end.

        Args:
            rollout: the one to watch.
            refresh_id: the refresh that carries it out.
            reached: awaited once a poll with the percentage that is done, for notifications.
            stopping: awaited with the reason before the rollout is stopped. Default: nobody is.
        """
        vigil = Vigil(rollout.spec, cure=rollout.cure)
        gave_up: str | None = None
        ran = False
        while True:
            refresh = await self._refresh(rollout.release.group, refresh_id)
            poll, total = await self._look(rollout, refresh)
            vigil.unseen(self._aws.take_waited())
            ran = ran or (poll.healthy_new > 0 and refresh.percentage > 0)
            reason = vigil.observe(poll)
            if reason and gave_up is None:
                gave_up = reason
                self._console.warn(giving_up(rollout.service, reason))
                if stopping is not None:
                    await stopping(reason)
                await stop(self._aws, rollout, refresh_id, self._console)
                continue
            if not refresh.active:
                if refresh.status is Status.SUCCESSFUL:
                    await reached(refresh.percentage)
                return Outcome(refresh, gave_up, vigil.lowest_healthy or 0, ran)
            await reached(refresh.percentage)
            seen = (
                f"{rollout.service} to {rollout.release.image.version}: {refresh.status} {refresh.percentage} %, "
                f"{poll.healthy} healthy ({poll.healthy_new} new) of {poll.desired}, {total} in all"
            )
            self._aws.known = seen
            self._console.tick(seen)
            await self._clock.sleep(self._poll_seconds)

    async def last_trouble(self, group: str, since: datetime | None = None) -> str:
        """The group's last trouble as the end of a sentence; empty when there is none.

        Args:
            group: name of the group.
            since: leave out what began before. Default: leave out nothing.
        """
        try:
            found = await self._aws.last_trouble(group, since)
        except Exception as error:  # noqa: BLE001  how a rollout ended is known; its reason must not be lost over this
            return f"; the group's activities could not be read ({told(error)})"
        return f"; the group's last trouble: {found}" if found else ""

    async def _refresh(self, group: str, refresh_id: str) -> RefreshView:
        found = await self._aws.refresh(group, refresh_id)
        if found is None:
            raise RolloutError(
                f"AWS knows no instance refresh {refresh_id} of group {group} any more",
                fix="Look at the group, then run `pulumi up` again.",
            )
        return found

    async def _missing(self, refresh: RefreshView) -> tuple[str, ...]:
        """Alarms that gate the refresh and are not there any more."""
        if not (refresh.active and refresh.alarms):
            return ()
        found = await self._aws.alarm_states(refresh.alarms)
        return tuple(sorted(set(refresh.alarms) - found.keys()))

    async def _look(self, rollout: Rollout, refresh: RefreshView) -> tuple[Poll, int]:
        fleet = await self._aws.fleet(rollout.release.group)
        group, healthy = fleet.group, fleet.healthy
        new = await self.servers_of(rollout, group)
        standing = [each.id for each in group.servers if each.counts]
        poll = Poll(
            at=self._clock.now(),
            status=refresh.status,
            percentage=refresh.percentage,
            desired=group.desired,
            old=sum(each not in new for each in standing),
            healthy_new=len(healthy & new),
            healthy=len(healthy),
            missing_alarms=await self._missing(refresh),
        )
        return poll, len(standing)

    async def servers_of(self, rollout: Rollout, group: GroupView) -> frozenset[str]:
        """The group's servers that were launched for the rollout's release."""
        template = rollout.release.template
        unread = group.versions_of(template) - self._digests.keys()
        if unread:
            model = rollout.release.template_version
            self._digests.update(await self._aws.release_digests(template, unread, model=model))
        return frozenset(
            each.id
            for each in group.servers
            if self._digests.get(each.version_of(template) or "") == rollout.release.digest
        )
