"""Reads what is noted of servers and tasks that somebody was let into, and says what cannot be read of it."""

from collections.abc import Mapping, Sequence

from strata.drift.noted_answers import NotedAnswers
from strata.rollout.aws_calls import BaseDriver
from strata.rollout.break_glass_note import BreakGlass, GlassPhase

__all__ = ["read_glass"]


def read_glass(
    answers: NotedAnswers, driver: BaseDriver, service: str, record: str, units: Sequence[str]
) -> Mapping[str, BreakGlass]:
    """What is noted of servers or tasks, as long as it is open; what cannot be read of it is noted as that.

    Args:
        answers: asks AWS.
        driver: the calls.
        service: their service.
        record: name of its release record.
        units: their ids.
    """
    what = "whether break-glass is open"
    notes = answers.read(service, what, lambda: driver.glass_notes(record, units)) or {}
    for unit, note in sorted(notes.items()):
        if note.phase is GlassPhase.UNREADABLE:
            answers.note(service, f"break-glass of {unit}", f"{note.reason}; see {note.how_to_close('')}")
    return notes
