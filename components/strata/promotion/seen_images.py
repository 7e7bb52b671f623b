"""The images that a pin is about: those that AWS has, and those that somebody names, each once with all its labels."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from strata.aws.ecr_repository import EcrRepository
from strata.errors import RefusedError
from strata.image_build.image_reference import ImageReference
from strata.images.catalogue import CatalogueEntry
from strata.images.image_finder import FoundVersion
from strata.images.image_scan import ImageScan
from strata.images.pin_file import PinKind
from strata.images.scan_reading import read_container_scan
from strata.promotion.named_in_records import named_in_records
from strata.promotion.pin_repository import repository_of
from strata.promotion.pinned_stack import PinnedStack
from strata.promotion.stack_records import RecordedImage
from strata.rollout.tasks.image_lookup import digest_of

__all__ = ["SeenImage", "look_for_images", "pinned_as"]


@dataclass(frozen=True)
class SeenImage:
    """One image.

    Args:
        identity: its id or digest.
        labels: the versions that it is called, the one that decides first: the catalogue's, the pin's, a record's, a
            tag's: a file and a record are written by hand in an emergency; where nothing else has a name for it, what
            releases of it were called. None where no release has one either.
        found: as AWS has it; None where it is not there, or nobody could ask.
        exists: whether AWS has it; None where nobody could ask.
        scan: its last scan for vulnerabilities; None where there is none, and for a container image that is neither
            pinned nor recorded, for which nobody asks.
    """

    identity: str
    labels: tuple[str, ...]
    found: FoundVersion | None
    exists: bool | None
    scan: ImageScan | None = None


@dataclass(frozen=True)
class _Holdings:
    """What AWS has.

    Args:
        there: the images.
        whole: whether all that could have it was asked.
        notes: why it was not, as sentences.
        scans: the last scans of container images that somebody is to run.
    """

    there: Mapping[str, FoundVersion]
    whole: bool = True
    notes: tuple[str, ...] = ()
    scans: Mapping[str, ImageScan | None] = field(default_factory=dict[str, ImageScan | None])

    def scan(self, identity: str) -> ImageScan | None:
        """The last scan of an image."""
        found = self.there.get(identity)
        if found is not None and found.origin is not None:
            return found.origin.scan
        return self.scans.get(identity)


def pinned_as(stack: PinnedStack, name: str, kind: PinKind) -> tuple[str, str] | None:
    """Version and id or digest that the file pins; None where it pins none."""
    if kind is PinKind.MACHINE:
        pin = stack.machine_pin(name)
        return (pin.version or "", pin.id) if pin.id else None
    image = stack.container_pin(name)
    digest = image.digest or (digest_of(image.reference) if image.reference else None)
    return (image.version or "", digest) if digest else None


def look_for_images(
    stack: PinnedStack,
    name: str,
    kind: PinKind,
    entries: Mapping[str, CatalogueEntry],
    recorded: Sequence[RecordedImage],
) -> tuple[list[SeenImage], tuple[str, ...]]:
    """The images of a pin, and what kept some from being looked for, as sentences.

    Args:
        stack: the stack.
        name: the pin.
        kind: where it is.
        entries: of the catalogue, by version.
        recorded: what the records of the stack name of it.
    """
    pinned = pinned_as(stack, name, kind)
    named: list[tuple[str, str]] = [pinned] if pinned is not None else []
    named += [(it.image.version, it.image.content) for it in recorded]
    to_run = {identity for _, identity in named}
    named += [(version, entry.identity) for version, entry in entries.items()]
    wanted = {identity for _, identity in named}
    answer = _machines(stack, name, wanted) if kind is PinKind.MACHINE else _containers(stack, name, recorded, to_run)
    # what nobody has a name for, such as the parts of an index, is for `strata image prune` to show
    shown = [each for each in answer.there.values() if each.tagged or each.id in wanted]
    seen: list[SeenImage] = []
    for identity in dict.fromkeys((*(each.id for each in shown), *wanted)):
        found = answer.there.get(identity)
        noted = [version for version, entry in entries.items() if entry.identity == identity]
        called = [*noted, *(version for version, other in named if other == identity)]
        labels = dict.fromkeys(each for each in (*called, *(found.labels if found is not None else ())) if each)
        exists = _exists(found, whole=answer.whole)
        seen.append(SeenImage(identity, tuple(labels), found, exists, answer.scan(identity)))
    return _named(stack, name, kind, seen), answer.notes


def _named(stack: PinnedStack, name: str, kind: PinKind, seen: Sequence[SeenImage]) -> list[SeenImage]:
    """The same, where what nothing else has a name for is called what a release of it was."""
    records = {stack.record(each) for each in stack.services_of(name, kind)}
    nameless = {each.identity for each in seen if not each.labels}
    called = named_in_records(stack.clients, name, records, nameless)
    return [replace(each, labels=each.labels or called.get(each.identity, ())) for each in seen]


def _exists(found: FoundVersion | None, *, whole: bool) -> bool | None:
    if found is not None:
        return True
    return False if whole else None


def _machines(stack: PinnedStack, name: str, wanted: set[str]) -> _Holdings:
    pin, finder = stack.machine_pin(name), stack.finder
    tagged = finder.machines(pin.app or name, pin.owners)
    # the tags of another account's image cannot be seen
    more = {each for each in wanted if each.startswith("ami-")} - {each.id for each in tagged}
    return _Holdings({each.id: each for each in (*tagged, *finder.machines_by_id(*more))})


def _containers(stack: PinnedStack, name: str, recorded: Sequence[RecordedImage], to_run: Collection[str]) -> _Holdings:
    """What the repositories have of the pin, and of what its services are recorded to run, with the scans of those."""
    notes: list[str] = []
    repositories = dict.fromkeys(_recorded_in(recorded))
    try:
        repositories[repository_of(stack, name)] = None
    except RefusedError as error:
        notes.append(f"{error.message}.")
    there: dict[str, FoundVersion] = {}
    scans: dict[str, ImageScan | None] = {}
    for each in repositories:
        place = EcrRepository.parse(each)
        if place is None:
            notes.append(f"{each} is no repository of ECR, and was not asked.")
            continue
        stored = {it.id: it for it in stack.finder.stored_containers(each)}
        there.update(stored)
        # a call for each, which a repository of hundreds is not worth
        asked = [it for it in stored if it in to_run]
        ecr = place.client(stack.clients)
        scans.update({it: read_container_scan(ecr, place.account, place.name, it) for it in asked})
    return _Holdings(there, whole=not notes, notes=tuple(notes), scans=scans)


def _recorded_in(recorded: Sequence[RecordedImage]) -> Iterator[str]:
    for each in recorded:
        if digest_of(each.image.id):
            yield ImageReference.parse(each.image.id).repository
