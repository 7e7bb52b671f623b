"""VPCs, subnets and the gateways and addresses of a network."""

from collections.abc import Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource, dig
from strata_rehearsal.plugin.operation_errors import AwsCallError
from strata_rehearsal.plugin.type_row import ID, ApiCall, Lookup, P, PropertyStep, TypeRow, sends
from strata_rehearsal.plugin.types.tagging import ec2_tags

__all__ = ["ROWS"]

POLL_SECONDS = 5.0
"""Simulated seconds between two looks at a NAT gateway."""

NAT_SECONDS = 600.0
"""How long a NAT gateway may take to come and to go, simulated; the provider's own limit is ten and thirty minutes."""


def _vpc_attribute(name: str) -> Any:
    member = name[:1].upper() + name[1:]

    def look(resource: LiveResource, _found: Mapping[str, Any]) -> Any:
        return resource.aws("describe_vpc_attribute", VpcId=resource.id, Attribute=name)[member]["Value"]

    return look


def _in_vpc(operation: str, at: str, *filters: tuple[str, str]) -> Any:
    def look(resource: LiveResource, _found: Mapping[str, Any]) -> Any:
        wanted = [{"Name": name, "Values": [value]} for name, value in (("vpc-id", resource.id), *filters)]
        return dig(resource.aws(operation, Filters=wanted), at)

    return look


def _set_vpc_attribute(name: str) -> PropertyStep:
    return PropertyStep(
        name, ApiCall("modify_vpc_attribute", {"VpcId": ID, name[:1].upper() + name[1:]: {"Value": P(name)}})
    )


def _set_subnet_attribute(name: str) -> PropertyStep:
    return PropertyStep(
        name, ApiCall("modify_subnet_attribute", {"SubnetId": ID, name[:1].upper() + name[1:]: {"Value": P(name)}})
    )


def _attach(resource: LiveResource) -> None:
    """An internet gateway moves by leaving the old VPC first."""
    before, wanted = resource.state.get("vpcId"), resource.inputs.get("vpcId")
    if before and before != wanted:
        resource.aws("detach_internet_gateway", InternetGatewayId=resource.id, VpcId=before)
    if wanted and wanted != before:
        resource.aws("attach_internet_gateway", InternetGatewayId=resource.id, VpcId=wanted)


def _delete_internet_gateway(resource: LiveResource) -> None:
    if vpc := resource.state.get("vpcId"):
        try:
            resource.aws("detach_internet_gateway", InternetGatewayId=resource.id, VpcId=vpc)
        except AwsCallError as error:
            if error.code != "Gateway.NotAttached":
                raise
    resource.aws("delete_internet_gateway", InternetGatewayId=resource.id)


def _nat_state(resource: LiveResource) -> str:
    gateways = resource.aws("describe_nat_gateways", NatGatewayIds=[resource.id])["NatGateways"]
    return gateways[0]["State"] if gateways else "deleted"


def _nat_available(resource: LiveResource, _changed: frozenset[str]) -> None:
    deadline = resource.cloud.now() + NAT_SECONDS
    while (state := _nat_state(resource)) != "available":
        if state == "failed" or resource.cloud.now() >= deadline:
            raise AwsCallError("", f"NAT gateway {resource.id} is {state}", "DescribeNatGateways")
        resource.cloud.pause(POLL_SECONDS)


def _nat_gone(resource: LiveResource) -> None:
    deadline = resource.cloud.now() + NAT_SECONDS
    while (state := _nat_state(resource)) != "deleted":
        if resource.cloud.now() >= deadline:
            raise AwsCallError("", f"NAT gateway {resource.id} is still {state}", "DescribeNatGateways")
        resource.cloud.pause(POLL_SECONDS)


VPC = TypeRow(
    tokens=("aws:ec2/vpc:Vpc",),
    service="ec2",
    create=ApiCall(
        "create_vpc", sends("cidrBlock instanceTenancy", assignGeneratedIpv6CidrBlock="AmazonProvidedIpv6CidrBlock")
    ),
    id="Vpc.VpcId",
    read=Lookup(ApiCall("describe_vpcs", {"VpcIds": [ID]}), "Vpcs[0]", ("InvalidVpcID.NotFound",)),
    steps=(_set_vpc_attribute("enableDnsSupport"), _set_vpc_attribute("enableDnsHostnames")),
    delete=ApiCall("delete_vpc", {"VpcId": ID}),
    busy=("DependencyViolation",),
    replace="cidrBlock ipv4IpamPoolId ipv4NetmaskLength",
    defaults={"enableDnsSupport": True, "enableDnsHostnames": False, "enableNetworkAddressUsageMetrics": False},
    outputs={
        "arn": lambda r, _: r.arn(f"vpc/{r.id}"),
        "ownerId": lambda r, found: found.get("OwnerId") or r.cloud.account,
        "enableDnsSupport": _vpc_attribute("enableDnsSupport"),
        "enableDnsHostnames": _vpc_attribute("enableDnsHostnames"),
        "mainRouteTableId": _in_vpc(
            "describe_route_tables", "RouteTables[0].RouteTableId", ("association.main", "true")
        ),
        "defaultRouteTableId": _in_vpc(
            "describe_route_tables", "RouteTables[0].RouteTableId", ("association.main", "true")
        ),
        "defaultSecurityGroupId": _in_vpc(
            "describe_security_groups", "SecurityGroups[0].GroupId", ("group-name", "default")
        ),
        "defaultNetworkAclId": _in_vpc("describe_network_acls", "NetworkAcls[0].NetworkAclId", ("default", "true")),
    },
    tagging=ec2_tags("vpc"),
    recorded=(
        "enableNetworkAddressUsageMetrics ipv4IpamPoolId ipv4NetmaskLength ipv6CidrBlock "
        "ipv6CidrBlockNetworkBorderGroup ipv6IpamPoolId ipv6NetmaskLength"
    ),
)

SUBNET = TypeRow(
    tokens=("aws:ec2/subnet:Subnet",),
    service="ec2",
    create=ApiCall("create_subnet", sends("vpcId cidrBlock availabilityZone availabilityZoneId ipv6CidrBlock")),
    id="Subnet.SubnetId",
    read=Lookup(ApiCall("describe_subnets", {"SubnetIds": [ID]}), "Subnets[0]", ("InvalidSubnetID.NotFound",)),
    steps=(_set_subnet_attribute("mapPublicIpOnLaunch"), _set_subnet_attribute("assignIpv6AddressOnCreation")),
    delete=ApiCall("delete_subnet", {"SubnetId": ID}),
    busy=("DependencyViolation",),
    patience=1200,
    replace=(
        "vpcId cidrBlock availabilityZone availabilityZoneId ipv4IpamPoolId ipv4NetmaskLength ipv6IpamPoolId "
        "ipv6Native ipv6NetmaskLength outpostArn"
    ),
    defaults={
        "mapPublicIpOnLaunch": False,
        "assignIpv6AddressOnCreation": False,
        "enableDns64": False,
        "enableResourceNameDnsARecordOnLaunch": False,
        "enableResourceNameDnsAaaaRecordOnLaunch": False,
        "ipv6Native": False,
        "privateDnsHostnameTypeOnLaunch": "ip-name",
    },
    outputs={
        "arn": lambda r, _: r.arn(f"subnet/{r.id}"),
        "ownerId": lambda r, found: found.get("OwnerId") or r.cloud.account,
        "ipv6CidrBlock": "Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlock",
        "ipv6CidrBlockAssociationId": "Ipv6CidrBlockAssociationSet[0].AssociationId",
    },
    tagging=ec2_tags("subnet"),
    recorded=(
        "customerOwnedIpv4Pool enableDns64 enableLniAtDeviceIndex enableResourceNameDnsARecordOnLaunch "
        "enableResourceNameDnsAaaaRecordOnLaunch ipv4IpamPoolId ipv4NetmaskLength ipv6IpamPoolId ipv6Native "
        "ipv6NetmaskLength mapCustomerOwnedIpOnLaunch outpostArn privateDnsHostnameTypeOnLaunch"
    ),
)

INTERNET_GATEWAY = TypeRow(
    tokens=("aws:ec2/internetGateway:InternetGateway",),
    service="ec2",
    create=ApiCall("create_internet_gateway"),
    id="InternetGateway.InternetGatewayId",
    read=Lookup(
        ApiCall("describe_internet_gateways", {"InternetGatewayIds": [ID]}),
        "InternetGateways[0]",
        ("InvalidInternetGatewayID.NotFound",),
    ),
    steps=(PropertyStep("vpcId", _attach),),
    delete=_delete_internet_gateway,
    busy=("DependencyViolation",),
    patience=1200,
    outputs={
        "arn": lambda r, _: r.arn(f"internet-gateway/{r.id}"),
        "ownerId": lambda r, found: found.get("OwnerId") or r.cloud.account,
        "vpcId": "Attachments[0].VpcId",
    },
    tagging=ec2_tags("internet-gateway"),
)

ELASTIC_IP = TypeRow(
    tokens=("aws:ec2/eip:Eip",),
    service="ec2",
    create=ApiCall(
        "allocate_address", sends("domain address publicIpv4Pool networkBorderGroup customerOwnedIpv4Pool ipamPoolId")
    ),
    id="AllocationId",
    read=Lookup(
        ApiCall("describe_addresses", {"AllocationIds": [ID]}),
        "Addresses[0]",
        ("InvalidAllocationID.NotFound", "InvalidAddressID.NotFound"),
    ),
    steps=(
        PropertyStep(
            "instance networkInterface associateWithPrivateIp",
            ApiCall(
                "associate_address",
                {
                    "AllocationId": ID,
                    "InstanceId": P("instance"),
                    "NetworkInterfaceId": P("networkInterface"),
                    "PrivateIpAddress": P("associateWithPrivateIp"),
                },
                needs="instance networkInterface",
            ),
        ),
    ),
    delete=ApiCall("release_address", {"AllocationId": ID}),
    busy=("InvalidIPAddress.InUse", "AuthFailure"),
    replace="domain address publicIpv4Pool networkBorderGroup ipamPoolId",
    renames={"instance": "InstanceId", "networkInterface": "NetworkInterfaceId", "privateIp": "PrivateIpAddress"},
    defaults={"domain": "vpc"},
    outputs={
        "arn": lambda r, _: r.arn(f"elastic-ip/{r.id}"),
        "publicDns": lambda r, found: f"ec2-{str(found.get('PublicIp')).replace('.', '-')}.{r.region}.compute.internal",
    },
    tagging=ec2_tags("elastic-ip"),
    recorded="customerOwnedIpv4Pool",
)

NAT_GATEWAY = TypeRow(
    tokens=("aws:ec2/natGateway:NatGateway",),
    service="ec2",
    create=ApiCall(
        "create_nat_gateway",
        sends("subnetId allocationId connectivityType secondaryAllocationIds secondaryPrivateIpAddresses")
        | {"PrivateIpAddress": P("privateIp"), "SecondaryPrivateIpAddressCount": P("secondaryPrivateIpAddressCount")},
    ),
    id="NatGateway.NatGatewayId",
    read=Lookup(
        ApiCall("describe_nat_gateways", {"NatGatewayIds": [ID]}),
        "NatGateways[0]",
        ("NatGatewayNotFound",),
        alive=lambda found: found["State"] not in ("deleting", "deleted"),
    ),
    delete=ApiCall("delete_nat_gateway", {"NatGatewayId": ID}),
    settled=_nat_available,
    removed=_nat_gone,
    replace="subnetId allocationId connectivityType privateIp vpcId availabilityMode",
    defaults={"connectivityType": "public"},
    outputs={
        "allocationId": "NatGatewayAddresses[0].AllocationId",
        "associationId": "NatGatewayAddresses[0].AssociationId",
        "networkInterfaceId": "NatGatewayAddresses[0].NetworkInterfaceId",
        "privateIp": "NatGatewayAddresses[0].PrivateIp",
        "publicIp": "NatGatewayAddresses[0].PublicIp",
    },
    tagging=ec2_tags("natgateway"),
    recorded="availabilityMode availabilityZoneAddresses vpcId",
)

ROWS = (VPC, SUBNET, INTERNET_GATEWAY, ELASTIC_IP, NAT_GATEWAY)
