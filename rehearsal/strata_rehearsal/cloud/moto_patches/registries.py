"""moto's digests are not those of a registry, and an image whose tag moves on is gone."""

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ecr.exceptions import ImageAlreadyExistsException, InvalidParameterException
from moto.ecr.models import ECRBackend, Image, Repository
from moto.ecr.responses import ECRResponse

from strata_rehearsal.cloud.moto_patches.container_refusals import tag_taken, wrong_digest
from strata_rehearsal.cloud.patches import replace, wrap
from strata_rehearsal.cloud.registries import Registry, registry_asked
from strata_rehearsal.cloud.state import current

__all__ = ["patch"]

_TOKEN_HOURS = 12
"""GetAuthorizationToken: how long a token is valid."""


def patch() -> None:
    """Push images as ECR does: by the digest of the manifest, with tags that move or do not."""
    replace(Image, "_create_digest", _create_digest)
    replace(ECRBackend, "put_image", _put_image)
    wrap(ECRBackend, "create_repository", _in_place_of_a_made_up_one)
    wrap(ECRBackend, "batch_get_image", _of_the_registry_asked)
    wrap(ECRBackend, "describe_images", _described_by_its_registry)
    wrap(ECRBackend, "batch_delete_image", _unless_part_of_an_index)
    wrap(ECRResponse, "get_authorization_token", _valid_from_now)


def _manifest_digest(manifest: str) -> str:
    """The digest of an image, which is that of its manifest, byte by byte."""
    return f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"


def _create_digest(self: Any) -> None:
    self._image_digest = _manifest_digest(self.image_manifest)


def _put_image(
    self: Any,
    repository_name: str,
    image_manifest: str,
    image_tag: str | None = None,
    image_manifest_mediatype: str | None = None,
    digest: str | None = None,
) -> Image:
    _keep_named(self, repository_name, image_manifest, digest)
    repository = self._get_repository(repository_name)
    media_type = image_manifest_mediatype or _media_type(image_manifest)
    # what is made up has the digest that it was asked for by
    image: Any = next((each for each in repository.images if each.image_manifest == image_manifest), None)
    computed = _manifest_digest(image_manifest) if image is None else image.get_image_digest()
    if digest is not None and digest != computed:
        raise wrong_digest()
    if image is not None and (image_tag is None or image_tag in image.image_tags):
        raise ImageAlreadyExistsException(repository_name, repository.registry_id, computed, image_tag or "null")
    tagged = next((each for each in repository.images if image_tag is not None and image_tag in each.image_tags), None)
    if tagged is not None:
        if _is_immutable(repository, str(image_tag)):
            raise tag_taken(str(image_tag), repository_name)
        _untag(tagged, str(image_tag))
    if image is None:
        # None for no tag, which moto's own signature leaves out
        named: Any = image_tag
        image = Image(self.account_id, named, image_manifest, repository_name, media_type, computed)
        image.image_pushed_at = int(current().world.now)
        repository.images.append(image)
    else:
        image.update_tag(str(image_tag))
    current().world.record("container_image", repository_name, "pushed", digest=computed, tag=image_tag)
    return image


def _keep_named(backend: ECRBackend, repository: str, manifest: str, digest: str | None) -> None:
    """What is made up, and pushed by the manifest that somebody has read, such as for a tag, is there from now on."""
    named = Registry(backend).image(repository, digest) if digest is not None else None
    if named is not None and named.image_manifest == manifest:
        Registry(backend).keep(repository, named.get_image_digest())


def _media_type(manifest: str) -> str:
    try:
        read = json.loads(manifest)
    except ValueError:
        raise InvalidParameterException(
            "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'"
        ) from None
    if "mediaType" not in read:
        raise InvalidParameterException("image manifest mediatype not provided in manifest or parameter")
    return read["mediaType"]


def _is_immutable(repository: Repository, tag: str) -> bool:
    """Whether a tag stays where it is: by the repository's setting, and by its exceptions, which say the opposite."""
    excepted = any(fnmatchcase(tag, each["filter"]) for each in repository.image_tag_mutability_exclusion_filters or ())
    return repository.is_tag_immutable() != excepted


def _untag(image: Any, tag: str) -> None:
    """The image stays, by its digest: what runs it by digest goes on being able to pull it."""
    image.image_tags.remove(tag)
    image.image_tag = image.image_tags[-1] if image.image_tags else None


def _in_place_of_a_made_up_one(original: Callable[..., Repository]) -> Callable[..., Repository]:
    def create_repository(self: Any, repository_name: str, *args: Any, **kwargs: Any) -> Repository:
        Registry(self).clear(repository_name)
        return original(self, repository_name, *args, **kwargs)

    return create_repository


def _of_the_registry_asked(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Images of another account too, if its repositories' policies let one; and what is made up for who looks."""

    def batch_get_image(
        self: Any, repository_name: str, registry_id: str | None = None, image_ids: list[dict[str, Any]] | None = None
    ) -> dict[str, Any]:
        backend = registry_asked(self, registry_id)
        registry = Registry(backend)
        seen: list[Any] = []
        wanted: list[dict[str, Any]] = []
        for each in image_ids or ():
            digest = each.get("imageDigest", "")
            made_up = registry.image(repository_name, digest) if not registry.kept(repository_name, digest) else None
            if made_up is None:
                wanted.append(each)
            else:
                seen.append(made_up)
        if not wanted and seen:
            return {"images": seen, "failures": []}
        answer = original(backend, repository_name, registry_id, wanted)
        return {**answer, "images": [*answer["images"], *seen]}

    return batch_get_image


def _described_by_its_registry(original: Callable[..., Iterable[Image]]) -> Callable[..., Iterable[Image]]:
    """As in ECR, an image of another account is described by the registry that has it."""

    def describe_images(
        self: Any, repository_name: str, registry_id: str | None = None, image_ids: list[dict[str, str]] | None = None
    ) -> Iterable[Image]:
        return original(registry_asked(self, registry_id), repository_name, registry_id, image_ids)

    return describe_images


def _unless_part_of_an_index(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """What an image index consists of stays as long as that does.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageFailure.html
    """

    def batch_delete_image(
        self: Any, repository_name: str, registry_id: str | None = None, image_ids: list[dict[str, Any]] | None = None
    ) -> dict[str, Any]:
        registry = Registry(self)
        for each in image_ids or ():
            # what is made up for who looks can be deleted, too
            registry.keep(repository_name, each.get("imageDigest", ""))
        before = registry.images(repository_name)
        held = _parts(before)
        refused = [each for each in image_ids or () if "imageTag" not in each and each.get("imageDigest") in held]
        wanted = [each for each in image_ids or () if each not in refused]
        # moto accepts no empty list
        answer = original(self, repository_name, registry_id, wanted) if wanted or not refused else _NOTHING_DELETED
        after = registry.images(repository_name)
        gone = [each for each in before if each not in after]
        registry.deleted(repository_name, gone)
        # moto names what it deleted once a tag, and what has none not at all
        named = {each.image_digest for each in answer["imageIds"]}
        untagged = [{"imageDigest": each} for image in gone if (each := image.get_image_digest()) not in named]
        failures = [
            {
                "imageId": each,
                "failureCode": "ImageReferencedByManifestList",
                "failureReason": "Requested image referenced by manifest list: "
                f"[{', '.join(sorted(held[each['imageDigest']]))}]",
            }
            for each in refused
        ]
        return {"imageIds": [*answer["imageIds"], *untagged], "failures": [*answer["failures"], *failures]}

    return batch_delete_image


_NOTHING_DELETED: Final[dict[str, list[Any]]] = {"imageIds": [], "failures": []}


def _parts(images: list[Any]) -> dict[str, set[str]]:
    """The digests of what indexes consist of, with those of the indexes."""
    found: dict[str, set[str]] = {}
    for index in images:
        for part in json.loads(index.image_manifest).get("manifests") or ():
            found.setdefault(part["digest"], set()).add(index.get_image_digest())
    return found


def _valid_from_now(original: Callable[..., ActionResult]) -> Callable[..., ActionResult]:
    def get_authorization_token(self: Any) -> ActionResult:
        answer: Any = original(self)
        for each in answer.result["authorizationData"]:
            each["expiresAt"] = current().world.moment() + timedelta(hours=_TOKEN_HOURS)
        return answer

    return get_authorization_token
