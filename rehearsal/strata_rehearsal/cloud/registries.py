"""What is in the image registries of the local AWS: what was pushed there, and what is made up when a stack names it.

A rehearsal begins with an empty region, and a stack may name images of the account, or of another one. So in a
repository into which nothing was pushed here, every image that is asked for by its digest is there, with a manifest
that is made up. It is kept when a task pulls it; who only looks at it leaves nothing behind. Once something was pushed,
the repository has that and what was kept before. What was deleted is gone for good, also if it was made up.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from moto.ecr.models import ECRBackend, Image, Repository, ecr_backends

__all__ = ["Registry", "made_up_containers", "registry_asked"]

MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_CONFIG: Final = "application/vnd.oci.image.config.v1+json"


@dataclass(frozen=True)
class Registry:
    """The registry of an account in a region.

    Args:
        backend: moto's.
    """

    backend: ECRBackend

    def images(self, repository: str) -> list[Any]:
        """All that a repository has; nothing if it is not there."""
        found = self.backend.repositories.get(repository)
        return [] if found is None else list(found.images)

    def was_pushed_to(self, repository: str) -> bool:
        """Whether something was ever pushed into a repository, so that it knows what it lacks."""
        return self._had_pushes(repository) or any(not _is_made_up(each) for each in self.images(repository))

    def image(self, repository: str, digest: str) -> Any:
        """An image by its digest, made up where nothing says that it is not there; None if it is not there.

        What is made up is not kept: somebody only looks.
        """
        found = self.kept(repository, digest)
        known = self.was_pushed_to(repository) or digest in self._deleted(repository)
        if found is not None or known or _DIGEST.fullmatch(digest) is None:
            return found
        return self._made_up(repository, digest)

    def kept(self, repository: str, digest: str) -> Any:
        """An image that the repository has, by its digest; None if it has none, also where one would be made up."""
        return next((each for each in self.images(repository) if each.get_image_digest() == digest), None)

    def keep(self, repository: str, digest: str) -> Any:
        """As `image`, of an image that is used from now on: the repository has it, and is there."""
        found = self.image(repository, digest)
        if found is not None and self.kept(repository, digest) is None:
            self._repository(repository).images.append(found)
        return found

    def deleted(self, repository: str, images: Iterable[Any]) -> None:
        """Know that images of a repository were deleted, so that they are not made up again."""
        found: Any = self._repository(repository)
        for each in images:
            found.deleted_digests = self._deleted(repository) | {each.get_image_digest()}
            found.had_pushes = self._had_pushes(repository) or not _is_made_up(each)

    def receive(self, repository: str, tag: str, manifest: str, media_type: str) -> Any:
        """Accept what a builder pushes, and what ECR's own PutImage would not accept twice."""
        self._repository(repository)
        for each in self.images(repository):
            if each.image_manifest == manifest and tag in each.image_tags:
                return each
        return self.backend.put_image(repository, manifest, tag, media_type)

    def clear(self, repository: str) -> None:
        """Forget a repository that is made up, for somebody is about to create it."""
        found: Any = self.backend.repositories.get(repository)
        if found is not None and getattr(found, "made_up", False):
            del self.backend.repositories[repository]

    def _deleted(self, repository: str) -> frozenset[str]:
        return getattr(self.backend.repositories.get(repository), "deleted_digests", frozenset())

    def _had_pushes(self, repository: str) -> bool:
        return getattr(self.backend.repositories.get(repository), "had_pushes", False)

    def _made_up(self, repository: str, digest: str) -> Any:
        config = {"mediaType": _CONFIG, "digest": digest, "size": 0}
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": []}
        # None for no tag, which moto's own signature leaves out
        untagged: Any = None
        account = self.backend.account_id
        made: Any = Image(account, untagged, json.dumps(manifest), repository, MANIFEST, digest)
        made.made_up = True
        return made

    def _repository(self, name: str) -> Repository:
        found: Any = self.backend.repositories.get(name)
        if found is None:
            account, region = self.backend.account_id, self.backend.region_name
            scan: Any = None
            found = Repository(account, region, name, None, None, scan, "IMMUTABLE")
            found.made_up = True
            self.backend.repositories[name] = found
        return found


def registry_asked(backend: ECRBackend, registry_id: str | None) -> ECRBackend:
    """The registry of the account that a call names, in the region it goes to; without one that of the caller.

    Args:
        backend: the caller's.
        registry_id: the account.
    """
    return ecr_backends[registry_id or backend.account_id][backend.region_name]


def made_up_containers() -> list[dict[str, str]]:
    """All container images that were made up and kept, whichever account and region has them."""
    backends = [(account, found) for account, regions in ecr_backends.items() for found in regions.values()]
    return [
        {
            "account": str(account),
            "region": str(backend.region_name),
            "repository": str(name),
            "digest": str(each.get_image_digest()),
        }
        for account, backend in backends
        for name, repository in backend.repositories.items()
        for each in repository.images
        if _is_made_up(each)
    ]


def _is_made_up(image: Any) -> bool:
    return getattr(image, "made_up", False)
