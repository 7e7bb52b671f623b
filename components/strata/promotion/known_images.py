"""Which images are meant by a name and a version: what the account and region, and a stack file, know as them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from strata.aws.clients import ClientFor
from strata.images.catalogue import Catalogue
from strata.images.image_finder import ImageFinder
from strata.images.pin_file import PinKind
from strata.rollout.record import ImageRef
from strata.rollout.tasks.image_lookup import digest_of
from strata.verdict_names import revoked_image_name

__all__ = ["KnownImages", "find_known"]


@dataclass(frozen=True)
class KnownImages:
    """The images that a name and a version mean.

    Args:
        machines: ids of machine images.
        containers: digests of container images.
    """

    machines: frozenset[str] = field(default_factory=frozenset[str])
    containers: frozenset[str] = field(default_factory=frozenset[str])

    @property
    def contents(self) -> frozenset[str]:
        """All ids and digests."""
        return self.machines | self.containers


def find_known(
    client: ClientFor, name: str, version: str, recorded: list[ImageRef], settings: Mapping[str, Any]
) -> KnownImages:
    """What a name and a version mean: by the catalogue, tags, release records and notes of rollouts, and a stack file.

    Args:
        client: gives the boto3 client of a service.
        name: the image.
        version: the version.
        recorded: the images that release records and notes of rollouts name, whatever they call them.
        settings: what a stack file says below `strata:`; nothing without one.
    """
    finder, pins = ImageFinder(client), list(_pins(settings, name))
    entry = Catalogue(client).entry(name, version)
    found = {entry.identity} if entry is not None else set[str]()
    found |= {each.content for each in recorded if (each.name, each.version) == (name, version)}
    found |= {str(pin[key]) for pin in pins for key in ("id", "digest") if pin.get("version") == version and key in pin}
    apps = {name, *(str(pin["app"]) for pin in pins if pin.get("app"))}
    found |= {each.id for app in apps for each in finder.machines(app, ["self"], version)}
    repositories = {each.id.partition("@")[0] for each in recorded if each.name == name and digest_of(each.id)}
    repositories |= {str(pin["repository"]) for pin in pins if pin.get("repository")}
    repositories |= {str(pin["reference"]).partition("@")[0] for pin in pins if pin.get("reference")}
    for each in sorted(repositories):
        found |= {image.id for image in finder.containers(each) if image.version == version}
    known = {each for each in found if revoked_image_name(each) is not None}
    machines = frozenset(each for each in known if each.startswith("ami-"))
    return KnownImages(machines, frozenset(known - machines))


def _pins(settings: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    """What a stack file says of an image, by its name, or by what it is called where it is baked."""
    for kind in PinKind:
        pins = settings.get(kind.value)
        for key, pin in pins.items() if isinstance(pins, Mapping) else ():
            if isinstance(pin, Mapping) and name in (key, pin.get("app")):
                yield pin
