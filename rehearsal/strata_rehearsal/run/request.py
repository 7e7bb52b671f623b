"""What a rehearsal is asked to do."""

import hashlib
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from strata.errors import UsageError
from strata.project.location import state_folder
from strata_rehearsal.cloud.faults import FaultKind

__all__ = ["RehearsalRequest", "image_id"]


@dataclass(frozen=True)
class RehearsalRequest:
    """One rehearsal.

    Args:
        project: folder of the Pulumi project.
        stack: name of the stack.
        images: versions to run instead of the pinned ones, by image name.
        faults: what goes wrong with a service's servers, by service.
        speed: simulated seconds per real second; None is what the local AWS runs at, or its default.
        plugins_of: a Pulumi home whose `aws` plugin is used instead of the rehearsal's.
    """

    project: Path
    stack: str
    images: Mapping[str, str] = field(default_factory=dict[str, str])
    faults: Mapping[str, str] = field(default_factory=dict[str, str])
    speed: float | None = None
    plugins_of: Path | None = None

    def check(self, *, services: Collection[str], images: Collection[str]) -> None:
        """Refuse what cannot be done for a stack, everything at once.

        Args:
            services: names of the stack's services.
            images: names of the images it pins.

        Raises:
            UsageError: with every finding.
        """
        kinds = sorted(kind.value for kind in FaultKind)
        found = [
            *_unknown("--image", "image", self.images, images),
            *_unknown("--fault", "service", self.faults, services),
            *_unknown("--fault", "fault", self.faults.values(), kinds),
        ]
        if self.speed is not None and not (self.speed > 0 and math.isfinite(self.speed)):
            found.append(f"--speed: {self.speed:g} is not a number above 0")
        if found:
            raise UsageError("; ".join(found), fix="Correct them all and try again; nothing was started.")

    @property
    def state_folder(self) -> Path:
        """Where everything a rehearsal keeps lives."""
        return state_folder(self.project)


def _unknown(option: str, what: str, given: Iterable[str], known: Collection[str]) -> list[str]:
    there = ", ".join(sorted(known)) or "none"
    return [f"{option}: no {what} is called {name!r} (there are {there})" for name in sorted(set(given) - set(known))]


def image_id(name: str, version: str) -> str:
    """The id a rehearsal gives an image that no stack file pins; always the same for the same version."""
    return f"ami-{hashlib.sha256(f'{name} {version}'.encode()).hexdigest()[:17]}"
