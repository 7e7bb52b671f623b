"""What an Auto Scaling group is made of: its configuration, servers, hooks and activities."""

import uuid
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

from strata.rollout.servers.refresh import Fleet, Refresh
from strata_rehearsal.cloud.faults import Fault

__all__ = ["ACTIVITIES_KEPT", "Activity", "Configuration", "Group", "GroupRefresh", "GroupServer", "Hook", "State"]

ACTIVITIES_KEPT = 4000
SERVICE_TAG = "strata:service"
FULL = 100
"""Percent."""


class State(StrEnum):
    """A server's lifecycle state, in AWS's words."""

    PENDING = "Pending"
    PENDING_WAIT = "Pending:Wait"
    IN_SERVICE = "InService"
    STANDBY = "Standby"
    TERMINATING = "Terminating"
    TERMINATING_WAIT = "Terminating:Wait"
    RETAINED = "Terminating:Retained"
    TERMINATED = "Terminated"
    DETACHED = "Detached"


PENDING = (State.PENDING, State.PENDING_WAIT)
LEAVING = (State.TERMINATING, State.TERMINATING_WAIT, State.RETAINED)


@dataclass(frozen=True)
class Configuration:
    """What a group launches: a launch template version, maybe inside a mixed-instances policy.

    Args:
        template_id: id of the launch template.
        template_name: its name.
        version: as it was given: a number, `$Latest`, `$Default`, or None for the default.
        instance_type: the override of a mixed-instances policy; None is the template's.
        policy: the mixed-instances policy as the API accepts it; None without one.
    """

    template_id: str
    template_name: str
    version: str | None
    instance_type: str | None = None
    policy: dict[str, Any] | None = field(default=None, compare=False)

    @property
    def numbered(self) -> bool:
        """Whether it names a version by number, as a rollback needs."""
        return self.version is not None and self.version.isdigit()

    def specification(self) -> dict[str, Any]:
        """The launch template as the API shows it."""
        shown = {"LaunchTemplateId": self.template_id, "LaunchTemplateName": self.template_name}
        return {**shown, "Version": self.version} if self.version is not None else shown

    def document(self) -> dict[str, Any]:
        """`LaunchTemplate` or `MixedInstancesPolicy`, as the API shows a group's or a refresh's."""
        if self.policy is None:
            return {"LaunchTemplate": self.specification()}
        template = {**self.policy.get("LaunchTemplate", {}), "LaunchTemplateSpecification": self.specification()}
        return {"MixedInstancesPolicy": {**self.policy, "LaunchTemplate": template}}


@dataclass(eq=False)
class Activity:
    """A scaling activity."""

    id: str
    group: str
    description: str
    cause: str
    started_at: float
    details: str
    status: str = "InProgress"
    message: str | None = None
    ended_at: float | None = None
    progress: int = 0

    def end(self, now: float, status: str = "Successful", message: str | None = None) -> None:
        """Close the activity; one that is closed already stays as it is."""
        if self.ended_at is None:
            self.status, self.message, self.ended_at, self.progress = status, message, now, 100

    def document(self, group_arn: str | None = None) -> dict[str, Any]:
        """The activity as the API shows it."""
        return {
            "ActivityId": self.id,
            "AutoScalingGroupName": self.group,
            "AutoScalingGroupARN": group_arn,
            "Description": self.description,
            "Cause": self.cause,
            "StartTime": moment(self.started_at),
            "EndTime": None if self.ended_at is None else moment(self.ended_at),
            "StatusCode": self.status,
            "StatusMessage": self.message,
            "Progress": self.progress,
            "Details": self.details,
        }


@dataclass(frozen=True)
class Hook:
    """A lifecycle hook."""

    name: str
    launching: bool
    timeout: float
    default_result: str
    extra: dict[str, Any] = field(default_factory=dict[str, Any])

    def document(self, group: str) -> dict[str, Any]:
        """The hook as the API shows it."""
        transition = "LAUNCHING" if self.launching else "TERMINATING"
        return {
            "LifecycleHookName": self.name,
            "AutoScalingGroupName": group,
            "LifecycleTransition": f"autoscaling:EC2_INSTANCE_{transition}",
            "HeartbeatTimeout": int(self.timeout),
            "GlobalTimeout": 172_800,
            "DefaultResult": self.default_result,
            **self.extra,
        }


@dataclass(eq=False)
class GroupServer:
    """One server of a group."""

    id: str
    instance: Any
    """moto's EC2 instance."""
    group: "Group"
    zone: str
    subnet: str | None
    template_id: str
    template_name: str
    version: int
    image: str
    instance_type: str
    overridden: str | None
    """The instance type a mixed-instances policy put in place of the template's."""
    launched_at: float
    rank: int
    faults: frozenset[Fault]
    activity: Activity
    state: State = State.PENDING
    health: str = "Healthy"
    condemned: bool = False
    """Whether somebody has called it unhealthy by SetInstanceHealth: it may serve all the same."""
    protected: bool = False
    in_service_since: float | None = None
    died: bool = False
    hooks: list[Hook] = field(default_factory=list[Hook])
    """Lifecycle hooks it has yet to pass before its present transition is over."""
    then: Callable[[str], None] = field(default=lambda _result: None)
    """What follows the last of them, given CONTINUE or ABANDON."""
    hook_round: int = 0
    """Counts the waits, so that the end of an earlier one changes nothing."""
    seen: tuple[Any, Any] | None = None
    """How a refresh last saw it, with what that was made from."""

    @property
    def counts(self) -> bool:
        """Whether it takes one of the group's places: pending or in service."""
        return self.state is State.IN_SERVICE or self.state in PENDING

    @property
    def leaving(self) -> bool:
        """Whether it is on its way out."""
        return self.state in LEAVING

    def runs(self, template_id: str, version: int, override: str | None) -> bool:
        """Whether it was launched from this template version with this override of the instance type."""
        return (self.template_id, self.version, self.overridden) == (template_id, version, override)


class GroupRefresh(Protocol):
    """An instance refresh as its group knows it; `fleet.instance_refresh` carries it out."""

    identity: str
    desired: Configuration | None
    refresh: Refresh
    ended: bool
    ended_at: float | None

    def launches(self, group: "Group") -> Configuration:
        """The configuration that launches use now."""
        ...

    def fleet(self, cloud: Any) -> Fleet:
        """The group as the refresh sees it."""
        ...

    def advance(self, cloud: Any) -> None:
        """Take the refresh as far as it goes now."""
        ...

    def document(self) -> dict[str, Any]:
        """The refresh as the API shows it."""
        ...


@dataclass(eq=False)
class Group:
    """An Auto Scaling group."""

    name: str
    account: str
    region: str
    arn: str
    created_at: float
    configuration: Configuration
    min_size: int
    max_size: int
    desired: int
    zones: list[str]
    subnets: list[str]
    target_groups: list[str]
    tags: list[dict[str, Any]]
    health_check_type: str = "EC2"
    grace: float = 0.0
    cooldown: int = 300
    warmup: int | None = None
    protect_new: bool = False
    lifetime: float | None = None
    maintenance: dict[str, int] | None = None
    termination_policies: list[str] = field(default_factory=lambda: ["Default"])
    extra: dict[str, Any] = field(default_factory=dict[str, Any])
    """Attributes that are kept and shown, and change nothing here."""
    suspended: set[str] = field(default_factory=set[str])
    metrics: list[str] = field(default_factory=list[str])
    hooks: dict[str, Hook] = field(default_factory=dict[str, Hook])
    notifications: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    servers: dict[str, GroupServer] = field(default_factory=dict[str, GroupServer])
    activities: deque[Activity] = field(default_factory=lambda: deque[Activity](maxlen=ACTIVITIES_KEPT))
    refreshes: list["GroupRefresh"] = field(default_factory=list["GroupRefresh"])
    """Newest first."""
    launches: int = 0
    refused_until: float = 0.0
    """After a launch that failed: no other is tried before."""
    refusals: int = 0
    deleting: bool = False

    @property
    def service(self) -> str:
        """The service it runs: its tag `strata:service`, else its name."""
        return next((str(tag["Value"]) for tag in self.tags if tag["Key"] == SERVICE_TAG), self.name)

    @property
    def refresh(self) -> "GroupRefresh | None":
        """The instance refresh in progress, if there is one."""
        return self.refreshes[0] if self.refreshes and not self.refreshes[0].ended else None

    @property
    def ahead(self) -> int:
        """How many servers it launches before it ends those that they replace, by its maintenance policy."""
        policy = self.maintenance or {}
        most = policy.get("MaxHealthyPercentage", FULL)
        if self.refresh is not None or policy.get("MinHealthyPercentage", 0) < FULL or most <= FULL:
            return 0
        return max(1, self.desired * (most - FULL) // FULL)

    def begin_activity(self, now: float, description: str, cause: str, details: str = "{}") -> Activity:
        """Open a scaling activity, newest first in the list."""
        activity = Activity(str(uuid.uuid4()), self.name, description, cause, now, details)
        self.activities.appendleft(activity)
        return activity

    def counting(self) -> Iterator[GroupServer]:
        """The servers that take one of the group's places."""
        return (server for server in self.servers.values() if server.counts)

    @property
    def retains(self) -> bool:
        """Whether it keeps a server whose termination hook is abandoned."""
        triggers = (self.extra.get("InstanceLifecyclePolicy") or {}).get("RetentionTriggers") or {}
        return triggers.get("TerminateHookAbandon") == "retain"

    def suspends(self, process: str) -> bool:
        """Whether a process of the group is suspended."""
        return process in self.suspended


def moment(seconds: float) -> datetime:
    """Epoch seconds as the API's time."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
