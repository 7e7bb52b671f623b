import json

import pytest

from strata.errors import RehearsalError
from strata_rehearsal.plugin.engine_values import UNKNOWN
from strata_rehearsal.plugin.provider_settings import ProviderSettings, decode_settings

LOCAL = "http://127.0.0.1:5000"


def test_stack_configuration_arrives_as_text_and_is_parsed() -> None:
    given = {"region": "eu-west-1", "endpoints": json.dumps([{"ec2": LOCAL}]), "skipMetadataApiCheck": "true"}
    settings = ProviderSettings.load(decode_settings(given))
    assert (settings.region, settings.endpoint("ec2")) == ("eu-west-1", LOCAL)


def test_text_that_only_looks_like_json_stays_text() -> None:
    assert decode_settings({"profile": "[work"}) == {"profile": "[work"}


def test_secrets_inside_the_text_are_unwrapped() -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "Team"}
    decoded = decode_settings({"defaultTags": json.dumps({"tags": {"owner": secret}})})
    assert decoded == {"defaultTags": {"tags": {"owner": "Team"}}}


def test_default_tags_are_text() -> None:
    settings = ProviderSettings.load({"region": "eu-west-1", "defaultTags": {"tags": {"cost": 7, "on": True}}})
    assert settings.default_tags == {"cost": "7", "on": "true"}


@pytest.mark.parametrize("name", ["elbv2", "elasticloadbalancingv2", "lb"])
def test_an_endpoint_is_found_under_each_of_the_providers_names(name: str) -> None:
    assert ProviderSettings("eu-west-1", {name: LOCAL}).endpoint("elbv2") == LOCAL


def test_a_service_without_an_endpoint_is_refused() -> None:
    with pytest.raises(RehearsalError, match="no endpoint for iam"):
        ProviderSettings("eu-west-1", {"ec2": LOCAL}).endpoint("iam")


@pytest.mark.parametrize(
    "url", ["https://ec2.eu-west-1.amazonaws.com", "http://127.0.0.1.example.com:80", "http://10.0.0.1"]
)
def test_the_real_aws_is_never_talked_to(url: str) -> None:
    with pytest.raises(RehearsalError, match="not on this machine"):
        ProviderSettings("eu-west-1", {"ec2": url}).endpoint("ec2")


def test_no_region_is_an_error() -> None:
    with pytest.raises(RehearsalError, match="no AWS region is set"):
        ProviderSettings.load({})


def test_an_explicit_provider_may_be_unknown_in_a_preview() -> None:
    assert not ProviderSettings.load({"region": UNKNOWN}).known


@pytest.mark.parametrize("endpoints", [{}, {"ec2": "https://10.0.0.1"}, {"ec2": "https://ec2.eu-west-1.amazonaws.com"}])
def test_an_explicit_provider_of_a_program_is_led_to_the_local_aws(
    endpoints: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", LOCAL)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    settings = ProviderSettings.load({"endpoints": [endpoints], "profile": "prod"})
    assert (settings.region, settings.endpoint("ec2")) == ("eu-west-1", LOCAL)


def test_an_endpoint_of_the_environment_that_is_not_here_is_not_talked_to_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://10.0.0.1")
    with pytest.raises(RehearsalError, match="not on this machine"):
        ProviderSettings("eu-west-1", {}).endpoint("ec2")
