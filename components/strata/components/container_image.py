"""A container image that is deployed by its digest, and the repository it is kept in."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from strata.aws.kept_images import KEPT
from strata.components.base import Component
from strata.components.children import Children
from strata.components.inputs import ContainerImageOverrides
from strata.errors import ImageError, UsageError
from strata.image_build.build_checks import require_buildable
from strata.image_build.build_context import BuildContext, ImageBuild
from strata.image_build.image_reference import ImageReference
from strata.images.image_trust import ImageTerms
from strata.naming import REPOSITORY_NAME
from strata.settings.models import ContainerBuildSettings, ContainerImageSettings, PromotionSettings
from strata.spectrum import Mutability

if TYPE_CHECKING:
    import pulumi_docker as docker

__all__ = ["ContainerImage", "ContainerImageChildren"]

_BUILD = "set `build`"
_IMMUTABLE = "nothing: tags are hashes of what was built, or keep what a release names, and neither moves"
_PUSHED = "nothing: only what is pushed, and stays, can be deployed by its digest"
_PLACE = "set `repository` for another place; the tag is a hash of what is built"
_FIXED_INPUTS: Mapping[str, Mapping[str, str]] = {
    "repository": {
        "image_tag_mutability": _IMMUTABLE,
        "image_tag_mutability_exclusion_filters": _IMMUTABLE,
        "region": "give the whole image a provider of that region",
    },
    "lifecycle_policy": {
        "policy": "set `keep_images` and `untagged_days`; another one might expire an image that a release names",
        "repository": "nothing: it is that of the image's own repository",
        "region": "give the whole image a provider of that region",
    },
    "image": {"image_name": _PLACE, "build": _BUILD, "skip_push": _PUSHED},
    "image_with_secrets": {
        "name": _PLACE,
        "build": _BUILD,
        "keep_remotely": _PUSHED,
        "triggers": "nothing: it is built when its context, its Dockerfile or one of its settings changes",
    },
}
"""Inputs that no override may set, each with the way that is meant."""
_ECR_HOST = ".dkr.ecr."
_MOST_KEPT = 1000
"""Images that a record or a rollback names: far more than there ever are, so that none of them expires."""


class ContainerImageChildren(Children):
    """What the component ContainerImage makes."""

    repository: "aws.ecr.Repository | None"
    """The repository, unless one exists or the image is prebuilt."""
    lifecycle_policy: "aws.ecr.LifecyclePolicy | None"
    """Which images expire."""
    image: "docker.Image | None"
    """The build, if it mounts no secrets."""
    image_with_secrets: "docker.RegistryImage | None"
    """The build, if it mounts secrets."""


class ContainerImage(Component[ContainerImageChildren]):
    """An image by its digest: built and pushed by `up`, pinned in the stack file, or prebuilt elsewhere.

    What is deployed is `reference`, repository@sha256:..., and never a tag: a tag is whatever was pushed last, so a
    rollback to it may be a rollback to the bad image. A tag without a digest is refused wherever it comes from.

    A build follows `.dockerignore` and is repeated when its context, its Dockerfile or one of its settings changes; the
    preview shows it, and fails where the image cannot be built. Tags in the repository are immutable, and what is
    pushed is tagged with a hash of what it was built from. The newest `keep_images` stay, and so does any image with
    a tag that begins with `kept-`; all others expire. The gate of a `ContainerService` sets such a tag on the image
    that a release record names and on the one to go back to, where the repository is of its own account and region.

    Secrets of a build are mounted, and read at the places that the settings name. Pulumi's `docker.Image` can mount
    none, so such a build is a `docker.RegistryImage`, whose inputs are the places of secrets and never their values.
    Its provider logs in to the registry by the stack's `docker:registryAuth`, as a token among its inputs would be a
    change in every `up`.

    Args:
        name: the component's name.
        settings: see `ContainerImageSettings`.
        reference: a prebuilt image that is known only while the program runs, such as the `ref` of another provider's
            build; in place of one in the settings. Default: none.
        promotion: what the stack requires of a new image, which the gate of a service checks. It waits a few minutes
            for the scan of one that has just been built. Default: nothing. `Stack.container_image` passes that of the
            stack file.
        kms_key_arn: key that encrypts the repository. Default: one that AWS manages.
        overrides: inputs of single children, by the child's name in `ContainerImageChildren`.
        opts: Pulumi options of the component.

    Raises:
        UsageError: neither the settings nor `reference` name an image, or both do; an override that does not fit.
        ImageError: a Dockerfile that cannot be built, or a reference without a digest.
    """

    MUTABILITY = Mutability.VERSIONED

    FIXED_INPUTS = _FIXED_INPUTS

    reference: pulumi.Output[str]
    """The image: repository@sha256:..."""
    digest: pulumi.Output[str]
    """Digest of its manifest: sha256:..."""
    version: pulumi.Output[str]
    """What it is called besides: the pinned version, the tag of a build or of a reference, or nothing."""
    repository: pulumi.Output[str]
    """Where it is, without tag and digest."""

    def __init__(
        self,
        name: str,
        settings: ContainerImageSettings,
        *,
        reference: pulumi.Input[str] | None = None,
        promotion: PromotionSettings | None = None,
        kms_key_arn: pulumi.Input[str] | None = None,
        overrides: ContainerImageOverrides | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        _require_one_source(name, settings, reference)
        super().__init__(name, user_tags=settings.tags, protect=settings.protect, overrides=overrides, opts=opts)
        self.terms = ImageTerms.of(promotion or PromotionSettings(), fresh=settings.build is not None)
        prebuilt = settings.reference if reference is None else reference
        if prebuilt is not None:
            self._prebuilt(prebuilt)
        else:
            self.repository = self._repository(settings, kms_key_arn)
            if settings.build is not None:
                self._build(settings.build)
            else:
                self.digest = pulumi.Output.from_input(settings.digest or "")
                self.version = pulumi.Output.from_input(settings.version or "")
        self.reference = pulumi.Output.concat(self.repository, "@", self.digest)
        self.publish()

    def _prebuilt(self, reference: pulumi.Input[str]) -> None:
        found = pulumi.Output.from_input(reference).apply(self._parsed)
        self.repository = found.apply(lambda image: image.repository)
        self.digest = found.apply(lambda image: image.digest)
        self.version = found.apply(lambda image: image.tag)

    def _parsed(self, text: str) -> ImageReference:
        try:
            return ImageReference.parse(text)
        except ImageError as error:
            raise ImageError(f"image {self.pulumi_resource_name!r}: {error.message}", fix=error.fix) from None

    def _repository(
        self, settings: ContainerImageSettings, kms_key_arn: pulumi.Input[str] | None
    ) -> pulumi.Output[str]:
        if settings.repository is not None:
            return pulumi.Output.from_input(settings.repository)
        encryption: aws.ecr.RepositoryEncryptionConfigurationArgsDict = {"encryption_type": "AES256"}
        if kms_key_arn is not None:
            encryption = {"encryption_type": "KMS", "kms_key": kms_key_arn}
        made = self.child(aws.ecr.Repository, "repository", Mutability.CONTROLLED, named=REPOSITORY_NAME)(
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": settings.scan_on_push},
            encryption_configurations=[encryption],
            force_delete=settings.force_destroy,
        )
        self.child(aws.ecr.LifecyclePolicy, "lifecycle_policy", Mutability.CONTROLLED, tagged=False)(
            repository=made.name, policy=json.dumps({"rules": _rules(settings)}, sort_keys=True)
        )
        return made.repository_url

    def _build(self, settings: ContainerBuildSettings) -> None:
        build = _image_build(settings)
        require_buildable(build)
        tagged = pulumi.Output.concat(self.repository, ":", build.tag)
        self.version = pulumi.Output.from_input(build.tag)
        if settings.secrets:
            self.digest = self._with_secrets(settings, build, tagged).sha256_digest
        else:
            pushed = self._without_secrets(settings, build, tagged).repo_digest
            self.digest = pushed.apply(lambda text: self._parsed(text).digest)

    def _without_secrets(
        self, settings: ContainerBuildSettings, build: ImageBuild, tagged: pulumi.Output[str]
    ) -> "docker.Image":
        import pulumi_docker as docker

        inputs: docker.DockerBuildArgsDict = {
            # as it is written: an absolute path would be another one on each machine
            "context": settings.context,
            "dockerfile": settings.dockerfile or str(build.context.dockerfile_path),
            "platform": settings.platform.value,
            "args": dict(settings.args),
            "builder_version": docker.BuilderVersion.BUILDER_BUILD_KIT,
        }
        if settings.target is not None:
            inputs["target"] = settings.target
        if settings.cache_from:
            inputs["cache_from"] = {"images": list(settings.cache_from)}
        return self.child(docker.Image, "image", Mutability.REPLACED, tagged=False)(
            image_name=tagged, build=inputs, build_on_preview=True, registry=self._registry()
        )

    def _registry(self) -> "pulumi.Output[docker.RegistryArgsDict] | None":
        """A login by a token of ECR, whose changes the provider ignores; other registries know the machine's login."""
        token = aws.ecr.get_authorization_token_output(opts=self.lookups)

        def login(values: list[Any]) -> Mapping[str, str]:
            repository, user, password = values
            server = repository.partition("/")[0]
            return {"server": server, **({"username": user, "password": password} if _ECR_HOST in server else {})}

        found: Any = pulumi.Output.all(self.repository, token.user_name, pulumi.Output.secret(token.password)).apply(
            login
        )
        return found

    def _with_secrets(
        self, settings: ContainerBuildSettings, build: ImageBuild, tagged: pulumi.Output[str]
    ) -> "docker.RegistryImage":
        import pulumi_docker as docker

        context, file = build.context.folder, build.context.dockerfile_path
        inputs: docker.RegistryImageBuildArgsDict = {
            "context": settings.context,
            # this provider looks for it from the context on
            "dockerfile": str(file.relative_to(context)) if file.is_relative_to(context) else str(file.absolute()),
            "platform": settings.platform.value,
            "build_args": dict(settings.args),
            "secrets": [
                {"id": key, "src": place.file} if place.file is not None else {"id": key, "env": place.env}
                for key, place in sorted(settings.secrets.items())
            ],
        }
        if settings.target is not None:
            inputs["target"] = settings.target
        if settings.cache_from:
            inputs["cache_froms"] = list(settings.cache_from)
        return self.child(docker.RegistryImage, "image_with_secrets", Mutability.REPLACED, tagged=False)(
            name=tagged, build=inputs, keep_remotely=True, triggers={"build": build.digest}
        )


def _require_one_source(name: str, settings: ContainerImageSettings, reference: pulumi.Input[str] | None) -> None:
    said = [key for key in ("build", "digest", "reference") if getattr(settings, key) is not None]
    if reference is not None and said:
        raise UsageError(
            f"image {name!r}: its settings say {said[0]}, and the program hands it a reference",
            fix=f"Take {said[0]} out of the settings, or leave `reference` out.",
        )
    if reference is None and not said:
        raise UsageError(
            f"image {name!r}: nothing says which image it is",
            fix=f"Set strata:container_images.{name}.build, .digest or .reference, or hand it a `reference`.",
        )


def _image_build(settings: ContainerBuildSettings) -> ImageBuild:
    dockerfile = Path(settings.dockerfile) if settings.dockerfile else None
    return ImageBuild(
        BuildContext(Path(settings.context), dockerfile),
        args=settings.args,
        target=settings.target,
        platform=settings.platform.value,
        secrets=tuple(settings.secrets),
    )


def _rules(settings: ContainerImageSettings) -> list[dict[str, Any]]:
    """What expires. An image that one rule selects by its tag is spared by those after it (ECR), however old it is."""
    kept = {
        "tagStatus": "tagged",
        "tagPrefixList": [KEPT],
        "countType": "imageCountMoreThan",
        "countNumber": _MOST_KEPT,
    }
    untagged = {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": settings.untagged_days,
    }
    newest = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": settings.keep_images}
    described = (
        ("what a release or its rollback needs stays", kept),
        ("images without a tag go", untagged),
        ("of all others the newest stay", newest),
    )
    return [
        {"rulePriority": order, "description": text, "selection": selection, "action": {"type": "expire"}}
        for order, (text, selection) in enumerate(described, start=1)
    ]
