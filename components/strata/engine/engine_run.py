"""One run of the engine: a process to follow, to interrupt and to wait for, and how it ended."""

import asyncio
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from strata.engine.events import Changes, Diagnostic, Event, EventLog, Lines, Step, stack_outputs
from strata.engine.processes import Watchdog

__all__ = ["PREVIEW_ENVIRONMENT", "EngineListener", "EngineResult", "EngineRun", "start_engine"]

PREVIEW_ENVIRONMENT: Final = {"PULUMI_SKIP_CHECKPOINTS": "true"}
"""What a preview, and only a preview, gets on top of its environment. The engine turns the whole state into a
checkpoint after every step, and throws it away in a preview: most of what one of a thousand resources costs it. An
`up` must keep its checkpoints: they are what is left of it after a kill."""

FOLLOW_SECONDS = 0.05
"""How often the event log is looked at: far below what a person notices, and nothing for the machine."""

PATIENCE_SECONDS = 10.0
"""How long an engine that was interrupted may take before it is interrupted again."""
VERDICTS = (
    *("preview failed", "update failed", "refresh failed", "destroy failed"),
    # a program whose hook has failed finds the engine gone
    "Resource monitor has terminated, shutting down",
)
"""What the engine adds to the errors that give the reason."""


@dataclass(frozen=True)
class EngineResult:
    """How a run ended.

    Attributes:
        command: the command line after `pulumi`.
        exit_code: the engine's; negative is the signal that ended it.
        seconds: how long it took on the wall clock.
        changes: what it changed, or what a preview would change.
        diagnostics: everything it reported, ticks and debug output left out.
        outputs: the stack's outputs as the run reported them, secrets masked.
        stdout: all it printed to standard output.
        stderr: all it printed to standard error.
        interrupted: whether it was asked to stop.
        steps: those that ended, or would in a preview, in order.
    """

    command: tuple[str, ...]
    exit_code: int
    seconds: float
    changes: Changes
    diagnostics: tuple[Diagnostic, ...]
    outputs: Mapping[str, Any]
    stdout: str
    stderr: str
    interrupted: bool
    steps: tuple[Step, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the engine reports success."""
        return self.exit_code == 0

    @property
    def errors(self) -> tuple[str, ...]:
        """The messages of its errors, or what it printed where it died without one."""
        messages = tuple(each.message for each in self.diagnostics if each.severity == "error")
        if self.exit_code < 0:
            return (*(each for each in messages if each not in VERDICTS), self._end)
        if messages or self.ok:
            return tuple(each for each in messages if each not in VERDICTS) or messages
        printed = [
            line.removeprefix("error:").strip() for line in self.stderr.splitlines() if line.startswith("error:")
        ]
        return tuple(printed or [self.stderr.strip() or self._end])

    @property
    def _end(self) -> str:
        """What is known of an end without a message. What it printed before is about something else."""
        if self.exit_code >= 0:
            return f"it ended with {self.exit_code}"
        return f"the engine was killed ({_signal_name(self.exit_code)}) before it was done"

    @property
    def reason(self) -> str:
        """Why it failed, in its own words; empty if it did not."""
        return "\n".join(self.errors)


class EngineListener(Protocol):
    """Follows a run. Calls come from the event loop, in order; they must not block."""

    def console(self, line: str, /) -> None:
        """A line the engine printed, without its end."""

    def event(self, event: Event, /) -> None:
        """An event of the engine."""


class EngineRun:
    """An engine at work; made by `start_engine`."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        command: tuple[str, ...],
        log: EventLog | None,
        listener: EngineListener | None,
        watchdog: Watchdog,
    ) -> None:
        self._process = process
        self._watchdog = watchdog
        self._command = command
        self._log = log
        self._listener = listener
        self._started = time.monotonic()
        self._printed: dict[str, list[str]] = {"stdout": [], "stderr": []}
        self._interrupted = False
        self._followers_error: Exception | None = None
        self._end = asyncio.ensure_future(self._follow())

    @property
    def pid(self) -> int:
        """The process id of the engine."""
        return self._process.pid

    def interrupt(self) -> None:
        """What Ctrl-C does: the first asks the engine to finish what it began, the second to stop at once."""
        self._interrupted = True
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        """End the engine on the spot; its lock stays and is cleared by the next rehearsal."""
        self._interrupted = True
        self._signal(signal.SIGKILL)

    async def result(self) -> EngineResult:
        """Wait for the end.

        If the waiting is cancelled, the engine is stopped first, safely if it obeys within 10 seconds of each Ctrl-C; a
        second cancellation kills it.

        Raises:
            Exception: whatever the listener raised. It was called no more from then on, and the engine went on.
        """
        try:
            ended = await asyncio.shield(self._end)
        except asyncio.CancelledError:
            await self._stop()
            raise
        if self._followers_error is not None:
            raise self._followers_error
        return ended

    async def _stop(self) -> None:
        try:
            for insist in (self.interrupt, self.interrupt):
                insist()
                if (await asyncio.wait([self._end], timeout=PATIENCE_SECONDS))[0]:
                    return
        finally:
            self.kill()
            await asyncio.wait([self._end], timeout=PATIENCE_SECONDS)

    def _signal(self, number: signal.Signals) -> None:
        if self._process.returncode is None:
            self._process.send_signal(number)

    async def _follow(self) -> EngineResult:
        readers = [
            asyncio.ensure_future(self._read(name, stream))
            for name, stream in (("stdout", self._process.stdout), ("stderr", self._process.stderr))
            if stream is not None
        ]
        ended = asyncio.ensure_future(self._process.wait())
        while not ended.done():
            self._catch_up()
            await asyncio.wait([ended], timeout=FOLLOW_SECONDS if self._log else None)
        await asyncio.gather(*readers)
        await self._watchdog.dismiss()
        self._catch_up()
        if self._log is not None:
            self._log.close()
        return self._result(ended.result())

    async def _read(self, name: str, stream: asyncio.StreamReader) -> None:
        lines = Lines(lambda line: self._console(name, line))
        while content := await stream.read(65536):
            lines.feed(content)
        lines.close()

    def _console(self, name: str, line: str) -> None:
        self._printed[name].append(line)
        self._call(lambda listener: listener.console(line))

    def _catch_up(self) -> None:
        for event in self._log.read() if self._log else ():
            self._call(lambda listener, event=event: listener.event(event))

    def _call(self, what: Callable[[EngineListener], None]) -> None:
        """A listener that fails must not end the engine in the middle of its work: its error waits for `result`."""
        if self._listener is None:
            return
        try:
            what(self._listener)
        except Exception as error:  # noqa: BLE001 - whatever a listener raises is handed on
            self._listener, self._followers_error = None, error

    def _result(self, exit_code: int) -> EngineResult:
        events = self._log.events if self._log else []
        summaries = [event.body.get("resourceChanges") for event in events if event.kind == "summaryEvent"]
        diagnostics = (event.diagnostic for event in events)
        return EngineResult(
            command=self._command,
            exit_code=exit_code,
            seconds=time.monotonic() - self._started,
            changes=Changes.of(summaries[-1] or {}) if summaries else Changes.done(events),
            diagnostics=tuple(each for each in diagnostics if each and not each.ephemeral),
            outputs=stack_outputs(events),
            stdout="\n".join(self._printed["stdout"]),
            stderr="\n".join(self._printed["stderr"]),
            interrupted=self._interrupted,
            steps=tuple(event.step for event in events if event.kind == "resOutputsEvent" and event.step is not None),
        )


async def start_engine(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    event_log: EventLog | None = None,
    listener: EngineListener | None = None,
) -> EngineRun:
    """Start the engine in a process group of its own: a Ctrl-C meant for us reaches it through `interrupt` only.

    If this process is killed, the engine is ended a few seconds later.

    Args:
        command: the CLI and its arguments.
        folder: where it runs.
        environment: its whole environment.
        event_log: reads the file that it logs its events to. Default: it logs none.
        listener: called with every console line and every event as it comes.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=dict(environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        process_group=0,
    )
    watchdog = await Watchdog.beside(process.pid)
    return EngineRun(process, tuple(command[1:]), event_log, listener, watchdog)


def _signal_name(exit_code: int) -> str:
    """The name of the signal that ended a process."""
    try:
        return signal.Signals(-exit_code).name
    except ValueError:
        return f"signal {-exit_code}"
