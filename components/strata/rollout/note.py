"""What a gate leaves behind for the next reader: which release it rolled to, since when, and why it ended.

AWS knows who called its API, not why: a rollback that a gate asked for reads "requested by a user". The note is an SSM
parameter beside the record, `/strata/<project>/<stack>/<service>/last-rollout`, written over by every rollout. It is
not the record and proves nothing.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from strata.clock import Clock
from strata.errors import BusyError
from strata.naming import note_name
from strata.resource_hooks import Console
from strata.rollout.aws_calls import AsyncAws
from strata.rollout.messages import reason_of
from strata.rollout.record import ImageRef
from strata.rollout.spec import Rollout

__all__ = ["UNDER_WAY", "Journal", "Note", "Phase", "read_note"]

LONGEST_REASON = 1000
"""Characters of a reason that are kept; a standard parameter holds 4096 (Parameter Store)."""

ID_KEY = "refresh"
"""The name of `Note.rollout_id` in the parameter."""


class Phase(StrEnum):
    """How far a rollout is, for its gate."""

    ROLLING = "rolling"
    STOPPING = "stopping"
    """The gate has given up and has asked AWS to stop or roll back."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    NOT_PROVEN = "not proven"
    """What is launched next is of the release, but no server has run it."""


UNDER_WAY: Final = frozenset({Phase.ROLLING, Phase.STOPPING})
"""Phases of a rollout that has not ended, as far as its gate knew."""


@dataclass(frozen=True)
class Note:
    """One rollout as its gate saw it.

    Args:
        image: the image it is to bring.
        digest: the digest of its release.
        rollout_id: id that the deployer gave the rollout; None where none was needed.
        began: when the gate began, in UTC.
        phase: how far it is.
        reason: why the gate stopped it, or why it ended; empty while all is well.
        gives_up_after: seconds without a further healthy new server until the gate gives up.
        alarms: alarms that gate it.
    """

    image: ImageRef
    digest: str
    rollout_id: str | None
    began: str
    phase: Phase
    reason: str = ""
    gives_up_after: int = 0
    alarms: tuple[str, ...] = ()

    def to_json(self) -> str:
        """The parameter's value."""
        values = asdict(self)
        values |= {ID_KEY: values.pop("rollout_id"), "reason": self.reason[:LONGEST_REASON]}
        return json.dumps(values, sort_keys=True)


def read_note(value: str | None) -> Note | None:
    """The note a parameter holds; None where there is none, or one that cannot be read: it decides nothing."""
    try:
        found: dict[str, Any] = json.loads(value or "")
        found |= {"image": ImageRef(**found["image"]), "alarms": tuple(found["alarms"]), "phase": Phase(found["phase"])}
        return Note(rollout_id=found.pop(ID_KEY), **found)
    except (KeyError, TypeError, ValueError):
        return None


class Journal:
    """Keeps the note of one gate. One that cannot be written is a warning and decides nothing.

    Args:
        aws: AWS.
        clock: time.
        console: where a note that could not be written is reported.
    """

    def __init__(self, aws: AsyncAws, clock: Clock, console: Console) -> None:
        self._aws = aws
        self._clock = clock
        self._console = console
        self._note: Note | None = None
        self._replaced: Note | None = None
        self._silent = False

    async def begin(self, rollout: Rollout, rollout_id: str | None = None) -> None:
        """A rollout begins.

        Args:
            rollout: the rollout.
            rollout_id: id that the deployer gave it. Default: it has none yet, or needs none. So it is noted before it
                is started: whoever finds it running, and nobody who watches it, reads here what it brings.
        """
        self._replaced = await self._before(note_name(rollout.spec.record))
        await self._keep(
            rollout,
            Note(
                image=rollout.release.image,
                digest=rollout.release.digest,
                rollout_id=rollout_id,
                began=datetime.fromtimestamp(self._clock.now(), UTC).isoformat(timespec="seconds"),
                phase=Phase.ROLLING,
                gives_up_after=rollout.spec.patience_seconds,
                alarms=rollout.alarms,
            ),
        )

    async def started(self, rollout: Rollout, rollout_id: str) -> None:
        """The deployer has started what began."""
        if self._note is None:
            await self.begin(rollout, rollout_id)
        else:
            await self._keep(rollout, replace(self._note, rollout_id=rollout_id))

    async def not_started(self, rollout: Rollout, error: Exception) -> None:
        """What began has not been started, or nobody knows whether it has.

        Args:
            rollout: the rollout.
            error: why. Where somebody else has begun one at this moment, the note is theirs.
        """
        if isinstance(error, BusyError):
            if self._replaced is not None:
                await self._keep(rollout, self._replaced)
            return
        await self.enter(rollout, Phase.FAILED, reason_of(error))

    async def adopted(self, rollout: Rollout, rollout_id: str) -> None:
        """A rollout is adopted: its beginning and its reason stay those of the gate before, if that has noted it."""
        before = await self._before(note_name(rollout.spec.record))
        if before is not None and before.rollout_id == rollout_id:
            self._note = before
        elif before is not None and before.rollout_id is None and before.digest == rollout.release.digest:
            # that gate was gone before it knew the id
            await self._keep(rollout, replace(before, rollout_id=rollout_id, phase=Phase.ROLLING, reason=""))
        else:
            await self.begin(rollout, rollout_id)

    async def enter(self, rollout: Rollout, phase: Phase, reason: str = "") -> None:
        """The rollout has entered a phase; without a reason the one before stays, except that a success has none."""
        if self._note is None:
            await self.begin(rollout)
        if self._note is not None:
            before = "" if phase is Phase.SUCCEEDED else self._note.reason
            await self._keep(rollout, replace(self._note, phase=phase, reason=reason or before))

    async def proven(self, rollout: Rollout) -> None:
        """Nothing had to be rolled and the release is proven: a note to the contrary must not stay."""
        before = await self._before(note_name(rollout.spec.record))
        if before is None or (before.phase is not Phase.NOT_PROVEN and before.digest != rollout.release.digest):
            return
        release = rollout.release
        proven = replace(before, image=release.image, digest=release.digest, phase=Phase.SUCCEEDED, reason="")
        if proven != before:
            await self._keep(rollout, proven)

    async def _before(self, name: str) -> Note | None:
        try:
            return read_note((await self._aws.parameters_if_answered([name])).get(name))
        except Exception:  # noqa: BLE001  then this gate's note begins where it adopted the rollout
            return None

    async def _keep(self, rollout: Rollout, note: Note) -> None:
        self._note = note
        name = note_name(rollout.spec.record)
        try:
            await self._aws.keep_note(name, note.to_json())
        except Exception as error:  # noqa: BLE001  the note reports a rollout, and never decides it
            if not self._silent:
                self._console.warn(f"{rollout.service}: why this rollout ends could not be kept in {name}: {error}")
            self._silent = True
