"""SSM parameters."""

from collections.abc import Iterator, Mapping
from typing import Any

from strata_rehearsal.plugin.check import Failure
from strata_rehearsal.plugin.live_resource import LiveResource, dig
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

_GONE = ("ParameterNotFound",)
_VALUES = ("value", "insecureValue", "valueWo")


def _value(resource: LiveResource) -> str:
    return next(str(resource.inputs[name]) for name in _VALUES if resource.inputs.get(name) is not None)


def _one_value(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    given = [name for name in _VALUES if inputs.get(name) is not None]
    if len(given) != 1:
        yield Failure(
            given[-1] if given else "value", f"exactly one of {', '.join(_VALUES)} must be given, got {len(given)}"
        )
    if inputs.get("insecureValue") is not None and inputs.get("type") == "SecureString":
        yield Failure("insecureValue", "a SecureString accepts its value as value, not as insecureValue")


def _find(resource: LiveResource) -> Mapping[str, Any] | None:
    """Value and metadata come from different calls."""
    try:
        parameter = resource.aws("get_parameter", Name=resource.id, WithDecryption=True)["Parameter"]
    except AwsCallError as error:
        if error.code in _GONE:
            return None
        raise
    wanted = [{"Key": "Name", "Option": "Equals", "Values": [resource.id]}]
    metadata = dig(resource.aws("describe_parameters", ParameterFilters=wanted), "Parameters[0]") or {}
    return {**metadata, **parameter}


def _given(name: str) -> Any:
    """The property the program gave the value by; a write-only one is never read back."""

    def look(resource: LiveResource, found: Mapping[str, Any]) -> Any:
        if name == "value":
            return None if resource.inputs.get("valueWo") is not None else found["Value"]
        return found["Value"] if resource.inputs.get(name) is not None else None

    return look


_SETTINGS = {"Name": P("name"), "Value": _value, **sends("type description allowedPattern dataType tier keyId")}

PARAMETER = TypeRow(
    tokens=("aws:ssm/parameter:Parameter",),
    service="ssm",
    create=ApiCall("put_parameter", {**_SETTINGS, "Overwrite": P("overwrite")}),
    id=lambda resource, _: str(resource.get("name")),
    read=_find,
    steps=(
        PropertyStep(
            "value insecureValue valueWo valueWoVersion type description allowedPattern dataType tier keyId",
            ApiCall("put_parameter", {**_SETTINGS, "Overwrite": True}),
            on_create=False,
        ),
    ),
    delete=ApiCall("delete_parameter", {"Name": ID}),
    gone=_GONE,
    replace="name dataType",
    defaults={"dataType": "text", "hasValueWo": False},
    outputs={
        "arn": lambda r, found: found.get("ARN") or r.arn(f"parameter/{r.id.removeprefix('/')}"),
        "value": _given("value"),
        "insecureValue": _given("insecureValue"),
        "valueWo": lambda *_: None,
        "tier": lambda _, found: found.get("Tier") or "Standard",
        "dataType": lambda _, found: found.get("DataType") or "text",
        "hasValueWo": lambda r, _: r.inputs.get("valueWo") is not None,
        "keyId": lambda _, found: found.get("KeyId") or "",
    },
    volatile={"version": "value insecureValue valueWo valueWoVersion type description tier", "value": "insecureValue"},
    tagging=Tagging(
        add=ApiCall("add_tags_to_resource", {"ResourceType": "Parameter", "ResourceId": ID, "Tags": TAGS}),
        remove=ApiCall(
            "remove_tags_from_resource", {"ResourceType": "Parameter", "ResourceId": ID, "TagKeys": TAG_KEYS}
        ),
        read=ApiCall("list_tags_for_resource", {"ResourceType": "Parameter", "ResourceId": ID}),
        at="TagList",
    ),
    auto_name=AutoName(1011),
    checks=(_one_value,),
    recorded="arn overwrite valueWoVersion",
)

ROWS = (PARAMETER,)
