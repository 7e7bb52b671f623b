"""Everything that the commands come to when AWS does not answer, played once."""

import os
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from strata_rehearsal.cloud import patches, state
from tests.contract.faults.outcomes import Played, play
from tests.contract.permissions.account import Account
from tests.unit.rehearsal.cloud.conftest import Aws, clients

__all__ = ["clients"]

# moto would make 1,300 public images for every region that is touched
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")


@pytest.fixture(scope="module")
def played(clients: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """What came of every run in every fault."""
    with pytest.MonkeyPatch.context() as patch:
        yield play(Account(Aws(clients).prepare(), tmp_path_factory.mktemp("shop"), patch))
    state.use(None)
    patches.restore()


@pytest.fixture(scope="module")
def account(clients: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """A fresh account, with two stacks of which nothing was released."""
    with pytest.MonkeyPatch.context() as patch:
        made = Account(Aws(clients).prepare(), tmp_path_factory.mktemp("shop"), patch)
        made.bake_by_packer()
        for stack, like in (("blank", "servers"), ("blank-tasks", "tasks")):
            text = (made.folder / f"Pulumi.{like}.yaml").read_text()
            (made.folder / f"Pulumi.{stack}.yaml").write_text(text)
        yield made
    state.use(None)
    patches.restore()
