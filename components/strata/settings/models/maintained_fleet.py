"""A fleet of servers that are changed in place, under control: for teams that do not replace servers yet."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from strata.problem import ABSENT
from strata.settings import patterns
from strata.settings.models.base import Name, Settings
from strata.settings.models.by_stage import by_stage
from strata.settings.models.capacity import CapacitySettings
from strata.settings.models.ingress import HealthSettings, RouteSettings
from strata.settings.models.patching import PatchingSettings
from strata.settings.models.playbook import FleetChangeSettings, PlaybookSettings
from strata.settings.models.rule import Conflict, broken_lines, leaks, oversized, rule, unknown_retention
from strata.settings.models.service import ENVIRONMENT_BYTES, DiskSettings

__all__ = ["MaintainedFleetSettings"]


class MaintainedFleetSettings(Settings):
    """A fleet of servers that are changed in place by an Ansible playbook, some at a time."""

    image: Name | None = None
    """Name of the pin under `images` that new servers are launched from; running ones keep what they have. Default: the
    fleet's own name."""
    instance_type: str = Field(default="t3.small", pattern=patterns.INSTANCE_TYPE)
    """EC2 instance type of new servers. Default: t3.small."""
    capacity: CapacitySettings = CapacitySettings.model_construct()
    """How many servers."""
    port: int = Field(default=8080, ge=1, le=65_535)
    """Port the application listens on. Default: 8080."""
    routes: tuple[RouteSettings, ...] = ()
    """Requests it receives from the shared load balancer. Default: none, a worker."""
    boot_seconds: int = Field(default=600, ge=1, le=7200)
    """Seconds from launch until the application answers, the first run of the playbook included. Default: 600."""
    health: HealthSettings = HealthSettings.model_construct()
    """The load balancer's health check."""
    drain_seconds: int = Field(default=60, ge=0, le=3600)
    """Seconds a server has to finish its requests before it is terminated. Default: 60."""
    disk: DiskSettings = DiskSettings.model_construct()
    """The root volume of new servers."""
    playbook: PlaybookSettings = Field(examples=[{"archive": "s3://builds/shop/7f3a.tar.gz", "sha256": "7f3a" * 16}])
    """What servers are changed by."""
    changes: FleetChangeSettings = FleetChangeSettings.model_construct()
    """How a change reaches them."""
    patching: PatchingSettings | None = None
    """How their packages are kept up to date. Default: not by Patch Manager; the playbook may do it."""
    log_retention_days: int = by_stage(dev=7, staging=30, prod=90)
    """Days that logs are kept, one of the values CloudWatch Logs accepts."""
    environment: dict[Annotated[str, Field(pattern=patterns.ENVIRONMENT_KEY)], str] = Field(default={})
    """Configuration in the user data of new servers; running ones keep what they booted with. Never a secret. Default:
    none."""
    tags: dict[str, str] = Field(default={})
    """Further tags for everything of this fleet, besides the stack's. Default: none."""
    protect: bool = by_stage(dev=False, staging=True, prod=True)
    """Pulumi refuses to delete or replace its group, whose servers hold what nobody can make again."""

    @rule("in-place-health", "A changed server can tell that it is healthy.")
    def _healthy(self) -> Iterator[Conflict]:
        if not self.routes and self.changes.healthy_command is None:
            yield Conflict(
                ("changes", "healthy_command"),
                ABSENT,
                expected="a command: without routes there is no health check that a changed server could be asked by",
                fix="Write one that ends with 0 on a healthy server, such as `systemctl is-active worker`.",
                reads=(("routes",),),
            )

    @rule("in-place-braces", "What is run on a server has no braces that Systems Manager replaces.")
    def _braces(self) -> Iterator[Conflict]:
        texts = {
            ("changes", "healthy_command"): self.changes.healthy_command,
            ("health", "path"): self.health.path,
        }
        for path, text in texts.items():
            if text is not None and "{{" in text:
                yield Conflict(
                    path,
                    text,
                    expected="a text without {{, behind which Systems Manager looks for a parameter",
                    fix="Leave them out, or put the command into a script of the image.",
                )

    @rule("retention", "CloudWatch Logs knows the retention.")
    def _retention(self) -> Iterator[Conflict]:
        yield from unknown_retention("log_retention_days", self.log_retention_days)

    @rule("environment-size", "The environment fits into user data.")
    def _environment(self) -> Iterator[Conflict]:
        yield from oversized(self.environment, ENVIRONMENT_BYTES, "user data")

    @rule("environment-lines", "A value of the environment is one line.")
    def _lines(self) -> Iterator[Conflict]:
        yield from broken_lines(self.environment)

    @rule("environment-secret", "The environment holds no secrets.")
    def _secrets(self) -> Iterator[Conflict]:
        yield from leaks(("environment",), self.environment, "whoever may describe the launch template can read it")
