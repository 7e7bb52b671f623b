# What is public. Written by docs/stubs.py: `make docs`.

from strata.clock import Clock as Clock
from strata.components.access import Access as Access
from strata.components.access import Door as Door
from strata.components.access import Usable as Usable
from strata.components.alarms import Alarms as Alarms
from strata.components.backup import Backup as Backup
from strata.components.certificate import Certificate as Certificate
from strata.components.container_image import ContainerImage as ContainerImage
from strata.components.container_service import ContainerService as ContainerService
from strata.components.container_service import Sidecar as Sidecar
from strata.components.database import Database as Database
from strata.components.database import ReadReplica as ReadReplica
from strata.components.file_store import FileStore as FileStore
from strata.components.image_pipeline import ImagePipeline as ImagePipeline
from strata.components.ingress import Ingress as Ingress
from strata.components.inputs import AlarmsOverrides as AlarmsOverrides
from strata.components.inputs import BackupOverrides as BackupOverrides
from strata.components.inputs import CertificateOverrides as CertificateOverrides
from strata.components.inputs import ContainerImageOverrides as ContainerImageOverrides
from strata.components.inputs import ContainerServiceOverrides as ContainerServiceOverrides
from strata.components.inputs import DatabaseOverrides as DatabaseOverrides
from strata.components.inputs import FileStoreOverrides as FileStoreOverrides
from strata.components.inputs import ImagePipelineOverrides as ImagePipelineOverrides
from strata.components.inputs import ImmutableServiceOverrides as ImmutableServiceOverrides
from strata.components.inputs import IngressOverrides as IngressOverrides
from strata.components.inputs import MaintainedFleetOverrides as MaintainedFleetOverrides
from strata.components.inputs import NetworkOverrides as NetworkOverrides
from strata.components.inputs import ObjectStoreOverrides as ObjectStoreOverrides
from strata.components.inputs import ReadReplicaOverrides as ReadReplicaOverrides
from strata.components.inputs import RuntimeConfigOverrides as RuntimeConfigOverrides
from strata.components.inputs import SecretOverrides as SecretOverrides
from strata.components.machine_image import MachineImage as MachineImage
from strata.components.maintained_fleet import MaintainedFleet as MaintainedFleet
from strata.components.network import AnyNetwork as AnyNetwork
from strata.components.network import ExistingNetwork as ExistingNetwork
from strata.components.network import Network as Network
from strata.components.object_store import ObjectStore as ObjectStore
from strata.components.runtime_config import RuntimeConfig as RuntimeConfig
from strata.components.secret import Secret as Secret
from strata.components.service import ImmutableService as ImmutableService
from strata.components.stack import Stack as Stack
from strata.errors import StrataError as StrataError
from strata.rollout.gated_service import Gate as Gate
from strata.rollout.gated_service import NoGate as NoGate
from strata.settings.models import AccessLogSettings as AccessLogSettings
from strata.settings.models import AccessPointSettings as AccessPointSettings
from strata.settings.models import AlarmGate as AlarmGate
from strata.settings.models import AlarmSettings as AlarmSettings
from strata.settings.models import AllowanceSettings as AllowanceSettings
from strata.settings.models import AllowedOperation as AllowedOperation
from strata.settings.models import AnswerSettings as AnswerSettings
from strata.settings.models import ApplyMethod as ApplyMethod
from strata.settings.models import Awaited as Awaited
from strata.settings.models import BackupSettings as BackupSettings
from strata.settings.models import BuildSecretSettings as BuildSecretSettings
from strata.settings.models import CapacitySettings as CapacitySettings
from strata.settings.models import CertificateSettings as CertificateSettings
from strata.settings.models import CertificateZoneSettings as CertificateZoneSettings
from strata.settings.models import Compatible as Compatible
from strata.settings.models import ContainerBuildSettings as ContainerBuildSettings
from strata.settings.models import ContainerHealthSettings as ContainerHealthSettings
from strata.settings.models import ContainerImageSettings as ContainerImageSettings
from strata.settings.models import ContainerPlatform as ContainerPlatform
from strata.settings.models import ContainerRolloutSettings as ContainerRolloutSettings
from strata.settings.models import ContainerScalingSettings as ContainerScalingSettings
from strata.settings.models import ContainerServiceSettings as ContainerServiceSettings
from strata.settings.models import ContainerSidecarSettings as ContainerSidecarSettings
from strata.settings.models import DatabaseAlarmSettings as DatabaseAlarmSettings
from strata.settings.models import DatabaseEngine as DatabaseEngine
from strata.settings.models import DatabaseSettings as DatabaseSettings
from strata.settings.models import DatabaseStorageSettings as DatabaseStorageSettings
from strata.settings.models import DatabaseStorageType as DatabaseStorageType
from strata.settings.models import DiskSettings as DiskSettings
from strata.settings.models import DiskType as DiskType
from strata.settings.models import EndpointName as EndpointName
from strata.settings.models import FileStoreSettings as FileStoreSettings
from strata.settings.models import FindingSeverity as FindingSeverity
from strata.settings.models import FleetChangeSettings as FleetChangeSettings
from strata.settings.models import FlowLogSettings as FlowLogSettings
from strata.settings.models import FolderWriter as FolderWriter
from strata.settings.models import FreezeSettings as FreezeSettings
from strata.settings.models import GeneratedSettings as GeneratedSettings
from strata.settings.models import GuardSettings as GuardSettings
from strata.settings.models import HealthSettings as HealthSettings
from strata.settings.models import ImageCopySettings as ImageCopySettings
from strata.settings.models import ImageLifecycleSettings as ImageLifecycleSettings
from strata.settings.models import ImagePipelineSettings as ImagePipelineSettings
from strata.settings.models import ImageProofSettings as ImageProofSettings
from strata.settings.models import ImageSettings as ImageSettings
from strata.settings.models import ImageVolumeSettings as ImageVolumeSettings
from strata.settings.models import IngressSettings as IngressSettings
from strata.settings.models import KeyAlgorithm as KeyAlgorithm
from strata.settings.models import LifecycleSettings as LifecycleSettings
from strata.settings.models import MaintainedFleetSettings as MaintainedFleetSettings
from strata.settings.models import MountSubnets as MountSubnets
from strata.settings.models import Nat as Nat
from strata.settings.models import NetworkSettings as NetworkSettings
from strata.settings.models import ObjectLockSettings as ObjectLockSettings
from strata.settings.models import ObjectStoreSettings as ObjectStoreSettings
from strata.settings.models import OnInProgress as OnInProgress
from strata.settings.models import ParameterSettings as ParameterSettings
from strata.settings.models import ParameterTier as ParameterTier
from strata.settings.models import PatchedSystem as PatchedSystem
from strata.settings.models import PatchingSettings as PatchingSettings
from strata.settings.models import PeriodicRefreshSettings as PeriodicRefreshSettings
from strata.settings.models import PlaybookBeforeSettings as PlaybookBeforeSettings
from strata.settings.models import PlaybookSettings as PlaybookSettings
from strata.settings.models import PromotionSettings as PromotionSettings
from strata.settings.models import ProtectedServers as ProtectedServers
from strata.settings.models import ReplicaSettings as ReplicaSettings
from strata.settings.models import RestoreSettings as RestoreSettings
from strata.settings.models import RetentionSettings as RetentionSettings
from strata.settings.models import Retry as Retry
from strata.settings.models import RolloutSettings as RolloutSettings
from strata.settings.models import RotationSettings as RotationSettings
from strata.settings.models import RouteSettings as RouteSettings
from strata.settings.models import RunOnceSettings as RunOnceSettings
from strata.settings.models import RuntimeSettings as RuntimeSettings
from strata.settings.models import RuntimeValueSettings as RuntimeValueSettings
from strata.settings.models import ScalingSettings as ScalingSettings
from strata.settings.models import ScheduleSettings as ScheduleSettings
from strata.settings.models import SecretSettings as SecretSettings
from strata.settings.models import ServiceSettings as ServiceSettings
from strata.settings.models import StackSettings as StackSettings
from strata.settings.models import StorageClass as StorageClass
from strata.settings.models import Strategy as Strategy
from strata.settings.models import TeardownSettings as TeardownSettings
from strata.settings.models import TestRuleSettings as TestRuleSettings
from strata.settings.models import Throughput as Throughput
from strata.settings.models import TransitionSettings as TransitionSettings
from strata.settings.models import VaultLock as VaultLock
from strata.settings.models import VerifySettings as VerifySettings
from strata.settings.models import Versioning as Versioning
from strata.settings.models import Weekday as Weekday
from strata.settings.models import WindowSettings as WindowSettings
from strata.spectrum import Mutability as Mutability
from strata.stage import Stage as Stage

__all__ = [
    "Access",
    "AccessLogSettings",
    "AccessPointSettings",
    "AlarmGate",
    "AlarmSettings",
    "Alarms",
    "AlarmsOverrides",
    "AllowanceSettings",
    "AllowedOperation",
    "AnswerSettings",
    "AnyNetwork",
    "ApplyMethod",
    "Awaited",
    "Backup",
    "BackupOverrides",
    "BackupSettings",
    "BuildSecretSettings",
    "CapacitySettings",
    "Certificate",
    "CertificateOverrides",
    "CertificateSettings",
    "CertificateZoneSettings",
    "Clock",
    "Compatible",
    "ContainerBuildSettings",
    "ContainerHealthSettings",
    "ContainerImage",
    "ContainerImageOverrides",
    "ContainerImageSettings",
    "ContainerPlatform",
    "ContainerRolloutSettings",
    "ContainerScalingSettings",
    "ContainerService",
    "ContainerServiceOverrides",
    "ContainerServiceSettings",
    "ContainerSidecarSettings",
    "Database",
    "DatabaseAlarmSettings",
    "DatabaseEngine",
    "DatabaseOverrides",
    "DatabaseSettings",
    "DatabaseStorageSettings",
    "DatabaseStorageType",
    "DiskSettings",
    "DiskType",
    "Door",
    "EndpointName",
    "ExistingNetwork",
    "FileStore",
    "FileStoreOverrides",
    "FileStoreSettings",
    "FindingSeverity",
    "FleetChangeSettings",
    "FlowLogSettings",
    "FolderWriter",
    "FreezeSettings",
    "Gate",
    "GeneratedSettings",
    "GuardSettings",
    "HealthSettings",
    "ImageCopySettings",
    "ImageLifecycleSettings",
    "ImagePipeline",
    "ImagePipelineOverrides",
    "ImagePipelineSettings",
    "ImageProofSettings",
    "ImageSettings",
    "ImageVolumeSettings",
    "ImmutableService",
    "ImmutableServiceOverrides",
    "Ingress",
    "IngressOverrides",
    "IngressSettings",
    "KeyAlgorithm",
    "LifecycleSettings",
    "MachineImage",
    "MaintainedFleet",
    "MaintainedFleetOverrides",
    "MaintainedFleetSettings",
    "MountSubnets",
    "Mutability",
    "Nat",
    "Network",
    "NetworkOverrides",
    "NetworkSettings",
    "NoGate",
    "ObjectLockSettings",
    "ObjectStore",
    "ObjectStoreOverrides",
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
    "ReadReplica",
    "ReadReplicaOverrides",
    "ReplicaSettings",
    "RestoreSettings",
    "RetentionSettings",
    "Retry",
    "RolloutSettings",
    "RotationSettings",
    "RouteSettings",
    "RunOnceSettings",
    "RuntimeConfig",
    "RuntimeConfigOverrides",
    "RuntimeSettings",
    "RuntimeValueSettings",
    "ScalingSettings",
    "ScheduleSettings",
    "Secret",
    "SecretOverrides",
    "SecretSettings",
    "ServiceSettings",
    "Sidecar",
    "Stack",
    "StackSettings",
    "Stage",
    "StorageClass",
    "StrataError",
    "Strategy",
    "TeardownSettings",
    "TestRuleSettings",
    "Throughput",
    "TransitionSettings",
    "Usable",
    "VaultLock",
    "VerifySettings",
    "Versioning",
    "Weekday",
    "WindowSettings",
]
