"""The shared load balancer as it is registered."""

from ipaddress import IPv4Network

import pulumi
import pytest

from strata import ImmutableService, Ingress, Network, testing
from strata.components.ingress import RouteTable
from strata.errors import UsageError
from strata.settings.models import AccessLogSettings, IngressSettings, NetworkSettings, RouteSettings, ServiceSettings

CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/0f1e"


def ingress(settings=None, *, name="public", **keywords) -> testing.Graph:
    def program():
        network = Network.from_ids(
            "main",
            vpc_id="vpc-1",
            cidr="10.9.0.0/16",
            private_subnet_ids=["private-1", "private-2"],
            public_subnet_ids=["public-1", "public-2"],
        )
        made = Ingress(name, settings or IngressSettings(), network=network, **keywords)
        pulumi.export("url", made.url)

    return testing.run(program)


def test_the_listener_answers_404_until_a_service_brings_routes():
    listener = ingress().one("Listener").inputs
    (action,) = listener["defaultActions"]
    assert (listener["port"], listener["protocol"]) == (80, "HTTP")
    assert action["type"] == "fixed-response"
    assert action["fixedResponse"]["statusCode"] == "404"


def test_a_certificate_brings_https_and_redirects_http():
    graph = ingress(IngressSettings(certificate_arn=CERTIFICATE))
    plain = graph.one("Listener", "public-http").inputs
    secure = graph.one("Listener", "public-https").inputs
    assert plain["defaultActions"][0]["redirect"] == {"port": "443", "protocol": "HTTPS", "statusCode": "HTTP_301"}
    assert (secure["port"], secure["protocol"], secure["certificateArn"]) == (443, "HTTPS", CERTIFICATE)
    assert secure["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    assert secure["defaultActions"][0]["fixedResponse"]["statusCode"] == "404"
    assert graph.exports["url"].startswith("https://")


def test_rules_stand_on_the_https_listener_when_there_is_one(ground):
    settings = IngressSettings(certificate_arn=CERTIFICATE)

    def program(on):
        secure = Ingress("secure", settings, network=on.network)
        ImmutableService(
            "web",
            ServiceSettings(routes=(RouteSettings(priority=1, paths=("/*",)),)),
            image=on.image,
            network=on.network,
            ingress=secure,
            gate=ground.gate,
        )

    graph = ground.run(program)
    assert "secure-https" in graph.one("ListenerRule").inputs["listenerArn"]


def test_without_a_certificate_there_is_one_plain_listener():
    graph = ingress()
    assert graph.exports["url"].startswith("http://")
    assert [it.name for it in graph.of_type("Listener")] == ["public-http"]


def test_invalid_headers_are_dropped():
    assert ingress().one("LoadBalancer").inputs["dropInvalidHeaderFields"] is True


@pytest.mark.parametrize("internal, tier", [(False, "public"), (True, "private")])
def test_it_stands_in_the_subnets_its_reach_asks_for(internal, tier):
    balancer = ingress(IngressSettings(internal=internal)).one("LoadBalancer").inputs
    assert balancer["internal"] is internal
    assert balancer["subnets"] == [f"{tier}-1", f"{tier}-2"]


def test_an_internal_one_lets_in_the_network_only():
    graph = ingress(IngressSettings(internal=True))
    assert [it.inputs["cidrIpv4"] for it in graph.of_type("SecurityGroupIngressRule")] == ["10.9.0.0/16"]
    testing.assert_not_open_to_the_world(graph)


def test_an_internal_one_open_to_the_world_is_refused():
    ranges = (IPv4Network("10.0.0.0/8"), IPv4Network("0.0.0.0/0"))
    settings = IngressSettings.model_construct(internal=True, allowed_cidrs=ranges)
    with pytest.raises(UsageError, match=r"internal ingress 'public' allows the public range 0\.0\.0\.0/0"):
        ingress(settings)


def test_each_allowed_range_is_let_in_on_each_port():
    settings = IngressSettings(
        certificate_arn=CERTIFICATE, allowed_cidrs=(IPv4Network("203.0.113.0/24"), IPv4Network("198.51.100.0/24"))
    )
    rules = ingress(settings).of_type("SecurityGroupIngressRule")
    assert {(it.inputs["cidrIpv4"], it.inputs["fromPort"]) for it in rules} == {
        ("203.0.113.0/24", 80),
        ("203.0.113.0/24", 443),
        ("198.51.100.0/24", 80),
        ("198.51.100.0/24", 443),
    }


def test_access_logs_go_to_the_bucket_named():
    logs = AccessLogSettings(bucket="shop-logs", prefix="alb")
    written = ingress(IngressSettings(access_logs=logs)).one("LoadBalancer").inputs["accessLogs"]
    assert written == {"bucket": "shop-logs", "prefix": "alb", "enabled": True}


def test_without_access_logs_none_are_configured():
    assert "accessLogs" not in ingress().one("LoadBalancer").inputs


@pytest.mark.parametrize("protect", [True, False])
def test_deletion_protection_and_pulumis_are_two_switches(protect):
    balancer = ingress(IngressSettings(protect=protect, deletion_protection=not protect)).one("LoadBalancer")
    assert balancer.options.protect is (True if protect else None)
    assert balancer.inputs["enableDeletionProtection"] is not protect


def test_the_load_balancer_reaches_nothing_by_itself():
    graph = ingress()
    assert graph.of_type("SecurityGroupEgressRule") == []
    assert "egress" not in graph.one("SecurityGroup").inputs


def test_pitfall_8_a_long_name_is_cut_for_the_load_balancer_only():
    graph = ingress(name="an-ingress-with-quite-a-long-name")
    balancer = graph.one("LoadBalancer")
    assert balancer.name == "an-ingress-with-quite-a-long-name-lb"
    assert balancer.inputs["namePrefix"] == "an-in-"
    assert graph.one("SecurityGroup").name == "an-ingress-with-quite-a-long-name-ingress"


@pytest.mark.parametrize(
    "second, reason",
    [
        (RouteSettings(priority=10, paths=("/other",)), "have priority 10"),
        (RouteSettings(priority=11, hosts=("SHOP.example.com",), paths=("/b", "/a")), "match the same requests"),
    ],
    ids=["priority", "conditions"],
)
def test_routes_that_clash_are_refused_and_both_are_named(second, reason):
    table = RouteTable("public")
    table.claim("web", [RouteSettings(priority=10, hosts=("shop.example.com",), paths=("/a", "/b"))])
    with pytest.raises(UsageError, match=reason) as refusal:
        table.claim("api", [second])
    assert "web: priority 10, shop.example.com, /a, /b" in str(refusal.value)
    assert f"api: priority {second.priority}" in str(refusal.value)


def test_routes_of_one_service_clash_too():
    with pytest.raises(UsageError, match="have priority 1"):
        RouteTable("public").claim(
            "web", [RouteSettings(priority=1, paths=("/a",)), RouteSettings(priority=1, paths=("/b",))]
        )


@pytest.mark.parametrize("route_first", [True, False])
def test_the_rule_of_test_requests_has_a_priority_of_its_own(route_first: bool):
    table, route = RouteTable("public"), RouteSettings(priority=9, paths=("/a",))
    claims = [lambda: table.claim("web", [route]), lambda: table.claim_priority("shop", 9, "test requests")]
    first, second = claims if route_first else reversed(claims)
    first()
    with pytest.raises(UsageError, match="two rules of ingress 'public' have priority 9") as error:
        second()
    assert all(name in error.value.message for name in ("web: priority 9", "shop: priority 9, test requests"))


def test_two_load_balancers_do_not_share_their_routes():
    route = RouteSettings(priority=1, paths=("/a",))
    RouteTable("public").claim("web", [route])
    RouteTable("internal").claim("web", [route])


def test_services_that_clash_in_one_program_are_refused(ground, routed):
    def program(on):
        for name in ("web", "api"):
            ImmutableService(name, routed(), image=on.image, network=on.network, ingress=on.ingress, gate=ground.gate)

    with pytest.raises(UsageError, match="two routes of ingress 'public'"):
        ground.run(program)


def test_a_neighbour_changes_nothing_of_a_service(ground, routed):
    def services(*names):
        def program(on):
            for index, name in enumerate(names, start=1):
                ImmutableService(
                    name,
                    routed(routes=(RouteSettings(priority=index, paths=(f"/{name}",)),)),
                    image=on.image,
                    network=on.network,
                    ingress=on.ingress,
                    gate=ground.gate,
                )

        return {it.urn: it for it in ground.run(program)}

    alone, together = services("web"), services("web", "api")
    assert all(together[urn] == resource for urn, resource in alone.items())


def test_a_public_one_waits_for_its_networks_way_to_the_internet():
    def program():
        Ingress("public", IngressSettings(), network=Network("main", NetworkSettings()))

    graph = testing.run(program)
    assert graph.one("Route", "main-public-default-route").urn in graph.one("LoadBalancer").options.depends_on
