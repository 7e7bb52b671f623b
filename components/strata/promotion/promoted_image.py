"""Whether the image that a promotion is about proves itself, in the stack that ran it or in the one it is for."""

from dataclasses import replace

from strata.aws.ecr_repository import EcrRepository
from strata.clock import utc_text
from strata.images.catalogue import CatalogueEntry, ImageKind
from strata.images.image_finder import FoundVersion
from strata.images.image_scan import ScanLimits, find_scan_doubts
from strata.images.image_trust import INSPECTED, is_proven
from strata.images.scan_reading import SCANNED_BY_ECR, read_container_scan
from strata.promotion.pin_change import Objection
from strata.promotion.pin_repository import repository_of
from strata.promotion.pinned_stack import PinnedStack
from strata.promotion.pinning import claim_of, doubts_of
from strata.rollout.record import ImageRef

__all__ = ["find_scanned", "find_unproven", "new_entry"]


def find_unproven(stack: PinnedStack, source: PinnedStack, image: ImageRef, found: FoundVersion) -> list[Objection]:
    """What keeps a machine image from being proven; a container image is its digest, and needs nothing else.

    It proves itself where it ran, by the catalogue there or a watermark, if the one here is the same or a copy of it.
    Otherwise it has to do so here.

    Args:
        stack: where it is to be pinned.
        source: where it ran.
        image: as the record there names it.
        found: the image here.
    """
    seen = found if found.id == image.id else next(iter(source.finder.machines_by_id(image.id)), None)
    there = source.catalogue.entry(image.name, image.version)
    required = stack.requires_proof
    doubts: list[Objection] = []
    if seen is not None and (ran := claim_of(source, image.name, seen, image.version, there, required=required)):
        if is_proven(ran) and (found.id == image.id or _is_copy(found, image.id)):
            return []
        doubts = [Objection(each.text, each.fix) for each in doubts_of(stack, ran)]
    here = stack.catalogue.entry(image.name, image.version)
    baker = [source.finder.account()]
    own = claim_of(stack, image.name, found, image.version, here, required=required, baked_by=baker)
    if own is None or is_proven(own):
        return []
    # where it is one image, it is said once
    return doubts or [Objection(each.text, each.fix) for each in doubts_of(stack, own)]


def _is_copy(found: FoundVersion, image_id: str) -> bool:
    return found.origin is not None and found.source == image_id and not found.origin.server


def find_scanned(stack: PinnedStack, name: str, version: str, found: FoundVersion) -> list[Objection]:
    """What of the last scan of an image is not within the limits of a stack.

    Args:
        stack: the stack.
        name: the pin.
        version: the version.
        found: the image.
    """
    now = stack.clock.now()
    limits = ScanLimits.of(stack.settings.promotion)
    if not limits.required:
        return []
    label = f"{name} {version} ({found.id})"
    if found.kind is ImageKind.MACHINE:
        scan = found.origin.scan if found.origin is not None else None
        doubts = find_scan_doubts(label, scan, limits, now, how=INSPECTED)
    else:
        repository = repository_of(stack, name)
        place = EcrRepository.parse(repository)
        if place is None:
            return []
        scan = read_container_scan(place.client(stack.clients), place.account, place.name, found.id)
        doubts = find_scan_doubts(label, scan, limits, now, how=SCANNED_BY_ECR)
    return [Objection(each.text, each.fix) for each in doubts]


def new_entry(
    stack: PinnedStack, source: PinnedStack, image: ImageRef, found: FoundVersion, *, proven: bool
) -> CatalogueEntry | None:
    """What the catalogue of the stack's account and region lacks; None where it has the version, or nothing is proven.

    Args:
        stack: where it is pinned.
        source: where it ran.
        image: as the record there names it.
        found: the image here.
        proven: whether it has proven itself without the catalogue of the other stack.
    """
    if stack.catalogue.entry(image.name, image.version) is not None:
        return None
    entry = source.catalogue.entry(image.name, image.version)
    if entry is not None:
        return replace(entry, id=found.id) if entry.kind is ImageKind.MACHINE else entry
    if not proven:
        return None
    machine = found.kind is ImageKind.MACHINE
    stored = None if machine else stack.finder.stored_container(repository_of(stack, image.name), found.id)
    made = stored.made if stored is not None else found.made
    return CatalogueEntry(
        kind=found.kind,
        name=image.name,
        version=image.version,
        id=found.id if machine else None,
        digest=None if machine else found.id,
        made=made or utc_text(stack.clock.now()),
        by=stack.finder.caller(),
    )
