"""The machine images that are put into the local AWS, as those that a stack pins, and moto's public ones on demand.

What is there stays as it is, whoever made it: an image that is named again is not made again, and one that was
deregistered does not come back.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any, Final

__all__ = [
    "ACCOUNT",
    "AMAZON",
    "AMAZON_ACCOUNT",
    "BOOT_SECONDS_TAG",
    "USUAL_GIB",
    "Image",
    "Images",
    "with_public_images",
]

BOOT_SECONDS_TAG = "strata:boot-seconds"
"""Tag of an image: simulated seconds its servers take to boot."""


AMAZON, AMAZON_ACCOUNT = "amazon", "137112412989"
"""What Amazon's own images are owned by, and one of the accounts that are meant."""

ACCOUNT: Final = "123456789012"
"""The account in which a stack is rehearsed, which is moto's."""

USUAL_GIB: Final = 8
"""Root volume of the images that AWS itself publishes."""
WINDOWS_GIB: Final = 30
"""The same of those with Windows."""


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
        account: the only account that has it; default every account.
        unique: whether no image has its id in another region or account, as in AWS; default no, the same may be in
            several.
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
    root_gib: int = USUAL_GIB
    platform: str | None = None
    baked: bool = True
    account: str | None = None
    unique: bool = False

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
    """Puts images into the EC2 regions that moto already made, and into those it makes later."""

    def __init__(self) -> None:
        self._images: dict[tuple[str, str | None, str | None], Image] = {}
        self._backends: list[Any] = []
        self.prove: Callable[[Any, Image], None] = lambda _made, _image: None
        """Gives moto's image what one that was baked has; set by whoever assembles the cloud."""

    def __iter__(self) -> Iterator[Image]:
        return iter(self._images.values())

    def add(self, image: Image) -> bool:
        """Make an image wherever it is to be and its id has never been.

        Args:
            image: the image.

        Returns:
            whether there is one more now.
        """
        places = [each for each in self._backends if _belongs(image, each)]
        vacant = [each for each in places if not self._knows(each, image)]
        if vacant or not places:
            self._images.setdefault((image.id, image.region, image.account), image)
        for backend in vacant:
            self._put(backend, image)
        return bool(vacant)

    def seed(self, backend: Any) -> None:
        """Fill a new EC2 region."""
        self._backends.append(backend)
        for image in self._images.values():
            if _belongs(image, backend) and not self._knows(backend, image):
                self._put(backend, image)

    def _knows(self, backend: Any, image: Image) -> bool:
        """Whether AWS has given the id to an image already; one that is gone was removed by somebody."""
        where = self._backends if image.unique else [backend]
        if any(image.id in each.amis or image.id in each.deleted_amis for each in where):
            return True
        return image.unique and image.id in _public_ids(backend.region_name)

    def _put(self, backend: Any, image: Image) -> None:
        made = _made(backend, image)
        if image.baked and image.owner != AMAZON:
            self.prove(made, image)


def _belongs(image: Image, backend: Any) -> bool:
    return image.region in (None, backend.region_name) and image.account in (None, backend.account_id)


@cache
def _public_ids(region: str) -> frozenset[str]:
    """The ids of moto's public images in a region, which are made only when somebody asks for one of them."""
    from moto.ec2.models.amis import AMIS
    from moto.utilities.utils import load_resource

    ids = {each["ami_id"] for each in AMIS}
    for path in ("latest_amis", "ecs/optimized_amis"):
        try:
            ids |= {each["ami_id"] for each in load_resource(f"ec2/resources/{path}/{region}.json")}
        except FileNotFoundError:
            # a region of which moto knows no image
            continue
    return frozenset(ids)


def _made(backend: Any, image: Image) -> Any:
    from moto.core.parse import default_timestamp_parser
    from moto.ec2.models.amis import Ami

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
        for image in [each for each in backend.amis.values() if each.id not in present]:
            image.ebs_snapshot.volume.size = WINDOWS_GIB if image.platform == "windows" else USUAL_GIB
        backend.amis.update(present)
