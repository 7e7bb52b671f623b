"""Rules over where container images are kept: whose tags move, and what takes an image away that a release names."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from strata.aws.kept_images import KEPT
from strata.policy.rule import Rule, Severity, Terms
from strata.resources.registry_images import taken_from_registry
from strata.resources.resource import Resource
from strata.resources.values import at, is_known, mappings, number, parsed

__all__ = ["IMMUTABLE_TAGS", "RELEASED_IMAGES_STAY", "REPOSITORIES"]

REPOSITORIES: Final = frozenset(
    {"aws:ecr/repository:Repository", "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"}
)
"""Types that say whether tags of a repository can be moved."""
_MOVING: Final = frozenset({None, "", "MUTABLE", "MUTABLE_WITH_EXCLUSION"})
_ENOUGH: Final = 100
"""Images a rule has to spare so that none is lost: a release and its rollback, for each service and stage."""


def _tags_stay(resource: Resource, _: Terms) -> Iterator[str]:
    if resource.type in REPOSITORIES and resource.inputs.get("imageTagMutability") in _MOVING:
        yield "lets tags be moved to other images"


IMMUTABLE_TAGS: Final = Rule(
    "immutable-tags",
    Severity.ADVISORY,
    "A tag in a repository stays at its image.",
    'Set image_tag_mutability to "IMMUTABLE", and except what has to move, such as the tag of a cache, with '
    "image_tag_mutability_exclusion_filters.",
    _tags_stay,
)


def _images_stay(resource: Resource, _: Terms) -> Iterator[str]:
    inputs = resource.inputs
    match resource.type:
        case "aws:ecr/lifecyclePolicy:LifecyclePolicy":
            if not _spares(_rules(inputs.get("policy"))):
                yield "lets images expire that a release or its rollback may name"
        case _:
            if taken_from_registry(resource) and not resource.retained:
                yield "is deleted from its registry when the next image comes in its place"


def _rules(policy: Any) -> Sequence[Mapping[str, Any]]:
    """The rules of a lifecycle in the order in which they claim images; none where it cannot be read."""
    found = mappings(at(parsed(policy), "rules")) if is_known(policy) else []
    return sorted(found, key=lambda rule: number(rule.get("rulePriority")) or 0)


def _spares(rules: Sequence[Mapping[str, Any]]) -> bool:
    """Whether no rule expires an image that a gate has tagged: an earlier one claims it, and spares it."""
    for rule in rules:
        selection = at(rule, "selection")
        if at(selection, "tagPrefixList") == [KEPT] or at(selection, "tagPatternList") == [f"{KEPT}*"]:
            kept = number(at(selection, "countNumber")) or 0
            return at(selection, "countType") == "imageCountMoreThan" and kept >= _ENOUGH
        # expired, or archived, from where nothing is pulled
        if at(selection, "tagStatus") != "untagged":
            return False
    return True


RELEASED_IMAGES_STAY: Final = Rule(
    "released-images-stay",
    Severity.ADVISORY,
    "No image goes that a release or its rollback may name.",
    f"Give the lifecycle a first rule for tags that begin with {KEPT}, of imageCountMoreThan {_ENOUGH} or more: the "
    "gate of a ContainerService sets such a tag. Set keep_remotely=True on a RegistryImage, and retain_on_delete=True "
    "on an Index.",
    _images_stay,
)
