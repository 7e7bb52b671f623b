"""What is kept about an image in parameters, as a preflight reads it in one call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from strata.images.catalogue import read_entry
from strata.naming import catalogue_name, rollback_name
from strata.rollout.aws_calls import AsyncAws, BaseDriver
from strata.rollout.begun_rollback import read_begun
from strata.rollout.record import ImageRef, Release
from strata.rollout.spec import Rollout
from strata.verdict_names import image_parameters

__all__ = ["ImageParameters", "catalogued_id", "image_parameters_of", "read_image_parameters"]


@dataclass(frozen=True)
class ImageParameters:
    """What is kept about the images of a release, and what that and its record say of them.

    Args:
        values: revocations, vetoes and catalogue entries of the service's own image, by parameter.
        ran: ids of those that have run before: the record names them, or the last rollback goes back to that version.
        recorded_as: the service's own image as the record names it, where that is another name or version than is asked
            for; None otherwise.
        noted_so: whether the catalogue has it as that, too.
    """

    values: Mapping[str, str] = field(default_factory=dict[str, str])
    ran: frozenset[str] = frozenset()
    recorded_as: ImageRef | None = None
    noted_so: bool = False


def read_image_parameters(
    driver: BaseDriver,
    record: str,
    images: Sequence[ImageRef],
    recorded: Release | None,
    *,
    app: str = "",
    digest: str = "",
) -> ImageParameters:
    """What is kept about the images of a release.

    Args:
        driver: AWS, which is asked once.
        record: name of the SSM parameter that holds the service's release.
        images: the service's own image, and those beside it.
        recorded: the release that is proven.
        app: what the image is called where it is baked. Default: as here.
        digest: of the release that they are for: a rollback to that very one asks for what was recorded before.
            Default: it is not known.
    """
    image, begun = images[0], rollback_name(record)
    asked = image_parameters(record, image.name, image.version, image.id, app)
    other = recorded.image if recorded is not None and _is_renamed(image, recorded.image) else None
    others = _entries_of(other, app) if other is not None else []
    found = driver.parameters(list(dict.fromkeys((*asked, begun, *others))))
    back = read_begun(found.get(begun))
    known = {each.content for each in recorded.images} if recorded is not None else set[str]()
    returns = back is not None and back.to_version == image.version
    return ImageParameters(
        values={name: found[name] for name in asked if name in found},
        ran=frozenset(each.id for each in images if returns or each.content in known),
        recorded_as=None if back is not None and returns and back.to == digest else other,
        noted_so=other is not None and catalogued_id(other, found, app) == other.content,
    )


def _is_renamed(image: ImageRef, recorded: ImageRef) -> bool:
    return recorded.content == image.content and recorded.label != image.label


async def image_parameters_of(aws: AsyncAws, rollout: Rollout) -> ImageParameters:
    """As `read_image_parameters`, of a rollout.

    Args:
        aws: AWS.
        rollout: the rollout.
    """
    release, spec = rollout.release, rollout.spec
    app = spec.terms.app if spec.terms is not None else ""
    return await aws(
        read_image_parameters,
        aws.driver,
        spec.record,
        release.images,
        rollout.recorded,
        app=app,
        digest=release.digest,
    )


def catalogued_id(image: ImageRef, parameters: Mapping[str, str], app: str = "") -> str | None:
    """What the catalogue has as the version of an image; None for nothing that can be read.

    Args:
        image: the image.
        parameters: as `image_parameters_of` gives them.
        app: what the image is called where it is baked, if the catalogue does not have it as it is called here.
    """
    for name in _entries_of(image, app):
        try:
            return read_entry(parameters[name]).identity
        except (KeyError, ValueError):
            continue
    return None


def _entries_of(image: ImageRef, app: str = "") -> list[str]:
    """Names of the entries that the catalogue may have of an image as that version.

    Args:
        image: the image.
        app: what it is called where it is baked. Default: as here.
    """
    return [catalogue_name(each, image.version) for each in dict.fromkeys((image.name, app or image.name))]
