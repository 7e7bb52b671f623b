"""Carries out one rollout: adopt what runs already, start what is missing, watch it, and verify what it brought.

Whatever state the service is in, it ends with the release asked for, or with an error. Nothing here knows Pulumi, and
nothing how servers or containers are replaced: that is the deployer's.
"""

from dataclasses import replace
from functools import partial
from typing import Any

from strata.clock import Clock
from strata.resource_hooks import Console, giving_up
from strata.rollout.deployer import Deployer, Outcome
from strata.rollout.forbidden_watch import ForbiddenWatch
from strata.rollout.messages import (
    describe_current,
    how_to_leave_forbidden,
    how_to_retry,
    not_proven,
    reason_of,
)
from strata.rollout.note import Journal, Phase
from strata.rollout.notifier import Notifier
from strata.rollout.preflight_findings import heed
from strata.rollout.record import Release
from strata.rollout.spec import Rollout
from strata.rollout.verifying.verification import Asker, Verification, ask_release
from strata.rollout.watcher import Watcher

__all__ = ["Roll"]


class Roll:
    """One gate's work on one service.

    Args:
        deployer: carries it out.
        clock: time and sleep.
        console: where progress goes.
        poll_seconds: pause between two looks at AWS.
        ask: asks a new release what its service is verified by. Default: through its load balancer, or by a command.
    """

    def __init__(
        self,
        deployer: Deployer[Any, Any, Any],
        clock: Clock,
        console: Console,
        poll_seconds: float,
        ask: Asker = ask_release,
    ) -> None:
        self._deployer = deployer
        self._aws = deployer.aws
        self._clock = clock
        self._console = console
        self._poll_seconds = poll_seconds
        self._ask = ask
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
        else:
            # a first deployment that failed before, or an adopted fleet: there is nothing proven to go back to
            await self.replace(replace(rollout, can_roll_back=False))
        await self._deployer.keep(rollout)

    async def next(self, rollout: Rollout, recorded: Release | None) -> None:
        """Bring a service from its recorded release to the rollout's.

        Raises:
            RolloutError: the rollout failed or was rolled back, or nothing proves the release.
            PreflightError: it must not start.
            BusyError: a rollout of another release is running.
        """
        rollout = replace(rollout, recorded=recorded)
        if rollout.fleet_replaced:
            # a replaced fleet has booted this release by itself; the old one goes once this one is healthy
            await self._wait(rollout)
        else:
            await self.replace(rollout)
        await self._deployer.keep(rollout)

    async def replace(self, rollout: Rollout) -> None:
        """Replace what does not run the release, unless nothing has to go."""
        running = await self._deployer.adopt(rollout)
        if running.current or running.adopted is not None:
            await self._heed_name(rollout)
        forbidden = ForbiddenWatch(self._aws, rollout, self._clock, self._console)
        if running.current:
            # by this a rollback that begins meanwhile is told from one before
            await forbidden.look()
            runs = await self._deployer.verify_current(rollout)
            if runs:
                await self._refuse_unverified(rollout, self._verification(rollout), forbidden)
            await self._refuse_forbidden(rollout, forbidden)
            await self._journal.proven(rollout)
            self._console.say(f"{rollout.service}: {describe_current(rollout, runs=runs)}")
            return
        rollout = await self._deployer.with_way_back(rollout)
        rollout_id = running.adopted or await self._start(rollout)
        if running.adopted is not None:
            await self._journal.adopted(rollout, rollout_id)
        notifier = Notifier(self._aws, rollout, self._console)
        await notifier.started()
        verification = self._verification(rollout)
        try:
            outcome = await self._watch(rollout, rollout_id, notifier, forbidden, verification)
            await self._verify(rollout, outcome, notifier, forbidden, verification)
        finally:
            await verification.stop()

    async def _start(self, rollout: Rollout) -> str:
        ready = await self._deployer.preflight(rollout)
        await self._deployer.run_before(rollout)
        # before it is started: a client may die at any moment, and a rollback names what it leaves by this
        await self._journal.begin(rollout)
        try:
            rollout_id = await self._deployer.start(rollout, ready)
        except Exception as error:
            await self._journal.not_started(rollout, error)
            raise
        await self._journal.started(rollout, rollout_id)
        return rollout_id

    def _verification(self, rollout: Rollout) -> Verification:
        return Verification(self._aws, rollout, self._clock, self._console, self._poll_seconds, self._ask)

    async def _watch(
        self,
        rollout: Rollout,
        rollout_id: str,
        notifier: Notifier,
        forbidden: ForbiddenWatch,
        verification: Verification,
    ) -> Outcome:
        stopping = partial(self._journal.enter, rollout, Phase.STOPPING)
        try:
            return await self._watcher.follow(
                rollout,
                rollout_id,
                reached=notifier.reached,
                stopping=stopping,
                forbidden=forbidden.look,
                verification=verification,
            )
        except Exception as error:
            # an outage or a refusal: nobody watches any more, and the rollout may go on in AWS
            await notifier.unwatched(reason_of(error))
            raise

    async def _verify(
        self,
        rollout: Rollout,
        outcome: Outcome,
        notifier: Notifier,
        forbidden: ForbiddenWatch,
        verification: Verification,
    ) -> None:
        try:
            await self._deployer.verify(rollout, outcome)
            await self._refuse_unverified(rollout, verification, forbidden)
            await self._refuse_forbidden(rollout, forbidden)
        except Exception as error:
            reason = reason_of(error)
            await self._journal.enter(rollout, Phase.FAILED, reason)
            await notifier.failed(reason)
            raise
        await self._journal.enter(rollout, Phase.SUCCEEDED)
        await notifier.succeeded()

    async def _wait(self, rollout: Rollout) -> None:
        await self._heed_name(rollout)
        await self._deployer.verify_launched(rollout)
        forbidden = ForbiddenWatch(self._aws, rollout, self._clock, self._console)
        await self._refuse_unverified(rollout, self._verification(rollout), forbidden)
        await self._refuse_forbidden(rollout, forbidden)
        await self._journal.proven(rollout)

    async def _heed_name(self, rollout: Rollout) -> None:
        """What is not started here has no preflight, and is recorded as nothing that the image does not prove to be.

        Raises:
            PreflightError: it is called something else.
        """
        wanted, recorded = rollout.release, rollout.recorded
        if recorded is not None and recorded.image == wanted.image:
            return
        found = await self._deployer.judge_name(rollout.spec, wanted.image, recorded, wanted.digest)
        heed(found, self._console, rollout.service, f"{wanted.image} must not be recorded")

    async def _refuse_forbidden(self, rollout: Rollout, forbidden: ForbiddenWatch) -> None:
        """The last look before the record is put: AWS itself takes nothing back any more.

        Raises:
            RolloutError: it is forbidden to run, and what ran before is back, where there is such a thing.
        """
        why = await forbidden.look_now()
        if why is not None:
            self._console.warn(giving_up(rollout.service, why))
            back = await self._brought_back(rollout, forbidden)
            raise not_proven(rollout, f"{why}; {back}", how_to_leave_forbidden(rollout))

    async def _refuse_unverified(self, rollout: Rollout, verification: Verification, forbidden: ForbiddenWatch) -> None:
        """Verify what no rollout that could be taken back was verified in: none had to run, or AWS ended it before.

        Raises:
            RolloutError: it does not answer as it should, and what ran before is back, where there is such a thing.
        """
        try:
            why = await verification.settle()
        finally:
            await verification.stop()
        if why is not None:
            self._console.warn(giving_up(rollout.service, why))
            back = await self._brought_back(rollout, forbidden)
            raise not_proven(rollout, f"{why}; {back}", f"{how_to_retry(rollout.recorded)}{verification.details}")

    async def _brought_back(self, rollout: Rollout, forbidden: ForbiddenWatch) -> str:
        recorded = rollout.recorded
        if recorded is None or not rollout.can_roll_back:
            return "there is no release before it to go back to"
        if not rollout.spec.goes_back:
            off = rollout.spec.no_way_back or "`rollout.auto_rollback` is off"
            return f"nothing goes back by itself, since {off}"
        if forbidden.left_by_rollback:
            return "a rollback that was begun meanwhile leaves it"
        try:
            if (also := await forbidden.forbids(recorded)) is not None:
                return f"nothing goes back to the release before, since {also}"
            return await self._deployer.go_back(rollout)
        except Exception as error:  # noqa: BLE001  why it must not run must not be lost over this
            return f"it could not be taken back: {reason_of(error)}"
