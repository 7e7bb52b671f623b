"""Clients of one account in several regions."""

from unittest.mock import MagicMock

import pytest

from strata.aws.clients import Clients
from strata.aws.provider_config import ProviderConfig
from strata.errors import UsageError

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


def test_a_session_is_of_one_region():
    with pytest.raises(UsageError, match="a session is of one region"):
        Clients(session=MagicMock()).in_region("eu-central-1")
