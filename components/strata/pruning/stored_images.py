"""What an account and region store of an image: machine images, container images, and what removals have left."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from strata.aws.clients import ClientFor
from strata.aws.ecr_repository import EcrRepository
from strata.aws.kept_images import KEPT
from strata.aws.outage import error_code
from strata.aws.portions import portions
from strata.images.image_finder import (
    APP_TAG,
    AVAILABLE,
    VERSION_TAG,
    ImageFinder,
    moment_text,
)
from strata.images.image_protection import ImageProtection

__all__ = ["PRUNED", "StoredImage", "StoredKind", "left_snapshots", "stored_containers", "stored_machines"]

PRUNED: Final = "strata:pruned"
"""Tag of a snapshot whose image is about to be removed, NAME/VERSION/ID: what is interrupted is found again by it."""

_A_CALL: Final = 100
"""BatchGetImage: `imageIds`."""
_INDEXES: Final = ("image.index", "manifest.list")
"""Parts of the media types of what has an image for each platform."""


class StoredKind(StrEnum):
    """What is stored."""

    MACHINE = "machine"
    """A machine image with its snapshots."""
    CONTAINER = "container"
    """What a repository of ECR has under one digest."""
    SNAPSHOT = "snapshot"
    """A snapshot that was left when its machine image was removed."""
    ENTRY = "entry"
    """An entry of the catalogue whose image is gone."""


@dataclass(frozen=True, kw_only=True)
class StoredImage:
    """One thing that costs money, or that somebody may need.

    Args:
        kind: what it is.
        name: the pin.
        identity: id of a machine image or a snapshot, or digest; what it was where the image is gone.
        versions: all that it is called.
        made: when, as RFC 3339 in UTC; None where nothing says it.
        used: when AWS has seen it used last; None where it has not.
        finished: whether it is completely there.
        owner: the account that owns it; empty for the own one.
        snapshots: of a machine image.
        protection: of a machine image.
        repository: of a container image.
        parts: digests of what an image index consists of.
        about: digest of the image that it says something about, such as a signature.
    """

    kind: StoredKind
    name: str
    identity: str
    versions: tuple[str, ...] = ()
    made: str | None = None
    used: str | None = None
    finished: bool = True
    owner: str = ""
    snapshots: tuple[str, ...] = ()
    protection: ImageProtection = field(default_factory=ImageProtection)
    repository: str = ""
    parts: tuple[str, ...] = ()
    about: str | None = None

    @property
    def version(self) -> str:
        """What people call it; empty where it has no name."""
        return self.versions[0] if self.versions else ""


def stored_machines(client: ClientFor, name: str, app: str) -> list[StoredImage]:
    """The machine images of an application that belong to the account.

    Args:
        client: gives the boto3 client of a service.
        name: the pin.
        app: value of the tag `app`.
    """
    pages = client("ec2").get_paginator("describe_images")
    found = pages.paginate(
        Owners=["self"],
        Filters=[{"Name": f"tag:{APP_TAG}", "Values": [app]}],
        IncludeDeprecated=True,
        IncludeDisabled=True,
    )
    return [_machine(name, each) for page in found for each in page["Images"]]


def _machine(name: str, found: Mapping[str, Any]) -> StoredImage:
    tags = {each["Key"]: each["Value"] for each in found.get("Tags") or ()}
    volumes = [each["Ebs"] for each in found.get("BlockDeviceMappings") or () if "Ebs" in each]
    version = str(tags.get(VERSION_TAG) or "")
    return StoredImage(
        kind=StoredKind.MACHINE,
        name=name,
        identity=str(found["ImageId"]),
        versions=(version,) if version else (),
        made=moment_text(found.get("CreationDate")),
        used=moment_text(found.get("LastLaunchedTime")),
        finished=str(found.get("State") or AVAILABLE) not in ("pending", "transient"),
        snapshots=tuple(sorted(str(each["SnapshotId"]) for each in volumes if each.get("SnapshotId"))),
        protection=ImageProtection.of(found),
    )


def left_snapshots(client: ClientFor, name: str) -> list[StoredImage]:
    """The snapshots of images of a name that a removal has tagged and whose images are not there any more."""
    ec2 = client("ec2")
    asked = [{"Name": "tag-key", "Values": [PRUNED]}]
    pages = ec2.get_paginator("describe_snapshots").paginate(OwnerIds=["self"], Filters=asked)
    tagged = [(str(each["SnapshotId"]), each, _noted(each).split("/")) for page in pages for each in page["Snapshots"]]
    own = [(snapshot, each, noted) for snapshot, each, noted in tagged if len(noted) == len(("name", "version", "id"))]
    own = [each for each in own if each[2][0] == name]
    there = {each.id for each in ImageFinder(client).machines_by_id(*(noted[2] for _, _, noted in own))}
    return [
        StoredImage(
            kind=StoredKind.SNAPSHOT,
            name=name,
            identity=snapshot,
            versions=(noted[1],) if noted[1] else (),
            made=moment_text(each.get("StartTime")),
        )
        for snapshot, each, noted in own
        if noted[2] not in there
    ]


def _noted(snapshot: Mapping[str, Any]) -> str:
    return next((str(each["Value"]) for each in snapshot.get("Tags") or () if each["Key"] == PRUNED), "")


def stored_containers(client: ClientFor, name: str, repository: str) -> list[StoredImage]:
    """All that a repository of ECR has, with or without a tag; nothing where there is no such repository.

    Args:
        client: gives the boto3 client of a service.
        name: the pin.
        repository: such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com/web.
    """
    place = EcrRepository.parse(repository)
    if place is None:
        return []
    ecr = place.client(client)
    try:
        pages = ecr.get_paginator("describe_images").paginate(**place.ids)
        found = [each for page in pages for each in page["imageDetails"]]
    except Exception as error:
        if error_code(error) != "RepositoryNotFoundException":
            raise
        return []
    indexes = [str(each["imageDigest"]) for each in found if _is_index(each)]
    parts = dict(_parts(ecr, place, indexes))
    return [_container(name, repository, each, parts) for each in found]


def _container(name: str, repository: str, found: Mapping[str, Any], parts: Mapping[str, Any]) -> StoredImage:
    digest = str(found["imageDigest"])
    tags = sorted(str(each) for each in found.get("imageTags") or () if not str(each).startswith(KEPT))
    signed = next((each for each in tags if each.startswith("sha256-")), None)
    about = found.get("subjectManifestDigest") or (f"sha256:{signed[7:71]}" if signed else None)
    return StoredImage(
        kind=StoredKind.CONTAINER,
        name=name,
        identity=digest,
        versions=tuple(tags),
        made=moment_text(found.get("imagePushedAt")),
        used=moment_text(found.get("lastRecordedPullTime")),
        repository=repository,
        parts=parts.get(digest, ()),
        about=str(about) if about else None,
    )


def _is_index(found: Mapping[str, Any]) -> bool:
    media = str(found.get("imageManifestMediaType") or "")
    return any(each in media for each in _INDEXES)


def _parts(ecr: Any, place: EcrRepository, indexes: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for some in portions(indexes, _A_CALL):
        ids = [{"imageDigest": each} for each in some]
        found = ecr.batch_get_image(**place.ids, imageIds=ids)
        for each in found["images"]:
            manifests: Iterable[Mapping[str, Any]] = json.loads(each["imageManifest"]).get("manifests") or ()
            yield str(each["imageId"]["imageDigest"]), tuple(str(part["digest"]) for part in manifests)
