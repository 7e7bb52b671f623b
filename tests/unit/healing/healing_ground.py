"""Heals a drifting service of the local AWS, and watches from outside how many of it are healthy meanwhile."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from strata.healing.healed_stack import heal, plan_place
from strata.healing.healing_outcome import StackHealing
from strata.rollout.stack_place import StackPlace
from strata.settings.models import PromotionSettings
from tests.unit.drift.drifting_fleet import DriftingFleet
from tests.unit.drift.drifting_tasks import DriftingTasks

__all__ = ["HealingGround", "Lines"]

STEP_SECONDS = 5


class Lines:
    """A console that keeps what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def tick(self, text: str) -> None:
        self.said.append(text)

    say = warn = tick


class WatchedClock:
    """The time of the local AWS, which is looked at while it passes.

    Args:
        aws: the local AWS.
        look: called with the seconds that have passed, every five of them.
    """

    def __init__(self, aws: Any, look: Callable[[int], None]) -> None:
        self._aws = aws
        self._look = look
        self._passed = 0

    def now(self) -> float:
        return self._aws.clock.now()

    async def sleep(self, seconds: float) -> None:
        for _ in range(int(seconds) // STEP_SECONDS):
            self._aws.wait(STEP_SECONDS)
            self._passed += STEP_SECONDS
            self._look(self._passed)


class Clients:
    """Gives the clients of a ground."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        self._client = client

    def __call__(self, service: str) -> Any:
        return self._client(service)

    def renew(self) -> None:
        raise AssertionError("the credentials of the local AWS are always good")


class HealingGround:
    """One drifting service that is healed.

    Args:
        ground: the service.
        during: called meanwhile, with the seconds that have passed. Default: nothing happens.
    """

    def __init__(self, ground: DriftingFleet | DriftingTasks, during: Callable[[int], None] = lambda _: None) -> None:
        self.ground = ground
        self.aws = ground.aws
        self.lines = Lines()
        self.seen: list[int] = []
        """How many were healthy, every few seconds of the healing."""
        self._during = during
        servers = isinstance(ground, DriftingFleet)
        services = {"web": ground.settings}
        settings: Any = SimpleNamespace(
            services=services if servers else {},
            container_services={} if servers else services,
            images={},
            maintained={},
            promotion=PromotionSettings(),
        )
        clients: Any = Clients(ground.client)
        self.place = StackPlace("shop", "prod", clients, WatchedClock(self.aws, self._look), settings=settings)

    def plan(self) -> StackHealing:
        """What would be done."""
        return plan_place(self.place, "prod", None).planned()

    def heal(self) -> StackHealing:
        """Heal it."""
        return asyncio.run(heal(plan_place(self.place, "prod", None), self.lines))

    def _look(self, passed: int) -> None:
        self.seen.append(self._healthy())
        self._during(passed)

    def _healthy(self) -> int:
        if isinstance(self.ground, DriftingFleet):
            return self.aws.health().count("healthy")
        return len(self.ground.status().healthy)
