"""The AWS calls of a gate, beside the event loop, and what becomes of one that is not answered."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import ParamSpec, TypeVar

from strata.aws.clients import expired
from strata.aws.outage import Patience, answered, told
from strata.errors import AwsError, RolloutError
from strata.rollout.servers.driver import Driver

__all__ = ["Calls"]

P = ParamSpec("P")
T = TypeVar("T")

LOOKS = 3
"""Answers that must agree before something is taken to be gone: AWS's lists are only eventually consistent."""


class Calls:
    """Runs blocking AWS calls beside the event loop, waits outages out, and asks for credentials that have expired.

    Args:
        driver: the calls.
        renew: forgets the credentials in use.
        patience: how long an outage is waited out. Default: not at all, as for a preview.
    """

    def __init__(self, driver: Driver, renew: Callable[[], None], patience: Patience | None = None) -> None:
        self.driver = driver
        self.known = ""
        """What was seen last, for the error of who has to give up."""
        self._renew = renew
        self._patience = patience
        self._taken = 0.0

    async def __call__(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer of `call`, which only reads, or may be made twice without harm.

        Raises:
            RolloutError: the credentials expired and there are no fresh ones, or the outage outlasted the deadline.
        """
        return await self._answer(partial(call, *args, **kwargs))

    async def once(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer of a call that decides nothing, and that nobody waits for through an outage."""
        return await answered(partial(call, *args, **kwargs), self._renew)

    async def looked_up(self, call: Callable[[], T], look: Callable[[], Awaitable[T | None]]) -> T:
        """The answer of a call that must not be made twice: before it is repeated, AWS is asked whether it took it.

        Args:
            call: the call.
            look: what the call would have answered, if AWS has done what it asks; None if it has not.

        Raises:
            RolloutError: as for any other call.
        """
        return await self._answer(call, look)

    async def certain(self, call: Callable[P, T | None], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """The answer of a look at something; nothing only when several looks found nothing."""
        for _ in range(LOOKS - 1):
            found = await self(call, *args, **kwargs)
            if found is not None:
                return found
            if self._patience is not None:
                await self._patience.clock.sleep(self._patience.pause_seconds)
        return await self(call, *args, **kwargs)

    def take_waited(self) -> float:
        """Seconds spent waiting for AWS since the last call of this."""
        waited = self._patience.waited_seconds if self._patience else 0.0
        self._taken, since = waited, waited - self._taken
        return since

    async def _answer(self, call: Callable[[], T], look: Callable[[], Awaitable[T | None]] | None = None) -> T:
        try:
            return await answered(call, self._renew, self._patience, look=look)
        except AwsError as error:
            last = f"; last seen: {self.known}" if self.known else ""
            raise RolloutError(
                f"{error.message}{last}; a rollout that was started goes on in AWS",
                fix="Run `pulumi up` again when AWS answers: it takes the rollout up where it is.",
            ) from error
        except Exception as error:
            if not expired(error):
                raise
            raise RolloutError(
                f"AWS no longer accepts the credentials ({told(error)}); a rollout that was started goes on in AWS",
                fix="Run `pulumi up` again with fresh credentials: it takes the rollout up where it is.",
            ) from error
