"""A service on the local AWS as the components make one, in the process of the test; time stands still."""

import pytest

from tests.unit.drift.drifting_fleet import DriftingFleet
from tests.unit.drift.drifting_tasks import DriftingTasks
from tests.unit.rehearsal.cloud.conftest import Aws, aws, bare, clients

__all__ = ["aws", "bare", "clients", "fleet", "tasks"]


@pytest.fixture
def fleet(aws: Aws) -> DriftingFleet:
    """A web service of three servers behind a load balancer, healthy and recorded."""
    return DriftingFleet(aws)


@pytest.fixture
def tasks(aws: Aws) -> DriftingTasks:
    """A web service of three tasks behind a load balancer, healthy and recorded."""
    return DriftingTasks(aws)
