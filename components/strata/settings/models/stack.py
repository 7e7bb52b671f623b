"""All a stack file may say."""

from pydantic import Field

from strata.settings.models.backup import BackupSettings
from strata.settings.models.base import Name, Settings
from strata.settings.models.file_store import FileStoreSettings
from strata.settings.models.guard import GuardSettings, TeardownSettings
from strata.settings.models.images import ImageSettings
from strata.settings.models.ingress import IngressSettings
from strata.settings.models.network import NetworkSettings
from strata.settings.models.object_store import ObjectStoreSettings
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
    guard: GuardSettings = GuardSettings()
    """What the guard lets pass."""
    teardown: TeardownSettings | None = None
    """That the stack is to go: lifts its protection. Default: none."""
    object_stores: dict[Name, ObjectStoreSettings] = Field(default={})
    """Buckets by name."""
    file_stores: dict[Name, FileStoreSettings] = Field(default={})
    """File systems by name."""
    backup: BackupSettings = BackupSettings()
    """Backups of what the stack must not lose."""
    tags: dict[str, str] = Field(default={})
    """Tags for everything, besides Strata's own. Default: none."""
