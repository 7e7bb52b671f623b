"""A container beside the application in every task of a container service."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.container_health import ContainerHealthSettings
from strata.settings.models.container_image import mutable_reference
from strata.settings.models.rule import Conflict, leaks, rule

__all__ = ["Awaited", "ContainerSidecarSettings", "FolderWriter"]

START_SECONDS = 120
"""ContainerDefinition, `startTimeout`: the longest that Fargate lets a container wait for another one."""


class Awaited(StrEnum):
    """How far a sidecar must be before the application starts."""

    STARTED = "started"
    """Its process runs."""
    HEALTHY = "healthy"
    """Its health check has passed once."""


class FolderWriter(StrEnum):
    """Who writes to a folder that the application and a sidecar share; the other one reads."""

    SIDECAR = "sidecar"
    """As a config agent does."""
    APPLICATION = "application"
    """As for a log shipper."""
    BOTH = "both"
    """As with a socket."""


class ContainerSidecarSettings(Settings):
    """A sidecar: a container with an image of its own in every task of a service, beside the application.

    It is started and replaced with its task, so its image, its command and its environment are part of the release.
    What it reads at run time is not. Application and sidecars reach each other by localhost.
    """

    image: str | None = Field(default=None, pattern=patterns.CONTAINER_REFERENCE)
    """A prebuilt image, wherever it is: repository@sha256:... Default: the one that the program hands over."""
    essential: bool = False
    """Its end, or a failed health check, ends the task. Default: false; the application runs on without it."""
    awaited: Awaited | None = None
    """How far it must be before the application starts; a task whose sidecar does not get there within two minutes
    fails to start. Default: the application waits for nothing."""
    cpu: int = Field(default=32, ge=2, le=16_384)
    """Its share of the task's CPU units, 2 or more (ECS). What all sidecars leave is the application's. Default: 32."""
    memory_mib: int = Field(default=128, ge=6, le=122_880)
    """MiB of the task's memory beyond which it is killed, 6 or more (ECS). What all sidecars leave is the
    application's. Default: 128."""
    boot_seconds: int = Field(default=30, ge=1, le=START_SECONDS)
    """Seconds from its start until its health check must pass, at most 120 (Fargate). Default: 30."""
    entry_point: tuple[str, ...] | None = None
    """What it runs, in place of the image's ENTRYPOINT. Default: the image's."""
    command: tuple[str, ...] | None = None
    """Arguments of that, in place of the image's CMD. Default: the image's."""
    user: str = Field(default="10001:10001", pattern=patterns.CONTAINER_USER)
    """User it runs as, by number, with its group; root is refused. Default: 10001:10001, as the application."""
    writable_paths: tuple[Annotated[str, Field(pattern=patterns.CONTAINER_PATH)], ...] = ("/tmp",)  # noqa: S108 - inside the container
    """Folders of its own that it may write to, each an empty volume of the task. Default: /tmp."""
    shared_paths: dict[Annotated[str, Field(pattern=patterns.CONTAINER_PATH)], FolderWriter] = Field(default={})
    """Folders that it shares with the application, at the same path in both, with who writes to them: sidecar,
    application or both. Default: none."""
    health: ContainerHealthSettings | None = None
    """A health check in the sidecar. ECS replaces a task over it only if the sidecar is essential. Default: none."""
    stop_seconds: int = Field(default=30, ge=2, le=120)
    """Seconds from SIGTERM until it is killed, 2 to 120 (Fargate). Default: 30."""
    environment: dict[Annotated[str, Field(pattern=patterns.ENVIRONMENT_KEY)], str] = Field(default={})
    """Its configuration in the task definition, part of the release: a change rolls. Never a secret. Default: none."""

    @rule("container-image-tag", "A reference has a digest, which no tag replaces.")
    def _tag(self) -> Iterator[Conflict]:
        yield from mutable_reference("image", self.image)

    @rule("container-sidecar-awaited", "A sidecar that is to be healthy first has a health check.")
    def _awaited(self) -> Iterator[Conflict]:
        if self.awaited is Awaited.HEALTHY and self.health is None:
            yield Conflict(
                ("awaited",),
                self.awaited,
                expected="started: without a health check nothing finds it healthy, and the application never starts",
                fix="Write started, or give the sidecar a health check.",
                reads=(("health",),),
            )

    @rule("container-paths", "Every folder that may be written to is named once.")
    def _paths(self) -> Iterator[Conflict]:
        for index, path in enumerate(self.writable_paths):
            if path in self.writable_paths[:index] or path in self.shared_paths:
                yield Conflict(("writable_paths", index), path, expected="every folder once", fix="Remove it.")

    @rule("environment-secret", "The environment holds no secrets.")
    def _secrets(self) -> Iterator[Conflict]:
        yield from leaks(("environment",), self.environment, "whoever may describe the task definition can read it")
