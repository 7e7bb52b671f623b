"""All a stack file may say."""

from pydantic import Field

from strata.settings.models.base import Name, Settings
from strata.settings.models.database import DatabaseSettings
from strata.settings.models.images import ImageSettings
from strata.settings.models.ingress import IngressSettings
from strata.settings.models.network import NetworkSettings
from strata.settings.models.replica import ReplicaSettings
from strata.settings.models.service import ServiceSettings
from strata.stage import Stage

__all__ = ["StackSettings"]


class StackSettings(Settings):
    """All a stack file may say under `strata:`."""

    stage: Stage
    """dev, staging or prod: picks the defaults."""
    images: dict[Name, ImageSettings] = Field(default={})
    """Pins by image name."""
    network: NetworkSettings = NetworkSettings()
    """The network."""
    ingress: IngressSettings = IngressSettings()
    """The shared load balancer."""
    services: dict[Name, ServiceSettings] = Field(default={})
    """Services by name."""
    databases: dict[Name, DatabaseSettings] = Field(default={})
    """Databases by name."""
    replicas: dict[Name, ReplicaSettings] = Field(default={})
    """Read replicas by name."""
    tags: dict[str, str] = Field(default={})
    """Tags for everything, besides Strata's own. Default: none."""
