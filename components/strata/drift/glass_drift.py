"""Servers and tasks that somebody was let into: which are held, which are over, which serve again (pure)."""

from collections.abc import Iterator, Mapping

from strata.drift.drift_finding import SERVERS, DriftFinding
from strata.drift.drift_kinds import DriftKind
from strata.rollout.break_glass_note import BreakGlass

__all__ = ["describe_held", "find_on_glass", "held_by"]


def held_by(notes: Mapping[str, BreakGlass], serving: frozenset[str], now: float) -> dict[str, BreakGlass]:
    """What is held on purpose, by its id: whatever it is like, it is no drift.

    Args:
        notes: those that are open, by the id of their server or task.
        serving: ids of all that is in service.
        now: epoch seconds.
    """
    return {unit: note for unit, note in notes.items() if note.holds(now) and not note.came_back(serving)}


def describe_held(held: Mapping[str, BreakGlass], now: float) -> Iterator[str]:
    """What is said of that, one line each."""
    for unit, note in sorted(held.items()):
        yield f"held: {unit}, {note.sentence(now)}"


def find_on_glass(
    service: str,
    notes: Mapping[str, BreakGlass],
    tainted: Mapping[str, str],
    serving: frozenset[str],
    now: float,
    unit: str = SERVERS,
) -> Iterator[DriftFinding]:
    """Every difference that break-glass has left.

    Args:
        service: the service.
        notes: those that are open, by the id of their server or task.
        tainted: what the mark of each says that is tainted, by its id.
        serving: ids of all that is in service.
        now: epoch seconds.
        unit: what the service is run by.
    """
    for each, note in sorted(notes.items()):
        if note.came_back(serving):
            said = f"serves again, and {note.sentence(now)}"
            yield DriftFinding(DriftKind.TAINTED, service, each, "standby", "in-service", said, note.at, unit)
        elif note.expired(now):
            yield DriftFinding(
                DriftKind.KEPT if note.untouched else DriftKind.GLASS_EXPIRED,
                service,
                each,
                note.until,
                note.state(now),
                note.sentence(now),
                note.until,
                unit,
            )
    for each, said in sorted(tainted.items()):
        if each in serving and each not in notes:
            text = f"serves, is tainted ({said}), and no note of break-glass is open for it"
            yield DriftFinding(DriftKind.TAINTED, service, each, None, said, text, None, unit)
