"""What a rollout finds on its group: a refresh that runs already, servers that run the release, a way back."""

from dataclasses import replace

from strata.errors import BusyError
from strata.resource_hooks import Console
from strata.rollout.gated_service import DesiredRelease
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.observer import Observer
from strata.rollout.servers.refresh import Status
from strata.rollout.servers.refresh_requests import cancel_refresh
from strata.rollout.servers.server_spec import ServerRollout
from strata.rollout.servers.views import FleetView, GroupView, RefreshView
from strata.settings.models import OnInProgress

__all__ = ["RETURNING", "Adoption"]

RETURNING = frozenset({Status.ROLLBACK_IN_PROGRESS, Status.CANCELLING})


class Adoption:
    """Looks for what a rollout need not do itself.

    Args:
        aws: AWS.
        console: where lines go.
        observer: knows which servers were launched for a release.
    """

    def __init__(self, aws: AsyncDriver, console: Console, observer: Observer) -> None:
        self._aws = aws
        self._console = console
        self._observer = observer

    async def settle(self, rollout: ServerRollout) -> str | None:
        """Id of the refresh to adopt, after one that is running for something else was dealt with; None if none runs.

        Raises:
            BusyError: one is running, and the settings leave it alone.
        """
        policy = rollout.spec.settings.on_in_progress
        group = rollout.release.group
        while True:
            refreshes = await self._aws.refreshes(group, most=1)
            if not refreshes or not refreshes[0].active:
                return None
            running = refreshes[0]
            if running.status in RETURNING:
                # it is on its way out already; what it leaves behind is what this rollout starts from
                await self._observer.until_ended(group, running.id)
                continue
            if await self._is_for(rollout, running):
                self._console.say(f"{rollout.service}: adopting refresh {running.id}, {running.percentage} % done")
                return running.id
            if running.version is None or policy is OnInProgress.SUPERSEDE:
                self._console.say(f"{rollout.service}: superseding refresh {running.id}")
                await cancel_refresh(self._aws, group, running.id)
                await self._observer.until_ended(group, running.id)
            elif policy is OnInProgress.WAIT:
                await self._observer.until_ended(group, running.id)
            else:
                raise BusyError(
                    f"{rollout.service}: refresh {running.id} to template version {running.version} is running "
                    f"({running.status}, {running.percentage} %)",
                    fix="Wait for it and run `pulumi up` again, or set `rollout.on_in_progress: wait` or `supersede`.",
                )

    async def brought_by(self, desired: DesiredRelease) -> str:
        """What brings a release without a gate, or has brought it, as a full clause; empty where nothing does."""
        group = await self._aws.group(desired.fleet)
        # what a preview does not know yet is launched from what the group has
        template = desired.template or (group.template if group is not None else None)
        if group is None or template is None:
            return ""
        newest = next(iter(await self._aws.refreshes(group.name, most=1)), None)
        rolling = newest if newest is not None and newest.active and newest.template == template else None
        brings, saved = rolling.version if rolling else None, group.saved_version
        asked = [each for each in (brings, saved) if each]
        digests = await self._aws.release_digests(template, asked, model=desired.template_version)
        if rolling is not None and brings and digests.get(brings) == desired.digest:
            return f"Refresh {rolling.id} to {desired.image.version} is still running ({rolling.status})"
        if group.template == template and saved and digests.get(saved) == desired.digest:
            return f"The group launches {desired.image.version} already"
        return ""

    async def runs_only(self, rollout: ServerRollout, group: GroupView) -> bool:
        """Whether every server runs the release already: a revert, or a change that servers do not feel."""
        placed = {each.id for each in group.servers if each.counts}
        if not placed or group.empty:
            return group.empty
        return placed <= await self._observer.servers_of(rollout, group)

    async def with_way_back(self, rollout: ServerRollout, fleet: FleetView) -> ServerRollout:
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
                recorded.template, [str(group.saved_version)], model=recorded.template_version
            )
            if digests.get(str(group.saved_version)) == recorded.digest:
                return rollout
        nowhere = "" if saved & fleet.healthy else " and runs on no healthy server"
        self._console.warn(
            f"{rollout.service}: the group launches template version {group.saved_version}, which is not "
            f"proven{nowhere}: this rollout could not be rolled back to it"
        )
        return replace(rollout, can_roll_back=False, cure=True)

    async def _is_for(self, rollout: ServerRollout, refresh: RefreshView) -> bool:
        if refresh.version is None or refresh.template != rollout.release.template:
            return False
        release = rollout.release
        digests = await self._aws.release_digests(release.template, [refresh.version], model=release.template_version)
        return digests.get(refresh.version) == release.digest

    async def _deleted(self, group: GroupView) -> bool:
        """Whether the numbered version that the group launches is not there any more."""
        template, saved = group.template, str(group.saved_version)
        if template is None or not saved.isdigit():
            return False
        return not await self._aws.has_version(template, saved)
