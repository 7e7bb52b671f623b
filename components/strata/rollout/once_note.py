"""What AWS keeps of a task that runs once for a release: whether it has run, what became of it, and who began it.

The note is an SSM parameter beside the release record, `/strata/<project>/<stack>/<service>/once/<task>/<digest>`.
It is made once, by a request that AWS refuses if it is there already: whoever makes it begins the task. In it is the
token by which AWS tells a repeated request for the same task from a new one, so that all who read it wait for the same.
"""

import hashlib
import json
import uuid
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from pydantic import TypeAdapter

from strata.clock import parse_moment
from strata.rollout.record import ImageRef
from strata.settings.models import Compatible, RunOnceSettings

__all__ = ["OnceNote", "OncePhase", "once_name", "once_path", "read_once"]

_LONGEST: Final = 1000
"""Characters of a reason that are kept; a standard parameter holds 4096 (Parameter Store)."""
_TOKEN: Final = 32


def once_path(record: str) -> str:
    """Below which the notes of a service are.

    Args:
        record: name of its release record.
    """
    return f"{record.rpartition('/')[0]}/once"


def once_name(record: str, task: str, digest: str) -> str:
    """The note of a task for a release.

    Args:
        record: name of the release record.
        task: what the task is called.
        digest: of the release.
    """
    return f"{once_path(record)}/{task}/{digest}"


class OncePhase(StrEnum):
    """How far a task is that runs once."""

    RUNNING = "running"
    """It was begun, and nobody has seen its end."""
    UNKNOWN = "unknown"
    """Its end was not seen, and it does not run: only told, and never kept."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class OnceNote:
    """One task that runs once for a release.

    Args:
        task: what it is called.
        image: the image of the release.
        digest: of the release.
        compatible: whether the release before can run after it.
        token: tells a repeated request for it from a new one.
        began: when it was begun, in UTC.
        by: ARN of who began it.
        attempt: how often it was begun, itself included: one that has failed is begun anew by the next `up`.
        phase: how far it is.
        unit: ARN of the task that runs it; empty while nobody has seen one.
        ended: when its end was seen, in UTC; empty before.
        reason: why it failed.
        ran: whether its command may have done something: not where no container has ever started.
    """

    task: str
    image: ImageRef
    digest: str
    compatible: Compatible
    token: str
    began: str
    by: str
    attempt: int = 1
    phase: OncePhase = OncePhase.RUNNING
    unit: str = ""
    ended: str = ""
    reason: str = ""
    ran: bool = True

    @classmethod
    def begun(cls, settings: RunOnceSettings, image: ImageRef, digest: str, *, at: str, by: str) -> "OnceNote":
        """The first of its kind.

        Args:
            settings: what runs.
            image: of the release.
            digest: of the release.
            at: the moment, in UTC.
            by: ARN of who begins it.
        """
        token = uuid.uuid4().hex
        return cls(
            task=settings.name,
            image=image,
            digest=digest,
            compatible=settings.compatible,
            token=token,
            began=at,
            by=by,
        )

    def again(self, settings: RunOnceSettings, *, at: str, by: str) -> "OnceNote":
        """The next attempt, whose token is the same whoever makes it.

        Args:
            settings: what runs.
            at: the moment, in UTC.
            by: ARN of who begins it.
        """
        return replace(
            self,
            token=hashlib.sha256(self.token.encode()).hexdigest()[:_TOKEN],
            compatible=settings.compatible,
            attempt=self.attempt + 1,
            phase=OncePhase.RUNNING,
            began=at,
            by=by,
            unit="",
            ended="",
            reason="",
            ran=True,
        )

    def end(self, phase: OncePhase, *, at: str, reason: str = "", ran: bool = True) -> "OnceNote":
        """What it is once its end was seen."""
        return replace(self, phase=phase, ended=at, reason=reason[:_LONGEST], ran=ran)

    @property
    def state(self) -> str:
        """How far it is, in words after its name."""
        return "was begun, and its end was not seen" if self.phase is OncePhase.UNKNOWN else self.phase.value

    @property
    def blocks_way_back(self) -> bool:
        """Whether releases before it cannot run any more: also where it has failed halfway."""
        return self.compatible is Compatible.NONE and self.ran

    def bars(self, recorded: datetime) -> bool:
        """Whether what was recorded last at a moment cannot run any more.

        Args:
            recorded: the moment.
        """
        return self.blocks_way_back and parse_moment(self.began) > recorded

    def name(self, record: str) -> str:
        """Name of its parameter.

        Args:
            record: name of the release record.
        """
        return once_name(record, self.task, self.digest)

    def to_json(self) -> str:
        """The parameter's value."""
        return json.dumps(asdict(self), sort_keys=True)

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata rollout history` has it."""
        return {
            "task": self.task,
            "version": self.image.version,
            "digest": self.digest,
            "phase": self.phase.value,
            "compatible": self.compatible.value,
            "attempt": self.attempt,
            "began": parse_moment(self.began).isoformat(),
            "ended": parse_moment(self.ended).isoformat() if self.ended else None,
            "by": self.by or None,
            "reason": self.reason or None,
        }


_NOTE: Final = TypeAdapter(OnceNote)
_FIELDS: Final = frozenset(each.name for each in fields(OnceNote))


def read_once(value: str | None) -> OnceNote | None:
    """The task that a parameter names; None where it names none that can be read.

    Args:
        value: the parameter's value; None where there is none.
    """
    try:
        note = _NOTE.validate_json(value or "", strict=True)
        parse_moment(note.began)
        if note.ended:
            parse_moment(note.ended)
    except ValueError:
        return None
    # a default stands for nothing that somebody has taken out: without `ran` or `compatible` nobody knows them
    return note if json.loads(value or "").keys() == _FIELDS else None
