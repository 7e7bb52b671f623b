"""The images that a rehearsal has made up, because a stack names them and the local AWS has never had them."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from strata.settings.models import StackSettings
from strata_rehearsal.cloud.cloud_handle import CloudHandle
from strata_rehearsal.run.container_pins import pin_of
from strata_rehearsal.run.rehearsed_settings import RehearsedSettings, images_of

__all__ = ["MadeUpImage", "find_made_up_containers", "make_up_images"]


@dataclass(frozen=True)
class MadeUpImage:
    """An image that nobody has seen in AWS.

    Args:
        image_id: the id or the digest by which the stack names it.
        image_name: what it was made up as; of a container image, the name of its pin.
        version: its version; empty for a container image whose pin has none.
        region: the region that has it now.
        proven_by: the stack in which it ran before, as its pin says. Default: its pin has no proof.
    """

    image_id: str
    image_name: str
    version: str
    region: str
    proven_by: str | None = None

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata rehearse` has it."""
        return asdict(self)

    def __str__(self) -> str:
        called = f"{self.image_name} {self.version}".rstrip()
        said = f"{called} ({self.image_id}) was made up in {self.region}: "
        if self.proven_by is None:
            return f"{said}only a real preview finds out whether AWS has it"
        return (
            f"{said}only a real preview finds out whether AWS has it, and looks it up in the catalogue; that it ran in "
            f"{self.proven_by} is what its pin says"
        )


def make_up_images(cloud: CloudHandle, rehearsed: RehearsedSettings) -> list[MadeUpImage]:
    """Make what a stack names and the local AWS has never had.

    Args:
        cloud: the local AWS.
        rehearsed: the stack's settings.

    Returns:
        what was made.
    """
    images = images_of(rehearsed.settings, rehearsed.region if rehearsed.names_region else None)
    made, proofs = cloud.add_images(images), _proofs(rehearsed.settings)
    return [
        MadeUpImage(each.id, each.name, each.version, rehearsed.region, proofs.get(each.id))
        for each in images
        if each.id in made
    ]


def find_made_up_containers(
    rehearsed: RehearsedSettings, before: Iterable[Mapping[str, str]], after: Iterable[Mapping[str, str]]
) -> list[MadeUpImage]:
    """The pinned container images that a rehearsal has made up: one is made up when something deploys it.

    Args:
        rehearsed: the stack's settings.
        before: all that were made up in the local AWS before it, as its state has them.
        after: the same after it.
    """
    known = [dict(each) for each in before]
    regions: dict[str, str] = {}
    for each in after:
        if dict(each) not in known:
            regions.setdefault(each["digest"], each["region"])
    found: list[MadeUpImage] = []
    for name, image in rehearsed.settings.container_images.items():
        pin = pin_of(image)
        if pin is not None and pin.digest in regions:
            proven_by = image.proof.stack if image.proof is not None else None
            found.append(MadeUpImage(pin.digest, name, pin.version, regions[pin.digest], proven_by))
    return found


def _proofs(settings: StackSettings) -> dict[str, str]:
    return {pin.id: pin.proof.stack for pin in settings.images.values() if pin.id and pin.proof is not None}
