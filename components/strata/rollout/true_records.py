"""What a release record is to say, by what the template version or task definition that runs launches (pure).

Whoever writes over a record by hand may change a single field of it. A template version with its number, and a task
definition with its revision, never change, and each is tagged as the release that it launches: so as long as all other
fields agree with them, they say what the one was. Of a record with more than one false field nobody knows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar, cast

from strata.rollout.record import ImageRef, Release, ServerRelease, TaskRelease
from strata.rollout.recorded_images import describe_other, find_other

__all__ = ["Launcher", "describe_false", "describe_launcher", "true_release"]

Kind = TypeVar("Kind", bound=Release)


@dataclass(frozen=True)
class Launcher:
    """What a template version or a task definition launches.

    Args:
        by: the release as it would name what launches it.
        digest: the release that it is for, by its tag; None where Strata has not made it.
        images: ids or references of its images.
    """

    by: Release
    digest: str | None
    images: tuple[str, ...]

    def launches(self, release: Release) -> bool:
        """Whether it is tagged as a release, and launches every image that it names."""
        return self.digest == release.digest and find_other(release, self.images) is None


def true_release(recorded: Kind, named: Launcher | None, running: Launcher | None) -> Kind:
    """The release that a record is to name, where one field of it is false; else the one that it names.

    Args:
        recorded: as the record names it.
        named: what launches it as the record has it; None where that is not there.
        running: what its fleet launches; None where there is none, or it is not there.
    """
    if named is None or not named.images:
        # it may have been deleted, and a copy with its tag need not launch what it did
        return recorded
    if named.digest == recorded.digest:
        # where the image is what runs, and runs as another release, more than one field is false
        if running is not None and running.digest != recorded.digest and not find_other(recorded, running.images):
            return recorded
        return _with_image(recorded, named.images)
    if running is not None and running.launches(recorded):
        return cast("Kind", running.by)
    if running is None or named.digest is None or named.digest != running.digest:
        return recorded
    # what runs is of the very release that is named, but for its digest
    return replace(recorded, digest=named.digest) if find_other(recorded, named.images) is None else recorded


def describe_launcher(recorded: Release, truth: Release) -> str:
    """That a record names something else than what launches its release, or another digest; empty where it does not.

    Args:
        recorded: as the record names it.
        truth: see `true_release`.
    """
    if recorded.digest != truth.digest:
        return (
            f"the record names release {recorded.digest}, but {_launcher(truth)}, which it names and which runs, "
            f"launches release {truth.digest}"
        )
    if _launcher(recorded) == _launcher(truth):
        return ""
    return (
        f"the record names {_launcher(recorded)}, but {_launcher(truth)} runs and launches the release "
        f"{truth.digest} that it names"
    )


def describe_false(recorded: Release, truth: Release) -> str:
    """In what a record is not what runs, as a clause; empty where it is.

    Args:
        recorded: as the record names it.
        truth: see `true_release`.
    """
    images = [each.id for each in truth.images]
    return describe_launcher(recorded, truth) or describe_other(
        f"{_launcher(recorded)}, which the record names,", recorded, images
    )


def _launcher(release: Release) -> str:
    if isinstance(release, ServerRelease):
        return f"version {release.template_version} of template {release.template}"
    if isinstance(release, TaskRelease):
        return f"task definition {release.task_definition.rpartition('/')[2]}"
    raise TypeError(f"nothing launches a {type(release).__name__}")


def _with_image(recorded: Kind, launched: Iterable[str]) -> Kind:
    """It with the one image that is launched in place of the one that it names and that is not."""
    by_content = {each.rpartition("@")[2]: each for each in launched}
    named = {each.content for each in recorded.images}
    wrong = [each for each in recorded.images if each.content not in by_content]
    spare = [each for content, each in by_content.items() if content not in named]
    if len(wrong) != 1 or len(spare) != 1:
        return recorded

    def right(image: ImageRef) -> ImageRef:
        return replace(image, id=spare[0]) if image == wrong[0] else image

    found: Release = replace(recorded, image=right(recorded.image))
    if isinstance(found, TaskRelease):
        found = replace(found, sidecars={name: right(each) for name, each in found.sidecars.items()})
    return cast("Kind", found)
