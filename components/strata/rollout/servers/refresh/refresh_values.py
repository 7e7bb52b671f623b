"""The values of an instance refresh: servers, the fleet, the refresh itself and what it orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from strata.rollout.servers.preferences import Preferences

__all__ = [
    "FORWARD",
    "LIMIT_SECONDS",
    "STALL_SECONDS",
    "AlarmState",
    "Batch",
    "Fleet",
    "Lifecycle",
    "Orders",
    "Refresh",
    "RollbackDetails",
    "Server",
    "Status",
    "Target",
]

STALL_SECONDS = 3600.0
"""How long AWS lets a refresh go without progress."""

LIMIT_SECONDS = 14 * 86_400.0
"""How long AWS lets a refresh run at all."""


class Status(StrEnum):
    """The status of a refresh, in AWS's words."""

    PENDING = "Pending"
    IN_PROGRESS = "InProgress"
    BAKING = "Baking"
    SUCCESSFUL = "Successful"
    FAILED = "Failed"
    CANCELLING = "Cancelling"
    CANCELLED = "Cancelled"
    ROLLBACK_IN_PROGRESS = "RollbackInProgress"
    ROLLBACK_SUCCESSFUL = "RollbackSuccessful"
    ROLLBACK_FAILED = "RollbackFailed"

    @property
    def terminal(self) -> bool:
        """Whether the refresh has ended; only then may the group start another."""
        return self in _TERMINAL


_TERMINAL = frozenset(
    {Status.SUCCESSFUL, Status.FAILED, Status.CANCELLED, Status.ROLLBACK_SUCCESSFUL, Status.ROLLBACK_FAILED}
)


FORWARD = frozenset({Status.PENDING, Status.IN_PROGRESS, Status.BAKING})
"""On the way to the desired configuration."""


class Lifecycle(StrEnum):
    """Where a server is in its life, as far as a refresh cares; terminated servers are no longer part of the fleet."""

    PENDING = "Pending"
    IN_SERVICE = "InService"
    STANDBY = "Standby"
    TERMINATING = "Terminating"


class Target(StrEnum):
    """The configuration a launch uses."""

    DESIRED = "desired"
    ORIGINAL = "original"


class AlarmState(StrEnum):
    """The state of a CloudWatch alarm."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True, slots=True)
class Server:
    """One server of the group.

    A refresh without a desired configuration has one configuration only: then both `matches_desired` and
    `matches_original` say whether the server runs the group's saved one.
    """

    id: str
    matches_desired: bool
    matches_original: bool
    lifecycle: Lifecycle
    healthy: bool
    """What the group holds of it: unhealthy servers are replaced by the group. True while it boots."""
    in_service_since: float | None = None
    """Epoch seconds at which it came into service; the warm-up counts from here. None before."""
    receives_requests: bool = True
    """Whether no target group holds requests back from it, as one does until its own checks have passed."""
    protected: bool = False
    """Protected from scale-in."""
    zone: str = ""
    template_version: int = 0
    age_rank: int = 0
    """Lower is older; decides between servers of one zone and one template version."""

    @property
    def serving(self) -> bool:
        """Whether requests reach it and are answered; the group holds it healthy before its target groups do."""
        return self.healthy and self.receives_requests and self.lifecycle is Lifecycle.IN_SERVICE


@dataclass(frozen=True, slots=True)
class Fleet:
    """The group at one moment."""

    desired: int
    servers: Sequence[Server]


@dataclass(frozen=True, slots=True)
class Orders:
    """What the group is to do now. Take `terminate` out first, then launch up to `capacity`."""

    capacity: int
    """Servers, pending and in service together, that the group is to keep."""
    terminate: tuple[str, ...]
    """Servers to take out now, in this order; repeated until they are Terminating."""
    launch: Target
    """What any launch uses from now on, replacements of dead servers and scale-out included."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The servers being replaced at the moment."""

    number: int
    """From 1."""
    size: int
    """Old servers it replaces, as decided when it began."""
    goal: int
    """New servers that are to be healthy and warm at its end."""
    late: int
    """How many of its old servers leave only once the goal is reached; the others leave as the floor allows."""
    desired: int
    """The desired capacity it was made for; another one makes another batch."""
    began_at: float


@dataclass(frozen=True, slots=True)
class RollbackDetails:
    """Where a refresh was when its rollback began."""

    reason: str
    started_at: float
    percentage_complete: int
    instances_to_update: int


@dataclass(frozen=True)
class Refresh:
    """One instance refresh. Change it only through `step`, `cancel` and `rollback`; all times are epoch seconds."""

    preferences: Preferences
    started_at: float
    can_roll_back: bool
    present: frozenset[str]
    """Servers that were there at the start: old unless they match and are skipped, and warm whenever in service."""
    stall_seconds: float
    limit_seconds: float
    last_progress_at: float
    status: Status = Status.PENDING
    status_reason: str = ""
    percentage_complete: int = 0
    instances_to_update: int = 0
    """Servers still to be taken out; 0 while the last batch warms up."""
    batch: Batch | None = None
    batches: int = 0
    """Batches begun so far, those of a rollback included."""
    leaving: frozenset[str] = frozenset()
    """Servers ordered out that are not seen Terminating yet."""
    checkpoints_passed: int = 0
    waiting_until: float | None = None
    """End of the pause at a checkpoint."""
    baking_until: float | None = None
    most_ready: int = 0
    """New servers healthy and warm at once, the most so far: a rise is progress, a relaunch of one that died is not."""
    most_serving: int = 0
    """The same for new servers that are healthy, warm or not."""
    desired: int = 0
    """The desired capacity at the last step."""
    blind_since: float | None = None
    """Since when an alarm has had no data, which holds the refresh where it is."""
    rollback: RollbackDetails | None = None
    ended_at: float | None = None
