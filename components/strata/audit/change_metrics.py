"""How often changes fail and how long it takes to restore what they broke (pure).

The terms are those of the DORA metrics: a change is a release that somebody brought or tried to bring; going back to
an earlier one repairs a change and is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from strata.audit.change_events import ChangeEvent, ChangeKind

__all__ = ["ChangeMetrics", "measure"]

_CHANGES = (ChangeKind.RELEASE, ChangeKind.FAILED_ROLLOUT)


@dataclass(frozen=True)
class ChangeMetrics:
    """What so many changes come to.

    Args:
        changes: releases and failed rollouts.
        failed: those that failed, or were left by a rollback.
        rollbacks: ways back to an earlier release.
        median_seconds: to restore what a failed change broke; None where none was restored, or AWS does not say when.
        longest_seconds: the same, the longest.
        restored: how many failed changes these are of.
        open: failed changes after which no good release runs yet.
    """

    changes: int
    failed: int
    rollbacks: int
    median_seconds: float | None
    longest_seconds: float | None
    restored: int
    open: int

    @property
    def failure_rate(self) -> float | None:
        """Share of the changes that failed, from 0 to 1; None where there was no change."""
        return self.failed / self.changes if self.changes else None

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata audit` has it."""
        return {
            "change_count": self.changes,
            "failed_changes": self.failed,
            "change_failure_rate": self.failure_rate,
            "rollbacks": self.rollbacks,
            "restored": self.restored,
            "not_restored": self.open,
            "median_seconds_to_restore": self.median_seconds,
            "longest_seconds_to_restore": self.longest_seconds,
        }


def measure(events: Sequence[ChangeEvent]) -> ChangeMetrics:
    """What the changes among so many events come to."""
    changes = [each for each in events if each.kind in _CHANGES]
    bad = [each for each in changes if each.bad]
    spans = [seconds for each in bad if (seconds := each.seconds_to_repair) is not None]
    return ChangeMetrics(
        changes=len(changes),
        failed=len(bad),
        rollbacks=sum(1 for each in events if each.kind is ChangeKind.ROLLBACK),
        median_seconds=median(spans) if spans else None,
        longest_seconds=max(spans, default=None),
        restored=len(spans),
        open=sum(1 for each in bad if each.repaired is None),
    )
