"""What speaks against a rollout, whatever it replaces: findings, printed or refused all at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from strata.errors import PreflightError
from strata.images.catalogue import read_entry
from strata.images.doubt import Doubt
from strata.images.verdicts import describe_verdict, read_verdict
from strata.naming import recorded_service, revocation_name, veto_name
from strata.resource_hooks import Console
from strata.rollout.break_glass_note import BreakGlass
from strata.rollout.messages import Ended
from strata.rollout.record import ImageRef
from strata.rollout.spec import Rollout, RolloutSpec
from strata.settings.models import Retry
from strata.verdict_names import is_verdict, record_of_verdict, verdict_image

__all__ = [
    "MAKE_AGAIN",
    "PreflightFinding",
    "PreflightSeverity",
    "find_break_glass",
    "find_doubted",
    "find_gone",
    "find_retry",
    "find_sick",
    "find_verdicts",
    "heed",
    "refuse",
    "warn",
]


MAKE_AGAIN: Final = "Run `pulumi up --refresh`, which makes it again."
"""What to do about something of the stack that somebody has deleted."""


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
    passes: bool = False
    """Whether it is over by itself, as a freeze window is."""

    def __str__(self) -> str:
        return f"{self.text}\n    fix: {self.fix}"


def refuse(text: str, fix: str, *, passes: bool = False) -> PreflightFinding:
    """A finding that lets no rollout start, or none until it is over by itself."""
    return PreflightFinding(PreflightSeverity.REFUSE, text, fix, passes)


def warn(text: str, fix: str) -> PreflightFinding:
    """A finding that is printed only."""
    return PreflightFinding(PreflightSeverity.WARN, text, fix)


def find_verdicts(image: ImageRef, verdicts: Mapping[str, str]) -> Iterator[PreflightFinding]:
    """Why an image must not run.

    Args:
        image: the image.
        verdicts: values of its revocations, vetoes and entries in the catalogue, by the name of their parameter.
    """
    # by its version, whichever image that is
    forbidden = any(is_verdict(name) and verdict_image(name) is None for name in verdicts)
    for name, value in verdicts.items():
        if not is_verdict(name):
            yield from _find_stranger(image, value, forbidden=forbidden)
            continue
        record, called = record_of_verdict(name), read_verdict(value).called
        # by its id or digest, and by the version as which that was forbidden: said once
        if any(_by_version(record, each) in verdicts for each in called):
            continue
        lifted = ""
        if (vetoed := recorded_service(record or "")) is not None:
            stack, service = vetoed
            version = called[0].partition(" ")[2] if called else image.version
            lifted = f" If it may run again: `strata image unveto {stack} {service} {version}`."
        yield refuse(f"image {image} is {describe_verdict(name, value)}", f"Pin another version.{lifted}")


def _by_version(record: str | None, called: str) -> str:
    name, _, version = called.partition(" ")
    return veto_name(record, version) if record is not None else revocation_name(name, version)


def _find_stranger(image: ImageRef, value: str, *, forbidden: bool) -> Iterator[PreflightFinding]:
    """That the catalogue knows another image as that version: tags can be written by anybody who may tag."""
    try:
        known = read_entry(value)
    except ValueError:
        # what is no entry says nothing
        return
    if known.identity != image.content:
        yield refuse(
            f"image {image} is not what this account knows as {known.name} {known.version}: that is {known.identity}",
            "Bake this one under a version of its own."
            if forbidden
            else f"Pin {known.identity}, or bake this one under a version of its own.",
        )


def find_doubted(doubts: Iterable[Doubt], *, ran_before: bool) -> Iterator[PreflightFinding]:
    """What speaks against trusting an image: it lets no rollout start, unless it runs already or has run before.

    Args:
        doubts: what does.
        ran_before: whether it has: then nothing is won by keeping it out.
    """
    found = warn if ran_before else refuse
    yield from (found(each.text, each.fix) for each in doubts)


def find_break_glass(record: str, notes: Iterable[BreakGlass], now: float) -> Iterator[PreflightFinding]:
    """What a rollout leaves alone because somebody was let into it, and what is over.

    Args:
        record: name of the release record of the service.
        notes: those that are open.
        now: epoch seconds.
    """
    stack, _ = recorded_service(record) or ("STACK", "")
    for note in sorted(notes, key=lambda each: each.unit):
        close = note.how_to_close(stack)
        if note.untouched:
            # it is in nobody's place, and what is over ends before a preflight
            continue
        if note.holds(now):
            yield warn(f"{note.unit} is left alone: {note.sentence(now)}", f"When it is done with: {close}.")
        else:
            yield warn(f"{note.unit} is tainted: {note.sentence(now)}", f"Run {close}, which ends it.")


def find_gone(gone: Iterable[str]) -> Iterator[PreflightFinding]:
    """The engine believes its state: without a refresh it makes nothing again that somebody has deleted.

    Args:
        gone: what is not there any more, in words.
    """
    yield from (refuse(each, MAKE_AGAIN) for each in gone)


def find_retry(rollout: Rollout, failed: Ended | None) -> Iterator[PreflightFinding]:
    """That a release which failed before is not to be tried again.

    Args:
        rollout: the rollout.
        failed: how it ended, if it was tried and failed.
    """
    if failed is not None and rollout.spec.settings.retry is Retry.NEVER:
        yield refuse(
            f"{rollout.release.image.version} was tried before and ended {failed.status}: "
            f"{failed.reason or 'no reason given'}",
            "Pin another version, or set `rollout.retry: always`.",
        )


def find_sick(spec: RolloutSpec, healthy: int, desired: int, floor: int) -> Iterator[PreflightFinding]:
    """That a fleet is under its floor already: no refusal, since the rollout may be the cure."""
    if healthy < floor:
        yield warn(
            f"only {healthy} of {desired} {spec.UNIT}s are healthy now, under the floor of {floor}",
            "Nothing, if this release is the cure.",
        )


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
