"""One set of tags for resources, servers, volumes and network interfaces."""

import re
from collections.abc import Mapping
from typing import Any, Final

from strata.spectrum import MUTABILITY_TAG, Mutability
from strata.stage import Stage

__all__ = [
    "KEY_LIMIT",
    "OVERRIDDEN_TAG",
    "OWN_TAGS",
    "RESERVED_KEYS",
    "RESERVED_PREFIXES",
    "STAGE_TAG",
    "TAG_LIMIT",
    "TAINTED_TAG",
    "USER_TAG_LIMIT",
    "VALUE_LIMIT",
    "allowed_characters",
    "is_reserved",
    "tag_set",
    "tagged_class",
    "tagged_stage",
]

TAG_LIMIT: Final = 50
"""Tags AWS allows on one resource."""
KEY_LIMIT: Final = 128
"""Characters of a tag's key."""
VALUE_LIMIT: Final = 256
"""Characters of a tag's value."""

STAGE_TAG: Final = "strata:stage"
"""Key of the tag that says the stage; the settings loader puts it among a component's tags."""

OVERRIDDEN_TAG: Final = "strata:overridden"
"""Key of the tag of a group that names what of it is not as the settings want it, because a program overrides it."""

TAINTED_TAG: Final = "strata:tainted"
"""Key of the tag of a server or a task into which somebody was let, see `rollout/break_glass_note.py`."""

OWN_TAGS: Final = (
    "Name",
    "strata:project",
    "strata:stack",
    STAGE_TAG,
    "strata:component",
    "strata:service",
    MUTABILITY_TAG,
    "strata:release",
    OVERRIDDEN_TAG,
    TAINTED_TAG,
)
"""Every tag Strata may put on one resource; a server also carries its release."""

USER_TAG_LIMIT: Final = TAG_LIMIT - len(OWN_TAGS)
"""Tags a stack file may add to one component."""

RESERVED_PREFIXES: Final = ("strata:", "aws:")
"""Prefixes a stack file cannot use: ours, and the one AWS keeps for itself in any case."""
RESERVED_KEYS: Final = ("Name",)
"""Keys a stack file cannot use, because every resource gets its own."""

# What all taggable services accept: letters, digits and spaces of any script, and these signs.
_ALLOWED = re.compile(r"[\w .:/=+\-@]*")


def is_reserved(key: str) -> bool:
    """Whether a stack file cannot use a tag key."""
    return key in RESERVED_KEYS or key.lower().startswith(RESERVED_PREFIXES)


def allowed_characters(text: str) -> bool:
    """Whether AWS accepts every character of a tag's key or value."""
    return _ALLOWED.fullmatch(text) is not None


def tag_set(
    *,
    name: str,
    project: str,
    stack: str,
    component: str,
    mutability: Mutability,
    service: str | None = None,
    user: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The tags of one resource.

    Args:
        name: the resource's own name, shown in AWS's consoles.
        project: name of the Pulumi project.
        stack: name of the Pulumi stack.
        component: name of the component the resource belongs to.
        mutability: class of the resource.
        service: the service the resource belongs to. Default: none, no such tag.
        user: tags from the settings, `strata:stage` among them. Strata's own win over these.
    """
    own = {
        "Name": name,
        "strata:project": project,
        "strata:stack": stack,
        "strata:component": component,
        MUTABILITY_TAG: mutability.value,
    }
    if service is not None:
        own["strata:service"] = service
    return {**(user or {}), **own}


def tagged_class(tags: Any) -> Mutability | None:
    """The class that tags name, if they name one.

    Args:
        tags: the input `tags` of a resource: a mapping, or a list of `{key, value}` as Auto Scaling groups have it.
            Anything else, such as an unknown value, names none.
    """
    value = _tagged(tags, MUTABILITY_TAG)
    return Mutability(value) if isinstance(value, str) and value in set(Mutability) else None


def tagged_stage(tags: Any) -> Stage | None:
    """The stage that tags name, if they name one.

    Args:
        tags: as for `tagged_class`.
    """
    value = _tagged(tags, STAGE_TAG)
    return Stage(value) if isinstance(value, str) and value in set(Stage) else None


def _tagged(tags: Any, key: str) -> Any:
    if isinstance(tags, list):
        tags = {each.get("key"): each.get("value") for each in tags if isinstance(each, Mapping)}
    return tags.get(key) if isinstance(tags, Mapping) else None
