"""A virtual service: it starts, checks, drains and stops tasks as ordered, on a clock that is only numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from heapq import heappop, heappush

from strata.rollout.tasks.deployment import (
    DeploymentOrders,
    ServiceTask,
    ServiceView,
    TaskFailure,
    TaskHealth,
    TaskLifecycle,
    TaskRevision,
)

__all__ = ["TaskLife", "VirtualService", "source_tasks"]


@dataclass(frozen=True, slots=True)
class TaskLife:
    """What becomes of a task that is started.

    Raises:
        ValueError: it would fail in no time, and so would its successors for ever.
    """

    boot_seconds: float
    """From start until it runs, or until it is known that it never will."""
    pulls: bool = True
    """Whether it ever runs; False: its image cannot be pulled."""
    checked: bool = True
    """Whether anything checks it."""
    healthy_after: float | None = 0.0
    """Seconds after it began to run until its checks pass. None: never."""
    unhealthy_after: float | None = None
    """Seconds after it began to run until its checks fail for good. None: never."""
    exits_after: float | None = None
    """Seconds after it began to run until it ends by itself. None: never."""

    def __post_init__(self) -> None:
        ends = [0.0] if not self.pulls else [at for at in (self.unhealthy_after, self.exits_after) if at is not None]
        if any(self.boot_seconds + at <= 0 for at in ends):
            raise ValueError("a task that fails must live for some time")


class _Happens(Enum):
    RUNS = auto()
    FAILS_TO_RUN = auto()
    PASSES_CHECKS = auto()
    FAILS_CHECKS = auto()
    EXITS = auto()
    STOPS = auto()


class VirtualService:
    """The service's tasks and what they will do.

    Args:
        desired: the desired count.
        life: what becomes of the n-th start (from 0) of the given revision.
        drain_seconds: how long a task that is stopped takes to be gone.
        tasks: who is there at the start.
    """

    def __init__(
        self,
        desired: int,
        life: Callable[[int, TaskRevision], TaskLife],
        *,
        drain_seconds: float = 0,
        tasks: Sequence[ServiceTask] = (),
    ) -> None:
        self.desired = desired
        self.production_weight = 0.0
        self._life = life
        self._drain = drain_seconds
        self._tasks = {task.id: task for task in tasks}
        self._turns: list[tuple[float, int, _Happens, str]] = []
        self._started = 0
        self._planned = 0
        self._ended: dict[str, float] = {}

    @property
    def view(self) -> ServiceView:
        """The service as it is now."""
        return ServiceView(self.desired, tuple(self._tasks.values()))

    @property
    def next_turn(self) -> float | None:
        """When something happens next by itself."""
        return self._turns[0][0] if self._turns else None

    @property
    def settled_at(self) -> float | None:
        """When the last task that is being stopped will be gone; None if none is."""
        return max((at for at, _, turn, _ in self._turns if turn is _Happens.STOPS), default=None)

    def advance(self, now: float) -> None:
        """Let everything happen that is due, and forget tasks that had stopped before."""
        for name in [name for name, at in self._ended.items() if at < now]:
            del self._ended[name], self._tasks[name]
        while self._turns and self._turns[0][0] <= now:
            at, _, turn, name = heappop(self._turns)
            if task := self._tasks.get(name):
                self._happen(turn, task, at)

    def obey(self, orders: DeploymentOrders, now: float) -> bool:
        """Set the weight, stop and start tasks; says whether that changed anything."""
        changed = self.production_weight != orders.production_weight
        self.production_weight = orders.production_weight
        for name in orders.stop:
            changed |= self._stop(self._tasks[name], now)
        keep = ((TaskRevision.SOURCE, orders.keep_source), (TaskRevision.TARGET, orders.keep_target))
        for revision, count in keep:
            active = sum(task.active and task.revision is revision for task in self._tasks.values())
            for _ in range(count - active):
                self._start(revision, now)
                changed = True
        return changed

    def kill(self, count: int, revision: TaskRevision, now: float) -> None:
        """Let running tasks end on the spot."""
        running = [
            task
            for task in self._tasks.values()
            if task.lifecycle is TaskLifecycle.RUNNING and task.revision is revision
        ]
        for task in running[:count]:
            self._end(task, TaskFailure.EXITED, now)

    def _happen(self, turn: _Happens, task: ServiceTask, at: float) -> None:
        if turn is _Happens.STOPS:
            del self._tasks[task.id]
        elif not task.active:
            return
        elif turn is _Happens.RUNS:
            self._tasks[task.id] = replace(task, lifecycle=TaskLifecycle.RUNNING, running_since=at)
        elif turn is _Happens.PASSES_CHECKS:
            self._tasks[task.id] = replace(task, health=TaskHealth.HEALTHY)
        elif turn is _Happens.FAILS_CHECKS:
            self._tasks[task.id] = replace(task, health=TaskHealth.UNHEALTHY)
        else:
            failure = TaskFailure.NEVER_RAN if turn is _Happens.FAILS_TO_RUN else TaskFailure.EXITED
            self._end(task, failure, at)

    def _start(self, revision: TaskRevision, now: float) -> None:
        life = self._life(self._started, revision)
        task = ServiceTask(
            id=f"new-{self._started:06}",
            revision=revision,
            lifecycle=TaskLifecycle.PENDING,
            health=TaskHealth.UNKNOWN if life.checked else TaskHealth.UNCHECKED,
        )
        self._started += 1
        self._tasks[task.id] = task
        runs_at = now + life.boot_seconds
        if not life.pulls:
            self._plan(runs_at, _Happens.FAILS_TO_RUN, task.id)
            return
        self._plan(runs_at, _Happens.RUNS, task.id)
        fates = (
            (_Happens.PASSES_CHECKS, life.healthy_after if life.checked else None),
            (_Happens.FAILS_CHECKS, life.unhealthy_after if life.checked else None),
            (_Happens.EXITS, life.exits_after),
        )
        for turn, after in fates:
            if after is not None:
                self._plan(runs_at + after, turn, task.id)

    def _stop(self, task: ServiceTask, now: float) -> bool:
        if not task.active:
            return False
        if self._drain:
            self._tasks[task.id] = replace(task, lifecycle=TaskLifecycle.STOPPING)
            self._plan(now + self._drain, _Happens.STOPS, task.id)
        else:
            self._tasks[task.id] = replace(task, lifecycle=TaskLifecycle.STOPPED)
            self._ended[task.id] = now
        return True

    def _end(self, task: ServiceTask, failure: TaskFailure, now: float) -> None:
        self._tasks[task.id] = replace(task, lifecycle=TaskLifecycle.STOPPED, failure=failure)
        self._ended[task.id] = now

    def _plan(self, at: float, turn: _Happens, name: str) -> None:
        self._planned += 1
        heappush(self._turns, (at, self._planned, turn, name))


def source_tasks(count: int) -> tuple[ServiceTask, ...]:
    """Healthy tasks of the source."""
    return tuple(
        ServiceTask(f"old-{number:06}", TaskRevision.SOURCE, TaskLifecycle.RUNNING, TaskHealth.HEALTHY, 0.0)
        for number in range(count)
    )
