"""Names of the parameters that forbid an image: under what it is called, and under what it is.

A version is only what an image is called: the same bytes can be pinned as another one, under another name, or by their
digest. A revocation and a veto are therefore also kept under the id of the machine image, or the digest of the
container image. What was forbidden before that was so has its version only, and stays forbidden by it.
"""

import re
from typing import Final

from strata.naming import catalogue_name, revocation_name, veto_name, veto_path

__all__ = [
    "image_parameters",
    "image_part",
    "is_verdict",
    "record_of_verdict",
    "revocation_names",
    "revoked_image_name",
    "revoked_images_path",
    "sidecar_verdict_names",
    "verdict_image",
    "verdict_names",
    "veto_names",
    "vetoed_image_name",
    "vetoed_images_path",
]

_BY_ID: Final = "_by-id"
"""Between what forbids versions and what forbids images. No image has such a name, since none begins with `_`."""
_REVOKED: Final = "/revoked"
_IMAGES: Final = "/strata/images"
_RELEASE: Final = "/release"


def image_part(image_id: str) -> str:
    """An id or a digest as a part of a name; empty for what is neither, such as an image that is yet to be looked up.

    Args:
        image_id: id of a machine image; digest of a container image, or a reference with it.
    """
    content = image_id.rpartition("@")[2]
    # Parameter Store allows no colon in a name
    if content.startswith("sha256:"):
        return content.replace(":", "-")
    return content if content.startswith("ami-") else ""


def revoked_images_path() -> str:
    """Below which what revokes images by id or digest is, in each account and region."""
    return f"{_IMAGES}/{_BY_ID}"


def revoked_image_name(image_id: str) -> str | None:
    """What revokes an image, whatever it is called; None for what has neither id nor digest."""
    return f"{revoked_images_path()}/{part}{_REVOKED}" if (part := image_part(image_id)) else None


def vetoed_images_path(record: str) -> str:
    """Below which the vetoes by id or digest for the service of a release record are."""
    return f"{veto_path(record)}/{_BY_ID}"


def vetoed_image_name(record: str, image_id: str) -> str | None:
    """What keeps an image out of a service, whatever it is called; None for what has neither id nor digest."""
    return f"{vetoed_images_path(record)}/{part}" if (part := image_part(image_id)) else None


def verdict_image(parameter: str) -> str | None:
    """Id or digest of the image that a veto or a revocation forbids; None for what forbids a version."""
    found = re.fullmatch(rf".*/{_BY_ID}/(ami-[^/]+|sha256-[^/]+?)(?:{_REVOKED})?", parameter)
    return found[1].replace("sha256-", "sha256:") if found else None


def record_of_verdict(parameter: str) -> str | None:
    """Name of the release record of the service that a veto is for, of a version or of an image; None for others."""
    found = re.fullmatch(rf"(/strata/[^/]+/[^/]+/[^/]+)/veto/(?:{_BY_ID}/)?[^/]+", parameter)
    return f"{found[1]}{_RELEASE}" if found else None


def is_verdict(parameter: str) -> bool:
    """Whether the name of a parameter is that of a veto or a revocation."""
    revokes = re.fullmatch(rf"{_IMAGES}/[^/]+/[^/]+{_REVOKED}", parameter)
    return revokes is not None or record_of_verdict(parameter) is not None


def revocation_names(image: str, version: str, image_id: str, app: str = "") -> list[str]:
    """Names of the parameters that revoke an image.

    Args:
        image: the image.
        version: the version.
        image_id: its id, its digest, or a reference.
        app: what it is called where it is baked. Default: as here.
    """
    called = [revocation_name(each, version) for each in _called(image, app) if version]
    return [*called, *_known(revoked_image_name(image_id))]


def verdict_names(record: str, image: str, version: str, image_id: str, app: str = "") -> list[str]:
    """Names of the parameters that speak against an image: `revocation_names`, and its vetoes for a service.

    Args:
        record: name of the service's release record.
        image: the image.
        version: the version.
        image_id: its id, its digest, or a reference.
        app: what it is called where it is baked. Default: as here.
    """
    return [*revocation_names(image, version, image_id, app), *veto_names(record, version, image_id)]


def veto_names(record: str, version: str, image_id: str) -> list[str]:
    """Names of the parameters that keep an image out of a service.

    Args:
        record: name of the service's release record.
        version: the version.
        image_id: its id, its digest, or a reference.
    """
    by_version = [veto_name(record, version)] if version else []
    return [*by_version, *_known(vetoed_image_name(record, image_id))]


def sidecar_verdict_names(record: str, image: str, version: str, image_id: str) -> list[str]:
    """As `verdict_names`, of an image beside the application's: a veto of a version is of the application's.

    Args:
        record: name of the service's release record.
        image: the image.
        version: the version.
        image_id: its digest, or a reference.
    """
    return [*revocation_names(image, version, image_id), *_known(vetoed_image_name(record, image_id))]


def image_parameters(record: str, image: str, version: str, image_id: str, app: str = "") -> list[str]:
    """Names of all parameters that a preflight reads of an image: `verdict_names`, and its entries in the catalogue.

    Args:
        record: name of the service's release record.
        image: the image.
        version: the version.
        image_id: its id, its digest, or a reference.
        app: what it is called where it is baked. Default: as here.
    """
    noted = [catalogue_name(each, version) for each in _called(image, app) if version]
    return [*verdict_names(record, image, version, image_id, app), *noted]


def _called(image: str, app: str) -> list[str]:
    return list(dict.fromkeys((image, app or image)))


def _known(name: str | None) -> list[str]:
    return [name] if name is not None else []
