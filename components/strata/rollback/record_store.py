"""The release record in Parameter Store, read with its history and written without an engine."""

from dataclasses import dataclass

from strata.aws.clients import ClientFor
from strata.aws.parameters import describe_history, describe_parameters, read_parameters
from strata.clock import Clock, utc_text
from strata.naming import note_name, rollback_name
from strata.rollback.failed_rollouts import NotedRollout
from strata.rollback.past_releases import RecordVersion
from strata.rollout.begun_rollback import BegunRollback, read_begun
from strata.rollout.note import read_note
from strata.rollout.record import Release, describe_record, readable

__all__ = ["NotedRollback", "RecordStore"]


@dataclass(frozen=True)
class NotedRollback:
    """The note of a rollback, as Parameter Store keeps it.

    Args:
        begun: the note.
        number: of the parameter's version.
        by: ARN of who wrote it; empty where it is not known.
    """

    begun: BegunRollback
    number: int
    by: str


class RecordStore:
    """The record of one service.

    Args:
        client: gives the boto3 client of a service.
        clock: time.
        name: of the parameter.
    """

    def __init__(self, client: ClientFor, clock: Clock, name: str) -> None:
        self._client = client
        self._clock = clock
        self.name = name

    def versions(self) -> list[RecordVersion]:
        """All versions that AWS keeps, oldest first; none where there is no record."""
        return self._kept(self.name)

    def notes(self) -> dict[str, NotedRollout]:
        """What gates left of their rollouts, by the ids of those, as far back as AWS keeps it."""
        found: dict[str, NotedRollout] = {}
        for each in self._kept(note_name(self.name)):
            note = read_note(each.value)
            if note is not None and note.rollout_id is not None:
                # later notes may be of somebody who adopted the rollout
                first = found.get(note.rollout_id)
                found[note.rollout_id] = NotedRollout(note, (first.by if first else "") or each.by)
        return found

    def rolled(self, since: str) -> list[str]:
        """Digests of the releases to which rollouts have begun, oldest first.

        Args:
            since: a moment, in UTC.
        """
        notes = [note for each in self._kept(note_name(self.name)) if (note := read_note(each.value))]
        # moments in UTC are in the order of their text
        return [each.digest for each in notes if each.began >= since]

    def _kept(self, name: str) -> list[RecordVersion]:
        return [
            RecordVersion(
                number=int(each["Version"]),
                value=str(each["Value"]),
                at=each.get("LastModifiedDate"),
                by=str(each.get("LastModifiedUser") or ""),
            )
            for each in describe_history(self._client, name)
        ]

    def release(self) -> Release | None:
        """The release that it names; None where it names none."""
        return readable(Release, read_parameters(self._client, [self.name]).get(self.name))

    def write(self, service: str, release: Release) -> None:
        """Let the record name a release, in the very words that the program would write."""
        value = release.to_json()
        if read_parameters(self._client, [self.name]).get(self.name) == value:
            return
        self._client("ssm").put_parameter(
            Name=self.name,
            Value=value,
            Description=describe_record(service, release.contents),
            Type="String",
            Overwrite=True,
        )

    def begun(self) -> tuple[BegunRollback | None, int]:
        """The last rollback that was begun, and the number of its note; None and 0 where there was none.

        One that cannot be read is None, too.
        """
        found = next(iter(describe_parameters(self._client, [rollback_name(self.name)])), None)
        return (read_begun(found["Value"]), int(found["Version"])) if found is not None else (None, 0)

    def rollbacks(self) -> list[NotedRollback]:
        """All rollbacks that were begun, oldest first, as far back as AWS keeps their notes."""
        kept = self._kept(rollback_name(self.name))
        return [NotedRollback(begun, each.number, each.by) for each in kept if (begun := read_begun(each.value))]

    def begin(self, leaves: Release, to: Release, number: int) -> None:
        """Note that a rollback was begun.

        Args:
            leaves: the release that it leaves.
            to: the release that it goes back to.
            number: of the record's newest version.
        """
        at = utc_text(self._clock.now())
        begun = BegunRollback(leaves.digest, leaves.image.version, to.digest, to.image.version, at, number)
        self._client("ssm").put_parameter(
            Name=rollback_name(self.name), Value=begun.to_json(), Type="String", Overwrite=True
        )
