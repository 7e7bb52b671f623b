"""What of a plan names something that a change takes away: an image of a repository, or a revision that tasks run."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Any, Final

from strata.guard.plan import Plan, ResourceChange
from strata.resources.registry_images import digest_of, outlives_its_delete, taken_from_registry
from strata.resources.values import walk
from strata.spectrum import Operation

__all__ = ["names_of_users", "stays"]

_REPOSITORIES: Final = MappingProxyType(
    {"aws:ecr/repository:Repository": "repositoryUrl", "aws:ecrpublic/repository:Repository": "repositoryUri"}
)
"""Types that hold images, and the output with the name by which their images are pulled."""
_TASK_DEFINITION: Final = "aws:ecs/taskDefinition:TaskDefinition"
_DIGEST: Final = "sha256:"


def names_of_users(change: ResourceChange, plan: Plan) -> list[str]:
    """The names of resources that name what goes with another one, sorted; none where it stays in AWS.

    Args:
        change: a change; nothing but one of a repository, of an image in one, or of a task definition takes such along.
        plan: the plan it is part of.
    """
    if change.operation not in {Operation.DELETE, Operation.REPLACE} or stays(change):
        return []
    others = [each for each in plan.changes if each.type.startswith("aws:") and each.urn != change.urn]
    if change.type == _TASK_DEFINITION:
        wanted = _revision(change)
        return sorted({each.name for each in others if wanted and each.later and _has(each.later.inputs, wanted)})
    images = tuple(_images(change))
    return sorted({each.name for each in others if images and _holds(each.state.inputs, images)})


def stays(change: ResourceChange) -> bool:
    """Whether what goes from the state stays where it is, by an option that was there before and is there afterwards.

    An option that comes with the change it would excuse excuses nothing.

    Args:
        change: a change.
    """
    kept = change.old is not None and outlives_its_delete(change.old)
    return kept and (change.new is None or outlives_its_delete(change.new))


def _images(change: ResourceChange) -> Iterator[str]:
    """How an image that goes is written: by its repository, or by its digest."""
    if (key := _REPOSITORIES.get(change.type)) is not None:
        if where := str(change.state.outputs.get(key) or ""):
            yield from (f"{where}@", f"{where}:")
    elif taken_from_registry(change.state) and (digest := digest_of(change.state)).startswith(_DIGEST):
        yield digest


def _revision(change: ResourceChange) -> frozenset[str]:
    """How a revision that is deregistered is written. What names it afterwards starts no more tasks of it (ECS)."""
    arn = str(change.state.outputs.get("arn") or "")
    kept = str(change.state.inputs.get("skipDestroy")).lower() == "true"
    return frozenset({arn, arn.rpartition("/")[2]}) if arn and not kept else frozenset()


def _has(inputs: Any, wanted: frozenset[str]) -> bool:
    """Whether some value is one of the texts, or holds one as JSON does."""
    texts = [value for _, value in walk(inputs) if isinstance(value, str)]
    return any(text in wanted or any(f'"{each}"' in text for each in wanted) for text in texts)


def _holds(inputs: Any, wanted: tuple[str, ...]) -> bool:
    return any(isinstance(value, str) and any(each in value for each in wanted) for _, value in walk(inputs))
