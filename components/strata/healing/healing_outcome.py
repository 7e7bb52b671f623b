"""What healing came to, service by service, and what the command ends with (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from strata.drift.drift_finding import ServiceDrift, StackDrift
from strata.exit_code import ExitCode
from strata.healing.healing_plan import HealingPlan
from strata.healing.healing_rounds import HealingProgress

__all__ = ["HealedService", "HealingOutcome", "StackHealing"]


class HealingOutcome(StrEnum):
    """How healing a service ended."""

    NOTHING = "nothing-to-replace"
    PLANNED = "planned"
    REPLACED = "replaced"
    REFUSED = "refused"
    BUSY = "busy"
    FAILED = "failed"


_ENDS_WITH = {
    HealingOutcome.FAILED: ExitCode.FAILED,
    HealingOutcome.BUSY: ExitCode.BUSY,
    HealingOutcome.REFUSED: ExitCode.REFUSED,
}
"""The gravest first; everything else ends with what the last look found."""


@dataclass(frozen=True)
class HealedService:
    """One service.

    Args:
        plan: what was to be done.
        outcome: how it ended.
        progress: what has been done.
        why: it ended like that, as a sentence; empty where nothing was in the way.
        fix: what to do about that.
        after: what a look after everything found; None where nothing was replaced, so that the first look still holds.
    """

    plan: HealingPlan
    outcome: HealingOutcome
    progress: HealingProgress
    why: str = ""
    fix: str = ""
    after: ServiceDrift | None = None

    @property
    def drift(self) -> ServiceDrift:
        """What the last look at it found."""
        return self.after or self.plan.drift

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        plan, progress, terms = self.plan, self.progress, self.plan.look.terms if self.plan.look else None
        return {
            **self.drift.document(),
            "outcome": self.outcome.value,
            "why": self.why or None,
            "fix": self.fix or None,
            "desired": terms.desired if terms else None,
            "floor": terms.floor if terms else None,
            "worn": [each.document() for each in plan.worn],
            "worn_batches": [list(each) for each in plan.batches],
            "by_rollout": list(plan.together),
            "left_alone": [each.document() for each in plan.left],
            "replaced_ids": list(progress.replaced),
            "lowest_healthy": progress.lowest_healthy,
            "looks": progress.looks,
        }


@dataclass(frozen=True)
class StackHealing:
    """All services that were asked about.

    Args:
        services: every one of them.
        last: what the last look at the stack found.
        dry_run: whether nothing was done.
    """

    services: Sequence[HealedService]
    last: StackDrift
    dry_run: bool

    def exit_code(self, *, strict: bool) -> ExitCode:
        """What the command ends with: what was in the way, else what the last look found.

        Args:
            strict: whether what could not be read ends with the code for warnings.
        """
        ended = {each.outcome for each in self.services}
        graver = next((code for outcome, code in _ENDS_WITH.items() if outcome in ended), None)
        return graver if graver is not None else self.last.exit_code(strict=strict)

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "stack": self.last.stack,
            "dry_run": self.dry_run,
            "services": [each.document() for each in self.services],
            "unread": [each.document() for each in self.last.unread],
            **self.last.left_out(),
        }
