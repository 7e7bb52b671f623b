"""Stories about rollouts as tables: what happens before and during each `up`, and what is true after it.

All services of a stack go through the same `up`s, whatever deployer rolls them, each with one story after the other.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

from strata.engine.engine_run import EngineResult, EngineRun
from strata.engine.events import Event
from tests.integration.support.ledger import Ledger, Look
from tests.integration.support.rolled import Rolled, Started
from tests.integration.support.task_ledger import TaskLedger
from tests.integration.support.trial import Said, Trial
from tests.integration.support.waiting import until

__all__ = ["ACTIVE", "Act", "Chapter", "Cue", "Ending", "Found", "Heard", "Life", "Story", "Teller"]

ACTIVE = "ACTIVE"
"""How a rollout is that has not ended."""
SAME_AGAIN = "asks for what is proven already"
PAUSE_SECONDS = 0.05
PRIORITY_STEP = 10
"""From one service's route to the next, which leaves room for rules of test requests."""


def _nothing(_rolled: Rolled) -> None:
    """Nothing happens."""


def _none(_rolled: Rolled) -> list[str]:
    """No rollout began."""
    return []


class Ending(Enum):
    """What becomes of an `up` once all that was waited for has been seen."""

    ITS_OWN = "it ends by itself"
    KILLED = "it is killed"
    ONE_INTERRUPT = "it is interrupted once"
    TWO_INTERRUPTS = "it is interrupted twice"


@dataclass(frozen=True)
class Cue:
    """A line of an `up`, and what happens when it comes.

    Args:
        line: `{name}` is the service, `{called}` the newest rollout from before the `up`.
        then: what happens.
    """

    line: str
    then: Callable[[Rolled], None] = _nothing


@dataclass(frozen=True)
class Act:
    """One `up` in the life of a service.

    Args:
        asks: the version that the program asks for.
        before: what happens right before.
        cue: what is waited for during it, and happens once each service has come so far, and the `up` was ended, if it
            is to be. Default: nothing.
        error: a pattern that its error matches, with the names of a cue's line. Default: there is no error.
        records: the version that the record names afterwards. Default: what the program asks for.
        began: how each rollout is afterwards that began during it or right before, newest first: in AWS's words, or
            ACTIVE. None where deployers differ for a good reason.
        called: how the newest rollout from before it has ended. Default: nobody looks.
        says: what it prints, with the names of a cue's line.
        left_alone: whether AWS has ended by itself what the `up` has left running, before anybody looks.
        dips: whether tasks may be missing for a while: ECS itself is content with such that die right after.
    """

    asks: str
    before: Callable[[Rolled], None] = _nothing
    cue: Cue | None = None
    error: str = ""
    records: str | None = SAME_AGAIN
    began: Callable[[Rolled], list[str]] | None = _none
    called: Callable[[Rolled], str] | None = None
    says: tuple[str, ...] = ()
    left_alone: bool = False
    dips: bool = False

    @property
    def recorded(self) -> str | None:
        """The version that the record names afterwards."""
        return self.asks if self.records == SAME_AGAIN else self.records


@dataclass(frozen=True)
class Story:
    """Some acts of a service, one after the other.

    Args:
        acts: in their order.
        settings: of the service's rollout meanwhile.
        held: whether what its rollouts start waits until an act lets it start.
        pause_minutes: how long a deployment waits for its gate before requests move; a busy machine lets a gate wait,
            while the clock of the local AWS goes on.
        verified: whether each release is asked for its version before its rollout is final.
    """

    acts: tuple[Act, ...]
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    held: bool = False
    pause_minutes: int = 600
    verified: bool = False


Life = Mapping[str, Story]
"""The stories of a service, by name, in their order."""


@dataclass(frozen=True)
class Found:
    """A service after an `up`.

    Args:
        called: what the gate calls the newest rollout from before the `up`; empty where there was none.
        called_ended: how that is now.
        errors: what the `up` reported of it.
        said: what it said of it.
        recorded: the version that the record names.
        launches: the image that is launched from now on.
        running: the image that each server or task runs.
        began: how each rollout is that began for this act, newest first, see `Act`.
        serving: the target groups that requests are sent to.
    """

    called: str
    called_ended: str
    errors: str
    said: str
    recorded: str | None
    launches: str
    running: Mapping[str, str]
    began: list[str]
    serving: frozenset[str]


class Heard(Said):
    """What a run said, and which resources it changed or would."""

    def __init__(self) -> None:
        super().__init__()
        self._changed: set[str] = set()

    def event(self, event: Event, /) -> None:
        super().event(event)
        if event.step is not None and event.step.operation not in ("same", "read", "refresh"):
            self._changed.add(event.step.urn)

    def of(self, name: str) -> str:
        """The lines about a service."""
        return "\n".join(line for line in self.lines if f"{name}: " in line)

    def changes_of(self, name: str) -> frozenset[str]:
        """Types of the resources of a service that were changed."""
        parts = [urn.split("::") for urn in self._changed]
        return frozenset(kinds.rpartition("$")[2] for _, _, kinds, own in parts if own.startswith(name))


@dataclass(frozen=True)
class Chapter:
    """One `up` of the whole stack.

    Args:
        done: how it ended.
        preview: how the preview after it ended, if there was one.
        previewed: what that said and would change.
        locks: how many locks of the stack it has left.
        ended: when everything about it was over, in simulated time.
        found: each service after it, by name.
    """

    done: EngineResult
    preview: EngineResult | None
    previewed: Heard
    locks: int
    ended: float
    found: Mapping[str, Found]


@dataclass
class Teller:
    """Takes services through their lives.

    Args:
        trial: their stack.
        lives: each service with its life.
    """

    trial: Trial
    lives: Sequence[tuple[Rolled, Life]]
    chapters: list[Chapter] = field(default_factory=list[Chapter])

    async def tell(self, ending: Ending = Ending.ITS_OWN, *, preview: Sequence[str] | None = None) -> None:
        """The next `up`.

        Args:
            ending: what becomes of it.
            preview: arguments of the preview after it. Default: there is none.
        """
        known = {rolled.name: self._rollouts(rolled) for rolled, _ in self.lives}
        acts = [(rolled, self._set_up(number, rolled, life)) for number, (rolled, life) in enumerate(self.lives, 1)]
        called = {rolled.name: next(iter(self._rollouts(rolled)), None) for rolled, _ in acts}
        names = {name: newest.called if newest else "" for name, newest in called.items()}
        heard, previewed = Heard(), Heard()
        # what fails must not keep another service from its act
        run = await self.trial.start_up(heard, "--continue-on-error")
        done = await self._follow(run, heard, acts, names, ending)
        await self._wait([rolled for rolled, act in acts if act.left_alone])
        locks = len(self.trial.engine().state.locks())
        ended = self.trial.site.cloud.clock.now()
        found: dict[str, Found] = {}
        for rolled, _ in acts:
            name, now = rolled.name, {each.id: ACTIVE if each.active else each.status for each in rolled.rollouts}
            newest, before = called[name], {each.id for each in known[name]}
            found[name] = Found(
                called=names[name],
                called_ended=now[newest.id] if newest else "",
                errors="\n".join(line for line in done.errors if f"{name}: " in line),
                said=heard.of(name),
                recorded=rolled.recorded,
                launches=rolled.launches,
                running=dict(rolled.running),
                began=[how for rollout, how in now.items() if rollout not in before],
                serving=rolled.serving,
            )
        after = await self.trial.preview(*preview, said=previewed) if preview is not None else None
        self.chapters.append(Chapter(done, after, previewed, locks, ended, found))

    @cached_property
    def looks(self) -> Mapping[str, list[Look]]:
        """Each service after every change, by the event log, until somebody asks for the first time."""
        events = self.trial.history.events
        tasks = {rolled.name: rolled.desired for rolled, _ in self.lives if rolled.DEPLOYER == "tasks"}
        of_tasks = TaskLedger(events, tasks, routed=tasks)
        of_servers = Ledger(events, routed=[rolled.name for rolled, _ in self.lives])
        return {
            rolled.name: (of_tasks if rolled.name in tasks else of_servers).of(rolled.name).looks
            for rolled, _ in self.lives
        }

    def _set_up(self, number: int, rolled: Rolled, life: Life) -> Act:
        acts = [(story, act) for story in life.values() for act in story.acts]
        turn = len(self.chapters)
        story, act = acts[min(turn, len(acts) - 1)]
        if turn >= len(acts):
            return Act(act.asks)
        rolled.describe(
            PRIORITY_STEP * number,
            held=story.held,
            pause_minutes=story.pause_minutes,
            verified=story.verified,
            **story.settings,
        )
        act.before(rolled)
        rolled.pin(act.asks)
        return act

    async def _follow(
        self,
        run: EngineRun,
        heard: Heard,
        acts: Sequence[tuple[Rolled, Act]],
        names: Mapping[str, str],
        ending: Ending,
    ) -> EngineResult:
        ended = asyncio.ensure_future(run.result())
        for rolled, act in acts:
            if act.cue is not None:
                await until(ended, heard, act.cue.line.format(name=rolled.name, called=names[rolled.name]))
        if ending is Ending.KILLED:
            run.kill()
        elif ending is not Ending.ITS_OWN:
            run.interrupt()
        if ending is Ending.TWO_INTERRUPTS:
            await until(ended, heard, "^C")
            run.interrupt()
        for rolled, act in acts:
            if act.cue is not None:
                act.cue.then(rolled)
        return await ended

    async def _wait(self, left: Sequence[Rolled]) -> None:
        nobody: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        while any(rolled.rollouts[0].active for rolled in left):
            await asyncio.wait([nobody], timeout=PAUSE_SECONDS)

    def _rollouts(self, rolled: Rolled) -> Sequence[Started]:
        """None before there is a service."""
        return rolled.rollouts if self.chapters else ()
