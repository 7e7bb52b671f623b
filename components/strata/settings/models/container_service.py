"""A container service, and the size of its tasks."""

from collections.abc import Iterator
from math import ceil
from typing import Annotated, Final

from pydantic import Field

from strata.aws.facts.fargate import EPHEMERAL_GIB, MEMORY_MIB
from strata.aws.facts.load_balancing import CONDITION_VALUES
from strata.settings import patterns
from strata.settings.models.base import Name, Settings
from strata.settings.models.by_stage import by_stage
from strata.settings.models.capacity import CapacitySettings
from strata.settings.models.container_health import ContainerHealthSettings
from strata.settings.models.container_image import ContainerPlatform
from strata.settings.models.container_rollout import ContainerRolloutSettings, Strategy
from strata.settings.models.container_sidecar import ContainerSidecarSettings
from strata.settings.models.ingress import HealthSettings, RouteSettings
from strata.settings.models.rollout import AlarmSettings
from strata.settings.models.rule import Conflict, leaks, oversized, rule, unknown_retention
from strata.settings.models.verify import find_unasked, no_time_for

__all__ = ["ContainerScalingSettings", "ContainerServiceSettings"]

DEFINITION_BYTES: Final = 32_768
"""RegisterTaskDefinition accepts 64 KiB; half of it is left to everything besides the environment."""
LONGEST_START_SECONDS: Final = 300
"""HealthCheck, `startPeriod`."""
MOST_SIDECARS: Final = 9
"""RegisterTaskDefinition accepts ten containers; one is the application."""


class ContainerScalingSettings(Settings):
    """Target tracking: the service grows and shrinks to hold these."""

    cpu_percent: int | None = Field(default=60, ge=1, le=100)
    """Average CPU of the tasks. Default: 60."""
    memory_percent: int | None = Field(default=None, ge=1, le=100)
    """Average memory of the tasks. Default: not tracked."""
    requests_per_task: int | None = Field(default=None, ge=1)
    """Requests per minute and task, for a service that is rolled behind a load balancer. Default: not tracked."""

    @rule("container-scaling-target", "Scaling of containers tracks something.")
    def _target(self) -> Iterator[Conflict]:
        if self.cpu_percent is None and self.memory_percent is None and self.requests_per_task is None:
            yield Conflict(
                (),
                self.model_dump(),
                expected="something to track",
                fix="Set cpu_percent, memory_percent or requests_per_task, or write `scaling: null` for none.",
                reads=(("cpu_percent",), ("memory_percent",), ("requests_per_task",)),
            )


class ContainerServiceSettings(Settings):
    """A container service: tasks of Amazon ECS on Fargate that run one image, replaced and never changed."""

    image: Name | None = None
    """Name of its image under `container_images`. Default: the service's own name."""
    cpu: int = Field(default=256, ge=256, le=16_384)
    """CPU units of a task, 1024 a vCPU; one of 256, 512, 1024, 2048, 4096, 8192, 16384 (Fargate). Default: 256."""
    memory_mib: int = Field(default=512, ge=512, le=122_880)
    """MiB of a task's memory; Fargate has a few sizes for each number of CPU units. Default: 512."""
    ephemeral_gib: int | None = Field(default=None, ge=EPHEMERAL_GIB[0], le=EPHEMERAL_GIB[-1])
    """GiB of a task's ephemeral storage, 21 to 200 (Fargate). Default: 20, which it has without asking."""
    platform: ContainerPlatform = ContainerPlatform.AMD64
    """What the image is built for. Default: linux/amd64."""
    platform_version: str = Field(default="1.4.0", pattern=patterns.PLATFORM_VERSION)
    """Version of Fargate's platform, and never LATEST: a new one comes with a release. Default: 1.4.0."""
    capacity: CapacitySettings = CapacitySettings.model_construct()
    """How many tasks."""
    port: int = Field(default=8080, ge=1, le=65_535)
    """Port the container listens on. Default: 8080. Changing it under a live service interrupts it: the load balancer
    reaches no other port, and tasks of the release before answer on the old one."""
    entry_point: tuple[str, ...] | None = None
    """What the container runs, in place of the image's ENTRYPOINT. Default: the image's."""
    command: tuple[str, ...] | None = None
    """Arguments of that, in place of the image's CMD. Default: the image's."""
    user: str = Field(default="10001:10001", pattern=patterns.CONTAINER_USER)
    """User the container runs as, by number, with its group; root is refused. Default: 10001:10001."""
    writable_paths: tuple[Annotated[str, Field(pattern=patterns.CONTAINER_PATH)], ...] = ("/tmp",)  # noqa: S108 - inside the container
    """Folders that the container may write to, each an empty volume of the task (Fargate has no tmpfs); everything else
    is read-only. Default: /tmp."""
    open_files: int | None = Field(default=None, ge=1024, le=1_048_576)
    """Files and connections that the container may have open, the one limit that Fargate lets a task set. Default:
    65535, Fargate's own."""
    routes: tuple[RouteSettings, ...] = ()
    """Requests it receives from the shared load balancer; none makes it a worker. A strategy that moves requests moves
    one route, which may name several hosts and paths. Default: none."""
    boot_seconds: int = Field(default=60, ge=1, le=3600)
    """Seconds from launch until the application answers: the one timing a user gives. Default: 60."""
    health: HealthSettings = HealthSettings.model_construct()
    """The load balancer's health check."""
    container_health: ContainerHealthSettings | None = None
    """A health check in the container. Default: none; a HEALTHCHECK of the image is not looked at by ECS."""
    drain_seconds: int = Field(default=60, ge=0, le=3600)
    """Seconds a task's requests have to finish once it leaves the load balancer. Default: 60."""
    stop_seconds: int = Field(default=30, ge=2, le=120)
    """Seconds from SIGTERM until a container is killed, 2 to 120 (Fargate). Default: 30."""
    scaling: ContainerScalingSettings | None = ContainerScalingSettings.model_construct()
    """Target tracking; null switches it off. Default: CPU at 60 %."""
    execute_command: bool = False
    """Lets people open a shell in the containers by `aws ecs execute-command`. Default: false."""
    log_retention_days: int = by_stage(dev=7, staging=30, prod=90)
    """Days that logs are kept, one of the values CloudWatch Logs accepts."""
    environment: dict[Annotated[str, Field(pattern=patterns.ENVIRONMENT_KEY)], str] = Field(default={})
    """Configuration in the task definition, part of the release: a change rolls. Never a secret. Default: none."""
    sidecars: dict[Name, ContainerSidecarSettings] = Field(default={}, max_length=MOST_SIDECARS)
    """Containers beside the application in every task, by name, at most nine (ECS). Default: none."""
    alarms: AlarmSettings = AlarmSettings.model_construct()
    """The alarms that gate a rollout."""
    rollout: ContainerRolloutSettings = ContainerRolloutSettings.model_construct()
    """How containers are replaced."""
    notify_topic_arn: str | None = Field(default=None, pattern=patterns.TOPIC)
    """SNS topic notified of a rollout's start, stages, success and failure. Default: none."""
    tags: dict[str, str] = Field(default={})
    """Further tags for everything of this service, besides the stack's. Default: none."""
    protect: bool = by_stage(dev=False, staging=False, prod=True)
    """Pulumi refuses to delete or replace its roles, cluster and security group."""

    @property
    def strategy(self) -> Strategy:
        """How it is deployed: as the rollout says, but that a worker has no requests to move."""
        return self.rollout.strategy if self.routes else Strategy.ROLLING

    @rule("container-size", "Fargate has tasks of that size.")
    def _size(self) -> Iterator[Conflict]:
        sizes = MEMORY_MIB.get(self.cpu)
        if sizes is None:
            nearest = min(MEMORY_MIB, key=lambda units: abs(units - self.cpu))
            yield Conflict(
                ("cpu",),
                self.cpu,
                expected=f"one of {', '.join(map(str, MEMORY_MIB))} (Fargate)",
                fix=f"Write {nearest}.",
            )
        elif self.memory_mib not in sizes:
            nearest = min(sizes, key=lambda mib: (abs(mib - self.memory_mib), -mib))
            enough = next((units for units, each in MEMORY_MIB.items() if self.memory_mib in each), None)
            other = f", or set cpu to {enough}" if enough else ""
            yield Conflict(
                ("memory_mib",),
                self.memory_mib,
                expected=f"{_range(sizes)} with {self.cpu} CPU units (Fargate)",
                fix=f"Write {nearest}{other}.",
                reads=(("cpu",),),
            )

    @rule("container-sidecar-room", "The sidecars leave something of the task for the application.")
    def _sidecar_room(self) -> Iterator[Conflict]:
        for field, of_task in (("cpu", self.cpu), ("memory_mib", self.memory_mib)):
            shares: dict[str, int] = {name: getattr(each, field) for name, each in self.sidecars.items()}
            if sum(shares.values()) >= of_task:
                largest = max(shares, key=lambda name: shares[name])
                yield Conflict(
                    ("sidecars", largest, field),
                    shares[largest],
                    expected=f"sidecars with less than {of_task} together, the {field} of the task: theirs make "
                    f"{sum(shares.values())}, and the application has what they leave",
                    fix=f"Lower it, or raise {field} of the service.",
                    reads=((field,), *(("sidecars", name, field) for name in shares)),
                )

    @rule("container-sidecar-paths", "A folder is the application's own, or shared with one sidecar.")
    def _sidecar_paths(self) -> Iterator[Conflict]:
        owners = dict.fromkeys(self.writable_paths, "the application's own")
        for name, sidecar in self.sidecars.items():
            for path, writer in sidecar.shared_paths.items():
                owner = owners.setdefault(path, f"shared with the sidecar {name}")
                if owner != f"shared with the sidecar {name}":
                    yield Conflict(
                        ("sidecars", name, "shared_paths", path),
                        writer,
                        expected=f"a folder of this sidecar and the application alone; {path} is {owner}",
                        fix="Choose another folder.",
                        reads=(("writable_paths",), ("sidecars",)),
                    )

    @rule("container-worker", "A worker is rolled: it has no requests to move.")
    def _worker(self) -> Iterator[Conflict]:
        strategy = self.rollout.strategy
        if not self.routes and "strategy" in self.rollout.model_fields_set and strategy.shifts_traffic:
            yield Conflict(
                ("rollout", "strategy"),
                strategy,
                expected="rolling: a service without routes has no requests to move",
                fix="Write rolling, or give the service a route.",
                reads=(("routes",),),
            )

    @rule("container-route", "A strategy that moves requests moves one route.")
    def _one_route(self) -> Iterator[Conflict]:
        if len(self.routes) > 1 and self.rollout.strategy.shifts_traffic:
            yield Conflict(
                ("routes",),
                f"{len(self.routes)} routes",
                expected=f"one with the strategy {self.rollout.strategy}: ECS moves the requests of one listener rule",
                fix="Name all hosts and paths in one route, or set rollout.strategy to rolling.",
                reads=(("rollout", "strategy"),),
            )

    @rule("container-scaling-requests", "Requests are only counted where one target group has them all.")
    def _requests(self) -> Iterator[Conflict]:
        target = self.scaling.requests_per_task if self.scaling is not None else None
        if target is None:
            return
        at = ("scaling", "requests_per_task")
        if not self.routes:
            expected, fix = (
                "no such target: without routes no request is counted",
                "Give the service routes, or scale it by cpu_percent.",
            )
            yield Conflict(at, target, expected, fix, reads=(("routes",),))
        elif self.rollout.strategy.shifts_traffic:
            yield Conflict(
                at,
                target,
                expected=f"no such target with the strategy {self.rollout.strategy}: the requests of one target group "
                "are counted, and its requests go to the other one at every deployment",
                fix="Scale it by cpu_percent or memory_percent, or set rollout.strategy to rolling.",
                reads=(("rollout", "strategy"),),
            )

    @rule("container-room", "The floor and the ceiling of a rolling deployment leave room to replace a task.")
    def _room(self) -> Iterator[Conflict]:
        low, high = self.rollout.min_healthy_percent, self.rollout.max_healthy_percent
        sizes = range(max(1, self.capacity.min), self.capacity.max + 1)
        stuck = next((size for size in sizes if _stuck(size, low, high)), None)
        if self.strategy is Strategy.ROLLING and stuck is not None:
            tasks = "one task" if stuck == 1 else f"{stuck} tasks"
            most = high * stuck // 100
            yield Conflict(
                ("rollout", "max_healthy_percent"),
                high,
                expected=f"room for a new task: of {tasks}, {low} % rounded up are {ceil(low * stuck / 100)} that must "
                f"stay, and {high} % rounded down are {most} that there may be",
                fix=f"Set it to {ceil(100 * (stuck + 1) / stuck)} or more"
                + (f", or min_healthy_percent to {100 * (stuck - 1) // stuck} or less." if stuck > 1 else "."),
                reads=(
                    ("rollout", "min_healthy_percent"),
                    ("rollout", "strategy"),
                    ("capacity", "min"),
                    ("capacity", "max"),
                ),
            )

    @rule("verify-route", "A request that verifies a release reaches the service.")
    def _asked(self) -> Iterator[Conflict]:
        yield from find_unasked(self.rollout.verify, self.routes, ("rollout", "verify"))

    @rule("verify-time", "A release is verified while it can be taken back.")
    def _time_to_verify(self) -> Iterator[Conflict]:
        # a rolling deployment has no such time: the gate itself goes back from it
        if not self.strategy.shifts_traffic:
            return
        asked, at = self.rollout.verify, ("rollout", "bake_minutes")
        if self.rollout.test_rule is not None:
            # what test requests have asked is not asked again; what a command sends, nobody sees
            asked = asked.command_alone if asked is not None else None
        reads = (("rollout", "strategy"), ("rollout", "test_rule"), ("routes",))
        yield from no_time_for(asked, at, self.rollout.bake_minutes, reads=reads)

    @rule("test-rule-route", "Test requests are some of those that the service's route leads to it.")
    def _test_route(self) -> Iterator[Conflict]:
        tested, at = self.rollout.test_rule, ("rollout", "test_rule")
        if tested is None:
            return
        if not self.routes:
            yield Conflict(
                at,
                tested.model_dump(),
                expected="nothing: a service without routes has no requests",
                fix="Remove it, or give the service a route.",
                reads=(("routes",),),
            )
        for index, route in enumerate(self.routes[:1]):
            values = len(route.hosts) + len(route.paths)
            if tested.priority >= route.priority:
                yield Conflict(
                    (*at, "priority"),
                    tested.priority,
                    expected=f"less than {route.priority}, the priority of the route: it would get them first",
                    fix="Lower it, or raise the priority of the route.",
                    reads=(("routes", index, "priority"),),
                )
            if values >= CONDITION_VALUES:
                yield Conflict(
                    at,
                    f"a header besides {values} hosts and paths",
                    expected=f"a route of at most {CONDITION_VALUES - 1} hosts and paths: the header is one more value "
                    f"of the {CONDITION_VALUES} that a rule has (ELB)",
                    fix="Use a wildcard in the route, or remove test_rule.",
                    reads=(("routes", index),),
                )

    @rule("container-health-timing", "A container's health check fits ECS.")
    def _container_health(self) -> Iterator[Conflict]:
        if self.container_health is not None and self.boot_seconds > LONGEST_START_SECONDS:
            yield Conflict(
                ("boot_seconds",),
                self.boot_seconds,
                expected=f"at most {LONGEST_START_SECONDS} with a health check in the container: ECS waits no longer "
                "for its first success",
                fix="Remove container_health, or shorten the start of the application.",
                reads=(("container_health",),),
            )

    @rule("container-paths", "Every folder that may be written to is named once.")
    def _paths(self) -> Iterator[Conflict]:
        for index, path in enumerate(self.writable_paths):
            if path in self.writable_paths[:index]:
                yield Conflict(("writable_paths", index), path, expected="every folder once", fix="Remove it.")

    @rule("retention", "CloudWatch Logs knows the retention.")
    def _retention(self) -> Iterator[Conflict]:
        yield from unknown_retention("log_retention_days", self.log_retention_days)

    @rule("container-environment-size", "The environment fits into a task definition.")
    def _environment(self) -> Iterator[Conflict]:
        texts = dict(self.environment)
        for name, sidecar in self.sidecars.items():
            texts |= {f"{name} {key}": value for key, value in sidecar.environment.items()}
        yield from oversized(texts, DEFINITION_BYTES, "task definition")

    @rule("environment-secret", "The environment holds no secrets.")
    def _secrets(self) -> Iterator[Conflict]:
        yield from leaks(("environment",), self.environment, "whoever may describe the task definition can read it")


def _range(sizes: tuple[int, ...]) -> str:
    if len(sizes) <= 4:  # noqa: PLR2004 - few enough to name each
        return f"one of {', '.join(map(str, sizes))}"
    return f"{sizes[0]} to {sizes[-1]} in steps of {sizes[1] - sizes[0]}"


def _stuck(size: int, low: int, high: int) -> bool:
    """Whether of so many tasks none may go and none may come: ECS rounds the floor up and the ceiling down."""
    return ceil(size * low / 100) >= size >= size * high // 100
