"""Make the backend's files whole again, wherever a killed engine or a full disk cut one of them off."""

import json
import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from strata.engine.progress import Progress
from strata.errors import RehearsalError
from strata_rehearsal.workspace.pending import pending_operations
from strata_rehearsal.workspace.state import StackState

__all__ = ["repair"]

META = "version: 1\n"
"""What the engine writes into the backend's `meta.yaml`: stacks are kept by project."""

WHOLE_META = re.compile(r"\s*version:\s*\d+\s*")


def repair(state: StackState, progress: Progress, made: Collection[str] = ()) -> bool:
    """Restore or remove what is cut off of one stack. Nothing is written where every file is whole.

    No engine may be at work on the stack.

    Args:
        state: the stack in the backend.
        progress: told of every file that was lost.
        made: URNs of what the last run made, as the plugin noted them.

    Returns:
        Whether a file was lost.

    Raises:
        RehearsalError: the stack's state is lost, and the one before it is too, or does not know all that was made.
    """
    for leftover in _leftovers(state):
        leftover.unlink()
    lost = [*_mended_meta(state), *_forgotten_settings(state), *_restored(state, made)]
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


def _mended_meta(state: StackState) -> Iterator[str]:
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
        yield f"the state of stack {state.stack} was cut off before anything was made: starting afresh"
    else:
        raise RehearsalError(
            f"the state of stack {state.stack} and the copy of it are both cut off: {file}",
            fix=_afresh(state),
        )


def _afresh(state: StackState) -> str:
    return f"Start the stack afresh: strata rehearse {state.stack} --stop, then strata rehearse {state.stack}."


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
