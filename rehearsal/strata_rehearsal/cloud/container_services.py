"""What a container service is made of: its revisions, its tasks, its deployments and its events."""

import uuid
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore import xform_name

from strata.rollout.tasks.deployment import ServiceDeployment, TaskFailure, TaskHealth, TaskLifecycle
from strata_rehearsal.cloud.faults import Fault

__all__ = [
    "LEAVING_STATES",
    "EndedContainer",
    "PulledImage",
    "ServiceRollout",
    "SimulatedRevision",
    "SimulatedService",
    "SimulatedTask",
    "SingleRun",
    "service_of",
]

EVENTS_KEPT = 100
"""DescribeServices shows the latest hundred."""

SERVICE_TAG = "strata:service"

STARTING_STATES = (TaskLifecycle.PROVISIONING, TaskLifecycle.PENDING, TaskLifecycle.ACTIVATING)
"""What DescribeServices counts as pending."""

LEAVING_STATES = (TaskLifecycle.DEACTIVATING, TaskLifecycle.STOPPING, TaskLifecycle.DEPROVISIONING)


@dataclass(frozen=True)
class PulledImage:
    """The image of one container, as the revision resolved it."""

    container: str
    reference: str
    """As the task definition names it."""
    digest: str | None
    """`sha256:...`; None for a tag in a registry that the local AWS does not have."""

    @property
    def names(self) -> tuple[str, ...]:
        """What a fault may call it: the reference or the digest."""
        return (self.reference,) if self.digest is None else (self.reference, self.digest)


@dataclass(eq=False)
class SimulatedRevision:
    """A service revision: what the tasks of one deployment are made of. Every deployment makes a new one."""

    arn: str
    deployment_id: str
    """The id of its entry in `services[].deployments[]`."""
    parameters: Mapping[str, Any]
    """Task definition, network, load balancers and so on, with the API's names."""
    definition: Any
    """moto's task definition."""
    images: tuple[PulledImage, ...]
    created_at: float
    side: int = 0
    """Which target group of a pair its tasks are behind: 0 the service's own, 1 the alternate one."""
    failed_tasks: int = 0

    @property
    def containers(self) -> list[dict[str, Any]]:
        """The container definitions."""
        return self.definition.container_definitions

    @property
    def main(self) -> PulledImage:
        """The image of the container that fails when a fault hits the task: the first essential one."""
        essential = [each["name"] for each in self.containers if each.get("essential", True)]
        return next(image for image in self.images if image.container in essential)

    def is_essential(self, container: str) -> bool:
        """Whether the task ends with that container."""
        return any(each["name"] == container and each.get("essential", True) for each in self.containers)

    def hit_by(self, fault: Fault) -> PulledImage:
        """The container that suffers from a fault: one whose image it names, or else the main one."""
        if fault.image is None or fault.image in self.main.names:
            return self.main
        return next((image for image in self.images if fault.image in image.names), self.main)

    @property
    def version(self) -> str:
        """What distinguishes it in the event log: the digest, or the image as it is named."""
        return self.main.digest or self.main.reference


@dataclass(frozen=True)
class EndedContainer:
    """How a container ended that is not essential."""

    exit_code: int
    reason: str | None


@dataclass(frozen=True)
class SingleRun:
    """What RunTask was asked for, and a service does not have.

    Args:
        group: the group of the task.
        started_by: who started it, as they say.
        overrides: those of its containers.
        tags: its tags.
    """

    group: str
    started_by: str
    overrides: tuple[Mapping[str, Any], ...]
    tags: tuple[Mapping[str, str], ...]

    def command(self, container: str) -> tuple[str, ...] | None:
        """The command that a container was given; None where it runs its own."""
        return next(
            (tuple(each["command"]) for each in self.overrides if each["name"] == container and each.get("command")),
            None,
        )


@dataclass(eq=False)
class SimulatedTask:
    """One task, of a service or by itself."""

    id: str
    arn: str
    service: "SimulatedService"
    revision: SimulatedRevision
    created_at: float
    faults: frozenset[Fault]
    subnet: str | None = None
    zone: str | None = None
    interface: Any = None
    """moto's network interface; None until it is provisioned, and for tasks that share their host's network."""
    state: TaskLifecycle = TaskLifecycle.PROVISIONING
    container_health: TaskHealth = TaskHealth.UNCHECKED
    failure: TaskFailure | None = None
    pull_started_at: float | None = None
    pull_stopped_at: float | None = None
    started_at: float | None = None
    stopping_at: float | None = None
    execution_stopped_at: float | None = None
    stopped_at: float | None = None
    stop_code: str | None = None
    stopped_reason: str | None = None
    exit_code: int | None = None
    """Of the container that ended the task."""
    container_reason: str | None = None
    ended_by: str | None = None
    """Name of that container, if it is not the main one."""
    ended: dict[str, "EndedContainer"] = field(default_factory=dict[str, "EndedContainer"])
    """Containers that ended while the task went on, by name."""
    version: int = 1
    tags: dict[str, str] = field(default_factory=dict[str, str])
    """Those that it was given by itself."""
    protected_until: float | None = None
    """Until when neither scale-in nor a deployment stops it; None while it is not protected."""
    attachment: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def essential_faults(self) -> frozenset[Fault]:
        """The faults that hit a container with which the task ends."""
        return frozenset(
            each for each in self.faults if self.revision.is_essential(self.revision.hit_by(each).container)
        )

    @property
    def address(self) -> str | None:
        """Its address, by which target groups know it."""
        return None if self.interface is None else str(self.interface.private_ip_address)

    @property
    def starting(self) -> bool:
        """Whether it is on its way to RUNNING."""
        return self.state in STARTING_STATES

    @property
    def active(self) -> bool:
        """Whether it runs or is about to."""
        return self.starting or self.state is TaskLifecycle.RUNNING


class ServiceRollout(Protocol):
    """A service deployment and the service it belongs to; `tasks.service_rollout` carries it out."""

    arn: str
    service: "SimulatedService"
    target: SimulatedRevision
    source: SimulatedRevision | None
    others: list[SimulatedRevision]
    """The revisions that had tasks when it began."""
    configuration: Mapping[str, Any]
    """The deployment configuration as the API describes it."""
    deployment: ServiceDeployment
    updated_at: float
    stop_requested_at: float | None

    @property
    def launched(self) -> SimulatedRevision:
        """The revision that the service is on its way to."""
        ...

    def advance(self, cloud: Any) -> None:
        """Take the deployment as far as it goes now, and obey it."""
        ...

    def take(self, cloud: Any, moved: ServiceDeployment) -> None:
        """The deployment has moved on: say so where ECS says so."""
        ...

    def retire(self) -> None:
        """Another deployment takes over: wake up no more."""
        ...


@dataclass(eq=False)
class SimulatedService:
    """A container service."""

    name: str
    cluster: str
    account: str
    region: str
    arn: str
    cluster_arn: str
    made: Any
    """moto's service: what its owner asked for."""
    tasks: dict[str, SimulatedTask] = field(default_factory=dict[str, SimulatedTask])
    """Those that have not stopped."""
    stopped: deque[SimulatedTask] = field(default_factory=lambda: deque[SimulatedTask](maxlen=1000))
    """Those that DescribeTasks still shows, oldest first."""
    revisions: list[SimulatedRevision] = field(default_factory=list[SimulatedRevision])
    """Newest first."""
    rollouts: list[ServiceRollout] = field(default_factory=list[ServiceRollout])
    """Newest first."""
    completed: SimulatedRevision | None = None
    """The last revision whose deployment succeeded."""
    events: deque[dict[str, Any]] = field(default_factory=lambda: deque[dict[str, Any]](maxlen=EVENTS_KEPT))
    """Newest first."""
    steady: bool = False
    deleting: bool = False
    single: SingleRun | None = None
    """What RunTask was asked for, where it is no service and has one task; nobody looks after it."""

    @property
    def service(self) -> str:
        """The service it is."""
        return service_of(self.made)

    @property
    def desired(self) -> int:
        """The desired count."""
        return int(self.made.desired_count)

    @property
    def rollout(self) -> ServiceRollout | None:
        """The latest deployment: the one that keeps the service, whether it has ended or not."""
        return self.rollouts[0] if self.rollouts else None

    @property
    def grace(self) -> float:
        """How long a running task is not judged by its checks."""
        return float(getattr(self.made, "health_check_grace_period_seconds", None) or 0)

    def value(self, name: str, unset: Any = None) -> Any:
        """What its owner asked for, by the API's name of the parameter."""
        return getattr(self.made, xform_name(name), unset)

    def keep(self, name: str, value: Any) -> None:
        """Describe the service with another value of a parameter."""
        if hasattr(self.made, xform_name(name)):
            setattr(self.made, xform_name(name), value)

    def of(self, revision: SimulatedRevision) -> Iterator[SimulatedTask]:
        """Its tasks of a revision that have not stopped."""
        return (task for task in self.tasks.values() if task.revision is revision)

    def tell(self, now: float, message: str) -> None:
        """Add an event, as DescribeServices shows it."""
        said = f"(service {self.name}) {message}"
        self.events.appendleft({"id": str(uuid.uuid4()), "createdAt": now, "message": said})


def service_of(made: Any) -> str:
    """The service that moto's container service is: its tag `strata:service`, else its name."""
    return next((str(tag["value"]) for tag in made.tags or () if tag["key"] == SERVICE_TAG), made.name)
