"""What is said of a rollout to which no recorded release leads: that it is the first one, or that the record is gone.

A missing record alone does not make a first deployment: somebody may have deleted it, or have written over it. The note
of the last gate outlives it, and so does what runs.
"""

from collections.abc import Callable
from dataclasses import dataclass

from strata.naming import note_name
from strata.rollout.aws_calls import AsyncAws
from strata.rollout.denials import is_denied
from strata.rollout.note import Note, Phase, read_note
from strata.rollout.record import proven

__all__ = ["Unrecorded", "describe_last", "launching", "lines_of_unrecorded"]


@dataclass(frozen=True)
class Unrecorded:
    """A service of which no release is recorded.

    Args:
        note: what its last gate left; None where it has left nothing.
        written: whether there is a record at all.
        unreadable: whether it is none. Default: it can be read, or is not there.
    """

    note: Note | None
    written: bool
    unreadable: bool = False

    @property
    def first(self) -> bool:
        """Whether nothing shows that a gate has ever rolled it out."""
        if self.unreadable:
            return False
        # a service that has never had a server is recorded as not proven, and its gate has noted as much
        return self.note is None or (self.written and self.note.phase is not Phase.SUCCEEDED)

    @property
    def missing(self) -> str:
        """What is wrong with its record, as a predicate."""
        if self.unreadable:
            return "has a release record that cannot be read"
        return "has a release record that names nothing proven" if self.written else "has no release record"

    @property
    def last(self) -> str:
        """What its last gate has noted, as a clause; empty where it has noted nothing."""
        return describe_last(self.note, written=self.written)

    def headline(self, runs: str) -> str:
        """What is wrong, and what is there all the same.

        Args:
            runs: what of it is there, as a clause; empty for nothing.
        """
        if not runs:
            return f"{self.missing}, and nothing of it was found"
        return f"{self.missing}, {'and' if self.unreadable else 'although'} {runs}"


def describe_last(note: Note | None, *, written: bool = False) -> str:
    """What the last gate has left, as a clause; empty where it has left nothing.

    Args:
        note: its note.
        written: whether there is a record that names something else. Default: there is none.
    """
    if note is None:
        return ""
    said = f"its last rollout, to {note.image}, was begun at {note.began}, and is noted as {note.phase}"
    if note.phase is not Phase.SUCCEEDED or written:
        return said
    return f"{said}: the record was deleted since, or its `up` was killed before it wrote that"


def launching(runs: str, image: str) -> str:
    """What runs and what is launched next, as one clause.

    Args:
        runs: what runs, as a clause.
        image: what is launched next; empty where that is not known.
    """
    return f"{runs} and launches image {image}" if image else runs


async def lines_of_unrecorded(
    aws: AsyncAws, service: str, record: str, wanted: str, *, unit: str, look: Callable[[], str]
) -> list[str]:
    """The first lines of a preview where no release is recorded.

    Args:
        aws: AWS.
        service: the service.
        record: name of its release record.
        wanted: what is to be rolled out.
        unit: what runs it, such as "server".
        look: finds what of it is there, as a clause, empty for nothing. Only asked where this is no first deployment.
    """
    values = await aws.parameters([record, note_name(record)])
    value = values.get(record)
    found = Unrecorded(read_note(values.get(note_name(record))), value is not None, _is_none(value))
    if found.first:
        return [f"{service}: first deployment of {wanted}; up waits until every {unit} is healthy"]
    try:
        seen = found.headline(await aws(look))
    except Exception as error:
        if not is_denied(error):
            raise
        seen = f"{found.missing}, and whether anything runs it may not be asked here"
    does = f"up rolls out {wanted} where it does not run yet, waits until every {unit} is healthy, and records it"
    return [f"{service}: {seen}: {does}", *([f"  {found.last}"] if found.last else [])]


def _is_none(value: str | None) -> bool:
    try:
        _ = proven(value) if value is not None else None
    except ValueError:
        return True
    return False
