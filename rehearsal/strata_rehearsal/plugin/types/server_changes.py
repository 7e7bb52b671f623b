"""Documents and associations of Systems Manager, by which servers are changed in place."""

from collections.abc import Mapping
from typing import Any, Final

from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.operation_errors import AwsCallError
from strata_rehearsal.plugin.type_row import (
    ID,
    TAG_KEYS,
    TAGS,
    ApiCall,
    AutoName,
    Lookup,
    P,
    PropertyStep,
    Tagging,
    TypeRow,
    sends,
)

__all__ = ["ROWS", "tags_of_kind"]

_NO_DOCUMENT: Final = ("InvalidDocument",)
_NO_ASSOCIATION: Final = ("AssociationDoesNotExist",)


def tags_of_kind(kind: str) -> Tagging:
    """Systems Manager: tags by the kind of resource and its id.

    Args:
        kind: its word for the type.
    """
    named = {"ResourceType": kind, "ResourceId": ID}
    return Tagging(
        add=ApiCall("add_tags_to_resource", {**named, "Tags": TAGS}),
        remove=ApiCall("remove_tags_from_resource", {**named, "TagKeys": TAG_KEYS}),
        read=ApiCall("list_tags_for_resource", named),
        at="TagList",
    )


def _find_document(resource: LiveResource) -> Mapping[str, Any] | None:
    """The description, and the content, for which there is a call of its own."""
    try:
        found = resource.aws("describe_document", Name=resource.id)["Document"]
    except AwsCallError as error:
        if error.code in _NO_DOCUMENT:
            return None
        raise
    content = resource.aws("get_document", Name=resource.id)["Content"]
    return {**found, "Content": content}


def _new_version(resource: LiveResource) -> None:
    """A changed document is a new version, which the provider makes the default."""
    version = resource.run(
        ApiCall(
            "update_document",
            {"Name": ID, "DocumentVersion": "$LATEST", **sends("content documentFormat targetType versionName")},
        )
    )["DocumentDescription"]["DocumentVersion"]
    resource.aws("update_document_default_version", Name=resource.id, DocumentVersion=version)


_VERSIONED = "content documentFormat targetType versionName"

DOCUMENT = TypeRow(
    tokens=("aws:ssm/document:Document",),
    service="ssm",
    create=ApiCall("create_document", sends("name content documentType documentFormat targetType versionName")),
    id="DocumentDescription.Name",
    read=_find_document,
    steps=(PropertyStep(_VERSIONED, _new_version, on_create=False),),
    delete=ApiCall("delete_document", {"Name": ID}),
    gone=_NO_DOCUMENT,
    replace="name",
    defaults={"documentFormat": "JSON"},
    outputs={
        "arn": lambda r, _: r.arn(f"document/{r.id}"),
        "description": lambda _, found: found.get("Description") or "",
        "createdDate": lambda _, found: found["CreatedDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "parameters": lambda *_: [],
    },
    volatile=dict.fromkeys(("defaultVersion", "documentVersion", "hash", "latestVersion"), _VERSIONED),
    tagging=tags_of_kind("Document"),
    auto_name=AutoName(128),
    documents=("content",),
    recorded="attachmentsSources permissions",
)

_CHANGES = (
    "applyOnlyAtCronInterval associationName automationTargetParameterName calendarNames complianceSeverity "
    "documentVersion maxConcurrency maxErrors outputLocation parameters scheduleExpression syncCompliance targets"
)


def _parameters(given: Mapping[str, str]) -> dict[str, list[str]]:
    """AWS has a list for each parameter; the provider has one text."""
    return {name: [value] for name, value in given.items()}


def _output_location(given: Mapping[str, str]) -> dict[str, dict[str, str]]:
    names = {"s3BucketName": "OutputS3BucketName", "s3KeyPrefix": "OutputS3KeyPrefix", "s3Region": "OutputS3Region"}
    return {"S3Location": {names[key]: value for key, value in given.items() if value and key in names}}


_ASSOCIATED = {
    **sends(_CHANGES),
    "Name": P("name"),
    "Parameters": P("parameters", _parameters),
    "OutputLocation": P("outputLocation", _output_location),
}


def _given(name: str) -> Any:
    return lambda r, _: r.get(name)


ASSOCIATION = TypeRow(
    tokens=("aws:ssm/association:Association",),
    service="ssm",
    create=ApiCall("create_association", _ASSOCIATED),
    id="AssociationDescription.AssociationId",
    read=Lookup(ApiCall("describe_association", {"AssociationId": ID}), "AssociationDescription", _NO_ASSOCIATION),
    # a request leaves nothing as it was: what it does not say is taken away
    steps=(
        PropertyStep(_CHANGES, ApiCall("update_association", {"AssociationId": ID, **_ASSOCIATED}), on_create=False),
    ),
    delete=ApiCall("delete_association", {"AssociationId": ID}),
    gone=_NO_ASSOCIATION,
    replace="name",
    outputs={
        "arn": lambda r, _: r.arn(f"association/{r.id}"),
        "documentVersion": lambda _, found: found.get("DocumentVersion") or "$DEFAULT",
        "outputLocation": _given("outputLocation"),
        "parameters": lambda r, _: r.get("parameters") or {},
    },
    tagging=tags_of_kind("Association"),
    recorded="waitForSuccessTimeoutSeconds",
)

ROWS = (DOCUMENT, ASSOCIATION)
