"""Running a service deployment on a virtual service, from event to event."""

from collections.abc import Callable, Iterable, Sequence

from strata.rollout.tasks.deployment import (
    DeploymentConfiguration,
    DeploymentConflict,
    DeploymentRules,
    HookAction,
    HookNotWaiting,
    LifecycleStage,
    ServiceDeployment,
    ServiceTask,
    TaskRevision,
    continue_hook,
    create_deployment,
    is_healthy,
    next_wakeup,
    step,
    stop,
    supersede,
)
from strata.rollout.tasks.lasting_tasks import LastingTasks
from strata.rollout.tasks.virtual_service.deployment_timeline import (
    DeploymentSample,
    DeploymentTick,
    DeploymentTimeline,
    StageEntered,
    take_sample,
)
from strata.rollout.tasks.virtual_service.service_events import (
    AlarmRings,
    HookAnswered,
    ServiceEvent,
    StopRequested,
    Superseded,
    TasksKilled,
    TasksScaled,
)
from strata.rollout.tasks.virtual_service.virtual_tasks import TaskLife, VirtualService, source_tasks

__all__ = ["TaskLifeOf", "TickWatcher", "simulate_deployment"]

TickWatcher = Callable[[DeploymentTick], None]
"""Called at each tick, after the step and before the service obeys."""

TaskLifeOf = Callable[[int, TaskRevision], TaskLife]
"""What becomes of the n-th task started, by its revision."""

_BEFORE_NEW_TASKS = (LifecycleStage.RECONCILE_SERVICE, LifecycleStage.PRE_SCALE_UP)
_CUT_OFF_SECONDS = 15 * 86_400.0
"""Longer than any hook waits."""


def simulate_deployment(
    desired: int,
    configuration: DeploymentConfiguration,
    *,
    boot_seconds: float,
    drain_seconds: float = 0,
    events: Iterable[ServiceEvent] = (),
    tasks: Sequence[ServiceTask] | None = None,
    life: TaskLifeOf | None = None,
    can_roll_back: bool = True,
    test_listener: bool = False,
    rules: DeploymentRules | None = None,
    ringing: Iterable[str] = (),
    answer_hooks: bool = False,
    min_ready_seconds: float = 0,
    cut_off_seconds: float = _CUT_OFF_SECONDS,
    watcher: TickWatcher | None = None,
) -> DeploymentTimeline:
    """Run a deployment to its end, or until it is stuck.

    Args:
        desired: the desired count at the start.
        configuration: how the deployment is to proceed.
        boot_seconds: from the start of a task until it runs and is healthy.
        drain_seconds: how long a task that is stopped takes to be gone.
        events: what happens from outside, at seconds after the start.
        tasks: the tasks at the start. Default: `desired` healthy ones of the source, none without a source.
        life: what becomes of the n-th task. Default: it boots and stays healthy.
        can_roll_back: whether a deployment has completed before.
        test_listener: whether a listener rule carries test traffic.
        rules: what AWS decides.
        ringing: alarms that are in ALARM at the start.
        answer_hooks: answer every hook with CONTINUE as the gate does it: once as many new tasks as desired are healthy
            and have lasted, and at once before there are any.
        min_ready_seconds: how long they must have been healthy without interruption for that. Default: 0.
        cut_off_seconds: when to give up on a deployment in which something goes on happening.
        watcher: sees every tick.
    """
    if tasks is None:
        tasks = source_tasks(desired if can_roll_back else 0)
    service = VirtualService(
        desired, life or (lambda _start, _revision: TaskLife(boot_seconds)), drain_seconds=drain_seconds, tasks=tasks
    )
    deployment = create_deployment(
        configuration,
        service.view,
        0.0,
        can_roll_back=can_roll_back,
        test_listener=test_listener,
        rules=rules,
    )
    run = _DeploymentRun(service, deployment, sorted(events, key=lambda event: event.at), set(ringing), watcher)
    return run.to_end(cut_off_seconds, min_ready=min_ready_seconds if answer_hooks else None)


class _DeploymentRun:
    def __init__(
        self,
        service: VirtualService,
        deployment: ServiceDeployment,
        events: list[ServiceEvent],
        ringing: set[str],
        watcher: TickWatcher | None,
    ) -> None:
        self._service = service
        self._deployment = deployment
        self._events = events
        self._ringing = ringing
        self._watcher = watcher
        self._samples: list[DeploymentSample] = []
        self._stages: list[StageEntered] = []
        self._refused: list[str] = []
        self._lasting = LastingTasks()
        self._answer_at: float | None = None
        """When the hook that waits can be answered, if no new task is interrupted."""

    def to_end(self, cut_off: float, *, min_ready: float | None) -> DeploymentTimeline:
        now: float | None = 0.0
        end = 0.0
        while now is not None and now <= cut_off:
            end = now
            self._service.advance(now)
            while self._events and self._events[0].at <= now:
                self._happen(self._events.pop(0), now)
            while self._tick(now) or (min_ready is not None and self._answer_lasting(min_ready, now)):
                pass
            now = None if self._deployment.status.terminal else self._next(now)
        return DeploymentTimeline(
            deployment=self._deployment,
            samples=tuple(self._samples),
            stages=tuple(self._stages),
            refused=tuple(self._refused),
            stuck=not self._deployment.status.terminal,
            settled_seconds=max(end, self._service.settled_at or 0.0),
        )

    def _tick(self, now: float) -> bool:
        """Step once and obey; says whether there is more to do at this moment."""
        before, view = self._deployment, self._service.view
        self._deployment, orders = step(before, view, self._ringing, now)
        self._note(before, now)
        if self._watcher:
            self._watcher(DeploymentTick(now, self._deployment, view, frozenset(self._ringing), orders))
        changed = self._service.obey(orders, now)
        self._samples.append(take_sample(self._deployment, self._service.view, now))
        return changed

    def _note(self, before: ServiceDeployment, now: float) -> None:
        after = self._deployment
        if after.stage is not None and (after.stage, after.stage_since) != (before.stage, before.stage_since):
            self._stages.append(StageEntered(now, after.stage, after.production_weight))

    def _next(self, now: float) -> float | None:
        times = (
            next_wakeup(self._deployment, self._service.view, now),
            self._service.next_turn,
            self._events[0].at if self._events else None,
            self._answer_at,
        )
        following = min((at for at in times if at is not None), default=None)
        return None if following is None else max(now, following)

    def _happen(self, event: ServiceEvent, now: float) -> None:
        match event:
            case TasksScaled(desired=desired, autoscaled=autoscaled):
                held = autoscaled and self._deployment.scale_in_suspended
                self._service.desired = max(desired, self._service.desired) if held else desired
            case TasksKilled(count=count, revision=revision):
                self._service.kill(count, revision, now)
            case AlarmRings(name=name, ringing=ringing):
                (self._ringing.add if ringing else self._ringing.discard)(name)
            case StopRequested():
                self._ask(lambda: stop(self._deployment))
            case Superseded():
                self._ask(lambda: supersede(self._deployment))
            case HookAnswered(action=action):
                self._answer(action, now)

    def _answer_lasting(self, min_ready: float, now: float) -> bool:
        """Let a deployment that waits continue once its new tasks have lasted; says whether it did."""
        deployment, view = self._deployment, self._service.view
        new = (each for each in view.tasks if each.revision is TaskRevision.TARGET)
        healthy = frozenset(each.id for each in new if is_healthy(each, deployment.rules, now))
        self._lasting.look(now, view.desired, dict.fromkeys(healthy, now))
        self._answer_at = None
        if deployment.stage in _BEFORE_NEW_TASKS:
            return self._answer(HookAction.CONTINUE, now)
        if deployment.stage is LifecycleStage.POST_TEST_TRAFFIC_SHIFT and len(healthy) >= view.desired:
            # to be asked by test requests they need not have lasted
            return self._answer(HookAction.CONTINUE, now)
        wait = self._lasting.wait(healthy, min_ready, now)
        if len(healthy) >= view.desired and wait.lasting >= wait.needed:
            return self._answer(HookAction.CONTINUE, now)
        if wait.ready_at is not None and wait.ready_at > now and any(hook.waits for hook in deployment.hooks):
            self._answer_at = wait.ready_at
        return False

    def _answer(self, action: HookAction, now: float) -> bool:
        waiting = [hook.id for hook in self._deployment.hooks if hook.waits]
        for hook_id in waiting:
            self._ask(lambda name=hook_id: continue_hook(self._deployment, name, action, now))
        return bool(waiting)

    def _ask(self, change: Callable[[], ServiceDeployment]) -> None:
        try:
            self._deployment = change()
        except (DeploymentConflict, HookNotWaiting) as refusal:
            self._refused.append(str(refusal))
