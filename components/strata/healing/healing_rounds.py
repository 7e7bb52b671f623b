"""Replaces a batch, waits until what is fresh is healthy, and only then begins the next one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from strata.aws.outage import Patience, answered
from strata.clock import Clock
from strata.errors import BusyError, RefusedError, RolloutError
from strata.healing.fleet_look import FleetLook, HealedFleet, Obstacle
from strata.healing.replacement_batches import next_batch
from strata.resource_hooks import Console

__all__ = ["POLL_SECONDS", "HealingProgress", "HealingRounds", "stopped_by"]

POLL_SECONDS = 15.0
LOOKS_UNDER_FLOOR = 2
"""One look may fall between one that leaves and its successor; two in a row are an outage."""


@dataclass
class HealingProgress:
    """What has been done of a service so far, however it ends.

    Args:
        replaced: ids of those that are gone and have healthy successors.
        begun: ids of those that AWS was asked to replace, in their batches.
        lowest_healthy: the fewest that were healthy in any look.
        looks: how often AWS was looked at.
    """

    replaced: list[str] = field(default_factory=list[str])
    begun: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])
    lowest_healthy: int | None = None
    looks: int = 0

    def saw(self, look: FleetLook) -> None:
        """Take in a look."""
        seen = len(look.healthy)
        self.looks += 1
        self.lowest_healthy = seen if self.lowest_healthy is None else min(self.lowest_healthy, seen)


class HealingRounds:
    """Heals one service.

    Args:
        service: its name.
        fleet: its servers or tasks.
        renew: forgets the credentials in use.
        clock: time.
        console: where progress goes.
        unit: what is replaced, in one word.
    """

    def __init__(
        self,
        service: str,
        fleet: HealedFleet,
        renew: Callable[[], None],
        clock: Clock,
        console: Console,
        *,
        unit: str,
    ) -> None:
        self._service = service
        self._fleet = fleet
        self._renew = renew
        self._clock = clock
        self._console = console
        self._unit = unit
        self._patience = Patience(clock, self._say, pause_seconds=POLL_SECONDS)
        self.progress = HealingProgress()

    async def heal(self, worn: Sequence[str]) -> tuple[str, ...]:
        """Replace servers or tasks.

        Args:
            worn: their ids.

        Returns:
            Those for which the floor has no room.

        Raises:
            BusyError: a rollout is running; no further batch has begun.
            RefusedError: what is fresh would not be the release any more; no further batch has begun.
            RolloutError: what is fresh was not healthy in time, or fewer than the floor were healthy.
        """
        left = list(worn)
        while True:
            look = await self._look()
            self._report_free(left, look)
            left = [each for each in left if each in look.members and each not in look.held]
            if not left:
                return ()
            if look.obstacle is not None:
                raise stopped_by(self._service, look.obstacle)
            batch = next_batch(left, look.healthy, look.terms)
            if not batch:
                return tuple(left)
            self.progress.begun.append(batch)
            self._say(f"batch {len(self.progress.begun)}: replacing {', '.join(batch)}")
            await answered(partial(self._fleet.replace, batch), self._renew, self._patience)
            await self._until_replaced(batch, look)
            self.progress.replaced += batch
            left = [each for each in left if each not in batch]

    def _report_free(self, left: Sequence[str], look: FleetLook) -> None:
        for each in left:
            if each in look.held:
                self._say(f"{each} is left alone: {look.held[each]}")
            elif each not in look.members:
                self._say(f"{each} is gone already")

    async def _until_replaced(self, batch: Sequence[str], before: FleetLook) -> None:
        deadline, waited = self._clock.now() + self._fleet.patience_seconds, self._patience.waited_seconds
        under = 0
        while True:
            await self._clock.sleep(POLL_SECONDS)
            look = await self._look()
            if look.obstacle is not None and look.obstacle.busy:
                # from now on its gate watches the floor
                raise stopped_by(self._service, look.obstacle)
            there = [each for each in batch if each in look.members]
            fresh = len(look.healthy - before.healthy)
            wanted = max(0, len(batch) - max(0, before.terms.desired - look.terms.desired))
            if not there and fresh >= wanted:
                self._say(f"{', '.join(batch)} replaced; {len(look.healthy)} of {look.terms.desired} healthy")
                return
            # what scaling has just asked for cannot be healthy yet
            floor = min(before.terms.floor, look.terms.floor, len(before.healthy))
            under = under + 1 if len(look.healthy) < floor else 0
            if under >= LOOKS_UNDER_FLOOR:
                raise self._failed(f"{len(look.healthy)} healthy, under the floor of {floor}", batch)
            self._console.tick(
                f"{self._service}: {len(batch) - len(there)} of {len(batch)} gone, {fresh} fresh healthy, "
                f"{len(look.healthy)} of {look.terms.desired} healthy"
            )
            # what nobody could see is no lack of progress
            if self._clock.now() - (self._patience.waited_seconds - waited) >= deadline:
                missing = f"{fresh} of {wanted} fresh {self._unit}s were healthy"
                stays = f", {', '.join(there)} is still there" if there else ""
                raise self._failed(f"{missing} within {self._fleet.patience_seconds} s{stays}", batch)

    def _failed(self, why: str, batch: Sequence[str]) -> RolloutError:
        return RolloutError(
            f"{self._service}: in place of {', '.join(batch)}: {why}. No further batch has begun; AWS goes on with it",
            fix=f"See why what is fresh is not healthy: `strata rollout status STACK {self._service}`. Then run this "
            "again: it looks again.",
        )

    async def _look(self) -> FleetLook:
        look = await answered(self._fleet.look, self._renew, self._patience)
        self.progress.saw(look)
        return look

    def _say(self, text: str) -> None:
        self._console.say(f"{self._service}: {text}")


def stopped_by(service: str, obstacle: Obstacle) -> BusyError | RefusedError:
    """An obstacle as an error.

    Args:
        service: the service.
        obstacle: what is in the way.
    """
    kind = BusyError if obstacle.busy else RefusedError
    return kind(f"{service}: {obstacle.why}", fix=obstacle.fix)
