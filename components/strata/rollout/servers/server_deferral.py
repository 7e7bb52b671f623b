"""What the record holds for a group that wants no servers, see `rollout/deferral.py`."""

from dataclasses import replace
from functools import partial

from strata.clock import Clock
from strata.errors import PreflightError, RolloutError
from strata.naming import note_name
from strata.resource_hooks import Console
from strata.rollout.deferral import defer
from strata.rollout.forbidden_versions import read_forbidden
from strata.rollout.gated_service import DesiredRelease
from strata.rollout.messages import describe_other_rollout
from strata.rollout.note import read_note
from strata.rollout.preflight_findings import heed
from strata.rollout.proven_names import RECORD_AGAIN
from strata.rollout.record import ServerRelease, readable
from strata.rollout.servers.adoption import RETURNING
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.findings import unrollable
from strata.rollout.servers.once_server import OnceServer, run_before_rollout
from strata.rollout.servers.preflight import SAVE_CHECKS, check
from strata.rollout.servers.preflight_facts import gather
from strata.rollout.servers.server_spec import ServerRollout, ServerSpec
from strata.rollout.servers.service_status import HOW_TO_START, how_to_restore
from strata.rollout.servers.views import FleetView, GroupView, RefreshView

__all__ = ["kept_value"]

_PAUSE_SECONDS = 15.0
"""Between two looks at what runs once."""


async def kept_value(
    aws: AsyncDriver, clock: Clock, console: Console, spec: ServerSpec, desired: DesiredRelease, value: str | None
) -> str | None:
    """The value the record keeps because nothing can be proven now; None where the gate decides.

    Reports where the service is not what its record names. With a template version, as in a real `up`, an empty group
    is set to launch it.

    Args:
        aws: AWS.
        clock: time.
        console: where lines go.
        spec: the service's settings.
        desired: what the program asks for.
        value: what the record holds; None where there is none.

    Raises:
        PreflightError: the release must not be launched, even later.
    """
    recorded = readable(ServerRelease, value)
    group = await aws.group(desired.fleet)
    if group is None:
        return None
    if recorded is not None and recorded.digest == desired.digest:
        # a group that has just been replaced is the gate's to wait for
        if recorded.group == group.name:
            await _report_deviations(aws, console, spec, desired, recorded, group)
        return None
    if not group.empty or any(each.active for each in await aws.refreshes(group.name, most=1)):
        return None
    rollout = _rollout(spec, desired, recorded, group)
    if any(unrollable(rollout, group)):
        # the gate refuses it, and reports why
        return None
    known = desired.template_version is not None
    return await defer(
        aws,
        clock,
        console,
        rollout,
        value,
        later="servers will launch",
        start=HOW_TO_START,
        save=partial(_save, aws, clock, console, rollout, group) if known else None,
    )


def _rollout(
    spec: ServerSpec, desired: DesiredRelease, recorded: ServerRelease | None, group: GroupView
) -> ServerRollout:
    template = desired.template or (recorded.template if recorded else group.template) or ""
    release = ServerRelease(
        group=desired.fleet,
        template=template,
        template_version=desired.template_version or 0,
        image=desired.image,
        digest=desired.digest,
    )
    return ServerRollout(spec=spec, release=release, recorded=recorded)


async def _save(aws: AsyncDriver, clock: Clock, console: Console, rollout: ServerRollout, group: GroupView) -> None:
    facts = await gather(aws, rollout, FleetView(group, frozenset()), (), now=clock.now())
    release = rollout.release
    heed(check(rollout, facts, SAVE_CHECKS), console, rollout.service, f"{release.image} must not be launched")
    try:
        await run_before_rollout(OnceServer(aws, clock, console, _PAUSE_SECONDS), rollout, group.subnets)
    except RolloutError as error:
        raise PreflightError(error.message, fix=error.fix) from error
    await aws.save_release(group, release)


async def _report_deviations(
    aws: AsyncDriver,
    console: Console,
    spec: ServerSpec,
    desired: DesiredRelease,
    recorded: ServerRelease,
    group: GroupView,
) -> None:
    """A service whose record is right may run something else: changed by hand, or launched and never proven."""
    running = next((each for each in await aws.refreshes(group.name, most=1) if each.active), None)
    if running is not None:
        forward = running.status not in RETURNING
        if not (forward and await _brings(aws, recorded, running)):
            what = f"refresh {running.id} is running ({running.status}, {running.percentage} %)"
            console.warn(describe_other_rollout(spec, recorded, what, forward=forward))
        return
    name = note_name(spec.record)
    note = read_note((await aws.parameters([name])).get(name))
    fleet = await aws.fleet_of(group)
    status = await aws.status(recorded, fleet, note, spec.least)
    # a release that must not run is not what anybody is told to bring back
    status = replace(status, forbidden=await aws(read_forbidden, aws.driver, spec.record, status.true, note))
    if found := list(status.deviations()):
        console.warn(f"{spec.service}: not the release {recorded.image}: {'; '.join(found)}")
        way = how_to_restore(status)
        # the gate writes what differs from what the program asks for, in this very run
        said = f"the record is written again: it is {desired.image}" if way == RECORD_AGAIN else way
        console.say(f"{spec.service}: {said}")


async def _brings(aws: AsyncDriver, recorded: ServerRelease, running: RefreshView) -> bool:
    """Whether a refresh is one of fresh servers of the release; one that names no version launches what is saved."""
    if running.version is None:
        return True
    if running.template != recorded.template:
        return False
    digests = await aws.release_digests(recorded.template, [running.version], model=recorded.template_version)
    return digests.get(running.version) == recorded.digest
