"""What rolling a service would do, from its settings, the pinned image and the live group.

A preview prints it as lines, `strata rollout plan` shows it as a `ServicePlan`. A preview never uses the hook's new
inputs: once a template is touched, even by a tag, they are unknown as a whole.
"""

from dataclasses import replace
from functools import partial

from strata.images.image_trust import ImageTerms
from strata.rollout.image_verdicts import LOOKED_UP, find_refusals_if_allowed
from strata.rollout.live_service import tags_of_record
from strata.rollout.messages import describe_deadline, describe_retry
from strata.rollout.once_note import OnceNote
from strata.rollout.preflight_findings import PreflightFinding, warn
from strata.rollout.record import ImageRef, ServerRelease
from strata.rollout.run_once.once_plan import describe_once, find_once_warnings, once_lines
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.copied_machines import find_revoked_copies
from strata.rollout.servers.driver import Driver
from strata.rollout.servers.findings import failed_before
from strata.rollout.servers.heartbeat import describe_heartbeat
from strata.rollout.servers.live_servers import LiveServers
from strata.rollout.servers.machine_trust import look_at_machine
from strata.rollout.servers.preferences import preferences_for
from strata.rollout.servers.rollout_plan import RolloutPlan, plan_rollout
from strata.rollout.servers.server_spec import ServerRollout, ServerSpec
from strata.rollout.servers.tagged_group import describe_tagged_group
from strata.rollout.servers.views import GroupView
from strata.rollout.service_plan import (
    ServicePlan,
    before_a_plan,
    headline_of_recorded,
    plan_of_first,
    plan_of_unreadable,
)
from strata.rollout.unrecorded import lines_of_unrecorded
from strata.rollout.verifying.verification_plan import describe_verification
from strata.settings.models import ImageSettings, ServiceSettings

__all__ = ["judge_pinned", "pinned_image", "plan_of_spec", "plan_service", "preview_lines"]


def plan_of_spec(spec: ServerSpec, desired: int) -> RolloutPlan:
    """The plan of a service's rollout by its settings.

    Args:
        spec: how the service is rolled.
        desired: desired capacity of its group.
    """
    plan = plan_rollout(
        desired, preferences_for(spec), boot_seconds=spec.boot_seconds, drain_seconds=spec.drain_seconds
    )
    return replace(plan, warnings=(*plan.warnings, *find_once_warnings(spec)))


async def preview_lines(
    aws: AsyncDriver, spec: ServerSpec, recorded: ServerRelease | None, *, image: ImageRef | None, digest: str | None
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
    verified = describe_verification(spec, image.version if image else None)
    if recorded is None:
        look = partial(describe_tagged_group, aws.driver, tags_of_record(spec.record))
        first = await lines_of_unrecorded(aws, spec.service, spec.record, wanted, unit="server", look=look)
        return [*first, *await once_lines(aws, spec, digest), *(f"  {line}" for line in verified)]
    if digest == recorded.digest:
        return [
            f"{spec.service}: nothing that runs on a server differs from {recorded.image.version}; none is replaced"
        ]
    group = await aws.group(recorded.group)
    if group is not None and group.empty:
        later = f"it will launch {wanted} from its next scale-out on"
        idle = f"{spec.service}: the group wants no server; {later}, and {recorded.image} stays the release until then"
        return [idle, *await once_lines(aws, spec, digest)]
    if group is None:
        return [f"{spec.service}: group {recorded.group} is gone; up makes a new one for {wanted}"]
    certain = "rolls" if digest else "rolls if what runs on a server differs"
    lines = [*await _running(aws, spec, group), *await _retry(aws, spec, recorded, group, image, digest)]
    lines.append(f"{spec.service}: {certain} from {recorded.image} to {wanted}")
    lines += await once_lines(aws, spec, digest)
    lines += [f"  {line}" for line in plan_of_spec(spec, group.desired).describe()]
    return [*lines, *(f"  {line}" for line in (*verified, *describe_heartbeat(spec), describe_deadline(spec)))]


async def _running(aws: AsyncDriver, spec: ServerSpec, group: GroupView) -> list[str]:
    """A rollout that is running now: `up` adopts it, waits, or refuses, as the settings require."""
    for refresh in await aws.refreshes(group.name, most=1):
        if refresh.active:
            target = f"template version {refresh.version}" if refresh.version else "what the group has saved"
            progress = f"{refresh.status} {refresh.percentage} %"
            return [f"{spec.service}: refresh {refresh.id} to {target} is running: {progress}"]
    return []


async def _retry(
    aws: AsyncDriver,
    spec: ServerSpec,
    recorded: ServerRelease,
    group: GroupView,
    image: ImageRef | None,
    digest: str | None,
) -> list[str]:
    """The first line of a retry, as a person must know it before anything else."""
    if digest is None or image is None:
        return []
    refreshes = tuple(await aws.refreshes(group.name))
    versions = [each.version for each in refreshes if each.version and each.template == recorded.template]
    digests = await aws.release_digests(recorded.template, versions, model=recorded.template_version)
    rollout = ServerRollout(spec=spec, release=replace(recorded, image=image, digest=digest))
    failed = failed_before(rollout, refreshes, digests)
    return [describe_retry(spec.service, image, failed)] if failed else []


def plan_service(
    found: LiveServers, settings: ServiceSettings, pin: ImageSettings, record: str, note: OnceNote | None = None
) -> ServicePlan:
    """What rolling a service's pinned image would do, by its settings.

    Args:
        found: the service as it is now.
        settings: its settings.
        pin: the image that is pinned for it.
        record: name of the SSM parameter that holds its release.
        note: of what ran once for its image. Default: nothing has.
    """
    if found.unreadable:
        return plan_of_unreadable(found, pin.version)
    wanted = pin.version or pin.parameter or "an image looked up"
    spec = ServerSpec.of_service(found.service, settings, record=record)
    once = tuple(describe_once(spec, note, of_image=True))
    if found.group is None or found.recorded is None:
        return plan_of_first(found, wanted, found.status.unrecorded, after=pin.version, once=once, fleet="group")
    now = found.recorded.image
    if pin.id == now.id:
        headline = headline_of_recorded(found, now.version, pin.version)
        rolls = None
    else:
        headline = f"{found.service}: rolls from {now.version} to {wanted}"
        rolls = True
    if found.group.empty and rolls:
        return ServicePlan(
            found.service,
            f"{found.service}: launches {wanted} from the next scale-out on; {now.version} stays the release until "
            "a server has run it",
            (*before_a_plan(found), *once),
            rolls=False,
        )
    plan = plan_of_spec(spec, found.group.desired)
    return ServicePlan(
        service=found.service,
        headline=headline,
        lines=(
            *before_a_plan(found),
            *once,
            *plan.describe(),
            *describe_verification(spec, pin.version),
            *describe_heartbeat(spec),
            describe_deadline(spec),
        ),
        rolls=rolls,
        warnings=tuple(warning.text for warning in plan.warnings),
        before=now.version,
        after=pin.version,
        plan=plan,
    )


def judge_pinned(
    driver: Driver, found: LiveServers, image: ImageRef | None, record: str, terms: ImageTerms, *, now: float
) -> tuple[PreflightFinding, ...]:
    """What a preflight would find about the image that is pinned for a service, in its words.

    Args:
        driver: AWS.
        found: the service as it is now.
        image: the image, see `pinned_image`.
        record: name of the SSM parameter that holds its release.
        terms: what the stack requires of it.
        now: epoch seconds.
    """
    verdicts = find_refusals_if_allowed(driver, record, image, app=terms.app)
    if image is not None and image.id != LOOKED_UP:
        verdicts = (*verdicts, *find_revoked_copies(driver, image))
        # the program looks the pinned image up, also where it runs already and nothing is launched
        return (*verdicts, *look_at_machine(driver, record, image, found.recorded, terms, now=now, needed=True))
    if not terms.required and not terms.scan.required:
        return verdicts
    return (
        *verdicts,
        warn(
            f"whether the image of {found.service} proves what it is, and what its last scan found, was not checked: "
            "AWS looks up which image that is",
            f"Pin its id: `strata image pin {record.split('/')[3]} {image.name if image else found.service} VERSION`.",
        ),
    )


def pinned_image(service: str, settings: ServiceSettings, pin: ImageSettings) -> ImageRef | None:
    """The image that is pinned for a service, as its record will name it; None where only AWS says its version.

    Args:
        service: the service.
        settings: its settings.
        pin: the image that is pinned for it.
    """
    return ImageRef(settings.image or service, pin.version, pin.id or LOOKED_UP) if pin.version else None
