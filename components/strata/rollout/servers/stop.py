"""Stops a rollout that must not go on, whatever becomes of the calls that say so."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from strata.aws.outage import error_code
from strata.errors import StrataError
from strata.hooks.console import Console
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.refresh import Status
from strata.rollout.spec import Rollout

__all__ = ["cancel", "stop"]

FORWARD = frozenset({Status.PENDING, Status.IN_PROGRESS, Status.BAKING})
ENDED = "ActiveInstanceRefreshNotFound"
"""There is nothing to stop: it ended by itself, or an earlier request, whose answer was lost, has stopped it."""


class Request(Protocol):
    """A request of `AsyncDriver` that ends a refresh."""

    def __call__(self, group: str, *, turned: Callable[[], Awaitable[bool | None]]) -> Awaitable[bool]: ...


async def stop(aws: AsyncDriver, rollout: Rollout, refresh_id: str, console: Console) -> None:
    """Take the rollout back, or stop it where nothing can be taken back.

    Args:
        aws: AWS; a request that is lost is repeated until AWS has taken it, or the refresh has ended.
        rollout: the rollout.
        refresh_id: the refresh that carries it out.
        console: told what to run by hand when AWS takes no request.

    Raises:
        Exception: AWS refused, or did not answer until the deadline.
    """
    group = rollout.release.group
    goes_back = rollout.spec.settings.auto_rollback and rollout.can_roll_back
    try:
        if goes_back and await _taken(aws, group, refresh_id, aws.roll_back):
            return
        await cancel(aws, group, refresh_id)
    except Exception as error:
        operation = "rollback-instance-refresh" if goes_back else "cancel-instance-refresh"
        reason = error.message if isinstance(error, StrataError) else str(error)
        console.warn(
            f"{rollout.service}: THE ROLLOUT COULD NOT BE STOPPED and goes on to {rollout.release.image}: {reason}\n"
            f"  run this now: aws autoscaling {operation} --auto-scaling-group-name {group}"
        )
        raise


async def cancel(aws: AsyncDriver, group: str, refresh_id: str) -> None:
    """Stop a refresh where it is, unless it has ended; a lost request is repeated only while that one goes on."""
    await _taken(aws, group, refresh_id, aws.cancel)


async def _taken(aws: AsyncDriver, group: str, refresh_id: str, request: Request) -> bool:
    """Whether AWS took a request; not so if the refresh cannot be taken back."""

    async def turned() -> bool | None:
        found = await aws.refresh_if_listed(group, refresh_id)
        return None if found is not None and found.status in FORWARD else True

    try:
        return await request(group, turned=turned)
    except Exception as error:
        if error_code(error) == ENDED:
            return True
        # a second request for what the first, whose answer was lost, has begun is refused with this as well
        if error_code(error) != "IrreversibleInstanceRefresh":
            raise
        return await turned() or False
