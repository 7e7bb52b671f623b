"""DescribeImageReferences, which moto lacks: what of an account names an image.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-ami-references.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses.amis import AmisResponse
from moto.ssm.models import ssm_backends
from moto.utilities.utils import get_partition

from strata_rehearsal.cloud.patches import replace
from strata_rehearsal.cloud.state import current

__all__ = ["patch"]

KINDS: Final = (
    "ec2:Instance",
    "ec2:LaunchTemplate",
    "ssm:Parameter",
    "imagebuilder:ImageRecipe",
    "imagebuilder:ContainerRecipe",
)
DEPTH: Final = 10
"""Versions of a launch template that are looked at, the newest first, unless a request says otherwise."""
LEAST, MOST = 5, 1000


def patch() -> None:
    """Answer who names an image."""
    replace(AmisResponse, "describe_image_references", _describe)


def _describe(self: AmisResponse) -> ActionResult:
    self.error_on_dryrun()
    wanted = set(self._get_param("ImageIds", []))
    if not wanted:
        raise EC2ClientError("MissingParameter", "The request must contain the parameter ImageId")
    options = _options(self)
    seeker = _Seeker(self.ec2_backend, self.current_account, self.region)
    found = [
        {"ImageId": image, "ResourceType": kind, "Arn": arn}
        for kind, asked in options.items()
        for image, arn in seeker.find(kind, asked)
        if image in wanted
    ]
    token, size = self._get_param("NextToken"), int(self._get_param("MaxResults", MOST))
    start = int(token or 0)
    end = start + max(LEAST, min(MOST, size))
    shown: dict[str, Any] = {"ImageReferences": found[start:end]}
    if end < len(found):
        shown["NextToken"] = str(end)
    return ActionResult(shown)


def _options(self: AmisResponse) -> dict[str, dict[str, list[str]]]:
    """Per kind what narrows it down."""
    asked: list[dict[str, Any]] = self._get_param("ResourceTypes", [])
    everything = str(self._get_param("IncludeAllResourceTypes")).lower() == "true"
    if everything == bool(asked):
        raise EC2ClientError(
            "InvalidParameterCombination", "Exactly one of IncludeAllResourceTypes and ResourceType must be given."
        )
    if everything:
        return {kind: {} for kind in KINDS}
    unknown = [each["ResourceType"] for each in asked if each["ResourceType"] not in KINDS]
    if unknown:
        raise EC2ClientError("InvalidParameterValue", f"Value ({unknown[0]}) for parameter resourceType is invalid.")
    return {
        each["ResourceType"]: {
            option["OptionName"]: list(option.get("OptionValues", ())) for option in each.get("ResourceTypeOptions", ())
        }
        for each in asked
    }


@dataclass(frozen=True)
class _Seeker:
    """Looks at what an account has in a region."""

    ec2: Any
    account: str
    region: str

    def find(self, kind: str, options: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
        """Image ids with the ARN of what names them."""
        match kind:
            case "ec2:Instance":
                yield from self._instances(set(options.get("state-name", ())))
            case "ec2:LaunchTemplate":
                yield from self._templates(int(next(iter(options.get("version-depth", ())), DEPTH)))
            case "ssm:Parameter":
                yield from self._parameters()
            case "imagebuilder:ImageRecipe":
                yield from ((parent, arn) for arn, parent in current().image_recipes(self.account, self.region))
            case _:
                return

    def _instances(self, states: set[str]) -> Iterator[tuple[str, str]]:
        for instance in list(self.ec2.all_instances()):
            if not states or instance.state in states:
                yield instance.image_id, self._arn("ec2", f"instance/{instance.id}")

    def _templates(self, depth: int) -> Iterator[tuple[str, str]]:
        for template in self.ec2.launch_templates.values():
            named = {version.image_id for version in template.versions[-depth:]}
            for image in sorted(each for each in named if each):
                yield image, self._arn("ec2", f"launch-template/{template.id}")

    def _parameters(self) -> Iterator[tuple[str, str]]:
        # a parameter counts only if it says that it is the id of an image
        for name, versions in ssm_backends[self.account][self.region]._parameters.items():  # noqa: SLF001
            newest = versions[-1] if versions else None
            if newest is not None and newest.data_type == "aws:ec2:image":
                yield newest.value, self._arn("ssm", f"parameter/{name.lstrip('/')}")

    def _arn(self, service: str, resource: str) -> str:
        return f"arn:{get_partition(self.region)}:{service}:{self.region}:{self.account}:{resource}"
