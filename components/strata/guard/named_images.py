"""What of a plan names an image that a change would take away: release records, task definitions, functions."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from strata.guard.plan import Plan, ResourceChange
from strata.resources.registry_images import digest_of, taken_from_registry
from strata.resources.values import walk

__all__ = ["REPOSITORIES", "names_of_users", "takes_images"]

REPOSITORIES: Final = MappingProxyType(
    {"aws:ecr/repository:Repository": "repositoryUrl", "aws:ecrpublic/repository:Repository": "repositoryUri"}
)
"""Types that hold images, and the output with the name by which their images are pulled."""
_DIGEST: Final = "sha256:"


def takes_images(change: ResourceChange) -> bool:
    """Whether images go with a resource, if it goes.

    Args:
        change: the change.
    """
    return change.type in REPOSITORIES or taken_from_registry(change.state)


def names_of_users(change: ResourceChange, plan: Plan) -> list[str]:
    """The names of resources that name an image which goes with another one, sorted.

    Args:
        change: the change of a repository, or of an image in one.
        plan: the plan it is part of.
    """
    wanted = tuple(_wanted(change)) if takes_images(change) else ()
    others = [each for each in plan.changes if each.type.startswith("aws:") and each.urn != change.urn]
    return sorted({each.name for each in others if wanted and _names(each, wanted)})


def _wanted(change: ResourceChange) -> Iterator[str]:
    """How an image that goes is written: by its repository, or by its digest."""
    if (key := REPOSITORIES.get(change.type)) is not None:
        if where := str(change.state.outputs.get(key) or ""):
            yield from (f"{where}@", f"{where}:")
    elif (digest := digest_of(change.state)).startswith(_DIGEST):
        yield digest


def _names(other: ResourceChange, wanted: tuple[str, ...]) -> bool:
    return any(
        isinstance(value, str) and any(each in value for each in wanted) for _, value in walk(other.state.inputs)
    )
