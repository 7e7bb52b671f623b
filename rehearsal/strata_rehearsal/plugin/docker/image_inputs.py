"""What the inputs of a resource ask for: one build, whichever of Pulumi's types it is."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from strata.errors import RehearsalError
from strata.image_build.build_context import BuildContext, ImageBuild
from strata_rehearsal.plugin.engine_values import Properties

__all__ = ["BUILD_TYPE", "IMAGE_TYPE", "REGISTRY_IMAGE_TYPE", "ImageRequest", "read_request"]

IMAGE_TYPE = "docker:index/image:Image"
REGISTRY_IMAGE_TYPE = "docker:index/registryImage:RegistryImage"
BUILD_TYPE = "docker-build:index:Image"


@dataclass(frozen=True)
class ImageRequest:
    """One build that is asked for.

    Args:
        build: what is built.
        name: repository and tag that it is pushed to; "" for none.
        push: whether it is pushed.
        previewed: whether a preview builds it, too.
        secrets: what it mounts, by id.
    """

    build: ImageBuild
    name: str
    push: bool = True
    previewed: bool = True
    secrets: Mapping[str, bytes] = field(default_factory=dict[str, bytes], repr=False)

    @property
    def repository(self) -> str:
        """Where it is pushed to, without the tag."""
        before, _, after = self.name.rpartition(":")
        return before if before and "/" not in after else self.name


def read_request(token: str, inputs: Properties) -> ImageRequest:
    """What the inputs of one of the three types ask for.

    Raises:
        RehearsalError: something that a rehearsal does not build, or a secret that is not where it should be.
    """
    reader = {IMAGE_TYPE: _image, REGISTRY_IMAGE_TYPE: _registry_image, BUILD_TYPE: _build}.get(token)
    if reader is None:
        raise RehearsalError(
            f"a rehearsal does not make {token}",
            fix=f"It builds images: {IMAGE_TYPE}, {REGISTRY_IMAGE_TYPE} and {BUILD_TYPE}.",
        )
    return reader(inputs)


def _image(inputs: Properties) -> ImageRequest:
    given = inputs.get("build") or {}
    build = _described(given.get("context"), given.get("dockerfile"), given.get("args"), given)
    push, previewed = not inputs.get("skipPush"), bool(inputs.get("buildOnPreview"))
    return ImageRequest(build, str(inputs.get("imageName", "")), push, previewed)


def _registry_image(inputs: Properties) -> ImageRequest:
    given = inputs.get("build")
    if given is None:
        raise RehearsalError(
            "a rehearsal has no images that were built by something else to push",
            fix="Give the RegistryImage a `build`.",
        )
    folder, file = Path(given.get("context") or "."), given.get("dockerfile") or "Dockerfile"
    secrets = {str(each["id"]): _secret(each) for each in given.get("secrets") or ()}
    build = _described(str(folder), str(folder / file), given.get("buildArgs"), given, tuple(secrets))
    return ImageRequest(build, str(inputs.get("name", "")), secrets=secrets)


def _build(inputs: Properties) -> ImageRequest:
    dockerfile, context = inputs.get("dockerfile") or {}, inputs.get("context") or {}
    if dockerfile.get("inline"):
        raise RehearsalError("a rehearsal does not build an inline Dockerfile", fix="Write it into a file.")
    platforms = inputs.get("platforms") or [None]
    secrets = {key: str(value).encode() for key, value in (inputs.get("secrets") or {}).items()}
    described = {"target": inputs.get("target"), "platform": platforms[0]}
    build = _described(
        context.get("location"), dockerfile.get("location"), inputs.get("buildArgs"), described, tuple(secrets)
    )
    tags = inputs.get("tags") or [""]
    return ImageRequest(
        build, str(tags[0]), bool(inputs.get("push")), inputs.get("buildOnPreview", True) is not False, secrets
    )


def _described(
    context: str | None,
    dockerfile: str | None,
    args: Mapping[str, Any] | None,
    more: Mapping[str, Any],
    secrets: tuple[str, ...] = (),
) -> ImageBuild:
    return ImageBuild(
        BuildContext(Path(context or "."), Path(dockerfile) if dockerfile else None),
        args={name: str(value) for name, value in (args or {}).items()},
        target=more.get("target"),
        platform=more.get("platform"),
        secrets=secrets,
    )


def _secret(place: Mapping[str, Any]) -> bytes:
    """What a secret says, read where its place is, as the real provider does: it is never among the inputs."""
    if place.get("src"):
        try:
            return Path(place["src"]).read_bytes()
        except OSError as error:
            raise RehearsalError(f"the secret {place['id']} of the build cannot be read: {error}") from error
    value = os.environ.get(str(place.get("env")))
    if value is None:
        raise RehearsalError(
            f"the secret {place['id']} of the build is to be in {place.get('env')}, which is not set",
            fix="Set the variable where you run this.",
        )
    return value.encode()
