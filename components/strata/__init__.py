"""Strata: immutable infrastructure on AWS as Pulumi components.

import pulumi
from strata import ImmutableService, Ingress, Network, Stack

stack = Stack.load()                                     # the typed settings of this stack
network = Network("main", stack.network)
ingress = Ingress("public", stack.ingress, network=network)
web = ImmutableService(
    "web",
    stack.services["web"],
    image=stack.image("web"),                            # pinned, looked up, checked
    network=network,
    ingress=ingress,
)
pulumi.export("url", ingress.url)
pulumi.export("version", web.deployed_version)           # what its release record proves
"""

from collections.abc import Mapping, Sequence
from importlib import import_module

_PUBLIC: Mapping[str, Sequence[str]] = {
    "strata.clock": ("Clock",),
    "strata.components.access": ("Access", "Door", "Usable"),
    "strata.components.alarms": ("Alarms",),
    "strata.components.backup": ("Backup",),
    "strata.components.certificate": ("Certificate",),
    "strata.components.container_image": ("ContainerImage",),
    "strata.components.container_service": ("ContainerService", "Sidecar"),
    "strata.components.database": ("Database", "ReadReplica"),
    "strata.components.file_store": ("FileStore",),
    "strata.components.machine_image": ("MachineImage",),
    "strata.components.image_pipeline": ("ImagePipeline",),
    "strata.components.ingress": ("Ingress",),
    "strata.components.inputs": (
        "AlarmsOverrides",
        "BackupOverrides",
        "CertificateOverrides",
        "ContainerImageOverrides",
        "ContainerServiceOverrides",
        "DatabaseOverrides",
        "FileStoreOverrides",
        "ImagePipelineOverrides",
        "ImmutableServiceOverrides",
        "IngressOverrides",
        "MaintainedFleetOverrides",
        "NetworkOverrides",
        "ObjectStoreOverrides",
        "ReadReplicaOverrides",
        "RuntimeConfigOverrides",
        "SecretOverrides",
    ),
    "strata.components.maintained_fleet": ("MaintainedFleet",),
    "strata.components.network": ("AnyNetwork", "ExistingNetwork", "Network"),
    "strata.components.object_store": ("ObjectStore",),
    "strata.components.runtime_config": ("RuntimeConfig",),
    "strata.components.secret": ("Secret",),
    "strata.components.service": ("ImmutableService",),
    "strata.components.stack": ("Stack",),
    "strata.errors": ("StrataError",),
    "strata.rollout.gated_service": ("Gate", "NoGate"),
    "strata.settings.models": (
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
        "DatabaseSettings",
        "DatabaseStorageSettings",
        "DatabaseStorageType",
        "DiskSettings",
        "DiskType",
        "EndpointName",
        "DatabaseEngine",
        "FileStoreSettings",
        "FindingSeverity",
        "FleetChangeSettings",
        "FlowLogSettings",
        "FolderWriter",
        "GeneratedSettings",
        "FreezeSettings",
        "GuardSettings",
        "HealthSettings",
        "ImageProofSettings",
        "ImageCopySettings",
        "ImageLifecycleSettings",
        "ImagePipelineSettings",
        "ImageSettings",
        "ImageVolumeSettings",
        "IngressSettings",
        "KeyAlgorithm",
        "LifecycleSettings",
        "MaintainedFleetSettings",
        "MountSubnets",
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
    ),
    "strata.spectrum": ("Mutability",),
    "strata.stage": ("Stage",),
}
"""What is public, by the module it lives in: the one list, from which `__init__.pyi` beside this is written.

Pulumi takes half a second to import. The command line lives in this package too and mostly does without, so a name is
looked up when it is asked for.
"""

_HOMES = dict(sorted((name, module) for module, names in _PUBLIC.items() for name in names))

__all__ = list(_HOMES)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'strata' has no attribute {name!r}")
    found = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
