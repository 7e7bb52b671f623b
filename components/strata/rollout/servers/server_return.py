"""The way back from a refresh that AWS calls successful and whose image was forbidden just then.

AWS takes nothing back once a refresh has ended, so the gate starts one to the release that the record still names.
"""

from dataclasses import replace

from strata.errors import BusyError
from strata.resource_hooks import Console
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.observer import Observer
from strata.rollout.servers.preferences import preferences_for
from strata.rollout.servers.refresh import Status
from strata.rollout.servers.refresh_requests import start_refresh
from strata.rollout.servers.server_spec import ServerRollout

__all__ = ["ServerReturn"]


class ServerReturn:
    """Brings the recorded release back.

    Args:
        aws: AWS.
        console: where lines go.
        observer: waits for a refresh.
    """

    def __init__(self, aws: AsyncDriver, console: Console, observer: Observer) -> None:
        self._aws = aws
        self._console = console
        self._observer = observer

    async def go_back(self, rollout: ServerRollout) -> str:
        """Refresh the group to the release before; gives what became of it, for a message.

        Args:
            rollout: the rollout that has ended.
        """
        recorded, group = rollout.recorded, rollout.release.group
        if recorded is None:
            return "there is no release before it to go back to"
        if not await self._aws.has_version(recorded.template, str(recorded.template_version)):
            return f"template version {recorded.template_version}, which launches {recorded.image}, was deleted"
        # what makes a new release cautious has no use on the way back to one that has run
        settings = rollout.spec.settings.model_copy(update={"bake_seconds": 0, "checkpoint_percentages": ()})
        back = replace(rollout, spec=replace(rollout.spec, settings=settings), release=recorded, alarms=())
        before = {each.id for each in await self._aws.refreshes(group)}
        servers = (await self._aws.present_group(group)).servers
        glass = await self._aws.glass_notes(rollout.spec.record, [each.id for each in servers if each.apart])
        wanted = preferences_for(
            back.spec,
            can_roll_back=False,
            keeps_standby=any(each.standby and each.id in glass for each in servers),
            keeps_protected=any(each.protected and each.id in glass for each in servers),
        )
        try:
            refresh = await start_refresh(self._aws, back, wanted, before=before)
        except BusyError:
            return "another refresh began at this moment, and is left alone"
        self._console.warn(f"{rollout.service}: going back to {recorded.image} as refresh {refresh}")
        ended = await self._observer.until_ended(group, refresh)
        if ended.status is Status.SUCCESSFUL:
            await self._aws.save_release(await self._aws.present_group(group), recorded)
            return f"the gate has gone back to {recorded.image} by refresh {refresh}: {ended.status}"
        return f"the gate started refresh {refresh} back to {recorded.image}, and it ended {ended.status}"
