"""Schedules of Amazon EventBridge Scheduler."""

from collections.abc import Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.type_row import ApiCall, AutoName, Lookup, P, PropertyStep, TypeRow, sends

__all__ = ["ROWS"]

_SETTINGS = (
    "description endDate flexibleTimeWindow kmsKeyArn scheduleExpression scheduleExpressionTimezone startDate state "
    "target actionAfterCompletion"
)
_NAMED = {"Name": P("name"), "GroupName": P("groupName")}
_ASKED = {**_NAMED, **sends(_SETTINGS)}


def _id(resource: LiveResource, _answer: object) -> str:
    return f"{resource.get('groupName') or 'default'}/{resource.get('name')}"


def _description(_resource: LiveResource, found: Mapping[str, Any]) -> str:
    """The provider shows an empty one where AWS has none."""
    return found.get("Description") or ""


SCHEDULE = TypeRow(
    tokens=("aws:scheduler/schedule:Schedule",),
    service="scheduler",
    create=ApiCall("create_schedule", _ASKED),
    id=_id,
    read=Lookup(ApiCall("get_schedule", _NAMED), "", ("ResourceNotFoundException",)),
    # a request leaves nothing as it was: what it does not name falls back to its default
    steps=(PropertyStep(_SETTINGS, ApiCall("update_schedule", _ASKED), on_create=False),),
    delete=ApiCall("delete_schedule", _NAMED),
    replace="name groupName",
    renames={
        "capacityProviderStrategies": "CapacityProviderStrategy",
        "placementStrategies": "PlacementStrategy",
        "pipelineParameters": "PipelineParameterList",
    },
    defaults={
        "groupName": "default",
        "scheduleExpressionTimezone": "UTC",
        "state": "ENABLED",
        "actionAfterCompletion": "NONE",
    },
    outputs={"description": _description},
    auto_name=AutoName(64),
)

ROWS = (SCHEDULE,)
