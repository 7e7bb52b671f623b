"""One run of everything that asks AWS, for all tests of what may be asked."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from strata_rehearsal.cloud import patches, state
from tests.contract.permissions.account import Account
from tests.contract.permissions.recorder import Call, Recorder
from tests.contract.permissions.runs import RUNS, runs_of_up
from tests.contract.test_docs import ROOT, script
from tests.unit.rehearsal.cloud.conftest import Aws, clients

__all__ = ["clients"]

# moto would make 1,300 public images for every region that is touched
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")


@pytest.fixture(scope="session")
def table() -> Iterator[Any]:
    """The modules of docs/ that hold the table."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "docs"))
        roles: Any = script("permission_roles")
        grants: Any = sys.modules["permission_table"]
        places = {name: module for module, parts in grants.MODULES.items() for name in parts}
        yield SimpleNamespace(parts=grants.PARTS, places=places, free=grants.FREE, roles=roles)


@pytest.fixture(scope="module")
def calls(clients: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Call]]:
    """Every call of every run of every command, and of `pulumi up`."""
    yield [*_commands(Aws(clients), tmp_path_factory.mktemp("shop")), *_up(Aws(clients))]
    state.use(None)
    patches.restore()


def _commands(aws: Aws, folder: Path) -> list[Call]:
    with pytest.MonkeyPatch.context() as patch:
        account = Account(aws.prepare(), folder, patch)
        for each in RUNS:
            each.before(account)
            with account.recorder.of(each.command):
                ended, said = account.strata(each.line)
            assert ended == each.ends_with, f"strata {each.line} ended with {ended}:\n{said}"
    return account.recorder.calls


def _up(aws: Aws) -> list[Call]:
    aws.prepare()
    recorder = Recorder(aws)
    for caller, run in runs_of_up(aws, recorder):
        with recorder.of(caller):
            asyncio.run(_awaited(run))
    return recorder.calls


async def _awaited(run: Any) -> None:
    await run()
