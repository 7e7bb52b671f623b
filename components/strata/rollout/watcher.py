"""Polls a rollout to its end, and stops it where something speaks against it."""

from collections.abc import Awaitable, Callable
from typing import Any

from strata.clock import Clock
from strata.resource_hooks import Console, giving_up
from strata.rollout.deployer import Deployer, Outcome
from strata.rollout.health_gate import HealthGate
from strata.rollout.messages import not_taken_back
from strata.rollout.spec import Rollout
from strata.rollout.verifying.verification import Verification

__all__ = ["Watcher"]


class Watcher:
    """Polls a rollout.

    Args:
        deployer: carries the rollout out.
        clock: time and sleep.
        console: where progress goes.
        poll_seconds: pause between two looks.
    """

    def __init__(self, deployer: Deployer[Any, Any, Any], clock: Clock, console: Console, poll_seconds: float) -> None:
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
        forbidden: Callable[[], Awaitable[str | None]] | None = None,
        verification: Verification | None = None,
    ) -> Outcome:
        """Watch a rollout to its end.

        Args:
            rollout: the one to watch.
            rollout_id: its id, as the deployer gave it.
            reached: awaited once a poll with the percentage that is done, for notifications.
            stopping: awaited with the reason before the rollout is stopped. Default: nobody is.
            forbidden: awaited at each poll for why the release must not run any more. Default: nothing forbids it.
            verification: asked at each poll whether the release does what it should. Default: nothing is asked.
        """
        gate = HealthGate(rollout.spec, cure=rollout.cure)
        gave_up: str | None = None
        ran = False
        while True:
            verified = verification is None or verification.passed
            seen = await self._deployer.observe(rollout, rollout_id, verified=verified)
            poll = seen.poll
            waited = self._aws.take_waited()
            gate.unseen(waited)
            ran = ran or (poll.healthy_new > 0 and poll.percentage > 0)
            reason = gate.observe(poll)
            if not reason and gave_up is None and poll.going_forward and forbidden is not None:
                reason = await forbidden()
            if not reason and gave_up is None and poll.going_forward and verification is not None:
                reason = await verification.look(poll, waited)
            if reason and gave_up is None:
                gave_up = reason
                self._console.warn(giving_up(rollout.service, reason))
                if stopping is not None:
                    await stopping(reason)
                if rollout.spec.no_way_back and rollout.recorded is not None:
                    raise not_taken_back(rollout, reason)
                await self._deployer.stop(rollout, rollout_id)
                continue
            if not seen.active:
                if seen.succeeded:
                    await reached(poll.percentage)
                details = verification.details if verification is not None else ""
                return Outcome(seen, gave_up, gate.lowest_healthy or 0, ran, details)
            await reached(poll.percentage)
            line = (
                f"{rollout.service} to {rollout.release.image.version}: {seen.status} {poll.percentage} %, "
                f"{poll.healthy} healthy ({poll.healthy_new} new) of {poll.desired}, {seen.total} in all"
            )
            self._aws.known = line
            self._console.tick(line)
            await self._clock.sleep(self._poll_seconds)
