"""What a rehearsal is asked to do."""

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from strata.errors import UsageError
from strata.project.location import state_folder
from strata.settings.models import StackSettings
from strata_rehearsal.run.container_pins import pin_of
from strata_rehearsal.run.requested_faults import FaultNames
from strata_rehearsal.run.unknown_names import unknown_names

__all__ = ["RehearsalRequest", "image_id"]


@dataclass(frozen=True)
class RehearsalRequest:
    """One rehearsal.

    Args:
        project: folder of the Pulumi project.
        stack: name of the stack.
        images: versions to run instead of the pinned ones, by image name.
        faults: what goes wrong, by service, or by version or digest of a container image.
        speed: simulated seconds per real second; None is what the local AWS runs at, or its default.
        plugins_of: a Pulumi home whose `aws` plugin is used instead of the rehearsal's.
        refresh: read first what is there, as `pulumi up --refresh` does, and set again what somebody has changed.
    """

    project: Path
    stack: str
    images: Mapping[str, str] = field(default_factory=dict[str, str])
    faults: Mapping[str, str] = field(default_factory=dict[str, str])
    speed: float | None = None
    plugins_of: Path | None = None
    refresh: bool = False

    def check(self, settings: StackSettings) -> None:
        """Refuse what cannot be done for a stack, everything at once.

        Args:
            settings: those of the stack, as its file has them.

        Raises:
            UsageError: with every finding.
        """
        found = [
            *unknown_names("--image", "image", self.images, {*settings.images, *settings.container_images}),
            *self._unpinned(settings),
            *self.fault_names(settings).problems(self.faults),
        ]
        if self.speed is not None and not (self.speed > 0 and math.isfinite(self.speed)):
            found.append(f"--speed: {self.speed:g} is not a number above 0")
        if found:
            raise UsageError("; ".join(found), fix="Correct them all and try again; nothing was started.")

    def _unpinned(self, settings: StackSettings) -> Iterator[str]:
        for name in sorted(self.images.keys() & settings.container_images.keys() - settings.images.keys()):
            image = settings.container_images[name]
            if pin_of(image) is None:
                decides = "its build" if image.build is not None else "the program"
                yield f"--image: {decides} decides which image {name!r} is, and no version"
        for name in sorted(self.images.keys() & settings.images.keys()):
            if settings.images[name].parameter is not None:
                yield f"--image: a parameter decides which image {name!r} is, and no version"

    def fault_names(self, settings: StackSettings) -> FaultNames:
        """What faults can be given to.

        Args:
            settings: those of the stack.
        """
        ids: dict[str, str | None] = {}
        for name, service in settings.services.items():
            pin = service.image or name
            image = settings.images[pin]
            ids[name] = image.id or (image_id(pin, image.version) if image.version else None)
        return FaultNames.of(settings, self.images, ids)

    @property
    def state_folder(self) -> Path:
        """Where everything a rehearsal keeps lives."""
        return state_folder(self.project)


def image_id(name: str, version: str) -> str:
    """The id a rehearsal gives an image that no stack file pins; always the same for the same version."""
    return f"ami-{hashlib.sha256(f'{name} {version}'.encode()).hexdigest()[:17]}"
