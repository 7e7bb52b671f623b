"""Clients of one account in several regions."""

import boto3

from strata.aws.clients import Clients
from strata.aws.provider_config import ProviderConfig

HOME = Clients(ProviderConfig(region="eu-west-1", access_key="test", secret_key="test"))


def test_the_region_of_the_clients_has_the_same_clients():
    assert HOME.in_region("eu-west-1") is HOME


def test_another_region_has_clients_of_its_own_made_once():
    other = HOME.in_region("eu-central-1")
    assert other is HOME.in_region("eu-central-1")
    assert other("ec2").meta.region_name == "eu-central-1"
    assert HOME("ec2").meta.region_name == "eu-west-1"


def test_fresh_credentials_are_asked_for_in_every_region():
    other = HOME.in_region("eu-central-1")
    before = other("ec2")
    HOME.renew()
    assert other("ec2") is not before


def test_a_session_that_is_given_makes_clients_of_other_regions_too():
    session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="eu-west-1")
    home = Clients(session=session)
    other = home.in_region("eu-central-1")
    assert [each("ec2").meta.region_name for each in (home, other)] == ["eu-west-1", "eu-central-1"]
    assert home.in_region("eu-west-1") is home
    assert other.in_region("eu-central-1") is other
    assert home.in_region("eu-central-1") is other
