"""What AWS keeps as lists of key and value: tags, and attributes such as those of load balancers and topics."""

from collections.abc import Callable, Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource, dig
from strata_rehearsal.plugin.type_row import ID, TAG_KEYS, TAGS, ApiCall, PropertyStep, Tagging

__all__ = ["arn_tags", "attribute_outputs", "attribute_step", "ec2_tags", "elb_tags", "iam_tags", "listed", "rds_tags"]


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


def rds_tags(kind: str, name: Callable[[LiveResource], str], *, listed: bool = True) -> Tagging:
    """RDS: tags by ARN.

    Args:
        kind: RDS's word for the type in an ARN.
        name: what the ARN ends with.
        listed: look the tags up by a call of their own, for a description that lacks them.
    """

    def arn(resource: LiveResource) -> str:
        return resource.arn(f"{kind}:{name(resource)}")

    return Tagging(
        add=ApiCall("add_tags_to_resource", {"ResourceName": arn, "Tags": TAGS}),
        remove=ApiCall("remove_tags_from_resource", {"ResourceName": arn, "TagKeys": TAG_KEYS}),
        read=ApiCall("list_tags_for_resource", {"ResourceName": arn}) if listed else None,
        at="TagList",
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


Table = Mapping[str, str | Mapping[str, str]]
"""Attribute key by property; for a block, attribute key by member."""


def attribute_step(table: Table, operation: str, parameter: str) -> PropertyStep:
    """The step that sets every attribute an update changes, in one call.

    Args:
        table: what is kept where.
        operation: the modifying operation; it accepts `Attributes`, a list of Key and Value.
        parameter: its parameter for the id.
    """

    def run(resource: LiveResource) -> None:
        names = resource.changed or table.keys()
        flat = [pair for name in table if name in names for pair in _flat(table[name], resource.get(name))]
        if flat:
            resource.aws(operation, **{parameter: resource.id, "Attributes": flat})

    return PropertyStep(" ".join(table), run)


def _flat(key: str | Mapping[str, str], value: Any) -> list[dict[str, str]]:
    if isinstance(key, str):
        return [] if value is None else [{"Key": key, "Value": _text(value)}]
    block = value or {"enabled": False}
    return [
        {"Key": member_key, "Value": _text(block[name])}
        for name, member_key in key.items()
        if block.get(name) is not None
    ]


def attribute_outputs(table: Table, look: Callable[[LiveResource], Mapping[str, str]]) -> dict[str, Any]:
    """Outputs that read the attributes back.

    Args:
        table: what is kept where.
        look: the attributes as AWS has them; called once per property, so it should remember.
    """

    def output(name: str, key: str | Mapping[str, str]) -> Callable[[LiveResource, Mapping[str, Any]], Any]:
        def read(resource: LiveResource, _found: Mapping[str, Any]) -> Any:
            kept = look(resource)
            if isinstance(key, str):
                return kept.get(key)
            block = {member: kept.get(member_key) for member, member_key in key.items()}
            given = resource.inputs.get(name) is not None or str(block.get("enabled")).lower() == "true"
            return {member: value for member, value in block.items() if value not in (None, "")} if given else None

        return read

    return {name: output(name, key) for name, key in table.items()}


def listed(operation: str, parameter: str) -> Callable[[LiveResource], Mapping[str, str]]:
    """A look at attributes that are described as a list of Key and Value, made once per operation on a resource."""

    def look(resource: LiveResource) -> Mapping[str, str]:
        if operation not in resource.remembered:
            pairs = dig(resource.aws(operation, **{parameter: resource.id}), "Attributes") or []
            resource.remembered[operation] = {pair["Key"]: pair["Value"] for pair in pairs}
        return resource.remembered[operation]

    return look


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
