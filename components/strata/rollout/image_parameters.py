"""What is kept about an image in parameters, as a preflight reads it in one call."""

from collections.abc import Mapping

from strata.images.catalogue import read_entry
from strata.naming import catalogue_name, image_parameters, rollback_name
from strata.rollout.aws_calls import AsyncAws
from strata.rollout.begun_rollback import read_begun
from strata.rollout.record import ImageRef
from strata.rollout.spec import Rollout

__all__ = ["catalogued_id", "image_parameters_of"]


async def image_parameters_of(aws: AsyncAws, rollout: Rollout) -> tuple[dict[str, str], bool]:
    """Revocation, veto and catalogue entry of an image by parameter, and whether it has run before.

    It has if the record names it already, or if the last rollback of the service goes back to its version.

    Args:
        aws: AWS.
        rollout: the rollout.
    """
    image, record = rollout.release.image, rollout.spec.record
    names, begun = image_parameters(record, image.name, image.version), rollback_name(record)
    found = dict(await aws.parameters([*names, begun]))
    back = read_begun(found.pop(begun, None))
    runs = rollout.recorded is not None and rollout.recorded.image.id == image.id
    return found, runs or (back is not None and back.to_version == image.version)


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
