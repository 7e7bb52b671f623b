"""Closing break-glass: its end is noted, the server or the task is ended, and the note stays as history."""

from dataclasses import dataclass, replace
from typing import Any

from strata.aws.target import plain_errors
from strata.break_glass.find_unit import find_unit, runs_elsewhere
from strata.break_glass.glass_store import GlassStore, readable_note
from strata.errors import RefusedError, StrataError, UsageError
from strata.rollout.break_glass_note import BreakGlass, GlassPhase
from strata.rollout.command_line import command_line_of
from strata.rollout.stack_place import StackPlace

__all__ = ["ClosedGlass", "GlassEnd", "close_break_glass", "close_expired"]


@dataclass(frozen=True)
class GlassEnd:
    """What is said of it at the end.

    Args:
        fixed_in: the version that has what was done by hand; empty where that is not known yet.
        no_change: why no version has to have anything; empty where something was changed, or that is not known.
    """

    fixed_in: str = ""
    no_change: str = ""


@dataclass(frozen=True)
class ClosedGlass:
    """What came of it.

    Args:
        note: what is noted.
        ended: whether the server or the task was ended now, and was not gone before.
        trouble: why it is not closed; empty where it is.
        fix: what to do about that.
        exit_code: what a command that meets it ends with.
    """

    note: BreakGlass
    ended: bool = False
    trouble: str = ""
    fix: str = ""
    exit_code: int = 0

    def document(self, now: float) -> dict[str, Any]:
        """As JSON has it, at a moment in epoch seconds."""
        return {
            **self.note.document(now),
            "terminated": self.ended,
            "trouble": self.trouble or None,
            "fix": self.fix or None,
        }


def close_break_glass(place: StackPlace, unit: str, end: GlassEnd, *, dry_run: bool) -> ClosedGlass:
    """End a server or a task that somebody was let into. Of one that is closed, say which version has the fix.

    Args:
        place: the stack.
        unit: its id.
        end: what is said of it.
        dry_run: only find out whether it can be ended.

    Raises:
        RefusedError: too little would be left to serve, or it runs where its group does not have it.
        UsageError: nothing is noted of it, or what is cannot be read; or the version that is named cannot have the
            fix.
    """
    store = GlassStore(place)
    notes = store.every()
    note = next((each for each in notes if each.unit == unit and each.phase is not GlassPhase.WITHDRAWN), None)
    if note is None:
        open_ones = ", ".join(each.unit for each in notes if each.is_open)
        raise UsageError(
            f"nobody was let into {unit} of {place.title}",
            fix=f"Open are: {open_ones}." if open_ones else "No break-glass of that stack is open.",
        )
    readable_note(note)
    _refuse_no_fix(note, end)
    return _closed(place, store, note, end, dry_run=dry_run)


def close_expired(place: StackPlace, *, dry_run: bool) -> list[ClosedGlass]:
    """End everything that is over. What cannot be ended, or read, keeps nothing else from it.

    Args:
        place: the stack.
        dry_run: only find out what is over, and whether it can be ended.
    """
    store = GlassStore(place)
    closed: list[ClosedGlass] = []
    for note in store.every():
        # whether one is over that cannot be read, nobody knows
        if note.expired(place.clock.now()) or note.phase in (GlassPhase.CLOSING, GlassPhase.UNREADABLE):
            try:
                with plain_errors():
                    closed.append(_closed(place, store, readable_note(note), GlassEnd(), dry_run=dry_run))
            except StrataError as error:
                closed.append(_not_closed(note, error))
    return closed


def _not_closed(note: BreakGlass, error: StrataError) -> ClosedGlass:
    return ClosedGlass(note, trouble=error.message, fix=error.fix or "", exit_code=int(error.exit_code))


def _refuse_no_fix(note: BreakGlass, end: GlassEnd) -> None:
    if end.fixed_in and end.fixed_in == note.version:
        raise UsageError(
            f"{note.unit} ran {note.image_name} {note.version} when it was opened, so that version cannot have the fix",
            fix="Bake the fix into a new version and name that one; or say --no-change, where nothing was changed.",
        )


def _closed(place: StackPlace, store: GlassStore, note: BreakGlass, end: GlassEnd, *, dry_run: bool) -> ClosedGlass:
    # what is said last holds: the one takes the place of the other
    said = replace(note, fixed_in=end.fixed_in, no_change=end.no_change) if end != GlassEnd() else note
    if not note.is_open:
        if said != note and not dry_run:
            store.keep(said)
        return ClosedGlass(said)
    unit = find_unit(place, note.unit)
    if unit is None and runs_elsewhere(place, note):
        raise RefusedError(
            f"{note.unit} still runs, and group {note.place} of {note.service} does not have it any more, as after it "
            "was detached",
            fix=f"End it yourself, and close it again: {command_line_of(place.clients('ec2'))} ec2 terminate-instances "
            f"--instance-ids {note.unit}",
        )
    if unit is not None:
        unit.refuse_to_end()
    if dry_run:
        return ClosedGlass(said, ended=unit is not None)
    if said.phase is not GlassPhase.CLOSING:
        said = replace(said, phase=GlassPhase.CLOSING, closed_by=store.caller(), closed_at=store.moment())
    store.keep(said)
    if unit is not None:
        unit.end()
    return ClosedGlass(store.keep(replace(said, phase=GlassPhase.CLOSED)), ended=unit is not None)
