"""What AWS reports of a container service, its deployments, revisions and tasks, as plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from strata.rollout.tasks.deployment import DeploymentStatus, DeploymentStrategy, LifecycleStage
from strata.rollout.tasks.moved_requests import groups_of, rules_of, test_rules_of
from strata.tags import TAINTED_TAG

__all__ = [
    "ContainerServiceView",
    "DefinitionView",
    "DeploymentView",
    "RevisionEntry",
    "RevisionView",
    "TaskView",
]

_FORWARD = frozenset({DeploymentStatus.PENDING, DeploymentStatus.IN_PROGRESS})

_ALL = 100
_GROWING = frozenset({None, LifecycleStage.RECONCILE_SERVICE, LifecycleStage.PRE_SCALE_UP, LifecycleStage.SCALE_UP})
"""Stages up to the one in which the new tasks are started."""


@dataclass(frozen=True)
class RevisionEntry:
    """A revision with tasks, as an entry of the older view of a service's deployments.

    Args:
        id: what the tasks of the revision name as `startedBy`.
        primary: whether it is the one that new tasks run.
        task_definition: ARN of its task definition.
        shown: its parameters, as far as AWS shows them here.
    """

    id: str
    primary: bool
    task_definition: str
    shown: Mapping[str, Any]


@dataclass(frozen=True)
class ContainerServiceView:
    """A container service.

    Args:
        arn: of the service.
        name: its name.
        cluster: name of its cluster.
        status: ACTIVE, DRAINING or INACTIVE.
        desired: the desired count.
        running: tasks that run.
        pending: tasks that are about to.
        task_definition: ARN of the task definition that new tasks run.
        deployed: how its deployments proceed, in AWS's words.
        entries: revisions with tasks.
        target_groups: a set of target groups for each load balancer; a task is in one of each set.
        rules: listener rules whose weights ECS moves.
        test_rules: those of test requests, which ECS leads to new tasks first.
        subnets: where its tasks run.
        controller: who carries its deployments out; ECS, unless it is a service of something else.
        grace_seconds: seconds after its start in which what a load balancer says of a task does not count.
    """

    arn: str
    name: str
    cluster: str
    status: str
    desired: int
    running: int
    pending: int
    task_definition: str
    deployed: Mapping[str, Any]
    entries: tuple[RevisionEntry, ...]
    target_groups: tuple[frozenset[str], ...]
    rules: tuple[str, ...]
    subnets: tuple[str, ...]
    controller: str = "ECS"
    grace_seconds: int = 0
    test_rules: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether it wants no task and has none."""
        return not (self.desired or self.running or self.pending)

    @property
    def every_target_group(self) -> tuple[str, ...]:
        """The target groups of all its load balancers."""
        return tuple(sorted(frozenset[str]().union(*self.target_groups)))

    def with_requests(self, weights: Mapping[str, int]) -> list[list[str]]:
        """For each load balancer, its target groups that requests are sent to.

        Args:
            weights: those of the target groups in the listener rules; none where nothing gives any.
        """
        return [sorted(each for each in pair if weights.get(each)) for pair in self.target_groups]

    def replaced_of(self, tasks: "Iterable[TaskView]") -> "list[TaskView]":
        """Those of the tasks that were not started for the revision which new ones are started for."""
        primary = {each.id for each in self.entries if each.primary}
        return [each for each in tasks if each.started_by not in primary]

    @classmethod
    def from_api(cls, found: Mapping[str, Any]) -> "ContainerServiceView":
        """Read one service of DescribeServices."""
        groups: list[frozenset[str]] = []
        rules: list[str] = []
        test_rules: list[str] = []
        for each in found.get("loadBalancers") or ():
            groups += [frozenset(pair)] if (pair := groups_of(each)) else []
            rules += rules_of(each)
            test_rules += test_rules_of(each)
        network = (found.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
        return cls(
            arn=found["serviceArn"],
            name=found["serviceName"],
            cluster=str(found["clusterArn"]).rpartition("/")[2],
            status=found["status"],
            desired=found["desiredCount"],
            running=found["runningCount"],
            pending=found["pendingCount"],
            task_definition=found.get("taskDefinition", ""),
            deployed=found.get("deploymentConfiguration") or {},
            entries=tuple(_entry(found, each) for each in found.get("deployments") or ()),
            target_groups=tuple(groups),
            rules=tuple(rules),
            subnets=tuple(network.get("subnets") or ()),
            controller=(found.get("deploymentController") or {}).get("type", "ECS"),
            grace_seconds=int(found.get("healthCheckGracePeriodSeconds") or 0),
            test_rules=tuple(test_rules),
        )


def _entry(service: Mapping[str, Any], entry: Mapping[str, Any]) -> RevisionEntry:
    """An entry says nothing of load balancers; the service itself does, of what it starts new tasks for."""
    primary = entry["status"] == "PRIMARY"
    more = {"loadBalancers": service["loadBalancers"]} if primary and "loadBalancers" in service else {}
    return RevisionEntry(entry["id"], primary, entry["taskDefinition"], {**entry, **more})


@dataclass(frozen=True)
class DeploymentView:
    """A service deployment.

    Args:
        arn: of the deployment.
        target: ARN of the service revision it brings.
        sources: ARNs of the revisions it replaces.
        status: how it is.
        reason: why, in AWS's words; empty where it gives none.
        stage: where it is, for a strategy that shifts traffic.
        weight: percent of the production traffic that goes to the new tasks.
        test_weight: the same of the test traffic; 0 without any.
        strategy: how it proceeds.
        breaker: status of the circuit breaker.
        alarms: alarms that can fail it.
        triggered: those that did.
        waiting_hooks: ids of the PAUSE hooks that wait for an answer.
        created: when it was asked for.
        started: when it began.
        goes_back_to: ARN of the revision that it goes back to, once it does.
        running: tasks that run of the revision it brings.
        wanted: tasks that are to run of it.
        ended: when it ended.
    """

    arn: str
    target: str
    sources: tuple[str, ...]
    status: DeploymentStatus
    reason: str
    stage: str | None
    weight: float
    strategy: str
    breaker: str
    alarms: tuple[str, ...]
    triggered: tuple[str, ...]
    waiting_hooks: tuple[str, ...]
    created: datetime | None
    started: datetime | None
    goes_back_to: str | None = None
    running: int = 0
    wanted: int = 0
    ended: datetime | None = None
    test_weight: float = 0.0

    @property
    def active(self) -> bool:
        return not self.status.terminal

    @property
    def forward(self) -> bool:
        """Whether it can still be stopped: it has neither ended nor is it on its way back."""
        return self.status in _FORWARD

    @property
    def succeeded(self) -> bool:
        return self.status is DeploymentStatus.SUCCESSFUL

    @property
    def shifts_traffic(self) -> bool:
        return self.strategy != DeploymentStrategy.ROLLING

    @property
    def grown(self) -> bool:
        """Whether it has started all its new tasks, and only moves traffic or watches."""
        return self.shifts_traffic and self.stage not in _GROWING

    @property
    def bakes(self) -> bool:
        """Whether all requests have moved to its new tasks, and it only watches."""
        return self.stage == LifecycleStage.BAKE_TIME

    @property
    def tests(self) -> bool:
        """Whether all test requests have moved to its new tasks, and not yet all others."""
        return self.forward and self.shifts_traffic and self.test_weight >= _ALL > self.weight

    @property
    def waits_for_tests(self) -> bool:
        """Whether it is at the stage after the shift of test requests, where nothing else has to have moved."""
        return self.stage == LifecycleStage.POST_TEST_TRAFFIC_SHIFT

    @property
    def name(self) -> str:
        """The part of its ARN that people read."""
        return self.arn.rpartition("/")[2]

    @property
    def where(self) -> str:
        """How it is, in a few words."""
        return f"{self.status} {self.stage}" if self.active and self.stage else str(self.status)

    @classmethod
    def from_api(cls, found: Mapping[str, Any]) -> "DeploymentView":
        """Read one deployment of DescribeServiceDeployments."""
        target = found.get("targetServiceRevision") or {}
        alarms, configuration = found.get("alarms") or {}, found.get("deploymentConfiguration") or {}
        rollback = found.get("rollback") or {}
        return cls(
            arn=found["serviceDeploymentArn"],
            target=target.get("arn", ""),
            sources=tuple(each["arn"] for each in found.get("sourceServiceRevisions") or ()),
            status=DeploymentStatus(found["status"]),
            reason=found.get("statusReason") or rollback.get("reason") or "",
            stage=found.get("lifecycleStage"),
            weight=float(target.get("requestedProductionTrafficWeight") or 0),
            strategy=configuration.get("strategy", "ROLLING"),
            breaker=(found.get("deploymentCircuitBreaker") or {}).get("status", "DISABLED"),
            alarms=tuple(alarms.get("alarmNames") or ()),
            triggered=tuple(alarms.get("triggeredAlarmNames") or ()),
            waiting_hooks=tuple(
                each["hookId"]
                for each in found.get("lifecycleHookDetails") or ()
                if each.get("targetType") == "PAUSE" and each.get("status") == "AWAITING_ACTION"
            ),
            created=found.get("createdAt"),
            started=found.get("startedAt") or found.get("createdAt"),
            goes_back_to=rollback.get("serviceRevisionArn"),
            running=int(target.get("runningTaskCount") or 0),
            wanted=int(target.get("requestedTaskCount") or 0),
            ended=found.get("finishedAt"),
            test_weight=float(target.get("requestedTestTrafficWeight") or 0),
        )


@dataclass(frozen=True)
class RevisionView:
    """A service revision: a task definition, and everything else tasks are started with.

    Args:
        arn: of the revision.
        task_definition: ARN of its task definition.
        parameters: what it was made with, in AWS's words.
    """

    arn: str
    task_definition: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class DefinitionView:
    """A task definition.

    Args:
        arn: with its revision.
        status: ACTIVE or INACTIVE.
        digest: the release it was written for, by its tag; None where Strata did not write it.
        launches: all that is registered of it and that a task feels.
        containers: its containers, in AWS's words.
        architecture: what its tasks run on, such as X86_64.
        execution_role: ARN of the role that pulls its images and reads its secrets; empty where there is none.
        tags: its tags.
    """

    arn: str
    status: str
    digest: str | None
    launches: Mapping[str, Any]
    containers: tuple[Mapping[str, Any], ...]
    architecture: str
    execution_role: str
    tags: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def checked(self) -> bool:
        """Whether a container of it checks itself and ECS judges the task by that: it must be essential."""
        return any(each.get("healthCheck") and each.get("essential", True) for each in self.containers)

    @property
    def images(self) -> tuple[str, ...]:
        """References of its containers' images."""
        return tuple(str(each["image"]) for each in self.containers)


@dataclass(frozen=True)
class TaskView:
    """A task.

    Args:
        arn: of the task.
        task_definition: ARN of its task definition.
        started_by: id of the entry it was started for.
        status: such as PENDING or RUNNING.
        health: what its containers' own checks say: HEALTHY, UNHEALTHY or UNKNOWN.
        addresses: private addresses, by which target groups know it.
        stop_code: AWS's word for why it stopped; empty while it runs.
        stopped_reason: the same, in a sentence.
        stopped: when it stopped.
        exits: exit code and reason of each container, by name.
        started: when it began to run.
        unhealthy: names of the containers that failed a check of their own, as far as AWS still says so.
        tainted: what the mark says that is on a task into which somebody was let; empty on any other.
    """

    arn: str
    task_definition: str
    started_by: str
    status: str
    health: str
    addresses: frozenset[str]
    stop_code: str
    stopped_reason: str
    stopped: datetime | None
    exits: Mapping[str, tuple[int | None, str]]
    started: datetime | None = None
    unhealthy: frozenset[str] = frozenset()
    tainted: str = ""

    @property
    def id(self) -> str:
        return self.arn.rpartition("/")[2]

    @property
    def failed_own_check(self) -> bool:
        """Whether it stopped because a container of it failed a check of its own, and not that of a load balancer."""
        return "container health check" in self.stopped_reason

    @property
    def failed(self) -> bool:
        """Whether it stopped by a fault, and not because nobody needed it any more."""
        return self.stop_code in ("TaskFailedToStart", "EssentialContainerExited") or (
            "health check" in self.stopped_reason
        )

    @classmethod
    def from_api(cls, found: Mapping[str, Any]) -> "TaskView":
        """Read one task of DescribeTasks."""
        containers = found.get("containers") or ()
        details = [each for attached in found.get("attachments") or () for each in attached.get("details") or ()]
        return cls(
            arn=found["taskArn"],
            task_definition=found["taskDefinitionArn"],
            started_by=found.get("startedBy", ""),
            status=found["lastStatus"],
            health=found.get("healthStatus", "UNKNOWN"),
            addresses=frozenset(each["value"] for each in details if each["name"] == "privateIPv4Address"),
            stop_code=found.get("stopCode", ""),
            stopped_reason=found.get("stoppedReason", ""),
            stopped=found.get("stoppedAt") or found.get("stoppingAt"),
            exits={each["name"]: (each.get("exitCode"), each.get("reason", "")) for each in containers},
            started=found.get("startedAt"),
            unhealthy=frozenset(each["name"] for each in containers if each.get("healthStatus") == "UNHEALTHY"),
            tainted=next((each["value"] for each in found.get("tags") or () if each["key"] == TAINTED_TAG), ""),
        )
