"""Whether the images of tasks are in their repositories, asked before anything pulls them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from strata.rollout.denials import is_denied
from strata.rollout.preflight_findings import PreflightFinding, refuse, warn
from strata.rollout.tasks.image_lookup import in_repository
from strata.rollout.tasks.task_driver import TaskDriver

__all__ = ["ImagePresence", "find_absent", "look_for_images"]


@dataclass(frozen=True)
class ImagePresence:
    """What repositories of ECR answered; other registries are not asked.

    Args:
        manifests: manifest by reference; None where the repository does not have the image.
        unread: references whose repository could not be read.
    """

    manifests: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    unread: tuple[str, ...] = ()


def look_for_images(driver: TaskDriver, references: Iterable[str]) -> ImagePresence:
    """Ask for each image in its repository.

    Args:
        driver: AWS.
        references: of the images.
    """
    manifests: dict[str, str | None] = {}
    unread: list[str] = []
    for reference in references:
        image = in_repository(reference)
        if image is None:
            continue
        try:
            manifests[reference] = driver.manifest(image)
        except Exception as error:
            if not is_denied(error):
                raise
            unread.append(reference)
    return ImagePresence(manifests, tuple(unread))


def find_absent(presence: ImagePresence) -> Iterator[PreflightFinding]:
    """The images that no task could pull, and those of which nobody knows.

    Args:
        presence: what was found out.
    """
    for reference, manifest in presence.manifests.items():
        if manifest is None:
            yield refuse(
                f"image {reference} is not in its repository: no task could pull it",
                "Push it, or pin an image that is there.",
            )
    for reference in presence.unread:
        yield warn(
            f"whether image {reference} is there could not be read", "Allow ecr:BatchGetImage to whoever asks for it."
        )
