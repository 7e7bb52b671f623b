"""What an operation of Image Builder works on: the parts and the builds of one account and region, and the request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from strata_rehearsal.cloud.image_builder.bake import Bake
from strata_rehearsal.cloud.image_builder.baked_image import BakedImage
from strata_rehearsal.cloud.image_builder.build_faults import BuildFaults
from strata_rehearsal.cloud.image_builder.shelf import Shelf
from strata_rehearsal.cloud.world import World

__all__ = ["BuildPlace", "Desk"]


@dataclass
class BuildPlace:
    """One account in one region.

    Args:
        shelf: its parts.
    """

    shelf: Shelf
    images: dict[str, BakedImage] = field(default_factory=dict[str, BakedImage])
    """By ARN, in order of creation."""
    bakes: dict[str, Bake] = field(default_factory=dict[str, Bake])
    """Builds that go on, by the ARN of their image."""
    counted: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    """The newest build of a recipe's name and version; a number is never given twice."""


@dataclass(frozen=True)
class Desk:
    """One request to one place.

    Args:
        world: simulated time.
        faults: what goes wrong while images are built.
        place: the account and region.
        asked: the parameters.
    """

    world: World
    faults: BuildFaults
    place: BuildPlace
    asked: Mapping[str, Any]

    @property
    def shelf(self) -> Shelf:
        """The parts of the place."""
        return self.place.shelf
