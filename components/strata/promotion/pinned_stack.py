"""A stack whose pins are asked about or changed: its file, its settings, its AWS, and what its records name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from strata.aws.clients import Clients
from strata.aws.facts.architecture import architecture_of
from strata.aws.target import connect_to_aws
from strata.clock import Clock
from strata.errors import UsageError
from strata.images.catalogue import Catalogue, CatalogueEntry, ImageKind
from strata.images.image_finder import ImageFinder
from strata.images.pin_file import PinKind
from strata.images.verdicts import ImageVerdict, VerdictStore
from strata.naming import record_name
from strata.problem import nearest
from strata.project.location import locate, project_name
from strata.project.stack_file import StackFile, read_stack
from strata.promotion.stack_records import StackRecords, read_stack_records
from strata.rollout.stack_place import StackPlace
from strata.settings.models import ContainerImageSettings, ImageSettings, StackSettings
from strata.settings.unreliable_proofs import load_for_looking, requires_proof
from strata.verdict_names import revocation_names, veto_names

__all__ = ["PinnedStack", "open_stack"]


@dataclass(frozen=True)
class PinnedStack:
    """A stack and its AWS.

    Args:
        folder: of the Pulumi project.
        project: its name.
        stack: the stack.
        file: the configuration of the stack.
        settings: what it says; without what speaks against the pins themselves.
        clients: AWS.
        clock: time.
        requires_proof: whether it refuses a pin without one.
    """

    folder: Path
    project: str
    stack: str
    file: StackFile
    settings: StackSettings
    clients: Clients
    clock: Clock
    requires_proof: bool = False

    @property
    def title(self) -> str:
        """As messages and proofs name it."""
        return f"{self.project}/{self.stack}"

    @property
    def place(self) -> StackPlace:
        """Where it is."""
        return StackPlace(self.project, self.stack, self.clients, self.clock, self.folder, self.settings)

    @property
    def least_soak(self) -> int:
        """For how many seconds an image must have run elsewhere before it is promoted into it."""
        return self.settings.promotion.min_soak_minutes * 60

    @property
    def finder(self) -> ImageFinder:
        """Looks for images in its AWS."""
        return ImageFinder(self.clients)

    @property
    def catalogue(self) -> Catalogue:
        """What its account and region know of versions."""
        return Catalogue(self.clients)

    @property
    def verdicts(self) -> VerdictStore:
        """Vetoes and revocations of its account and region."""
        return VerdictStore(self.clients, self.clock)

    @property
    def services(self) -> tuple[str, ...]:
        """Its services, whatever runs them."""
        return (*self.settings.services, *self.settings.container_services)

    @property
    def pins(self) -> dict[str, PinKind]:
        """The names of its pins, and where each is."""
        return {
            **dict.fromkeys(self.settings.container_images, PinKind.CONTAINER),
            **dict.fromkeys(self.settings.images, PinKind.MACHINE),
        }

    def kind(self, name: str) -> PinKind:
        """Where a pin is.

        Raises:
            UsageError: nothing has that name, or two things.
        """
        if name in self.settings.images and name in self.settings.container_images:
            raise UsageError(
                f"{name} is a machine image and a container image in {self.file.source}",
                fix="Give one of the pins another name.",
            )
        if name not in self.pins:
            near = nearest(name, self.pins)
            raise UsageError(
                f"no image is pinned as {name!r} in {self.file.source}",
                fix=f"{f'Did you mean {near}? ' if near else ''}"
                f"There are {', '.join(sorted(self.pins)) or 'no pins'}; a service of that name makes it one.",
            )
        return self.pins[name]

    def machine_pin(self, name: str) -> ImageSettings:
        """The pin of a machine image; one with nothing but defaults where there is none yet."""
        return self.settings.images.get(name) or ImageSettings()

    def container_pin(self, name: str) -> ContainerImageSettings:
        """The pin of a container image; one with nothing but defaults where there is none yet."""
        return self.settings.container_images.get(name) or ContainerImageSettings()

    def services_of(self, name: str, kind: PinKind) -> list[str]:
        """The services that a pin is for, by the stack file."""
        parts = self.settings.services if kind is PinKind.MACHINE else self.settings.container_services
        return sorted(service for service, each in parts.items() if (each.image or service) == name)

    def users_of(self, name: str) -> list[str]:
        """The services that a pin is for, whatever runs them, by the stack file; none where nothing is pinned so."""
        return [service for kind in PinKind for service in self.services_of(name, kind)]

    def architectures(self, name: str) -> dict[str, str]:
        """What a machine image must be built for, by the services it is for."""
        return {
            service: architecture_of(self.settings.services[service].instance_type).value
            for service in self.services_of(name, PinKind.MACHINE)
        }

    def record(self, service: str) -> str:
        """Name of the release record of a service."""
        return record_name(self.project, self.stack, service)

    def recorded(self) -> StackRecords:
        """What the release records of its services name."""
        return read_stack_records(self.clients, {self.record(service): service for service in self.services})

    def app(self, name: str) -> str:
        """What the image of a pin is called where it is baked; empty where nothing else is said."""
        pin = self.settings.images.get(name)
        return (pin.app or "") if pin is not None else ""

    def entries(self, name: str) -> dict[str, CatalogueEntry]:
        """The versions of a pin's image that the catalogue has, also as what it is called where it is baked."""
        app = self.app(name)
        baked = self.catalogue.entries(app) if app not in ("", name) else {}
        return {**baked, **self.catalogue.entries(name)}

    def revocation(self, name: str, version: str, image_id: str = "") -> ImageVerdict | None:
        """Why an image is revoked in its account and region; None where it is not.

        Args:
            name: the pin.
            version: the version.
            image_id: its id, digest or reference, where that is known.
        """
        names = revocation_names(name, version, image_id, self.app(name))
        found = self.verdicts.read(names)
        return next((found[each] for each in names if each in found), None)

    def vetoes(self, name: str, kind: PinKind, version: str, image_id: str = "") -> dict[str, ImageVerdict]:
        """Why an image is kept out of services that a pin is for, by service.

        Args:
            name: the pin.
            kind: where it is.
            version: the version.
            image_id: its id, digest or reference, where that is known.
        """
        return self.vetoes_for(self.services_of(name, kind), version, image_id)

    def vetoes_for(self, services: Iterable[str], version: str, image_id: str) -> dict[str, ImageVerdict]:
        """Why an image is kept out of services, by service.

        Args:
            services: the services.
            version: the version.
            image_id: its id, digest or reference; empty where it is not known.
        """
        parameters = {
            parameter: each for each in services for parameter in veto_names(self.record(each), version, image_id)
        }
        return {parameters[parameter]: verdict for parameter, verdict in self.verdicts.read(parameters).items()}


def open_stack(
    cwd: Path, given: str, *, local: bool, pin: str | None = None, kind: ImageKind | None = None
) -> PinnedStack:
    """Read a stack and connect to its AWS.

    What speaks against its pins is no obstacle: it is what the commands are there to change.

    Args:
        cwd: where to look for the project, from there upwards.
        given: the stack as a person names it.
        local: use the local AWS of the last rehearsal.
        pin: the pin that is about to be changed, which may be missing. Default: none is.
        kind: what that pin is of. Default: of what the services of its name run.

    Raises:
        SettingsError: the stack file has problems of another kind.
        UsageError: there is no such stack, or no local AWS.
    """
    folder, stack = locate(cwd, given)
    file = read_stack(folder, stack)
    settings = load_for_looking(replace(file, settings=_tolerant(file.settings, pin, kind))).settings
    requires = requires_proof(file.settings, settings.stage)
    clients, clock = connect_to_aws(folder, stack, file, local=local)
    return PinnedStack(folder, project_name(folder), stack, file, settings, clients, clock, requires)


def _tolerant(settings: Mapping[str, Any], pin: str | None, kind: ImageKind | None) -> dict[str, Any]:
    """Settings that require no proof, and in which the pin that is about to be changed is no reason for a problem."""
    found: dict[str, Any] = dict(settings)
    promotion = found.get("promotion")
    found["promotion"] = {**(promotion if isinstance(promotion, Mapping) else {}), "require_proof": False}
    if pin is None:
        return found
    containers = _names(found, "container_services")
    machine = kind is ImageKind.MACHINE if kind is not None else pin not in containers
    key = PinKind.MACHINE if machine else PinKind.CONTAINER
    pins = found.get(key.value)
    if pins is not None and not isinstance(pins, Mapping):
        return found
    known = dict(pins or {})
    there = known.get(pin)
    if isinstance(there, Mapping):
        known[pin] = {name: value for name, value in there.items() if name != "proof"}
    elif there is None and (pin in _names(found, "services") or pin in containers):
        stand_in = {"version": "0", "id": "ami-00000000"}
        known[pin] = stand_in if machine else {"digest": f"sha256:{'0' * 64}"}
    found[key.value] = known
    return found


def _names(settings: Mapping[str, Any], part: str) -> frozenset[str]:
    """The services below a key, and the pins they name."""
    found = settings.get(part)
    if not isinstance(found, Mapping):
        return frozenset()
    images = {
        str(each["image"]) if isinstance(each, Mapping) and each.get("image") else str(name)
        for name, each in found.items()
    }
    return frozenset(images)
