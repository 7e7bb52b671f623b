"""Whether a machine image is a copy of what a version is, by the catalogue of the region that it was copied from.

AWS names the source of a copy and its region. The catalogue of the own region knows nothing of a copy that nobody has
noted there, and the tags of a copy are whatever somebody has written.
"""

from collections.abc import Iterator
from dataclasses import replace

from strata.aws.outage import describe_failure
from strata.caution import caution
from strata.images.catalogue import CatalogueEntry
from strata.images.doubt import Doubt
from strata.images.image_finder import FoundVersion
from strata.promotion.pinned_stack import PinnedStack
from strata.rollout.denials import is_denied

__all__ = ["find_other_source"]


def find_other_source(stack: PinnedStack, name: str, found: FoundVersion, version: str) -> Iterator[Doubt]:
    """That an image is a copy of another version, or of another image than the version is where it was copied from.

    What was made from a running server is no copy; what such an image is, is for its watermarks to say.

    Args:
        stack: where it is to be pinned.
        name: the pin.
        found: the image.
        version: the version.
    """
    origin = found.origin
    if origin is None or not origin.source or origin.server:
        return
    region = origin.source_region or stack.finder.region()
    there = replace(stack, clients=stack.clients.in_region(region))
    try:
        yield from _differences(stack, there, region, name, found, origin.source, version)
    except Exception as error:
        if not is_denied(error):
            raise
        caution(
            f"{found.id} is a copy of {origin.source}, and whether that is {name} {version} was not checked: the "
            f"catalogue and the images of {region} may not be read ({describe_failure(error)})."
        )


def _differences(
    stack: PinnedStack, there: PinnedStack, region: str, name: str, found: FoundVersion, source: str, version: str
) -> Iterator[Doubt]:
    known = there.entries(name)
    if other := sorted(each for each, it in known.items() if it.identity == source and each != version):
        yield Doubt(
            f"{found.id} is a copy of {source}, which the catalogue of {region} has as {name} {', '.join(other)}: "
            f"expected {version}",
            "Pin it as the version that it is.",
        )
        return
    entry = known.get(version)
    # what is noted as the version where it was copied within a region is the version
    if entry is None or entry.identity in (source, found.id) or _is_of_one(there, entry, source):
        return
    # what is revoked is no way out
    fix = "Bake this one under a version of its own."
    if stack.revocation(name, version, entry.identity) is None:
        here = stack.finder.region()
        fix = f"Pin {entry.identity if here == region else f'a copy of {entry.identity}'}, or {fix[0].lower()}{fix[1:]}"
    yield Doubt(
        f"{found.id} is a copy of {source}, and the catalogue of {region} has {entry.identity} as {name} {version}", fix
    )


def _is_of_one(there: PinnedStack, entry: CatalogueEntry, source: str) -> bool:
    """Whether a version is itself a copy of what an image is a copy of, which only Image Builder has seen."""
    noted = next(iter(there.finder.machines_by_id(entry.identity)), None)
    if noted is None or noted.origin is None:
        return False
    return not noted.origin.server and noted.origin.source == source
