"""The names of a certificate can be in several zones; each is proven in its own."""

from typing import Any

import pytest

from strata import Certificate, testing
from strata.aws.facts.domains import inside, shared_zone, zone_for
from strata.errors import UsageError
from strata.settings.models import CertificateSettings

TWO = {"domain": "shop.example.com", "alternative_names": ["www.example.org", "*.example.org"]}


def zones_of(given: Any, **settings: Any) -> dict[str, str]:
    wanted = CertificateSettings.model_validate({**TWO, **settings})
    graph = testing.run(lambda: Certificate("shop", wanted, zone_id=given))
    return {it.name.removeprefix("shop-proof-"): it.inputs["zoneId"] for it in graph.of_type("Record")}


EACH = {"shop.example.com": "Z1", "www.example.org": "Z2", "example.org": "Z2"}


def test_a_certificate_over_two_zones_proves_each_name_in_its_own():
    named = [{"domain": "example.org", "id": "Z2"}]
    assert zones_of(None, zone_id="Z1", zones=named) == EACH
    assert zones_of("Z1", zones=named) == EACH


def test_zones_made_in_the_same_program_are_given_by_domain():
    made = {"example.com": "Z1", "example.org": "Z2"}
    assert zones_of(made) == EACH


def test_one_zone_for_names_that_it_cannot_hold_is_refused_before_acm_waits_for_ever():
    with pytest.raises(UsageError, match=r"no zone can hold shop\.example\.com and www\.example\.org") as caught:
        zones_of("Z1")
    assert "strata:certificates.shop.zones" in str(caught.value)


def test_a_name_without_a_zone_is_named():
    with pytest.raises(UsageError, match=r"no zone for the records that prove shop\.example\.com"):
        zones_of({"example.org": "Z2"})


def test_a_name_is_in_the_zone_with_the_longest_name_that_holds_it():
    zones = ["example.com", "shop.example.com"]
    assert zone_for("*.a.shop.example.com", zones) == "shop.example.com"
    assert zone_for("shop.example.com", zones) == "shop.example.com"
    assert zone_for("notexample.com", zones) is None
    assert inside("EXAMPLE.com.", "example.com")


def test_names_share_a_zone_that_somebody_can_have():
    assert shared_zone(["a.b.example.com", "*.b.example.com"]) == "b.example.com"
    assert shared_zone(["a.example.com", "b.example.com"]) == "example.com"
    assert shared_zone(["example.com", "example.org"]) is None
    assert shared_zone(["one.com", "two.com"]) is None
