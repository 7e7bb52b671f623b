"""What proves a release: at least one healthy server that ran it. Nothing is true of an empty fleet."""

from strata.clock import Clock
from strata.errors import BusyError, RolloutError
from strata.resource_hooks import Console
from strata.rollout.messages import how_to_leave, not_proven
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.observer import Observer
from strata.rollout.servers.server_spec import STATUS_CHECK_SECONDS, ServerRollout
from strata.rollout.servers.views import GroupView, RefreshView
from strata.settings.models import ProtectedServers

__all__ = ["Proof"]


class Proof:
    """Waits for servers that prove a release, and looks once more before the record is written.

    Args:
        aws: AWS.
        clock: time and sleep.
        console: where progress goes.
        observer: knows which servers were launched for a release.
        poll_seconds: pause between two looks.
    """

    def __init__(
        self, aws: AsyncDriver, clock: Clock, console: Console, observer: Observer, poll_seconds: float
    ) -> None:
        self._aws = aws
        self._clock = clock
        self._console = console
        self._observer = observer
        self._poll_seconds = poll_seconds

    async def launches(self, rollout: ServerRollout, group: GroupView) -> bool:
        """Whether what the group launches is this release."""
        release, saved = rollout.release, str(group.saved_version or "")
        if group.template != release.template or not saved.isdigit():
            return False
        digests = await self._aws.release_digests(release.template, [saved], model=release.template_version)
        return digests.get(saved) == release.digest

    async def wait(self, rollout: ServerRollout) -> None:
        """Wait until every server the group wants is healthy, as long as there is progress.

        A worker's server counts once EC2 has had the time to check it: until then every one of them is "healthy".

        Raises:
            RolloutError: no further server became healthy in time, or the group wants none.
        """
        best, since = -1, self._clock.now()
        limit = rollout.spec.patience_seconds
        held = 0 if rollout.spec.behind_load_balancer or rollout.proven else STATUS_CHECK_SECONDS
        seen: dict[str, float] = {}
        while True:
            fleet = await self._aws.fleet(rollout.release.group)
            group, now = fleet.group, self._clock.now()
            if group.empty:
                if rollout.proven:
                    return
                raise not_proven(rollout, "the group wants no server")
            healthy = fleet.healthy & await self._observer.servers_of(rollout, group)
            seen = {each: seen.get(each, now) for each in healthy}
            ready = sum(now - first >= held for first in seen.values())
            if ready >= group.desired:
                self._console.say(
                    f"{rollout.service}: {ready} of {group.desired} servers healthy on {rollout.release.image}"
                )
                return
            since += self._aws.take_waited()
            if ready > best:
                best, since = ready, now
            if now - since >= limit:
                raise RolloutError(
                    f"{rollout.service}: {ready} of {group.desired} servers became healthy on {rollout.release.image}, "
                    f"and no further one within {limit} s{await self._observer.last_trouble(group.name)}",
                    fix=f"Pin an image that works and run `pulumi up` again. {how_to_leave(rollout.recorded)}."
                    if rollout.recorded
                    else "Pin an image that works and run `pulumi up` again.",
                )
            self._console.tick(f"{rollout.service}: {ready} of {group.desired} servers healthy")
            await self._clock.sleep(self._poll_seconds)

    async def last_look(self, rollout: ServerRollout, *, claim: str, ran: bool = False) -> bool:
        """What runs, right before the record is written: the record names it, or there is no record.

        Args:
            rollout: the rollout.
            claim: what shows that it is done, for messages.
            ran: whether a healthy server of it has been seen already.

        Returns:
            Whether any server runs it.

        Raises:
            RolloutError: something else runs or would be launched, or no healthy server ran the release.
            BusyError: somebody else's refresh is running.
        """
        group_name, release = rollout.release.group, rollout.release
        fleet = await self._aws.fleet(group_name)
        group = fleet.group
        refreshes = await self._aws.refreshes(group_name, most=1)
        if refreshes and refreshes[0].active and not await self._ours(rollout, group, refreshes[0]):
            raise BusyError(
                f"{rollout.service}: {claim}, but refresh {refreshes[0].id} to template version "
                f"{refreshes[0].version or 'that is saved'} has begun since; the record is left as it is",
                fix="Find out who started it; when it has ended, run `pulumi up` again.",
            )
        new = await self._observer.servers_of(rollout, group)
        apart = [each.id for each in group.servers if each.protected and each.id not in new]
        left_alone = rollout.spec.settings.scale_in_protected is ProtectedServers.IGNORE or bool(
            # one that was over in the meantime was left alone when the rollout began
            await self._aws.glass_notes(rollout.spec.record, apart)
        )
        kept = [
            each.id
            for each in group.servers
            if each.in_service and each.id not in new and not (each.protected and left_alone)
        ]
        if kept or not await self.launches(rollout, group):
            raise RolloutError(
                f"{rollout.service}: {claim}, but {len(kept)} servers do not run {release.image} "
                f"and the group launches template version {group.saved_version}",
                fix="Look at the group, then run `pulumi up` again.",
            )
        data = await self._aws.template_data(release.template, str(release.template_version))
        if data.get("ImageId") != release.image.id:
            raise RolloutError(
                f"{rollout.service}: version {release.template_version} of template {release.template} launches image "
                f"{data.get('ImageId')}, but the record would name {release.image}",
                fix="Pin the image under strata:images, and remove what puts another one into the template.",
            )
        if not (ran or rollout.proven or fleet.healthy & new):
            raise not_proven(rollout, "no healthy server runs it")
        return any(each.counts and each.id in new for each in group.servers)

    async def _ours(self, rollout: ServerRollout, group: GroupView, refresh: RefreshView) -> bool:
        """Whether a running refresh brings this very release; one that names none brings what the group has saved."""
        if refresh.version is None:
            return await self.launches(rollout, group)
        if refresh.template != rollout.release.template:
            return False
        release = rollout.release
        digests = await self._aws.release_digests(release.template, [refresh.version], model=release.template_version)
        return digests.get(refresh.version) == rollout.release.digest
