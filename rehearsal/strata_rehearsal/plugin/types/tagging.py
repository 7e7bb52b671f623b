"""How each service tags."""

from typing import Any

from strata_rehearsal.plugin.type_row import ID, TAG_KEYS, TAGS, ApiCall, Tagging

__all__ = ["arn_tags", "ec2_tags", "elb_tags", "iam_tags"]


def ec2_tags(kind: str, *, listed: bool = False) -> Tagging:
    """EC2: tags by resource id, given at creation as a specification for the resource type `kind`.

    Args:
        kind: EC2's word for the type.
        listed: look the tags up by DescribeTags, for a description that lacks them or keeps those of the creation.
    """
    wanted = {"Filters": [{"Name": "resource-id", "Values": [ID]}]}
    return Tagging(
        add=ApiCall("create_tags", {"Resources": [ID], "Tags": TAGS}),
        remove=ApiCall("delete_tags", {"Resources": [ID], "Tags": _keys}),
        read=ApiCall("describe_tags", wanted) if listed else None,
        on_create="TagSpecifications",
        kind=kind,
    )


def elb_tags() -> Tagging:
    """Load balancing: tags by ARN, listed by a call of their own."""
    return Tagging(
        add=ApiCall("add_tags", {"ResourceArns": [ID], "Tags": TAGS}),
        remove=ApiCall("remove_tags", {"ResourceArns": [ID], "TagKeys": TAG_KEYS}),
        read=ApiCall("describe_tags", {"ResourceArns": [ID]}),
        at="TagDescriptions[0].Tags",
    )


def iam_tags(noun: str, parameter: str) -> Tagging:
    """IAM: operations and the naming parameter differ by the kind of entity."""
    return Tagging(
        add=ApiCall(f"tag_{noun}", {parameter: ID, "Tags": TAGS}),
        remove=ApiCall(f"untag_{noun}", {parameter: ID, "TagKeys": TAG_KEYS}),
    )


def arn_tags(
    arn: Any, parameter: str = "ResourceArn", tags: str = "Tags", keys: str = "TagKeys", **options: Any
) -> Tagging:
    """Services that tag by ARN, in three operations of one name everywhere.

    Args:
        arn: template of the ARN.
        parameter: the API's name for the ARN.
        tags: its name for the tags.
        keys: its name for the keys of tags that are to go.
        options: further arguments of `Tagging`.
    """
    return Tagging(
        add=ApiCall("tag_resource", {parameter: arn, tags: TAGS}),
        remove=ApiCall("untag_resource", {parameter: arn, keys: TAG_KEYS}),
        read=ApiCall("list_tags_for_resource", {parameter: arn}),
        **options,
    )


def _keys(resource: Any) -> list[dict[str, str]]:
    return [{"Key": key} for key in resource.removed_tags]
