"""KMS keys and their aliases."""

from collections.abc import Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.operation_errors import AwsCallError
from strata_rehearsal.plugin.type_row import ID, TAG_KEYS, ApiCall, AutoName, P, PropertyStep, Tagging, TypeRow, sends

__all__ = ["ROWS"]

_GONE = ("NotFoundException",)
_ROTATION_DAYS = 365
"""KMS's own rotation period."""


def _find(resource: LiveResource) -> Mapping[str, Any] | None:
    """A key that waits for its deletion is gone for the provider."""
    try:
        key = resource.aws("describe_key", KeyId=resource.id)["KeyMetadata"]
    except AwsCallError as error:
        if error.code in _GONE:
            return None
        raise
    if key["KeyState"] == "PendingDeletion":
        return None
    rotation = resource.aws("get_key_rotation_status", KeyId=resource.id)
    policy = resource.aws("get_key_policy", KeyId=resource.id, PolicyName="default")
    return {**key, **rotation, **policy}


def _set_rotation(resource: LiveResource) -> None:
    if str(resource.get("enableKeyRotation")).lower() == "true":
        days = int(resource.get("rotationPeriodInDays") or _ROTATION_DAYS)
        resource.aws("enable_key_rotation", KeyId=resource.id, RotationPeriodInDays=days)
    elif resource.changed:
        resource.aws("disable_key_rotation", KeyId=resource.id)


def _set_enabled(resource: LiveResource) -> None:
    enabled = str(resource.get("isEnabled")).lower() == "true"
    if resource.changed or not enabled:
        resource.aws("enable_key" if enabled else "disable_key", KeyId=resource.id)


def _rotation_days(resource: LiveResource, found: Mapping[str, Any]) -> int | None:
    if not found.get("KeyRotationEnabled"):
        return None
    return found.get("RotationPeriodInDays") or resource.inputs.get("rotationPeriodInDays") or _ROTATION_DAYS


def _tags(resource: LiveResource) -> list[dict[str, str]]:
    """KMS has words of its own for a tag."""
    return [{"TagKey": key, "TagValue": value} for key, value in resource.tags.items()]


def _listed_tags(resource: LiveResource) -> Mapping[str, Any]:
    found = resource.aws("list_resource_tags", KeyId=resource.id)["Tags"]
    return {"Tags": [{"Key": tag["TagKey"], "Value": tag["TagValue"]} for tag in found]}


KEY = TypeRow(
    tokens=("aws:kms/key:Key",),
    service="kms",
    create=ApiCall(
        "create_key",
        sends(
            "policy description keyUsage customKeyStoreId bypassPolicyLockoutSafetyCheck multiRegion xksKeyId",
            customerMasterKeySpec="KeySpec",
        ),
    ),
    id="KeyMetadata.KeyId",
    read=_find,
    steps=(
        PropertyStep(
            "description",
            ApiCall(
                "update_key_description", {"KeyId": ID, "Description": lambda r: r.inputs.get("description") or ""}
            ),
            on_create=False,
        ),
        PropertyStep(
            "policy",
            ApiCall("put_key_policy", {"KeyId": ID, "PolicyName": "default", "Policy": P("policy")}, needs="policy"),
            on_create=False,
        ),
        PropertyStep("enableKeyRotation rotationPeriodInDays", _set_rotation),
        PropertyStep("isEnabled", _set_enabled),
    ),
    delete=ApiCall("schedule_key_deletion", {"KeyId": ID, "PendingWindowInDays": P("deletionWindowInDays")}),
    gone=_GONE,
    replace="customerMasterKeySpec keyUsage customKeyStoreId multiRegion xksKeyId",
    documents=("policy",),
    defaults={
        "deletionWindowInDays": 30,
        "bypassPolicyLockoutSafetyCheck": False,
        "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "enableKeyRotation": False,
        "isEnabled": True,
        "keyUsage": "ENCRYPT_DECRYPT",
        "multiRegion": False,
    },
    outputs={
        "arn": "Arn",
        "keyId": "KeyId",
        "isEnabled": "Enabled",
        "enableKeyRotation": "KeyRotationEnabled",
        "rotationPeriodInDays": _rotation_days,
        "policy": "Policy",
    },
    tagging=Tagging(
        add=ApiCall("tag_resource", {"KeyId": ID, "Tags": _tags}),
        remove=ApiCall("untag_resource", {"KeyId": ID, "TagKeys": TAG_KEYS}),
        read=_listed_tags,
        on_create="",
    ),
)


def _find_alias(resource: LiveResource) -> Mapping[str, Any] | None:
    """The API lists aliases and describes none."""
    aliases = resource.cloud.pages("kms", "list_aliases", "Aliases", resource.region)
    return next((alias for alias in aliases if alias["AliasName"] == resource.id), None)


def _target(key: str) -> Any:
    """What the program named the key by, an id or an ARN, as long as that is still the key."""

    def look(resource: LiveResource, found: Mapping[str, Any]) -> str:
        given = str(resource.inputs.get(key) or "")
        target = found["TargetKeyId"]
        return given if given.rpartition("/")[2] == target else target

    return look


ALIAS = TypeRow(
    tokens=("aws:kms/alias:Alias",),
    service="kms",
    create=ApiCall("create_alias", {"AliasName": P("name"), "TargetKeyId": P("targetKeyId")}),
    id=lambda resource, _: str(resource.get("name")),
    read=_find_alias,
    steps=(
        PropertyStep(
            "targetKeyId",
            ApiCall("update_alias", {"AliasName": ID, "TargetKeyId": P("targetKeyId")}),
            on_create=False,
        ),
    ),
    delete=ApiCall("delete_alias", {"AliasName": ID}),
    gone=_GONE,
    replace="name namePrefix",
    outputs={
        "arn": "AliasArn",
        "name": "AliasName",
        "targetKeyId": _target("targetKeyId"),
        "targetKeyArn": lambda r, found: r.arn(f"key/{found['TargetKeyId']}"),
    },
    auto_name=AutoName(256),
)

ROWS = (KEY, ALIAS)
