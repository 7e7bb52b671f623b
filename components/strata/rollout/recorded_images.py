"""Whether a record names the images that what it says is launched has (pure).

Whoever writes over a record may change its image and nothing else: all that runs is then of its digest and of its
template version or task definition, and is not what the record names.
"""

from collections.abc import Collection

from strata.rollout.proven_names import RECORD_AGAIN
from strata.rollout.record import ImageRef, Release

__all__ = ["describe_other", "find_other", "way_and_record"]


def find_other(release: Release, launched: Collection[str]) -> ImageRef | None:
    """The first image that a release names and that what launches it does not have; None where it has all of them.

    Args:
        release: as its record names it.
        launched: ids or references of the images of its template version or task definition.
    """
    contents = {each.rpartition("@")[2] for each in launched}
    return next((each for each in release.images if each.content not in contents), None)


def describe_other(launcher: str, release: Release, launched: Collection[str]) -> str:
    """That a record names another image than is launched, as a clause; empty where it does not.

    Args:
        launcher: what launches the release, for people.
        release: as its record names it.
        launched: see `find_other`.
    """
    other = find_other(release, launched)
    if other is None:
        return ""
    return f"{launcher} launches image {', '.join(sorted(launched)) or 'none'}, but the record names {other}"


def way_and_record(way: str, misnamed: str) -> str:
    """What brings back what is recorded and then rights the record; empty where that names what is launched.

    Args:
        way: what brings it back; empty where nothing has to.
        misnamed: that the record names another image, see `describe_other`.
    """
    if not misnamed:
        return ""
    return f"{way}; then, {RECORD_AGAIN}" if way else RECORD_AGAIN
