"""Starts an instance refresh once, although the answer to the request may be lost."""

from collections.abc import Collection

from strata.aws.outage import error_code
from strata.errors import BusyError
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.preferences import Preferences
from strata.rollout.spec import Rollout

__all__ = ["start"]


async def start(aws: AsyncDriver, rollout: Rollout, wanted: Preferences, *, before: Collection[str]) -> str:
    """Id of the refresh that rolls the group to the rollout's release.

    AWS gives no token that would make StartInstanceRefresh repeatable. So before it is repeated, and when AWS says
    that a refresh is running, the group's refreshes are asked for one that is new and wants what this one wants: that
    is the one whose start was not heard of. Ids tell what is new, since two clocks would not.

    Args:
        aws: AWS.
        rollout: the rollout.
        wanted: the refresh's preferences.
        before: ids of the refreshes that were there before.

    Raises:
        BusyError: somebody else's refresh began in this moment.
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
            f"{rollout.service}: another refresh began in this moment", fix="Run `pulumi up` again."
        ) from error
