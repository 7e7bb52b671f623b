"""What is known of a service's past: its releases, what forbids them, and the rollouts that failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from strata.aws.parameters import KEPT_VERSIONS
from strata.clock import parse_moment
from strata.errors import UsageError
from strata.images.verdicts import ImageVerdict, VerdictStore
from strata.naming import note_name
from strata.rollback.failed_rollouts import KEPT_FOR, FailedRollout
from strata.rollback.past_fleets import PastFleet, fleet_of
from strata.rollback.past_once import PastOnce, read_past_once
from strata.rollback.past_releases import PastRelease, RecordHistory, read_history
from strata.rollback.service_place import ServicePlace
from strata.rollout.absent_record import AbsentRecordError, absent_record
from strata.rollout.aws_calls import BaseDriver
from strata.rollout.note import Note, read_note
from strata.rollout.once_note import OnceNote
from strata.verdict_names import revocation_names, vetoed_images_path

__all__ = ["ServiceHistory", "in_time", "read_past"]


@dataclass(frozen=True)
class ServiceHistory:
    """The past of a service.

    Args:
        place: the service.
        record: its releases.
        note: what its last gate left.
        fleet: what runs it; None where nothing was ever proven.
        failed: its rollouts that failed, newest first.
        vetoes: why versions are kept out of it, by version, and images by their id or digest.
        once: what ran once before its rollouts.
        absent: what is seen of a service without a record before which something ran once; None where nothing is.
    """

    place: ServicePlace
    record: RecordHistory
    note: Note | None
    fleet: PastFleet | None
    failed: tuple[FailedRollout, ...] = ()
    vetoes: Mapping[str, ImageVerdict] = field(default_factory=dict[str, ImageVerdict])
    once: PastOnce = field(default_factory=PastOnce)
    absent: AbsentRecordError | None = None

    @property
    def unreadable(self) -> str:
        """That the record is none, as a clause; empty where it can be read. It says nothing of what runs."""
        found = self.record.unreadable
        if found is None:
            return ""
        by = f", written by {found.by}" if found.by else ""
        return f"version {found.number} of {self.place.record.name} is no release record: {found.value[:200]!r}{by}"

    @property
    def has_earlier(self) -> bool:
        """Whether there is a release other than the newest, to which a rollback can go back."""
        return len({each.release.digest for each in self.record.releases}) > 1

    @property
    def limits(self) -> list[str]:
        """Beyond what nothing is known, as sentences."""
        found: list[str] = []
        if not self.record.complete:
            found.append(f"Earlier releases are not kept: AWS keeps the last {KEPT_VERSIONS} versions of the record.")
        if self.record.releases:
            kept = KEPT_FOR[type(self.record.releases[0].release)]
            found.append(f"Failed rollouts are kept for {kept}.")
        return found

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata rollout history` has it."""
        return {
            "project": self.place.project,
            "stack": self.place.stack,
            "service": self.place.service,
            "complete": self.record.complete and not self.once.spoilt,
            "unreadable": self.unreadable or None,
            "absent": self.absent.message if self.absent is not None else None,
            "releases": [each.document() for each in self.record.releases],
            "failed_rollouts": [each.document() for each in self.failed],
            "run_once": [each.document() for each in reversed(self.once.notes)],
            "unreadable_run_once": list(self.once.unreadable),
        }


def read_past(place: ServicePlace, *, unreleased: bool = False) -> ServiceHistory:
    """The releases of a service and what forbids them.

    Args:
        place: the service.
        unreleased: whether what ran once is enough where there is no release record. Default: it is not.

    Raises:
        UsageError: there is no release record.
    """
    store = place.record
    versions = store.versions()
    if not versions:
        once = read_past_once(place.clients, store.name) if unreleased else PastOnce()
        if not once.notes and not once.spoilt:
            raise _no_record(place)
        absent = absent_record(place, place.service, place.called)
        return ServiceHistory(place, read_history([]), None, None, once=once, absent=absent if absent.traced else None)
    history = read_history(versions)
    verdicts = VerdictStore(place.clients, place.clock)
    images = {each.release.image for each in history.releases}
    revoked = {name for each in images for name in revocation_names(each.name, each.version, each.id)}
    vetoes = {**verdicts.images(vetoed_images_path(store.name)), **verdicts.vetoes(store.name)}
    judged = history.judged(vetoes, verdicts.read(revoked))
    newest = judged.last_named or next(iter(judged.releases), None)
    name = note_name(store.name)
    note = read_note(BaseDriver(place.clients).parameters([name]).get(name))
    fleet = fleet_of(place.clients, newest.release) if newest else None
    return ServiceHistory(place, judged, note, fleet, vetoes=vetoes, once=read_past_once(place.clients, store.name))


def in_time(
    releases: Sequence[PastRelease], failed: Sequence[FailedRollout], once: Sequence[OnceNote] = ()
) -> list[PastRelease | FailedRollout | OnceNote]:
    """All that happened in one list, newest first; what has no moment comes last."""

    def moment(each: PastRelease | FailedRollout | OnceNote) -> float:
        if isinstance(each, OnceNote):
            return parse_moment(each.began).timestamp()
        at = each.at if isinstance(each, PastRelease) else each.ended or each.started
        return at.timestamp() if at else 0.0

    return sorted([*releases, *failed, *once], key=moment, reverse=True)


def _no_record(place: ServicePlace) -> UsageError:
    known = place.known_services
    if known is not None and place.service not in known:
        listed = ", ".join(sorted(known)) or "none"
        return UsageError(f"no service is called {place.service!r} in {place.stack}", fix=f"Use one of: {listed}.")
    return absent_record(place, place.service, place.called)
