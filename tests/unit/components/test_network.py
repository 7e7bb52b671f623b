"""Networks as they are registered."""

import json
from ipaddress import IPv4Network
from itertools import combinations, product

import pulumi
import pytest

from strata import Network, testing
from strata.components.network.existing import Tier
from strata.components.network.network import MAX_ZONES, subnet_cidr
from strata.errors import UsageError
from strata.settings.models import EndpointName, FlowLogSettings, Nat, NetworkSettings


def network(settings=None, *, mocks=None, **keywords) -> testing.Graph:
    def program():
        made = Network("main", settings or NetworkSettings(), **keywords)
        pulumi.export("network", made.exports)

    return testing.run(program, mocks=mocks)


def cidrs(graph: testing.Graph) -> dict[str, str]:
    return {it.name: it.inputs["cidrBlock"] for it in graph.of_type("Subnet")}


@pytest.mark.parametrize("prefix", [16, 18, 20])
def test_no_two_subnets_overlap_and_all_lie_within_the_range(prefix):
    whole = IPv4Network(f"10.64.0.0/{prefix}")
    parts = [subnet_cidr(whole, tier, zone) for tier, zone in product(Tier, range(MAX_ZONES))]
    assert all(part.subnet_of(whole) for part in parts)
    assert not any(one.overlaps(other) for one, other in combinations(parts, 2))


def test_a_zone_beyond_the_last_slot_is_refused():
    with pytest.raises(ValueError, match="zone index 4"):
        subnet_cidr(IPv4Network("10.0.0.0/16"), Tier.PUBLIC, 4)


def test_another_zone_renumbers_no_subnet():
    two = cidrs(network(NetworkSettings(zones=2)))
    three = cidrs(network(NetworkSettings(zones=3)))
    assert two.items() <= three.items()
    assert len(three) == len(two) + 3


def test_a_subnet_never_moves_to_another_zone():
    graph = network()
    assert all(it.options.ignore_changes == ("availabilityZone",) for it in graph.of_type("Subnet"))
    assert {it.inputs["availabilityZone"] for it in graph.of_type("Subnet")} == {"eu-west-1a", "eu-west-1b"}


def test_a_region_with_too_few_zones_is_refused_with_what_it_offers():
    with pytest.raises(UsageError, match=r"wants 3 zones, this region offers 2") as refusal:
        network(NetworkSettings(zones=3), mocks=testing.CloudMocks(zones=["us-west-1a", "us-west-1c"]))
    assert "Set strata:network.zones to 2" in str(refusal.value)


@pytest.mark.parametrize("nat, gateways", [(Nat.NONE, 0), (Nat.ONE, 1), (Nat.PER_ZONE, 3)])
def test_nat_gateways_are_as_many_as_asked_for(nat, gateways):
    graph = network(NetworkSettings(zones=3, nat=nat))
    assert len(graph.of_type("NatGateway")) == len(graph.of_type("Eip")) == gateways
    routes = [it for it in graph.of_type("Route") if "natGatewayId" in it.inputs]
    assert len(routes) == (3 if gateways else 0)
    assert len({it.inputs["natGatewayId"] for it in routes}) == gateways


def test_one_nat_becomes_one_per_zone_without_touching_subnets_or_tables():
    one = {it.name for it in network(NetworkSettings(nat=Nat.ONE))}
    per_zone = {it.name for it in network(NetworkSettings(nat=Nat.PER_ZONE))}
    assert one < per_zone
    assert per_zone - one == {"main-nat-2", "main-nat-2-address"}


def test_isolated_subnets_have_no_way_out():
    graph = network()
    isolated = graph.one("RouteTable", "main-isolated-routes")
    assert not [it for it in graph.of_type("Route") if isolated.urn in it.options.depends_on]


def test_every_subnet_is_associated_with_a_table_of_its_own_tier():
    graph = network(NetworkSettings(zones=3))
    for association in graph.of_type("RouteTableAssociation"):
        tier = association.name.split("-")[1]
        assert association.inputs["subnetId"].startswith(f"main-{tier}-")
        assert association.inputs["routeTableId"].startswith(f"main-{tier}-")
    assert len(graph.of_type("RouteTableAssociation")) == 9


def test_session_manager_endpoints_take_https_from_the_network_only():
    graph = network(NetworkSettings(cidr=IPv4Network("10.8.0.0/16")))
    interfaces = [it for it in graph.of_type("VpcEndpoint") if it.inputs["vpcEndpointType"] == "Interface"]
    assert {it.inputs["serviceName"].rsplit(".", 1)[1] for it in interfaces} == {"ssm", "ssmmessages", "ec2messages"}
    rule = graph.one("SecurityGroupIngressRule").inputs
    assert (rule["cidrIpv4"], rule["fromPort"], rule["toPort"]) == ("10.8.0.0/16", 443, 443)


def test_the_s3_endpoint_is_on_every_route_table():
    graph = network(NetworkSettings(zones=3))
    gateway = graph.one("VpcEndpoint", "main-s3-endpoint").inputs
    assert gateway["serviceName"] == "com.amazonaws.eu-west-1.s3"
    assert len(gateway["routeTableIds"]) == len(graph.of_type("RouteTable")) == 5


@pytest.mark.parametrize(
    "endpoints, count", [((), 0), ((EndpointName.S3,), 1), ((EndpointName.SSM,), 3), (tuple(EndpointName), 4)]
)
def test_endpoints_are_those_the_settings_name(endpoints, count):
    graph = network(NetworkSettings(endpoints=endpoints))
    assert len(graph.of_type("VpcEndpoint")) == count
    assert len(graph.of_type("SecurityGroup")) == (1 if EndpointName.SSM in endpoints else 0)


def test_flow_logs_go_to_a_log_group_that_their_role_may_write():
    graph = network(NetworkSettings(flow_logs=FlowLogSettings(retention_days=90)))
    log = graph.one("FlowLog").inputs
    assert log["trafficType"] == "ALL"
    assert graph.one("LogGroup").inputs["retentionInDays"] == 90
    (statement,) = json.loads(graph.one("RolePolicy").inputs["policy"])["Statement"]
    assert log["logDestination"] in statement["Resource"]


def test_flow_logs_can_be_switched_off():
    graph = network(NetworkSettings(flow_logs=FlowLogSettings(enabled=False)))
    for token in ("FlowLog", "LogGroup", "Role", "RolePolicy"):
        assert graph.of_type(token) == []


@pytest.mark.parametrize("protect", [True, False])
def test_what_cannot_be_replaced_is_protected_when_asked_for(protect):
    graph = network(NetworkSettings(protect=protect))
    for token in ("Vpc", "Subnet", "InternetGateway", "RouteTable", "Eip"):
        assert all(it.options.protect is (True if protect else None) for it in graph.of_type(token)), token


def test_protection_asked_of_the_component_reaches_its_children():
    graph = network(NetworkSettings(protect=False), opts=pulumi.ResourceOptions(protect=True))
    testing.assert_protected(graph, ["aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"])


def test_another_stack_reads_the_network_that_was_exported():
    exported = network().exports["network"]

    class WithReference(testing.CloudMocks):
        def new_resource(self, args):
            if args.typ == "pulumi:pulumi:StackReference":
                return args.name, {**args.inputs, "outputs": {"network": exported}, "secretOutputNames": []}
            return super().new_resource(args)

    def program():
        found = Network.from_stack("main", pulumi.StackReference("org/net/prod"))
        pulumi.export("vpc", found.vpc_id)
        pulumi.export("private", found.private_subnet_ids)

    exports = testing.run(program, mocks=WithReference()).exports
    assert exports["vpc"] == exported["vpc_id"]
    assert exports["private"] == exported["private_subnet_ids"]


def test_a_stack_that_exports_no_network_is_named_with_the_fix():
    class WithReference(testing.CloudMocks):
        def new_resource(self, args):
            return args.name, {**args.inputs, "outputs": {"other": 1}, "secretOutputNames": []}

    def program():
        Network.from_stack("main", pulumi.StackReference("org/net/prod"))

    with pytest.raises(UsageError, match=r"output 'network' of the stack .* is not a network") as refusal:
        testing.run(program, mocks=WithReference())
    assert "network.exports" in str(refusal.value)


def test_a_network_by_ids_makes_nothing():
    def program():
        found = Network.from_ids("main", vpc_id="vpc-1", cidr="10.0.0.0/16", private_subnet_ids=["subnet-1"])
        pulumi.export("private", found.private_subnet_ids)
        pulumi.export("public", found.public_subnet_ids)

    graph = testing.run(program)
    assert graph.resources == ()
    assert graph.exports == {"private": ["subnet-1"], "public": []}


def test_an_override_reaches_every_child_of_its_name():
    graph = network(overrides={"private_subnet": {"map_public_ip_on_launch": True}})
    private = [it for it in graph.of_type("Subnet") if it.name.startswith("main-private")]
    assert all(it.inputs["mapPublicIpOnLaunch"] for it in private)
    assert not graph.one("Subnet", "main-public-1").inputs["mapPublicIpOnLaunch"]


def test_a_nat_gateway_waits_for_the_way_to_the_internet():
    graph = network()
    assert graph.one("Route", "main-public-default-route").urn in graph.one("NatGateway").options.depends_on
