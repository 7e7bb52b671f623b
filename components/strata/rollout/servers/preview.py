"""What a preview says about a rollout: from the settings, the pin and the live group.

Never from the hook's new inputs: once a template is touched, even by a tag, they are unknown as a whole.
"""

from dataclasses import replace

from strata.rollout.record import ImageRef, Release
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.plan import plan_rollout
from strata.rollout.servers.preflight import failed_before
from strata.rollout.servers.spec_preferences import preferences_for
from strata.rollout.servers.views import GroupView
from strata.rollout.spec import Rollout, RolloutSpec

__all__ = ["gives_up", "preview_lines"]


async def preview_lines(
    aws: AsyncDriver, spec: RolloutSpec, recorded: Release | None, *, image: ImageRef | None, digest: str | None
) -> list[str]:
    """The lines to print.

    Args:
        aws: AWS; reading fails the preview only if the credentials are wrong, as any other part of it would.
        spec: how the service is rolled.
        recorded: the release before, if there is one.
        image: the image asked for, None while unknown.
        digest: the release digest asked for, None while unknown.
    """
    wanted = str(image) if image else "an image not yet known"
    if recorded is None:
        return [f"{spec.service}: first deployment of {wanted}; up waits until every server is healthy"]
    if digest == recorded.digest:
        return [
            f"{spec.service}: nothing that runs on a server differs from {recorded.image.version}; none is replaced"
        ]
    group = await aws.group(recorded.group)
    if group is not None and group.empty:
        later = f"it will launch {wanted} from its next scale-out on"
        return [
            f"{spec.service}: the group wants no server; {later}, and {recorded.image} stays the release until then"
        ]
    if group is None:
        return [f"{spec.service}: group {recorded.group} is gone; up makes a new one for {wanted}"]
    certain = "rolls" if digest else "rolls if what runs on a server differs"
    lines = [*await _running(aws, spec, group), *await _retry(aws, spec, recorded, group, image, digest)]
    lines.append(f"{spec.service}: {certain} from {recorded.image} to {wanted}")
    plan = plan_rollout(
        group.desired, preferences_for(spec), boot_seconds=spec.boot_seconds, drain_seconds=spec.drain_seconds
    )
    lines += [f"  {line}" for line in plan.describe()]
    return [*lines, f"  {gives_up(spec)}"]


def gives_up(spec: RolloutSpec) -> str:
    """When the gate gives up on a rollout before AWS does."""
    deadline = spec.patience_seconds
    earlier = f"under the floor for two polls, or {deadline} s without a further healthy new server"
    return f"the gate stops it earlier: {earlier}"


async def _running(aws: AsyncDriver, spec: RolloutSpec, group: GroupView) -> list[str]:
    """A rollout that is running now: `up` takes it up, waits, or refuses, as the settings say."""
    for refresh in await aws.refreshes(group.name, most=1):
        if refresh.active:
            target = f"template version {refresh.version}" if refresh.version else "what the group has saved"
            progress = f"{refresh.status} {refresh.percentage} %"
            return [f"{spec.service}: refresh {refresh.id} to {target} is running: {progress}"]
    return []


async def _retry(
    aws: AsyncDriver, spec: RolloutSpec, recorded: Release, group: GroupView, image: ImageRef | None, digest: str | None
) -> list[str]:
    """The first line of a retry, as a person must know it before anything else."""
    if digest is None or image is None:
        return []
    refreshes = tuple(await aws.refreshes(group.name))
    versions = [each.version for each in refreshes if each.version and each.template == recorded.template]
    digests = await aws.release_digests(recorded.template, versions, model=recorded.template_version)
    rollout = Rollout(spec=spec, release=replace(recorded, image=image, digest=digest))
    failed = failed_before(rollout, refreshes, digests)
    return [f"{spec.service}: retry of {image.version}, which ended {failed.status}: {failed.reason}"] if failed else []
