"""Accepting differences of a service for a time: which they are, until when, and that it is written down."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from strata.aws.target import plain_errors
from strata.clock import utc_text
from strata.drift.acceptance_file import AcceptanceFile, open_acceptance_file
from strata.drift.accepted_difference import MOST_CHARACTERS, AcceptedDifference, as_kept
from strata.drift.drift_finding import DriftFinding, StackDrift
from strata.drift.drift_kinds import DriftKind
from strata.drift.stack_drift import day_of, look_at_stack, place_to_compare
from strata.errors import UsageError
from strata.settings.dates import day, is_day

__all__ = ["MOST_DAYS", "RecordOrder", "Recorded", "last_day", "record_differences"]

MOST_DAYS: Final = 90
"""For how many days a difference is accepted at most: then somebody looks at it again."""
_DAYS: Final = re.compile(r"([1-9][0-9]{0,3})d")
_WRITE_A_DAY: Final = f"Write the last day, such as 2026-12-24, or a number of days up to {MOST_DAYS}, such as 7d."


@dataclass(frozen=True)
class RecordOrder:
    """What is to be accepted.

    Args:
        keys: of differences: all of KIND:SUBJECT/PART, or the beginning of it, which is several.
        reason: why.
        expires: the last day, or for how many days, as it was given.
    """

    keys: tuple[str, ...]
    reason: str
    expires: str


@dataclass(frozen=True)
class Recorded:
    """What was accepted.

    Args:
        stack: as it was named.
        file: in which it is written down.
        text: what is in the file now, or would be.
        differences: what is accepted.
        dry_run: whether nothing was written.
    """

    stack: str
    file: AcceptanceFile
    text: str
    differences: Sequence[AcceptedDifference]
    dry_run: bool

    @property
    def lines(self) -> Iterator[str]:
        """What the file has of these differences, as it would be without others."""
        alone = AcceptanceFile(self.file.path, None, ()).with_differences(self.differences)
        return (each for each in alone.splitlines() if not each.startswith("#"))

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "stack": self.stack,
            "dry_run": self.dry_run,
            "file": self.file.path.name,
            "entries": [each.document() for each in self.differences],
        }


def record_differences(
    cwd: Path, given: str, service: str, order: RecordOrder, *, local: bool, dry_run: bool, deep: bool = False
) -> Recorded:
    """Look for drift in a service, and write down what of it is accepted.

    Args:
        cwd: where to look for the project, from there upwards.
        given: the stack.
        service: the service.
        order: what is to be accepted.
        local: ask the local AWS of the last rehearsal.
        dry_run: write nothing.
        deep: whether servers compare themselves with what their images were baked with.

    Raises:
        AwsError: AWS cannot be reached, or refused what everything else rests on.
        RefusedError: the file cannot be added to, or somebody else has changed it meanwhile.
        SettingsError: the stack file, or that of what is accepted, has problems.
        UsageError: nothing differs by one of the keys, or reason or day cannot be used.
    """
    reason = _reason(order.reason)
    place = place_to_compare(cwd, given, local=local)
    if place.folder is None:
        raise TypeError("a stack whose project is needed has a folder")
    expires = last_day(order.expires, day_of(place.clock))
    file = open_acceptance_file(place.folder, place.stack)
    chosen = chosen_by(order.keys, look_at_stack(place, given, service, deep=deep), service)
    with plain_errors():
        by = str(place.clients("sts").get_caller_identity()["Arn"])
    at = utc_text(place.clock.now())
    differences = [
        AcceptedDifference(
            service, each.key, as_kept(each.wanted), as_kept(each.value), each.said, reason, by, at, expires
        )
        for each in chosen
    ]
    text = file.with_differences(differences)
    if not dry_run:
        file.write(text)
    return Recorded(given, file, text, differences, dry_run)


def last_day(text: str, today: date) -> date:
    """The last day on which something is accepted.

    Args:
        text: a day, or for how many days.
        today: the day it is.

    Raises:
        UsageError: it is neither, over already, or too late.
    """
    found = _DAYS.fullmatch(text.strip())
    if found is not None:
        until = today + timedelta(days=int(found[1]))
    elif len(text.strip()) == len("2026-12-24") and is_day(text.strip()):
        until = day(text.strip())
    else:
        raise UsageError(f"--expires is {text!r}: expected a day or a number of days", fix=_WRITE_A_DAY)
    if not today <= until <= today + timedelta(days=MOST_DAYS):
        raise UsageError(
            f"--expires is {text!r}, which is {until}: expected {today} to {today + timedelta(days=MOST_DAYS)}",
            fix=f"{_WRITE_A_DAY} The same command prolongs it later.",
        )
    return until


def chosen_by(keys: Sequence[str], drift: StackDrift, service: str) -> list[DriftFinding]:
    """The differences of a service that keys stand for, each once; those that are accepted already are among them.

    Args:
        keys: as they were given.
        drift: what a look found.
        service: the service.

    Raises:
        UsageError: one of them stands for nothing.
    """
    there = [
        finding
        for each in drift.services
        if each.service == service
        for finding in (*each.findings, *(one.finding for one in each.accepted))
    ]
    chosen = {finding.key: finding for key in keys for finding in there if _stands_for(key, finding)}
    missing = [key for key in keys if not any(_stands_for(key, each) for each in there)]
    if missing:
        names = ", ".join(sorted(each.key for each in there)) or "nothing"
        unread = "; not everything could be read" if drift.unread else ""
        raise UsageError(
            f"{service} does not differ by {', '.join(missing)}{unread}", fix=f"What differs: {names}. Name its key."
        )
    return list(chosen.values())


def _stands_for(key: str, finding: DriftFinding) -> bool:
    whole = key == finding.key or finding.key.startswith(f"{key}/")
    return whole or (key in set(DriftKind) and finding.kind == key)


def _reason(text: str) -> str:
    said = " ".join(text.encode("utf-8", "replace").decode().split())
    if not said or len(said) > MOST_CHARACTERS:
        raise UsageError(
            f"--reason has {len(said)} characters: expected 1 to {MOST_CHARACTERS}, for everybody who reviews it",
            fix='Say it in a few words, such as "until the larger type is back".',
        )
    return said
