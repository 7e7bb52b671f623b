"""Machine images: pinned, looked up, checked."""

from strata.components.image.machine_image import MachineImage

__all__ = ["MachineImage"]
