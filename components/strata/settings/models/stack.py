"""All a stack file may say."""

from pydantic import Field

from strata.settings.models.backup import BackupSettings
from strata.settings.models.base import Name, Settings
from strata.settings.models.certificate import CertificateSettings
from strata.settings.models.container_image import ContainerImageSettings
from strata.settings.models.container_service import ContainerServiceSettings
from strata.settings.models.database import DatabaseSettings
from strata.settings.models.file_store import FileStoreSettings
from strata.settings.models.freeze import FreezeSettings
from strata.settings.models.guard import GuardSettings, TeardownSettings
from strata.settings.models.image_pipeline import ImagePipelineSettings
from strata.settings.models.ingress import IngressSettings
from strata.settings.models.machine_image import ImageSettings
from strata.settings.models.maintained_fleet import MaintainedFleetSettings
from strata.settings.models.network import NetworkSettings
from strata.settings.models.object_store import ObjectStoreSettings
from strata.settings.models.promotion import PromotionSettings
from strata.settings.models.replica import ReplicaSettings
from strata.settings.models.runtime import RuntimeSettings
from strata.settings.models.secret import SecretSettings
from strata.settings.models.service import ServiceSettings
from strata.stage import Stage

__all__ = ["StackSettings"]


class StackSettings(Settings):
    """All a stack file may say under `strata:`."""

    stage: Stage = Field(examples=["staging"])
    """dev, staging or prod: picks the defaults."""
    images: dict[Name, ImageSettings] = Field(default={})
    """Pins by image name."""
    image_pipelines: dict[Name, ImagePipelineSettings] = Field(default={})
    """How machine images are baked, by name."""
    container_images: dict[Name, ContainerImageSettings] = Field(default={})
    """Container images by name."""
    container_services: dict[Name, ContainerServiceSettings] = Field(default={})
    """Container services by name."""
    promotion: PromotionSettings = PromotionSettings.model_construct()
    """What it takes to pin an image."""
    network: NetworkSettings = NetworkSettings.model_construct()
    """The network."""
    ingress: IngressSettings = IngressSettings.model_construct()
    """The shared load balancer."""
    services: dict[Name, ServiceSettings] = Field(default={})
    """Services by name."""
    maintained: dict[Name, MaintainedFleetSettings] = Field(default={})
    """Fleets of servers that are changed in place, by name."""
    freezes: tuple[FreezeSettings, ...] = ()
    """When no new release is rolled out. Default: never."""
    guard: GuardSettings = GuardSettings.model_construct()
    """What the guard allows by override."""
    teardown: TeardownSettings | None = None
    """Declares that the stack is to be taken down, which lifts its protection. Default: none."""
    object_stores: dict[Name, ObjectStoreSettings] = Field(default={})
    """Buckets by name."""
    file_stores: dict[Name, FileStoreSettings] = Field(default={})
    """File systems by name."""
    backup: BackupSettings = BackupSettings.model_construct()
    """Backups of what the stack must not lose."""
    runtime: dict[Name, RuntimeSettings] = Field(default={})
    """Configuration that services read while they run, by name."""
    secrets: dict[Name, SecretSettings] = Field(default={})
    """Secrets by name."""
    certificates: dict[Name, CertificateSettings] = Field(default={})
    """Certificates by name."""
    databases: dict[Name, DatabaseSettings] = Field(default={})
    """Databases by name."""
    replicas: dict[Name, ReplicaSettings] = Field(default={})
    """Read replicas by name."""
    tags: dict[str, str] = Field(default={})
    """Tags for everything, besides Strata's own. Default: none."""
