"""Differences that somebody has accepted for a time, and what in a file of them is wrong (pure)."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from strata.clock import parse_moment
from strata.drift.drift_kinds import DriftKind
from strata.problem import ABSENT, Problem, nearest
from strata.project.document import Document
from strata.settings.dates import day, is_day

__all__ = ["ACCEPTED", "AcceptedDifference", "as_kept", "find_problems", "read_differences"]

ACCEPTED: Final = "accepted"
"""The only key of the file."""
MOST_CHARACTERS: Final = 500
"""Of a reason."""
_MOST_KEPT: Final = 300
"""Characters of a value that are kept; of a longer one only its digest."""
_FIELDS: Final = ("expected", "found", "said", "reason", "by", "at", "expires")
_LEAVE_OUT: Final = "Take it out, or let `strata drift STACK SERVICE --record KEY` write the entry."


@dataclass(frozen=True)
class AcceptedDifference:
    """A difference that does not count for a time.

    Args:
        service: the service.
        key: of the difference.
        expected: what was released when it was accepted, as it is kept.
        found: what was there instead, as it is kept.
        said: both as a sentence.
        reason: why it is accepted.
        by: ARN of who did.
        at: when, as RFC 3339 in UTC.
        expires: the last day on which it is accepted.
    """

    service: str
    key: str
    expected: str | int | bool
    found: str | int | bool
    said: str
    reason: str
    by: str
    at: str
    expires: date

    @property
    def terms(self) -> str:
        """Until when, by whom and why."""
        return f"until {self.expires}, by {self.by}: {self.reason}"

    def is_of(self, expected: Any, found: Any) -> bool:
        """Whether a difference is still the one that was accepted."""
        return (_text(self.expected), _text(self.found)) == (_text(as_kept(expected)), _text(as_kept(found)))

    def fields(self) -> dict[str, Any]:
        """What the file has of it, below its key."""
        return {
            "expected": self.expected,
            "found": self.found,
            "said": self.said,
            "reason": self.reason,
            "by": self.by,
            "at": self.at,
            "expires": self.expires.isoformat(),
        }

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"service": self.service, "key": self.key, **self.fields()}


def as_kept(value: Any) -> str | int | bool:
    """A value as a file keeps it on one line: as it is, or as JSON, or of much of that the digest."""
    if isinstance(value, bool | int):
        return value
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return text if len(text) <= _MOST_KEPT else f"sha256:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def _text(kept: Any) -> str:
    return kept if isinstance(kept, str) else json.dumps(kept, sort_keys=True, ensure_ascii=False, default=str)


def read_differences(document: Document) -> list[AcceptedDifference]:
    """What a file accepts, in its order; it must have no problems.

    Args:
        document: the file.
    """
    below: Mapping[str, Mapping[str, Any]] = (document.value or {}).get(ACCEPTED) or {}
    return [
        AcceptedDifference(
            service,
            key,
            found["expected"],
            found["found"],
            str(found.get("said") or ""),
            found["reason"],
            found["by"],
            found["at"],
            day(str(found["expires"])),
        )
        for service, entries in below.items()
        for key, found in (entries or {}).items()
    ]


def find_problems(document: Document, source: str) -> list[Problem]:
    """Everything that is wrong with a file, in its order.

    Args:
        document: the file.
        source: its name.
    """
    return [
        Problem(path, got, expected, fix, "drift-file", document.lines.get(path[:depth]), source, named=_named(path))
        for path, got, expected, fix, depth in _wrong(document.value)
    ]


_Wrong = tuple[tuple[str, ...], Any, str, str, int]
"""Path, value, expectation, fix, and how much of the path is in the file."""


def _wrong(value: Any) -> Iterator[_Wrong]:
    if value in (None, ""):
        return
    if not isinstance(value, dict):
        yield (), value, f"a mapping with the key {ACCEPTED}", f"Write `{ACCEPTED}:`.", 0
        return
    for key in value:
        if key != ACCEPTED:
            yield (key,), value[key], f"the key {ACCEPTED} alone", _LEAVE_OUT, 1
    below = value.get(ACCEPTED)
    if below is not None and not isinstance(below, dict):
        yield (ACCEPTED,), below, "a mapping of services", "Write the name of a service below it.", 1
        return
    for service, entries in (below or {}).items():
        if entries is not None and not isinstance(entries, dict):
            yield (ACCEPTED, service), entries, "a mapping of differences by their keys", _LEAVE_OUT, 2
            continue
        for key, entry in (entries or {}).items():
            yield from _wrong_entry((ACCEPTED, service, key), key, entry)


def _wrong_entry(path: tuple[str, ...], key: str, entry: Any) -> Iterator[_Wrong]:
    kind, _, subject = key.partition(":")
    if kind not in set(DriftKind):
        near = nearest(kind, [each.value for each in DriftKind])
        meant = f"Did you mean {near}?" if near else "`strata drift STACK --json` has the key of each difference."
        yield path, key, "KIND:SUBJECT with a kind of docs/drift.md", meant, len(path)
    elif not subject:
        yield path, key, f"{kind}:SUBJECT", "Write what it is found on after the kind.", len(path)
    if not isinstance(entry, dict):
        yield path, entry, f"a mapping with {', '.join(_FIELDS)}", _LEAVE_OUT, len(path)
        return
    for name in entry:
        if name not in _FIELDS:
            near = nearest(name, _FIELDS)
            meant = f"Did you mean {near}?" if near else _LEAVE_OUT
            yield (*path, name), entry[name], f"one of {', '.join(_FIELDS)}", meant, len(path) + 1
    for name in _FIELDS:
        if (wrong := _wrong_field(name, entry)) is not None:
            there = len(path) + (name in entry)
            yield (*path, name), entry.get(name, ABSENT), *wrong, there


def _wrong_field(name: str, entry: Mapping[str, Any]) -> tuple[str, str] | None:
    """What a field should be, and how to put it right; None where it is."""
    value = entry.get(name)
    is_right, *wrong = _RULES[name]
    absent = name not in entry
    return None if (absent and name == "said") or (not absent and is_right(value)) else (wrong[0], wrong[1])


def _is_moment(text: str) -> bool:
    try:
        parse_moment(text)
    except ValueError:
        return False
    return True


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= MOST_CHARACTERS


def _named(path: tuple[str, ...]) -> str:
    return "".join(
        f"{'.' if place else ''}{each}" if each.replace("-", "").isalnum() else f"[{json.dumps(each)}]"
        for place, each in enumerate(path)
    )


_VALUE: Final = (
    "the value that was accepted, on one line",
    "Record it again: `strata drift STACK SERVICE --record KEY`.",
)
_TEXT: Final = f"a text of 1 to {MOST_CHARACTERS} characters"
_RULES: Final[Mapping[str, tuple[Callable[[Any], bool], str, str]]] = {
    # of a value that is not there the text null is kept
    "expected": (lambda value: isinstance(value, str | int), *_VALUE),
    "found": (lambda value: isinstance(value, str | int), *_VALUE),
    "said": (lambda value: isinstance(value, str), "a sentence", "Put it in quotes."),
    "reason": (_is_text, _TEXT, "Write why it is accepted."),
    "by": (_is_text, _TEXT, "Write who accepted it."),
    "at": (
        lambda value: isinstance(value, str) and _is_moment(value),
        'a moment in quotes, such as "2026-12-01T09:00:00Z"',
        "Write when it was accepted.",
    ),
    "expires": (
        lambda value: isinstance(value, str) and is_day(value),
        "a day, such as 2026-12-24",
        "Write the last day on which it is accepted.",
    ),
}
"""What is right in each field, what is expected, and how to put it right."""
