"""A network that exists is looked at before anything is put there; what is missing is said at once, with the fix."""

from typing import Any

import pulumi
import pytest

from strata import Database, FileStore, ImmutableService, Ingress, MachineImage, Network, testing
from strata.errors import UsageError
from strata.settings.models import (
    DatabaseSettings,
    FileStoreSettings,
    ImageSettings,
    IngressSettings,
    RouteSettings,
    ScheduleSettings,
    ServiceSettings,
)
from tests.unit.components.conftest import WEB

TIERS = {"private_subnet_ids": ["subnet-1", "subnet-2"], "public_subnet_ids": ["subnet-3", "subnet-4"]}


class OneZone(testing.CloudMocks):
    """A region in which every subnet is in the first zone."""

    def _subnet(self, args: Any) -> dict[str, Any]:
        return {**args, "availabilityZone": "eu-west-1a"}


class Elsewhere(testing.CloudMocks):
    """A region in which no subnet is in the network."""

    def _subnets(self, args: Any) -> dict[str, Any]:
        return {**args, "id": "eu-west-1", "ids": []}


def refusal(make: Any, mocks: Any = None, **tiers: Any) -> str:
    def program() -> None:
        make(Network.from_ids("main", vpc_id="vpc-1", cidr="10.0.0.0/16", **{**TIERS, **tiers}))

    with pytest.raises(UsageError) as caught:
        testing.run(program, mocks=mocks or testing.CloudMocks(images=[WEB]))
    return str(caught.value)


def ingress(network: Any) -> None:
    Ingress("public", IngressSettings(), network=network)


def inside(network: Any) -> None:
    Ingress("inside", IngressSettings(internal=True), network=network)


def database(network: Any) -> None:
    Database("orders", DatabaseSettings(version="16"), network=network)


def service(network: Any) -> None:
    image = MachineImage("web", ImageSettings(version=WEB.version, id=WEB.id))
    ImmutableService("jobs", ServiceSettings(), image=image, network=network)


def files(network: Any) -> None:
    FileStore("shared", FileStoreSettings(), network=network)


@pytest.mark.parametrize(
    "make, tier, user",
    [
        (ingress, "public", "a load balancer needs public subnets in 2 zones"),
        (inside, "private", "a load balancer needs private subnets in 2 zones"),
        (database, "isolated", "a database needs isolated subnets in 2 zones"),
        (service, "private", "a service needs private subnets in one zone"),
        (files, "isolated", "a file store needs isolated subnets in one zone"),
    ],
)
def test_a_network_without_the_subnets_is_an_error_of_the_program_and_not_of_aws(make: Any, tier: str, user: str):
    said = refusal(make, **{f"{tier}_subnet_ids": []})
    assert said.startswith(f"{user}, network 'main' has none")
    assert f"{tier}_subnet_ids" in said.rpartition("fix:")[2]


@pytest.mark.parametrize("make, tier", [(ingress, "public"), (database, "isolated")])
def test_one_subnet_is_too_few_for_what_needs_two_zones(make: Any, tier: str):
    assert "network 'main' has 1" in refusal(make, **{f"{tier}_subnet_ids": ["subnet-9"]})


@pytest.mark.parametrize("make, tier", [(ingress, "public"), (database, "isolated")])
def test_two_subnets_in_one_zone_are_one_zone(make: Any, tier: str):
    said = refusal(make, mocks=OneZone(), **{f"{tier}_subnet_ids": ["subnet-8", "subnet-9"]})
    assert "those of network 'main' are all in eu-west-1a" in said


def test_a_subnet_named_twice_is_one_subnet():
    assert "public subnet subnet-3 more than once" in refusal(ingress, public_subnet_ids=["subnet-3", "subnet-3"])


def test_a_subnet_of_another_vpc_is_named():
    assert "there is no subnet subnet-3, subnet-4 in vpc-1" in refusal(ingress, mocks=Elsewhere())


def test_the_network_of_another_stack_is_looked_at_too():
    class WithReference(testing.CloudMocks):
        def new_resource(self, args: Any) -> Any:
            if args.typ == "pulumi:pulumi:StackReference":
                told = {"vpc_id": "vpc-1", "cidr": "10.0.0.0/16", "isolated_subnet_ids": [], **TIERS}
                return args.name, {**args.inputs, "outputs": {"network": told}, "secretOutputNames": []}
            return super().new_resource(args)

    def program() -> None:
        database(Network.from_stack("main", pulumi.StackReference("org/net/prod")))

    with pytest.raises(UsageError, match="a database needs isolated subnets in 2 zones, network 'main' has none"):
        testing.run(program, mocks=WithReference())


def test_a_network_of_the_same_program_is_not_looked_up():
    class NoLookups(testing.CloudMocks):
        def _subnets(self, args: Any) -> dict[str, Any]:
            raise AssertionError(f"looked up {args}")

    def program() -> None:
        from strata.settings.models import NetworkSettings

        network = Network("main", NetworkSettings())
        for make in (ingress, database, files):
            make(network)

    assert testing.run(program, mocks=NoLookups()).of_type("LoadBalancer")


# Load balancers and schedules


def test_a_load_balancer_called_internal_is_refused_before_aws_does():
    def named(network: Any) -> None:
        Ingress("internal-web", IngressSettings(), network=network)

    said = refusal(named)
    assert "AWS refuses load balancers whose name begins with internal-" in said
    assert "web-internal" in said


def test_a_changed_schedule_is_a_new_one_and_takes_no_start_time_along(ground: Any):
    times = {
        name: ScheduleSettings(recurrence=f"0 {hour} * * *", min=1) for name, hour in (("night", 22), ("morning", 6))
    }
    routes = (RouteSettings(priority=10, paths=("/*",)),)
    graph = ground.service(ServiceSettings(routes=routes, schedules=times))
    night, morning = (graph.one("Schedule", f"web-schedule-{name}") for name in ("night", "morning"))
    for schedule in (night, morning):
        assert schedule.options.delete_before_replace
        assert set(schedule.options.replace_on_changes) == {
            *("recurrence", "timeZone", "minSize", "maxSize", "desiredCapacity"),
        }
    # put at once, EC2 Auto Scaling refuses some of them
    assert night.urn in morning.options.depends_on
