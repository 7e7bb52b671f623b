"""Carries out one rollout in three steps: adopt what runs already, start what is missing, verify what it brought.

Whatever state the service is in, it ends with the release asked for, or with an error. Nothing here knows Pulumi, and
nothing how servers or containers are replaced: that is the deployer's.
"""

from dataclasses import replace
from functools import partial
from typing import Any

from strata.clock import Clock
from strata.errors import StrataError
from strata.hooks.console import Console
from strata.rollout.deployer import Deployer, Outcome
from strata.rollout.note import Journal, Phase
from strata.rollout.notifier import Notifier
from strata.rollout.record import Release
from strata.rollout.spec import Rollout
from strata.rollout.watcher import Watcher

__all__ = ["Roll"]


class Roll:
    """One gate's work on one service.

    Args:
        deployer: carries it out.
        clock: time and sleep.
        console: where progress goes.
        poll_seconds: pause between two looks at AWS.
    """

    def __init__(self, deployer: Deployer[Any], clock: Clock, console: Console, poll_seconds: float) -> None:
        self._deployer = deployer
        self._aws = deployer.aws
        self._console = console
        self._watcher = Watcher(deployer, clock, console, poll_seconds)
        self._journal = Journal(deployer.aws, clock, console)

    async def first(self, rollout: Rollout) -> None:
        """Bring a service up that has no record yet.

        Raises:
            RolloutError: its servers did not become healthy in time.
            PreflightError: another version runs, and it must not be replaced now.
        """
        if await self._deployer.launches(rollout):
            await self._deployer.adopt(rollout)
            await self._wait(rollout)
            return
        # a first deployment that failed before, or an adopted group: there is nothing proven to go back to
        await self.replace(replace(rollout, can_roll_back=False))

    async def next(self, rollout: Rollout, recorded: Release | None) -> None:
        """Bring a service from its recorded release to the rollout's.

        Raises:
            RolloutError: the rollout failed or was rolled back, or nothing proves the release.
            PreflightError: it must not start.
            BusyError: a rollout of another release is running.
        """
        rollout = replace(rollout, recorded=recorded)
        if recorded is not None and recorded.group != rollout.release.group:
            # a replaced group has booted this release by itself; the old one goes once this one is healthy
            await self._wait(rollout)
            return
        await self.replace(rollout)

    async def replace(self, rollout: Rollout) -> None:
        """Replace what does not run the release, unless nothing has to go."""
        running = await self._deployer.adopt(rollout)
        if running.current:
            await self._deployer.verify_current(rollout)
            await self._journal.proven(rollout)
            version = rollout.release.image.version
            self._console.say(f"{rollout.service}: every server runs {version} already, none is replaced")
            return
        rollout = await self._deployer.with_way_back(rollout)
        rollout_id = running.adopted or await self._start(rollout)
        await self._journal.begin(rollout, rollout_id, adopted=running.adopted is not None)
        notifier = Notifier(self._aws, rollout, self._console)
        await notifier.started()
        outcome = await self._watch(rollout, rollout_id, notifier)
        await self._verify(rollout, outcome, notifier)

    async def _start(self, rollout: Rollout) -> str:
        ready = await self._deployer.preflight(rollout)
        return await self._deployer.start(rollout, ready)

    async def _watch(self, rollout: Rollout, rollout_id: str, notifier: Notifier) -> Outcome:
        stopping = partial(self._journal.enter, rollout, Phase.STOPPING)
        try:
            return await self._watcher.follow(rollout, rollout_id, reached=notifier.reached, stopping=stopping)
        except Exception as error:
            # an outage or a refusal: nobody watches any more, and the rollout may go on in AWS
            await notifier.unwatched(_reason(error))
            raise

    async def _verify(self, rollout: Rollout, outcome: Outcome, notifier: Notifier) -> None:
        try:
            await self._deployer.verify(rollout, outcome)
        except Exception as error:
            reason = _reason(error)
            await self._journal.enter(rollout, Phase.FAILED, reason)
            await notifier.failed(reason)
            raise
        await self._journal.enter(rollout, Phase.SUCCEEDED)
        await notifier.succeeded()

    async def _wait(self, rollout: Rollout) -> None:
        await self._deployer.verify_launched(rollout)
        await self._journal.proven(rollout)


def _reason(error: Exception) -> str:
    return error.message if isinstance(error, StrataError) else str(error)
