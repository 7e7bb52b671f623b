"""The container image a service is to run: built here, or pinned by its digest."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.by_stage import by_stage
from strata.settings.models.promotion import ImageProofSettings, unproven_image
from strata.settings.models.rule import Conflict, rule, secret_texts

__all__ = [
    "BuildSecretSettings",
    "ContainerBuildSettings",
    "ContainerImageSettings",
    "ContainerPlatform",
    "mutable_reference",
]

SecretId = Annotated[str, Field(pattern=patterns.BUILD_SECRET)]
"""Id under which a `RUN --mount=type=secret` asks for a secret."""


class ContainerPlatform(StrEnum):
    """What a container runs on; Fargate has both."""

    AMD64 = "linux/amd64"
    """Intel and AMD."""
    ARM64 = "linux/arm64"
    """Graviton."""


class BuildSecretSettings(Settings):
    """Where the builder reads a secret. Its value is in no image, no state and no log: only its place is written."""

    env: str | None = Field(default=None, pattern=patterns.ENVIRONMENT_KEY)
    """Environment variable of the machine that runs `up`. Default: none."""
    file: str | None = Field(default=None, pattern=patterns.TEXT)
    """File on the machine that runs `up`. Default: none."""

    @rule("build-secret-source", "A secret of a build is in a variable or in a file.")
    def _source(self) -> Iterator[Conflict]:
        if (self.env is None) == (self.file is None):
            yield Conflict(
                ("env",),
                self.env,
                expected="either env or file",
                fix="Say where the secret is: in a variable or in a file.",
                reads=(("file",),),
            )


class ContainerBuildSettings(Settings):
    """How an image is built, by Docker on the machine that runs `up`."""

    context: str = Field(default=".", pattern=patterns.TEXT)
    """Folder it is built from, from the program's folder. `.dockerignore` in it is followed. Default: that folder."""
    dockerfile: str | None = Field(default=None, pattern=patterns.TEXT)
    """The Dockerfile, from the program's folder. Default: `Dockerfile` in the context."""
    target: str | None = Field(default=None, pattern=patterns.TEXT)
    """Stage that is built. Default: the last one."""
    platform: ContainerPlatform = ContainerPlatform.AMD64
    """What it is built for. Default: linux/amd64, as Fargate's own. Another machine's builder emulates it."""
    args: dict[str, str] = Field(default={})
    """Build arguments. They stay readable in the image, so no secrets. Default: none."""
    cache_from: tuple[Annotated[str, Field(pattern=patterns.TEXT)], ...] = ()
    """Images whose layers are reused where they fit. Default: none."""
    secrets: dict[SecretId, BuildSecretSettings] = Field(default={})
    """Secrets by the id under which the Dockerfile mounts them: `RUN --mount=type=secret,id=...`. Default: none."""

    @rule("build-argument-secret", "Build arguments hold no secrets.")
    def _arguments(self) -> Iterator[Conflict]:
        for name, _ in secret_texts(self.args):
            yield Conflict(
                ("args", name),
                name,
                expected="no secret: an argument can be read in the history of the image",
                fix="Mount it: name it under secrets, and use RUN --mount=type=secret.",
            )


class ContainerImageSettings(Settings):
    """One image, by its digest: built, pinned, or prebuilt elsewhere; or none of them, where the program names it."""

    build: ContainerBuildSettings | None = None
    """Build it and push it. Default: it is not built here."""
    version: str | None = Field(default=None, pattern=patterns.VERSION)
    """What the pinned image is called, for people; the digest decides. Default: none."""
    digest: str | None = Field(default=None, pattern=patterns.CONTAINER_DIGEST)
    """Digest of an image in the repository. Default: none."""
    proof: ImageProofSettings | None = None
    """Where it ran before. Default: nowhere."""
    reference: str | None = Field(default=None, pattern=patterns.CONTAINER_REFERENCE)
    """A prebuilt image, wherever it is: repository@sha256:... Default: none."""
    repository: str | None = Field(default=None, pattern=patterns.CONTAINER_REPOSITORY)
    """Repository that exists, such as one that another stack has made. Default: one is made."""
    keep_images: int = by_stage(dev=10, staging=50, prod=200, ge=1, le=1000)
    """Newest images that the repository keeps, besides those with a tag that begins with `kept-`."""
    untagged_days: int = by_stage(dev=1, staging=7, prod=30, ge=1, le=365)
    """Days after which an image without a tag expires; a push that was interrupted leaves one."""
    scan_on_push: bool = True
    """ECR looks for known vulnerabilities in what is pushed. Default: true."""
    force_destroy: bool = by_stage(dev=True, staging=False, prod=False)
    """A destroy also deletes the images; ECR deletes no repository that holds any. It can be on in dev only."""
    tags: dict[str, str] = Field(default={})
    """Further tags for the repository, besides the stack's. Default: none."""
    protect: bool = by_stage(dev=False, staging=True, prod=True)
    """Pulumi refuses to delete or replace the repository, and leaves it in AWS should it have to."""

    @property
    def content(self) -> str | None:
        """The digest that decides, whether it is written by itself or in a reference; None where a build decides."""
        if self.digest is not None or self.reference is None:
            return self.digest
        return self.reference.rpartition("@")[2]

    @rule("container-image-source", "An image is built, pinned or prebuilt: one of them decides.")
    def _source(self) -> Iterator[Conflict]:
        given = [name for name in ("build", "digest", "reference") if getattr(self, name) is not None]
        for name in given[1:]:
            yield Conflict(
                (name,),
                "a build" if name == "build" else getattr(self, name),
                expected=f"nothing beside {given[0]}: one of them decides the image",
                fix=f"Remove {name}, or {given[0]}.",
                reads=tuple((each,) for each in given),
            )

    @rule("container-image-tag", "A reference has a digest, which no tag replaces.")
    def _tag(self) -> Iterator[Conflict]:
        yield from mutable_reference("reference", self.reference)

    @rule("container-image-digest", "A version comes with the digest that decides.")
    def _digest(self) -> Iterator[Conflict]:
        if self.version is not None and self.digest is None:
            yield Conflict(
                ("version",),
                self.version,
                expected="digest beside it: a version is a tag, and a tag is whatever was pushed last",
                fix="Set digest too; the push prints it, and `aws ecr describe-images` shows it.",
                reads=(("digest",),),
            )

    @rule("pin-proof", "A proof is that of the pinned image and version.")
    def _proof(self) -> Iterator[Conflict]:
        field = "digest" if self.digest is not None else "reference"
        yield from unproven_image(self.version, self.content, self.proof, field=field)

    @rule("container-image-repository", "A prebuilt image names its repository itself.")
    def _repository(self) -> Iterator[Conflict]:
        if self.reference is not None and self.repository is not None:
            yield Conflict(
                ("repository",),
                self.repository,
                expected="no repository beside reference, which has one",
                fix="Remove repository, or set digest in place of reference.",
                reads=(("reference",),),
            )


def mutable_reference(field: str, reference: str | None) -> Iterator[Conflict]:
    """A conflict for a reference that names no digest.

    Args:
        field: the setting.
        reference: its value.
    """
    if reference is not None and "@" not in reference:
        yield Conflict(
            (field,),
            reference,
            expected="repository@sha256:..., never a tag such as latest: a tag is whatever was pushed last, and a "
            "rollback to it may be a rollback to the bad image",
            fix="Write the digest; the push prints it, and docker buildx imagetools inspect shows it.",
        )
