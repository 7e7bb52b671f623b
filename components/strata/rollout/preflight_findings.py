"""What speaks against a rollout, whatever it replaces: findings, printed or refused all at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from strata.errors import PreflightError
from strata.resource_hooks import Console

__all__ = ["PreflightFinding", "PreflightSeverity", "heed"]


class PreflightSeverity(StrEnum):
    """What a finding means for the rollout."""

    REFUSE = "refuse"
    WARN = "warn"


@dataclass(frozen=True)
class PreflightFinding:
    """One thing a preflight found, with what to do about it."""

    severity: PreflightSeverity
    text: str
    fix: str

    def __str__(self) -> str:
        return f"{self.text}\n    fix: {self.fix}"


def heed(findings: Sequence[PreflightFinding], console: Console, service: str, refusal: str) -> None:
    """Print the warnings among findings, and stop for the refusals, all at once.

    Args:
        findings: what was found.
        console: where warnings go.
        service: whose rollout it is.
        refusal: what must not be done for the refusals, as a clause.

    Raises:
        PreflightError: there are refusals.
    """
    for finding in findings:
        if finding.severity is PreflightSeverity.WARN:
            console.warn(f"{service}: {finding}")
    if refused := [finding for finding in findings if finding.severity is PreflightSeverity.REFUSE]:
        listed = "\n".join(f"  - {finding}" for finding in refused)
        raise PreflightError(f"{service}: {refusal}:\n{listed}")
