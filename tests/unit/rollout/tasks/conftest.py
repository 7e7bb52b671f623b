"""The local AWS of the rehearsal, for the deployer of containers."""

import pytest

from tests.unit.rehearsal.cloud.conftest import Aws, aws, bare, clients
from tests.unit.rollout.tasks.rolled_shop import RolledShop

__all__ = ["aws", "bare", "clients", "shop"]


@pytest.fixture
def shop(aws: Aws) -> RolledShop:
    return RolledShop(aws)
