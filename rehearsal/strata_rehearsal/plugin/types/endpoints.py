"""VPC endpoints and flow logs."""

from collections.abc import Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource, dig
from strata_rehearsal.plugin.operation_errors import AwsCallError
from strata_rehearsal.plugin.type_row import ID, ApiCall, Lookup, P, PropertyStep, TypeRow, sends
from strata_rehearsal.plugin.types.tagging import ec2_tags

__all__ = ["ROWS"]

_LISTS = {"routeTableIds": "RouteTableIds", "subnetIds": "SubnetIds", "securityGroupIds": "SecurityGroupIds"}


def _modify(resource: LiveResource) -> None:
    """Lists change by what is added and what is removed; the rest as it is."""
    parameters: dict[str, Any] = {}
    for name, member in _LISTS.items():
        before, wanted = set(resource.state.get(name) or []), set(resource.inputs.get(name) or [])
        if name in resource.changed and wanted - before:
            parameters[f"Add{member}"] = sorted(wanted - before)
        if name in resource.changed and before - wanted:
            parameters[f"Remove{member}"] = sorted(before - wanted)
    if "policy" in resource.changed:
        policy = resource.inputs.get("policy")
        parameters |= {"PolicyDocument": policy} if policy else {"ResetPolicy": True}
    if "privateDnsEnabled" in resource.changed:
        parameters["PrivateDnsEnabled"] = bool(resource.get("privateDnsEnabled"))
    if parameters:
        resource.aws("modify_vpc_endpoint", VpcEndpointId=resource.id, **parameters)


def _prefix_list(resource: LiveResource, found: Mapping[str, Any]) -> Any:
    if found.get("VpcEndpointType") != "Gateway":
        return None
    wanted = [{"Name": "prefix-list-name", "Values": [found["ServiceName"]]}]
    return dig(resource.aws("describe_prefix_lists", Filters=wanted), "PrefixLists[0].PrefixListId")


def _create_flow_log(resource: LiveResource) -> str:
    """The API accepts several resources and answers per resource, so a refusal is not an error of the call."""
    kinds = {
        "vpcId": "VPC",
        "subnetId": "Subnet",
        "eniId": "NetworkInterface",
        "transitGatewayId": "TransitGateway",
        "transitGatewayAttachmentId": "TransitGatewayAttachment",
        "regionalNatGatewayId": "RegionalNatGateway",
    }
    name = next((name for name in kinds if resource.inputs.get(name)), None)
    if name is None:
        raise AwsCallError("", f"one of {', '.join(kinds)} must be given", "CreateFlowLogs")
    target = {"ResourceIds": [resource.inputs[name]], "ResourceType": kinds[name]}
    tags = [{"Key": key, "Value": value} for key, value in resource.tags.items()]
    specification = {"TagSpecifications": [{"ResourceType": "vpc-flow-log", "Tags": tags}]} if tags else {}
    answer = resource.run(_CREATE_FLOW_LOG, **target, **specification)
    refused = dig(answer, "Unsuccessful[0].Error")
    if refused:
        raise AwsCallError(refused.get("Code", ""), refused.get("Message", "no message"), "CreateFlowLogs")
    return answer["FlowLogIds"][0]


_CREATE_FLOW_LOG = ApiCall(
    "create_flow_logs",
    sends(
        "trafficType logDestinationType logDestination logFormat maxAggregationInterval destinationOptions "
        "deliverCrossAccountRole"
    )
    | {"DeliverLogsPermissionArn": P("iamRoleArn")},
)

VPC_ENDPOINT = TypeRow(
    tokens=("aws:ec2/vpcEndpoint:VpcEndpoint",),
    service="ec2",
    create=ApiCall(
        "create_vpc_endpoint",
        sends(
            "vpcId serviceName vpcEndpointType routeTableIds subnetIds securityGroupIds privateDnsEnabled ipAddressType"
        )
        | {"PolicyDocument": P("policy"), "DnsOptions": P("dnsOptions")},
    ),
    id="VpcEndpoint.VpcEndpointId",
    read=Lookup(
        ApiCall("describe_vpc_endpoints", {"VpcEndpointIds": [ID]}),
        "VpcEndpoints[0]",
        ("InvalidVpcEndpointId.NotFound", "InvalidVpcEndpoint.NotFound"),
        alive=lambda found: str(found.get("State", "")).lower() not in ("deleting", "deleted"),
    ),
    steps=(
        PropertyStep("routeTableIds subnetIds securityGroupIds policy privateDnsEnabled", _modify, on_create=False),
    ),
    delete=ApiCall("delete_vpc_endpoints", {"VpcEndpointIds": [ID]}),
    replace="vpcId serviceName serviceRegion vpcEndpointType resourceConfigurationArn serviceNetworkArn",
    documents=("policy",),
    defaults={"vpcEndpointType": "Gateway", "privateDnsEnabled": False, "requesterManaged": False},
    renames={"policy": "PolicyDocument"},
    outputs={
        "arn": lambda r, _: r.arn(f"vpc-endpoint/{r.id}"),
        "ownerId": lambda r, found: found.get("OwnerId") or r.cloud.account,
        "securityGroupIds": lambda _, found: [group["GroupId"] for group in found.get("Groups") or []],
        "prefixListId": _prefix_list,
        "cidrBlocks": lambda *_: [],
        "state": lambda _, found: str(found.get("State", "available")).lower(),
    },
    tagging=ec2_tags("vpc-endpoint"),
    recorded=(
        "autoAccept dnsOptions ipAddressType resourceConfigurationArn serviceNetworkArn serviceRegion "
        "subnetConfigurations"
    ),
)

FLOW_LOG = TypeRow(
    tokens=("aws:ec2/flowLog:FlowLog",),
    service="ec2",
    create=_create_flow_log,
    read=Lookup(ApiCall("describe_flow_logs", {"FlowLogIds": [ID]}), "FlowLogs[0]", ("InvalidFlowLogId.NotFound",)),
    delete=ApiCall("delete_flow_logs", {"FlowLogIds": [ID]}),
    replace=(
        "deliverCrossAccountRole destinationOptions eniId iamRoleArn logDestination logDestinationType "
        "logFormat maxAggregationInterval regionalNatGatewayId subnetId trafficType "
        "transitGatewayAttachmentId transitGatewayId vpcId"
    ),
    renames={"iamRoleArn": "DeliverLogsPermissionArn"},
    defaults={"logDestinationType": "cloud-watch-logs", "maxAggregationInterval": 600},
    outputs={"arn": lambda r, _: r.arn(f"vpc-flow-log/{r.id}")},
    tagging=ec2_tags("vpc-flow-log"),
    recorded="tagFieldSpecifications",
)

ROWS = (VPC_ENDPOINT, FLOW_LOG)
