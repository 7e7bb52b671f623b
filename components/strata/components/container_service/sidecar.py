"""A container beside the application: what the program says of it, and what comes of that and of its settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pulumi

from strata.arguments import checked_class
from strata.components.access import Usable
from strata.components.base import Component
from strata.components.container_image import ContainerImage
from strata.components.secret import Secret
from strata.errors import UsageError
from strata.image_build.image_reference import ImageReference
from strata.images.image_trust import ImageTerms
from strata.problem import nearest
from strata.rollout.record import ImageRef
from strata.settings.models import ContainerServiceSettings, ContainerSidecarSettings
from strata.settings.proven_images import images_with_proof

__all__ = ["Beside", "Sidecar", "image_ref", "required_of", "sidecar_images", "sidecars_of"]


@checked_class
@dataclass(frozen=True)
class Sidecar:
    """What the program adds to a sidecar of the service's settings: its image, and what it uses.

    Args:
        image: its image, or a reference, repository@sha256:... Default: the one in the settings.
        uses: what it uses. The variables are the sidecar's alone; the permissions are those of the task's role, which
            all containers of a task share. A `RuntimeConfig` among them is read while it runs, so that a change of a
            value starts no deployment.
        secrets: secrets by the variable in which the sidecar finds the value.
    """

    image: ContainerImage | pulumi.Input[str] | None = None
    uses: Sequence[Usable] = ()
    secrets: Mapping[str, Secret] = field(default_factory=dict[str, Secret])


@dataclass(frozen=True)
class Beside:
    """A sidecar with everything that its container is made of.

    Args:
        settings: its settings.
        image: its image, as the record names it.
        uses: what it uses.
        secrets: secrets by variable.
    """

    settings: ContainerSidecarSettings
    image: pulumi.Output[ImageRef]
    uses: Sequence[Usable]
    secrets: Mapping[str, Secret]


def image_ref(name: str, image: ContainerImage | pulumi.Input[str]) -> pulumi.Output[ImageRef]:
    """What a container runs, as the record names it.

    Args:
        name: what an image that is only a reference is called.
        image: the image.
    """
    if isinstance(image, ContainerImage):
        name, text, version = image.pulumi_resource_name, image.reference, image.version
    else:
        text, version = pulumi.Output.from_input(image), None

    def named(parts: Sequence[str]) -> ImageRef:
        found = ImageReference.parse(parts[0])
        return ImageRef(name, parts[1] or found.version, parts[0])

    return pulumi.Output.all(text, version if version is not None else "").apply(named)


def required_of(image: ContainerImage | pulumi.Input[str], sidecars: Mapping[str, Sidecar]) -> ImageTerms | None:
    """What is required of all images of a service; None where none of them is a component, and nothing else says it.

    Args:
        image: the service's own.
        sidecars: what the program says of its sidecars.
    """
    images = (image, *(each.image for _, each in sorted(sidecars.items())))
    terms = [each.terms for each in images if isinstance(each, ContainerImage)]
    required = terms[0].with_others(terms[1:]) if terms else None
    built = isinstance(image, ContainerImage) and image.terms.fresh
    if built or (proven := images_with_proof()) is None:
        return required
    return replace(required or ImageTerms(), proven=proven)


def sidecars_of(
    service: Component, settings: ContainerServiceSettings, given: Mapping[str, Sidecar]
) -> Mapping[str, Beside]:
    """The sidecars of a service by name, in the order of their names.

    Args:
        service: the service.
        settings: its settings, which name all its sidecars.
        given: what the program says of them.

    Raises:
        UsageError: one that the settings do not have, is named like the service, or has no image or two.
    """
    name, place = service.pulumi_resource_name, f"strata:container_services.{service.pulumi_resource_name}.sidecars"
    for key in sorted(given):
        if key not in settings.sidecars:
            near = nearest(key, list(settings.sidecars))
            raise UsageError(
                f"service {name!r}: its settings have no sidecar {key!r}",
                fix=f"{f'Did you mean {near!r}? ' if near else ''}Add {place}.{key}; {{}} is enough.",
            )
    if name in settings.sidecars:
        raise UsageError(
            f"service {name!r}: a sidecar has the name of the service, which the application's container has",
            fix=f"Rename {place}.{name}.",
        )
    return {
        key: _beside(name, f"{place}.{key}", key, each, given.get(key, Sidecar()))
        for key, each in sorted(settings.sidecars.items())
    }


def _beside(service: str, place: str, name: str, settings: ContainerSidecarSettings, given: Sidecar) -> Beside:
    if settings.image is not None and given.image is not None:
        raise UsageError(
            f"service {service!r}: the image of its sidecar {name!r} is in the settings, and the program hands it over",
            fix=f"Remove {place}.image, or leave image= out.",
        )
    image = given.image if given.image is not None else settings.image
    if image is None:
        raise UsageError(
            f"service {service!r}: nothing says which image its sidecar {name!r} runs",
            fix=f"Set {place}.image, or pass sidecars={{{name!r}: Sidecar(image=...)}}.",
        )
    return Beside(settings, image_ref(name, image), given.uses, given.secrets)


def sidecar_images(sidecars: Mapping[str, Beside]) -> pulumi.Output[Mapping[str, ImageRef]]:
    """The image of each sidecar, as the record names it."""
    images = {name: each.image for name, each in sidecars.items()}
    # of nothing, `all` would make a list
    return pulumi.Output.all(**images) if images else pulumi.Output.from_input({})
