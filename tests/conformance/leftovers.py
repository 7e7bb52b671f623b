"""Ends what the real provider leaves behind: it is the child of a bridge that is killed and takes nobody along.

A quarter of a gigabyte for each run of the engine adds up.
"""

import os
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path

__all__ = ["MARK", "end_leftovers"]

MARK = f"STRATA_CONFORMANCE_RUN={uuid.uuid4().hex}"
"""In the environment of every process these tests start, and of no other."""

NAME = "terraform-provider"


def end_leftovers() -> None:
    """End the providers of this run whose bridge has ended; nothing to do where there is no /proc.

    One that still has its bridge is asked something: tests come in any order, and a story may be told while the plugin
    that another test talks to is running.
    """
    for pid in _orphans():
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            continue


def _orphans() -> Iterator[int]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            # what stands behind the command, which may hold blanks and brackets: the state, then the parent
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            ours = NAME.encode() in command.split(b"\0", 1)[0] and _is_marked(folder)
        except OSError:
            # it has ended meanwhile, or is somebody else's
            continue
        if ours and not _lives_marked(folder.with_name(parent)):
            yield int(folder.name)


def _is_marked(folder: Path) -> bool:
    return MARK.encode() in (folder / "environ").read_bytes().split(b"\0")


def _lives_marked(folder: Path) -> bool:
    """Whether a parent is a bridge: whoever takes in orphans was not started by these tests."""
    try:
        return _is_marked(folder)
    except OSError:
        return False
