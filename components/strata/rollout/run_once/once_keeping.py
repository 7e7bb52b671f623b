"""Which notes of what ran once are needed no more, and removing them.

There is one for each release, and Parameter Store holds 10,000 standard parameters in an account and region
(https://docs.aws.amazon.com/general/latest/gr/ssm.html). It keeps the last 100 versions of the release record; what ran
for a release before those says nothing of any release that could come back.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from strata.aws.parameters import KEPT_VERSIONS
from strata.clock import parse_moment
from strata.rollout.once_note import OnceNote, OncePhase, read_once
from strata.rollout.record import Release, readable
from strata.rollout.run_once.once_parameters import OnceParameters

__all__ = ["forget_unneeded", "unneeded_notes"]


def forget_unneeded(driver: OnceParameters, record: str) -> None:
    """Remove the notes of a service that say nothing of any release which its record still knows.

    Args:
        driver: AWS.
        record: name of the release record of the service.
    """
    notes = driver.once_values(record)
    if len(notes) <= KEPT_VERSIONS:
        # most likely none of them is that old, and so few are no trouble
        return
    unneeded = unneeded_notes(notes, driver.dated_history(record))
    # somebody may have begun one anew meanwhile
    still = driver.parameters(unneeded)
    for name in unneeded:
        if still.get(name) == notes[name]:
            driver.forget_once(name)


def unneeded_notes(notes: Mapping[str, str], history: Sequence[tuple[str, datetime]]) -> list[str]:
    """Names of the notes that are needed no more (pure).

    A note stays if it may be of something that runs, if it cannot be read, if its release is in the history of the
    record, and if it was begun since the oldest version there: then it may bar the way back to that, and `strata
    rollout history` has it in its place.

    Args:
        notes: their values by the names of their parameters.
        history: the values that the release record has had and when it got them, oldest first.
    """
    if len(history) < KEPT_VERSIONS:
        # from the first release on, everything is there
        return []
    oldest = history[0][1]
    known = {each.digest for value, _ in history if (each := readable(Release, value)) is not None}
    read = {name: read_once(value) for name, value in notes.items()}
    return sorted(name for name, note in read.items() if note is not None and _is_over(note, oldest, known))


def _is_over(note: OnceNote, oldest: datetime, known: set[str]) -> bool:
    began = parse_moment(note.began)
    return note.phase in (OncePhase.SUCCEEDED, OncePhase.FAILED) and began < oldest and note.digest not in known
