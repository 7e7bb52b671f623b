"""What the gate reads from AWS, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from strata.images.image_origin import ImageOrigin
from strata.rollout.servers.refresh import Status

__all__ = ["FleetView", "GroupView", "ImageView", "Launches", "RefreshView", "ServerView"]


_TERMS = (
    *("HealthCheckType", "DefaultInstanceWarmup", "MaxInstanceLifetime", "TerminationPolicies"),
    "InstanceMaintenancePolicy",
)
"""Of DescribeAutoScalingGroups; what AWS does not report is None."""

RETAINED: Final = "Terminating:Retained"
"""The lifecycle state of a server whose group keeps it after a termination hook was abandoned."""

_POLICY: Final = ("InstanceLifecyclePolicy", "RetentionTriggers", "TerminateHookAbandon")
"""Where a group says what becomes of a server whose termination hook is abandoned."""


class Launches(StrEnum):
    """What a group makes its servers from, as a sentence about the group would put it."""

    TEMPLATE = "a launch template"
    MIXED = "a mixed instances policy"
    BY_ATTRIBUTES = "a mixed instances policy that chooses instance types by attributes"
    CONFIGURATION = "a launch configuration"
    NOTHING = "nothing AWS reports"


@dataclass(frozen=True)
class ServerView:
    """A server of a group, as DescribeAutoScalingGroups reports it."""

    id: str
    lifecycle: str
    healthy: bool
    template_version: str | None
    protected: bool
    zone: str
    template: str | None = None
    """Id of the launch template it was launched from; a version's number means nothing without it."""

    @property
    def in_service(self) -> bool:
        """In service, whatever its health."""
        return self.lifecycle == "InService"

    @property
    def counts(self) -> bool:
        """Whether it takes one of the group's places: pending and in service do, terminating and standby do not."""
        return self.lifecycle == "InService" or self.lifecycle.startswith("Pending")

    @property
    def standby(self) -> bool:
        return self.lifecycle in ("Standby", "EnteringStandby")

    @property
    def retained(self) -> bool:
        """Whether its group has ended its service and keeps it: out of service, and in nobody's place."""
        return self.lifecycle == RETAINED

    @property
    def leaving(self) -> bool:
        """Whether it is on its way out."""
        return self.lifecycle.startswith("Terminat") and not self.retained

    @property
    def apart(self) -> bool:
        """Whether it is set apart from the others: in standby, protected from scale-in, or kept by its group."""
        return self.standby or self.protected or self.retained

    def version_of(self, template: str | None) -> str | None:
        """The version of that launch template the server came from; None for a server from another one."""
        return self.template_version if template and self.template == template else None


@dataclass(frozen=True)
class GroupView:
    """An Auto Scaling group."""

    name: str
    arn: str
    desired: int
    min: int
    max: int
    template: str | None
    saved_version: str | None
    servers: tuple[ServerView, ...]
    target_groups: tuple[str, ...]
    subnets: tuple[str, ...]
    suspended: tuple[str, ...]
    tags: Mapping[str, str] = field(default_factory=dict)
    launches: Launches = Launches.TEMPLATE
    """What new servers are made from."""
    deletion_protection: str = "none"
    """What deletion AWS refuses, in its own words; see `ServerDeployer.hold`."""
    grace_seconds: int = 0
    """Seconds after its launch in which a server's health does not count."""
    retains: bool = False
    """Whether it keeps a server whose termination hook is abandoned."""
    terms: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What else decides how AWS treats its servers, by AWS's names of it, see `_TERMS`."""

    @property
    def empty(self) -> bool:
        """Whether it wants no servers: nothing is true of an empty fleet."""
        return self.desired == 0

    def versions_of(self, template: str | None) -> frozenset[str]:
        """The versions of that launch template that its servers came from."""
        found = (each.version_of(template) for each in self.servers)
        return frozenset(version for version in found if version)

    @classmethod
    def from_api(cls, found: Mapping[str, Any]) -> "GroupView":
        """Read one entry of DescribeAutoScalingGroups."""
        template = found.get("LaunchTemplate") or {}
        return cls(
            name=found["AutoScalingGroupName"],
            arn=found["AutoScalingGroupARN"],
            desired=found["DesiredCapacity"],
            min=found["MinSize"],
            max=found["MaxSize"],
            template=template.get("LaunchTemplateId"),
            saved_version=template.get("Version"),
            servers=tuple(_server(each) for each in found.get("Instances", ())),
            target_groups=tuple(found.get("TargetGroupARNs", ())),
            subnets=tuple(part for part in (found.get("VPCZoneIdentifier") or "").split(",") if part),
            suspended=tuple(each["ProcessName"] for each in found.get("SuspendedProcesses", ())),
            tags={each["Key"]: each["Value"] for each in found.get("Tags", ())},
            launches=_launches(found),
            deletion_protection=found.get("DeletionProtection") or "none",
            grace_seconds=int(found.get("HealthCheckGracePeriod") or 0),
            retains=_retains(found),
            terms={name: found.get(name) for name in _TERMS},
        )


def _retains(found: Mapping[str, Any]) -> bool:
    said: Any = found
    for name in _POLICY:
        said = (said or {}).get(name)
    return said == "retain"


def _launches(found: Mapping[str, Any]) -> Launches:
    if found.get("MixedInstancesPolicy"):
        overrides = found["MixedInstancesPolicy"].get("LaunchTemplate", {}).get("Overrides") or ()
        by_attributes = any("InstanceRequirements" in each for each in overrides)
        return Launches.BY_ATTRIBUTES if by_attributes else Launches.MIXED
    if found.get("LaunchConfigurationName"):
        return Launches.CONFIGURATION
    return Launches.TEMPLATE if found.get("LaunchTemplate") else Launches.NOTHING


def _server(found: Mapping[str, Any]) -> ServerView:
    template = found.get("LaunchTemplate") or {}
    return ServerView(
        id=found["InstanceId"],
        lifecycle=found["LifecycleState"],
        healthy=found["HealthStatus"].lower() == "healthy",
        template_version=template.get("Version"),
        protected=bool(found.get("ProtectedFromScaleIn")),
        zone=found.get("AvailabilityZone", ""),
        template=template.get("LaunchTemplateId"),
    )


@dataclass(frozen=True)
class FleetView:
    """A group and its healthy servers at one moment, although AWS reports them in several calls.

    Args:
        group: the group.
        healthy: ids of its servers in service that Auto Scaling, and every target group of the group, find healthy.
    """

    group: GroupView
    healthy: frozenset[str]


@dataclass(frozen=True)
class RefreshView:
    """One instance refresh of a group."""

    id: str
    status: Status
    reason: str
    percentage: int
    remaining: int
    template: str | None
    version: str | None
    """Version of the desired configuration; none for a refresh without one, such as a scheduled one."""
    started: datetime | None
    ended: datetime | None
    alarms: tuple[str, ...] = ()
    """Names of the alarms AWS watches for it."""
    preferences: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """How it was to proceed, in AWS's words."""

    @classmethod
    def from_api(cls, found: Mapping[str, Any]) -> "RefreshView":
        """Read one entry of DescribeInstanceRefreshes."""
        template = (found.get("DesiredConfiguration") or {}).get("LaunchTemplate") or {}
        rollback = found.get("RollbackDetails") or {}
        preferences = found.get("Preferences") or {}
        watched = preferences.get("AlarmSpecification") or {}
        return cls(
            id=found["InstanceRefreshId"],
            status=Status(found["Status"]),
            reason=rollback.get("RollbackReason") or found.get("StatusReason") or "",
            percentage=int(found.get("PercentageComplete") or 0),
            remaining=int(found.get("InstancesToUpdate") or 0),
            template=template.get("LaunchTemplateId"),
            version=template.get("Version"),
            started=found.get("StartTime"),
            ended=found.get("EndTime"),
            alarms=tuple(watched.get("Alarms", ())),
            preferences=preferences,
        )

    @property
    def active(self) -> bool:
        return not self.status.terminal


@dataclass(frozen=True)
class ImageView:
    """A machine image as DescribeImages reports it."""

    id: str
    state: str
    architecture: str
    root_device: str
    encrypted_snapshots: tuple[str, ...] = ()
    root_gib: int = 0
    """Size of the root volume; 0 where EC2 does not report it."""
    version: str = ""
    """Its tag `app_version`; empty where it has none, or where it is another account's, whose tags EC2 shows nobody."""
    origin: ImageOrigin | None = None
    """Where it comes from."""

    @classmethod
    def from_api(cls, found: Mapping[str, Any], *, marks_known: bool = True) -> "ImageView":
        """Read one entry of DescribeImages.

        Args:
            found: the entry.
            marks_known: whether whoever asked can see watermarks at all.
        """
        root = next(
            (
                each
                for each in found.get("BlockDeviceMappings", ())
                if each.get("DeviceName") == found.get("RootDeviceName")
            ),
            {},
        )
        volumes = [each["Ebs"] for each in found.get("BlockDeviceMappings", ()) if "Ebs" in each]
        return cls(
            id=found["ImageId"],
            state=found.get("State", ""),
            architecture=found.get("Architecture", ""),
            root_device=found.get("RootDeviceName", ""),
            root_gib=int((root.get("Ebs") or {}).get("VolumeSize") or 0),
            version=next((each["Value"] for each in found.get("Tags", ()) if each["Key"] == "app_version"), ""),
            origin=replace(ImageOrigin.of(found), marks_known=marks_known),
            encrypted_snapshots=tuple(
                volume["SnapshotId"] for volume in volumes if volume.get("Encrypted") and "SnapshotId" in volume
            ),
        )
