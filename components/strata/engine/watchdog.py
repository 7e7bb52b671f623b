"""End an engine whose starter is gone: killed itself, it could not."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process

__all__ = ["Watchdog"]

STOP_SECONDS = 5
"""How long an engine may take to finish what it began, before it is killed."""

SCRIPT = """
read -r line && exit
kill -INT -"$1"
left=$2
while kill -0 -"$1" && [ "$left" -gt 0 ]; do sleep 1; left=$((left - 1)); done
kill -KILL -"$1"
"""
"""Waits for a line, or for the end of the pipe without one, which is the end of whoever held it."""


class Watchdog:
    """A shell that waits beside an engine, in a process group of its own; made by `beside`.

    The engine itself cannot watch its starter, and the system kills no children with their parent everywhere.
    """

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    async def beside(cls, group: int) -> "Watchdog":
        """Start one.

        Args:
            group: the engine's process group.
        """
        process = await asyncio.create_subprocess_exec(
            *("/bin/sh", "-c", SCRIPT, "watchdog", str(group), str(STOP_SECONDS)),
            stdin=PIPE,
            stdout=DEVNULL,
            stderr=DEVNULL,
            process_group=0,
        )
        return cls(process)

    async def dismiss(self) -> None:
        """Let it go, because the engine has ended."""
        await self._process.communicate(b"\n")
