"""Processes that outlive what started them."""

import asyncio
import os
from pathlib import Path

__all__ = ["left_over"]

PROC = Path("/proc")
LOOKS = 200
PAUSE_SECONDS = 0.05


async def left_over(folder: Path, *, spared: int) -> list[str]:
    """Command lines of processes that were started for something in a folder and are still there.

    Args:
        folder: named in the environment of each of them, as that of an engine and all it starts is.
        spared: a process that may stay.
    """
    found: list[str] = []
    for _ in range(LOOKS):
        found = [line for pid, line in _processes(folder) if pid not in (spared, os.getpid())]
        if not found:
            break
        # those of a killed engine leave as soon as they notice
        await asyncio.sleep(PAUSE_SECONDS)
    return found


def _processes(folder: Path) -> list[tuple[int, str]]:
    """Nothing where the operating system does not show environments."""
    found: list[tuple[int, str]] = []
    for each in PROC.glob("[0-9]*"):
        try:
            environment = (each / "environ").read_bytes()
            line = (each / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            # it has ended, or is somebody else's
            continue
        if str(folder).encode() in environment and line:
            found.append((int(each.name), line))
    return found
