"""Since when tasks have been healthy without interruption, and whether enough of them have been for long enough.

A task that dies soon after its first healthy moment has a successor that is healthy for a moment: one look, or several
right after each other, tell such tasks from none that work. Only time does.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

__all__ = ["LastingTasks", "Wait"]


@dataclass(frozen=True, slots=True)
class Wait:
    """How far tasks are from having lasted."""

    lasting: int
    """Tasks that have been healthy for long enough."""
    needed: int
    """Tasks that must have been."""
    ready_at: float | None
    """When the last one of those will have been, if none of them is interrupted; None where too few are healthy."""


class LastingTasks:
    """Remembers since when tasks have been healthy, by looks at them. Times are seconds of one clock."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}
        self._desired: list[tuple[float, int]] = []
        """Each change of the desired count, and when it was seen."""

    @property
    def looked(self) -> bool:
        """Whether anything was seen yet."""
        return bool(self._desired)

    def look(self, now: float, desired: int, healthy: Mapping[str, float]) -> None:
        """Take in a look.

        Args:
            now: when it was.
            desired: the desired count.
            healthy: for each task that is healthy, since when it certainly has been; for one that the look before saw
                healthy too, what was known then counts.
        """
        self._since = {each: self._since.get(each, since) for each, since in healthy.items()}
        if not self._desired or self._desired[-1][1] != desired:
            self._desired.append((now, desired))

    def wait(self, ids: AbstractSet[str], seconds: float, now: float) -> Wait:
        """How far some of the tasks are from having been healthy for so long.

        Tasks that were started for a scale-out in that time cannot have lasted, and need not: the smallest desired
        count of that time must have, and one task in any case.
        """
        ready = sorted(self._since[each] + seconds for each in ids if each in self._since)
        needed = self._needed(now - seconds)
        return Wait(
            lasting=sum(at <= now for at in ready),
            needed=needed,
            ready_at=ready[needed - 1] if 0 < needed <= len(ready) else None,
        )

    def _needed(self, begin: float) -> int:
        """The smallest desired count that held at a moment or since; one at least, unless none is wanted."""
        since = [desired for at, desired in self._desired if at > begin]
        before = [desired for at, desired in self._desired if at <= begin]
        newest = self._desired[-1][1] if self._desired else 0
        return max(min((*before[-1:], *since), default=0), min(1, newest))
