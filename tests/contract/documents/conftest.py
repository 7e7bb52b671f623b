"""Every document that the commands really print, made once."""

import os
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from tests.contract.documents.rehearsed import rehearsed
from tests.contract.documents.spoken import Spoken, spoken_by_runs, spoken_locally
from tests.contract.permissions.account import open_account
from tests.unit.rehearsal.cloud.conftest import clients

__all__ = ["clients"]

# moto would make 1,300 public images for every region that is touched
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")


@pytest.fixture(scope="module")
def spoken(clients: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Spoken]]:
    """Every document: of each run on the account, of the commands that need no AWS, and of a rehearsal."""
    local = spoken_locally(tmp_path_factory.mktemp("local"))
    with open_account(clients, tmp_path_factory.mktemp("account")) as account:
        yield [*local, *spoken_by_runs(account), Spoken("rehearse", "rehearse staging", 0, rehearsed())]
