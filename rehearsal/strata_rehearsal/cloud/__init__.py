"""The local AWS of a rehearsal: moto's services with fleets that live, in a background process on simulated time."""

from strata_rehearsal.cloud.cloud_process import DEFAULT_SPEED, CloudHandle, find, start, stop
from strata_rehearsal.cloud.faults import Fault, FaultKind
from strata_rehearsal.cloud.machine_images import Image

__all__ = ["DEFAULT_SPEED", "CloudHandle", "Fault", "FaultKind", "Image", "find", "start", "stop"]
