"""Secrets and their rotation; a value is never read back."""

from collections.abc import Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.operation_errors import AwsCallError
from strata_rehearsal.plugin.type_row import (
    ID,
    TAG_KEYS,
    TAGS,
    ApiCall,
    AutoName,
    P,
    PropertyStep,
    Tagging,
    TypeRow,
    sends,
)

__all__ = ["ROWS"]

_GONE = ("ResourceNotFoundException",)


def _find(resource: LiveResource) -> Mapping[str, Any] | None:
    """A secret in its recovery window is gone for the provider."""
    try:
        found = resource.aws("describe_secret", SecretId=resource.id)
    except AwsCallError as error:
        if error.code in _GONE:
            return None
        raise
    return None if found.get("DeletedDate") else found


def _set_policy(resource: LiveResource) -> None:
    if policy := resource.inputs.get("policy"):
        resource.aws("put_resource_policy", SecretId=resource.id, ResourcePolicy=policy)
    else:
        resource.aws("delete_resource_policy", SecretId=resource.id)


def _delete(resource: LiveResource) -> None:
    """A window of no days is the provider's word for "at once"."""
    days = int(resource.get("recoveryWindowInDays"))
    how = {"RecoveryWindowInDays": days} if days else {"ForceDeleteWithoutRecovery": True}
    resource.aws("delete_secret", SecretId=resource.id, **how)


SECRET = TypeRow(
    tokens=("aws:secretsmanager/secret:Secret",),
    service="secretsmanager",
    create=ApiCall("create_secret", sends("name description kmsKeyId type")),
    id="ARN",
    read=_find,
    steps=(
        PropertyStep(
            "description kmsKeyId",
            ApiCall("update_secret", {"SecretId": ID, **sends("description kmsKeyId")}),
            on_create=False,
        ),
        PropertyStep("policy", _set_policy),
    ),
    delete=_delete,
    gone=_GONE,
    replace="name namePrefix type",
    documents=("policy",),
    defaults={"recoveryWindowInDays": 30, "forceOverwriteReplicaSecret": False, "replicas": [], "policy": ""},
    outputs={"arn": "ARN", "policy": lambda r, _: r.inputs.get("policy")},
    tagging=Tagging(
        add=ApiCall("tag_resource", {"SecretId": ID, "Tags": TAGS}),
        remove=ApiCall("untag_resource", {"SecretId": ID, "TagKeys": TAG_KEYS}),
    ),
    auto_name=AutoName(512),
    recorded="recoveryWindowInDays forceOverwriteReplicaSecret replicas",
)


def _find_rotation(resource: LiveResource) -> Mapping[str, Any] | None:
    found = _find(resource)
    return found if found and found.get("RotationEnabled") else None


_ROTATE = ApiCall(
    "rotate_secret",
    {
        "SecretId": P("secretId"),
        **sends("rotationRules rotateImmediately", rotationLambdaArn="RotationLambdaARN"),
    },
)

ROTATION = TypeRow(
    tokens=("aws:secretsmanager/secretRotation:SecretRotation",),
    service="secretsmanager",
    create=_ROTATE,
    id="ARN",
    read=_find_rotation,
    steps=(PropertyStep("rotationLambdaArn rotationRules rotateImmediately", _ROTATE, on_create=False),),
    delete=ApiCall("cancel_rotate_secret", {"SecretId": ID}),
    gone=(*_GONE, "InvalidRequestException"),
    replace="secretId",
    defaults={"rotateImmediately": True, "rotationEnabled": True},
    outputs={"rotationLambdaArn": "RotationLambdaARN", "secretId": lambda r, _: r.get("secretId") or r.id},
    recorded="rotationEnabled externalSecretRotationMetadatas externalSecretRotationRoleArn",
)

ROWS = (SECRET, ROTATION)
