"""The images that AWS has: machine images by id, tags and owner, container images by tag and digest."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from strata.aws.clients import ClientFor
from strata.aws.ecr_repository import EcrRepository
from strata.aws.kept_images import KEPT
from strata.aws.outage import error_code
from strata.aws.portions import portions
from strata.clock import utc_text
from strata.images.allowed_images import hides_images
from strata.images.catalogue import ImageKind
from strata.images.image_origin import ImageOrigin, knows_watermarks

__all__ = [
    "APP_TAG",
    "AVAILABLE",
    "DISABLED",
    "FILTER_VALUES",
    "VERSION_TAG",
    "FoundVersion",
    "ImageFinder",
    "moment_text",
]

FILTER_VALUES: Final = 200
"""Values of a filter (EC2)."""
APP_TAG: Final = "app"
VERSION_TAG: Final = "app_version"
AVAILABLE: Final = "available"
DISABLED: Final = "disabled"
"""State of a machine image that nothing can launch (EC2)."""


@dataclass(frozen=True, kw_only=True)
class FoundVersion:
    """One version of an image as AWS has it.

    Args:
        kind: what it is for.
        version: by its tag; empty where it has none, or where it cannot be seen from this account.
        id: image id, or digest.
        made: when, as RFC 3339 in UTC; None where AWS does not say.
        architecture: of a machine image, as EC2 names it; None for a container image.
        state: such as available.
        deprecated: from when on it should not be used, as RFC 3339; None for never.
        owner: the account it belongs to.
        source: id of the image it is a copy of; None where AWS does not say.
        snapshots: of a machine image, those that are encrypted.
        origin: where a machine image comes from; None for a container image.
        labels: all that its tags call it; not those that only keep a container image from expiring.
        tagged: whether it has any tag, also one of those.
    """

    kind: ImageKind
    version: str
    id: str
    made: str | None = None
    architecture: str | None = None
    state: str = AVAILABLE
    deprecated: str | None = None
    owner: str = ""
    source: str | None = None
    snapshots: tuple[str, ...] = ()
    origin: ImageOrigin | None = None
    labels: tuple[str, ...] = ()
    tagged: bool = True

    def deprecated_at(self, now: float) -> bool:
        """Whether it should not be used any more, at a moment in epoch seconds."""
        return self.deprecated is not None and datetime.fromisoformat(self.deprecated).timestamp() <= now


class ImageFinder:
    """Looks for images in one account and region.

    Args:
        client: gives the boto3 client of a service.
    """

    def __init__(self, client: ClientFor) -> None:
        self._client = client

    def account(self) -> str:
        """The account the calls go to."""
        return str(self._client("sts").get_caller_identity()["Account"])

    def caller(self) -> str:
        """ARN of who calls."""
        return str(self._client("sts").get_caller_identity()["Arn"])

    def region(self) -> str:
        """The region the calls go to."""
        return str(self._client("ssm").meta.region_name)

    def knows_watermarks(self) -> bool:
        """Whether the installed version of AWS's library knows of watermarks."""
        return knows_watermarks(self._client("ec2"))

    def hides_images(self) -> bool:
        """Whether the account finds and launches only those images of others that its Allowed AMIs let through."""
        return hides_images(self._client("ec2"))

    def shared_with(self, image_id: str) -> list[str]:
        """The accounts that a machine image of this one is shared with; `all` for everybody."""
        found = self._client("ec2").describe_image_attribute(ImageId=image_id, Attribute="launchPermission")
        return sorted(
            str(each.get("UserId") or each.get("Group") or each.get("OrganizationArn") or each)
            for each in found["LaunchPermissions"]
        )

    def may_launch(self, account: str, image_id: str) -> bool | None:
        """Whether a machine image is shared with an account; None where only its owner knows."""
        try:
            return not {account, "all"}.isdisjoint(self.shared_with(image_id))
        except Exception as error:
            if error_code(error) not in ("AuthFailure", "UnauthorizedOperation"):
                raise
            return None

    def machines(self, app: str, owners: Sequence[str], version: str | None = None) -> list[FoundVersion]:
        """Machine images by their tags, newest first; deprecated and disabled ones too.

        Args:
            app: value of their tag `app`.
            owners: accounts whose images are considered.
            version: value of their tag `app_version`. Default: any.
        """
        filters = [{"Name": f"tag:{APP_TAG}", "Values": [app]}]
        if version is not None:
            filters.append({"Name": f"tag:{VERSION_TAG}", "Values": [version]})
        return self._machines(Owners=list(owners), Filters=filters)

    def machines_of(self, accounts: Sequence[str]) -> list[FoundVersion]:
        """All machine images of accounts that this one can see, newest first."""
        return self._machines(Owners=list(accounts)) if accounts else []

    def machines_by_id(self, *ids: str) -> list[FoundVersion]:
        """Those of so many machine images that this account can see, newest first."""
        # by a filter, since EC2 refuses the whole list for one that is not there
        asked = [[{"Name": "image-id", "Values": some}] for some in portions(sorted(set(ids)), FILTER_VALUES)]
        return _newest_first(each for filters in asked for each in self._machines(Filters=filters))

    def containers(self, repository: str) -> list[FoundVersion]:
        """The container images of a repository of ECR by the tags that people gave them, newest first; one for each.

        Args:
            repository: such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com/web. One that is not there has none.
        """
        return [replace(each, version=tag) for each in self.stored_containers(repository) for tag in each.labels]

    def stored_containers(self, repository: str) -> list[FoundVersion]:
        """All container images of a repository of ECR, whatever their tags, newest first; one for each digest.

        Args:
            repository: such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com/web. One that is not there has none.
        """
        place = EcrRepository.parse(repository)
        if place is None:
            return []
        pages = place.client(self._client).get_paginator("describe_images").paginate(**place.ids)
        try:
            found = [each for page in pages for each in page["imageDetails"]]
        except Exception as error:
            if error_code(error) != "RepositoryNotFoundException":
                raise
            return []
        return sorted((_container(each) for each in found), key=lambda each: each.made or "", reverse=True)

    def labels_of(self, repository: str, digest: str) -> tuple[str, ...]:
        """The tags that people gave a container image; none of what is not there, or is in no repository of ECR."""
        found = self.stored_container(repository, digest)
        return found.labels if found is not None else ()

    def stored_container(self, repository: str, digest: str) -> FoundVersion | None:
        """A container image by its digest; None for what is not there, or is in no repository of ECR."""
        place = EcrRepository.parse(repository)
        if place is None:
            return None
        try:
            found = place.client(self._client).describe_images(**place.ids, imageIds=[{"imageDigest": digest}])
        except Exception as error:
            if error_code(error) not in ("RepositoryNotFoundException", "ImageNotFoundException"):
                raise
            return None
        return next((_container(each) for each in found["imageDetails"]), None)

    def has_container(self, repository: str, digest: str) -> bool | None:
        """Whether a repository has a container image; None where it is none of ECR's and cannot be asked."""
        place = EcrRepository.parse(repository)
        if place is None:
            return None
        try:
            found = place.client(self._client).batch_get_image(**place.ids, imageIds=[{"imageDigest": digest}])
        except Exception as error:
            if error_code(error) != "RepositoryNotFoundException":
                raise
            return False
        return bool(found["images"])

    def _machines(self, **asked: Any) -> list[FoundVersion]:
        pages = self._client("ec2").get_paginator("describe_images")
        found = pages.paginate(IncludeDeprecated=True, IncludeDisabled=True, **asked)
        return _newest_first(_machine(each) for page in found for each in page["Images"])


def _newest_first(machines: Iterable[FoundVersion]) -> list[FoundVersion]:
    return sorted(machines, key=lambda each: (each.made or "", each.id), reverse=True)


def _machine(found: dict[str, Any]) -> FoundVersion:
    tags = {each["Key"]: each["Value"] for each in found.get("Tags") or ()}
    volumes = [each["Ebs"] for each in found.get("BlockDeviceMappings") or () if "Ebs" in each]
    version = str(tags.get(VERSION_TAG) or "")
    return FoundVersion(
        kind=ImageKind.MACHINE,
        version=version,
        labels=(version,) if version else (),
        id=str(found["ImageId"]),
        made=moment_text(found.get("CreationDate")),
        architecture=found.get("Architecture"),
        state=str(found.get("State") or AVAILABLE),
        deprecated=moment_text(found.get("DeprecationTime")),
        owner=str(found.get("OwnerId") or ""),
        source=found.get("SourceImageId"),
        snapshots=tuple(str(each["SnapshotId"]) for each in volumes if each.get("Encrypted") and "SnapshotId" in each),
        origin=ImageOrigin.of(found),
    )


def _container(found: dict[str, Any]) -> FoundVersion:
    tags = [str(each) for each in found.get("imageTags") or ()]
    labels = tuple(each for each in tags if not each.startswith(KEPT))
    return FoundVersion(
        kind=ImageKind.CONTAINER,
        version=next(iter(labels), ""),
        labels=labels,
        tagged=bool(tags),
        id=str(found["imageDigest"]),
        made=moment_text(found.get("imagePushedAt")),
        owner=str(found.get("registryId") or ""),
    )


def moment_text(found: Any) -> str | None:
    """A moment of AWS's as RFC 3339 in UTC, whether it came as a text or as a date."""
    if not found:
        return None
    moment = found if isinstance(found, datetime) else datetime.fromisoformat(str(found))
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return utc_text(moment.timestamp())
