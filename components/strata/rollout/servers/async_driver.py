"""The AWS calls of a rollout of servers as async methods: `await aws.refreshes(group)`."""

from collections.abc import Awaitable, Callable
from functools import partial

from strata.errors import RolloutError
from strata.rollout.aws_calls import Certain, Once, Repeatable
from strata.rollout.note import Note
from strata.rollout.record import ServerRelease
from strata.rollout.run_once.once_parameters import AsyncOnceParameters
from strata.rollout.servers.driver import Driver, read_fleet
from strata.rollout.servers.preferences import Preferences
from strata.rollout.servers.service_status import ServiceStatus, read_status
from strata.rollout.servers.views import FleetView, GroupView

__all__ = ["AsyncDriver"]


class AsyncDriver(AsyncOnceParameters):
    """`Driver`, awaited."""

    driver: Driver

    group = Certain(Driver.group)
    refresh = Certain(Driver.refresh)
    refresh_if_listed = Repeatable(Driver.refresh)
    refreshes = Repeatable(Driver.refreshes)
    save_version = Repeatable(Driver.save_version)
    set_deletion_protection = Repeatable(Driver.set_deletion_protection)
    terminate = Repeatable(Driver.terminate)
    put_keeping_hook = Once(Driver.put_keeping_hook)
    delete_keeping_hook = Once(Driver.delete_keeping_hook)
    answer_keeping_hook = Once(Driver.answer_keeping_hook)
    has_keeping_hook = Once(Driver.has_keeping_hook)
    group_if_answered = Once(Driver.group)
    beat = Repeatable(Driver.beat)
    beat_once = Once(Driver.beat)
    last_trouble = Once(Driver.last_trouble)
    console_lines = Once(Driver.console_lines)
    release_digests = Repeatable(Driver.release_digests)
    has_version = Repeatable(Driver.has_version)
    template_data = Repeatable(Driver.template_data)
    newest_version = Repeatable(Driver.newest_version)
    # one made twice, because an answer was lost, is one version more
    copy_version = Repeatable(Driver.copy_version)
    gone_target_groups = Repeatable(Driver.gone_target_groups)
    image = Repeatable(Driver.image)
    hides_images = Repeatable(Driver.hides_images)
    spare_images = Once(Driver.spare_images)
    protect_images = Once(Driver.protect_images)
    image_keys = Repeatable(Driver.image_keys)
    auto_scaling_may_use = Repeatable(Driver.auto_scaling_may_use)
    architectures = Repeatable(Driver.architectures)

    # by the token of its note EC2 tells a repeated request from a new one, and the server a repeated command
    launch_once = Repeatable(Driver.launch_once)
    send_once = Repeatable(Driver.send_once)
    once_server = Certain(Driver.once_server)
    once_servers = Once(Driver.once_servers)
    once_command = Repeatable(Driver.once_command)
    commands_on = Repeatable(Driver.commands_on)
    end_server = Repeatable(Driver.end_server)

    async def present_group(self, name: str) -> GroupView:
        """The group of that name, which must be there.

        Raises:
            RolloutError: the group is gone.
        """
        group = await self.group(name)
        if group is None:
            raise RolloutError(f"group {name} does not exist any more", fix="Run `pulumi refresh`, then `pulumi up`.")
        return group

    async def fleet(self, name: str) -> FleetView:
        """The group of that name and its healthy servers.

        Raises:
            RolloutError: the group is gone.
        """
        return await self.fleet_of(await self.present_group(name))

    async def fleet_if_answered(self, name: str) -> FleetView | None:
        """The same, by a look that nobody waits for; None where there is no such group."""
        group = await self.group_if_answered(name)
        return await self.once(read_fleet, self.driver, group) if group is not None else None

    async def fleet_of(self, group: GroupView) -> FleetView:
        """A group that has just been described, and its healthy servers."""
        return await self(read_fleet, self.driver, group)

    async def status(
        self, recorded: ServerRelease | None, fleet: FleetView, note: Note | None, least: int
    ) -> ServiceStatus:
        """A record beside a fleet, see `read_status`."""
        return await self(read_status, self.driver, recorded, fleet, note, least)

    async def save_release(self, group: GroupView, release: ServerRelease) -> None:
        """Let a group launch the very version a release names, not only one with the same digest.

        Args:
            group: the group as it is.
            release: the release.
        """
        if (group.template, group.saved_version) != (release.template, str(release.template_version)):
            await self.save_version(group.name, release.template, release.template_version)

    async def start_refresh(
        self, release: ServerRelease, preferences: Preferences, *, begun: Callable[[], Awaitable[str | None]]
    ) -> str:
        """Start rolling a release's group to it; gives the refresh's id.

        Args:
            release: the release.
            preferences: how the refresh is to proceed.
            begun: the id of the refresh that a request whose answer was lost has started; None if it has not.
        """
        template, version = release.template, release.template_version
        start = partial(self.driver.start_refresh, release.group, template, version, preferences)
        return await self.looked_up(start, begun)

    async def roll_back(self, group: str, *, stopped: Callable[[], Awaitable[bool | None]]) -> bool:
        """Ask AWS to take the running refresh back to what the group has saved.

        Args:
            group: name of the group.
            stopped: whether a request whose answer was lost was accepted; None if it was not.
        """
        return await self._request(self.driver.roll_back, group, stopped)

    async def cancel(self, group: str, *, stopped: Callable[[], Awaitable[bool | None]]) -> bool:
        """Stop the running refresh where it is, as `roll_back` does."""
        return await self._request(self.driver.cancel, group, stopped)

    async def _request(
        self, request: Callable[[str], None], group: str, stopped: Callable[[], Awaitable[bool | None]]
    ) -> bool:
        def ask() -> bool:
            request(group)
            return True

        return await self.looked_up(ask, stopped)
