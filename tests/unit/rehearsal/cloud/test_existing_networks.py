"""A network that a program says there is exists in a rehearsal, without anybody making it by hand."""

import pytest
from botocore.exceptions import ClientError

from tests.unit.rehearsal.cloud.conftest import REGION, Aws

VPC = "vpc-0a1b2c3d4e5f60718"
SUBNETS = [f"subnet-0a1b2c3d4e5f6071{n}" for n in range(3)]


def ask(aws: Aws, subnets: list[str], vpc: str = VPC) -> dict[str, str]:
    """As `strata.components.network.place` asks, through the rehearsal's provider."""
    filters = [{"Name": "subnet-id", "Values": subnets}, {"Name": "vpc-id", "Values": [vpc]}]
    found = aws.ec2.describe_subnets(Filters=filters)["Subnets"]
    return {each["SubnetId"]: each["AvailabilityZone"] for each in found}


def test_a_program_that_names_a_network_of_the_account_can_be_rehearsed(bare: Aws):
    assert ask(bare, SUBNETS) == {
        SUBNETS[0]: f"{REGION}a",
        SUBNETS[1]: f"{REGION}b",
        SUBNETS[2]: f"{REGION}c",
    }
    (group,) = bare.ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [VPC]}])["SecurityGroups"]
    assert group["GroupName"] == "default"
    made = bare.elbv2.create_load_balancer(Name="public", Subnets=SUBNETS)["LoadBalancers"][0]
    assert made["VpcId"] == VPC
    bare.rds.create_db_subnet_group(DBSubnetGroupName="own", DBSubnetGroupDescription="d", SubnetIds=SUBNETS)


def test_a_second_tier_of_the_same_network_joins_the_first(bare: Aws):
    ask(bare, SUBNETS[:2])
    assert set(ask(bare, SUBNETS[1:])) == set(SUBNETS[1:])
    assert len(bare.ec2.describe_vpcs(VpcIds=[VPC])["Vpcs"]) == 1


def test_a_subnet_that_was_deleted_here_does_not_come_back(aws: Aws):
    twin = aws.ec2.create_subnet(VpcId=aws.vpc, CidrBlock="10.0.9.0/24")["Subnet"]["SubnetId"]
    aws.ec2.delete_subnet(SubnetId=twin)
    assert ask(aws, [twin], aws.vpc) == {}


def test_a_subnet_of_another_network_is_not_found_in_this_one(aws: Aws):
    assert ask(aws, aws.subnets) == {}
    assert set(ask(aws, aws.subnets, aws.vpc)) == set(aws.subnets)


def test_only_the_question_for_subnets_of_one_network_makes_any(bare: Aws):
    with pytest.raises(ClientError, match=r"InvalidSubnetID\.NotFound"):
        bare.ec2.describe_subnets(SubnetIds=SUBNETS)
    assert bare.ec2.describe_subnets(Filters=[{"Name": "subnet-id", "Values": SUBNETS}])["Subnets"] == []


def test_what_runs_in_such_a_network_reaches_what_is_outside(bare: Aws):
    ask(bare, SUBNETS[:2])
    ask(bare, SUBNETS)
    (table,) = bare.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [VPC]}])["RouteTables"]
    ways = [each.get("NatGatewayId") for each in table["Routes"] if each["DestinationCidrBlock"] == "0.0.0.0/0"]
    assert len(ways) == 1
    assert str(ways[0]).startswith("nat-")
