"""Fresh servers or tasks of the release that runs, judged as any rollout."""

from dataclasses import dataclass
from typing import Any

from strata.errors import BusyError, RefusedError, RolloutError
from strata.resource_hooks import Console
from strata.rollback.direct_rolls import DirectRoll
from strata.rollback.past_fleets import PastFleet
from strata.rollback.service_history import read_past
from strata.rollback.service_place import ServicePlace
from strata.rollback.true_names import look_at_names, require_true_name
from strata.rollout.messages import how_to_rewrite
from strata.rollout.note import Note
from strata.rollout.record import Release

__all__ = ["FreshPlan", "plan_fresh", "renew"]


@dataclass(frozen=True)
class FreshPlan:
    """What is to be replaced by fresh ones of the same.

    Args:
        place: the service.
        recorded: what it is proven to run.
        note: what its last gate left.
        fleet: what runs it.
        unchecked: what of its name could not be looked at, as sentences.
    """

    place: ServicePlace
    recorded: Release
    note: Note | None
    fleet: PastFleet
    unchecked: tuple[str, ...] = ()

    @property
    def idle(self) -> str:
        """Why nothing runs now, as a clause, asked of AWS at each call; empty where something does."""
        return self.fleet.idle()

    def document(self, *, idle: str, dry_run: bool) -> dict[str, Any]:
        """As the JSON of `strata rollout refresh` has it.

        Args:
            idle: why nothing runs, so that nothing is fresh; empty where something does.
            dry_run: whether nothing was done.
        """
        return {
            "project": self.place.project,
            "stack": self.place.stack,
            "service": self.place.service,
            "version": self.recorded.image.version,
            "image_id": self.recorded.image.id,
            "digest": self.recorded.digest,
            "idle": idle or None,
            "dry_run": dry_run,
        }


def plan_fresh(place: ServicePlace) -> FreshPlan:
    """Find out what is to be replaced.

    Raises:
        BusyError: a rollout is running.
        RefusedError: nothing is proven, or the record cannot be read; its image is gone, is not what the record calls
            it, or must not run any more.
        UsageError: there is no release record.
    """
    past, named = read_past(place), f"{place.called} {place.service}"
    current, fleet = past.record.current, past.fleet
    if past.unreadable:
        raise RefusedError(
            f"{place.title}: {past.unreadable}, so nothing says which release is to be started afresh",
            fix=f"{how_to_rewrite(named, earlier=past.has_earlier)}.",
        )
    if current is None or fleet is None:
        raise RefusedError(f"{place.title} has no proven release", fix="Pin an image and run `pulumi up`.")
    if (running := fleet.running()) is not None:
        raise BusyError(
            f"{place.service}: a rollout is running ({running.id})",
            fix=f"Wait for its end: `strata rollout watch {named}`.",
        )
    names = look_at_names(past, place.record.begun()[0])
    require_true_name(place, names)
    against = [
        each for each in (current.forbidden, *fleet.unavailable(current.release), *fleet.gone(current.release)) if each
    ]
    if against:
        raise RefusedError(
            f"{place.service}: {current.version} cannot be started afresh: {'; '.join(against)}",
            fix=f"Go back with `strata rollout rollback {named}`, or pin an image that works and run `pulumi up`.",
        )
    return FreshPlan(place, current.release, past.note, fleet, names.unchecked)


async def renew(plan: FreshPlan, roll: DirectRoll, console: Console) -> str:
    """Replace everything that runs.

    Returns:
        why nothing runs, so that nothing is fresh, as a clause; empty where something is.

    Raises:
        RolloutError: the fresh ones did not become healthy.
        PreflightError: it must not start.
    """
    service, image = plan.place.service, plan.recorded.image
    idle = plan.idle
    if not idle:
        console.say(f"{service}: replacing all that runs by fresh ones of {image}")
    try:
        await roll.renew()
    except RolloutError as error:
        look = f"`strata rollout status {plan.place.called} {service}`"
        raise RolloutError(error.message, fix=f"Look at the service: {look}.") from error
    # it may have been stopped meanwhile, and what was started since was not there to be replaced
    return idle or plan.idle
