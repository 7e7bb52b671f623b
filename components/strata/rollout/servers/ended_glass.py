"""Closes the notes of break-glass of servers that a rollout has ended, with what was seen."""

from dataclasses import replace

from strata.aws.outage import describe_failure
from strata.clock import utc_text
from strata.naming import break_glass_name
from strata.resource_hooks import Console
from strata.rollout.break_glass_note import GlassPhase
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.server_spec import ServerRollout

__all__ = ["close_ended"]


async def close_ended(aws: AsyncDriver, console: Console, rollout: ServerRollout, now: float) -> None:
    """Close what is noted of servers that are gone: somebody had put them back, or their time was over.

    Until somebody says which version has the fix, promotions are refused as before. A failure is a warning: the
    release is decided elsewhere.

    Args:
        aws: AWS.
        console: where lines go.
        rollout: the rollout that has ended well.
        now: epoch seconds.
    """
    try:
        await _close(aws, console, rollout, now)
    except Exception as error:  # noqa: BLE001  whatever it is, the release is decided elsewhere
        console.warn(
            f"{rollout.service}: whether it has ended a server of break-glass could not be told: "
            f"{describe_failure(error)}. `strata break-glass list` shows what is open"
        )


async def _close(aws: AsyncDriver, console: Console, rollout: ServerRollout, now: float) -> None:
    record, release = rollout.spec.record, rollout.release
    seen = await aws(aws.driver.open_glass, record, ())
    if not seen.notes:
        return
    group = await aws.present_group(release.group)
    there = {each.id for each in group.servers if not each.leaving}
    leaving = {each.id for each in group.servers} - there
    for unit, note in sorted(seen.notes.items()):
        if note.phase is GlassPhase.UNREADABLE or unit in there:
            continue
        # one that was detached still runs, and is nobody's who could close it
        if unit not in leaving and await aws(aws.driver.runs, unit):
            continue
        closed = replace(
            note,
            phase=GlassPhase.CLOSED,
            closed_by=f"the rollout to {release.image.version}",
            closed_at=utc_text(now),
            end_seen=f"group {group.name} had ended it when the rollout to {release.image.version} had",
        )
        await aws.keep_note(break_glass_name(record, unit), closed.to_json())
        console.warn(f"{rollout.service}: {unit} is gone, so its break-glass is closed: {note.sentence(now)}")
