"""Container services."""

from strata.components.container_service.container_service import ContainerService

__all__ = ["ContainerService"]
