"""Opening break-glass: it is noted first, and then the server or the task is kept and marked."""

from dataclasses import dataclass, replace
from typing import Any

from strata.aws.outage import Trouble, error_code, trouble_of
from strata.break_glass.find_unit import find_unit
from strata.break_glass.glass_store import GlassStore
from strata.break_glass.glass_unit import GlassUnit
from strata.errors import AwsError, RefusedError, UsageError
from strata.rollout.break_glass_note import BreakGlass, GlassMode, GlassPhase
from strata.rollout.stack_place import StackPlace

__all__ = ["GlassOrder", "OpenedGlass", "open_break_glass"]


@dataclass(frozen=True)
class GlassOrder:
    """What is asked for.

    Args:
        unit: id of a server or a task.
        reason: why.
        seconds: for how long.
        in_service: whether a server is to stay in service.
    """

    unit: str
    reason: str
    seconds: float
    in_service: bool = False


@dataclass(frozen=True)
class OpenedGlass:
    """What came of it.

    Args:
        note: what is noted.
        way_in: the command that leads into the server or the task.
        prolonged: whether it was open before.
        kept: whether its group keeps it out of service, after a rollout that has failed.
        dry_run: whether nothing was done.
    """

    note: BreakGlass
    way_in: str
    prolonged: bool
    kept: bool
    dry_run: bool

    def document(self, now: float) -> dict[str, Any]:
        """As JSON has it, at a moment in epoch seconds."""
        return {
            **self.note.document(now),
            "session_command": self.way_in,
            "prolonged": self.prolonged,
            "dry_run": self.dry_run,
        }


def open_break_glass(place: StackPlace, order: GlassOrder, *, dry_run: bool) -> OpenedGlass:
    """Let somebody into a server or a task. One that is open already is prolonged.

    Args:
        place: the stack.
        order: what is asked for.
        dry_run: only find out whether it can be done.

    Raises:
        BusyError: a rollout is running that counts on it.
        RefusedError: it cannot be kept, or too little would be left to serve.
        UsageError: there is none of the stack with that id.
    """
    unit, store = _must_be_there(place, order.unit), GlassStore(place)
    before = store.of(unit.service, unit.id)
    if before is not None and before.phase is GlassPhase.WITHDRAWN:
        before = None
    mode = unit.mode(in_service=order.in_service)
    if before is not None and before.phase in (GlassPhase.CLOSING, GlassPhase.CLOSED):
        raise RefusedError(
            f"break-glass of {unit.id} was closed by {before.closed_by} at {before.closed_at}: a tainted server or "
            "task never goes back in service",
            fix=f"Run `strata break-glass close {place.stack} {unit.id}` again, which ends it, and choose another one.",
        )
    kept = before if before is not None and before.untouched else None
    if kept is not None:
        # nobody was let into it yet
        before = None
    if before is not None and before.mode is not mode:
        raise RefusedError(
            f"break-glass of {unit.id} is open already as {before.mode}, and {mode} is asked for",
            fix=f"{'Leave --in-service out' if order.in_service else 'Add --in-service'} to prolong it, or close it.",
        )
    if before is None or _must_be_held_anew(before, place.clock.now()):
        unit.refuse_to_hold(mode)
    note = _noted(unit, mode, order, store, before)
    if kept is not None:
        # it runs the release whose rollout has failed, and not that of the service
        note = replace(note, image_name=kept.image_name, version=kept.version, image_id=kept.image_id)
    if not dry_run:
        note = _held(unit, store, note, before)
    return OpenedGlass(note, unit.way_in(), before is not None, unit.kept, dry_run)


def _must_be_held_anew(before: BreakGlass, now: float) -> bool:
    """Whether the server or task may not be kept now: a rollout may count on it, or others on its place."""
    # a server may have been brought back in service by hand; one that is in standby is never refused
    return before.phase is GlassPhase.OPENING or before.expired(now) or before.mode is GlassMode.STANDBY


def _must_be_there(place: StackPlace, unit: str) -> GlassUnit:
    found = find_unit(place, unit)
    if found is None:
        region = place.clients("ssm").meta.region_name
        raise UsageError(
            f"no service of {place.title} in {region} runs {unit}",
            fix=f"Check the id, the region and the account: `strata drift {place.stack}` compares what runs by its id.",
        )
    return found


def _noted(
    unit: GlassUnit, mode: GlassMode, order: GlassOrder, store: GlassStore, before: BreakGlass | None
) -> BreakGlass:
    """What is to be noted; of what was open before only until when it is, by whom and why."""
    until = store.moment(order.seconds)
    if before is not None:
        if before.phase is GlassPhase.OPENING and order.reason == before.reason:
            # it was not open yet: the same command goes on
            return replace(before, until=until)
        return replace(
            before,
            until=until,
            extended_by=store.caller(),
            extended_at=store.moment(),
            extended_reason=order.reason,
        )
    image = unit.release.image if unit.release is not None else None
    return BreakGlass(
        service=unit.service,
        unit=unit.id,
        mode=mode,
        phase=GlassPhase.OPENING,
        reason=order.reason,
        by=store.caller(),
        at=store.moment(),
        until=until,
        image_name=image.name if image else "",
        version=image.version if image else "",
        image_id=image.id if image else "",
        place=unit.place,
    )


def _held(unit: GlassUnit, store: GlassStore, note: BreakGlass, before: BreakGlass | None) -> BreakGlass:
    store.keep(note)
    try:
        unit.hold(note)
    except Exception as error:
        # after an answer that was lost it may be held: then the note stays, and the same command goes on from there
        refused = isinstance(error, AwsError) or (error_code(error) and trouble_of(error) is not Trouble.OUTAGE)
        if before is None and refused:
            store.keep(replace(note, phase=GlassPhase.WITHDRAWN))
        raise
    unit.mark(note)
    return store.keep(replace(note, phase=GlassPhase.OPEN))
