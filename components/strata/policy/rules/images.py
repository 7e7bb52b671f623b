"""Rules over where machine images come from and how old they are."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from strata.policy.model import Rule, Severity, Terms
from strata.resources.resource import Resource
from strata.resources.values import mappings, text

__all__ = ["IMAGE_AGE", "NO_IMAGE_OF_A_SERVER", "NO_IMAGE_OF_A_SNAPSHOT"]

_CREATED = {
    "strata:index:MachineImage": "created",
    "aws:imagebuilder/image:Image": "dateCreated",
}
"""The output that says when an image was baked. EC2 tells the age of no other: a template knows its image's id only."""

_DAY_SECONDS = 86_400


def _of_a_server(resource: Resource, _: Terms) -> Iterator[str]:
    if resource.type == "aws:ec2/amiFromInstance:AmiFromInstance":
        yield "is made from a running server"


def _of_a_snapshot(resource: Resource, _: Terms) -> Iterator[str]:
    if resource.type == "aws:ec2/ami:Ami" and any(
        each.get("snapshotId") is not None for each in mappings(resource.inputs.get("ebsBlockDevices"))
    ):
        yield "is registered from a snapshot, and it is not known what was on the disk"


def _age(resource: Resource, terms: Terms) -> Iterator[str]:
    created = _epoch(resource.outputs.get(_CREATED.get(resource.type, "")))
    if created is None or terms.now is None:
        return
    days = (terms.now - created) / _DAY_SECONDS
    if days > terms.image_days:
        yield f"was baked {days:.0f} days ago, more than {terms.image_days:.0f}"


def _epoch(value: Any) -> float | None:
    try:
        moment = datetime.fromisoformat(text(value) or "")
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


NO_IMAGE_OF_A_SERVER: Final = Rule(
    "no-image-of-a-server",
    Severity.MANDATORY,
    "No machine image is made from a running server.",
    "Bake the image from its sources: one taken from a server carries whatever happened to that server, and its keys.",
    _of_a_server,
)

NO_IMAGE_OF_A_SNAPSHOT: Final = Rule(
    "no-image-of-a-snapshot",
    Severity.ADVISORY,
    "No machine image is registered from a disk that somebody wrote to.",
    "Bake the image from its sources and pin it.",
    _of_a_snapshot,
)

IMAGE_AGE: Final = Rule(
    "image-age",
    Severity.ADVISORY,
    "Machine images are baked again before their patches are old.",
    "Bake a new version and pin it.",
    _age,
    reads_outputs=True,
)
