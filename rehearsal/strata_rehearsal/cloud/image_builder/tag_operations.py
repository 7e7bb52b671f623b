"""Tags of Image Builder's parts and images."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from strata_rehearsal.cloud.image_builder.desk import Desk
from strata_rehearsal.cloud.image_builder.part_operations import Operation
from strata_rehearsal.cloud.image_builder.refusal import ApiRefusal, not_here

__all__ = ["TAG_OPERATIONS"]

MOST_TAGS: Final = 50


def list_tags(desk: Desk) -> Mapping[str, Any]:
    """The tags of one."""
    return {"tags": _tags(desk)}


def tag(desk: Desk) -> Mapping[str, Any]:
    """Set some."""
    tags = _tags(desk)
    if len({**tags, **desk.asked["tags"]}) > MOST_TAGS:
        raise ApiRefusal("InvalidParameterException", f"A resource can have {MOST_TAGS} tags.")
    tags.update(desk.asked["tags"])
    return {}


def untag(desk: Desk) -> Mapping[str, Any]:
    """Remove some."""
    tags = _tags(desk)
    for key in desk.asked["tagKeys"]:
        tags.pop(key, None)
    return {}


def _tags(desk: Desk) -> dict[str, str]:
    arn = desk.asked["resourceArn"]
    found = desk.shelf.get(arn) or desk.place.images.get(arn)
    if found is None:
        raise not_here(arn)
    return found.tags


TAG_OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType(
    {"ListTagsForResource": list_tags, "TagResource": tag, "UntagResource": untag}
)
