"""Servers of failed rollouts that are kept: which of them are over, and how they end."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from strata.aws.outage import describe_failure
from strata.clock import Clock, utc_text
from strata.naming import break_glass_name, recorded_service
from strata.resource_hooks import Console
from strata.rollout.break_glass_note import BreakGlass, GlassPhase
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.server_spec import ServerSpec

__all__ = ["end_kept", "end_over"]


async def end_kept(
    aws: AsyncDriver, clock: Clock, record: str, servers: Collection[str], by: str, *, expired: bool
) -> list[BreakGlass]:
    """End servers that are kept, into which nobody was let; gives their notes.

    Args:
        aws: AWS.
        clock: time.
        record: name of the release record of their service.
        servers: ids of those that their group keeps.
        by: who ends them.
        expired: whether only those are ended that are over.
    """
    ended: list[BreakGlass] = []
    for unit, note in sorted((await aws.glass_notes(record, sorted(servers))).items()):
        if not note.untouched or (expired and not note.expired(clock.now())):
            continue
        await aws.terminate(unit)
        closed = replace(note, phase=GlassPhase.CLOSED, closed_by=by, closed_at=utc_text(clock.now()))
        await aws.keep_note(break_glass_name(record, unit), closed.to_json())
        ended.append(closed)
    return ended


async def end_over(aws: AsyncDriver, clock: Clock, console: Console, spec: ServerSpec, group: str) -> None:
    """End what is kept for longer than it was to be, and take away a hook that a gate has left; a failure is a warning.

    Args:
        aws: AWS.
        clock: time.
        console: where lines go.
        spec: how the service is rolled.
        group: name of its group.
    """
    try:
        for note in await _over(aws, clock, console, spec, group):
            console.say(f"{spec.service}: {note.unit}, which was kept until {note.until}, is being ended")
    except Exception as error:  # noqa: BLE001  it has no bearing on the release
        console.warn(
            f"{spec.service}: whether a server of a failed rollout is kept for too long could not be told: "
            f"{describe_failure(error)}"
        )


async def _over(aws: AsyncDriver, clock: Clock, console: Console, spec: ServerSpec, name: str) -> Sequence[BreakGlass]:
    group = await aws.group_if_answered(name)
    if group is not None and group.retains and await aws.has_keeping_hook(name):
        await aws.delete_keeping_hook(name)
    kept = [each.id for each in group.servers if each.retained] if group is not None else []
    if not kept:
        return []
    notes = await aws.glass_notes(spec.record, kept)
    stack, _ = recorded_service(spec.record) or ("STACK", "")
    for unit in sorted({*kept} - notes.keys()):
        console.warn(
            f"{spec.service}: group {name} keeps {unit}, and nothing says until when: "
            f"`{aws.driver.command_line} autoscaling terminate-instance-in-auto-scaling-group --instance-id {unit} "
            f"--no-should-decrement-desired-capacity` ends it; `strata break-glass open {stack} {unit}` keeps it"
        )
    return await end_kept(aws, clock, spec.record, kept, "the next `pulumi up`", expired=True)
