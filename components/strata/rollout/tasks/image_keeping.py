"""Spares the images of a release, and of the one before it, from the lifecycle of their repository.

Nothing here decides a rollout: it has succeeded, and what fails is a warning.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from strata.aws.outage import describe_failure
from strata.resource_hooks import Console
from strata.rollout.record import TaskRelease
from strata.rollout.tasks.async_task_driver import AsyncTaskDriver
from strata.rollout.tasks.image_lookup import RepositoryImage, in_repository
from strata.rollout.tasks.task_spec import TaskRollout

__all__ = ["PERMISSIONS", "keep_released_images"]

PERMISSIONS: Final = ("ecr:ListImages", "ecr:BatchGetImage", "ecr:PutImage", "ecr:BatchDeleteImage")
"""What the deployer may do to the repository."""


async def keep_released_images(aws: AsyncTaskDriver, console: Console, rollout: TaskRollout) -> None:
    """Tag what a record is about to name, and what it has named until now, in the repositories of this account.

    Args:
        aws: AWS.
        console: where a failure is reported.
        rollout: one that has succeeded.
    """
    before = rollout.recorded
    try:
        account, region = await aws.caller_if_answered()
        now = await _images(aws, rollout.release)
        then = await _images(aws, before) if before is not None else frozenset[RepositoryImage]()
        for repository, digests in _by_repository(now | then, account, region).items():
            # a change of something else has left the image alone: the other one to go back to is an older one
            prune = before is not None and now != then
            missing = await aws.keep_images(repository, sorted(digests), owner=rollout.spec.record, prune=prune)
            for digest in sorted(missing):
                console.warn(
                    f"{rollout.service}: {digest} is not in the repository {repository} any more, and cannot be "
                    "gone back to"
                )
    except Exception as error:  # noqa: BLE001  whatever it is, the release is decided elsewhere
        console.warn(
            f"{rollout.service}: its images could not be tagged as kept, so the lifecycle of their repository may "
            f"expire them: {describe_failure(error)}. The deployer needs {', '.join(PERMISSIONS)}"
        )


async def _images(aws: AsyncTaskDriver, release: TaskRelease) -> frozenset[RepositoryImage]:
    """Those of all its containers, and the one it is known by."""
    definition = await aws.definition_if_listed(release.task_definition)
    references = {release.image.id, *(definition.images if definition else ())}
    return frozenset(image for image in map(in_repository, references) if image is not None)


def _by_repository(images: frozenset[RepositoryImage], account: str, region: str) -> Mapping[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for image in images:
        if (image.account, image.region) == (account, region):
            found[image.repository].add(image.digest)
    return found
