"""The simulated world: one clock, one lock, one queue of things that will happen, one log of what happened.

Nothing ticks. Whoever asks the local AWS something first advances the world to the present: every queued event up to
now runs, in order, each at its exact simulated time. What the world looks like is therefore a function of time and of
what was asked of it, never of how often somebody looked.

The log has every API call and every state change, one JSON object a line, at simulated time.
"""

import heapq
import itertools
import json
import threading
from collections import deque
from collections.abc import Callable, Generator, Hashable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from strata.clock import Clock

__all__ = ["ScheduledEvent", "World", "WorldLog", "shortened"]


KEPT_IN_MEMORY = 20_000
TEXT_LIMIT = 120
LIST_LIMIT = 10

SETTLE_ROUNDS = 1000
"""Rounds of settling at one moment after which the simulation is taken to chase its own tail."""


class WorldLog:
    """Numbered events from 1, the newest in memory and all of them in a file.

    Args:
        path: the file to write, emptied first; None keeps the newest events in memory only.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file = path.open("w", encoding="utf-8") if path else None
        self._recent: deque[str] = deque(maxlen=KEPT_IN_MEMORY)
        self._count = 0

    @property
    def count(self) -> int:
        """The number of the newest event."""
        return self._count

    def write(self, now: float, kind: str, **fields: object) -> None:
        """Append an event of simulated time `now`; fields that are None are left out."""
        self._count += 1
        moment = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
        event: dict[str, object] = {"number": self._count, "time": moment, "at": round(now, 3), "kind": kind}
        event.update((key, value) for key, value in fields.items() if value is not None)
        line = json.dumps(event, default=str)
        self._recent.append(line)
        if self._file:
            self._file.write(line + "\n")

    def since(self, number: int) -> list[dict[str, Any]]:
        """Every event after `number`, oldest first."""
        wanted = max(0, self._count - max(0, number))
        if wanted <= len(self._recent):
            recent = list(self._recent)
            return [json.loads(line) for line in recent[len(recent) - wanted :]]
        if self._path is None:
            return [json.loads(line) for line in self._recent]
        self.flush()
        with self._path.open(encoding="utf-8") as lines:
            return [json.loads(line) for order, line in enumerate(lines, 1) if order > number]

    def flush(self) -> None:
        """Hand what was written to the operating system, so that other processes can read it."""
        if self._file:
            self._file.flush()

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None


def shortened(value: object) -> object:
    """The value as the log shows it: long texts and lists are cut."""
    if isinstance(value, str):
        return value if len(value) <= TEXT_LIMIT else f"{value[:TEXT_LIMIT]}... ({len(value)} characters)"
    if isinstance(value, dict):
        return {str(key): shortened(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        shown = [shortened(item) for item in value[:LIST_LIMIT]]
        return [*shown, f"... ({len(value)} items)"] if len(value) > LIST_LIMIT else shown
    return value


@dataclass(order=True)
class ScheduledEvent:
    """Something that will happen `at` a simulated time; `cancel` makes it not happen."""

    at: float
    order: int
    action: Callable[[], None] | None = field(compare=False)

    def cancel(self) -> None:
        self.action = None


class World:
    """Simulated time and what is queued in it.

    Args:
        clock: gives the time.
        log: gets every state change and API call, at simulated time.
    """

    def __init__(self, clock: Clock, log: WorldLog | None = None) -> None:
        self.clock = clock
        self.now = clock.now()
        self.log = log if log is not None else WorldLog(None)
        self._queue: list[ScheduledEvent] = []
        self._order = itertools.count()
        self._unsettled: dict[Hashable, Callable[[], None]] = {}
        self._lock = threading.Lock()

    def at(self, when: float, action: Callable[[], None]) -> ScheduledEvent:
        """Queue `action` for simulated time `when`; a time in the past means as soon as possible."""
        event = ScheduledEvent(max(when, self.now), next(self._order), action)
        heapq.heappush(self._queue, event)
        return event

    def after(self, seconds: float, action: Callable[[], None]) -> ScheduledEvent:
        """Queue `action` for `seconds` of simulated time from now."""
        return self.at(self.now + seconds, action)

    def settle(self, key: Hashable, action: Callable[[], None]) -> None:
        """Run `action` once when everything else of this moment has happened, however often it is asked for."""
        self._unsettled[key] = action

    @contextmanager
    def present(self) -> Generator[None]:
        """Hold the world still at the present moment, and settle what the holder changed."""
        with self._lock:
            self.advance()
            yield
            self._settle()

    def advance(self) -> None:
        """Let everything happen that is due."""
        target = self.clock.now()
        self._settle()
        while self._queue and self._queue[0].at <= target:
            self.now = max(self.now, self._queue[0].at)
            while self._queue and self._queue[0].at <= self.now:
                action = heapq.heappop(self._queue).action
                if action is not None:
                    action()
            self._settle()
        self.now = max(self.now, target)

    def next_event(self) -> float | None:
        """When the next queued event is due, if there is one."""
        while self._queue and self._queue[0].action is None:
            heapq.heappop(self._queue)
        return self._queue[0].at if self._queue else None

    def record(self, subject: str, name: str, state: str, **details: object) -> None:
        """Log that something changed its state now."""
        self.log.write(self.now, "state", subject=subject, name=name, state=state, **details)

    def moment(self) -> datetime:
        """Simulated now as an aware UTC datetime."""
        return datetime.fromtimestamp(self.now, UTC)

    def _settle(self) -> None:
        for _ in range(SETTLE_ROUNDS):
            if not self._unsettled:
                return
            for key in list(self._unsettled):
                self._unsettled.pop(key)()
        raise RuntimeError(f"the simulation does not come to rest at {self.moment():%H:%M:%S}: {list(self._unsettled)}")
