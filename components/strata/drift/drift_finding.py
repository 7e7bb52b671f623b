"""What a look for drift comes to: differences, what could not be read, and what a command ends with (pure)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from strata.drift.drift_kinds import KINDS, DriftKind, DriftKindRow
from strata.drift.task_drift_kinds import TASK_KINDS
from strata.exit_code import ExitCode

__all__ = ["SERVERS", "TASKS", "DriftFinding", "ServiceDrift", "StackDrift", "UnreadPart"]

SERVERS: Final = "servers"
TASKS: Final = "tasks"


@dataclass(frozen=True)
class DriftFinding:
    """One difference between what runs and what was released.

    Args:
        kind: of what.
        service: the service.
        subject: what it is found on: the id of an instance, the name of a group, of an image or of a record.
        expected: what was released, as a value.
        found: what there is instead, as a value.
        said: both as a sentence, without the subject.
        since: from when on, as RFC 3339 in UTC. Default: AWS does not say.
        unit: what the service is run by.
    """

    kind: DriftKind
    service: str
    subject: str
    expected: Any
    found: Any
    said: str
    since: str | None = None
    unit: str = SERVERS

    @property
    def row(self) -> DriftKindRow:
        """What is to be known of its kind."""
        return (TASK_KINDS if self.unit == TASKS else KINDS)[self.kind]

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "kind": self.kind.value,
            "service": self.service,
            "subject": self.subject,
            "expected": self.expected,
            "found": self.found,
            "said": self.said,
            "since": self.since,
            "healed_by_replacement": self.row.replaced,
            "fix": self.row.remedy,
        }


@dataclass(frozen=True)
class UnreadPart:
    """Something that could not be read, so that nothing is known of it.

    Args:
        service: the service.
        what: was to be compared.
        why: it could not.
        call: the call of AWS that was to answer. Default: none was made.
    """

    service: str
    what: str
    why: str
    call: str | None = None

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"service": self.service, "what": self.what, "why": self.why, "call": self.call}


@dataclass(frozen=True)
class ServiceDrift:
    """One service that was looked at.

    Args:
        service: its name.
        version: of the image that it is proven to run; None where nothing is proven.
        compared: how many servers or tasks were compared.
        rolling: whether a rollout is running.
        findings: its differences.
        delegated: what was seen and is none, one line each.
        unit: what it is run by.
    """

    service: str
    version: str | None
    compared: int
    rolling: bool
    findings: tuple[DriftFinding, ...]
    delegated: tuple[str, ...] = ()
    unit: str = SERVERS

    @property
    def headline(self) -> str:
        """What it comes to."""
        if self.findings:
            result = f"{len(self.findings)} difference{'' if len(self.findings) == 1 else 's'}"
        else:
            result = "no drift" if self.compared else "nothing to compare"
        return f"{self.version or 'nothing proven'}, {_counted(self.compared, self.unit)}: {result}"

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "service": self.service,
            "version": self.version,
            "unit": self.unit,
            "compared": self.compared,
            "rolling": self.rolling,
            "findings": [each.document() for each in self.findings],
            "delegated": list(self.delegated),
        }


@dataclass(frozen=True)
class StackDrift:
    """Everything that was asked about.

    Args:
        stack: as it was named.
        services: those that were looked at.
        unread: what could not be.
    """

    stack: str
    services: Sequence[ServiceDrift]
    unread: Sequence[UnreadPart] = ()

    @property
    def findings(self) -> Iterator[DriftFinding]:
        """All differences."""
        return (each for service in self.services for each in service.findings)

    def exit_code(self, *, strict: bool) -> ExitCode:
        """What the command ends with: a difference is one, whatever else could not be read.

        Args:
            strict: whether what could not be read ends with the code for warnings.
        """
        if next(self.findings, None) is not None:
            return ExitCode.DRIFT
        if self.unread:
            return ExitCode.WARNINGS if strict else ExitCode.FAILED
        return ExitCode.OK

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "stack": self.stack,
            "services": [each.document() for each in self.services],
            "unread": [each.document() for each in self.unread],
        }


def _counted(count: int, unit: str) -> str:
    if count == 0:
        return f"no {unit} compared"
    return f"{count} {unit.removesuffix('s') if count == 1 else unit} compared"
