"""Rolls a service straight through AWS, by the deployer that its gate uses, prepared without a program.

An engine's refresh reads what is newest of a launch template or of a family of task definitions. So what is rolled is
made the newest one there, by a copy: after a refresh the program finds just what it would make itself.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from strata.aws.clients import Clients
from strata.aws.outage import Patience
from strata.clock import Clock
from strata.errors import BusyError, RefusedError
from strata.resource_hooks import Console
from strata.rollback.rollback_specs import alarms_of_group, alarms_of_service, server_spec, task_spec
from strata.rollback.service_place import ServicePlace
from strata.rollout.note import Note
from strata.rollout.record import Release, ServerRelease, TaskRelease
from strata.rollout.roll import Roll
from strata.rollout.servers.server_deployer import ServerDeployer
from strata.rollout.servers.server_spec import ServerRollout
from strata.rollout.spec import Rollout
from strata.rollout.tasks.deployment_parameters import STARTING_PARAMETERS
from strata.rollout.tasks.task_deployer import TaskDeployer
from strata.rollout.tasks.task_spec import TaskRollout
from strata.rollout.wiring import DEPLOYERS

__all__ = ["POLL_SECONDS", "DirectRoll", "direct_roll"]

POLL_SECONDS = 15.0
_DEFINITION = "taskDefinition"


class DirectRoll(Protocol):
    """Rolls one service."""

    async def made_newest(self, release: Release) -> Release:
        """A release as the program would make it next: with a copy, the newest of its kind, of what it launches."""
        ...

    async def take_back(self, rollout_id: str, *, forward: bool) -> str:
        """Take back a rollout that is under way, and wait for its end; gives how it ended.

        Args:
            rollout_id: as AWS knows it.
            forward: whether it is not on its way back already.
        """
        ...

    async def roll(self, release: Release) -> None:
        """Bring a release, judged as by its gate.

        Raises:
            RolloutError: it did not succeed.
            PreflightError: it must not start.
        """
        ...

    async def renew(self) -> None:
        """Replace all that runs the recorded release by fresh ones of it, judged as by its gate.

        Raises:
            RolloutError: it did not succeed.
            PreflightError: it must not start.
        """
        ...


def direct_roll(place: ServicePlace, recorded: Release, note: Note | None, console: Console) -> DirectRoll:
    """What rolls a service.

    Args:
        place: the service.
        recorded: what it is proven to run.
        note: what its last gate left.
        console: where progress goes.
    """
    if isinstance(recorded, TaskRelease):
        return _TaskRoll(place, recorded, console)
    if isinstance(recorded, ServerRelease):
        return _ServerRoll(place, recorded, note, console)
    raise TypeError(f"nothing rolls a {type(recorded).__name__}")


def _deployer(kind: str, place: ServicePlace, console: Console) -> Any:
    clients: Clients = place.clients
    clock: Clock = place.clock

    def say(text: str) -> None:
        console.say(f"{place.service}: {text}; what was started goes on in AWS")

    patience = Patience(clock, say, pause_seconds=POLL_SECONDS)
    return DEPLOYERS[kind](clients, patience, clock, console, POLL_SECONDS)


class _Direct:
    """What is the same for servers and tasks."""

    def __init__(self, place: ServicePlace, deployer: Any, console: Console) -> None:
        self._place = place
        self._deployer = deployer
        self._console = console

    async def _rolled(self, rollout: Rollout, recorded: Release) -> None:
        roll = Roll(self._deployer, self._place.clock, self._console, POLL_SECONDS)
        try:
            await roll.next(rollout, recorded)
        except BusyError as error:
            raise BusyError(error.message, fix="Run the same command again.") from error

    async def _ended(self, rollout: Rollout, rollout_id: str, *, forward: bool) -> str:
        if forward:
            await self._deployer.stop(rollout, rollout_id)
        while True:
            seen = await self._deployer.observe(rollout, rollout_id)
            if not seen.active:
                return str(seen.status)
            self._console.tick(
                f"{self._place.service}: taking the rollout back: {seen.status} {seen.poll.percentage} %"
            )
            await self._place.clock.sleep(POLL_SECONDS)


class _ServerRoll(_Direct):
    def __init__(self, place: ServicePlace, recorded: ServerRelease, note: Note | None, console: Console) -> None:
        self._own: ServerDeployer = _deployer("servers", place, console)
        super().__init__(place, self._own, console)
        self._aws = self._own.aws
        self._recorded = recorded
        self._note = note

    async def made_newest(self, release: Release) -> Release:
        if not isinstance(release, ServerRelease):
            raise _another_kind(release)
        return await self._own.made_newest(self._place.service, release)

    async def take_back(self, rollout_id: str, *, forward: bool) -> str:
        return await self._ended(await self._rollout(self._recorded), rollout_id, forward=forward)

    async def roll(self, release: Release) -> None:
        if not isinstance(release, ServerRelease):
            raise _another_kind(release)
        rollout = await self._rollout(release)
        fleet = await self._aws.fleet(self._recorded.group)
        # a fleet that is sick already, as a rule the reason to leave, must not be what ends the way back
        rollout = replace(rollout, cure=not fleet.healthy)
        # nothing can prove it where nothing is wanted, and it has run before
        await self._rolled(rollout, release if fleet.group.empty else self._recorded)

    async def renew(self) -> None:
        rollout = await self._rollout(self._recorded)
        fleet = await self._aws.fleet(self._recorded.group)
        worn = frozenset(each.id for each in fleet.group.servers if each.counts)
        await self._rolled(replace(rollout, worn=worn, can_roll_back=False), self._recorded)

    async def _rollout(self, release: ServerRelease) -> ServerRollout:
        group = await self._aws.present_group(self._recorded.group)
        newest = next(iter(await self._aws.refreshes(group.name, most=1)), None)
        record = self._place.record.name
        return ServerRollout(
            spec=server_spec(self._place, record, group, newest),
            release=release,
            alarms=alarms_of_group(record, self._note, newest),
        )


class _TaskRoll(_Direct):
    def __init__(self, place: ServicePlace, recorded: TaskRelease, console: Console) -> None:
        self._own: TaskDeployer = _deployer("tasks", place, console)
        super().__init__(place, self._own, console)
        self._aws = self._own.aws
        self._recorded = recorded

    async def made_newest(self, release: Release) -> Release:
        if not isinstance(release, TaskRelease):
            raise _another_kind(release)
        if await self._aws.definition(release.task_definition) is None:
            raise RefusedError(
                f"task definition {release.task_definition} was deleted", fix="Choose another with --to."
            )
        return await self._own.made_newest(self._place.service, release)

    async def take_back(self, rollout_id: str, *, forward: bool) -> str:
        return await self._ended(await self._rollout(self._recorded, {}), rollout_id, forward=forward)

    async def roll(self, release: Release) -> None:
        if not isinstance(release, TaskRelease):
            raise _another_kind(release)
        rollout = await self._rollout(release, await self._parameters(release))
        fleet = await self._own.observer.fleet(rollout)
        recorded = release if fleet.service.empty else self._recorded
        await self._rolled(replace(rollout, cure=not fleet.healthy), recorded)

    async def renew(self) -> None:
        rollout = await self._rollout(self._recorded, await self._parameters(self._recorded))
        fleet = await self._own.observer.fleet(rollout)
        worn = frozenset(each.id for each in fleet.tasks)
        await self._rolled(replace(rollout, worn=worn), self._recorded)

    async def _rollout(self, release: TaskRelease, parameters: Mapping[str, Any]) -> TaskRollout:
        service = await self._aws.present_service(self._recorded.service)
        return TaskRollout(
            spec=task_spec(self._place, self._place.record.name, service),
            release=release,
            alarms=alarms_of_service(service),
            parameters=parameters,
        )

    async def _parameters(self, release: TaskRelease) -> dict[str, Any]:
        """What the release ran with beside its task definition; where AWS does not know it any more, what runs now."""
        last: Mapping[str, Any] = {}
        for each in await self._aws.every_deployment(self._recorded.service):
            revision = await self._aws.revision(each.target) if each.target and each.succeeded else None
            if revision is None:
                continue
            last = last or revision.parameters
            definition = await self._aws.definition(revision.task_definition)
            if definition is not None and definition.digest == release.digest:
                last = revision.parameters
                break
        return {name: last[name] for name in STARTING_PARAMETERS if name != _DEFINITION and last.get(name)}


def _another_kind(release: Release) -> RefusedError:
    return RefusedError(
        f"{release.image} was run by something else than what runs the service now", fix="Choose another with --to."
    )
