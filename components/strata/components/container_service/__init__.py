"""Container services."""

from strata.components.container_service.container_service import ContainerService
from strata.components.container_service.sidecar import Sidecar

__all__ = ["ContainerService", "Sidecar"]
