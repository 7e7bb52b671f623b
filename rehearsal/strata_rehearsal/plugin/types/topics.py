"""SNS topics."""

from collections.abc import Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.type_row import ID, ApiCall, AutoName, Lookup, P, PropertyStep, TypeRow
from strata_rehearsal.plugin.types.tagging import arn_tags

__all__ = ["ROWS"]

_ATTRIBUTES = {
    "archivePolicy": "ArchivePolicy",
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deliveryPolicy": "DeliveryPolicy",
    "displayName": "DisplayName",
    "fifoThroughputScope": "FifoThroughputScope",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "policy": "Policy",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
}


def _set_attributes(resource: LiveResource) -> None:
    names = resource.changed or _ATTRIBUTES.keys()
    for name, attribute in _ATTRIBUTES.items():
        value = resource.get(name)
        if name in names and (value is not None or name in resource.dropped):
            text = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
            resource.aws("set_topic_attributes", TopicArn=resource.id, AttributeName=attribute, AttributeValue=text)


def _attribute(attribute: str) -> Any:
    return lambda _, found: found["Attributes"].get(attribute) or None


def _fifo(resource: LiveResource) -> dict[str, str] | None:
    return {"FifoTopic": "true"} if str(resource.inputs.get("fifoTopic")).lower() == "true" else None


def _name(resource: LiveResource, _found: Mapping[str, Any]) -> str:
    return resource.id.rpartition(":")[2]


TOPIC = TypeRow(
    tokens=("aws:sns/topic:Topic",),
    service="sns",
    create=ApiCall("create_topic", {"Name": P("name"), "Attributes": _fifo}),
    id="TopicArn",
    read=Lookup(ApiCall("get_topic_attributes", {"TopicArn": ID}), "", ("NotFound", "NotFoundException")),
    steps=(PropertyStep(" ".join(_ATTRIBUTES), _set_attributes),),
    delete=ApiCall("delete_topic", {"TopicArn": ID}),
    replace="name fifoTopic",
    documents=("policy", "deliveryPolicy"),
    defaults={
        "fifoTopic": False,
        "contentBasedDeduplication": False,
        "signatureVersion": 1,
        "beginningArchiveTime": "",
    },
    outputs={
        **{name: _attribute(attribute) for name, attribute in _ATTRIBUTES.items() if name != "signatureVersion"},
        "arn": lambda r, _: r.id,
        "name": _name,
        "owner": "Attributes.Owner",
    },
    tagging=arn_tags(ID),
    auto_name=AutoName(256),
    recorded=(
        "applicationFailureFeedbackRoleArn applicationSuccessFeedbackRoleArn "
        "applicationSuccessFeedbackSampleRate firehoseFailureFeedbackRoleArn firehoseSuccessFeedbackRoleArn "
        "firehoseSuccessFeedbackSampleRate httpFailureFeedbackRoleArn httpSuccessFeedbackRoleArn "
        "httpSuccessFeedbackSampleRate lambdaFailureFeedbackRoleArn lambdaSuccessFeedbackRoleArn "
        "lambdaSuccessFeedbackSampleRate maximumMessageSize sqsFailureFeedbackRoleArn "
        "sqsSuccessFeedbackRoleArn sqsSuccessFeedbackSampleRate"
    ),
)

ROWS = (TOPIC,)
