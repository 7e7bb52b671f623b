"""What a rehearsal rolled and what its services run in the end, from their histories (pure)."""

from collections.abc import Mapping

from strata.rollout.live_service import LiveService
from strata.rollout.tasks.deployment import DeploymentStatus
from strata_rehearsal.run.rehearsal_report import NO_VERSION, RehearsedRollout, ServiceState
from strata_rehearsal.run.rehearsed_settings import RehearsedService
from strata_rehearsal.run.replay import FleetHistory, Origin, Replay, Rolled, samples_between
from strata_rehearsal.run.rollout_phases import phases_of
from strata_rehearsal.run.rollout_timeline import RolloutTimeline, Unit
from strata_rehearsal.run.stack_fleets import StackFleet

__all__ = ["last_released", "rehearsed_rollout", "service_state"]


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
    # by member: the numbers of two templates are not the same versions
    images = {member.image for member in fleet.members.values() if member.counts}
    of_servers = next((names[image] for image in sorted(images) if image in names), fleet.service)
    return ServiceState(
        service=fleet.service,
        image_name=wanted.image_name if fleet.unit is Unit.TASKS else of_servers,
        version=" and ".join(sorted(map(replay.version, images))) or NO_VERSION,
        healthy=last.healthy,
        desired=last.desired,
        deviations=found.deviations if found else (),
        running=dict(found.running) if found else {},
        way_back=(found.way_back or None) if found else None,
        unit=fleet.unit,
        pinned=wanted.pinned,
    )


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
    """The version that most servers or tasks ran when the rollout began."""
    at_start = [look for look in fleet.looks if look.at <= rolled.began_at][-1]
    others = {made: count for made, count in at_start.servers.items() if made != rolled.target}
    return _version(replay, fleet, max(others, key=lambda made: others[made])) if others else ""


def _version(replay: Replay, fleet: FleetHistory, made: Origin | None) -> str:
    image = fleet.images.get(made, "") if made else ""
    return replay.version(image)
