"""What a look for drift comes to: differences, what could not be read, and what a command ends with (pure)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from strata.drift.accepted_difference import AcceptedDifference
from strata.drift.drift_kinds import KINDS, DriftKind, DriftKindRow
from strata.drift.fix_names import filled
from strata.drift.resource_look import ResourceLook
from strata.drift.task_drift_kinds import TASK_KINDS
from strata.exit_code import ExitCode

__all__ = [
    "SERVERS",
    "TASKS",
    "AcceptedFinding",
    "ContentsCount",
    "DriftFinding",
    "ServiceDrift",
    "StackDrift",
    "StaleAcceptance",
    "UnreadPart",
]

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
        part: of the subject, where several parts of it may differ in the same kind. Default: all of it.
        known_by: by what it is known again while `found` moves by itself, such as an age. Default: `found`.
        was_accepted: that it was accepted once and counts again, as a clause. Default: it was not.
        remedy: what to do about this one, as a clause. Default: what the table of kinds has.
        names: what stands in the commands of that in place of STACK, GROUP and the like.
    """

    kind: DriftKind
    service: str
    subject: str
    expected: Any
    found: Any
    said: str
    since: str | None = None
    unit: str = SERVERS
    part: str = ""
    known_by: Any = None
    was_accepted: str = ""
    remedy: str = ""
    names: Mapping[str, str] = field(default_factory=dict[str, str], compare=False)

    @property
    def key(self) -> str:
        """What it is accepted by; no two of a service have the same one."""
        return f"{self.kind}:{self.subject}{f'/{self.part}' if self.part else ''}"

    @property
    def wanted(self) -> Any:
        """What was released of its part."""
        return self._of_part(self.expected)

    @property
    def value(self) -> Any:
        """What there is of its part, as far as it is the same as long as the difference is."""
        return self._of_part(self.found if self.known_by is None else self.known_by)

    def _of_part(self, value: Any) -> Any:
        return value[self.part] if isinstance(value, dict) and [*value] == [self.part] else value

    @property
    def row(self) -> DriftKindRow:
        """What is to be known of its kind."""
        return (TASK_KINDS if self.unit == TASKS else KINDS)[self.kind]

    @property
    def fix(self) -> str:
        """What to do about it, as a clause; its commands can be pasted."""
        return filled(self.remedy or self.row.remedy, {"ID": self.subject, "SERVICE": self.service, **self.names})

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "kind": self.kind.value,
            "key": self.key,
            "service": self.service,
            "subject": self.subject,
            "expected": self.expected,
            "found": self.found,
            "said": self.said,
            "since": self.since,
            "was_accepted": self.was_accepted or None,
            "healed_by_replacement": self.row.replaced,
            "fix": self.fix,
        }


@dataclass(frozen=True)
class AcceptedFinding:
    """A difference that is accepted.

    Args:
        finding: the difference.
        entry: that it is accepted.
    """

    finding: DriftFinding
    entry: AcceptedDifference

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        entry = self.entry
        terms = {"reason": entry.reason, "by": entry.by, "at": entry.at, "expires": entry.expires.isoformat()}
        return {**self.finding.document(), **terms}


@dataclass(frozen=True)
class StaleAcceptance:
    """Something that is accepted and is not there.

    Args:
        entry: that it is accepted.
        why: it is not there, as a clause.
    """

    entry: AcceptedDifference
    why: str

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**self.entry.document(), "why": self.why}


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
class ContentsCount:
    """How many servers have compared themselves with what their images were baked with.

    Args:
        compared: that many have.
        servers: so many were to.
    """

    compared: int
    servers: int

    @property
    def sentence(self) -> str:
        """As people read it."""
        if not self.servers:
            return "no server is in service, so that none has compared itself with its image"
        how = (
            "has compared itself with its image" if self.servers == 1 else "have compared themselves with their images"
        )
        return f"{self.compared} of {_many(self.servers, 'server')} {how}"

    def document(self) -> dict[str, int]:
        """As JSON has it."""
        return {"compared": self.compared, "servers": self.servers}


@dataclass(frozen=True)
class ServiceDrift:
    """One service that was looked at.

    Args:
        service: its name.
        version: of the image that it is proven to run; None where nothing is proven.
        compared: how many servers or tasks were compared.
        rolling: whether a rollout is running.
        findings: its differences, as far as they count.
        delegated: what was seen and is none, one line each.
        unit: what it is run by.
        accepted: differences that do not count for a time.
        ignored: differences that do not count in this run.
        contents: how many servers compared themselves with their images; None where they were not asked.
    """

    service: str
    version: str | None
    compared: int
    rolling: bool
    findings: tuple[DriftFinding, ...]
    delegated: tuple[str, ...] = ()
    unit: str = SERVERS
    accepted: tuple[AcceptedFinding, ...] = ()
    ignored: tuple[DriftFinding, ...] = ()
    contents: ContentsCount | None = None

    @property
    def headline(self) -> str:
        """What it comes to."""
        aside = ((len(self.accepted), "accepted"), (len(self.ignored), "ignored"))
        left_out = "".join(f", {count} {how}" for count, how in aside if count)
        if self.findings:
            result = f"{len(self.findings)} difference{'' if len(self.findings) == 1 else 's'}{left_out}"
        elif left_out:
            result = f"no further drift{left_out}"
        else:
            result = "no drift" if self.compared else "nothing to compare"
        return f"{self.version or 'nothing proven'}, {_counted(self.compared, self.unit)}: {result}"

    @property
    def fixes(self) -> Iterator[tuple[DriftKind, str]]:
        """What to do about each kind, with commands for the first difference of it, and for how many it is the same."""
        alike: dict[tuple[DriftKind, str], dict[str, None]] = {}
        for each in self.findings:
            alike.setdefault((each.kind, each.remedy), {})[each.fix] = None
        for (kind, _), (fix, *others) in alike.items():
            yield kind, f"{fix}; likewise for {len(others)} more" if others else fix

    def with_names(self, names: Mapping[str, str]) -> "ServiceDrift":
        """With more names for the commands of its fixes; see `fix_names.py`."""
        findings = (replace(each, names={**each.names, **names}) for each in self.findings)
        return replace(self, findings=tuple(findings))

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "service": self.service,
            "version": self.version,
            "unit": self.unit,
            "compared": self.compared,
            "rolling": self.rolling,
            "findings": [each.document() for each in self.findings],
            "accepted": [each.document() for each in self.accepted],
            "ignored": [each.document() for each in self.ignored],
            "delegated": list(self.delegated),
            "contents": self.contents.document() if self.contents is not None else None,
        }


@dataclass(frozen=True)
class StackDrift:
    """Everything that was asked about.

    Args:
        stack: as it was named.
        services: those that were looked at.
        unread: what could not be.
        ignored_kinds: kinds of differences that do not count in this run.
        stale: what is accepted and is not there.
        at: when it was looked at, as RFC 3339 in UTC.
        resources: what a refresh found of all resources of the stack; None where that was not asked.
        in_place: fleets that were not looked at: they are changed in place, and have no release to compare with.
    """

    stack: str
    services: Sequence[ServiceDrift]
    unread: Sequence[UnreadPart] = ()
    ignored_kinds: tuple[DriftKind, ...] = ()
    stale: tuple[StaleAcceptance, ...] = ()
    at: str = ""
    resources: ResourceLook | None = None
    in_place: tuple[str, ...] = ()

    @property
    def findings(self) -> Iterator[DriftFinding]:
        """All differences that count."""
        return (each for service in self.services for each in service.findings)

    @property
    def differs(self) -> bool:
        """Whether anything counts as a difference."""
        return next(self.findings, None) is not None or bool(self.resources and self.resources.differing)

    @property
    def headline(self) -> str:
        """What it comes to, as a clause."""
        count, drifted = len(list(self.findings)), sum(bool(each.findings) for each in self.services)
        said = [f"{_many(count, 'difference')} in {drifted} of {_many(len(self.services), 'service')}"]
        if self.resources is not None:
            said.append(self.resources.headline)
        if self.unread:
            said.append(f"{_many(len(self.unread), 'part')} not read")
        return ", ".join(said)

    def exit_code(self, *, strict: bool) -> ExitCode:
        """What the command ends with: a difference is one, whatever else could not be read.

        Args:
            strict: whether what could not be read, or is accepted and not there, ends with the code for warnings.
        """
        if self.differs:
            return ExitCode.DRIFT
        if self.unread:
            return ExitCode.WARNINGS if strict else ExitCode.FAILED
        return ExitCode.WARNINGS if strict and self.stale else ExitCode.OK

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "stack": self.stack,
            "at": self.at,
            "services": [each.document() for each in self.services],
            "resource_drift": self.resources.document() if self.resources is not None else None,
            "unread": [each.document() for each in self.unread],
            "in_place": list(self.in_place),
            **self.left_out(),
        }

    def left_out(self) -> dict[str, Any]:
        """What of it does not count, besides what its services have, as JSON has it."""
        kinds = [each.value for each in self.ignored_kinds]
        return {"ignored_kinds": kinds, "stale": [each.document() for each in self.stale]}


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _counted(count: int, unit: str) -> str:
    if count == 0:
        return f"no {unit} compared"
    return f"{count} {unit.removesuffix('s') if count == 1 else unit} compared"
