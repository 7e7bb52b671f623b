"""The note of break-glass: who was let into a server or a task, when, why, until when, and how that ended (pure).

It is an SSM parameter beside the release record of the service (`naming.break_glass_name`), written before anything is
done to the server, so that whoever is interrupted can be followed by the next `open` or `close`. It stays when
break-glass is over: a promotion asks which version brings what was done by hand, and an audit who did it.
"""

import json
from collections.abc import Container, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from strata.clock import parse_moment

__all__ = ["BreakGlass", "GlassLook", "GlassMode", "GlassPhase", "read_break_glass", "unreadable"]


class GlassMode(StrEnum):
    """How a server or a task is kept while somebody is in it."""

    STANDBY = "standby"
    """Out of service, and a fresh server has its place."""
    IN_SERVICE = "in-service"
    """It goes on serving, protected from scale-in."""
    TASK = "task"
    """It goes on serving, protected from scale-in and from deployments."""
    KEPT_FAILED = "kept-failed"
    """Nobody was let into it yet: the gate keeps it of a rollout that has failed, out of service."""


class GlassPhase(StrEnum):
    """How far break-glass is."""

    OPENING = "opening"
    """It is noted, and the server may not have been touched yet."""
    OPEN = "open"
    CLOSING = "closing"
    """Its end is noted, and the server may still be there."""
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    """AWS refused to keep the server so, and nothing was done to it."""
    UNREADABLE = "unreadable"
    """Somebody has written over the note, so that nobody knows more than that there was one; see `unreadable`."""


@dataclass(frozen=True)
class BreakGlass:
    """One server or task into which somebody was let.

    Args:
        service: its service.
        unit: id of the server or the task.
        mode: how it is kept.
        phase: how far it is.
        reason: why, in the words of whoever opened it.
        by: ARN of who that was.
        at: when, as RFC 3339 in UTC.
        until: when it is to be over, likewise.
        image_name: what the image of the service's release was called then; empty where nothing was proven.
        version: its version, likewise.
        image_id: its id or reference, likewise.
        place: the group of a server, or the ARN of the service of a task.
        closed_by: ARN of who closed it; empty while it is open.
        closed_at: when, likewise.
        fixed_in: the version that has what was done by hand; empty while that is not known.
        no_change: why no version has to have anything: nothing was changed. Empty where that is not known.
        end_seen: what was seen of its end, where nobody closed it; else empty.
        extended_by: ARN of who prolonged it last; empty where nobody has. Those before are in the parameter's history.
        extended_at: when, as RFC 3339 in UTC.
        extended_reason: why, in their words.
    """

    service: str
    unit: str
    mode: GlassMode
    phase: GlassPhase
    reason: str
    by: str
    at: str
    until: str
    image_name: str = ""
    version: str = ""
    image_id: str = ""
    place: str = ""
    closed_by: str = ""
    closed_at: str = ""
    fixed_in: str = ""
    no_change: str = ""
    end_seen: str = ""
    extended_by: str = ""
    extended_at: str = ""
    extended_reason: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the server or the task may still be there."""
        return self.phase not in (GlassPhase.CLOSED, GlassPhase.WITHDRAWN)

    @property
    def unanswered(self) -> bool:
        """Whether nobody has said yet which version has what was done by hand, or that nothing was."""
        return self.phase is not GlassPhase.WITHDRAWN and not (self.fixed_in or self.no_change or self.untouched)

    @property
    def untouched(self) -> bool:
        """Whether nobody was let into it: a server that the gate keeps of a rollout that has failed."""
        return self.mode is GlassMode.KEPT_FAILED

    @property
    def opened(self) -> datetime:
        """When it was opened."""
        return parse_moment(self.at)

    def expired(self, now: float) -> bool:
        """Whether it is open for longer than it was to be, at a moment in epoch seconds."""
        if self.phase is GlassPhase.UNREADABLE:
            # nobody knows when it is over: until it can be read, whoever is in there is not disturbed
            return False
        return self.is_open and now >= parse_moment(self.until).timestamp()

    def holds(self, now: float) -> bool:
        """Whether everybody has to leave the server or the task alone, at a moment in epoch seconds."""
        return self.is_open and not self.expired(now)

    def came_back(self, serving: Container[str]) -> bool:
        """Whether somebody has put a server back that was taken out of service.

        Args:
            serving: ids of all that is in service.
        """
        return self.is_open and self.mode is GlassMode.STANDBY and self.unit in serving

    def state(self, now: float) -> str:
        """How far it is, in one word, at a moment in epoch seconds."""
        return "expired" if self.expired(now) else self.phase.value

    def sentence(self, now: float) -> str:
        """What is to be known of it while it is open, as a clause after its server.

        Args:
            now: epoch seconds.
        """
        if self.phase is GlassPhase.UNREADABLE:
            return self.reason
        since = f"break-glass opened by {self.by} at {self.at}"
        if self.untouched:
            over = f"to be ended since {self.until}" if self.expired(now) else f"until {self.until}"
            return f"kept by {self.by} at {self.at}, {over}: {self.reason}"
        if self.expired(now):
            return f"{since} expired at {self.until}: {self.reason}{self.extension}"
        return f"{since} until {self.until}: {self.reason}{self.extension}"

    @property
    def extension(self) -> str:
        """Who prolonged it last and why, to be put after its reason; empty where nobody has."""
        if not self.extended_by:
            return ""
        return f"; prolonged by {self.extended_by} at {self.extended_at}: {self.extended_reason}"

    def how_to_close(self, stack: str) -> str:
        """The command that ends it, in backquotes; of a note that cannot be read the one that shows what it was."""
        if self.phase is GlassPhase.UNREADABLE:
            return f"`aws ssm get-parameter-history --name {self.place}`"
        return f"`strata break-glass close {stack} {self.unit}{'' if self.untouched else ' --fixed-in VERSION'}`"

    def to_json(self) -> str:
        """The parameter's value."""
        return json.dumps({key: value for key, value in asdict(self).items() if value}, ensure_ascii=False)

    def document(self, now: float) -> dict[str, Any]:
        """As JSON has it, at a moment in epoch seconds."""
        return {
            "service": self.service,
            "subject": self.unit,
            "mode": self.mode.value,
            "state": self.state(now),
            "reason": self.reason,
            "by": self.by or None,
            "at": self.at or None,
            "until": self.until or None,
            "image_name": self.image_name or None,
            "version": self.version or None,
            "image_id": self.image_id or None,
            "closed_by": self.closed_by or None,
            "closed_at": self.closed_at or None,
            "fixed_in": self.fixed_in or None,
            "no_change": self.no_change or None,
            "end_seen": self.end_seen or None,
            "extended_by": self.extended_by or None,
            "extended_at": self.extended_at or None,
            "extended_reason": self.extended_reason or None,
        }


@dataclass(frozen=True)
class GlassLook:
    """What is noted of a service.

    Args:
        notes: those that are open, by the id of their server or task.
        whole: whether all of them were read, and not only those of what is apart.
    """

    notes: Mapping[str, BreakGlass]
    whole: bool = True


def unreadable(service: str, unit: str, parameter: str) -> BreakGlass:
    """What stands for a note that somebody has written over: whoever is in there is left alone until it can be read.

    Args:
        service: its service.
        unit: id of the server or the task.
        parameter: that has the place of the note.
    """
    said = f"parameter {parameter} is no note of break-glass, although it has the place of one"
    mode = GlassMode.IN_SERVICE if unit.startswith("i-") else GlassMode.TASK
    return BreakGlass(service, unit, mode, GlassPhase.UNREADABLE, said, by="", at="", until="", place=parameter)


def read_break_glass(value: str | None) -> BreakGlass | None:
    """The note that a parameter holds; None where there is none, or one that cannot be read."""
    try:
        found: dict[str, Any] = {**json.loads(value or "")}
        mode, phase = GlassMode(found.pop("mode")), GlassPhase(found.pop("phase"))
        note = BreakGlass(mode=mode, phase=phase, **found)
        for moment in (note.at, note.until):
            parse_moment(moment)
    except (KeyError, TypeError, ValueError):
        return None
    return note if phase is not GlassPhase.UNREADABLE else None
