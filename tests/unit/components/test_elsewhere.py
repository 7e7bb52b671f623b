"""A rehearsal of a stack on another stack's network needs neither that stack nor its network."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest

from strata import Database, Ingress, Network, testing
from strata.clock import CLOCK_VARIABLE
from strata.components.network.existing import follow_references
from strata.settings.models import DatabaseSettings, IngressSettings


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Path]:
    """The process of a program in a rehearsal, by the folder of its backend's stacks."""
    original = pulumi.StackReference.__init__
    follow_references({CLOCK_VARIABLE: "60@0", "PULUMI_BACKEND_URL": tmp_path.as_uri()})
    yield tmp_path / ".pulumi" / "stacks"
    pulumi.StackReference.__init__ = original


TIERS = {f"{tier}_subnet_ids": [f"subnet-{tier}-{n}" for n in "ab"] for tier in ("public", "private", "isolated")}


class Engine(testing.CloudMocks):
    """Reads any stack, and notes which."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def new_resource(self, args: Any) -> Any:
        if args.typ != "pulumi:pulumi:StackReference":
            return super().new_resource(args)
        self.asked.append(args.inputs["name"])
        told = {"vpc_id": "vpc-1", "cidr": "10.0.0.0/16", **TIERS}
        return args.name, {**args.inputs, "outputs": {"network": told}, "secretOutputNames": []}


def program(stack: str) -> None:
    network = Network.from_stack("main", pulumi.StackReference(stack))
    Ingress("public", IngressSettings(), network=network)
    Database("orders", DatabaseSettings(version="16"), network=network)


@pytest.mark.usefixtures("rehearsal")
@pytest.mark.parametrize("stack", ["acme/net/prod", "organization/net/prod", "acme/prod", "prod"])
def test_a_stack_on_somebody_elses_network_is_rehearsed_without_it(stack: str):
    engine = Engine()
    graph = testing.run(lambda: program(stack), mocks=engine)
    assert engine.asked == []
    balancer = graph.one("LoadBalancer").inputs
    assert len(balancer["subnets"]) == 3
    assert all(each.startswith("subnet-") and len(each) == 24 for each in balancer["subnets"])
    assert any(stack in line.text for line in graph.log)


@pytest.mark.usefixtures("rehearsal")
def test_the_same_reference_is_the_same_network_every_time():
    one, two, other = (
        testing.run(lambda stack=stack: program(stack), mocks=Engine()).one("LoadBalancer").inputs["subnets"]
        for stack in ("acme/net/prod", "acme/net/prod", "acme/net/staging")
    )
    assert one == two != other


@pytest.mark.parametrize("name", ["net", "organization/project/net"])
def test_a_stack_that_the_rehearsal_has_is_read_by_the_engine(rehearsal: Path, name: str):
    kept = rehearsal / "project" / "net.json"
    kept.parent.mkdir(parents=True)
    kept.write_text("{}")
    engine = Engine()
    graph = testing.run(lambda: program(name), mocks=engine)
    assert engine.asked == [name]
    assert graph.one("LoadBalancer").inputs["subnets"] == TIERS["public_subnet_ids"]


def test_outside_of_a_rehearsal_nothing_changes(tmp_path: Path):
    original = pulumi.StackReference.__init__
    follow_references({"PULUMI_BACKEND_URL": tmp_path.as_uri()})
    follow_references({CLOCK_VARIABLE: "60@0", "PULUMI_BACKEND_URL": "https://api.pulumi.com"})
    assert pulumi.StackReference.__init__ is original
