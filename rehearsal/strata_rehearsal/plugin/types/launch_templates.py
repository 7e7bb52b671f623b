"""Launch templates: an update in place makes a new numbered version."""

from collections.abc import Iterator, Mapping
from typing import Any

from strata_rehearsal.plugin.check import Failure
from strata_rehearsal.plugin.engine_values import is_unknown
from strata_rehearsal.plugin.live_resource import LiveResource, dig
from strata_rehearsal.plugin.operation_errors import AwsCallError
from strata_rehearsal.plugin.type_row import ID, ApiCall, AutoName, P, PropertyStep, TypeRow, sends
from strata_rehearsal.plugin.types.tagging import ec2_tags

__all__ = ["ROWS"]

SHORTEST, LONGEST = 3, 128
"""Characters AWS allows in a template's name."""

_GONE = (
    "InvalidLaunchTemplateId.NotFound",
    "InvalidLaunchTemplateName.NotFoundException",
    "InvalidLaunchTemplateId.VersionNotFound",
)

_DATA = (
    "blockDeviceMappings capacityReservationSpecification cpuOptions creditSpecification disableApiStop "
    "disableApiTermination ebsOptimized enclaveOptions hibernationOptions iamInstanceProfile imageId "
    "instanceInitiatedShutdownBehavior instanceMarketOptions instanceRequirements instanceType kernelId keyName "
    "licenseSpecifications maintenanceOptions metadataOptions monitoring networkInterfaces "
    "networkPerformanceOptions placement privateDnsNameOptions ramDiskId securityGroupNames tagSpecifications "
    "userData vpcSecurityGroupIds"
)
_RENAMED = {"securityGroupNames": "SecurityGroups", "vpcSecurityGroupIds": "SecurityGroupIds"}
_TEMPLATE = sends(" ".join(name for name in _DATA.split() if name not in _RENAMED), **_RENAMED)

_NO_WORD = ("ipv4Addresses", "ipv4Prefixes", "ipv6Addresses", "ipv6Prefixes")


def _name_length(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    name = inputs.get("name")
    if name is not None and not is_unknown(name) and not SHORTEST <= len(name) <= LONGEST:
        yield Failure("name", f"a launch template's name has {SHORTEST} to {LONGEST} characters, got {len(name)}")


def _new_version(resource: LiveResource) -> None:
    version = resource.run(_NEW_VERSION)["LaunchTemplateVersion"]["VersionNumber"]
    if resource.inputs.get("updateDefaultVersion"):
        resource.aws("modify_launch_template", LaunchTemplateId=resource.id, DefaultVersion=str(version))


def _set_default(resource: LiveResource) -> None:
    wanted = resource.inputs.get("defaultVersion")
    if resource.inputs.get("updateDefaultVersion"):
        wanted = dig(resource.aws("describe_launch_templates", LaunchTemplateIds=[resource.id]), _LATEST)
    if wanted is not None:
        resource.aws("modify_launch_template", LaunchTemplateId=resource.id, DefaultVersion=str(wanted))


def _find(resource: LiveResource) -> Mapping[str, Any] | None:
    """The template, its newest version's description and data, in one object."""
    try:
        template = dig(resource.aws("describe_launch_templates", LaunchTemplateIds=[resource.id]), "LaunchTemplates[0]")
        versions = resource.aws("describe_launch_template_versions", LaunchTemplateId=resource.id, Versions=["$Latest"])
    except AwsCallError as error:
        if error.code in _GONE:
            return None
        raise
    newest = dig(versions, "LaunchTemplateVersions[0]")
    if not template or not newest:
        return None
    data = newest["LaunchTemplateData"]
    # Tags of the template itself are not part of what it launches; moto reports them as if they were.
    launched = [each for each in data.get("TagSpecifications") or [] if each.get("ResourceType") != "launch-template"]
    return {**data, "TagSpecifications": launched, **template, "Description": newest.get("VersionDescription")}


_LATEST = "LaunchTemplates[0].LatestVersionNumber"
_NEW_VERSION = ApiCall(
    "create_launch_template_version",
    {"LaunchTemplateId": ID, "VersionDescription": P("description"), "LaunchTemplateData": _TEMPLATE},
)

LAUNCH_TEMPLATE = TypeRow(
    tokens=("aws:ec2/launchTemplate:LaunchTemplate",),
    service="ec2",
    create=ApiCall(
        "create_launch_template",
        {"LaunchTemplateName": P("name"), "VersionDescription": P("description"), "LaunchTemplateData": _TEMPLATE},
    ),
    id="LaunchTemplate.LaunchTemplateId",
    read=_find,
    steps=(
        PropertyStep(f"{_DATA} description", _new_version, on_create=False),
        PropertyStep("defaultVersion updateDefaultVersion", _set_default, on_create=False),
    ),
    delete=ApiCall("delete_launch_template", {"LaunchTemplateId": ID}),
    gone=_GONE,
    replace="name",
    renames={
        **_RENAMED,
        "name": "LaunchTemplateName",
        "latestVersion": "LatestVersionNumber",
        "defaultVersion": "DefaultVersionNumber",
        "securityGroups": "Groups",
        "ipv4AddressCount": "SecondaryPrivateIpAddressCount",
        **dict.fromkeys(_NO_WORD, ""),
    },
    outputs={"arn": lambda r, _: r.arn(f"launch-template/{r.id}")},
    volatile={"latestVersion": f"{_DATA} description", "defaultVersion": "defaultVersion updateDefaultVersion"},
    tagging=ec2_tags("launch-template", listed=True),
    auto_name=AutoName(125),
    checks=(_name_length,),
    recorded="secondaryInterfaces updateDefaultVersion",
)

ROWS = (LAUNCH_TEMPLATE,)
