"""The engine's events as typed values, and the log that they are read from while the engine writes it."""

import codecs
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Changes", "Diagnostic", "Event", "EventLog", "Lines", "Step", "parse_event", "stack_outputs"]

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
            differing=tuple(sorted(metadata.get("detailedDiff") or metadata.get("diffs") or ())),
        )

    @property
    def diagnostic(self) -> "Diagnostic | None":
        """What this event reports to a person, if it does; a policy that is mandatory reports an error."""
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
        differing: paths of the properties that differ.
    """

    operation: str
    urn: str
    type: str
    planned: bool
    differing: tuple[str, ...] = ()


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


class Lines:
    """Cuts a stream of bytes into lines of text, however it is chopped."""

    def __init__(self, take: Callable[[str], None]) -> None:
        self._take = take
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._rest = ""

    def feed(self, content: bytes) -> None:
        *whole, self._rest = (self._rest + self._decoder.decode(content)).split("\n")
        for line in whole:
            self._take(line.rstrip("\r"))

    def close(self) -> None:
        rest = self._rest + self._decoder.decode(b"", final=True)
        if rest:
            self._take(rest)


class EventLog:
    """Reads the engine's growing event log and keeps what may be kept; a line still being written waits for its end.

    The engine logs what programs debug, and Pulumi's SDK debugs secret outputs in the clear. So the engine writes to a
    file that loses its name as soon as it is there, and every event but those is written on into another.

    Args:
        written: the file the engine writes.
        kept: where events are kept; what an earlier run left there is gone.
    """

    def __init__(self, written: Path, kept: Path) -> None:
        written.unlink(missing_ok=True)
        self._written = written
        self._descriptor: int | None = None
        self._kept = kept.open("w", encoding="utf-8")
        self._lines = Lines(self._take)
        self._fresh: list[Event] = []
        self.events: list[Event] = []

    def read(self) -> list[Event]:
        """The events that came since the last call."""
        if self._descriptor is None:
            try:
                self._descriptor = os.open(self._written, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return []
            self._written.unlink()
        while content := os.read(self._descriptor, 1 << 20):
            self._lines.feed(content)
        fresh, self._fresh = self._fresh, []
        if fresh:
            self._kept.flush()
        self.events += fresh
        return fresh

    def close(self) -> None:
        """Close the files."""
        self._kept.close()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _take(self, line: str) -> None:
        event = parse_event(line)
        if event.diagnostic is not None and event.diagnostic.severity == "debug":
            return
        self._kept.write(f"{line}\n")
        self._fresh.append(event)
