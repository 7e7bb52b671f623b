"""A group as an assessment sees it: what it is set to, what it launches, and its servers (pure)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from strata.assess.boot_script import BootScript, read_boot_script

__all__ = ["AssessedGroup", "AssessedLaunch", "AssessedServer", "LaunchSource", "MountedVolume", "OpenedPort"]

DEFAULT_VERSION: Final = "$Default"
"""What AWS launches where no version is named."""


@dataclass(frozen=True)
class LaunchSource:
    """What a group makes servers from, as the group names it.

    Args:
        template: id of a launch template; None for a launch configuration.
        version: of the template, as it is named.
        configuration: name of a launch configuration.
    """

    template: str | None
    version: str
    configuration: str | None = None

    def __str__(self) -> str:
        if self.template is None:
            return f"launch configuration {self.configuration}"
        return f"launch template {self.template} version {self.version}"


@dataclass(frozen=True)
class MountedVolume:
    """A volume that a server has, or gets.

    Args:
        device: its name.
        kept: whether it stays when its server ends.
        id: of the volume. Default: it is to be made.
    """

    device: str
    kept: bool
    id: str | None = None


@dataclass(frozen=True)
class AssessedLaunch:
    """What servers are launched as.

    Args:
        source: what says so.
        image: id of the image, or an alias.
        instance_type: empty where it names none.
        key: name of a key pair.
        security_groups: ids of those that it names.
        script: its user data.
        volumes: those that it names.
        tokens: whether the metadata service asks for a token; None where it is not said.
        addresses: private addresses and network interfaces that it names.
        bound: hosts and licences that it names.
    """

    source: LaunchSource
    image: str
    instance_type: str
    key: str | None
    security_groups: tuple[str, ...]
    script: BootScript
    volumes: tuple[MountedVolume, ...]
    tokens: str | None
    addresses: tuple[str, ...] = ()
    bound: tuple[str, ...] = ()

    @classmethod
    def from_api(cls, source: LaunchSource, data: Mapping[str, Any]) -> "AssessedLaunch":
        """Read what a version of a launch template, or a launch configuration, launches."""
        interfaces = data.get("NetworkInterfaces") or ()
        groups = [group for each in interfaces for group in each.get("Groups") or ()]
        named = [*groups, *(data.get("SecurityGroupIds") or ()), *(data.get("SecurityGroups") or ())]
        return cls(
            source=source,
            image=str(data.get("ImageId") or ""),
            instance_type=str(data.get("InstanceType") or ""),
            key=data.get("KeyName") or None,
            # a launch configuration has ids and names in one list
            security_groups=tuple(dict.fromkeys(each for each in named if str(each).startswith("sg-"))),
            script=read_boot_script(data.get("UserData")),
            volumes=tuple(
                MountedVolume(str(each.get("DeviceName")), each["Ebs"].get("DeleteOnTermination") is False)
                for each in data.get("BlockDeviceMappings") or ()
                if each.get("Ebs")
            ),
            tokens=(data.get("MetadataOptions") or {}).get("HttpTokens"),
            addresses=tuple(_addresses(interfaces)),
            bound=tuple(_bound(data)),
        )


@dataclass(frozen=True)
class AssessedServer:
    """A server of a group, as EC2 describes it.

    Args:
        id: of the instance.
        image: id of its image.
        instance_type: its type.
        launched: when.
        tags: all of them.
        key: name of its key pair.
        security_groups: ids of all of them.
        root: device name of its root volume.
        volumes: all that it has.
        tokens: whether its metadata service asks for a token; None where it is off or EC2 does not say.
        stays: network interfaces that stay when it ends.
        host: the dedicated host that it runs on.
    """

    id: str
    image: str
    instance_type: str
    launched: datetime
    tags: Mapping[str, str]
    key: str | None
    security_groups: tuple[str, ...]
    root: str | None
    volumes: tuple[MountedVolume, ...]
    tokens: str | None
    stays: tuple[str, ...] = ()
    host: str | None = None

    @classmethod
    def from_api(cls, found: Mapping[str, Any]) -> "AssessedServer":
        """Read one instance of DescribeInstances."""
        metadata = found.get("MetadataOptions") or {}
        return cls(
            id=found["InstanceId"],
            image=found["ImageId"],
            instance_type=found["InstanceType"],
            launched=found["LaunchTime"],
            tags={each["Key"]: each["Value"] for each in found.get("Tags", ())},
            key=found.get("KeyName") or None,
            security_groups=tuple(sorted({each["GroupId"] for each in found.get("SecurityGroups", ())})),
            root=found.get("RootDeviceName"),
            volumes=tuple(
                MountedVolume(
                    each["DeviceName"], each["Ebs"].get("DeleteOnTermination") is False, each["Ebs"].get("VolumeId")
                )
                for each in found.get("BlockDeviceMappings", ())
                if each.get("Ebs")
            ),
            tokens=None if metadata.get("HttpEndpoint") == "disabled" else metadata.get("HttpTokens"),
            stays=tuple(
                each["NetworkInterfaceId"]
                for each in found.get("NetworkInterfaces", ())
                if (each.get("Attachment") or {}).get("DeleteOnTermination") is False
            ),
            host=(found.get("Placement") or {}).get("HostId"),
        )


@dataclass(frozen=True)
class OpenedPort:
    """A way in to a port that people log in by.

    Args:
        security_group: id of the security group.
        port: 22 or 3389.
        source: who is let in: a range, a security group or a prefix list.
    """

    security_group: str
    port: int
    source: str


@dataclass(frozen=True)
class AssessedGroup:
    """A group with everything that was read of it. What could not be read is None, and is reported apart.

    Args:
        name: of the group.
        least: servers at least.
        most: servers at most.
        desired: servers that it wants now.
        sources: what it makes servers from.
        mixed: whether it chooses instance types by a mixed instances policy.
        choices: the instance types that such a policy names.
        health_check: its type, in AWS's words.
        grace_seconds: how long the health of a fresh server does not count.
        target_groups: ARNs of its target groups.
        protects_new: whether fresh servers are protected from scale-in.
        suspended: its suspended processes.
        members: ids of its servers, with what the group says that each was launched from; None where it says nothing.
        protected: ids of servers that are protected from scale-in.
        launches: what its sources launch.
        servers: its servers.
        opened: ways in of all of its security groups.
        elastic: elastic addresses by the server that has them.
        stores: gigabytes of instance store by instance type, for those that have one.
    """

    name: str
    least: int
    most: int
    desired: int
    sources: tuple[LaunchSource, ...]
    mixed: bool
    choices: tuple[str, ...]
    health_check: str
    grace_seconds: int
    target_groups: tuple[str, ...]
    protects_new: bool
    suspended: tuple[str, ...]
    members: Mapping[str, LaunchSource | None]
    protected: tuple[str, ...]
    launches: tuple[AssessedLaunch, ...] = ()
    servers: tuple[AssessedServer, ...] | None = ()
    opened: tuple[OpenedPort, ...] | None = ()
    elastic: Mapping[str, tuple[str, ...]] | None = field(default_factory=dict[str, tuple[str, ...]])
    stores: Mapping[str, int] | None = field(default_factory=dict[str, int])

    @classmethod
    def from_api(cls, found: Mapping[str, Any]) -> "AssessedGroup":
        """Read one entry of DescribeAutoScalingGroups."""
        instances = found.get("Instances", ())
        return cls(
            name=found["AutoScalingGroupName"],
            least=found["MinSize"],
            most=found["MaxSize"],
            desired=found["DesiredCapacity"],
            sources=tuple(_sources(found)),
            mixed=bool(found.get("MixedInstancesPolicy")),
            choices=tuple(str(each["InstanceType"]) for each in _overrides(found) if each.get("InstanceType")),
            health_check=found.get("HealthCheckType") or "EC2",
            grace_seconds=int(found.get("HealthCheckGracePeriod") or 0),
            target_groups=tuple(found.get("TargetGroupARNs", ())),
            protects_new=bool(found.get("NewInstancesProtectedFromScaleIn")),
            suspended=tuple(sorted(each["ProcessName"] for each in found.get("SuspendedProcesses", ()))),
            members={each["InstanceId"]: _launched_from(each) for each in instances},
            protected=tuple(each["InstanceId"] for each in instances if each.get("ProtectedFromScaleIn")),
        )

    @property
    def judged_by_balancer(self) -> bool:
        """Whether the health of its servers is asked of a load balancer."""
        return "ELB" in self.health_check

    @property
    def security_groups(self) -> tuple[str, ...]:
        """Ids of all that its servers have, or would get."""
        holders = (*self.launches, *(self.servers or ()))
        return tuple(sorted({group for each in holders for group in each.security_groups}))

    @property
    def instance_types(self) -> tuple[str, ...]:
        """All that its servers have, or would get."""
        would = {each.instance_type for each in self.launches if each.instance_type}
        return tuple(sorted({*would, *self.choices, *(each.instance_type for each in self.servers or ())}))


def _policy(found: Mapping[str, Any]) -> Mapping[str, Any]:
    return (found.get("MixedInstancesPolicy") or {}).get("LaunchTemplate") or {}


def _overrides(found: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return _policy(found).get("Overrides") or ()


def _sources(found: Mapping[str, Any]) -> list[LaunchSource]:
    named = [found.get("LaunchTemplate"), _policy(found).get("LaunchTemplateSpecification")]
    named += [each.get("LaunchTemplateSpecification") for each in _overrides(found)]
    sources = [LaunchSource(each["LaunchTemplateId"], each.get("Version") or DEFAULT_VERSION) for each in named if each]
    if configuration := found.get("LaunchConfigurationName"):
        sources.append(LaunchSource(None, "", configuration))
    return list(dict.fromkeys(sources))


def _launched_from(instance: Mapping[str, Any]) -> LaunchSource | None:
    template, configuration = instance.get("LaunchTemplate") or {}, instance.get("LaunchConfigurationName")
    if template.get("LaunchTemplateId"):
        return LaunchSource(template["LaunchTemplateId"], str(template.get("Version")))
    return LaunchSource(None, "", configuration) if configuration else None


def _addresses(interfaces: Sequence[Mapping[str, Any]]) -> list[str]:
    found: list[str] = []
    for each in interfaces:
        found += [each[key] for key in ("NetworkInterfaceId", "PrivateIpAddress") if each.get(key)]
        found += [
            one["PrivateIpAddress"] for one in each.get("PrivateIpAddresses") or () if one.get("PrivateIpAddress")
        ]
    return list(dict.fromkeys(found))


def _bound(data: Mapping[str, Any]) -> list[str]:
    placement = data.get("Placement") or {}
    tenancy = placement.get("Tenancy") or data.get("PlacementTenancy")
    found = [f"tenancy {tenancy}"] if tenancy == "host" else []
    found += [str(placement[key]) for key in ("HostId", "HostResourceGroupArn") if placement.get(key)]
    return found + [str(each["LicenseConfigurationArn"]) for each in data.get("LicenseSpecifications") or ()]
