"""What a release runs once before its rollout, such as a migration of its database."""

import json
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from strata.settings import patterns
from strata.settings.models.base import Name, Settings
from strata.settings.models.rule import Conflict, rule

__all__ = ["Compatible", "RunOnceSettings"]

LONGEST_MINUTES: Final = 1440
"""A day: for so long ECS tells a repeated RunTask from a new one, and EC2 a repeated RunInstances."""
LONGEST_COMMAND: Final = 8000
"""RunTask accepts 8192 characters of overrides, JSON and the name of the container included; Run Command more."""


class Compatible(StrEnum):
    """Which releases can run after a task that ran once."""

    BOTH = "both"
    """The release before, and the one that the task belongs to."""
    NONE = "none"
    """Not the release before: nothing goes back to it by itself."""


class RunOnceSettings(Settings):
    """A command that runs once for each release, as a task or on a server of its image, before anything is replaced."""

    name: Name = Field(examples=["migrate"])
    """What it is called, in what is printed and in the note of it that AWS keeps."""
    command: tuple[Annotated[str, Field(pattern=patterns.TEXT)], ...] = Field(
        min_length=1, examples=[["python", "manage.py", "migrate"]]
    )
    """Its words. A container is given them in place of `command`, and an entry point goes before them as ever; a server
    runs them as root. It has to end, and 0 means success."""
    timeout_minutes: int = Field(default=15, ge=1, le=LONGEST_MINUTES)
    """Minutes from its start until it is stopped, and the rollout fails; at most a day. Default: 15."""
    compatible: Compatible = Compatible.BOTH
    """Whether the release before can go on running after it. `none` switches automatic rollback off, and makes
    `strata rollout rollback` past it need `--force`. Default: both."""

    @property
    def one_way(self) -> bool:
        """Whether the release before cannot run any more once it has begun."""
        return self.compatible is Compatible.NONE

    @rule("once-command", "The command that runs once fits into RunTask.")
    def _length(self) -> Iterator[Conflict]:
        found = len(json.dumps(list(self.command)))
        if found > LONGEST_COMMAND:
            yield Conflict(
                ("command",),
                f"{found} characters",
                expected=f"at most {LONGEST_COMMAND}, written as JSON (ECS)",
                fix="Put it into a script of the image.",
            )
