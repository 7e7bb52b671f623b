"""The EC2 side of a fleet: moto instances made from the launch template version a server is launched from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ec2.models.instances import InstanceState
from moto.ssm.models import ssm_backends

from strata_rehearsal.cloud.machine_images import with_public_images
from strata_rehearsal.cloud.scaling_groups import Configuration, Group

__all__ = [
    "CannotLaunchError",
    "Launch",
    "boot_seconds_of",
    "configuration_of",
    "free_addresses",
    "resolve",
    "run",
    "terminate",
]

TERMINATED_SHOWN_SECONDS = 3600.0
"""How long EC2 still describes a terminated instance."""
ALIAS = "resolve:ssm:"


class CannotLaunchError(Exception):
    """Why EC2 refuses a launch, worded as the scaling activity shows it."""


@dataclass(frozen=True)
class Launch:
    """A configuration with its template version and image looked up."""

    template: Any
    version: int
    data: Mapping[str, Any]
    image: str
    instance_type: str
    overridden: str | None


def backend(group: Group) -> Any:
    """Moto's EC2 of the group's account and region."""
    return ec2_backends[group.account][group.region]


def configuration_of(ec2: Any, template: Mapping[str, Any] | None, policy: Mapping[str, Any] | None) -> Configuration:
    """Read `LaunchTemplate` or `MixedInstancesPolicy` of a request.

    Raises:
        ServiceException: there is no such template or version, as EC2 says it.
    """
    said = template or (policy or {}).get("LaunchTemplate", {}).get("LaunchTemplateSpecification", {})
    overrides = (policy or {}).get("LaunchTemplate", {}).get("Overrides") or [{}]
    if said.get("LaunchTemplateId"):
        found = ec2.get_launch_template(said["LaunchTemplateId"])
    else:
        found = ec2.get_launch_template_by_name(said.get("LaunchTemplateName"))
    version = said.get("Version") or None
    found.get_version(version or "$Default")
    kind = overrides[0].get("InstanceType") if policy else None
    return Configuration(found.id, found.name, version, kind, dict(policy) if policy else None)


def image_alias(ec2: Any, configuration: Configuration) -> str | None:
    """The SSM alias that a configuration names instead of an image id, if it does."""
    image = ec2.get_launch_template(configuration.template_id).get_version(configuration.version or "$Default").image_id
    return image if image.startswith(ALIAS) else None


def resolve(group: Group, configuration: Configuration) -> Launch:
    """Look up what launching this configuration means at the moment.

    Raises:
        CannotLaunchError: the template version or the image does not exist.
    """
    ec2 = backend(group)
    try:
        template = ec2.get_launch_template(configuration.template_id)
        version = template.get_version(configuration.version or "$Default")
        image = version.image_id
        if image.startswith(ALIAS):
            image = _aliased(group, image.removeprefix(ALIAS))
    except ServiceException as error:
        raise CannotLaunchError(f"{error.message} Launching EC2 instance failed.") from error
    if image not in ec2.amis:
        with_public_images(ec2)
    if image not in ec2.amis:
        raise CannotLaunchError(f"The image id '[{image}]' does not exist. Launching EC2 instance failed.")
    if ec2.amis[image].state != "available":
        raise CannotLaunchError(f"The image id '[{image}]' is {ec2.amis[image].state}. Launching EC2 instance failed.")
    kind = configuration.instance_type or version.instance_type
    _must_fit(ec2.amis[image], kind, version.data)
    return Launch(template, version.number, version.data, image, kind, configuration.instance_type)


def _must_fit(image: Any, kind: str, data: Mapping[str, Any]) -> None:
    """The instance type exists, runs the image, and the image fits on its disk, as RunInstances looks at it."""
    found = INSTANCE_TYPES.get(kind)
    if found is None:
        raise CannotLaunchError(f"Invalid value '{kind}' for InstanceType. Launching EC2 instance failed.")
    runs = found["ProcessorInfo"]["SupportedArchitectures"]
    if image.architecture and image.architecture not in runs:
        raise CannotLaunchError(
            f"The architecture '{', '.join(runs)}' of the specified instance type does not match the architecture "
            f"'{image.architecture}' of the specified AMI. Specify an instance type and an AMI that have matching "
            "architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the "
            "architecture of the instance type or AMI. Launching EC2 instance failed."
        )
    least = image.ebs_snapshot.volume.size
    for mapping in data.get("BlockDeviceMappings") or []:
        size = (mapping.get("Ebs") or {}).get("VolumeSize")
        if mapping.get("DeviceName") == image.root_device_name and size and int(size) < least:
            raise CannotLaunchError(
                f"Volume of size {size}GB is smaller than snapshot '{image.ebs_snapshot.id}', expect size >= {least}GB."
                " Launching EC2 instance failed."
            )


def _aliased(group: Group, name: str) -> str:
    parameter = ssm_backends[group.account][group.region].get_parameter(name)
    if parameter is None:
        raise CannotLaunchError(f"The SSM parameter {name} does not exist. Launching EC2 instance failed.")
    return str(parameter.value)


def boot_seconds_of(group: Group, image: str, tag: str) -> float | None:
    """What the image's tag says about its boot time."""
    value = backend(group).tags.get(image, {}).get(tag)
    return None if value is None else float(value)


def free_addresses(group: Group, subnet: str) -> int:
    """Addresses that are left in a subnet."""
    return backend(group).get_subnet(subnet).available_ip_address_count


def run(group: Group, launch: Launch, subnet: str | None, zone: str, count: int) -> list[Any]:
    """Start pending instances in one subnet.

    Raises:
        CannotLaunchError: EC2 refuses, for example a security group or profile that does not exist.
    """
    tags = {tag["Key"]: tag["Value"] for tag in group.tags if tag.get("PropagateAtLaunch")}
    tags["aws:autoscaling:groupName"] = group.name
    return start(backend(group), group.region, launch, subnet, zone, count, tags)


def start(
    ec2: Any, region: str, launch: Launch, subnet: str | None, zone: str, count: int, tags: Mapping[str, str]
) -> list[Any]:
    """Start pending instances in one subnet, for whomever.

    Args:
        ec2: moto's EC2.
        region: where it is.
        launch: what is launched.
        subnet: where the instances are; None for the default one.
        zone: its zone.
        count: how many.
        tags: what instances get besides those of the template.

    Raises:
        CannotLaunchError: EC2 refuses, for example a security group or profile that does not exist.
    """
    data = launch.data
    nic = (data.get("NetworkInterfaces") or [{}])[0]
    try:
        reservation = ec2.run_instances(
            launch.image,
            count,
            None,
            [],
            launch_template={"LaunchTemplateId": launch.template.id, "Version": launch.version},
            security_group_ids=list(data.get("SecurityGroupIds") or nic.get("Groups") or []),
            instance_type=launch.instance_type,
            is_instance_type_default=False,
            tags=_tags(data, tags),
            region_name=region,
            placement=zone,
            subnet_id=subnet,
            associate_public_ip=nic.get("AssociatePublicIpAddress"),
            block_device_mappings=_volumes(ec2.amis[launch.image], data),
            metadata_options=data.get("MetadataOptions") or {},
            monitoring_state="enabled" if (data.get("Monitoring") or {}).get("Enabled") else "disabled",
            ebs_optimized=bool(data.get("EbsOptimized")),
        )
        for instance in reservation.instances:
            _finish(ec2, instance, launch)
    except ServiceException as error:
        raise CannotLaunchError(f"{error.message} Launching EC2 instance failed.") from error
    return list(reservation.instances)


def boot(instance: Any) -> None:
    """The instance runs."""
    instance._state = InstanceState("running", 16)  # noqa: SLF001 - moto has no pending state to leave


def terminate(instance: Any) -> None:
    """End the instance; its address, disks and network interfaces are free again."""
    if instance.state != "terminated":
        instance.terminate()
    if instance.subnet_id:
        subnet = instance.ec2_backend.get_subnet(instance.subnet_id)
        # moto gives addresses back when the instance object is collected, whenever that may be
        held = instance._private_ips  # noqa: SLF001
        for address in held:
            subnet.del_subnet_ip(address)
        held.clear()


def forget(instance: Any) -> None:
    """Drop a terminated instance that EC2 no longer describes."""
    ec2 = instance.ec2_backend
    ec2.strata_instances.pop(instance.id, None)
    ec2.tags.pop(instance.id, None)
    for reservation in (instance.strata_reservation,):
        if instance in reservation.instances:
            reservation.instances.remove(instance)
        if not reservation.instances:
            ec2.reservations.pop(reservation.id, None)


def _finish(ec2: Any, instance: Any, launch: Launch) -> None:
    instance._state = InstanceState("pending", 0)  # noqa: SLF001 - moto starts every instance as running
    for nic in instance.nics.values():
        # moto leaves the primary network interface behind; EC2 deletes it with its instance
        nic.delete_on_termination = True
    profile = launch.data.get("IamInstanceProfile") or {}
    if profile:
        ec2.associate_iam_instance_profile(instance.id, profile.get("Name"), profile.get("Arn"))


def _tags(data: Mapping[str, Any], propagated: Mapping[str, str]) -> dict[str, dict[str, str]]:
    tags: dict[str, dict[str, str]] = {"instance": {}, "volume": {}}
    for specification in data.get("TagSpecifications") or []:
        pairs = {tag["Key"]: tag["Value"] for tag in specification.get("Tags") or []}
        tags.setdefault(specification["ResourceType"], {}).update(pairs)
    tags["instance"].update(propagated)
    return tags


def _volumes(image: Any, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    root = {"VolumeSize": 8, "VolumeType": "gp3", "DeleteOnTermination": True, "Encrypted": False}
    volumes = {image.root_device_name: root}
    for mapping in data.get("BlockDeviceMappings") or []:
        if "Ebs" in mapping:
            volumes[mapping["DeviceName"]] = {**root, **mapping["Ebs"]}
    return [{"DeviceName": device, "Ebs": ebs} for device, ebs in volumes.items()]
