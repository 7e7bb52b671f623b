"""A service on the local AWS as the components make one, in the process of the test; time stands still."""

import pytest

from tests.unit.drift.drifting_fleet import DriftingFleet
from tests.unit.rehearsal.cloud.conftest import Aws, aws, bare, clients

__all__ = ["aws", "bare", "clients", "fleet"]


@pytest.fixture
def fleet(aws: Aws) -> DriftingFleet:
    """A web service of three servers behind a load balancer, healthy and recorded."""
    return DriftingFleet(aws)
