"""What is there of one service, as somebody sees it who looks at AWS and at the stack file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strata.rollout.record import Release

__all__ = ["Seen"]


@dataclass(frozen=True)
class Seen:
    """One service as AWS and the stack file have it.

    Args:
        runs: versions of the servers or tasks that run or start.
        launches: the version that is launched next.
        rollouts: the version that each rollout AWS knows brings, by its id.
        rolling: the version that a rollout brings which has not ended; None where none is running.
        record: the release that the record names.
        record_number: the version of the parameter.
        note: what the last gate left.
        begun: the rollback that was begun last.
        vetoes: texts of the vetoes, by version.
        revoked: texts of the revocations of its image, by version.
        by_id: versions whose images are forbidden by their id or digest, whatever they are called.
        pinned: the version in the stack file.
        launched: the version of each server or task that AWS knows, by its id.
        confirmed: whether AWS has a note of the proof that the stack file gives for what it pins.
    """

    runs: frozenset[str]
    launches: str
    rollouts: Mapping[str, str]
    rolling: str | None
    record: Release
    record_number: int
    note: Mapping[str, Any]
    begun: Mapping[str, Any]
    vetoes: Mapping[str, str]
    revoked: Mapping[str, str]
    by_id: frozenset[str]
    pinned: str
    launched: Mapping[str, str]
    confirmed: bool

    @property
    def forbidden(self) -> frozenset[str]:
        """The versions that must not be started."""
        return frozenset({*self.vetoes, *self.revoked, *self.by_id})

    def runs_only(self, version: str) -> bool:
        """Whether that is all that runs or starts."""
        return self.runs == frozenset({version})

    @property
    def recorded(self) -> str:
        """The version that the record names."""
        return self.record.image.version
