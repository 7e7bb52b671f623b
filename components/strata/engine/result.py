"""How a run of the engine ended."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strata.engine.events import Changes, Diagnostic

__all__ = ["EngineResult"]

VERDICTS = (
    *("preview failed", "update failed", "refresh failed", "destroy failed"),
    # a program whose hook has failed finds the engine gone
    "Resource monitor has terminated, shutting down",
)
"""What the engine adds to the errors that tell why."""


@dataclass(frozen=True)
class EngineResult:
    """How a run ended.

    Attributes:
        command: the command line after `pulumi`.
        exit_code: the engine's; negative is the signal that ended it.
        seconds: how long it took on the wall clock.
        changes: what it changed, or what a preview would change.
        diagnostics: everything it told, ticks and debug output left out.
        outputs: the stack's outputs as the run reported them, secrets masked.
        stdout: all it printed to standard output.
        stderr: all it printed to standard error.
        interrupted: whether it was told to stop.
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

    @property
    def ok(self) -> bool:
        """Whether the engine says it succeeded."""
        return self.exit_code == 0

    @property
    def errors(self) -> tuple[str, ...]:
        """The messages of its errors, or what it printed where it died without one."""
        told = tuple(each.message for each in self.diagnostics if each.severity == "error")
        if self.exit_code < 0:
            return (*(each for each in told if each not in VERDICTS), self._end)
        if told or self.ok:
            return tuple(each for each in told if each not in VERDICTS) or told
        printed = [
            line.removeprefix("error:").strip() for line in self.stderr.splitlines() if line.startswith("error:")
        ]
        return tuple(printed or [self.stderr.strip() or self._end])

    @property
    def _end(self) -> str:
        """What is known of an end that nothing was said about. What it printed before is about something else."""
        if self.exit_code >= 0:
            return f"it ended with {self.exit_code}"
        return f"the engine was killed ({_signal(self.exit_code)}) before it was done"

    @property
    def reason(self) -> str:
        """Why it failed, in its own words; empty if it did not."""
        return "\n".join(self.errors)


def _signal(exit_code: int) -> str:
    """The name of the signal that ended a process."""
    try:
        return signal.Signals(-exit_code).name
    except ValueError:
        return f"signal {-exit_code}"
