"""What a stack file may say: frozen values without I/O, a module a concept.

Every field states its unit, its default and where its limits come from. Where the stage decides a default
(`strata.settings.defaults`), the value written here is staging's, and is what a model built directly in Python has.
Ids and ARNs of resources made in the same program are not settings: components take those as keywords, because they
may be outputs.
"""

from strata.settings.models.backup import BackupSettings, RetentionSettings, VaultLock
from strata.settings.models.base import Name, Settings
from strata.settings.models.capacity import CapacitySettings, ScalingSettings, ScheduleSettings
from strata.settings.models.file_store import AccessPointSettings, FileStoreSettings, MountSubnets, Throughput
from strata.settings.models.guard import AllowanceSettings, AllowedOperation, GuardSettings, TeardownSettings
from strata.settings.models.images import ImageSettings
from strata.settings.models.ingress import AccessLogSettings, HealthSettings, IngressSettings, RouteSettings
from strata.settings.models.network import EndpointName, FlowLogSettings, Nat, NetworkSettings
from strata.settings.models.object_store import (
    LifecycleSettings,
    ObjectLockSettings,
    ObjectStoreSettings,
    StorageClass,
    TransitionSettings,
    Versioning,
)
from strata.settings.models.rollout import (
    AlarmGate,
    AlarmSettings,
    OnInProgress,
    ProtectedServers,
    Retry,
    RolloutSettings,
)
from strata.settings.models.service import DiskSettings, DiskType, ServiceSettings
from strata.settings.models.stack import StackSettings

__all__ = [
    "AccessLogSettings",
    "AccessPointSettings",
    "AlarmGate",
    "AlarmSettings",
    "AllowanceSettings",
    "AllowedOperation",
    "BackupSettings",
    "CapacitySettings",
    "DiskSettings",
    "DiskType",
    "EndpointName",
    "FileStoreSettings",
    "FlowLogSettings",
    "GuardSettings",
    "HealthSettings",
    "ImageSettings",
    "IngressSettings",
    "LifecycleSettings",
    "MountSubnets",
    "Name",
    "Nat",
    "NetworkSettings",
    "ObjectLockSettings",
    "ObjectStoreSettings",
    "OnInProgress",
    "ProtectedServers",
    "RetentionSettings",
    "Retry",
    "RolloutSettings",
    "RouteSettings",
    "ScalingSettings",
    "ScheduleSettings",
    "ServiceSettings",
    "Settings",
    "StackSettings",
    "StorageClass",
    "TeardownSettings",
    "Throughput",
    "TransitionSettings",
    "VaultLock",
    "Versioning",
]
