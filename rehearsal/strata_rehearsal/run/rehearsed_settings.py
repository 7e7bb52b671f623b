"""What is to be rehearsed: the stack's settings with the requested versions, and the machine images they need."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from strata.aws.facts.architecture import architecture_of
from strata.project.stack_file import StackFile, read_stack
from strata.settings.load import load_stack
from strata.settings.models import StackSettings
from strata.stage import Stage
from strata_rehearsal.cloud.machine_images import ACCOUNT, USUAL_GIB, Image
from strata_rehearsal.run.aws_config import (
    DEFAULT_REGION,
)
from strata_rehearsal.run.container_pins import pin_of, pins_of_services, wanted_container_pins, without_proof
from strata_rehearsal.run.request import RehearsalRequest, image_id
from strata_rehearsal.run.rollout_timeline import Unit

__all__ = ["RehearsedService", "RehearsedSettings", "images_of", "read_settings", "wanted_pins"]

_ANY_TIME: Final = datetime.max.replace(tzinfo=UTC).timestamp() - 86_400


@dataclass(frozen=True)
class RehearsedService:
    """A service as a rehearsal is to run it.

    Args:
        unit: what it consists of.
        image_name: name of its image in the stack file.
        version: the version it is to run; empty where the stack file does not say.
        pinned: whether the stack file pins its image, so that it can be given another version.
    """

    unit: Unit
    image_name: str
    version: str
    pinned: bool = True


@dataclass(frozen=True)
class RehearsedSettings:
    """What is to be rehearsed: the stack's settings with the requested images put in.

    Args:
        settings: complete.
        pins: `strata:images` as the program is to see them; none where they are to stay as they are.
        container_pins: the same of `strata:container_images`.
        promotion: `strata:promotion` as the program is to see it; none where it is to stay as it is.
        region: AWS region of the stack.
        profile: the AWS profile its configuration names. Default: none.
        names_region: whether the stack file names the region; else the program may call AWS in any.
    """

    settings: StackSettings
    pins: Mapping[str, Any] | None
    region: str
    profile: str | None = None
    container_pins: Mapping[str, Any] | None = None
    promotion: Mapping[str, Any] | None = None
    names_region: bool = True

    @property
    def services(self) -> dict[str, RehearsedService]:
        """Services and container services by name, in the order of the stack file."""
        settings = self.settings
        of_servers = {
            name: RehearsedService(Unit.SERVERS, image, version, pinned=settings.images[image].parameter is None)
            for name, version in self.versions.items()
            if (image := settings.services[name].image or name)
        }
        of_tasks = {
            name: RehearsedService(
                Unit.TASKS,
                settings.container_services[name].image or name,
                pin.version if pin else "",
                pinned=pin is not None,
            )
            for name, pin in pins_of_services(settings, {}).items()
        }
        return {**of_servers, **of_tasks}

    @property
    def image_versions(self) -> dict[str, str]:
        """The version of each image that is pinned with one, by image id or digest."""
        pins = map(pin_of, self.settings.container_images.values())
        machines = {pin.id: pin.version for pin in self.settings.images.values() if pin.id and pin.version}
        return machines | {pin.digest: pin.version for pin in pins if pin is not None and pin.version}

    @property
    def versions(self) -> dict[str, str]:
        """The version that the servers of each service are to run; empty where a parameter names the image."""
        pins = self.settings.images
        return {name: pins[each.image or name].version or "" for name, each in self.settings.services.items()}

    @property
    def config(self) -> dict[str, Any]:
        """What the program sees in place of its stack's own configuration."""
        seen = {
            "strata:images": self.pins,
            "strata:container_images": self.container_pins,
            "strata:promotion": self.promotion,
        }
        return {key: dict(each) for key, each in seen.items() if each is not None}

    @classmethod
    def without_strata(cls, file: StackFile) -> "RehearsedSettings":
        """That of a stack whose file has nothing to say to Strata."""
        return cls(StackSettings(stage=Stage.PROD), None, file.region or DEFAULT_REGION, _profile(file))


def read_settings(request: RehearsalRequest) -> RehearsedSettings:
    """Read the stack file.

    Raises:
        SettingsError, UsageError: as `strata explain` would say.
    """
    file = read_stack(request.project, request.stack)
    # a version that is only tried has no proof that it ran elsewhere, and none is asked for
    said = file.settings.get("promotion") or {}
    promotion = {**said, "require_proof": False} if request.images and isinstance(said, dict) else None
    terms = {"promotion": promotion} if promotion is not None else {}
    # problems are those of the file as it is written; only then are the requested versions put in
    # the local AWS may be days ahead, and the program judges by its clock what cannot have been later
    checked = load_stack(file, {**file.settings, **terms}, now=_ANY_TIME)
    request.check(checked.settings)
    pins = wanted_pins(file.settings.get("images", {}), request.images)
    changed: dict[str, Any] = {"images": pins, **terms}
    if "container_images" in file.settings:
        changed["container_images"] = wanted_container_pins(file.settings["container_images"], request.images)
    loaded = load_stack(file, {**file.settings, **changed}, now=_ANY_TIME)
    return RehearsedSettings(
        loaded.settings,
        pins,
        file.region or DEFAULT_REGION,
        _profile(file),
        container_pins=changed.get("container_images"),
        promotion=promotion,
        names_region=file.region is not None,
    )


def _profile(file: StackFile) -> str | None:
    name = file.provider.get("profile")
    return name if isinstance(name, str) else None


def wanted_pins(raw: Mapping[str, Any], wanted: Mapping[str, str]) -> dict[str, Any]:
    """The stack file's pins with the requested versions put in.

    Args:
        raw: `strata:images` as the file has it.
        wanted: version by image name, of images that are pinned. The pinned version itself keeps its id; any other
            gets one of its own.
    """
    pins = {name: dict(pin) for name, pin in raw.items()}
    for name, version in wanted.items():
        # one that is not there is a container image
        if name in pins and pins[name].get("version") != version:
            pins[name] = {**without_proof(pins[name]), "version": version, "id": image_id(name, version)}
    return pins


def images_of(settings: StackSettings, region: str | None) -> list[Image]:
    """What a stack names: every pin, built for the instance types that run it, and what other images are baked from.

    Args:
        settings: those of the stack, with the versions to try put in.
        region: its AWS region, the only one that has them; None where only the program knows it, and they are in every
            region and account.
    """
    types = {service.image or name: service.instance_type for name, service in settings.services.items()}
    disks = {name: [] for name in settings.images}
    for name, service in settings.services.items():
        disks[service.image or name].append(service.disk.size_gib)
    pinned = [
        Image(
            name=pin.app or name,
            version=pin.version,
            id=pin.id or image_id(name, pin.version),
            architecture=architecture_of(types.get(name, "t3.small")).value,
            # nobody knows how large it is: as images are, and never too large for a disk that AWS might find right
            root_gib=min((USUAL_GIB, *disks[name])),
            # an id of AWS is one of a region and an account; those of rehearsals are the same everywhere
            unique=pin.id not in (None, image_id(name, pin.version)),
        )
        for name, pin in settings.images.items()
        if pin.version
    ]
    known = {image.id for image in pinned}
    named = [*pinned, *(parent for parent in _parents(settings) if parent.id not in known)]
    if region is None:
        return [replace(image, unique=False) for image in named]
    return [replace(image, region=region, account=ACCOUNT) for image in named]


def _parents(settings: StackSettings) -> Iterator[Image]:
    for name, pipeline in settings.image_pipelines.items():
        if pipeline.parent.startswith("ami-"):
            owners = pipeline.parent_owners
            yield Image(
                name=f"parent-of-{name}",
                version="pinned",
                id=pipeline.parent,
                architecture=architecture_of(pipeline.instance_types[0]).value,
                owner=None if "self" in owners else owners[0],
                unique=True,
            )
