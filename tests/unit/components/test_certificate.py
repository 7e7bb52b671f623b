"""Certificates as they are registered, and load balancers that use them."""

from typing import Any

import pulumi
import pytest

from strata import Certificate, Ingress, Network, testing
from strata.errors import UsageError
from strata.settings.models import CertificateSettings, IngressSettings

ARN = "arn:aws:acm:eu-west-1:123456789012:certificate/0f1e"


def certificate(zone_id: Any = None, **settings: Any) -> testing.Graph:
    def program() -> None:
        made = Certificate("shop", CertificateSettings.model_validate(settings), zone_id=zone_id)
        pulumi.export("arn", made.arn)

    return testing.run(program)


def test_every_name_is_proven_once_and_a_wildcard_with_its_own():
    # two names in two zones; each of them is "Z0" here, so that the records show nothing but the names
    zones = {"example.com": "Z0", "other.org": "Z0"}
    graph = certificate(zones, domain="*.example.com", alternative_names=["example.com", "www.other.org"])
    records = {it.name: it.inputs for it in graph.of_type("Record")}
    assert set(records) == {"shop-proof-example.com", "shop-proof-www.other.org"}
    assert records["shop-proof-www.other.org"]["name"] == "_proof.www.other.org."
    assert all(it["zoneId"] == "Z0" and it["type"] == "CNAME" for it in records.values())
    asked = graph.one("aws:acm/certificate:Certificate").inputs
    assert (asked["domainName"], asked["validationMethod"]) == ("*.example.com", "DNS")
    assert asked["subjectAlternativeNames"] == ["example.com", "www.other.org"]


def test_its_arn_is_known_when_it_is_issued():
    graph = certificate("Z0", domain="example.com")
    validation = graph.one("CertificateValidation")
    assert graph.exports["arn"] == validation.inputs["certificateArn"]
    assert graph.one("Record").urn in validation.options.depends_on


def test_a_new_one_is_there_before_the_old_one_goes():
    graph = certificate("Z0", domain="example.com")
    assert not any(it.options.delete_before_replace for it in graph)


@pytest.mark.parametrize("protect", [True, False])
def test_the_records_are_kept_with_a_certificate_that_is_kept(protect):
    graph = certificate("Z0", domain="example.com", protect=protect)
    kept = {it.name for it in graph if it.options.retain_on_delete}
    assert kept == ({"shop-certificate", "shop-proof-example.com"} if protect else set())


def test_a_zone_may_come_from_the_settings_or_from_the_program():
    settings = CertificateSettings(domain="example.com", zone_id="Z0")
    assert testing.run(lambda: Certificate("shop", settings)).one("Record").inputs["zoneId"] == "Z0"
    assert certificate("Z9", domain="example.com").one("Record").inputs["zoneId"] == "Z9"


def test_a_certificate_that_exists_makes_nothing():
    graph = certificate(external_arn=ARN)
    assert [it for it in graph if it.custom] == []
    assert graph.exports["arn"] == ARN


@pytest.mark.parametrize(
    "zone, settings, reason",
    [
        (None, {"domain": "example.com"}, "certificate 'shop' has no zone"),
        ("Z0", {}, "certificate 'shop' has neither a domain nor the ARN"),
    ],
)
def test_what_is_missing_is_named(zone, settings, reason):
    with pytest.raises(UsageError, match=reason):
        certificate(zone, **settings)


def test_two_zones_are_refused():
    settings = CertificateSettings(domain="example.com", zone_id="Z0")
    with pytest.raises(UsageError, match="certificate 'shop' is given a zone twice: Z0"):
        testing.run(lambda: Certificate("shop", settings, zone_id="Z1"))


def ingress(made: Any, **settings: Any) -> testing.Graph:
    """A load balancer with a certificate, made by a function of nothing."""

    def program() -> None:
        network = Network.from_ids(
            "main", vpc_id="vpc-1", cidr="10.0.0.0/16", private_subnet_ids=["a", "b"], public_subnet_ids=["c", "d"]
        )
        found = Ingress("public", IngressSettings.model_validate(settings), network=network, certificate=made())
        pulumi.export("url", found.url)

    return testing.run(program)


def by_name(graph: testing.Graph) -> dict[str, Any]:
    return {str(it): it for it in graph if it.name.startswith("public")}


def test_a_certificate_of_the_program_does_what_the_setting_does():
    assert by_name(ingress(lambda: pulumi.Output.from_input(ARN))) == by_name(
        ingress(lambda: None, certificate_arn=ARN)
    )


def test_a_component_is_used_once_it_is_issued():
    settings = CertificateSettings(domain="shop.example.com", zone_id="Z0")
    graph = ingress(lambda: Certificate("shop", settings))
    listener = graph.one("Listener", "public-https")
    assert listener.inputs["certificateArn"] == graph.one("CertificateValidation").inputs["certificateArn"]
    assert graph.one("CertificateValidation").urn in listener.options.depends_on
    assert graph.exports["url"].startswith("https://")
    assert {it.inputs["fromPort"] for it in graph.of_type("SecurityGroupIngressRule")} == {80, 443}


def test_two_certificates_are_refused():
    with pytest.raises(UsageError, match="ingress 'public' is given two certificates: arn:aws:acm"):
        ingress(lambda: ARN, certificate_arn=ARN)
