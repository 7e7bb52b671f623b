"""Whether the image that was found is the one that was pinned, and can be used."""

from collections.abc import Sequence
from dataclasses import dataclass

from strata.aws.facts.architecture import architecture_of
from strata.clock import parse_moment
from strata.errors import UnusableImageError
from strata.settings.models import ImageSettings

__all__ = [
    "FoundImage",
    "mislabelled",
    "require_architecture",
    "require_disk",
    "require_one",
    "require_shell",
    "require_usable",
]

WINDOWS = "windows"
"""How EC2 names the platform of Windows images; others have none."""


@dataclass(frozen=True)
class FoundImage:
    """What AWS says about an image.

    Args:
        name: name of the pin.
        version: value of its `app_version` tag, or the pinned version where tags cannot be seen.
        id: image id.
        architecture: as EC2 names it.
        root_device_name: where its root volume is attached.
        state: such as available.
        creation_date: ISO time at which it was baked.
        deprecation_time: ISO time from which on it should not be used; empty for never.
        root_gib: size of its root volume in GiB; 0 where AWS does not say.
        platform: as EC2 names it: windows, or empty.
    """

    name: str
    version: str
    id: str
    architecture: str
    root_device_name: str
    state: str
    creation_date: str
    deprecation_time: str
    root_gib: int = 0
    platform: str = ""

    @property
    def windows(self) -> bool:
        """Whether its servers run Windows."""
        return self.platform.lower() == WINDOWS


def require_one(name: str, wanted: str, ids: Sequence[str], pinned_id: str | None) -> str:
    """The one id among those found, equal to the pinned one.

    Args:
        name: name of the pin.
        wanted: what was looked for, for messages.
        ids: what was found.
        pinned_id: the id the pin names, if any.

    Raises:
        UnusableImageError: none, several, or another one than pinned.
    """
    if not ids:
        raise UnusableImageError(
            f"image {name!r}: no available image is {wanted}",
            fix="Bake it, share it with this account and region, or pin one that exists.",
        )
    if len(ids) > 1:
        raise UnusableImageError(
            f"image {name!r}: {len(ids)} available images are {wanted}: {', '.join(sorted(ids))}",
            fix="A version names one image for good: deregister the other, or bake it again under a new version.",
        )
    if pinned_id is not None and ids[0] != pinned_id:
        raise UnusableImageError(
            f"image {name!r}: the pin says {pinned_id}, but {wanted} is {ids[0]}",
            fix="Pin version and id of the same image; a version that was baked again needs a new version.",
        )
    return ids[0]


def mislabelled(
    name: str, app: str, pin: ImageSettings, called: tuple[str, str], state: str, *, stack: str
) -> UnusableImageError:
    """The error for a pinned id that is there, and is not the pinned version by its tags.

    Args:
        name: name of the pin.
        app: what its images are called.
        pin: with an id.
        called: which image of which version it is by its tags; empty texts for tags that it does not have.
        state: of the image.
        stack: the stack that pins it.
    """
    if called == (app, pin.version):
        return UnusableImageError(
            f"image {name!r}: {pin.id} (version {pin.version}) is {state}, not available",
            fix="Wait until it is available, or pin another version.",
        )
    other, version = called
    said = f"by its tags it is {f'version {version}' if version else 'no version'} of {other or 'no image'}"
    if pin.proof is not None:
        fix = (
            f"Promote it again: `strata image promote {stack} {name} --from OTHER` writes version, id and proof of one"
        )
    elif version and other == app:
        fix = f"Pin it as what it is: `strata image pin {stack} {name} {version}` writes version and id of one"
    else:
        fix = f"Pin one that is: `strata image pin {stack} {name} {pin.version}` writes version and id of one"
    return UnusableImageError(
        f"image {name!r}: the pin says that {pin.id} is version {pin.version} of {app}, and {said}", fix=f"{fix} image."
    )


def require_usable(found: FoundImage, *, now: float) -> FoundImage:
    """The image, if it can be launched.

    Args:
        found: the image.
        now: the time, in epoch seconds.

    Raises:
        UnusableImageError: it is not available, or deprecated.
    """
    if found.state != "available":
        raise UnusableImageError(
            f"image {found.name!r}: {found.id} is {found.state}, not available",
            fix="Wait until it is available, or pin another version.",
        )
    if found.deprecation_time and _epoch(found.deprecation_time) <= now:
        raise UnusableImageError(
            f"image {found.name!r}: {found.id} (version {found.version}) is deprecated since {found.deprecation_time}",
            fix="Pin a newer version.",
        )
    return found


def require_architecture(found: FoundImage, instance_type: str) -> FoundImage:
    """The image, if an instance type can run it.

    Raises:
        UnusableImageError: it was built for another processor.
    """
    wanted = architecture_of(instance_type)
    if found.architecture != wanted:
        raise UnusableImageError(
            f"image {found.name!r}: {found.id} is built for {found.architecture}, {instance_type} is {wanted}",
            fix=f"Pin an image for {wanted}, or choose an instance type for {found.architecture}.",
        )
    return found


def require_disk(found: FoundImage, service: str, size_gib: int, *, part: str = "services") -> FoundImage:
    """The image, if it fits on a root volume.

    Args:
        found: the image.
        service: what runs it.
        size_gib: the size of the volume.
        part: where the stack file has it, below `strata:`. Default: among the services.

    Raises:
        UnusableImageError: the volume is smaller than the image's own.
    """
    if size_gib < found.root_gib:
        raise UnusableImageError(
            f"image {found.name!r}: {found.id} needs a root volume of {found.root_gib} GiB, "
            f"service {service!r} has one of {size_gib}",
            fix=f"Set strata:{part}.{service}.disk.size_gib to {found.root_gib} or more.",
        )
    return found


def require_shell(found: FoundImage, service: str, *, runs_once: bool) -> FoundImage:
    """The image, if a service that runs something once before its rollouts can do so on it.

    Args:
        found: the image.
        service: the service.
        runs_once: whether it runs something once.

    Raises:
        UnusableImageError: it is one of Windows, which has no `sh` to run it.
    """
    if runs_once and found.windows:
        raise UnusableImageError(
            f"service {service!r}: `rollout.before` runs its command by a shell script, and image {found.id} is one of "
            "Windows",
            fix=f"Remove strata:services.{service}.rollout.before, and run it from a container service or from the job "
            "that runs `pulumi up`.",
        )
    return found


def _epoch(time: str) -> float:
    return parse_moment(time).timestamp()
