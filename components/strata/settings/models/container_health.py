"""The health check of a container."""

import json
from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import Field

from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.rule import Conflict, rule, slow_check

__all__ = ["ContainerHealthSettings"]

_NO_CHECK: Final = "NONE"
_WITHOUT_SHELL: Final = "CMD"
_BY_SHELL: Final = "CMD-SHELL"
_EXAMPLE: Final = "curl -f http://localhost:8080/ || exit 1"


class ContainerHealthSettings(Settings):
    """A command that ECS runs in the container to find out whether it is healthy. Limits: ECS's HealthCheck."""

    command: tuple[Annotated[str, Field(pattern=patterns.TEXT)], ...] = Field(
        min_length=1, examples=[["python", "/app/probe.py"]]
    )
    """The command and its arguments, run without a shell, and without the CMD or CMD-SHELL that ECS has before them. It
    must be in the image."""
    interval_seconds: int = Field(default=10, ge=5, le=300)
    """Seconds between checks, 5 to 300. Default: 10."""
    timeout_seconds: int = Field(default=5, ge=2, le=60)
    """Seconds until a check counts as failed, 2 to 60. Default: 5."""
    retries: int = Field(default=3, ge=1, le=10)
    """Failures in a row that make it unhealthy, 1 to 10. Default: 3."""

    @rule("container-health-command", "A container's health check begins with a program.")
    def _program(self) -> Iterator[Conflict]:
        first, *others = self.command
        found = _misread(first, " ".join(others))
        if found is not None:
            expected, fix = found
            yield Conflict(("command", 0), first, expected=f"the program to run: {expected}", fix=fix)

    @rule("container-health-timing", "A container's health check fits ECS.")
    def _timing(self) -> Iterator[Conflict]:
        yield from slow_check(self.timeout_seconds, self.interval_seconds)


def _misread(first: str, others: str) -> tuple[str, str] | None:
    """Why the first word of a command can be no program, and what to write instead; None where it may be one.

    ECS accepts a command that does not exist, and no task would ever become healthy by it.
    """
    if first == _NO_CHECK:
        return "a container without a health check has no such setting", "Leave the whole health check out."
    if first == _WITHOUT_SHELL:
        return f"{_WITHOUT_SHELL} comes before it by itself", f"Leave {_WITHOUT_SHELL} out."
    if first == _BY_SHELL:
        return "it is run without a shell", _by_shell(others or _EXAMPLE)
    if any(map(str.isspace, first)):
        return "it is run without a shell, and each argument is an item of its own", _by_shell(first)
    return None


def _by_shell(line: str) -> str:
    return f"Write [sh, -c, {json.dumps(line, ensure_ascii=False)}]; the image must have a shell."
