"""Time as a parameter: real in production, faster than real in a rehearsal.

A rehearsal runs several processes (the local AWS, the plugin, the program with its gate) that must agree on the time.
They do so without talking to each other: all read the same wall clock and scale it from the same anchor.
"""

import asyncio
import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

__all__ = [
    "CLOCK_VARIABLE",
    "Clock",
    "ScaledClock",
    "SystemClock",
    "age_seconds",
    "clock_from_environment",
    "parse_clock",
    "parse_moment",
    "utc_text",
]

CLOCK_VARIABLE = "STRATA_CLOCK"
"""Environment variable `<speed>@<anchor>`, such as `120@1763640000.5`; unset means real time."""


class Clock(Protocol):
    """What code that waits is given instead of `time` and `asyncio.sleep`."""

    def now(self) -> float:
        """Seconds since the epoch, on this clock."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait until this clock has advanced by `seconds`."""
        ...


@dataclass(frozen=True)
class SystemClock:
    """Real time."""

    def now(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


@dataclass(frozen=True)
class ScaledClock:
    """Time that passes `speed` times as fast as the wall clock, counted from `anchor`.

    Args:
        speed: simulated seconds per real second, above 0.
        anchor: the moment, in epoch seconds, at which both clocks show the same time.
        wall: source of real time in epoch seconds; default `time.time`.
    """

    speed: float
    anchor: float
    wall: Callable[[], float] = field(default=time.time, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not (self.speed > 0 and math.isfinite(self.speed)):
            raise ValueError(f"the speed of a clock must be a number above 0, got {self.speed}")
        if not math.isfinite(self.anchor):
            raise ValueError(f"the anchor of a clock must be epoch seconds, got {self.anchor}")

    def now(self) -> float:
        return self.anchor + (self.wall() - self.anchor) * self.speed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self.speed)

    def variable(self) -> str:
        """The value of `STRATA_CLOCK` that makes another process use this clock."""
        return f"{self.speed!r}@{self.anchor!r}"


def parse_clock(text: str) -> ScaledClock:
    """The clock that `STRATA_CLOCK` spells.

    Raises:
        ValueError: when the text is not `<speed>@<anchor>`.
    """
    speed, _, anchor = text.partition("@")
    try:
        return ScaledClock(float(speed), float(anchor))
    except ValueError as error:
        raise ValueError(f"{CLOCK_VARIABLE} must be <speed>@<anchor epoch seconds>, got {text!r}: {error}") from error


def clock_from_environment(environment: Mapping[str, str] | None = None) -> Clock:
    """The scaled clock that `STRATA_CLOCK` asks for, else real time.

    Args:
        environment: where the variable is looked up; default `os.environ`.

    Raises:
        ValueError: when the variable is set and malformed.
    """
    text = (os.environ if environment is None else environment).get(CLOCK_VARIABLE)
    return parse_clock(text) if text else SystemClock()


def utc_text(seconds: float) -> str:
    """A moment in epoch seconds as RFC 3339 in UTC, to the second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_moment(text: str) -> datetime:
    """A moment of RFC 3339, in UTC; so is one without a zone.

    Raises:
        ValueError: the text is none.
    """
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def age_seconds(moment: str | None, now: float) -> float | None:
    """Whole seconds since a moment of RFC 3339, 0 for one to come; None without one that can be read.

    Args:
        moment: the moment.
        now: epoch seconds.
    """
    try:
        return round(max(0.0, now - parse_moment(moment).timestamp())) if moment else None
    except ValueError:
        return None
