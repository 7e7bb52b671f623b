"""What a stack file may say: frozen values without I/O, a module a concept.

Every field states its unit, its default and where its limits come from. Where the stage decides a default
(`by_stage`), a model built directly in Python has staging's.
Ids and ARNs of resources made in the same program are not settings: components accept those as keywords, because they
may be outputs.
"""

from strata.aws.facts.database_engines import DatabaseEngine
from strata.settings.models.backup import BackupSettings, RetentionSettings, VaultLock
from strata.settings.models.base import Name, Settings
from strata.settings.models.capacity import CapacitySettings, ScalingSettings, ScheduleSettings
from strata.settings.models.certificate import CertificateSettings, CertificateZoneSettings, KeyAlgorithm
from strata.settings.models.container_health import ContainerHealthSettings
from strata.settings.models.container_image import (
    BuildSecretSettings,
    ContainerBuildSettings,
    ContainerImageSettings,
    ContainerPlatform,
)
from strata.settings.models.container_rollout import ContainerRolloutSettings, Strategy, TestRuleSettings
from strata.settings.models.container_service import ContainerScalingSettings, ContainerServiceSettings
from strata.settings.models.container_sidecar import Awaited, ContainerSidecarSettings, FolderWriter
from strata.settings.models.database import (
    ApplyMethod,
    DatabaseAlarmSettings,
    DatabaseSettings,
    ParameterSettings,
    RestoreSettings,
)
from strata.settings.models.database_storage import DatabaseStorageSettings, DatabaseStorageType
from strata.settings.models.file_store import AccessPointSettings, FileStoreSettings, MountSubnets, Throughput
from strata.settings.models.freeze import FreezeSettings
from strata.settings.models.guard import AllowanceSettings, AllowedOperation, GuardSettings, TeardownSettings
from strata.settings.models.image_pipeline import (
    ImageCopySettings,
    ImageLifecycleSettings,
    ImagePipelineSettings,
    ImageVolumeSettings,
)
from strata.settings.models.ingress import AccessLogSettings, HealthSettings, IngressSettings, RouteSettings
from strata.settings.models.machine_image import ImageSettings
from strata.settings.models.maintained_fleet import MaintainedFleetSettings
from strata.settings.models.network import EndpointName, FlowLogSettings, Nat, NetworkSettings
from strata.settings.models.object_store import (
    LifecycleSettings,
    ObjectLockSettings,
    ObjectStoreSettings,
    StorageClass,
    TransitionSettings,
    Versioning,
)
from strata.settings.models.patching import PatchedSystem, PatchingSettings
from strata.settings.models.periodic_refresh import PeriodicRefreshSettings
from strata.settings.models.playbook import (
    FleetChangeSettings,
    PlaybookBeforeSettings,
    PlaybookSettings,
    Weekday,
    WindowSettings,
)
from strata.settings.models.promotion import FindingSeverity, ImageProofSettings, PromotionSettings
from strata.settings.models.replica import ReplicaSettings
from strata.settings.models.rollout import (
    AlarmGate,
    AlarmSettings,
    OnInProgress,
    ProtectedServers,
    Retry,
    RolloutSettings,
)
from strata.settings.models.run_once import Compatible, RunOnceSettings
from strata.settings.models.runtime import ParameterTier, RuntimeSettings, RuntimeValueSettings
from strata.settings.models.secret import GeneratedSettings, RotationSettings, SecretSettings
from strata.settings.models.service import DiskSettings, DiskType, ServiceSettings
from strata.settings.models.stack import StackSettings
from strata.settings.models.verify import AnswerSettings, VerifySettings

__all__ = [
    "AccessLogSettings",
    "AccessPointSettings",
    "AlarmGate",
    "AlarmSettings",
    "AllowanceSettings",
    "AllowedOperation",
    "AnswerSettings",
    "ApplyMethod",
    "Awaited",
    "BackupSettings",
    "BuildSecretSettings",
    "CapacitySettings",
    "CertificateSettings",
    "CertificateZoneSettings",
    "Compatible",
    "ContainerBuildSettings",
    "ContainerHealthSettings",
    "ContainerImageSettings",
    "ContainerPlatform",
    "ContainerRolloutSettings",
    "ContainerScalingSettings",
    "ContainerServiceSettings",
    "ContainerSidecarSettings",
    "DatabaseAlarmSettings",
    "DatabaseEngine",
    "DatabaseSettings",
    "DatabaseStorageSettings",
    "DatabaseStorageType",
    "DiskSettings",
    "DiskType",
    "EndpointName",
    "FileStoreSettings",
    "FindingSeverity",
    "FleetChangeSettings",
    "FlowLogSettings",
    "FolderWriter",
    "FreezeSettings",
    "GeneratedSettings",
    "GuardSettings",
    "HealthSettings",
    "ImageCopySettings",
    "ImageLifecycleSettings",
    "ImagePipelineSettings",
    "ImageProofSettings",
    "ImageSettings",
    "ImageVolumeSettings",
    "IngressSettings",
    "KeyAlgorithm",
    "LifecycleSettings",
    "MaintainedFleetSettings",
    "MountSubnets",
    "Name",
    "Nat",
    "NetworkSettings",
    "ObjectLockSettings",
    "ObjectStoreSettings",
    "OnInProgress",
    "ParameterSettings",
    "ParameterTier",
    "PatchedSystem",
    "PatchingSettings",
    "PeriodicRefreshSettings",
    "PlaybookBeforeSettings",
    "PlaybookSettings",
    "PromotionSettings",
    "ProtectedServers",
    "ReplicaSettings",
    "RestoreSettings",
    "RetentionSettings",
    "Retry",
    "RolloutSettings",
    "RotationSettings",
    "RouteSettings",
    "RunOnceSettings",
    "RuntimeSettings",
    "RuntimeValueSettings",
    "ScalingSettings",
    "ScheduleSettings",
    "SecretSettings",
    "ServiceSettings",
    "Settings",
    "StackSettings",
    "StorageClass",
    "Strategy",
    "TeardownSettings",
    "TestRuleSettings",
    "Throughput",
    "TransitionSettings",
    "VaultLock",
    "VerifySettings",
    "Versioning",
    "Weekday",
    "WindowSettings",
]
