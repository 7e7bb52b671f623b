"""Machine images and instance types."""

import re
from typing import Any

from botocore import xform_name

from strata.errors import RehearsalError
from strata_rehearsal.plugin.connection import AwsConnection
from strata_rehearsal.plugin.engine_values import Properties
from strata_rehearsal.plugin.invokes.result import aws_filters, described

__all__ = ["FUNCTIONS"]

_AMI, _AMI_IDS = "aws:ec2/getAmi:getAmi", "aws:ec2/getAmiIds:getAmiIds"
_INSTANCE_TYPE = "aws:ec2/getInstanceType:getInstanceType"


def _matching(cloud: AwsConnection, arguments: Properties) -> list[dict[str, Any]]:
    parameters: dict[str, Any] = {"IncludeDeprecated": bool(arguments.get("includeDeprecated", False))}
    if arguments.get("owners"):
        parameters["Owners"] = list(arguments["owners"])
    if arguments.get("executableUsers"):
        parameters["ExecutableUsers"] = list(arguments["executableUsers"])
    if filters := aws_filters({"filters": arguments.get("filters")}):
        parameters["Filters"] = filters
    images = cloud.call("ec2", "describe_images", arguments.get("region"), **parameters)["Images"]
    pattern = arguments.get("nameRegex")
    return [image for image in images if not pattern or re.search(pattern, image.get("Name", ""))]


def _image(cloud: AwsConnection, arguments: Properties) -> Properties:
    images = _matching(cloud, arguments)
    if not images:
        raise RehearsalError("the query returned no image", fix="Change the filters, the owners or the name pattern.")
    if len(images) > 1 and not arguments.get("mostRecent"):
        names = ", ".join(sorted(image["ImageId"] for image in images)[:5])
        raise RehearsalError(
            f"the query returned {len(images)} images: {names}",
            fix="Narrow the search, or set most_recent to take the newest.",
        )
    image = max(images, key=lambda each: each.get("CreationDate", ""))
    region = arguments.get("region") or cloud.settings.region
    mappings = [
        {
            "deviceName": each.get("DeviceName", ""),
            "noDevice": each.get("NoDevice", ""),
            "virtualName": each.get("VirtualName", ""),
            # keys of a map are the provider's own, which Pulumi leaves as they are
            "ebs": {xform_name(name): str(value).lower() for name, value in (each.get("Ebs") or {}).items()},
        }
        for each in image.get("BlockDeviceMappings") or []
    ]
    root = next((each for each in mappings if each["deviceName"] == image.get("RootDeviceName")), None)
    return described(
        _AMI,
        arguments,
        image,
        id=image["ImageId"],
        arn=f"arn:{cloud.partition}:ec2:{region}::image/{image['ImageId']}",
        blockDeviceMappings=mappings,
        rootSnapshotId=root["ebs"].get("snapshot_id") if root else None,
        region=region,
    )


def _image_ids(cloud: AwsConnection, arguments: Properties) -> Properties:
    newest_first = not arguments.get("sortAscending", False)
    images = sorted(_matching(cloud, arguments), key=lambda each: each.get("CreationDate", ""), reverse=newest_first)
    region = arguments.get("region") or cloud.settings.region
    return described(_AMI_IDS, arguments, {}, id="images", ids=[image["ImageId"] for image in images], region=region)


def _instance_type(cloud: AwsConnection, arguments: Properties) -> Properties:
    name = arguments["instanceType"]
    types = cloud.call("ec2", "describe_instance_types", arguments.get("region"), InstanceTypes=[name])["InstanceTypes"]
    if not types:
        raise RehearsalError(f"there is no instance type {name}")
    found = types[0]
    cpu, processor = found.get("VCpuInfo") or {}, found.get("ProcessorInfo") or {}
    return described(
        _INSTANCE_TYPE,
        arguments,
        found,
        id=name,
        defaultVcpus=cpu.get("DefaultVCpus"),
        defaultCores=cpu.get("DefaultCores"),
        defaultThreadsPerCore=cpu.get("DefaultThreadsPerCore"),
        memorySize=(found.get("MemoryInfo") or {}).get("SizeInMiB"),
        supportedArchitectures=processor.get("SupportedArchitectures"),
        sustainedClockSpeed=processor.get("SustainedClockSpeedInGhz"),
        burstablePerformanceSupported=found.get("BurstablePerformanceSupported"),
        region=arguments.get("region") or cloud.settings.region,
    )


FUNCTIONS = {_AMI: _image, _AMI_IDS: _image_ids, _INSTANCE_TYPE: _instance_type}
