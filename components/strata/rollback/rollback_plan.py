"""What a rollback is to do: which release it leaves, which one it goes back to, and what stands in its way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from strata.clock import parse_moment
from strata.errors import BusyError, RefusedError
from strata.images.image_finder import ImageFinder
from strata.images.proof_note import proof_moment
from strata.rollback.past_fleets import LaunchedRelease, PastFleet, UnfinishedRollout
from strata.rollback.past_once import PastOnce
from strata.rollback.past_releases import PastRelease, RecordHistory
from strata.rollback.rollback_pin import StackPin, pinned_image, stack_pin
from strata.rollback.rollback_target import RollbackTarget, choose_target
from strata.rollback.service_history import ServiceHistory, read_past
from strata.rollback.service_place import ServicePlace
from strata.rollback.true_names import TrueNames, look_at_names, require_true_name
from strata.rollout.begun_rollback import BegunRollback
from strata.rollout.note import Note, Phase
from strata.rollout.record import ImageRef, Release, ServerRelease

__all__ = ["RollbackPlan", "plan_rollback"]

_IN_VAIN: Final = frozenset({Phase.ROLLING, Phase.STOPPING, Phase.FAILED})
"""How a gate leaves its note of a rollout that has brought nothing, if nothing is rolled any more."""


@dataclass(frozen=True)
class RollbackPlan:
    """A rollback before it begins.

    Args:
        past: the service.
        recorded: what the service is proven to run; where its record cannot be read, what that named before.
        leaving: what it leaves: the same, or what it is being rolled to, or what is pinned and was never proven.
        target: what it goes back to.
        unfinished: a rollout to something else that has not ended, and is to be taken back; None where none runs.
        pin: what the stack file is to say.
        begun: the rollback that was begun before, and is continued; None where this one is new.
        left_failed: whether it leaves what the last rollout did not bring, and goes back to what is recorded.
        forced: what would have refused it, as clauses.
        noted: number of the newest note of a rollback when this one was planned; 0 where there was none.
        last: the rollback that was begun last, whatever became of it; None where there was none.
        names: what the releases prove to be.
    """

    past: ServiceHistory
    recorded: Release
    leaving: Release
    target: RollbackTarget
    unfinished: UnfinishedRollout | None
    pin: StackPin
    begun: BegunRollback | None = None
    left_failed: bool = False
    forced: tuple[str, ...] = ()
    noted: int = 0
    last: BegunRollback | None = None
    names: TrueNames | None = None

    @property
    def place(self) -> ServicePlace:
        """The service."""
        return self.past.place

    @property
    def release(self) -> Release:
        """What it goes back to."""
        return self.target.release

    @property
    def arrived(self) -> bool:
        """Whether a rollback that was begun before has brought its release already."""
        return self.begun is not None and self.recorded.digest == self.begun.to

    @property
    def before(self) -> BegunRollback | None:
        """A rollback to the same that was begun before, and may have written the pin, also where this one is new."""
        if self.begun is not None:
            return self.begun
        return self.last if self.last is not None and self.last.to == self.release.digest else None

    @property
    def idle(self) -> str:
        """Why nothing runs now, as a clause, asked of AWS at each call; empty where something does."""
        return self.past.fleet.idle() if self.past.fleet is not None else ""

    @property
    def vetoes(self) -> bool:
        """Whether the version that is left is forbidden from now on; not where only settings differ."""
        return bool(self.leaving.image.version) and self.leaving.image.version != self.release.image.version

    @property
    def newly_vetoes(self) -> bool:
        """Whether nothing forbids that version yet."""
        return self.vetoes and self.leaving.image.version not in self.past.vetoes

    @property
    def passes_over_recorded(self) -> bool:
        """Whether what the record names is neither what is left nor what is gone back to."""
        images = (self.leaving.image.content, self.release.image.content)
        return not self.arrived and self.recorded.image.content not in images

    @property
    def said_of_names(self) -> tuple[str, ...]:
        """What is called something else than the record calls it, and what nobody may look at, as sentences."""
        return (*self.names.said, *self.names.unchecked) if self.names is not None else ()

    @property
    def said_of_record(self) -> str:
        """What the record says while nothing is brought back, as a sentence."""
        if self.past.unreadable:
            return f"The record is as it was: {self.past.unreadable}."
        return f"The record still names {self.recorded.image.version}."


def plan_rollback(place: ServicePlace, *, wanted: str | None, now: bool, force: bool = False) -> RollbackPlan:
    """Find out what a rollback is to do.

    Args:
        place: the service.
        wanted: the version to go back to. Default: the newest earlier release that can run.
        now: whether it goes straight through AWS, which needs what the release was made of.
        force: whether it goes back past what no earlier release can run after. Default: it is refused.

    Raises:
        BusyError: a rollout is running, which only a rollback through AWS takes back.
        RefusedError: nothing is proven, or there is nothing to go back to; or it goes by a pin, and the record does
            not call what runs what that is.
        UsageError: there is no release record.
    """
    past = read_past(place)
    last, noted = place.record.begun()
    names = look_at_names(past, last)
    past = names.past
    passed: Callable[[PastRelease], Sequence[str]] = (PastOnce() if force else past.once).passed_by
    current, fleet = past.record.last_named, past.fleet
    if current is None or fleet is None:
        nothing = "has no proven release, so there is none before it"
        raise RefusedError(
            f"{place.title}: {past.unreadable}, and no earlier version of it names a release"
            if past.unreadable
            else f"{place.title} {nothing}",
            fix="Pin an image that works and run `pulumi up`.",
        )
    unfinished = fleet.running()
    if unfinished is not None and not now:
        raise BusyError(
            f"{place.service}: a rollout is running ({unfinished.id})",
            fix=f"Wait for its end (`strata rollout watch {place.called} {place.service}`), or take it back with "
            "--now.",
        )
    if not now:
        # where an engine can run, it can also write the record again
        again = f"`strata rollout rollback {place.called} {place.service} --now` goes back by what it proves to be."
        require_true_name(place, names, way_on=again)
    names.require_current()
    before = _same_again(last, past, wanted)
    # what this very rollback has begun is no rollout to take back: it is adopted
    own = before is not None and unfinished is not None and unfinished.digest == before.to
    away = unfinished if unfinished is not None and not own and _leads_away(unfinished, current.release) else None
    brought = _brought(fleet, current.release, before) if unfinished is None else None
    failed = _failed(past, current.release, last) if now and not (away or brought or own) else None
    left_failed = failed is not None and wanted in (None, current.version)
    leaving = failed if failed is not None and left_failed else _leaving(place, past, current, away or brought, now=now)
    begun = before if before is not None and (own or _continues(before, past.record, leaving, current)) else None
    arrived = begun is not None and (own or current.release.digest == begun.to)
    if begun is not None and not arrived:
        back = _target(past.record, begun)
        begun = None if passed(back) or names.against(back) or _obstacles(back, fleet, leaving, now=now) else begun
    if begun is not None:
        leaving = _called(past.record, begun.leaves) or _unproven(
            current.release, begun.leaves_version, "", begun.leaves
        )
        target = RollbackTarget(_target(past.record, begun))
    else:
        target = choose_target(
            past.record,
            leaving,
            wanted=wanted,
            obstacles=lambda each: [*passed(each), *names.against(each), *_obstacles(each, fleet, leaving, now=now)],
            service=place.service,
            stack=place.called,
            way_on="" if force else past.once.way_on(past.record.releases),
        )
    pin = stack_pin(place, target.release, _ran_here(past, target.past))
    forced = past.once.passed_by(target.past) if force else ()
    left_failed = left_failed and begun is None
    return RollbackPlan(
        past, current.release, leaving, target, away, pin, begun, left_failed, forced, noted, last, names
    )


def _leads_away(running: UnfinishedRollout, recorded: Release) -> bool:
    """Whether a rollout brings something else than what is recorded; one of fresh servers of the same does not."""
    return bool(running.image_id) and running.digest != recorded.digest


def _brought(fleet: PastFleet, recorded: Release, before: BegunRollback | None) -> LaunchedRelease | None:
    """What a rollout has brought that nobody was there to record; what this very rollback has brought is not left."""
    found = fleet.launches()
    if found is None or found.digest == recorded.digest or (before is not None and found.digest == before.to):
        return None
    return found


def _ran_here(past: ServiceHistory, target: PastRelease) -> dict[str, Any]:
    """The proof of a pin: the stack itself ran the release, until the next one was recorded."""
    place, newer = past.place, None
    for each in past.record.releases:
        if each is target:
            break
        newer = each
    until = newer.at.timestamp() if newer is not None and newer.at else place.clock.now()
    soaked = max(0, int(until - target.at.timestamp())) if target.at else 0
    return {
        "stack": f"{place.project}/{place.stack}",
        "release": target.version,
        "digest": target.release.digest,
        "image": target.release.image.content,
        "soaked": soaked,
        # to go back, nothing is required of it
        "min_soak": 0,
        "by": str(place.clients("sts").get_caller_identity()["Arn"]),
        "at": proof_moment(place.clock),
    }


def _leaving(
    place: ServicePlace,
    past: ServiceHistory,
    current: PastRelease,
    away: UnfinishedRollout | LaunchedRelease | None,
    *,
    now: bool,
) -> Release:
    """What is left: what a rollout brings or has brought; else what is pinned in vain; else what is recorded.

    A pin that is an earlier release is an old checkout. One that was never proven is why somebody goes back.
    """
    if away is not None:
        known = _called(past.record, away.digest) if away.digest else None
        return known or _unproven(current.release, _version(past, current, away), away.image_id, away.digest or "")
    pinned = None if now else pinned_image(place, current.release)
    if pinned is None or any(pinned[1] == each.release.image.id for each in past.record.releases):
        return current.release
    return _unproven(current.release, *pinned, "")


def _failed(past: ServiceHistory, recorded: Release, begun: BegunRollback | None) -> Release | None:
    """What the last rollout was to bring and did not, while what is recorded goes on; None where it is long left.

    That is what somebody leaves who goes back in a hurry, also where it was taken back a moment ago, before its gate
    could note it: what is recorded is the way back then, and not what is left.
    """
    note = past.note
    if note is None or note.phase not in _IN_VAIN or note.image.content == recorded.image.content:
        return None
    if begun is not None and not _rolled_since(begun, note):
        # that rollback has left it
        return None
    pinned = pinned_image(past.place, recorded)
    if pinned is not None and replace(note.image, id=pinned[1]).content != note.image.content:
        # the stack file has left it already
        return None
    if pinned is None and note.image.version in past.vetoes:
        # and somebody has gone back from it, as far as can be seen from here
        return None
    return _called(past.record, note.digest) or replace(recorded, image=note.image, digest=note.digest)


def _version(past: ServiceHistory, current: PastRelease, away: UnfinishedRollout | LaunchedRelease) -> str:
    """What people call an image that was never proven; empty where nothing says it, as of what no gate has started."""
    if past.note is not None and _is_of(past.note, away):
        return past.note.image.version
    pinned = pinned_image(past.place, current.release)
    if pinned is not None and pinned[1] == away.image_id:
        return pinned[0]
    if not away.digest or not isinstance(current.release, ServerRelease):
        # it is not of Strata's making, or a digest has no tags that nobody else could have moved
        return ""
    return next((each.version for each in ImageFinder(past.place.clients).machines_by_id(away.image_id)), "")


def _is_of(note: Note, away: UnfinishedRollout | LaunchedRelease) -> bool:
    """Whether a gate has left its note about this; it does so before AWS has given the rollout an id."""
    same = bool(away.digest) and note.digest == away.digest
    return same or (isinstance(away, UnfinishedRollout) and note.rollout_id == away.id)


def _unproven(like: Release, version: str, image_id: str, digest: str) -> Release:
    return replace(like, image=ImageRef(like.image.name, version, image_id), digest=digest)


def _called(history: RecordHistory, digest: str) -> Release | None:
    return next((each.release for each in history.releases if each.release.digest == digest), None)


def _target(history: RecordHistory, begun: BegunRollback) -> PastRelease:
    return next(each for each in history.releases if each.release.digest == begun.to)


def _same_again(begun: BegunRollback | None, past: ServiceHistory, wanted: str | None) -> BegunRollback | None:
    """The rollback that was begun before, if this one may be the same again.

    One after which another release was recorded than what it left and what it went back to is long over, and so is one
    after which a rollout to anything else than what it went back to has begun.
    """
    history = past.record
    if begun is None or wanted not in (None, begun.to_version) or _rolled_since(begun, past.note):
        return None
    target = next((each for each in history.releases if each.release.digest == begun.to), None)
    if target is None or target.forbidden or target.version != begun.to_version:
        # a gate that has called it something else since has rolled it out
        return None
    return begun if _since(begun, history) <= {begun.to, begun.leaves} else None


def _rolled_since(begun: BegunRollback, note: Note | None) -> bool:
    if note is None or note.digest == begun.to:
        return False
    try:
        return parse_moment(note.began) > parse_moment(begun.at)
    except ValueError:
        # one of them was written by hand
        return False


def _since(begun: BegunRollback, history: RecordHistory) -> set[str]:
    """Digests of the releases that were recorded since it was begun."""
    return {each.release.digest for each in history.releases if each.number > begun.record}


def _continues(begun: BegunRollback, history: RecordHistory, leaving: Release, current: PastRelease) -> bool:
    """Whether it got nowhere yet, or has arrived: where it got to is no place to begin from."""
    if current.release.digest == begun.to:
        return leaving is current.release
    still_there = (begun.leaves, begun.leaves_version) == (leaving.digest, leaving.image.version)
    return still_there and begun.to not in _since(begun, history)


def _obstacles(each: PastRelease, fleet: PastFleet, leaving: Release, *, now: bool) -> Sequence[str]:
    found = list(fleet.unavailable(each.release))
    if now:
        return [*found, *fleet.gone(each.release)]
    if each.release.image.id == leaving.image.id:
        found.append("it runs the same image with other settings: a pin cannot bring it back, --now or a commit can")
    return found
