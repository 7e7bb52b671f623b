"""What a stack file may say: frozen values without I/O, a module a concept.

Every field states its unit, its default and where its limits come from. Where the stage decides a default
(`strata.settings.defaults`), the value written here is staging's, and is what a model built directly in Python has.
Ids and ARNs of resources made in the same program are not settings: components take those as keywords, because they
may be outputs.
"""

from strata.engines import Engine
from strata.settings.models.base import Name, Settings
from strata.settings.models.capacity import CapacitySettings, ScalingSettings, ScheduleSettings
from strata.settings.models.database import (
    ApplyMethod,
    DatabaseAlarmSettings,
    DatabaseSettings,
    DatabaseStorageSettings,
    DatabaseStorageType,
    ParameterSettings,
    RestoreSettings,
)
from strata.settings.models.images import ImageSettings
from strata.settings.models.ingress import AccessLogSettings, HealthSettings, IngressSettings, RouteSettings
from strata.settings.models.network import EndpointName, FlowLogSettings, Nat, NetworkSettings
from strata.settings.models.replica import ReplicaSettings
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
    "AlarmGate",
    "AlarmSettings",
    "ApplyMethod",
    "CapacitySettings",
    "DatabaseAlarmSettings",
    "DatabaseSettings",
    "DatabaseStorageSettings",
    "DatabaseStorageType",
    "DiskSettings",
    "DiskType",
    "EndpointName",
    "Engine",
    "FlowLogSettings",
    "HealthSettings",
    "ImageSettings",
    "IngressSettings",
    "Name",
    "Nat",
    "NetworkSettings",
    "OnInProgress",
    "ParameterSettings",
    "ProtectedServers",
    "ReplicaSettings",
    "RestoreSettings",
    "Retry",
    "RolloutSettings",
    "RouteSettings",
    "ScalingSettings",
    "ScheduleSettings",
    "ServiceSettings",
    "Settings",
    "StackSettings",
]
