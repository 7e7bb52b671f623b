"""A way out of a network that a test has made, as its tasks need one to the registry of their images."""

from typing import Any

__all__ = ["lead_out"]


def lead_out(ec2: Any, vpc: str, subnet: str) -> None:
    """A NAT gateway in one subnet, and the way to it from all."""
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    main = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}]
    (table,) = ec2.describe_route_tables(Filters=main)["RouteTables"]
    ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
