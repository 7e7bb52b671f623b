"""What is kept about an image in parameters, as a preflight reads it in one call."""

from collections.abc import Mapping, Sequence

from strata.images.catalogue import read_entry
from strata.naming import catalogue_name, rollback_name
from strata.rollout.aws_calls import AsyncAws, BaseDriver
from strata.rollout.begun_rollback import read_begun
from strata.rollout.record import ImageRef, Release
from strata.rollout.spec import Rollout
from strata.verdict_names import image_parameters

__all__ = ["catalogued_id", "image_parameters_of", "read_image_parameters"]


def read_image_parameters(
    driver: BaseDriver, record: str, images: Sequence[ImageRef], recorded: Release | None, *, app: str = ""
) -> tuple[dict[str, str], frozenset[str]]:
    """Revocations, vetoes and catalogue entries of an image by parameter, and ids of the images that have run before.

    One has if the record names it already, or if the last rollback of the service goes back to the version.

    Args:
        driver: AWS, which is asked once.
        record: name of the SSM parameter that holds the service's release.
        images: the service's own image, and those beside it.
        recorded: the release that is proven.
        app: what the image is called where it is baked. Default: as here.
    """
    image, begun = images[0], rollback_name(record)
    found = dict(driver.parameters([*image_parameters(record, image.name, image.version, image.id, app), begun]))
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
    release, spec = rollout.release, rollout.spec
    app = spec.terms.app if spec.terms is not None else ""
    return await aws(read_image_parameters, aws.driver, spec.record, release.images, rollout.recorded, app=app)


def catalogued_id(image: ImageRef, parameters: Mapping[str, str], app: str = "") -> str | None:
    """What the catalogue has as the version of an image; None for nothing that can be read.

    Args:
        image: the image.
        parameters: as `image_parameters_of` gives them.
        app: what the image is called where it is baked, if the catalogue does not have it as it is called here.
    """
    for name in dict.fromkeys((image.name, app or image.name)):
        try:
            return read_entry(parameters[catalogue_name(name, image.version)]).identity
        except (KeyError, ValueError):
            continue
    return None
