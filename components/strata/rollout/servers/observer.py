"""Looks at an instance refresh and the servers of its group."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from strata.aws.outage import describe_failure
from strata.clock import Clock
from strata.errors import RolloutError
from strata.resource_hooks import Console
from strata.rollout.deployer import Observation
from strata.rollout.health_gate import Poll
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.heartbeat_sender import HeartbeatSender
from strata.rollout.servers.refresh import FORWARD, Status
from strata.rollout.servers.server_spec import ServerRollout
from strata.rollout.servers.views import GroupView, RefreshView

__all__ = ["Observer"]

_CONSOLES: Final = 3
"""Servers whose consoles are looked at for one that shows something."""


class Observer:
    """One gate's view of its group. Which template version launches which release is read once: none ever changes.

    Args:
        aws: AWS.
        clock: time and sleep.
        console: where waiting is shown.
        poll_seconds: pause between two looks.
    """

    def __init__(self, aws: AsyncDriver, clock: Clock, console: Console, poll_seconds: float) -> None:
        self._aws = aws
        self._clock = clock
        self._console = console
        self._poll_seconds = poll_seconds
        self.heartbeat = HeartbeatSender(aws, clock, console, poll_seconds)
        self._digests: dict[str, str | None] = {}
        self._got_healthy: dict[str, bool] = {}

    async def observe(self, rollout: ServerRollout, refresh_id: str) -> Observation:
        """Look at the refresh that carries a rollout out, and at its servers."""
        refresh = await self._refresh(rollout.release.group, refresh_id)
        fleet = await self._aws.fleet(rollout.release.group)
        group, healthy = fleet.group, fleet.healthy
        new = await self.servers_of(rollout, group)
        self.note_health(new, healthy)
        placed = [each.id for each in group.servers if each.counts]
        poll = Poll(
            at=self._clock.now(),
            going_forward=refresh.status in FORWARD,
            baking=refresh.status is Status.BAKING,
            percentage=refresh.percentage,
            desired=group.desired,
            old=sum(each not in new for each in placed),
            healthy_new=len(healthy & new),
            healthy=len(healthy),
            missing_alarms=await self._missing(refresh),
            takes_all=refresh.status is Status.BAKING,
            shared=any(each not in new for each in placed),
        )
        await self.heartbeat.beat(rollout, refresh)
        return Observation(
            poll=poll,
            total=len(placed),
            status=refresh.status,
            active=refresh.active,
            succeeded=refresh.status is Status.SUCCESSFUL,
            reason=refresh.reason,
            started=refresh.started,
        )

    async def until_ended(self, group: str, refresh_id: str) -> RefreshView:
        """Wait for a refresh that is not judged, such as one that another `up` left behind."""
        while True:
            refresh = await self._refresh(group, refresh_id)
            if not refresh.active:
                return refresh
            self._console.tick(f"waiting for refresh {refresh.id} to end: {refresh.status}, {refresh.percentage} %")
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
            return f"; the group's activities could not be read ({describe_failure(error)})"
        return f"; the group's last trouble: {found}" if found else ""

    async def last_console(self) -> str:
        """The last lines on the console of a server that never got healthy, as the end of a message.

        Returns:
            empty where there was none, or where EC2 has nothing of its console.
        """
        # the newest has shown least, and of the oldest EC2 may have nothing any more
        never = [server for server, healthy in self._got_healthy.items() if not healthy]
        for server in never[-_CONSOLES:]:
            try:
                lines = await self._aws.console_lines(server)
            except Exception as error:  # noqa: BLE001  how a rollout ended is known; its reason must not be lost over this
                return f"\n  the console of {server} could not be read ({describe_failure(error)})"
            if lines:
                shown = "\n".join(f"    {line}" for line in lines)
                return f"\n  the last lines on the console of {server}, which never got healthy:\n{shown}"
        return ""

    @property
    def launched(self) -> bool:
        """Whether any server of the new release was ever seen."""
        return bool(self._got_healthy)

    def got_healthy(self, server: str) -> bool:
        """Whether a server of the new release was ever seen healthy."""
        return self._got_healthy.get(server, False)

    def note_health(self, new: Collection[str], healthy: Collection[str]) -> None:
        """Remember which servers of the new release were ever seen healthy, in the order in which they came."""
        for each in sorted(new):
            self._got_healthy[each] = self._got_healthy.get(each, False) or each in healthy

    async def servers_of(self, rollout: ServerRollout, group: GroupView) -> frozenset[str]:
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
            and each.id not in rollout.worn
        )

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
