"""What the release records and the notes of a stack call the images that its services run."""

from collections.abc import Iterable

from strata.naming import note_name, record_name
from strata.rollout.aws_calls import BaseDriver
from strata.rollout.note import read_note
from strata.rollout.record import ServerRelease, TaskRelease, readable

__all__ = ["recorded_versions"]


def recorded_versions(driver: BaseDriver, project: str, stack: str, services: Iterable[str]) -> dict[str, str]:
    """The versions of images by their ids or digests: what is proven, and what the last rollout was to bring.

    Args:
        driver: AWS.
        project: the Pulumi project.
        stack: the stack.
        services: its services and container services.
    """
    versions: dict[str, str] = {}
    for service in services:
        record = record_name(project, stack, service)
        found = driver.parameters([record, note_name(record)])
        value, note = found.get(record), read_note(found.get(note_name(record)))
        releases = (readable(ServerRelease, value), readable(TaskRelease, value), note)
        images = [each.image for each in releases if each is not None]
        versions |= {image.id.rpartition("@")[2]: image.version for image in images if image.version}
    return versions
