"""What the releases of a service prove to be, where somebody has renamed one of them in its record by hand.

A way back writes versions into the veto, the note, the record and the stack file. None of them is to be one that the
image is not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from strata.errors import RefusedError
from strata.images.image_trust import ImageTerms
from strata.images.verdicts import VerdictStore
from strata.rollback.past_fleets import PastFleet
from strata.rollback.past_releases import PastRelease, RecordHistory
from strata.rollback.service_history import ServiceHistory
from strata.rollback.service_place import ServicePlace
from strata.rollout.aws_calls import BaseDriver
from strata.rollout.begun_rollback import BegunRollback
from strata.rollout.note import Note
from strata.rollout.proven_names import BY_NOTE, ProvenName, find_renamed, note_of
from strata.rollout.record import ImageRef, Release
from strata.rollout.true_records import describe_false
from strata.verdict_names import revocation_names

__all__ = ["TrueNames", "look_at_names", "require_true_name"]


@dataclass(frozen=True)
class TrueNames:
    """A service's past by the names that its images prove to have.

    Args:
        past: it; what has no single such name is called there what the record calls it.
        renamed: what the newest release proves to be; None where it is what the record calls it, or nobody knows.
        nameless: releases that are not what the record calls them, and of which nothing says what they are, with why.
        said: what is called something else than the record calls it, as sentences.
        unchecked: what could not be looked at, as sentences.
        wrong: in what the record is not what runs, but for a name, as a clause; empty where it is.
        found: what releases prove to be that the record calls something else, in its own order.
    """

    past: ServiceHistory
    renamed: ProvenName | None = None
    nameless: tuple[tuple[Release, str], ...] = ()
    said: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    wrong: str = ""
    found: tuple[tuple[Release, ProvenName], ...] = ()

    @property
    def deviation(self) -> str:
        """In what the record is not what runs, as a clause; empty where it is, or nobody knows."""
        return self.wrong or (self.renamed.deviation if self.renamed is not None else "")

    def against(self, each: PastRelease) -> Sequence[str]:
        """Why a release cannot be gone back to by its name, as clauses."""
        return [why for release, why in self.nameless if _key(release) == _key(each.release)]

    def marked(self, past: ServiceHistory) -> ServiceHistory:
        """The past by the names of the record, with what each release proves to be, and what forbids it as that.

        Args:
            past: the one that was looked at.
        """
        proven = {_key(release): found for release, found in self.found}

        def mark(each: PastRelease, called: PastRelease) -> PastRelease:
            veto, revocation = each.veto or called.veto, each.revocation or called.revocation
            return replace(each, proven=proven.get(_key(each.release)), veto=veto, revocation=revocation)

        both = zip(past.record.releases, self.past.record.releases, strict=True)
        releases = tuple(mark(each, called) for each, called in both)
        return replace(past, record=replace(past.record, releases=releases))

    def require_current(self) -> None:
        """Refuse to leave what has no name.

        Raises:
            RefusedError: nothing says which of several versions the newest release is.
        """
        current = self.past.record.last_named
        if current is not None and self.against(current):
            require_true_name(self.past.place, self)


class _Fleet:
    """Asks what an image is called, and remembers what came of it."""

    def __init__(self, fleet: PastFleet, terms: ImageTerms) -> None:
        self._fleet = fleet
        self._terms = terms
        self.unknown = False
        self.denied: Exception | None = None

    def called(self, image: ImageRef) -> tuple[tuple[str, ...], str]:
        versions, by = self._fleet.called(image, self._terms)
        self.unknown = not versions
        return versions, by

    def deny(self, error: Exception) -> None:
        self.denied = error


def look_at_names(past: ServiceHistory, begun: BegunRollback | None = None, *, every: bool = False) -> TrueNames:
    """Find out what the newest release proves to be, and each other one of which the record has said two things.

    Args:
        past: the service.
        begun: the last rollback, whose note has the name of what it went back to. Default: there was none.
        every: whether the newest is looked at by its earlier names, too. Default: they are nothing to go back to.
    """
    current, fleet = past.record.last_named, past.fleet
    if current is None or fleet is None:
        return TrueNames(past)
    true = fleet.true(current.release)
    wrong = describe_false(current.release, true)
    if wrong:
        past = _righted(past, current.release, true)
        current = past.record.last_named or current
    names: dict[tuple[str, str, str], str] = {}
    asked_of: set[tuple[str, str, str]] = set()
    nameless: list[tuple[Release, str]] = []
    said: list[str] = [f"{past.place.service}: {wrong}; it is taken as what runs"] if wrong else []
    unchecked: list[str] = []
    proven: list[tuple[Release, ProvenName]] = []
    renamed: ProvenName | None = None
    for each in _doubtful(past, current, every=every):
        release, image = each.release, each.release.image
        if _key(release) in asked_of:
            continue
        asked_of.add(_key(release))
        asked = _Fleet(fleet, _terms(past.place, image))
        found = find_renamed(BaseDriver(past.place.clients), release, past.note, asked.called, asked.deny)
        if found is None and each is current and (asked.unknown or asked.denied):
            found = _noted(release, past.note, begun)
        if found is None and asked.denied is not None and each is current:
            unchecked.append(
                f"{past.place.service}: whether {image} is what its record calls it was not checked: allow "
                f"ssm:GetParameters and what shows the image to whoever goes back: {asked.denied}"
            )
        if found is None:
            continue
        proven.append((release, found))
        renamed = found if each is current else renamed
        version = _taken(found, release, past)
        if version:
            names[_key(release)] = version
            said.append(f"{past.place.service}: {found.deviation}; it is taken as {version}")
        else:
            nameless.append((release, found.deviation))
    return TrueNames(
        _called(past, names),
        renamed,
        tuple(nameless),
        tuple(said),
        tuple(unchecked),
        wrong=wrong,
        found=tuple(proven),
    )


def require_true_name(place: ServicePlace, names: TrueNames, *, way_on: str = "") -> None:
    """Refuse what would go on under a name that is not that of the image.

    Args:
        place: the service.
        names: what was looked at.
        way_on: what goes on all the same, as a sentence. Default: nothing does.

    Raises:
        RefusedError: the record calls its image what that is not.
    """
    if not names.deviation:
        return
    if place.local:
        again = f"`strata rehearse {place.called} --refresh` writes the record again"
    else:
        again = f"`pulumi up --refresh --stack {place.called}` writes the record again, for what is pinned"
    raise RefusedError(
        f"{place.service}: {names.deviation}; expected a record that names what runs, and nothing was changed",
        fix=f"{again}; then run the same command again.{f' {way_on}' if way_on else ''}",
    )


def _doubtful(past: ServiceHistory, current: PastRelease, *, every: bool) -> list[PastRelease]:
    """The newest, and every other one whose image the record has called two things, or whose name it gave twice."""
    # what runs them now cannot be asked about the images of what ran them before
    own = [each for each in past.record.releases if type(each.release) is type(current.release)]
    labels: dict[str, set[str]] = {}
    images: dict[str, set[str]] = {}
    for each in own:
        image = each.release.image
        labels.setdefault(image.content, set()).add(image.label)
        images.setdefault(image.label, set()).add(image.content)

    def is_doubtful(each: PastRelease) -> bool:
        image = each.release.image
        # the newest by its earlier names is no other release
        other = every or _what(each.release) != _what(current.release)
        return other and (len(labels[image.content]) > 1 or len(images[image.label]) > 1)

    return [current, *(each for each in own if each is not current and is_doubtful(each))]


def _what(release: Release) -> tuple[str, str]:
    return release.digest, release.image.content


def _key(release: Release) -> tuple[str, str, str]:
    return (*_what(release), release.image.label)


def _terms(place: ServicePlace, image: ImageRef) -> ImageTerms:
    settings = place.settings
    if settings is None:
        return ImageTerms()
    service = settings.services.get(place.service)
    pin = settings.images.get((service.image if service is not None else None) or place.service)
    return ImageTerms.of(settings.promotion, pin if pin is not None else settings.images.get(image.name))


def _noted(release: Release, note: Note | None, begun: BegunRollback | None) -> ProvenName | None:
    """What the last gate has called it, or the rollback that has brought it, if no gate has rolled anything since."""
    same = note_of(release, note)
    if same is not None and same.image.version and same.image.label != release.image.label:
        return ProvenName((same.image.version,), BY_NOTE, release.image)
    if begun is None or begun.to != release.digest or begun.to_version in {"", release.image.version}:
        return None
    if note is not None and (note.digest != release.digest or note.image.label == release.image.label):
        return None
    return ProvenName((begun.to_version,), f"by the note of the rollback that was begun at {begun.at}", release.image)


def _taken(found: ProvenName, release: Release, past: ServiceHistory) -> str:
    """The one of its versions that it goes by; empty where nothing says which of them that is."""
    if len(found.versions) == 1:
        return found.versions[0]
    same = note_of(release, past.note)
    known = [same.image.version] if same is not None else []
    known += [each.version for each in past.record.releases if _what(each.release) == _what(release)]
    return next((each for each in known if each in found.versions), "")


def _called(past: ServiceHistory, names: Mapping[tuple[str, str, str], str]) -> ServiceHistory:
    """The past with other names, and with what forbids the releases of those."""
    if not names:
        return past

    def called(each: PastRelease) -> PastRelease:
        version = names.get(_key(each.release))
        if version is None:
            return each
        return replace(each, release=replace(each.release, image=replace(each.release.image, version=version)))

    return _judged(past, called)


def _righted(past: ServiceHistory, recorded: Release, true: Release) -> ServiceHistory:
    """The past with what the newest release is, in place of what its record names, and with what forbids that."""

    def right(each: PastRelease) -> PastRelease:
        return replace(each, release=true) if each.release == recorded else each

    return _judged(past, right)


def _judged(past: ServiceHistory, changed: Callable[[PastRelease], PastRelease]) -> ServiceHistory:
    record: RecordHistory = replace(past.record, releases=tuple(map(changed, past.record.releases)))
    images = {each.release.image for each in record.releases}
    revoked = {name for each in images for name in revocation_names(each.name, each.version, each.id)}
    revocations = VerdictStore(past.place.clients, past.place.clock).read(revoked)
    return replace(past, record=record.judged(past.vetoes, revocations))
