"""What a preview says about a rollout: from the settings, the pin and the live group.

Never from the hook's new inputs: once a template is touched, even by a tag, they are unknown as a whole.
"""

from dataclasses import replace

from strata.rollout.order import Manner, Order, preferences
from strata.rollout.plan import plan_rollout
from strata.rollout.preflight import failed_before
from strata.rollout.record import ImageRef, Release
from strata.rollout.views import GroupView
from strata.rollout.watch import Calls

__all__ = ["preview_lines"]


async def preview_lines(
    calls: Calls, manner: Manner, recorded: Release | None, *, image: ImageRef | None, digest: str | None
) -> list[str]:
    """The lines to print.

    Args:
        calls: AWS; reading fails the preview only if the credentials are wrong, as any other part of it would.
        manner: how the service is rolled.
        recorded: the release before, if there is one.
        image: the image asked for, None while unknown.
        digest: the release digest asked for, None while unknown.
    """
    wanted = str(image) if image else "an image not yet known"
    if recorded is None:
        return [f"{manner.service}: first deployment of {wanted}; up waits until every server is healthy"]
    if digest == recorded.digest:
        return [
            f"{manner.service}: nothing that runs on a server differs from {recorded.image.version}; none is replaced"
        ]
    group = await calls.certain(calls.driver.group, recorded.group)
    if group is None:
        return [f"{manner.service}: group {recorded.group} is gone; up makes a new one for {wanted}"]
    certain = "rolls" if digest else "rolls if what runs on a server differs"
    lines = await _retry(calls, manner, recorded, group, image, digest)
    lines.append(f"{manner.service}: {certain} from {recorded.image} to {wanted}")
    plan = plan_rollout(
        group.desired, preferences(manner), boot_seconds=manner.boot_seconds, drain_seconds=manner.drain_seconds
    )
    lines += [f"  {line}" for line in plan.describe()]
    deadline = manner.patience_seconds
    earlier = f"under the floor for two polls, or {deadline} s without a further healthy new server"
    return [*lines, f"  the gate stops it earlier: {earlier}"]


async def _retry(
    calls: Calls, manner: Manner, recorded: Release, group: GroupView, image: ImageRef | None, digest: str | None
) -> list[str]:
    """The first line of a retry, as a person must know it before anything else."""
    if digest is None or image is None:
        return []
    refreshes = tuple(await calls(calls.driver.refreshes, group.name))
    versions = [each.version for each in refreshes if each.version and each.template == recorded.template]
    digests = await calls(calls.driver.release_digests, recorded.template, versions)
    order = Order(manner=manner, release=replace(recorded, image=image, digest=digest))
    failed = failed_before(order, refreshes, digests)
    return (
        [f"{manner.service}: retry of {image.version}, which ended {failed.status}: {failed.reason}"] if failed else []
    )
