"""Which container images a stack pins, and how another version of one is rehearsed (pure)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strata.image_build.image_reference import ImageReference
from strata.settings.models import ContainerImageSettings, StackSettings

__all__ = ["ContainerPin", "container_digest", "pin_of", "pins_of_services", "wanted_container_pins", "without_proof"]


@dataclass(frozen=True)
class ContainerPin:
    """An image by its digest.

    Args:
        version: what people call it; empty where the stack file does not say.
        digest: `sha256:...`
    """

    version: str
    digest: str


def container_digest(name: str, version: str) -> str:
    """The digest that a rehearsal gives a version which no stack file pins; always the same for the same version."""
    return f"sha256:{hashlib.sha256(f'{name} {version}'.encode()).hexdigest()}"


def pin_of(settings: ContainerImageSettings) -> ContainerPin | None:
    """What a stack file pins; None for an image that is built, or that the program names."""
    if settings.digest is not None:
        return ContainerPin(settings.version or "", settings.digest)
    if settings.reference is not None:
        found = ImageReference.parse(settings.reference)
        return ContainerPin(found.tag, found.digest)
    return None


def pins_of_services(settings: StackSettings, versions: Mapping[str, str]) -> dict[str, ContainerPin | None]:
    """The image that each container service is to run, by service.

    Args:
        settings: those of the stack, as its file has them.
        versions: versions to run instead of the pinned ones, by image name.
    """
    pins: dict[str, ContainerPin | None] = {}
    for name, service in settings.container_services.items():
        image = service.image or name
        pin = pin_of(settings.container_images[image]) if image in settings.container_images else None
        version = versions.get(image)
        if pin is not None and version is not None and pin.version != version:
            pin = ContainerPin(version, container_digest(image, version))
        pins[name] = pin
    return pins


def without_proof(pin: Mapping[str, Any]) -> dict[str, Any]:
    """A pin without the proof, which is that of the version that the stack file pins."""
    return {key: value for key, value in pin.items() if key != "proof"}


def wanted_container_pins(raw: Mapping[str, Any], wanted: Mapping[str, str]) -> dict[str, Any]:
    """The stack file's container images with the requested versions put in.

    Args:
        raw: `strata:container_images` as the file has it.
        wanted: version by image name, of images that are pinned. The pinned version itself keeps its digest; any other
            gets one of its own.
    """
    pins = {name: dict(pin) for name, pin in raw.items()}
    for name in wanted.keys() & pins.keys():
        pin, version = pins[name], wanted[name]
        if "reference" in pin:
            reference = ImageReference.parse(pin["reference"])
            if reference.tag != version:
                pins[name] = pin = without_proof(pin)
                pin["reference"] = f"{reference.repository}:{version}@{container_digest(name, version)}"
        elif pin.get("version") != version:
            pins[name] = {**without_proof(pin), "version": version, "digest": container_digest(name, version)}
    return pins
