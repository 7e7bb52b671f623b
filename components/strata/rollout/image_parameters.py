"""What is kept about an image in parameters, as a preflight reads it in one call."""

from collections.abc import Mapping, Sequence

from strata.images.catalogue import read_entry
from strata.naming import catalogue_name, image_parameters, rollback_name
from strata.rollout.aws_calls import AsyncAws, BaseDriver
from strata.rollout.begun_rollback import read_begun
from strata.rollout.record import ImageRef, Release
from strata.rollout.spec import Rollout

__all__ = ["catalogued_id", "image_parameters_of", "read_image_parameters"]


def read_image_parameters(
    driver: BaseDriver, record: str, images: Sequence[ImageRef], recorded: Release | None
) -> tuple[dict[str, str], frozenset[str]]:
    """Revocation, veto and catalogue entry of an image by parameter, and ids of the images that have run before.

    One has if the record names it already, or if the last rollback of the service goes back to the version.

    Args:
        driver: AWS, which is asked once.
        record: name of the SSM parameter that holds the service's release.
        images: the service's own image, and those beside it.
        recorded: the release that is proven.
    """
    image, begun = images[0], rollback_name(record)
    found = dict(driver.parameters([*image_parameters(record, image.name, image.version), begun]))
    back = read_begun(found.pop(begun, None))
    known = {each.content for each in recorded.images} if recorded is not None else set[str]()
    returns = back is not None and back.to_version == image.version
    return found, frozenset(each.id for each in images if returns or each.content in known)


async def image_parameters_of(aws: AsyncAws, rollout: Rollout) -> tuple[dict[str, str], frozenset[str]]:
    """As `read_image_parameters`, of a rollout.

    Args:
        aws: AWS.
        rollout: the rollout.
    """
    release, record = rollout.release, rollout.spec.record
    return await aws(read_image_parameters, aws.driver, record, release.images, rollout.recorded)


def catalogued_id(image: ImageRef, parameters: Mapping[str, str]) -> str | None:
    """What the catalogue has as the version of an image; None for nothing that can be read.

    Args:
        image: the image.
        parameters: as `image_parameters_of` gives them.
    """
    try:
        return read_entry(parameters[catalogue_name(image.name, image.version)]).identity
    except (KeyError, ValueError):
        return None
