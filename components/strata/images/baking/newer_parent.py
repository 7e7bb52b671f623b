"""Whether the parent of an image has a newer version. It only says so: a parent is a line of the stack file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from strata.aws.clients import ClientFor
from strata.clock import Clock, utc_text
from strata.images.image_finder import AVAILABLE, moment_text
from strata.settings import patterns

__all__ = ["NewerParent", "find_newer_parent"]

_SERIES: Final = re.compile(r"(?P<chosen>kernel-[0-9.]+|x86_64|amd64|arm64|i386)|[0-9]+")
"""Digits in the name of an AMI: which kernel and which processor are a choice, all others are a version or a date."""


@dataclass(frozen=True)
class NewerParent:
    """A newer version of a parent.

    Args:
        parent: what `parent` would be: an AMI, or the ARN of an Image Builder image with version and build.
        name: what AWS calls it.
        made: when, as RFC 3339 in UTC; None where AWS does not say.
    """

    parent: str
    name: str
    made: str | None

    def document(self) -> dict[str, str | None]:
        """As the JSON of `strata image status` has it."""
        return {"parent": self.parent, "name": self.name, "made": self.made}


def find_newer_parent(client: ClientFor, clock: Clock, parent: str, architecture: str) -> NewerParent | None:
    """The newest version of a parent, if it is newer than the one that is used; None where there is none.

    Of an AMI it is an available one of the same owner for the same architecture, whose name differs in digits only,
    and which is not deprecated. Of AWS's images of Image Builder it is the highest
    version and build that is available, of others the build that was made last.

    Args:
        client: gives the boto3 client of a service, in the region of the pipeline.
        clock: time, by which images are deprecated.
        parent: what is used.
        architecture: what the images of the pipeline are for.

    Raises:
        LookupError: the parent itself cannot be seen any more, so that nothing tells what would be newer.
    """
    if re.fullmatch(patterns.BUILDER_IMAGE, parent):
        return _newer_build(client, parent)
    return _newer_ami(client("ec2"), clock, parent, architecture)


def _newer_ami(ec2: Any, clock: Clock, parent: str, architecture: str) -> NewerParent | None:
    # by a filter, since EC2 refuses an id that it does not know any more
    used = next(_amis(ec2, Filters=[{"Name": "image-id", "Values": [parent]}], IncludeDeprecated=True), None)
    if used is None:
        raise LookupError(f"this account cannot see {parent} any more")
    series, since, now = _series(used["Name"]), str(used["CreationDate"]), utc_text(clock.now())
    found = [
        each
        for each in _amis(
            ec2,
            Owners=[used["OwnerId"]],
            Filters=[
                {"Name": "name", "Values": [series.replace("#", "*")]},
                {"Name": "architecture", "Values": [architecture]},
                {"Name": "state", "Values": [AVAILABLE]},
            ],
        )
        if _series(each["Name"]) == series
        and str(each["CreationDate"]) > since
        # EC2 shows an account the deprecated images of its own
        and (moment_text(each.get("DeprecationTime")) or now) >= now
    ]
    if not found:
        return None
    newest = max(found, key=lambda each: (str(each["CreationDate"]), each["ImageId"]))
    return NewerParent(newest["ImageId"], newest["Name"], moment_text(newest["CreationDate"]))


def _series(name: str) -> str:
    """A name with its digits left out."""
    return _SERIES.sub(lambda found: found["chosen"] or "#", name)


def _amis(ec2: Any, **asked: Any) -> Iterator[dict[str, Any]]:
    for page in ec2.get_paginator("describe_images").paginate(**asked):
        yield from page["Images"]


def _newer_build(client: ClientFor, parent: str) -> NewerParent | None:
    image, version, build = parent.rsplit("/", 2)
    account = image.split(":")[4]
    builder = client("imagebuilder")
    versions = {
        each["arn"].rpartition("/")[2]
        for each in _every(builder.list_images, "imageVersionList", owner=_owner(client, account))
        if each["arn"].rpartition("/")[0] == image
    }

    def builds_of(number: str) -> list[dict[str, Any]]:
        asked = f"{image}/{number}"
        return [*_every(builder.list_image_build_versions, "imageSummaryList", imageVersionArn=asked)]

    if not account.isdecimal():
        # AWS counts upwards
        for number in sorted(versions, key=_numbers, reverse=True):
            if _numbers(number) < _numbers(version):
                break
            found = max(filter(_is_available, builds_of(number)), key=_build, default=None)
            if found is not None:
                newer = (_numbers(number), _build(found)) > (_numbers(version), int(build))
                return _parent_of(found) if newer else None
        return None
    # the version of a recipe may be a hash, as that of a pipeline is, so only the moment says what is newer
    builds = [each for number in sorted(versions) for each in builds_of(number)]
    used = next((each for each in builds if each["arn"] == parent), None)
    if used is None:
        raise LookupError(f"this account cannot see {parent} any more")
    later = [each for each in filter(_is_available, builds) if _made(each) > _made(used)]
    return _parent_of(max(later, key=_made)) if later else None


def _is_available(build: dict[str, Any]) -> bool:
    return (build.get("state") or {}).get("status") == "AVAILABLE"


def _parent_of(build: dict[str, Any]) -> NewerParent:
    return NewerParent(build["arn"], str(build.get("name") or ""), moment_text(build.get("dateCreated")))


def _made(build: dict[str, Any]) -> str:
    return str(build.get("dateCreated") or "")


def _owner(client: ClientFor, account: str) -> str:
    """Whose images ListImages is asked for, by the account in an ARN."""
    if account == "aws":
        return "Amazon"
    if account == "aws-marketplace":
        return "AWSMarketplace"
    return "Self" if client("sts").get_caller_identity()["Account"] == account else "Shared"


def _every(call: Any, key: str, **asked: Any) -> Iterator[dict[str, Any]]:
    """What a list of Image Builder has, to its last page."""
    while True:
        page = call(**asked)
        yield from page.get(key, ())
        if not page.get("nextToken"):
            return
        asked = {**asked, "nextToken": page["nextToken"]}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(each) for each in version.split("."))


def _build(build: dict[str, Any]) -> int:
    return int(build["arn"].rpartition("/")[2])
