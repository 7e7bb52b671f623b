"""What the release records of a stack name, and which of them cannot be read: one keeps nobody from the others."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from strata.aws.clients import ClientFor
from strata.aws.parameters import describe_parameters
from strata.rollout.record import ImageRef, Release, proven

__all__ = ["RecordedImage", "StackRecords", "read_stack_records"]


@dataclass(frozen=True)
class RecordedImage:
    """An image as the release record of a service names it.

    Args:
        service: the service.
        image: the image.
        release: the release it is of.
        at: when the record was written.
    """

    service: str
    image: ImageRef
    release: Release
    at: datetime


@dataclass(frozen=True)
class StackRecords:
    """The release records of a stack.

    Args:
        images: all that they name, those of sidecars too.
        unreadable: that a record is none, as a clause, by its service.
    """

    images: tuple[RecordedImage, ...] = ()
    unreadable: Mapping[str, str] = field(default_factory=dict[str, str])

    def of(self, name: str) -> list[RecordedImage]:
        """The records that name an image.

        Args:
            name: what it is called.
        """
        return [each for each in self.images if each.image.name == name]

    def unread(self, services: Collection[str]) -> dict[str, str]:
        """Of those services the ones whose record cannot be read, and why.

        Args:
            services: their names.
        """
        return {service: why for service, why in sorted(self.unreadable.items()) if service in services}


def read_stack_records(client: ClientFor, services: Mapping[str, str]) -> StackRecords:
    """Read the records of some services.

    Args:
        client: gives the boto3 client of a service.
        services: the services, by the names of their records.
    """
    images: list[RecordedImage] = []
    unreadable: dict[str, str] = {}
    for each in describe_parameters(client, sorted(services)):
        service = services[each["Name"]]
        try:
            release = proven(each["Value"])
        except ValueError as error:
            unreadable[service] = f"parameter {each['Name']} is {error}"
            continue
        if release is not None:
            at = each["LastModifiedDate"].astimezone(UTC)
            images += [RecordedImage(service, image, release, at) for image in release.images]
    return StackRecords(tuple(images), unreadable)
