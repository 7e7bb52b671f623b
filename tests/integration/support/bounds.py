"""What must hold of a fleet at every moment, whatever happens to it: never too few healthy servers, never too many."""

from dataclasses import dataclass, field

__all__ = ["Bounds", "share"]


def share(desired: int, percent: int) -> int:
    """A percentage of the desired capacity, rounded up."""
    return -(-desired * percent // 100)


@dataclass
class Bounds:
    """The floor and the ceiling of one group, fed with every look at it.

    The floor is that of the desired capacity, but one that has just been raised binds only once the fleet has been
    there: servers of a scale-out take time to boot, while the capacity before it is never to be given up. A fleet that
    is being made has no floor until it stands, for the same reason.

    A server that dies on its own takes the fleet below the floor without anybody's fault. It excuses one missing server
    until the fleet is back at its floor, however long its successor takes: that one may not be launchable just then.

    Args:
        min_percent: healthy servers at least, in percent of the desired capacity.
        max_percent: servers in service and pending at most.
    """

    min_percent: int
    max_percent: int
    floor: int = 0
    excused: int = 0
    lowest_margin: int | None = None
    broken: list[str] = field(default_factory=list[str])

    def ceiling(self, desired: int) -> int:
        """With 100 and 100 percent AWS launches one server first."""
        if self.min_percent == self.max_percent == 100:
            return desired + 1
        return share(desired, self.max_percent)

    def look(self, at: float, desired: int, healthy: int, total: int, died: int) -> None:
        """Take in what the fleet is at a moment.

        Args:
            at: the moment, for messages.
            desired: desired capacity.
            healthy: servers in service that every check finds healthy.
            total: servers in service and pending.
            died: servers that died on their own since the look before.
        """
        wanted = share(desired, self.min_percent)
        self.excused += died
        self.floor = wanted if healthy >= wanted else min(self.floor, wanted)
        if healthy < self.floor - self.excused:
            self.broken.append(
                f"at {at:.1f}: {healthy} of {desired} healthy, under the floor of {self.floor} with {self.excused} dead"
            )
        if total > self.ceiling(desired):
            self.broken.append(
                f"at {at:.1f}: {total} in service and pending, over {self.ceiling(desired)} of {desired}"
            )
        if healthy >= self.floor:
            self.excused = 0
        margin = healthy - self.floor
        self.lowest_margin = margin if self.lowest_margin is None else min(self.lowest_margin, margin)
