"""Services on the local AWS as the tests of drift have them, and what heals them."""

from tests.unit.drift.conftest import fleet, tasks
from tests.unit.rehearsal.cloud.conftest import aws, bare, clients

__all__ = ["aws", "bare", "clients", "fleet", "tasks"]
