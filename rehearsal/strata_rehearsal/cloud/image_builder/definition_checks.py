"""What Image Builder looks at before it accepts a recipe, a configuration, a pipeline or a policy."""

import re
from collections.abc import Mapping
from typing import Any, Final

from strata_rehearsal.cloud.image_builder.arns import PartName, version_problem
from strata_rehearsal.cloud.image_builder.build_servers import has_instance_profile
from strata_rehearsal.cloud.image_builder.desk import Desk
from strata_rehearsal.cloud.image_builder.parent_images import (
    AMI_PREFIX,
    PARAMETER_PREFIX,
    ParentMissing,
    aws_image,
    named_ami,
)
from strata_rehearsal.cloud.image_builder.refusal import ApiRefusal, invalid, not_simulated
from strata_rehearsal.cloud.image_builder.shelf import BuilderPart

__all__ = [
    "check_build_inputs",
    "check_distribution",
    "check_infrastructure",
    "check_lifecycle",
    "check_pipeline",
    "check_recipe",
    "check_version",
]

MOST_COMPONENTS: Final = 20
_SCHEDULE: Final = re.compile(
    r"^(cron\(\S+(?: \S+){5}\)|rate\((?:1 (?:minute|hour|day)|(?:[2-9]|[1-9]\d+) (?:minutes|hours|days))\))$"
)
_NOT_SIMULATED: Final[Mapping[str, str]] = {
    "containerDistributionConfiguration": "The distribution of container images",
    "launchTemplateConfigurations": "A launch template that Image Builder moves",
    "licenseConfigurationArns": "A license configuration",
    "s3ExportConfiguration": "The export of an image to S3",
    "fastLaunchConfigurations": "Fast launch",
}


def check_version(version: str) -> None:
    """A version or a selection of versions.

    Raises:
        ApiRefusal: it is none.
    """
    problem = version_problem(version)
    if problem is not None:
        raise ApiRefusal("InvalidVersionNumberException", f"The version '{version}' is not valid. {problem}")


def check_recipe(desk: Desk) -> None:
    """A recipe: its version, its parent image and its components."""
    asked = desk.asked
    check_version(asked["semanticVersion"])
    _check_parent(desk, asked["parentImage"])
    components = asked.get("components") or []
    if len(components) > MOST_COMPONENTS:
        raise ApiRefusal(
            "ServiceQuotaExceededException",
            f"A recipe can have {MOST_COMPONENTS} components, and {len(components)} are given.",
        )
    for index, each in enumerate(components):
        _check_component(desk, each, f"components[{index}]")
    if len({each["componentArn"] for each in components}) < len(components):
        raise invalid("components", "A component can be in a recipe only once.")


def _check_parent(desk: Desk, parent: str) -> None:
    place = desk.shelf
    try:
        if parent.startswith((AMI_PREFIX, PARAMETER_PREFIX)):
            named_ami(place.account, place.region, parent)
            return
        asked = PartName.parse(parent)
        if asked.owner == "aws":
            aws_image(place.account, place.region, parent)
    except ParentMissing as missing:
        raise invalid("parentImage", str(missing)) from missing
    except ValueError as error:
        raise invalid(
            "parentImage", "It is neither an AMI id, nor ssm: and a parameter, nor an image's ARN."
        ) from error
    if asked.version is not None:
        check_version(asked.version)
    if asked.owner != "aws" and not any(PartName.parse(each).name == asked.name for each in desk.place.images):
        raise invalid("parentImage", f"The image '{parent}' does not exist.")


def _check_component(desk: Desk, asked: Mapping[str, Any], where: str) -> None:
    arn = asked["componentArn"]
    version = PartName.parse(arn).version
    if version is not None:
        check_version(version)
    try:
        found = desk.shelf.resolve(arn)
    except ApiRefusal as missing:
        raise invalid(f"{where}.componentArn", f"The component '{arn}' does not exist.") from missing
    declared = found.document.parameters if found.document else {}
    given = [each["name"] for each in asked.get("parameters") or ()]
    unknown = [each for each in given if each not in declared]
    if unknown:
        raise invalid(
            f"{where}.parameters",
            f"The following parameters are not defined in the provided component: {', '.join(unknown)}",
            code="InvalidParameterCombinationException",
        )
    missing = [name for name, default in declared.items() if default is None and name not in given]
    if missing:
        raise invalid(
            f"{where}.parameters",
            f"The following parameters have no default value and must be given: {', '.join(missing)}",
            code="InvalidParameterCombinationException",
        )


def check_infrastructure(desk: Desk) -> None:
    """Where images are built: its instance profile, and what of it is simulated."""
    asked = desk.asked
    if asked.get("parentInstance"):
        raise not_simulated("A build instance of an Auto Scaling group (parentInstance)")
    if (asked.get("placement") or {}).get("tenancy", "default") != "default":
        raise not_simulated("A build instance on dedicated hardware (placement)")
    profile = asked["instanceProfileName"]
    if not has_instance_profile(desk.shelf.account, desk.shelf.partition, profile):
        raise invalid("instanceProfileName", f"The provided instance profile '{profile}' does not exist.")


def check_distribution(desk: Desk) -> None:
    """Where images go: something in each region, each region once, and what of it is simulated."""
    distributions: list[Mapping[str, Any]] = desk.asked["distributions"]
    if not distributions:
        raise invalid("distributions", "'distributions' must contain at least 1 items")
    seen: set[str] = set()
    for index, each in enumerate(distributions):
        where = f"distributions[{index}]"
        if not any(value for key, value in each.items() if key != "region"):
            raise invalid(
                where, "One or more outputs should be provided for each region in a distribution configuration."
            )
        if each["region"] in seen:
            raise invalid(f"{where}.region", f"The region {each['region']} is there more than once.")
        seen.add(each["region"])
        for name, what in _NOT_SIMULATED.items():
            if each.get(name):
                raise not_simulated(f"{what} ({name})")


def check_pipeline(desk: Desk) -> None:
    """A pipeline: its parts exist, and its schedule is one."""
    check_build_inputs(desk)
    schedule = desk.asked.get("schedule")
    if schedule is not None and not _SCHEDULE.match(schedule.get("scheduleExpression", "")):
        raise invalid("schedule.scheduleExpression", "It is neither a cron nor a rate expression.")


def check_build_inputs(desk: Desk) -> tuple[BuilderPart, BuilderPart, BuilderPart | None]:
    """The recipe, the infrastructure and the distribution that a pipeline or a build names.

    Raises:
        ApiRefusal: one of them does not exist, or there is something that is not simulated.
    """
    asked = desk.asked
    if asked.get("containerRecipeArn"):
        raise not_simulated("A container recipe")
    for name in ("workflows", "executionRole"):
        if asked.get(name):
            raise not_simulated(f"A build with workflows of one's own ({name})")
    for name in sorted({*(asked.get("imageScanningConfiguration") or {})} - {"imageScanningEnabled"}):
        raise not_simulated(f"The scan of a container image, or a limit to what a scan may find ({name}),")
    if not asked.get("imageRecipeArn"):
        raise ApiRefusal(
            "InvalidParameterCombinationException", "Either imageRecipeArn or containerRecipeArn must be given."
        )
    recipe = _existing(desk, "imageRecipeArn")
    infrastructure = _existing(desk, "infrastructureConfigurationArn")
    distribution = (
        _existing(desk, "distributionConfigurationArn") if asked.get("distributionConfigurationArn") else None
    )
    return recipe, infrastructure, distribution


def _existing(desk: Desk, name: str) -> BuilderPart:
    arn = desk.asked[name]
    try:
        return desk.shelf.resolve(arn)
    except ApiRefusal as missing:
        raise invalid(name, f"The resource '{arn}' does not exist.") from missing


def check_lifecycle(desk: Desk) -> None:
    """A lifecycle policy: which images, and what happens to them when."""
    asked = desk.asked
    if asked["resourceType"] != "AMI_IMAGE":
        raise not_simulated("A lifecycle policy for container images")
    selection = asked["resourceSelection"]
    if bool(selection.get("recipes")) == bool(selection.get("tagMap")):
        raise invalid("resourceSelection", "Exactly one of recipes and tagMap must be given.")
    for each in selection.get("recipes") or ():
        check_version(each["semanticVersion"])
    for index, detail in enumerate(asked["policyDetails"]):
        where, rule, action = f"policyDetails[{index}]", detail["filter"], detail["action"]
        if (rule["type"] == "AGE") != ("unit" in rule):
            raise invalid(f"{where}.filter", "A unit must be given for the filter type AGE, and for no other.")
        if rule["type"] == "COUNT" and "retainAtLeast" in rule:
            raise invalid(f"{where}.filter.retainAtLeast", "It can only be given for the filter type AGE.")
        if rule["type"] == "COUNT" and action["type"] != "DELETE":
            raise invalid(f"{where}.filter.type", "The filter type COUNT is only for the action DELETE.")
    kinds = [each["action"]["type"] for each in asked["policyDetails"]]
    if len(set(kinds)) < len(kinds):
        raise invalid("policyDetails", "An action can be there only once.")
