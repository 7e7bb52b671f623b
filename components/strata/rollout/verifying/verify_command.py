"""A command that verifies a release: run where `pulumi up` runs, without a shell, and killed when its time is over."""

import asyncio
import os
import signal
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

from strata.rollout.verifying.release_question import Attempt, ReleaseQuestion

__all__ = ["run_command"]

_KEPT_LINES: Final = 20
_LONGEST_LINE: Final = 300
_CHUNK: Final = 4096
_LAST_OUTPUT_SECONDS: Final = 2.0
"""How long what a command has left running may keep its output open."""


async def run_command(question: ReleaseQuestion) -> Attempt:
    """Run the command of a question once.

    Args:
        question: what is asked.
    """
    command, limit = question.settings.command or (), question.settings.command_seconds
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **_told(question)},
            start_new_session=True,
        )
    except OSError as error:
        where = f"in {os.getcwd()}: {error.strerror or error}"  # noqa: PTH109  what a person compares it with
        return Attempt(good=False, seen=f"{question.command} could not be run {where}")
    tail = _Tail()
    reading = asyncio.ensure_future(tail.follow(process.stdout))
    try:
        code: int | None = await asyncio.wait_for(process.wait(), limit)
    except TimeoutError:
        code = None
    finally:
        # also what it has left running, which would go on asking
        _kill(process)
        await process.wait()
        await asyncio.wait({reading}, timeout=_LAST_OUTPUT_SECONDS)
        reading.cancel()
    if code == 0:
        return Attempt(good=True, seen=f"{question.command} ended with 0")
    ended = f"was killed after {limit} s" if code is None else f"ended with {code}"
    return Attempt(good=False, seen=f"{question.command} {ended}", details=_described(tail.lines))


def _told(question: ReleaseQuestion) -> Mapping[str, str]:
    """What a command finds in its environment, beside what `pulumi up` has there."""
    return {
        "STRATA_URL": question.url,
        "STRATA_HOST": question.host,
        "STRATA_SERVICE": question.service,
        "STRATA_VERSION": question.version,
        "STRATA_IMAGE": question.image,
        "STRATA_STACK": question.stack,
        "STRATA_TEST_HEADER": next((f"{name}: {value}" for name, value in question.test_headers.items()), ""),
    }


def _described(lines: Sequence[str]) -> str:
    if not lines:
        return "\n  the command wrote nothing"
    shown = "\n".join(f"    {line}" for line in lines)
    return f"\n  the last lines of the command:\n{shown}"


def _kill(process: asyncio.subprocess.Process) -> None:
    """End a command and all that it has started, if any of that still runs."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        # nothing of it is left
        return


class _Tail:
    """The last lines of what a command writes."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._rest = ""

    @property
    def lines(self) -> list[str]:
        found = [*self._lines, self._rest] if self._rest.strip() else [*self._lines]
        return found[-_KEPT_LINES:]

    async def follow(self, stream: asyncio.StreamReader | None) -> None:
        while stream is not None and (part := await stream.read(_CHUNK)):
            *whole, self._rest = (self._rest + part.decode("utf-8", "replace")).split("\n")
            self._rest = self._rest[-_LONGEST_LINE:]
            self._lines.extend(line.rstrip()[:_LONGEST_LINE] for line in whole)
