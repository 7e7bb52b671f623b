"""The requests that start and stop an instance refresh, each made once, although its answer may be lost."""

from collections.abc import Awaitable, Callable, Collection
from typing import Protocol

from strata.aws.outage import error_code
from strata.errors import BusyError
from strata.resource_hooks import Console
from strata.rollout.messages import describe_runaway, not_taken_back
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.preferences import Preferences
from strata.rollout.servers.refresh import FORWARD
from strata.rollout.servers.server_spec import ServerRollout

__all__ = ["cancel_refresh", "start_refresh", "stop_rollout"]

ENDED = "ActiveInstanceRefreshNotFound"
"""There is nothing to stop: it ended by itself, or an earlier request, whose answer was lost, has stopped it."""


async def start_refresh(
    aws: AsyncDriver, rollout: ServerRollout, wanted: Preferences, *, before: Collection[str]
) -> str:
    """Id of the refresh that rolls the group to the rollout's release.

    AWS gives no token that would make StartInstanceRefresh repeatable. So before it is repeated, and when AWS reports
    that a refresh is running, the group's refreshes are asked for one that is new and wants what this one wants: that
    is the one whose start was not confirmed. Ids tell what is new, since two clocks would not.

    Args:
        aws: AWS.
        rollout: the rollout.
        wanted: the refresh's preferences.
        before: ids of the refreshes that were there before.

    Raises:
        BusyError: somebody else's refresh began at this moment.
    """
    release = rollout.release
    target = (release.template, str(release.template_version))

    async def ours() -> str | None:
        found = await aws.refreshes(release.group)
        mine = [each.id for each in found if each.id not in before and (each.template, each.version) == target]
        return mine[0] if mine else None

    try:
        return await aws.start_refresh(release, wanted, begun=ours)
    except Exception as error:
        if error_code(error) != "InstanceRefreshInProgress":
            raise
        # botocore repeats a request by itself when its answer is lost
        if (begun := await ours()) is not None:
            return begun
        raise BusyError(
            f"{rollout.service}: another refresh began at this moment", fix="Run `pulumi up` again."
        ) from error


class StopRequest(Protocol):
    """A request of `AsyncDriver` that ends a refresh."""

    def __call__(self, group: str, *, stopped: Callable[[], Awaitable[bool | None]]) -> Awaitable[bool]: ...


async def stop_rollout(aws: AsyncDriver, rollout: ServerRollout, refresh_id: str, console: Console) -> None:
    """Take the rollout back, or stop it where nothing can be taken back.

    Args:
        aws: AWS; a request that is lost is repeated until AWS has accepted it, or the refresh has ended.
        rollout: the rollout.
        refresh_id: the refresh that carries it out.
        console: where the command to run by hand goes when AWS accepts no request.

    Raises:
        Exception: AWS refused, or did not answer until the deadline.
    """
    if rollout.spec.no_way_back and rollout.recorded is not None:
        raise not_taken_back(rollout, "it has to be stopped")
    group = rollout.release.group
    goes_back = rollout.spec.goes_back and rollout.can_roll_back
    try:
        if goes_back and await _accepted(aws, group, refresh_id, aws.roll_back):
            return
        await cancel_refresh(aws, group, refresh_id)
    except Exception as error:
        operation = "rollback-instance-refresh" if goes_back else "cancel-instance-refresh"
        command = f"`aws autoscaling {operation} --auto-scaling-group-name {group}`"
        console.warn(describe_runaway(rollout, error, command))
        raise


async def cancel_refresh(aws: AsyncDriver, group: str, refresh_id: str) -> None:
    """Stop a refresh where it is, unless it has ended; a lost request is repeated only while that one goes on."""
    await _accepted(aws, group, refresh_id, aws.cancel)


async def _accepted(aws: AsyncDriver, group: str, refresh_id: str, request: StopRequest) -> bool:
    """Whether AWS accepted a request; not so if the refresh cannot be taken back."""

    async def stopped() -> bool | None:
        found = await aws.refresh_if_listed(group, refresh_id)
        return None if found is not None and found.status in FORWARD else True

    try:
        return await request(group, stopped=stopped)
    except Exception as error:
        if error_code(error) == ENDED:
            return True
        # a second request for what the first, whose answer was lost, has begun is refused with this as well
        if error_code(error) != "IrreversibleInstanceRefresh":
            raise
        return await stopped() or False
