"""The engine's events, as typed values: what it reports while it works, one JSON document a line."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Changes", "Diagnostic", "Event", "Step", "parse_event", "stack_outputs"]

KINDS = (
    "preludeEvent",
    "resourcePreEvent",
    "resOutputsEvent",
    "resOpFailedEvent",
    "diagnosticEvent",
    "stdoutEvent",
    "policyEvent",
    "progressEvent",
    "summaryEvent",
    "cancelEvent",
)


@dataclass(frozen=True)
class Event:
    """One event of the engine.

    Attributes:
        sequence: its place in the run, from 0.
        timestamp: when it happened, seconds since the epoch (whole seconds).
        kind: the engine's name for it, such as `diagnosticEvent`; `other` for one this version does not know.
        body: the engine's content.
    """

    sequence: int
    timestamp: int
    kind: str
    body: Mapping[str, Any]

    @property
    def step(self) -> "Step | None":
        """The resource step this event starts, ends or fails, if it is about one."""
        metadata = self.body.get("metadata")
        if self.kind not in ("resourcePreEvent", "resOutputsEvent", "resOpFailedEvent") or not metadata:
            return None
        return Step(
            operation=str(metadata.get("op", "")),
            urn=str(metadata.get("urn", "")),
            type=str(metadata.get("type", "")),
            planned=bool(self.body.get("planning")),
        )

    @property
    def diagnostic(self) -> "Diagnostic | None":
        """What this event tells a person, if it does; a policy that is mandatory speaks as an error."""
        if self.kind == "policyEvent":
            return Diagnostic(
                severity="error" if self.body.get("enforcementLevel") == "mandatory" else "warning",
                message=f"{self.body.get('policyName', '')}: {self.body.get('message', '')}".rstrip(),
                urn=str(self.body.get("resourceUrn", "")),
            )
        if self.kind != "diagnosticEvent":
            return None
        return Diagnostic(
            severity=str(self.body.get("severity", "")),
            message=str(self.body.get("message", "")).rstrip(),
            urn=str(self.body.get("urn", "")),
            ephemeral=bool(self.body.get("ephemeral")),
        )


@dataclass(frozen=True)
class Step:
    """One step on one resource.

    Attributes:
        operation: the engine's word, such as `create`, `same`, `create-replacement`.
        urn: the resource's URN.
        type: its type token.
        planned: whether it is part of a preview.
    """

    operation: str
    urn: str
    type: str
    planned: bool


@dataclass(frozen=True)
class Diagnostic:
    """A message of the engine, a plugin or the program.

    Attributes:
        severity: `info`, `info#err` (what a program printed as an error), `warning` or `error`.
        message: the text, without colours.
        urn: the resource it is attached to, or empty.
        ephemeral: whether it is a tick that the next one replaces.
    """

    severity: str
    message: str
    urn: str = ""
    ephemeral: bool = False


@dataclass(frozen=True)
class Changes:
    """How many resources a run changed, or a preview would; the stack itself and providers count as for the engine."""

    created: int = 0
    updated: int = 0
    replaced: int = 0
    deleted: int = 0
    same: int = 0

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> "Changes":
        """From the engine's counts by operation."""
        return cls(
            created=counts.get("create", 0) + counts.get("import", 0),
            updated=counts.get("update", 0),
            replaced=counts.get("replace", 0) + counts.get("import-replacement", 0),
            deleted=counts.get("delete", 0) + counts.get("discard", 0),
            same=counts.get("same", 0),
        )

    @classmethod
    def done(cls, events: Iterable[Event]) -> "Changes":
        """From the steps that ended, for a run whose summary never came."""
        ended = (event.step for event in events if event.kind == "resOutputsEvent")
        return cls.of(Counter(step.operation for step in ended if step is not None))

    def document(self) -> dict[str, int]:
        """As JSON has it."""
        return {
            "created": self.created,
            "updated": self.updated,
            "replaced": self.replaced,
            "deleted": self.deleted,
            "unchanged": self.same,
        }

    @property
    def any(self) -> bool:
        """Whether anything but `same` is counted."""
        return bool(self.created or self.updated or self.replaced or self.deleted)


def parse_event(line: str) -> Event:
    """Read one line of the engine's event log; one that is no event comes back as `other`, with its text as `line`."""
    try:
        content = json.loads(line)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        return Event(0, 0, "other", {"line": line})
    kind = next((name for name in KINDS if name in content), "other")
    body = content.get(kind)
    return Event(
        sequence=int(content.get("sequence", 0)),
        timestamp=int(content.get("timestamp", 0)),
        kind=kind,
        body=body if isinstance(body, dict) else {},
    )


def stack_outputs(events: Sequence[Event]) -> dict[str, Any]:
    """The stack's outputs as a run reported them, secrets masked; empty if it never came to them."""
    for event in reversed(events):
        step = event.step
        if event.kind == "resOutputsEvent" and step is not None and step.type == "pulumi:pulumi:Stack":
            return dict((event.body["metadata"].get("new") or {}).get("outputs") or {})
    return {}
