"""Container images that share a manifest: an index, and the images of its platforms."""

from collections.abc import Iterable, Mapping

from strata.rollout.preflight_findings import PreflightFinding
from strata.rollout.record import ImageRef
from strata.rollout.revoked_kin import find_revoked_kin
from strata.rollout.tasks.image_lookup import in_repository
from strata.rollout.tasks.task_driver import TaskDriver

__all__ = ["find_revoked_parts"]


def find_revoked_parts(driver: TaskDriver, images: Iterable[ImageRef]) -> tuple[PreflightFinding, ...]:
    """That an image is for one platform of an index that is revoked, or an index of one that is.

    Only ECR is asked: what another registry has of an image is known to nobody here.

    Args:
        driver: AWS.
        images: the images that are to be launched.
    """
    return find_revoked_kin(driver, images, _parts, needs="ecr:BatchGetImage")


def _parts(driver: TaskDriver, image: ImageRef, revoked: frozenset[str]) -> Mapping[str, str]:
    place = in_repository(image.id)
    others = {each for each in revoked if each.startswith("sha256:") and place is not None and each != place.digest}
    if place is None or not others:
        return {}
    parts = driver.parts(place, {place.digest, *others})
    own = parts.get(place.digest, frozenset())
    found = {each: f"has for one platform {each}" for each in sorted(others & own)}
    return found | {
        each: f"is for one platform of {each}" for each in sorted(others) if place.digest in parts.get(each, ())
    }
