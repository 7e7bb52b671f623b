"""What a rehearsal rolled and what its services run in the end, from their histories (pure)."""

from collections.abc import Iterator, Mapping
from typing import Final

from strata.rollout.live_service import LiveService
from strata.rollout.servers.refresh import Status
from strata.rollout.tasks.deployment import DeploymentStatus
from strata_rehearsal.run.rehearsal_report import NO_VERSION, RehearsedRollout, ServiceState
from strata_rehearsal.run.rehearsed_settings import RehearsedService
from strata_rehearsal.run.replay import FleetHistory, Look, Origin, Replay, Rolled, samples_between
from strata_rehearsal.run.rollout_phases import phases_of
from strata_rehearsal.run.rollout_timeline import RolloutTimeline, Unit
from strata_rehearsal.run.stack_fleets import StackFleet

__all__ = ["last_released", "rehearsed_rollout", "service_state", "versions_running"]

_SUCCEEDED: Final = frozenset({Status.SUCCESSFUL.value, DeploymentStatus.SUCCESSFUL.value})


def rehearsed_rollout(
    replay: Replay, rolled: Rolled, known: StackFleet, *, wanted: RehearsedService, gave_up: str
) -> RehearsedRollout:
    """One rollout, with its fleet while it went on.

    Args:
        replay: everything that happened.
        rolled: the rollout.
        known: the fleet, as the local AWS shows it.
        wanted: what the service was to run.
        gave_up: why the gate stopped a rollout of the service; empty if it did not.
    """
    fleet, target = replay.fleets[rolled.fleet], rolled.target
    ended = rolled.ended_at if rolled.ended_at is not None else max(look.at for look in fleet.looks)
    samples = samples_between(fleet, rolled.began_at, ended, target, rolled.transitions)
    floor, ceiling = known.bounds(rolled.id, samples[0].desired)
    before = _before(replay, fleet, rolled)
    return RehearsedRollout(
        timeline=RolloutTimeline(
            service=fleet.service,
            before=before,
            after=_version(replay, fleet, target) or wanted.version,
            samples=samples,
            # ECS deploys the first tasks too, and has none to keep then
            floor=floor if before or fleet.unit is Unit.SERVERS else 0,
            ceiling=ceiling,
            phases=phases_of(rolled.transitions, ended),
            stopped_at=rolled.stopped_at,
            unit=fleet.unit,
        ),
        status=rolled.status,
        reason=rolled.reason,
        gave_up=gave_up if rolled.stopped_at is not None else "",
        id=rolled.id,
        batches=rolled.batches,
        ended=rolled.ended_at is not None,
    )


def service_state(
    replay: Replay,
    fleet: FleetHistory,
    *,
    wanted: RehearsedService,
    names: Mapping[str, str],
    found: LiveService | None,
) -> ServiceState:
    """What a service runs.

    Args:
        replay: everything that happened.
        fleet: the service's fleet.
        wanted: what it was to run.
        names: names of machine images by id.
        found: the service as `strata rollout status` sees it; None where that does not show it.
    """
    last = fleet.looks[-1]
    of_servers = next((names[image] for image in sorted(_images(fleet)) if image in names), wanted.image_name)
    return ServiceState(
        service=fleet.service,
        image_name=wanted.image_name if fleet.unit is Unit.TASKS else of_servers,
        version=versions_running(replay, fleet) or NO_VERSION,
        healthy=last.healthy,
        desired=last.desired,
        deviations=found.deviations if found else (),
        running=dict(found.running) if found else {},
        way_back=(found.way_back or None) if found else None,
        unit=fleet.unit,
        pinned=wanted.pinned,
    )


def versions_running(replay: Replay, fleet: FleetHistory) -> str:
    """The versions that a fleet's servers or tasks run; empty where it has none.

    Args:
        replay: everything that happened.
        fleet: the fleet.
    """
    return " and ".join(sorted(map(replay.version, _images(fleet))))


def _images(fleet: FleetHistory) -> set[str]:
    # by member: the numbers of two templates are not the same versions
    return {member.image for member in fleet.members.values() if member.counts}


def last_released(replay: Replay, fleets: Mapping[str, StackFleet]) -> dict[str, str]:
    """The digest that each container service was last deployed with success, by service.

    Args:
        replay: everything that happened so far.
        fleets: the services that count, by the key of their histories.
    """
    return {
        fleets[rolled.fleet].service: replay.fleets[rolled.fleet].images[rolled.target]
        for rolled in replay.rolled.values()
        if rolled.fleet in fleets and rolled.target and rolled.status == DeploymentStatus.SUCCESSFUL
    }


def _before(replay: Replay, fleet: FleetHistory, rolled: Rolled) -> str:
    """The version that most servers or tasks ran when the rollout began; of none, what they were last made from.

    They may all have died, or none may be wanted: what follows is no first deployment for that.
    """
    looks = [_others(look, rolled) for look in _looks_until(fleet, rolled.began_at)]
    there = looks[0] if looks else {}
    if not there:
        earlier = [each for each in _rolled_before(replay, rolled) if each.target != rolled.target]
        done = [each for each in earlier if each.status in _SUCCEEDED]
        there = next(filter(None, looks), {})
        if done or (earlier and not there):
            return _version(replay, fleet, (done or earlier)[-1].target)
    return _version(replay, fleet, max(there, key=lambda made: there[made])) if there else ""


def _looks_until(fleet: FleetHistory, at: float) -> Iterator[Look]:
    """What a fleet looked like up to a moment, the latest look first."""
    return (look for look in reversed(fleet.looks) if look.at <= at)


def _others(look: Look, rolled: Rolled) -> dict[Origin, int]:
    """Servers or tasks that are there and are not made by the rollout."""
    return {made: count for made, count in look.servers.items() if made != rolled.target}


def _rolled_before(replay: Replay, rolled: Rolled) -> Iterator[Rolled]:
    """The rollouts of the same fleet that began earlier, in order."""
    for each in replay.rolled.values():
        if each is rolled:
            return
        if each.fleet == rolled.fleet:
            yield each


def _version(replay: Replay, fleet: FleetHistory, made: Origin | None) -> str:
    image = fleet.images.get(made, "") if made else ""
    return replay.version(image)
