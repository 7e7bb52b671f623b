"""Everything that the commands come to when AWS does not answer, played once."""

import os
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from tests.contract.faults.outcomes import Played, play
from tests.contract.permissions.account import Account, open_account
from tests.unit.rehearsal.cloud.conftest import clients

__all__ = ["clients"]

# moto would make 1,300 public images for every region that is touched
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")


@pytest.fixture(scope="module")
def played(clients: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """What came of every run in every fault."""
    with open_account(clients, tmp_path_factory.mktemp("shop")) as account:
        yield play(account)


@pytest.fixture(scope="module")
def account(clients: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """A fresh account, with two stacks of which nothing was released."""
    with open_account(clients, tmp_path_factory.mktemp("shop")) as made:
        made.bake_by_packer()
        for stack, like in (("blank", "servers"), ("blank-tasks", "tasks")):
            text = (made.folder / f"Pulumi.{like}.yaml").read_text()
            (made.folder / f"Pulumi.{stack}.yaml").write_text(text)
        yield made
