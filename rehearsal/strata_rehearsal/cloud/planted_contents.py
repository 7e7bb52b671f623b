"""What is in a server beside what its image was baked with, as it was planted there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["PlantedContents"]


@dataclass(frozen=True)
class PlantedContents:
    """What is in a server beside its image.

    Args:
        differences: each as kind, name, baked and found; the last two None where it is not there.
        manifest: whether its image has a manifest.
    """

    differences: tuple[tuple[str, str, str | None, str | None], ...] = ()
    manifest: bool = True

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> "PlantedContents":
        """Read it as an admin path has it.

        Raises:
            ValueError: an unknown field, or a difference that is none.
        """
        unknown = set(values) - {"differences", "manifest"}
        if unknown:
            raise ValueError(f"the contents of a server have no {', '.join(sorted(unknown))}")
        found = [tuple(each) for each in values.get("differences", ())]
        if wrong := [each for each in found if len(each) != 4]:  # noqa: PLR2004 - kind, name, baked and found
            raise ValueError(f"a difference is kind, name, baked and found, and not {wrong[0]}")
        return cls(tuple(found), bool(values.get("manifest", True)))
