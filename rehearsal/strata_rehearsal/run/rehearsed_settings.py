"""What is to be rehearsed: the stack's settings with the requested versions, and the machine images they need."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from strata.aws.facts.architecture import architecture_of
from strata.project.stack_file import StackFile, read_stack
from strata.settings.load import load_stack
from strata.settings.models import StackSettings
from strata.stage import Stage
from strata_rehearsal.cloud.machine_images import Image
from strata_rehearsal.run.aws_config import (
    DEFAULT_REGION,
)
from strata_rehearsal.run.request import RehearsalRequest, image_id

__all__ = ["RehearsedSettings", "images_of", "read_settings", "wanted_pins"]


USUAL_GIB: Final = 8
"""Root volume of the images that AWS itself publishes."""


@dataclass(frozen=True)
class RehearsedSettings:
    """What is to be rehearsed: the stack's settings with the requested images put in.

    Args:
        settings: complete.
        pins: `strata:images` as the program is to see them; none where they are to stay as they are.
        region: AWS region of the stack.
        profile: the AWS profile its configuration names. Default: none.
    """

    settings: StackSettings
    pins: Mapping[str, Any] | None
    region: str
    profile: str | None = None

    @property
    def versions(self) -> dict[str, str]:
        """The version each service is to run, by service; empty where a parameter names the image."""
        pins = self.settings.images
        return {name: pins[each.image or name].version or "" for name, each in self.settings.services.items()}

    @property
    def config(self) -> dict[str, Any]:
        """What the program sees in place of its stack's own configuration."""
        return {} if self.pins is None else {"strata:images": dict(self.pins)}

    @classmethod
    def without_strata(cls, file: StackFile) -> "RehearsedSettings":
        """That of a stack whose file has nothing to say to Strata."""
        return cls(StackSettings(stage=Stage.PROD), None, file.region or DEFAULT_REGION, _profile(file))


def read_settings(request: RehearsalRequest) -> RehearsedSettings:
    """Read the stack file.

    Raises:
        SettingsError, UsageError: as `strata explain` would say.
    """
    file = read_stack(request.project, request.stack)
    # problems are those of the file as it is written; only then are the requested versions put in
    checked = load_stack(file)
    request.check(services=checked.settings.services, images=checked.settings.images)
    pins = wanted_pins(file.settings.get("images", {}), request.images)
    loaded = load_stack(file, {**file.settings, "images": pins})
    return RehearsedSettings(loaded.settings, pins, file.region or DEFAULT_REGION, _profile(file))


def _profile(file: StackFile) -> str | None:
    name = file.provider.get("profile")
    return name if isinstance(name, str) else None


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
