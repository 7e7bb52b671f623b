"""Every error Strata raises on purpose.

    StrataError
    ├── SettingsError       a stack file says something that cannot be (exit 2)
    ├── UsageError          a command or component was called wrongly (exit 2)
    ├── AwsError            AWS refused a call or cannot be reached (exit 1)
    ├── ImageError          an image, or its definition, cannot be used (exit 1)
    │   ├── DefinitionError     a file that an image is baked by cannot be used (exit 2)
    │   └── UnusableImageError  a pinned image must not be launched, or is not there (exit 3)
    ├── PreflightError      a rollout must not start (exit 3)
    ├── RefusedError        a command must not do what it was asked for (exit 3)
    ├── RolloutError        a rollout did not succeed (exit 1)
    ├── DrillError          a backup could not be restored (exit 1)
    ├── BusyError           another rollout runs, or the stack is locked (exit 6)
    ├── ToolchainError      the Pulumi toolchain cannot be set up (exit 1)
    └── RehearsalError      the local AWS or a rehearsal failed (exit 1)

All of them are `pulumi.RunError`, so raised inside a Pulumi program they end the run with their text and no traceback.
"""

import contextlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from pulumi import RunError

from strata.exit_code import ExitCode
from strata.problem import Problem

__all__ = [
    "NOTED_ERRORS",
    "AwsError",
    "BusyError",
    "DefinitionError",
    "DrillError",
    "ExitCode",
    "ImageError",
    "PreflightError",
    "RefusedError",
    "RehearsalError",
    "RolloutError",
    "SettingsError",
    "StrataError",
    "ToolchainError",
    "UnusableImageError",
    "UsageError",
]


NOTED_ERRORS = "STRATA_NOTED_ERRORS"
"""The environment variable that names a file in which errors are noted as they arise, for who runs the engine.

An engine passes on a text only: whether a program was wrong, refused or failed would have to be guessed from it.
"""


class StrataError(RunError):
    """Base of all errors Strata raises on purpose.

    Args:
        message: what happened, in lower case, with the value that caused it.
        fix: what the reader can do about it, as a full sentence.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED
    """What a command that meets this error ends with."""

    def __init__(self, message: str, *, fix: str | None = None) -> None:
        self.message = message
        self.fix = fix
        super().__init__(f"{message}\n  fix: {fix}" if fix else message)
        self.note()

    def advise(self, more: str) -> None:
        """Add to what the reader can do about it.

        Args:
            more: as a full sentence.
        """
        self.fix = f"{self.fix} {more}" if self.fix else more
        self.args = (f"{self.message}\n  fix: {self.fix}",)

    def reword(self, change: Callable[[str], str]) -> None:
        """Say it otherwise.

        Args:
            change: gives a text in other words.
        """
        self.message, self.fix = change(self.message), change(self.fix) if self.fix else self.fix
        self.args = (f"{self.message}\n  fix: {self.fix}" if self.fix else self.message,)

    def note(self) -> None:
        """Leave message and exit code where `NOTED_ERRORS` says, if it says so."""
        if path := os.environ.get(NOTED_ERRORS):
            # an error must not be lost over its note
            with contextlib.suppress(OSError), Path(path).open("a", encoding="utf-8") as notes:
                notes.write(json.dumps({"message": self.message, "exit_code": int(self.exit_code)}) + "\n")


class SettingsError(StrataError):
    """A stack file says something that cannot be.

    Args:
        problems: every finding, in the order of the file.
        source: the file, or what is in its place.
    """

    exit_code = ExitCode.BAD_INPUT

    def __init__(self, problems: Sequence[Problem], *, source: str) -> None:
        self.problems = tuple(problems)
        self.source = source
        count = len(self.problems)
        listed = "\n".join(str(problem) for problem in self.problems)
        super().__init__(f"{source} has {count} problem{'' if count == 1 else 's'}\n{listed}")


class UsageError(StrataError):
    """A command or a component was called in a way it does not support."""

    exit_code = ExitCode.BAD_INPUT


class AwsError(StrataError):
    """AWS refused a call, or cannot be reached."""


class ImageError(StrataError):
    """An image cannot be used, or cannot be built as it is defined."""


class DefinitionError(ImageError):
    """A file that an image is baked by is not there, leads out of the project, or would make another image tomorrow."""

    exit_code = ExitCode.BAD_INPUT


class UnusableImageError(ImageError):
    """A pinned image does not exist, is not available, or is not what the pin says; a preflight refuses the same."""

    exit_code = ExitCode.REFUSED


class PreflightError(StrataError):
    """A rollout must not start; the message lists every finding."""

    exit_code = ExitCode.REFUSED


class RefusedError(StrataError):
    """A command must not do what it was asked for, and has changed nothing."""

    exit_code = ExitCode.REFUSED


class RolloutError(StrataError):
    """A rollout failed, was cancelled, or was rolled back."""


class DrillError(StrataError):
    """There is no backup to restore, or restoring it did not come to an end."""


class BusyError(StrataError):
    """Another rollout is in progress, or another run holds the stack."""

    exit_code = ExitCode.BUSY


class ToolchainError(StrataError):
    """The Pulumi engine, its language host or a plugin cannot be found or set up."""


class RehearsalError(StrataError):
    """The local AWS did not start, or a rehearsal could not be carried out."""
