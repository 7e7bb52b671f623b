"""Keeps one server of a rollout that has failed, out of service, for whoever wants to look into it.

While a rollout goes back its group has a termination hook, in which the servers that AWS ends wait. For one of them the
gate abandons it, and the group's lifecycle policy keeps that server. So nothing is ended that AWS would not end, and
the floor is AWS's own. The hook goes again at once; without an answer every server goes on by itself.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final

from strata.aws.outage import describe_failure
from strata.clock import Clock, utc_text
from strata.naming import break_glass_name, recorded_service
from strata.resource_hooks import Console
from strata.rollout.break_glass_note import BreakGlass, GlassMode, GlassPhase
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.kept_servers import end_kept
from strata.rollout.servers.observer import Observer
from strata.rollout.servers.server_spec import ServerRollout
from strata.rollout.servers.views import GroupView, ServerView

__all__ = ["FailedServer"]

_WAITS: Final = "Terminating:Wait"
_PATIENCE_SECONDS: Final = 600
"""How long, beyond its drain, a server may take from the end of the rollout until it waits in the hook."""


class FailedServer:
    """What one gate keeps of its rollout: one server at most. Whatever fails here is no verdict on the rollout.

    Args:
        aws: AWS.
        clock: time and sleep.
        console: where lines go.
        observer: knows which servers were launched for the release, and which of them ever got healthy.
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
        self._armed = False
        self._chosen: BreakGlass | None = None
        """The note of the one that is to be kept."""
        self._kept: BreakGlass | None = None
        self._why_not = ""
        self._trouble = ""

    async def arm(self, rollout: ServerRollout) -> None:
        """From here on servers that the group ends wait, so that one can be kept."""
        if self._armed or self._done or not rollout.spec.settings.keep_failed_seconds:
            return
        name = rollout.release.group
        try:
            group = await self._aws.group_if_answered(name)
            if group is None or not group.retains:
                self._why_not = f"group {name} does not keep servers: its lifecycle policy was changed by hand"
                return
            self._armed = True
            await self._aws.put_keeping_hook(name)
        except Exception as error:  # noqa: BLE001  the rollout goes back whether or not something of it is kept
            self._why_not = f"servers could not be made to wait for it: {describe_failure(error)}"

    async def look(self, rollout: ServerRollout) -> None:
        """Keep one of those that wait, if any does, and let the others go."""
        if not self._armed or self._done:
            return
        try:
            group = await self._aws.group_if_answered(rollout.release.group)
            if group is not None:
                await self._choose(rollout, group, last=False)
        except Exception as error:  # noqa: BLE001  as above; the next look tries again
            self._trouble = f"it could not be kept: {describe_failure(error)}"

    async def told(self, rollout: ServerRollout, *, returned: bool) -> str:
        """What is kept of a rollout that has ended, as further lines of its error; empty where nothing is to be.

        Args:
            rollout: the rollout that has failed.
            returned: whether AWS has taken it back, and ended its servers.
        """
        if not rollout.spec.settings.keep_failed_seconds:
            return ""
        try:
            if self._observer.launched:
                await self.arm(rollout)
            if not (returned or self._done):
                await self._end_one(rollout)
            await self._last_chance(rollout)
        except Exception as error:  # noqa: BLE001  why the rollout has failed must not be lost over this
            self._trouble = f"it could not be kept: {describe_failure(error)}"
        await self._disarm(rollout)
        if self._kept is None:
            reasons = [each for each in (self._why_not, self._trouble) if each]
            return f"\n  no server of it is kept: {'; '.join(reasons) or 'all had ended before one could be'}"
        stack, _ = recorded_service(rollout.spec.record) or ("STACK", "")
        unit = self._kept.unit
        return (
            f"\n  its server {unit} is kept until {self._kept.until}, out of service\n"
            f"    look into it: {self._aws.driver.command_line} ssm start-session --target {unit}\n"
            f"    end it now: {self._kept.how_to_close(stack)}"
        )

    @property
    def _done(self) -> bool:
        return self._kept is not None or bool(self._why_not)

    async def _end_one(self, rollout: ServerRollout) -> None:
        """Let the group end one that is in service without being healthy: it would do so itself, without keeping it."""
        fleet = await self._aws.fleet_if_answered(rollout.release.group)
        if fleet is None:
            return
        new = await self._observer.servers_of(rollout, fleet.group)
        ours = [each.id for each in fleet.group.servers if each.id in new and each.in_service]
        sick = next((each for each in ours if each not in fleet.healthy), None)
        if sick is not None:
            await self._aws.terminate(sick)
        elif ours:
            self._why_not = "nothing was taken back, and all that are in service are healthy"

    async def _last_chance(self, rollout: ServerRollout) -> None:
        """Wait until those that drain have come to the hook."""
        deadline = self._clock.now() + rollout.spec.drain_seconds + _PATIENCE_SECONDS
        while not self._done:
            group = await self._aws.group_if_answered(rollout.release.group)
            new = await self._observer.servers_of(rollout, group) if group is not None else frozenset[str]()
            if group is None or not (new or self._observer.launched):
                self._why_not = "AWS has launched none"
                return
            try:
                await self._choose(rollout, group, last=True)
            except Exception as error:  # noqa: BLE001  as above
                self._trouble = f"it could not be kept: {describe_failure(error)}"
            leaving = [each for each in group.servers if each.id in new and each.leaving]
            if self._done or not leaving or self._clock.now() >= deadline:
                return
            self._console.tick(f"{rollout.service}: waiting for a server to keep: {len(leaving)} drain")
            await self._clock.sleep(self._poll_seconds)

    async def _choose(self, rollout: ServerRollout, group: GroupView, *, last: bool) -> None:
        new = await self._observer.servers_of(rollout, group)
        waiting = [each for each in group.servers if each.lifecycle == _WAITS]
        if self._chosen is None:
            chosen = self._best(group, [each for each in waiting if each.id in new], new, last=last)
            if chosen is not None:
                await self._claim(rollout, group, chosen)
        note = self._chosen
        await self._let_go(group, [each for each in waiting if note is None or each.id != note.unit])
        if note is not None:
            await self._settle(rollout, group, note)

    def _best(
        self, group: GroupView, ours: Sequence[ServerView], new: Collection[str], *, last: bool
    ) -> ServerView | None:
        """Which of those that wait shows most: one that never got healthy, and another only where no such one comes."""
        never = [each for each in group.servers if each.id in new and not self._observer.got_healthy(each.id)]
        to_come = [each for each in never if each not in ours and (each.leaving or (each.counts and not last))]
        found = next((each for each in ours if each in never), None)
        return found or (None if to_come else next(iter(ours), None))

    async def _let_go(self, group: GroupView, servers: Iterable[ServerView]) -> None:
        for each in servers:
            await self._aws.answer_keeping_hook(group.name, each.id, keep=False)

    async def _claim(self, rollout: ServerRollout, group: GroupView, server: ServerView) -> None:
        """Note it, and end what was kept before. It is noted first: a note without a server ends by itself."""
        spec, image, now = rollout.spec, rollout.release.image, self._clock.now()
        healthy = "was healthy" if self._observer.got_healthy(server.id) else "never got healthy"
        note = BreakGlass(
            service=spec.service,
            unit=server.id,
            mode=GlassMode.KEPT_FAILED,
            phase=GlassPhase.OPENING,
            reason=f"the rollout to {image} has failed, and it {healthy}",
            by=f"the rollout to {image.version}",
            at=utc_text(now),
            until=utc_text(now + spec.settings.keep_failed_seconds),
            image_name=image.name,
            version=image.version,
            image_id=image.id,
            place=group.name,
        )
        await self._note(rollout, note)
        before = [each.id for each in group.servers if each.retained]
        await end_kept(self._aws, self._clock, spec.record, before, f"the rollout to {image.version}", expired=False)
        self._chosen = note

    async def _settle(self, rollout: ServerRollout, group: GroupView, note: BreakGlass) -> None:
        """Have the group keep it, as often as that takes: an answer may be lost, and the state comes a little later."""
        server = next((each for each in group.servers if each.id == note.unit), None)
        if server is not None and server.lifecycle == _WAITS:
            await self._aws.answer_keeping_hook(group.name, note.unit, keep=True)
            again = await self._aws.group_if_answered(group.name)
            server = next((each for each in again.servers if each.id == note.unit), None) if again else server
        if server is not None and server.leaving:
            return
        await self._disarm(rollout)
        if server is None:
            self._why_not = f"{note.unit} had gone before it could be kept"
            await self._note(rollout, replace(note, phase=GlassPhase.WITHDRAWN))
            return
        self._kept = replace(note, phase=GlassPhase.OPEN)
        await self._note(rollout, self._kept)
        self._console.say(f"{rollout.spec.service}: {note.unit} {self._kept.sentence(self._clock.now())}")

    async def _note(self, rollout: ServerRollout, note: BreakGlass) -> None:
        await self._aws.keep_note(break_glass_name(rollout.spec.record, note.unit), note.to_json())

    async def _disarm(self, rollout: ServerRollout) -> None:
        if not self._armed:
            return
        try:
            await self._aws.delete_keeping_hook(rollout.release.group)
        except Exception as error:  # noqa: BLE001  what waits goes on by itself, and the next `up` takes the hook away
            self._console.warn(
                f"{rollout.service}: the hook in which servers wait could not be deleted, so that each takes up to "
                f"five minutes longer to end until the next `pulumi up`: {describe_failure(error)}"
            )
        else:
            self._armed = False
