"""AWS clients built from what the provider itself is configured with."""

import boto3
import pytest

from strata import testing
from strata.aws.clients import Clients, ProviderConfig, provider_config
from strata.errors import UsageError

KEYS = ProviderConfig(region="eu-west-1", access_key="key", secret_key="secret")


def read(**config) -> ProviderConfig:
    found: list[ProviderConfig] = []
    testing.run(lambda: found.append(provider_config()), config={f"aws:{key}": value for key, value in config.items()})
    return found[0]


def test_the_configuration_of_the_default_provider_is_read():
    found = read(
        region="eu-west-1",
        profile="prod",
        accessKey="key",
        secretKey="secret",
        token="token",
        endpoints=[{"ec2": "http://localhost:1", "ssm": "http://localhost:2"}],
        assumeRoles=[{"roleArn": "arn:first"}, {"roleArn": "arn:second"}],
    )
    assert (found.region, found.profile, found.access_key, found.token) == ("eu-west-1", "prod", "key", "token")
    assert found.endpoints == {"ec2": "http://localhost:1", "ssm": "http://localhost:2"}
    assert [role["roleArn"] for role in found.assume_roles] == ["arn:first", "arn:second"]


def test_a_single_role_is_a_chain_of_one_and_nothing_is_nothing():
    assert [role["roleArn"] for role in read(assumeRole={"roleArn": "arn:only"}).assume_roles] == ["arn:only"]
    assert read() == ProviderConfig()


def test_secrets_stay_out_of_what_is_printed():
    shown = repr(ProviderConfig(secret_key="hush", token="hush"))
    assert "hush" not in shown


def test_a_client_is_made_once_on_the_endpoint_of_its_service():
    clients = Clients(ProviderConfig("eu-west-1", None, "key", "secret", endpoints={"ssm": "http://localhost:2"}))
    assert clients("ssm") is clients("ssm")
    assert clients("ssm").meta.endpoint_url == "http://localhost:2"
    assert clients("ec2").meta.endpoint_url == "https://ec2.eu-west-1.amazonaws.com"
    assert clients("ec2").meta.config.retries["total_max_attempts"] == 10


def test_renewing_makes_clients_anew_with_fresh_credentials():
    clients = Clients(KEYS)
    before = clients("ssm")
    clients.renew()
    assert clients("ssm") is not before


def test_a_given_session_is_used_as_it_is_and_kept():
    session = boto3.Session("key", "secret", region_name="us-east-1")
    clients = Clients(ProviderConfig(region="eu-west-1", endpoints={"ssm": "http://localhost:2"}), session=session)
    assert clients("ssm").meta.region_name == "us-east-1"
    assert clients("ssm").meta.endpoint_url == "https://ssm.us-east-1.amazonaws.com"
    clients.renew()
    assert clients("ssm").meta.region_name == "us-east-1"


def test_a_role_is_assumed_no_sooner_than_a_call_is_made():
    roles = ({"roleArn": "arn:aws:iam::123456789012:role/deployer"},)
    clients = Clients(ProviderConfig("eu-west-1", None, "key", "secret", assume_roles=roles))
    assert clients("ssm").meta.region_name == "eu-west-1"


def test_a_role_without_an_arn_is_refused():
    clients = Clients(ProviderConfig("eu-west-1", None, "key", "secret", assume_roles=({"sessionName": "x"},)))
    with pytest.raises(UsageError, match="an entry without roleArn"):
        clients("ssm")
