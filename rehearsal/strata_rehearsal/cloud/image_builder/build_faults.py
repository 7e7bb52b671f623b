"""What can be made to go wrong while an image is built."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from strata_rehearsal.cloud.image_builder.arns import slug

__all__ = ["BuildFault", "BuildFaultKind", "BuildFaults"]


class BuildFaultKind(StrEnum):
    """The ways in which the building of an image can fail."""

    STEP_FAILS = "step-fails"
    """A step of a component's document fails."""
    STEP_HANGS = "step-hangs"
    """A step runs until its timeout."""
    UNREACHABLE = "unreachable"
    """The build instance never reports to Systems Manager, as without a way out or without the role for it."""
    DISTRIBUTION_FAILS = "distribution-fails"
    """The finished image cannot be copied to a region."""


@dataclass(frozen=True)
class BuildFault:
    """One fault; None means every one of what it names.

    Args:
        kind: what goes wrong.
        recipe: the name of the recipe whose images suffer.
        component: the name of the component.
        phase: `build`, `validate` or `test`.
        step: the name of the step.
        region: the region that the image cannot be copied to.
        message: what the failure says.
    """

    kind: BuildFaultKind
    recipe: str | None = None
    component: str | None = None
    phase: str | None = None
    step: str | None = None
    region: str | None = None
    message: str | None = None

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> "BuildFault":
        """Read a fault as `document` writes it.

        Raises:
            ValueError: an unknown kind or field.
        """
        if values.get("kind") not in set(BuildFaultKind):
            raise ValueError(f"unknown fault {values.get('kind')!r}, expected one of {', '.join(BuildFaultKind)}")
        try:
            return cls(**{**values, "kind": BuildFaultKind(values["kind"])})
        except TypeError as error:
            raise ValueError(f"cannot make a fault of {dict(values)}: {error}") from error

    def document(self) -> dict[str, Any]:
        """The fault as JSON values."""
        return asdict(self)

    def hits(self, **asked: str) -> bool:
        """Whether what is named by these fields suffers from it; names are compared as ARNs have them."""
        return all(
            wanted is None or slug(wanted) == slug(asked[name])
            for name, wanted in self.document().items()
            if name in asked
        )


class BuildFaults:
    """The faults in force; a build suffers from those that are in force when it comes to what they hit."""

    def __init__(self) -> None:
        self._faults: tuple[BuildFault, ...] = ()

    def __iter__(self) -> Iterator[BuildFault]:
        return iter(self._faults)

    def replace(self, faults: Iterable[BuildFault]) -> None:
        """Put these in force, and no others."""
        self._faults = tuple(faults)

    def find(self, kind: BuildFaultKind, **asked: str) -> BuildFault | None:
        """The first fault of a kind that hits this."""
        return next((each for each in self._faults if each.kind is kind and each.hits(**asked)), None)
