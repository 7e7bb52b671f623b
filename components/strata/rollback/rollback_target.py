"""Which release a rollback goes back to (pure, but for the question what of a release is still there)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from strata.aws.parameters import KEPT_VERSIONS
from strata.errors import RefusedError
from strata.rollback.past_releases import PastRelease, RecordHistory
from strata.rollout.record import Release

__all__ = ["RollbackTarget", "choose_target"]

_MOST_NAMED = 5
"""Releases that a refusal names as possible."""
_PIN = "pin an image that works and run `pulumi up`"


@dataclass(frozen=True)
class RollbackTarget:
    """The release to go back to.

    Args:
        past: it.
        skipped: newer ones that could not be chosen, each with the reason.
    """

    past: PastRelease
    skipped: tuple[tuple[PastRelease, str], ...] = ()

    @property
    def release(self) -> Release:
        return self.past.release


def choose_target(
    history: RecordHistory,
    leaving: Release,
    *,
    wanted: str | None,
    obstacles: Callable[[PastRelease], Sequence[str]],
    service: str,
    stack: str = "STACK",
    way_on: str = "",
) -> RollbackTarget:
    """The newest earlier release of another digest against which nothing speaks, or that of the version wanted.

    Args:
        history: of the service, with what forbids each release.
        leaving: what is left.
        wanted: a version. Default: the newest that can be chosen.
        obstacles: what a release lacks to run again, as clauses; asked only of those that may be chosen.
        service: the service, for messages.
        stack: the stack as the command line names it, for messages. Default: none is known.
        way_on: what can be done where there is none, as a clause. Default: to pin an image that works.

    Raises:
        RefusedError: there is none; with the reason of each, and what could be chosen instead.
    """
    possible = list(_others(history, leaving))

    def against(each: PastRelease) -> str | None:
        return each.forbidden or "; ".join(obstacles(each)) or None

    if wanted is None:
        skipped: list[tuple[PastRelease, str]] = []
        for each in possible:
            if (why := against(each)) is None:
                return RollbackTarget(each, tuple(skipped))
            skipped.append((each, why))
        raise _no_target(service, skipped, history, way_on or _PIN, stack)
    named = [each for each in possible if each.version == wanted]
    refused: list[str] = []
    for each in named:
        if (why := against(each)) is None:
            return RollbackTarget(each)
        refused.append(why)
    others = [each for each in possible if each.version != wanted]
    raise RefusedError(
        f"{service} cannot go back to {wanted}: {refused[0] if refused else _unknown(wanted, leaving, history)}",
        fix=_instead(others, against, way_on or _PIN),
    )


def _others(history: RecordHistory, leaving: Release) -> Iterator[PastRelease]:
    """Each release of another digest once, newest first."""
    seen = {leaving.digest}
    for each in history.releases:
        if each.release.digest not in seen:
            seen.add(each.release.digest)
            yield each


def _no_target(
    service: str, skipped: Sequence[tuple[PastRelease, str]], history: RecordHistory, way_on: str, stack: str
) -> RefusedError:
    listed = "".join(f"\n  - {each.version} ({each.release.image.id}): {why}" for each, why in skipped)
    nothing = "there is no earlier release" if not skipped else f"none of the earlier releases can run:{listed}"
    vetoed = dict.fromkeys(each.version for each, _ in skipped if each.veto is not None)
    lifts = " or ".join(f"`strata image unveto {stack} {service} {each}`" for each in [*vetoed][:_MOST_NAMED])
    return RefusedError(
        f"{service} cannot go back: {nothing}{_not_kept(history)}",
        fix=f"{way_on[0].upper()}{way_on[1:]}"
        + (f"; a veto that is not meant any more is lifted with {lifts}." if lifts else "."),
    )


def _unknown(wanted: str, leaving: Release, history: RecordHistory) -> str:
    if wanted == leaving.image.version:
        return "it is what the service leaves"
    return f"the history has no other release of it{_not_kept(history)}"


def _not_kept(history: RecordHistory) -> str:
    """What else of the record is no release, as the end of a sentence."""
    said = "" if history.complete else f"; what was before the last {KEPT_VERSIONS} versions of the record is not kept"
    if history.unreadable is not None:
        said += f"; version {history.unreadable.number} of the record is no release record, and says nothing"
    return said


def _instead(others: Sequence[PastRelease], against: Callable[[PastRelease], str | None], way_on: str) -> str:
    """What could be chosen; the oldest ones are not asked about once there are enough."""
    found: list[str] = []
    for each in others:
        if len(found) == _MOST_NAMED:
            break
        if against(each) is None and each.version not in found:
            found.append(each.version)
    if not found:
        return f"No other release can be chosen: {way_on}."
    return f"These can be chosen: {', '.join(f'--to {each}' for each in found)}."
