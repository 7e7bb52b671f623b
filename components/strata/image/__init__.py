"""Machine images: pinned, looked up, checked."""

from strata.image.component import MachineImage

__all__ = ["MachineImage"]
