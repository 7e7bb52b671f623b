"""An instance refresh run on a virtual group and a virtual clock, for plans and for tests (pure)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from math import inf

from strata.rollout.servers.preferences import Preferences
from strata.rollout.servers.refresh import (
    LIMIT_SECONDS,
    STALL_SECONDS,
    AlarmState,
    Fleet,
    Irreversible,
    Lifecycle,
    NotActive,
    Refresh,
    Server,
    Target,
    cancel,
    next_wakeup,
    rollback,
    start,
    step,
)
from strata.rollout.servers.timeline import BatchBegun, Pause, Sample, Tick, Timeline
from strata.rollout.servers.virtual_group import ACTIVE, Life, VirtualGroup

__all__ = [
    "AlarmChanges",
    "Cancel",
    "Kill",
    "OutsideEvent",
    "Protect",
    "RollBack",
    "Scale",
    "TickObserver",
    "simulate",
]


@dataclass(frozen=True)
class Scale:
    """The desired capacity becomes another one."""

    at: float
    desired: int


@dataclass(frozen=True)
class Kill:
    """Servers die on their own, the oldest first."""

    at: float
    count: int = 1
    new: bool = False
    """Kill servers launched since the start instead of those that were there."""


@dataclass(frozen=True)
class Protect:
    """Protection from scale-in is set on the oldest servers in service, or taken off all."""

    at: float
    count: int


@dataclass(frozen=True)
class AlarmChanges:
    """An alarm changes its state. Alarms are OK until then."""

    at: float
    name: str
    state: AlarmState


@dataclass(frozen=True)
class Cancel:
    """Someone cancels the refresh."""

    at: float


@dataclass(frozen=True)
class RollBack:
    """Someone asks for the rollback."""

    at: float
    reason: str = "asked for"


OutsideEvent = Scale | Kill | Protect | AlarmChanges | Cancel | RollBack
"""What may happen to a simulated refresh from outside. Times are seconds after its start."""

TickObserver = Callable[[Tick], None]
"""Called at each tick, after the step and before the group obeys."""


def simulate(
    desired: int,
    preferences: Preferences,
    *,
    boot_seconds: float,
    drain_seconds: float = 0,
    events: Iterable[OutsideEvent] = (),
    servers: Sequence[Server] | None = None,
    life: Callable[[int, Target], Life] | None = None,
    can_roll_back: bool = True,
    stall_seconds: float = STALL_SECONDS,
    limit_seconds: float = LIMIT_SECONDS,
    observer: TickObserver | None = None,
) -> Timeline:
    """Run a refresh to its end.

    Args:
        desired: the desired capacity at the start.
        preferences: how the refresh is to proceed.
        boot_seconds: from launch until in service.
        drain_seconds: how long a server taken out stays Terminating.
        events: what happens from outside, at seconds after the start.
        servers: the fleet at the start. Default: `desired` healthy servers on the original configuration.
        life: what becomes of the n-th launch. Default: it boots and stays healthy.
        can_roll_back: whether there is an original configuration to go back to.
        stall_seconds: how long the refresh may go without progress.
        limit_seconds: how long it may run.
        observer: sees every tick.
    """
    group = VirtualGroup(
        desired, life or (lambda _launch, _target: Life(boot_seconds)), drain_seconds=drain_seconds, servers=servers
    )
    run = _Run(
        group,
        start(
            preferences,
            group.fleet,
            0.0,
            can_roll_back=can_roll_back,
            stall_seconds=stall_seconds,
            limit_seconds=limit_seconds,
        ),
        sorted(events, key=lambda event: event.at),
    )
    return run.to_end(observer)


class _Run:
    def __init__(self, group: VirtualGroup, refresh: Refresh, events: list[OutsideEvent]) -> None:
        self._group = group
        self._refresh = refresh
        self._events = events
        self._alarms = dict.fromkeys(refresh.preferences.alarms, AlarmState.OK)
        self._samples: list[Sample] = []
        self._batches: list[BatchBegun] = []
        self._pauses: list[Pause] = []
        self._refused: list[str] = []

    def to_end(self, observer: TickObserver | None) -> Timeline:
        now = 0.0
        while True:
            self._tick(now, observer)
            if self._refresh.status.terminal:
                break
            now = self._next(now)
        return Timeline(
            self._refresh,
            tuple(self._samples),
            tuple(self._batches),
            tuple(self._pauses),
            tuple(self._refused),
            max(now, self._group.settled_at or 0.0),
        )

    def _tick(self, now: float, observer: TickObserver | None) -> None:
        self._group.advance(now)
        while self._events and self._events[0].at <= now:
            self._happen(self._events.pop(0), now)
        before, fleet = self._refresh, self._group.fleet
        self._refresh, orders = step(before, fleet, self._alarms, now)
        self._note(before, now)
        if observer:
            observer(Tick(now, self._refresh, fleet, dict(self._alarms), orders))
        self._group.obey(orders, now)
        self._samples.append(_sample(self._refresh, self._group.fleet, now))

    def _next(self, now: float) -> float:
        wakeup = next_wakeup(self._refresh, self._group.fleet, now)
        times = (wakeup, self._group.next_change, self._events[0].at if self._events else None)
        following = min((at for at in times if at is not None), default=inf)
        if following == inf:
            raise ValueError(f"the simulated refresh never ends: {self._refresh.status} since {now:g} s")
        return max(now, following)

    def _note(self, before: Refresh, now: float) -> None:
        batch = self._refresh.batch
        if batch and batch.number > before.batches:
            self._batches.append(BatchBegun(now, batch.size))
        until = self._refresh.waiting_until
        if until is not None and until != before.waiting_until:
            self._pauses.append(Pause(now, until, self._refresh.percentage_complete))

    def _happen(self, event: OutsideEvent, now: float) -> None:
        group = self._group
        match event:
            case Scale(desired=desired):
                group.desired = desired
            case Kill(count=count, new=new):
                dying = (each.id for each in group.in_service() if new != (each.id in self._refresh.present))
                for name in tuple(islice(dying, count)):
                    group.kill(name)
            case Protect(count=count):
                group.protect(count)
            case AlarmChanges(name=name, state=state):
                self._alarms[name] = state
            case Cancel():
                self._ask(lambda: cancel(self._refresh, now))
            case RollBack(reason=reason):
                self._ask(lambda: rollback(self._refresh, group.fleet, now, reason))

    def _ask(self, change: Callable[[], Refresh]) -> None:
        try:
            self._refresh = change()
        except (NotActive, Irreversible) as refusal:
            self._refused.append(str(refusal))


def _sample(refresh: Refresh, fleet: Fleet, now: float) -> Sample:
    present, warmup = refresh.present, refresh.preferences.instance_warmup_seconds
    old = new = healthy = warm = 0
    for server in fleet.servers:
        if server.lifecycle not in ACTIVE:
            continue
        if server.matches_desired:
            new += 1
        else:
            old += 1
        if server.healthy and server.lifecycle is Lifecycle.IN_SERVICE:
            healthy += 1
            since = server.in_service_since
            warm += server.id in present or (since is not None and since + warmup <= now)
    return Sample(now, refresh.status, refresh.percentage_complete, fleet.desired, old, new, healthy, warm)
