"""CloudWatch log groups."""

from collections.abc import Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.type_row import ApiCall, AutoName, PropertyStep, TypeRow, sends
from strata_rehearsal.plugin.types.tagging import arn_tags

__all__ = ["ROWS"]


def _find(resource: LiveResource) -> Mapping[str, Any] | None:
    """The API lists by prefix only."""
    groups = resource.cloud.pages(
        "logs", "describe_log_groups", "logGroups", resource.region, logGroupNamePrefix=resource.id
    )
    return next((group for group in groups if group["logGroupName"] == resource.id), None)


def _retention(resource: LiveResource) -> None:
    """0 days is the provider's word for "keep for ever"."""
    if days := resource.inputs.get("retentionInDays"):
        resource.aws("put_retention_policy", logGroupName=resource.id, retentionInDays=int(days))
    elif resource.state.get("retentionInDays"):
        resource.aws("delete_retention_policy", logGroupName=resource.id)


def _delete(resource: LiveResource) -> None:
    if str(resource.get("skipDestroy")).lower() != "true":
        resource.aws("delete_log_group", logGroupName=resource.id)


def _arn(resource: LiveResource, _found: Mapping[str, Any] | None = None) -> str:
    """Without the `:*` that describing adds, which no other API wants."""
    return resource.arn(f"log-group:{resource.id}")


LOG_GROUP = TypeRow(
    tokens=("aws:cloudwatch/logGroup:LogGroup",),
    service="logs",
    create=ApiCall(
        "create_log_group", sends("", name="logGroupName", kmsKeyId="kmsKeyId", logGroupClass="logGroupClass")
    ),
    id=lambda resource, _: str(resource.get("name")),
    read=_find,
    steps=(PropertyStep("retentionInDays", _retention),),
    delete=_delete,
    gone=("ResourceNotFoundException",),
    replace="name logGroupClass",
    renames={"name": "logGroupName"},
    defaults={
        "retentionInDays": 0,
        "skipDestroy": False,
        "logGroupClass": "STANDARD",
        "deletionProtectionEnabled": False,
    },
    outputs={"arn": _arn, "retentionInDays": lambda _, found: found.get("retentionInDays", 0)},
    tagging=arn_tags(_arn, "resourceArn", "tags", "tagKeys", at="tags", as_dict=True, on_create="tags"),
    auto_name=AutoName(512),
    recorded="skipDestroy deletionProtectionEnabled",
)

ROWS = (LOG_GROUP,)
