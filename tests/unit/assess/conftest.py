"""A group on the local AWS, in the process of the test; time stands still."""

import pytest

from tests.unit.assess.assessed_fleet import AssessedFleet
from tests.unit.rehearsal.cloud.conftest import Aws, aws, bare, clients

__all__ = ["aws", "bare", "clients", "fleet"]


@pytest.fixture
def fleet(aws: Aws) -> AssessedFleet:
    """A group as Strata makes one, that is not made yet."""
    return AssessedFleet(aws)
