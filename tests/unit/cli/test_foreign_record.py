"""A service of servers whose record names a release of containers, and the reverse: somebody has put it there."""

import os
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from strata.naming import record_name
from tests.contract.permissions.account import Account, open_account
from tests.unit.rehearsal.cloud.conftest import clients

__all__ = ["clients"]

# moto would make 1,300 public images for every region that is touched
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")


@pytest.fixture(scope="module")
def account(clients: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account in which the records of two stacks have changed places."""
    with open_account(clients, tmp_path_factory.mktemp("shop")) as made:
        places = [record_name("shop", stack, "web") for stack in ("servers", "tasks")]
        values = [made.aws.ssm.get_parameter(Name=each)["Parameter"]["Value"] for each in places]
        for place, value in zip(places, reversed(values), strict=True):
            made.aws.ssm.put_parameter(Name=place, Value=value, Overwrite=True)
        yield made


@pytest.mark.parametrize("stack, other", [("servers", "web 2.0.0"), ("tasks", "web 3.1.0")])
@pytest.mark.parametrize("command", ["rollout plan", "rollout status"])
def test_what_runs_is_no_first_deployment_because_its_record_is_of_another_kind(
    account: Account, command: str, stack: str, other: str
):
    ended, said = account.strata(f"{command} {stack} web")
    assert ended == 2
    assert f"parameter {record_name('shop', stack, 'web')} names {other} (" in said
    assert "of what does not run web" in said
    assert "first deployment" not in said


@pytest.mark.parametrize("stack", ["servers", "tasks"])
def test_drift_names_the_record(account: Account, stack: str):
    ended, said = account.strata(f"drift {stack} web")
    assert ended == 5
    assert record_name("shop", stack, "web") in said
