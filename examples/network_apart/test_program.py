"""What keeps the network out of the application's reach, held as tests."""

from typing import Any

import pytest
from program import network, shop
from pulumi.runtime import MockResourceArgs

from strata import testing

NETWORK = {"strata:stage": "staging", "strata:network": {"zones": 2, "protect": True}}
SHOP = {
    "strata:stage": "dev",
    "strata:images": {"shop": {"version": "1.0.0", "id": "ami-0a1b2c3d4e5f60718"}},
    "strata:services": {
        "shop": {"instance_type": "t4g.small", "routes": [{"priority": 10, "hosts": ["shop.example.com"]}]}
    },
}
PARTS = ("aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet")


class Exported(testing.CloudMocks):
    """AWS's answers, and the outputs of the network's stack."""

    outputs: dict[str, Any]

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if args.typ == "pulumi:pulumi:StackReference":
            return args.name, {**args.inputs, "outputs": self.outputs, "secretOutputNames": []}
        return super().new_resource(args)


@pytest.fixture
def ground() -> testing.Graph:
    return testing.run(network, config=NETWORK, stack="network")


@pytest.fixture
def application(ground: testing.Graph) -> testing.Graph:
    mocks = Exported(images=testing.images_pinned_by(SHOP))
    mocks.outputs = dict(ground.exports)
    return testing.run(shop, config=SHOP, mocks=mocks, stack="shop")


def test_the_network_is_protected_where_it_is_made(ground: testing.Graph) -> None:
    testing.assert_protected(ground, PARTS)


def test_the_application_makes_no_part_of_it(application: testing.Graph) -> None:
    assert [it for token in PARTS for it in application.of_type(token)] == []


def test_servers_stand_in_the_private_subnets_of_the_other_stack(
    ground: testing.Graph, application: testing.Graph
) -> None:
    group = application.one("aws:autoscaling/group:Group", "shop-group")
    assert group.inputs["vpcZoneIdentifiers"] == ground.exports["network"]["private_subnet_ids"]
