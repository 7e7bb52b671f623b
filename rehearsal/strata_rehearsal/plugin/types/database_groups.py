"""The groups that RDS instances use: parameter groups and subnet groups."""

from collections.abc import Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.type_row import (
    ID,
    ApiCall,
    AutoName,
    Lookup,
    P,
    PropertyStep,
    TypeRow,
)
from strata_rehearsal.plugin.types.tagging import rds_tags

__all__ = ["ROWS"]


def _parameters_now(resource: LiveResource) -> list[dict[str, str]]:
    listed = resource.aws("describe_db_parameters", DBParameterGroupName=resource.id, Source="user")["Parameters"]
    return [
        {"name": each["ParameterName"], "value": each["ParameterValue"], "applyMethod": each.get("ApplyMethod", "")}
        for each in listed
    ]


def _parameters(resource: LiveResource, _found: Mapping[str, Any]) -> list[dict[str, str]]:
    """In the order of the program, where AWS has the same ones."""
    live, given = _parameters_now(resource), resource.inputs.get("parameters") or []

    def values(parameters: list[Any]) -> dict[str, str]:
        return {each["name"]: str(each["value"]) for each in parameters}

    return given if values(given) == values(live) else live


def _set_parameters(resource: LiveResource) -> None:
    wanted = [
        {
            "ParameterName": each["name"],
            "ParameterValue": str(each["value"]),
            "ApplyMethod": each.get("applyMethod") or "immediate",
        }
        for each in resource.inputs.get("parameters") or []
    ]
    names = {each["ParameterName"] for each in wanted}
    gone = [each for each in resource.state.get("parameters") or [] if each["name"] not in names]
    if gone:
        reset = [{"ParameterName": each["name"], "ApplyMethod": "pending-reboot"} for each in gone]
        resource.aws("reset_db_parameter_group", DBParameterGroupName=resource.id, Parameters=reset)
    if wanted:
        resource.aws("modify_db_parameter_group", DBParameterGroupName=resource.id, Parameters=wanted)


PARAMETER_GROUP = TypeRow(
    tokens=("aws:rds/parameterGroup:ParameterGroup",),
    service="rds",
    create=ApiCall(
        "create_db_parameter_group",
        {"DBParameterGroupName": P("name"), "DBParameterGroupFamily": P("family"), "Description": P("description")},
    ),
    id="DBParameterGroup.DBParameterGroupName",
    read=Lookup(
        ApiCall("describe_db_parameter_groups", {"DBParameterGroupName": ID}),
        "DBParameterGroups[0]",
        ("DBParameterGroupNotFound",),
    ),
    steps=(PropertyStep("parameters", _set_parameters),),
    delete=ApiCall("delete_db_parameter_group", {"DBParameterGroupName": ID}),
    gone=("DBParameterGroupNotFound",),
    busy=("InvalidDBParameterGroupState",),
    replace="name family description",
    renames={"name": "DBParameterGroupName", "family": "DBParameterGroupFamily"},
    defaults={"description": "Managed by Pulumi", "skipDestroy": False},
    outputs={"arn": lambda r, _: r.arn(f"pg:{r.id}"), "parameters": _parameters},
    tagging=rds_tags("pg", lambda resource: resource.id),
    auto_name=AutoName(255, lower=True),
    recorded="skipDestroy",
)

SUBNET_GROUP = TypeRow(
    tokens=("aws:rds/subnetGroup:SubnetGroup",),
    service="rds",
    create=ApiCall(
        "create_db_subnet_group",
        {
            "DBSubnetGroupName": P("name"),
            "DBSubnetGroupDescription": P("description"),
            "SubnetIds": P("subnetIds"),
        },
    ),
    id="DBSubnetGroup.DBSubnetGroupName",
    read=Lookup(
        ApiCall("describe_db_subnet_groups", {"DBSubnetGroupName": ID}),
        "DBSubnetGroups[0]",
        ("DBSubnetGroupNotFoundFault",),
    ),
    steps=(
        PropertyStep(
            "subnetIds description",
            ApiCall(
                "modify_db_subnet_group",
                {
                    "DBSubnetGroupName": ID,
                    "DBSubnetGroupDescription": P("description"),
                    "SubnetIds": P("subnetIds"),
                },
            ),
            on_create=False,
        ),
    ),
    delete=ApiCall("delete_db_subnet_group", {"DBSubnetGroupName": ID}),
    gone=("DBSubnetGroupNotFoundFault",),
    busy=("InvalidDBSubnetGroupStateFault",),
    replace="name",
    renames={"name": "DBSubnetGroupName", "description": "DBSubnetGroupDescription"},
    defaults={"description": "Managed by Pulumi"},
    outputs={
        "arn": lambda r, _: r.arn(f"subgrp:{r.id}"),
        "subnetIds": lambda _, found: [each["SubnetIdentifier"] for each in found["Subnets"]],
        "supportedNetworkTypes": lambda *_: ["IPV4"],
    },
    tagging=rds_tags("subgrp", lambda resource: resource.id),
    auto_name=AutoName(255, lower=True),
)

ROWS = (PARAMETER_GROUP, SUBNET_GROUP)
