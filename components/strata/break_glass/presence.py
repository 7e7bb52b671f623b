"""What AWS has now of a server or a task that somebody was let into, beside what is noted of it."""

from dataclasses import dataclass
from typing import Any

from strata.aws.outage import describe_failure
from strata.break_glass.glass_driver import GlassDriver
from strata.break_glass.glass_task_driver import GlassTaskDriver
from strata.rollout.break_glass_note import BreakGlass, GlassMode, GlassPhase
from strata.rollout.denials import is_denied
from strata.rollout.servers.views import ServerView
from strata.rollout.stack_place import StackPlace

__all__ = ["GlassPresence", "look_at_note"]


@dataclass(frozen=True)
class GlassPresence:
    """A note beside what AWS has.

    Args:
        note: the note.
        seen: what is there, as a clause about its server or task; empty where it is closed, or the note cannot be read,
            so that nobody looks.
        as_noted: whether it is what the note says.
    """

    note: BreakGlass
    seen: str = ""
    as_noted: bool = True

    def document(self, now: float) -> dict[str, Any]:
        """As JSON has it, at a moment in epoch seconds."""
        return {**self.note.document(now), "seen": self.seen or None, "as_noted": self.as_noted if self.seen else None}


def look_at_note(place: StackPlace, note: BreakGlass) -> GlassPresence:
    """Ask AWS what is there of a note; what the caller may not ask is said in its place.

    Args:
        place: the stack.
        note: the note.
    """
    if not note.is_open or note.phase is GlassPhase.UNREADABLE:
        return GlassPresence(note)
    try:
        return _task(place, note) if note.mode is GlassMode.TASK else _server(place, note)
    except Exception as error:
        if not is_denied(error):
            raise
        return GlassPresence(note, f"what is there could not be read: {describe_failure(error)}")


def _server(place: StackPlace, note: BreakGlass) -> GlassPresence:
    driver = GlassDriver(place.clients)
    group = driver.group(note.place) if note.place else None
    server = next((each for each in group.servers if each.id == note.unit), None) if group is not None else None
    if server is not None and server.retained:
        as_noted = note.mode in (GlassMode.KEPT_FAILED, GlassMode.STANDBY)
        return GlassPresence(note, "is out of service, and its group keeps it", as_noted=as_noted)
    if server is not None:
        return _member(note, server)
    if driver.runs(note.unit):
        return GlassPresence(note, f"runs, and group {note.place} does not have it any more", as_noted=False)
    return GlassPresence(note, "is gone", as_noted=False)


def _member(note: BreakGlass, server: ServerView) -> GlassPresence:
    if server.leaving:
        return GlassPresence(note, "is being ended", as_noted=False)
    if note.mode is GlassMode.STANDBY:
        if server.standby:
            return GlassPresence(note, "is in standby")
        back = "is back in service, by hand" if server.in_service else f"is {server.lifecycle}"
        return GlassPresence(note, back, as_noted=False)
    if not server.in_service:
        return GlassPresence(note, f"is {server.lifecycle}", as_noted=False)
    if not server.protected:
        return GlassPresence(note, "is in service, and not protected from scale-in any more", as_noted=False)
    return GlassPresence(note, "is in service, protected from scale-in")


def _task(place: StackPlace, note: BreakGlass) -> GlassPresence:
    found = GlassTaskDriver(place.clients).task_of(note.place, note.unit) if note.place else None
    if found is None:
        return GlassPresence(note, "is stopped", as_noted=False)
    if found.get("desiredStatus") == "STOPPED":
        return GlassPresence(note, "is being stopped", as_noted=False)
    return GlassPresence(note, f"is {found['lastStatus']}")
