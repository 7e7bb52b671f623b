"""Clear up after an engine that was killed: its lock, the operations it left open, and files that were cut off.

Files are cut off by a full disk too; they are restored wherever that can be done without losing a resource.
"""

import asyncio
import contextlib
import json
import os
import re
import socket
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from strata.engine.engine_run import EngineListener
from strata.engine.processes import STOP_SECONDS
from strata.engine.progress import Progress, silent
from strata.errors import BusyError, RehearsalError
from strata_rehearsal.workspace.stack_engine import StackEngine
from strata_rehearsal.workspace.stack_state import (
    Lock,
    StackState,
    describe_operations,
    pending_operations,
    read_created,
    settle_pending,
)

__all__ = ["recover", "repair"]


LOOK_SECONDS = 0.05
"""How often an engine that is stopping is looked at."""

META = "version: 1\n"
"""What the engine writes into the backend's `meta.yaml`: stacks are kept by project."""

WHOLE_META = re.compile(r"\s*version:\s*\d+\s*")


async def recover(
    engine: StackEngine, progress: Progress = silent, listener: EngineListener | None = None, *, alone: bool = False
) -> bool:
    """Make the stack usable again after a killed run. Looks at files only if there is nothing to do.

    What was being created is adopted if its id is known, from the plugin's note or from its inputs, and is dropped
    if it was never made. What was being changed or deleted is read again. Without this the next `up` would
    find names taken by resources it knows nothing of.

    Args:
        engine: the engine on the stack; what the stack made must be reachable.
        progress: called with a line about what was found.
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
        progress(f"an earlier run was killed: removing its lock from stack {stack}")
    lost = repair(engine.state, progress, read_created(engine.created_notes).keys())
    # Not by `pulumi cancel`: that needs a stack, and the engine may have been killed while it made one.
    engine.state.release()
    pending = engine.state.pending()
    if pending:
        progress(
            f"an earlier run was stopped in the middle of {describe_operations(pending)}: looking at what is there"
        )
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


async def _close_pending(engine: StackEngine, listener: EngineListener | None) -> None:
    content = await engine.export_state()
    deployment, doubtful = settle_pending(content["deployment"], read_created(engine.created_notes))
    await engine.import_state({**content, "deployment": deployment})
    if not doubtful:
        return
    done = await engine.refresh(*(word for urn in doubtful for word in ("--target", urn)), listener=listener)
    if not done.ok:
        raise RehearsalError(f"what a killed run left could not be cleared: {done.reason}")


def repair(state: StackState, progress: Progress, made: Collection[str] = ()) -> bool:
    """Restore or remove what is cut off of one stack. Nothing is written where every file is whole.

    No engine may be at work on the stack.

    Args:
        state: the stack in the backend.
        progress: called with a line for every file that was lost.
        made: URNs of what the last run made, as the plugin noted them.

    Returns:
        Whether a file was lost.

    Raises:
        RehearsalError: the stack's state is lost, and the one before it is too, or does not know all that was made.
    """
    for leftover in _leftovers(state):
        leftover.unlink()
    lost = [*_restored_meta(state), *_forgotten_settings(state), *_restored(state, made)]
    for line in lost:
        progress(line)
    return bool(lost)


def _leftovers(state: StackState) -> Iterator[Path]:
    """What no engine reads: drafts of files, and the notes that older rehearsals had the engine keep beside each file.

    A note of no bytes, which a killed engine leaves, is what the engine calls "failed to load checkpoint: EOF".
    """
    own = (*state.file.parent.glob(f"{state.stack}.json.*"), *state.lock_folder.glob("*"))
    history = state.history_folder.glob("*")
    yield from (each for each in (*own, *history) if each.suffix in (".attrs", ".tmp"))
    yield from state.meta_file.parent.glob(f"{state.meta_file.name}.attrs")


def _restored_meta(state: StackState) -> Iterator[str]:
    file = state.meta_file
    stacks = state.file.parent.parent
    if WHOLE_META.fullmatch(_text(file)) or not (file.exists() or stacks.is_dir()):
        return
    _put(file, META)
    yield f"{file.name} of the rehearsal's state was cut off: written again"


def _forgotten_settings(state: StackState) -> Iterator[str]:
    """What the engine remembers of folders and log-ins; a rehearsal names stack and backend each time."""
    home = state.home.pulumi_home
    for file in (home / "credentials.json", *(home / "workspaces").glob("*.json")):
        if file.exists() and _document(file) is None:
            file.unlink()
            yield f"{file.name} of the rehearsal's Pulumi home was cut off: removed, nothing is lost with it"


def _restored(state: StackState, made: Collection[str]) -> Iterator[str]:
    file = state.file
    before = file.with_name(f"{file.name}.bak")
    if _is_checkpoint(file) or not (file.exists() or before.exists()):
        return
    if _is_checkpoint(before):
        known = _urns(before)
        unknown = sorted(urn.rpartition("::")[2] for urn in made if urn not in known)
        if unknown:
            raise RehearsalError(
                f"the state of stack {state.stack} was cut off, and the one before it knows nothing of "
                f"{', '.join(unknown)}: {file}",
                fix=_afresh(state),
            )
        _put(file, before.read_text())
        yield f"the state of stack {state.stack} was cut off: going on with the one before it"
    elif not before.exists():
        # The engine keeps the state before as soon as it writes a second one: nothing was made by this stack yet.
        file.unlink()
        yield f"the state of stack {state.stack} was cut off before anything was made: starting from scratch"
    else:
        raise RehearsalError(
            f"the state of stack {state.stack} and the copy of it are both cut off: {file}",
            fix=_afresh(state),
        )


def _afresh(state: StackState) -> str:
    stack = state.stack
    return f"Start the stack from scratch: `strata rehearse {stack} --stop`, then `strata rehearse {stack}`."


def _urns(file: Path) -> set[str]:
    """The resources a checkpoint knows, those that were being made included."""
    latest = _document(file)["checkpoint"].get("latest") or {}
    pending = (each.resource for each in pending_operations(latest))
    return {str(each.get("urn")) for each in (*(latest.get("resources") or []), *pending)}


def _is_checkpoint(file: Path) -> bool:
    content = _document(file)
    return isinstance(content, dict) and isinstance(content.get("checkpoint"), dict)


def _document(file: Path) -> Any:
    """What a JSON file holds; None where it is not there or cut off."""
    try:
        return json.loads(_text(file))
    except ValueError:
        return None


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except FileNotFoundError:
        return ""


def _put(file: Path, content: str) -> None:
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.write_text(content)
    draft.replace(file)
