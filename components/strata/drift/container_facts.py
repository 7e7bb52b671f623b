"""Everything that is known of the tasks of a service when it is compared with its release (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from strata.drift.glass_drift import held_by
from strata.drift.running_task import RunningTask
from strata.rollout.break_glass_note import BreakGlass
from strata.rollout.record import TaskRelease
from strata.rollout.tasks.listener_rule import ListenerRule
from strata.rollout.tasks.live_tasks import LiveTasks
from strata.rollout.tasks.service_terms import ServiceTerms
from strata.rollout.tasks.task_status import TaskStatus
from strata.rollout.tasks.task_views import ContainerServiceView

__all__ = ["ContainerFacts"]


@dataclass(frozen=True, kw_only=True)
class ContainerFacts:
    """One service whose tasks are compared, at one moment.

    Args:
        live: the service as `strata rollout status` sees it.
        described: the service of Amazon ECS in AWS's words; empty where there is none.
        terms: what it is to be by its settings.
        own_tags: the tags by which it is found.
        now: epoch seconds.
        tasks: its tasks that run or are about to.
        others: all other tasks in its cluster; none where they could not be read.
        forbidden: why an image of the release must not run, as a clause, by the image's id.
        missing: ids of those images of the release that are not in their repository any more.
        unasked: ids of those that could not be asked for, because they are elsewhere.
        test_rules: the listener rules of test requests that the service names, by ARN; None for one that is gone.
        glass: what is noted of tasks that somebody was let into, by their ids, as long as it is open.
    """

    live: LiveTasks
    described: Mapping[str, Any]
    terms: ServiceTerms
    own_tags: Mapping[str, str]
    now: float
    tasks: tuple[RunningTask, ...] = ()
    others: tuple[RunningTask, ...] = ()
    forbidden: Mapping[str, str] = field(default_factory=dict[str, str])
    missing: frozenset[str] = frozenset()
    unasked: frozenset[str] = frozenset()
    test_rules: Mapping[str, ListenerRule | None] = field(default_factory=dict[str, "ListenerRule | None"])
    glass: Mapping[str, BreakGlass] = field(default_factory=dict[str, BreakGlass])

    @property
    def tainted(self) -> Mapping[str, str]:
        """What the mark of each task says that somebody was let into, by its id."""
        return {each.view.id: each.view.tainted for each in self.tasks if each.view.tainted}

    @property
    def serving(self) -> frozenset[str]:
        """Ids of its tasks."""
        return frozenset(each.view.id for each in self.tasks)

    @property
    def held(self) -> Mapping[str, BreakGlass]:
        """Tasks that break-glass holds, by their ids."""
        return held_by(self.glass, self.serving, self.now)

    @property
    def name(self) -> str:
        """Name of the service."""
        return self.live.service

    @property
    def status(self) -> TaskStatus:
        """Its record beside what runs."""
        return self.live.status

    @property
    def recorded(self) -> TaskRelease | None:
        """The release it is proven to run, as its record is to name it: by what runs."""
        return self.live.status.true

    @property
    def service(self) -> ContainerServiceView | None:
        """The service of Amazon ECS; None where there is none."""
        return self.status.service

    @property
    def images(self) -> Mapping[str, str]:
        """References of the images of the release, by the container that runs them."""
        recorded = self.recorded
        if recorded is None:
            return {}
        return {self.name: recorded.image.id, **{name: each.id for name, each in recorded.sidecars.items()}}

    def in_grace(self, task: RunningTask) -> bool:
        """Whether what a load balancer says of a task does not count yet."""
        started = task.view.started
        grace = self.service.grace_seconds if self.service else 0
        return started is None or self.now < started.timestamp() + grace
