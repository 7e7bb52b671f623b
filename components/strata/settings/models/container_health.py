"""The health check of a container."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.rule import Conflict, rule, slow_check

__all__ = ["ContainerHealthSettings"]


class ContainerHealthSettings(Settings):
    """A command that ECS runs in the container to find out whether it is healthy. Limits: ECS's HealthCheck."""

    command: tuple[Annotated[str, Field(pattern=patterns.TEXT)], ...] = Field(
        min_length=1, examples=[["python", "/app/probe.py"]]
    )
    """The command and its arguments, run without a shell. It must be in the image."""
    interval_seconds: int = Field(default=10, ge=5, le=300)
    """Seconds between checks, 5 to 300. Default: 10."""
    timeout_seconds: int = Field(default=5, ge=2, le=60)
    """Seconds until a check counts as failed, 2 to 60. Default: 5."""
    retries: int = Field(default=3, ge=1, le=10)
    """Failures in a row that make it unhealthy, 1 to 10. Default: 3."""

    @rule("container-health-timing", "A container's health check fits ECS.")
    def _timing(self) -> Iterator[Conflict]:
        yield from slow_check(self.timeout_seconds, self.interval_seconds)
