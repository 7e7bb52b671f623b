"""Clear up after an engine that was killed: its lock, and the operations it left open."""

import socket

from strata.errors import BusyError, RehearsalError
from strata.rehearsal.toolchain.engine import Engine
from strata.rehearsal.toolchain.pending import described, mended, read_created
from strata.rehearsal.toolchain.processes import is_running
from strata.rehearsal.toolchain.progress import Progress, silent
from strata.rehearsal.toolchain.run import Listener
from strata.rehearsal.toolchain.state import Lock

__all__ = ["recover"]

CLI_NAME = "pulumi"


async def recover(engine: Engine, progress: Progress = silent, listener: Listener | None = None) -> bool:
    """Make the stack usable again after a killed run. Looks at files only if there is nothing to do.

    What was being created is taken over if its id is known, by the plugin's note or from its inputs, and is dropped
    again if it never came to be. What was being changed or deleted is read afresh. Without this the next `up` would
    find names taken by resources it knows nothing of.

    Args:
        engine: the engine on the stack; what the stack made must be reachable.
        progress: told what was found.
        listener: follows the refresh.

    Returns:
        Whether anything had to be cleared.

    Raises:
        BusyError: an engine that is alive holds the stack.
        RehearsalError: the engine could not clear it.
    """
    locks = engine.state.locks()
    alive = [lock for lock in locks if _alive(lock)]
    stack = engine.workspace.stack
    if alive:
        holders = ", ".join(f"process {lock.pid} on {lock.host}" for lock in alive)
        raise BusyError(f"stack {stack} is in use by {holders}", fix="Wait for it to end, or end it with Ctrl-C twice.")
    if locks:
        progress(f"an earlier run was killed: taking its lock off stack {stack}")
        await engine.cancel()
    pending = engine.state.pending()
    if pending:
        progress(f"an earlier run was killed in the middle of {described(pending)}: looking at what is there")
        await _close_pending(engine, listener)
    engine.created_notes.unlink(missing_ok=True)
    return bool(locks or pending)


async def _close_pending(engine: Engine, listener: Listener | None) -> None:
    content = await engine.export_state()
    deployment, doubtful = mended(content["deployment"], read_created(engine.created_notes))
    await engine.import_state({**content, "deployment": deployment})
    if not doubtful:
        return
    done = await engine.refresh(*(word for urn in doubtful for word in ("--target", urn)), listener=listener)
    if not done.ok:
        raise RehearsalError(f"what a killed run left could not be cleared: {done.reason}")


def _alive(lock: Lock) -> bool:
    if lock.pid <= 0:
        return False
    # Another machine on the same folder cannot be asked, and taking its lock could break its run.
    return lock.host != socket.gethostname() or is_running(lock.pid, CLI_NAME)
