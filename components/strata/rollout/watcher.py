"""Follows a rollout that was started until it ends, and stops it when it must not go on."""

from collections.abc import Awaitable, Callable
from typing import Any

from strata.clock import Clock
from strata.hooks.console import Console, giving_up
from strata.rollout.deployer import Deployer, Outcome
from strata.rollout.health_gate import HealthGate
from strata.rollout.spec import Rollout

__all__ = ["Watcher"]


class Watcher:
    """Polls a rollout.

    Args:
        deployer: carries the rollout out.
        clock: time and sleep.
        console: where progress goes.
        poll_seconds: pause between two looks.
    """

    def __init__(self, deployer: Deployer[Any], clock: Clock, console: Console, poll_seconds: float) -> None:
        self._deployer = deployer
        self._aws = deployer.aws
        self._clock = clock
        self._console = console
        self._poll_seconds = poll_seconds

    async def follow(
        self,
        rollout: Rollout,
        rollout_id: str,
        *,
        reached: Callable[[int], Awaitable[None]],
        stopping: Callable[[str], Awaitable[None]] | None = None,
    ) -> Outcome:
        """Watch a rollout to its end.

        Args:
            rollout: the one to watch.
            rollout_id: its id, as the deployer gave it.
            reached: awaited once a poll with the percentage that is done, for notifications.
            stopping: awaited with the reason before the rollout is stopped. Default: nobody is.
        """
        gate = HealthGate(rollout.spec, cure=rollout.cure)
        gave_up: str | None = None
        ran = False
        while True:
            seen = await self._deployer.observe(rollout, rollout_id)
            poll = seen.poll
            gate.unseen(self._aws.take_waited())
            ran = ran or (poll.healthy_new > 0 and poll.percentage > 0)
            reason = gate.observe(poll)
            if reason and gave_up is None:
                gave_up = reason
                self._console.warn(giving_up(rollout.service, reason))
                if stopping is not None:
                    await stopping(reason)
                await self._deployer.stop(rollout, rollout_id)
                continue
            if not seen.active:
                if seen.succeeded:
                    await reached(poll.percentage)
                return Outcome(seen, gave_up, gate.lowest_healthy or 0, ran)
            await reached(poll.percentage)
            line = (
                f"{rollout.service} to {rollout.release.image.version}: {seen.status} {poll.percentage} %, "
                f"{poll.healthy} healthy ({poll.healthy_new} new) of {poll.desired}, {seen.total} in all"
            )
            self._aws.known = line
            self._console.tick(line)
            await self._clock.sleep(self._poll_seconds)
