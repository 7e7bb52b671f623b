"""What is stored under one pin of a stack, and what the catalogue says of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from strata.aws.ecr_repository import EcrRepository
from strata.errors import RefusedError
from strata.images.catalogue import CatalogueEntry, ImageKind
from strata.images.pin_file import PinKind
from strata.promotion.pin_repository import repository_of
from strata.promotion.pinned_stack import PinnedStack
from strata.pruning.stored_images import (
    StoredImage,
    StoredKind,
    left_snapshots,
    stored_containers,
    stored_machines,
)

__all__ = ["Stock", "stock_of"]


@dataclass(frozen=True)
class Stock:
    """What is stored under one pin.

    Args:
        names: what the image is called: as a pin, and as an application.
        stored: all there is.
        entries: those of the catalogue, by version.
    """

    names: tuple[str, ...]
    stored: tuple[StoredImage, ...]
    entries: Mapping[str, CatalogueEntry] = field(default_factory=dict[str, CatalogueEntry])

    def noted(self, identity: str) -> tuple[str, ...]:
        """The versions under which the catalogue has an image."""
        return tuple(sorted(version for version, entry in self.entries.items() if entry.identity == identity))


def stock_of(stack: PinnedStack, stacks: Sequence[PinnedStack], name: str, kind: PinKind, notes: list[str]) -> Stock:
    """Look at what is stored.

    Args:
        stack: the stack.
        stacks: all of the project, whose repositories may have what the catalogue names.
        name: the pin.
        kind: where it is.
        notes: gets what could not be looked at, and what is no entry of the catalogue.
    """
    entries = stack.catalogue.entries(name)
    made_for = ImageKind.MACHINE if kind is PinKind.MACHINE else ImageKind.CONTAINER
    notes += [f"{each} Nothing of it is removed." for each in stack.catalogue.strangers(name, made_for)]
    if kind is PinKind.MACHINE:
        app = stack.machine_pin(name).app or name
        found = [*stored_machines(stack.clients, name, app), *left_snapshots(stack.clients, name)]
        gone = _machines_gone(stack, name, entries, found)
        return Stock((name, app), (*found, *gone), entries)
    try:
        repository = repository_of(stack, name)
    except RefusedError as error:
        notes.append(f"{name}: {error.message}.")
        return Stock((name,), (), entries)
    place = EcrRepository.parse(repository)
    own = place is not None and (place.account, place.region) == (stack.finder.account(), stack.finder.region())
    if not own:
        notes.append(f"{name}: {repository} is not in this account and region, so nothing of it is removed here.")
    found = stored_containers(stack.clients, name, repository) if own else []
    gone = _containers_gone(stack, stacks, name, entries, {each.identity for each in found})
    return Stock((name,), (*found, *gone), entries)


def _machines_gone(
    stack: PinnedStack, name: str, entries: Mapping[str, CatalogueEntry], found: Sequence[StoredImage]
) -> Iterator[StoredImage]:
    """The entries whose machine images the account does not own, or not under this application."""
    there = {each.identity for each in found}
    missing = {each.id for each in entries.values() if each.id and each.id not in there}
    seen = {each.id: each for each in stack.finder.machines_by_id(*missing)}
    for version, entry in entries.items():
        if entry.id in missing:
            other = seen.get(entry.id)
            owner = other.owner if other is not None else ""
            yield _entry(name, version, entry, owner=owner or (stack.finder.account() if other is not None else ""))


def _containers_gone(
    stack: PinnedStack,
    stacks: Sequence[PinnedStack],
    name: str,
    entries: Mapping[str, CatalogueEntry],
    there: set[str],
) -> Iterator[StoredImage]:
    """The entries whose digests are in no repository that a stack of the project has for the image."""
    missing = {version: each for version, each in entries.items() if each.digest and each.digest not in there}
    repositories = set(_repositories(stacks, name)) if missing else set[str]()
    for version, entry in missing.items():
        known = [stack.finder.has_container(each, str(entry.digest)) for each in sorted(repositories)]
        if known and all(each is False for each in known):
            yield _entry(name, version, entry)


def _repositories(stacks: Sequence[PinnedStack], name: str) -> Iterator[str]:
    for each in stacks:
        if name in each.settings.container_images:
            try:
                yield repository_of(each, name)
            except RefusedError:
                # its stack makes one, and has released nothing from it
                continue


def _entry(name: str, version: str, entry: CatalogueEntry, *, owner: str = "") -> StoredImage:
    return StoredImage(
        kind=StoredKind.ENTRY,
        name=name,
        identity=entry.identity,
        versions=(version,),
        made=entry.made or None,
        owner=owner,
    )
