"""What a launch template version says, read as EC2 answers it (pure)."""

from collections.abc import Mapping
from typing import Any

__all__ = ["instance_tags", "security_groups", "untagged"]


def instance_tags(data: Mapping[str, Any]) -> dict[str, str]:
    """The tags that instances get.

    Args:
        data: what the version launches, in EC2's words.
    """
    return {
        tag["Key"]: tag["Value"]
        for specification in data.get("TagSpecifications", ())
        if specification["ResourceType"] == "instance"
        for tag in specification["Tags"]
    }


def security_groups(data: Mapping[str, Any]) -> frozenset[str]:
    """Ids of the security groups that instances get; none where the version names none.

    Args:
        data: what the version launches, in EC2's words.
    """
    first = next(iter(data.get("NetworkInterfaces") or ()), {})
    return frozenset(first.get("Groups") or data.get("SecurityGroupIds") or ())


def untagged(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a digest covers: tags change no server.

    Args:
        data: what the version launches, in EC2's words.
    """
    return {key: value for key, value in data.items() if key != "TagSpecifications"}
