"""What the integration tests drive: a local AWS with a network, and stacks on it that the real engine applies."""

from tests.integration.support.history import History
from tests.integration.support.services import routed, worker
from tests.integration.support.site import Site, open_site
from tests.integration.support.trial import PROGRAMS, Said, Trial

__all__ = ["PROGRAMS", "History", "Said", "Site", "Trial", "open_site", "routed", "worker"]
