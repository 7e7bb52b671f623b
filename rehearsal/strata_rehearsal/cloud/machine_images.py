"""The machine images of the local AWS: seeded with the ids and tags a stack pins, and moto's public ones on demand."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

__all__ = ["AMAZON", "AMAZON_ACCOUNT", "BOOT_SECONDS_TAG", "Image", "Images", "with_public_images"]

BOOT_SECONDS_TAG = "strata:boot-seconds"
"""Tag of an image: simulated seconds its servers take to boot."""


AMAZON, AMAZON_ACCOUNT = "amazon", "137112412989"
"""What Amazon's own images are owned by, and one of the accounts that are meant."""


@dataclass(frozen=True)
class Image:
    """A machine image that exists in the local AWS.

    Args:
        name: the application, tag `app`.
        version: its version, tag `app_version`.
        id: the image id.
        architecture: `x86_64` (default) or `arm64`.
        root_device: device of the root volume; default `/dev/xvda`.
        boot_seconds: simulated seconds to boot; default that of the service.
        deprecated_at: ISO 8601 time from which it counts as deprecated; default never.
        tags: more tags.
        region: the only region that has it; default every region.
        owner: account that owns it, or `amazon`; default the account that asks.
        root_gib: GiB of its root volume; default 8.
        platform: `windows`; default none, which is Linux.
        baked: whether Strata baked it, so that it has its watermark, and Inspector has just found nothing in it;
            default yes, unless it is Amazon's.
    """

    name: str
    version: str
    id: str
    architecture: str = "x86_64"
    root_device: str = "/dev/xvda"
    boot_seconds: float | None = None
    deprecated_at: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    region: str | None = None
    owner: str | None = None
    root_gib: int = 8
    platform: str | None = None
    baked: bool = True

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> "Image":
        """Read an image as `document` writes it.

        Raises:
            ValueError: a field is missing or unknown.
        """
        try:
            return cls(**values)
        except TypeError as error:
            raise ValueError(f"cannot make an image of {dict(values)}: {error}") from error

    def document(self) -> dict[str, Any]:
        """The image as JSON values."""
        return asdict(self)

    def all_tags(self) -> dict[str, str]:
        """Its tags, those of Strata included."""
        tags = {"Name": f"{self.name}-{self.version}", "app": self.name, "app_version": self.version, **self.tags}
        if self.boot_seconds is not None:
            tags[BOOT_SECONDS_TAG] = f"{self.boot_seconds:g}"
        return tags


class Images:
    """Seeds every EC2 region with the images, those that moto already made and those it makes later."""

    def __init__(self) -> None:
        self._images: dict[str, Image] = {}
        self._backends: list[Any] = []
        self.prove: Callable[[Any, Image], None] = lambda _made, _image: None
        """Gives moto's image what one that was baked has; set by whoever assembles the cloud."""

    def __iter__(self) -> Iterator[Image]:
        return iter(self._images.values())

    def add(self, image: Image) -> None:
        """Make an image exist, or replace the one with its id, whose architecture it keeps: no image is built twice."""
        if image.id in self._images:
            image = replace(image, architecture=self._images[image.id].architecture)
        if self._images.get(image.id) == image:
            return
        self._images[image.id] = image
        for backend in self._backends:
            self._put(backend, image)

    def seed(self, backend: Any) -> None:
        """Fill a new EC2 region."""
        self._backends.append(backend)
        for image in self._images.values():
            self._put(backend, image)

    def _put(self, backend: Any, image: Image) -> None:
        made = _made(backend, image)
        if made is not None and image.baked and image.owner != AMAZON:
            self.prove(made, image)


def _made(backend: Any, image: Image) -> Any:
    from moto.core.parse import default_timestamp_parser
    from moto.ec2.models.amis import Ami

    if image.region not in (None, backend.region_name):
        return None
    ami: Any = Ami(
        backend,
        image.id,
        name=f"{image.name}-{image.version}",
        description=f"{image.name} {image.version}",
        owner_id=AMAZON_ACCOUNT if image.owner == AMAZON else image.owner,
        owner_alias=image.owner if image.owner == AMAZON else None,
        virtualization_type="hvm",
        architecture=image.architecture,
        platform=image.platform,
        hypervisor="xen",
        root_device_type="ebs",
        root_device_name=image.root_device,
        sriov="simple",
        region_name=f"{backend.region_name}a",
        tags=image.all_tags(),
    )
    ami.image_location = f"{ami.owner_id}/{ami.name}"
    ami.boot_mode = "uefi-preferred"
    if image.deprecated_at:
        ami.deprecation_time = default_timestamp_parser(image.deprecated_at)
    ami.ebs_snapshot.volume.size = image.root_gib
    backend.amis[image.id] = ami
    return ami


def with_public_images(backend: Any) -> None:
    """Load moto's public images into an EC2 region, once."""
    load = backend.__dict__.pop("strata_public_images", None)
    if load is not None:
        present = dict(backend.amis)
        load()
        backend.amis.update(present)
