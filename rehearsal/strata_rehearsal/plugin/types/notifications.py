"""What an Auto Scaling group tells a topic; one resource may speak for several groups."""

from collections.abc import Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.operation_errors import AwsCallError
from strata_rehearsal.plugin.type_row import PropertyStep, TypeRow

__all__ = ["ROWS"]


def _put(resource: LiveResource, groups: list[str]) -> None:
    for name in groups:
        resource.aws(
            "put_notification_configuration",
            AutoScalingGroupName=name,
            TopicARN=resource.get("topicArn"),
            NotificationTypes=resource.get("notifications"),
        )


def _remove(resource: LiveResource, groups: list[str]) -> None:
    for name in groups:
        try:
            resource.aws(
                "delete_notification_configuration", AutoScalingGroupName=name, TopicARN=resource.get("topicArn")
            )
        except AwsCallError as error:
            # The group is gone, and what it told whom with it.
            if error.code != "ValidationError":
                raise


def _create(resource: LiveResource) -> str:
    _put(resource, resource.inputs["groupNames"])
    return str(resource.inputs["topicArn"])


def _update(resource: LiveResource) -> None:
    before, wanted = resource.state.get("groupNames") or [], resource.inputs["groupNames"]
    _remove(resource, [name for name in before if name not in wanted])
    _put(resource, wanted)


def _find(resource: LiveResource) -> Mapping[str, Any] | None:
    """The groups that still tell the topic anything, and what each of them tells."""
    topic, names = resource.get("topicArn"), resource.get("groupNames")
    listed = resource.cloud.pages(
        "autoscaling",
        "describe_notification_configurations",
        "NotificationConfigurations",
        resource.region,
        AutoScalingGroupNames=names,
    )
    told = [each for each in listed if each["TopicARN"] == topic]
    if not told:
        return None
    return {
        "TopicArn": topic,
        "GroupNames": sorted({each["AutoScalingGroupName"] for each in told}),
        "Notifications": sorted({each["NotificationType"] for each in told}),
    }


NOTIFICATION = TypeRow(
    tokens=("aws:autoscaling/notification:Notification",),
    service="autoscaling",
    create=_create,
    read=_find,
    steps=(PropertyStep("groupNames notifications", _update, on_create=False),),
    delete=lambda resource: _remove(resource, resource.get("groupNames")),
    replace="topicArn",
)

ROWS = (NOTIFICATION,)
