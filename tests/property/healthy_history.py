"""What random histories of servers and of tasks share: one thing happens after the other, and none of it is drift."""

import random
from collections.abc import Callable, Sequence

import pytest

from tests.unit.drift.drifting_fleet import DAY, DriftingFleet
from tests.unit.drift.drifting_tasks import DriftingTasks

__all__ = ["EVENTS", "HealthyHistory", "as_many_as_asked"]

EVENTS = 8


def as_many_as_asked(metafunc: pytest.Metafunc) -> None:
    """As many histories as `--seeds` says, or the one of `--seed`."""
    count, only = (metafunc.config.getoption(each) for each in ("seeds", "seed"))
    metafunc.parametrize("number", range(int(count or 0)) if only is None else [only])


class HealthyHistory:
    """What happens to a service that nobody changes by hand.

    Args:
        service: the service.
        chance: what happens when.
    """

    def __init__(self, service: DriftingFleet | DriftingTasks, chance: random.Random) -> None:
        self.service, self.chance = service, chance
        self.told: list[str] = []
        self.number = 1
        self.looks = 0

    @property
    def events(self) -> Sequence[Callable[[], object]]:
        """What may happen."""
        raise NotImplementedError

    def step(self) -> None:
        """Let one thing happen."""
        event = self.chance.choice(self.events)
        self.told.append(event.__name__)
        event()
        self.check()

    def check(self) -> None:
        """Nothing is found, and the status agrees."""
        self.looks += 1
        drift = self.service.look()
        said = [(each.kind.value, each.subject, each.said) for each in drift.findings]
        assert (said, list(drift.unread)) == ([], []), self.told
        (service,) = drift.services
        assert service.compared, "a healthy service has something to compare"
        assert self.service.status().deviations == ()

    def waits(self, most: int = DAY) -> None:
        """Time passes."""
        self.service.aws.wait(self.chance.randint(1, most))
