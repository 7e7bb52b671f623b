"""What happened to a service, as its record, its rollouts and its verdicts tell it (pure)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import zip_longest
from typing import Any, Final

from strata.clock import parse_moment
from strata.images.verdicts import ImageVerdict
from strata.rollback.failed_rollouts import FailedRollout
from strata.rollback.past_releases import PastRelease, RecordHistory
from strata.rollout.break_glass_note import BreakGlass, GlassPhase
from strata.rollout.once_note import OnceNote, OncePhase
from strata.rollout.servers.refresh import Status
from strata.rollout.tasks.deployment import DeploymentStatus

__all__ = ["ChangeEvent", "ChangeKind", "events_of", "glass_events", "once_events"]

_UNDONE: Final = frozenset({Status.ROLLBACK_SUCCESSFUL.value, DeploymentStatus.ROLLBACK_SUCCESSFUL.value})
"""How a rollout ends that AWS has rolled back: the service runs the release before it again."""


class ChangeKind(StrEnum):
    """What happened."""

    RELEASE = "release"
    """A rollout brought a release that the service had not had before, as far as its history goes."""
    ROLLBACK = "rollback"
    """The service went back to a release that it had had before."""
    FAILED_ROLLOUT = "failed rollout"
    UNFINISHED_REFRESH = "unfinished refresh"
    """Servers of the same release were to come, and a rollout superseded that, or it failed."""
    RUN_ONCE = "run-once task"
    """What ran once before a rollout."""
    FAILED_RUN_ONCE = "failed run-once task"
    """The same, and nothing was replaced."""
    VETO = "veto"
    REVOCATION = "revocation"
    LIFTED_REVOCATION = "lifted revocation"
    GLASS_OPENED = "break-glass opened"
    GLASS_CLOSED = "break-glass closed"
    KEPT = "failed server kept"
    """The gate has kept one server of a rollout that has failed."""
    KEPT_ENDED = "failed server ended"


@dataclass(frozen=True)
class ChangeEvent:
    """One thing that happened to a service.

    Args:
        service: the service.
        kind: what happened.
        at: when; of a failed rollout, when it ended.
        version: of the image it is about; empty where it is about none that has one.
        by: ARN of who did it; empty where AWS does not say.
        detail: digest and image of a release, status and reason of a failure, the reason of a verdict.
        repaired: when the service ran a good release again, for what was to be repaired; None where it is not yet,
            and for all that need no repair.
        bad: whether it is a change that failed: a rollout that did, or a release that was left by a rollback.
        began: since when the change was bad; None where AWS does not say, and for all that were good.
    """

    service: str
    kind: ChangeKind
    at: datetime
    version: str
    by: str
    detail: str
    bad: bool = False
    began: datetime | None = None
    repaired: datetime | None = None

    @property
    def left_by_rollback(self) -> bool:
        """Whether it is a release that the service went back from."""
        return self.bad and self.kind is ChangeKind.RELEASE

    @property
    def seconds_to_repair(self) -> float | None:
        """How long the change was bad; None where it was not, still is, or AWS does not say."""
        return (self.repaired - self.began).total_seconds() if self.repaired and self.began else None

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata audit` has it."""
        return {
            "service": self.service,
            "kind": self.kind.value,
            "at": self.at.isoformat(),
            "version": self.version or None,
            "by": self.by or None,
            "detail": self.detail,
            "failed": self.bad,
            "seconds_to_restore": self.seconds_to_repair,
        }


def events_of(
    service: str,
    history: RecordHistory,
    failed: Iterable[FailedRollout],
    vetoes: Mapping[str, ImageVerdict],
    revocations: Mapping[str, ImageVerdict],
    lifted: Mapping[str, ImageVerdict],
) -> tuple[list[ChangeEvent], list[str]]:
    """All that is known of a service, oldest first, and what has no moment, as sentences.

    Args:
        service: its name.
        history: of its record.
        failed: its rollouts that failed.
        vetoes: of the service, by version.
        revocations: of the images that it had, by version.
        lifted: revocations of those that were lifted, by version.
    """
    found = [*_releases(service, history), *_failures(service, history, failed)]
    undated = [f"{service}: when {each.version} was recorded is not kept." for each in history.releases if not each.at]
    undated += [
        f"{service}: when the rollout {each.id} failed is not kept."
        for each in failed
        if (each.ended or each.started) is None
    ]
    for kind, verdicts in (
        (ChangeKind.VETO, vetoes),
        (ChangeKind.REVOCATION, revocations),
        (ChangeKind.LIFTED_REVOCATION, lifted),
    ):
        for version, verdict in verdicts.items():
            at = _moment(verdict.at)
            if at is None:
                undated.append(f"{service}: the {kind} of {version} does not say when it was written: {verdict}.")
            else:
                found.append(ChangeEvent(service, kind, at, version, verdict.by or "", verdict.reason))
    return sorted(found, key=lambda each: each.at), undated


def glass_events(notes: Iterable[BreakGlass]) -> Iterator[ChangeEvent]:
    """Who was let into servers and tasks, and who closed that; nothing of notes that cannot be read.

    Args:
        notes: of break-glass.
    """
    for note in notes:
        if note.phase in (GlassPhase.WITHDRAWN, GlassPhase.UNREADABLE):
            continue
        kept = f"{note.unit} {note.mode} until {note.until}: {note.reason}{note.extension}"
        opened = ChangeKind.KEPT if note.untouched else ChangeKind.GLASS_OPENED
        yield ChangeEvent(note.service, opened, note.opened, note.version, note.by, kept)
        closed = _moment(note.closed_at)
        if closed is not None and note.untouched:
            yield ChangeEvent(note.service, ChangeKind.KEPT_ENDED, closed, note.version, note.closed_by, note.unit)
        elif closed is not None:
            fix = f"fixed in {note.fixed_in}" if note.fixed_in else note.no_change and f"no change: {note.no_change}"
            said = f"{note.unit}: {fix or 'not said which version has the fix'}"
            yield ChangeEvent(note.service, ChangeKind.GLASS_CLOSED, closed, note.version, note.closed_by, said)


def once_events(service: str, notes: Iterable[OnceNote]) -> Iterator[ChangeEvent]:
    """What ran once before rollouts.

    Args:
        service: whose rollouts.
        notes: what is kept of them.
    """
    for note in notes:
        kind = ChangeKind.FAILED_RUN_ONCE if note.phase is OncePhase.FAILED else ChangeKind.RUN_ONCE
        attempt = f", attempt {note.attempt}" if note.attempt > 1 else ""
        said = [f"{note.task} {note.state}{attempt}", f"compatible: {note.compatible}", *note.reason.splitlines()[:1]]
        at = parse_moment(note.ended or note.began)
        yield ChangeEvent(service, kind, at, note.image.version, note.by, "; ".join(said))


def _releases(service: str, history: RecordHistory) -> Iterator[ChangeEvent]:
    oldest_first = list(_brought(history))
    identities = [(each.release.digest, each.release.image.id) for each in oldest_first]
    for index, (each, after) in enumerate(zip_longest(oldest_first, oldest_first[1:])):
        had = identities[:index]
        back = identities[index] in had
        left_for = after if not back and after is not None and identities[index + 1] in had else None
        if each.at is None:
            continue
        yield ChangeEvent(
            service,
            ChangeKind.ROLLBACK if back else ChangeKind.RELEASE,
            each.at.astimezone(UTC),
            str(each.proven or each.version),
            each.by,
            f"{each.release.image.name} {each.release.digest} {each.release.image.id}",
            bad=left_for is not None,
            began=each.at if left_for is not None else None,
            repaired=left_for.at if left_for is not None else None,
        )


def _brought(history: RecordHistory) -> Iterator[PastRelease]:
    """The releases that something brought, oldest first: one that is only called otherwise is the same as before."""
    before: PastRelease | None = None
    for each in reversed(history.releases):
        same = before is not None and (before.release.digest, before.release.image.id) == (
            each.release.digest,
            each.release.image.id,
        )
        if not same or (before is not None and before.release.image.label == each.release.image.label):
            yield each
        before = each


def _failures(service: str, history: RecordHistory, failed: Iterable[FailedRollout]) -> Iterator[ChangeEvent]:
    for each in failed:
        at = each.ended or each.started
        if at is None:
            continue
        reason = each.reason.splitlines()[0] if each.reason else "no reason given"
        detail = f"{each.status}: {reason}"
        if each.same_release:
            # nothing has changed, and nothing is to be restored
            yield ChangeEvent(service, ChangeKind.UNFINISHED_REFRESH, at.astimezone(UTC), each.target, each.by, detail)
            continue
        yield ChangeEvent(
            service,
            ChangeKind.FAILED_ROLLOUT,
            at.astimezone(UTC),
            each.target,
            each.by,
            detail,
            bad=True,
            began=each.started,
            repaired=at if each.status in _UNDONE else _next(history.releases, at),
        )


def _next(releases: Iterable[PastRelease], after: datetime) -> datetime | None:
    """When the first release after a moment was recorded."""
    return min((each.at for each in releases if each.at is not None and each.at >= after), default=None)


def _moment(text: str | None) -> datetime | None:
    try:
        return parse_moment(text or "")
    except ValueError:
        return None
