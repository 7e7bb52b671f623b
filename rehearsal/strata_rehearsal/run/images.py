"""Which machine images must exist in the local AWS for a stack, and what a request changes about them."""

from collections.abc import Mapping
from typing import Any, Final

from strata.aws.facts.architecture import architecture_of
from strata.settings.models import StackSettings
from strata_rehearsal.cloud.machine_images import Image
from strata_rehearsal.run.request import image_id

__all__ = ["images_of", "wanted_pins"]


USUAL_GIB: Final = 8
"""Root volume of the images that AWS itself publishes."""


def wanted_pins(raw: Mapping[str, Any], wanted: Mapping[str, str]) -> dict[str, Any]:
    """The stack file's pins with the requested versions put in.

    Args:
        raw: `strata:images` as the file has it.
        wanted: version by image name, of images that are pinned. The pinned version itself keeps its id; any other
            gets one of its own.
    """
    pins = {name: dict(pin) for name, pin in raw.items()}
    for name, version in wanted.items():
        if pins[name].get("version") != version:
            pins[name] = {**pins[name], "version": version, "id": image_id(name, version)}
    return pins


def images_of(settings: StackSettings) -> list[Image]:
    """The images to seed: every pin, built for the instance types that run it."""
    types = {service.image or name: service.instance_type for name, service in settings.services.items()}
    disks = {name: [] for name in settings.images}
    for name, service in settings.services.items():
        disks[service.image or name].append(service.disk.size_gib)
    return [
        Image(
            name=pin.app or name,
            version=pin.version,
            id=pin.id or image_id(name, pin.version),
            architecture=architecture_of(types.get(name, "t3.small")).value,
            # nobody knows how large it is: as images are, and never too large for a disk that AWS might find right
            root_gib=min((USUAL_GIB, *disks[name])),
        )
        for name, pin in settings.images.items()
        if pin.version
    ]
