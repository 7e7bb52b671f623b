"""Machine images that are copies of each other, whatever they are called: EC2 names the source of each."""

from collections.abc import Mapping

from strata.rollout.preflight_findings import PreflightFinding
from strata.rollout.record import ImageRef
from strata.rollout.revoked_kin import find_revoked_kin
from strata.rollout.servers.driver import Driver

__all__ = ["find_revoked_copies"]

_LONGEST_LINE = 5
"""Copies of copies that are followed."""


def find_revoked_copies(driver: Driver, image: ImageRef) -> tuple[PreflightFinding, ...]:
    """That an image is a copy of one that is revoked, or the other way round, or both are copies of a third one.

    Args:
        driver: AWS.
        image: the image that is to be launched.
    """
    return find_revoked_kin(driver, [image], _copies, needs="ec2:DescribeImages")


def _copies(driver: Driver, image: ImageRef, revoked: frozenset[str]) -> Mapping[str, str]:
    others = {each for each in revoked if each.startswith("ami-") and each != image.id}
    if not others:
        return {}
    sources: dict[str, str] = {}
    asked: set[str] = set()
    wanted = {image.id, *others}
    for _ in range(_LONGEST_LINE):
        sources |= driver.copied_from(wanted)
        asked |= wanted
        wanted = {*sources.values()} - asked
        if not wanted:
            break
    line = _line(image.id, sources)
    return {each: f"is a copy with the content of {each}" for each in sorted(others) if line & _line(each, sources)}


def _line(image_id: str, sources: Mapping[str, str]) -> set[str]:
    """An image, what it is a copy of, what that is a copy of, and so on."""
    found = {image_id}
    while (source := sources.get(image_id)) is not None and source not in found:
        found.add(source)
        image_id = source
    return found
