"""Clear up after an engine that was killed: its lock, files it cut off, and the operations it left open."""

import asyncio
import contextlib
import socket
from collections.abc import Sequence

from strata.engine.progress import Progress, silent
from strata.engine.run import Listener
from strata.engine.watchdog import STOP_SECONDS
from strata.errors import BusyError, RehearsalError
from strata_rehearsal.workspace.engine import StackEngine
from strata_rehearsal.workspace.pending import described, mended, read_created
from strata_rehearsal.workspace.repair import repair
from strata_rehearsal.workspace.state import Lock

__all__ = ["recover"]

LOOK_SECONDS = 0.05
"""How often an engine that is stopping is looked at."""


async def recover(
    engine: StackEngine, progress: Progress = silent, listener: Listener | None = None, *, alone: bool = False
) -> bool:
    """Make the stack usable again after a killed run. Looks at files only if there is nothing to do.

    What was being created is taken over if its id is known, by the plugin's note or from its inputs, and is dropped
    again if it never came to be. What was being changed or deleted is read afresh. Without this the next `up` would
    find names taken by resources it knows nothing of.

    Args:
        engine: the engine on the stack; what the stack made must be reachable.
        progress: told what was found.
        listener: follows the refresh.
        alone: whether nobody else can be at work on the stack. An engine that is alive was left behind by a command
            that was killed, and its end is waited for. Default: somebody can.

    Returns:
        Whether anything had to be cleared.

    Raises:
        BusyError: an engine that is alive holds the stack.
        RehearsalError: the engine could not clear it.
    """
    locks = engine.state.locks()
    stack = engine.workspace.stack
    if alone:
        await _outlive(locks, progress)
    alive = [lock for lock in locks if lock.held]
    if alive:
        holders = ", ".join(f"process {lock.pid} on {lock.host}" for lock in alive)
        raise BusyError(f"stack {stack} is in use by {holders}", fix="Wait for it to end, or end it with Ctrl-C twice.")
    if locks:
        progress(f"an earlier run was killed: taking its lock off stack {stack}")
    lost = repair(engine.state, progress, read_created(engine.created_notes).keys())
    # Not by `pulumi cancel`: that needs a stack, and the engine may have been killed while it made one.
    engine.state.release()
    pending = engine.state.pending()
    if pending:
        progress(f"an earlier run was stopped in the middle of {described(pending)}: looking at what is there")
        await _close_pending(engine, listener)
    engine.created_notes.unlink(missing_ok=True)
    return bool(locks or pending or lost)


async def _outlive(locks: Sequence[Lock], progress: Progress) -> None:
    """Wait for engines that were left behind; their watchdogs end them."""
    here = [lock for lock in locks if lock.held and lock.host == socket.gethostname()]
    if not here:
        return
    progress(f"an earlier run was killed: waiting for its engine (process {here[0].pid}) to stop")
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(2 * STOP_SECONDS):
            await asyncio.gather(*(_end(lock) for lock in here))


async def _end(lock: Lock) -> None:
    while lock.held:  # noqa: ASYNC110 - a process that is not our child cannot be waited for
        await asyncio.sleep(LOOK_SECONDS)


async def _close_pending(engine: StackEngine, listener: Listener | None) -> None:
    content = await engine.export_state()
    deployment, doubtful = mended(content["deployment"], read_created(engine.created_notes))
    await engine.import_state({**content, "deployment": deployment})
    if not doubtful:
        return
    done = await engine.refresh(*(word for urn in doubtful for word in ("--target", urn)), listener=listener)
    if not done.ok:
        raise RehearsalError(f"what a killed run left could not be cleared: {done.reason}")
