"""The releases of a service, as the history of its record names them (pure)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from strata.images.verdicts import ImageVerdict
from strata.rollout.proven_names import ProvenName
from strata.rollout.record import Release, proven
from strata.verdict_names import revocation_names

__all__ = ["PastRelease", "RecordHistory", "RecordVersion", "read_history"]


@dataclass(frozen=True)
class RecordVersion:
    """One version of a release record.

    Args:
        number: as Parameter Store counts them, from 1.
        value: its text.
        at: when it was written.
        by: ARN of who wrote it; empty where AWS does not say.
    """

    number: int
    value: str
    at: datetime | None
    by: str


@dataclass(frozen=True)
class PastRelease:
    """A release that was proven, or is.

    Args:
        release: as its newest version of the record names it.
        number: that version of the record.
        at: when it was recorded first, without another one in between.
        by: ARN of who recorded it then.
        current: whether the record names it now.
        veto: why its version is vetoed for this service; None where it is not.
        revocation: why its image is revoked; None where it is not.
        proven: what its image proves to be, where somebody looked and the record calls it something else; else None.
    """

    release: Release
    number: int
    at: datetime | None
    by: str
    current: bool = False
    veto: ImageVerdict | None = None
    revocation: ImageVerdict | None = None
    proven: ProvenName | None = None

    @property
    def version(self) -> str:
        """What people call its image."""
        return self.release.image.version

    @property
    def forbidden(self) -> str | None:
        """Why it must not run again, as a clause; None where nothing forbids it."""
        if self.revocation is not None:
            return f"it is revoked: {self.revocation}"
        return f"it is vetoed for this service: {self.veto}" if self.veto is not None else None

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata rollout history` has it."""
        image = self.release.image
        return {
            "version": image.version,
            "proven_as": list(self.proven.versions) if self.proven else None,
            "proven_by": self.proven.by if self.proven else None,
            "image_name": image.name,
            "image_id": image.id,
            "digest": self.release.digest,
            "record_version": self.number,
            "at": self.at.isoformat() if self.at else None,
            "by": self.by or None,
            "current": self.current,
            "vetoed": str(self.veto) if self.veto else None,
            "revoked": str(self.revocation) if self.revocation else None,
        }


@dataclass(frozen=True)
class RecordHistory:
    """All that is kept of a record.

    Args:
        releases: newest first; the same release twice if there was another one in between.
        complete: whether the record's first version is among what is kept.
        newest: number of the record's newest version; 0 where there is none.
        unreadable: the record's newest version, where somebody has written over it what is no record; else None.
    """

    releases: tuple[PastRelease, ...]
    complete: bool
    newest: int = 0
    unreadable: RecordVersion | None = None

    @property
    def current(self) -> PastRelease | None:
        """What the record names now; None where nothing is proven."""
        return next((each for each in self.releases if each.current), None)

    @property
    def last_named(self) -> PastRelease | None:
        """What the record names now, or named before it became unreadable; None where nothing is proven."""
        if self.unreadable is not None:
            return next(iter(self.releases), None)
        return self.current

    def judged(self, vetoes: Mapping[str, ImageVerdict], revocations: Mapping[str, ImageVerdict]) -> "RecordHistory":
        """The same, with what forbids each release.

        Args:
            vetoes: of the service, by version, and by the id or digest of an image.
            revocations: of images, by the name of their parameter.
        """

        def judge(each: PastRelease) -> PastRelease:
            image = each.release.image
            names = revocation_names(image.name, image.version, image.id)
            revoked = next((revocations[name] for name in names if name in revocations), None)
            veto = vetoes.get(image.version) or vetoes.get(image.content)
            return replace(each, veto=veto, revocation=revoked)

        return replace(self, releases=tuple(judge(each) for each in self.releases))


def read_history(versions: Sequence[RecordVersion]) -> RecordHistory:
    """The releases that so many versions of a record name.

    A change of a release's tags moves the number of its template and makes a version of the record, but no release.
    What somebody has written over the record, and is no record, is no release either.

    Args:
        versions: those that are kept, in any order.
    """
    ordered = sorted(versions, key=lambda each: each.number)
    found: list[PastRelease] = []
    newest: Release | None = None
    unreadable: RecordVersion | None = None
    for each in ordered:
        try:
            newest, unreadable = proven(each.value), None
        except ValueError:
            newest, unreadable = None, each
            continue
        if newest is None:
            continue
        if found and _same(found[-1].release, newest):
            found[-1] = replace(found[-1], release=newest, number=each.number)
        else:
            found.append(PastRelease(newest, each.number, each.at, each.by))
    if found and newest is not None:
        found[-1] = replace(found[-1], current=True)
    complete = not ordered or ordered[0].number == 1
    return RecordHistory(tuple(reversed(found)), complete, ordered[-1].number if ordered else 0, unreadable)


def _same(one: Release, other: Release) -> bool:
    return (one.digest, one.image, one.fleet) == (other.digest, other.image, other.fleet)
