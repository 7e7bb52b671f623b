"""The plan of a rollout as a value, and in words."""

from collections.abc import Iterator
from dataclasses import dataclass

from strata.rollout.servers.plan.duration import duration_text
from strata.rollout.servers.preferences import Preferences
from strata.rollout.servers.refresh import STALL_SECONDS

__all__ = ["PlanWarning", "PlannedBatch", "PlannedPause", "RolloutPlan"]


@dataclass(frozen=True, slots=True)
class PlannedBatch:
    """Servers replaced together, and when that begins, in seconds after the start."""

    at_seconds: float
    size: int


@dataclass(frozen=True, slots=True)
class PlannedPause:
    """A stop at a checkpoint: when it begins, how long it is, and the share of the fleet replaced by then."""

    at_seconds: float
    seconds: float
    percent: int


@dataclass(frozen=True, slots=True)
class PlanWarning:
    """Something to know before this rollout runs; the id is stable, so that it can be silenced."""

    id: str
    text: str


@dataclass(frozen=True)
class RolloutPlan:
    """What an instance refresh of a healthy group will do."""

    desired: int
    preferences: Preferences
    floor: int
    """Healthy and warm servers the preferences ask for."""
    ceiling: int
    """The most servers the preferences allow in service and pending."""
    lowest_capacity: int
    """The fewest healthy and warm servers at any moment; below `floor` where AWS must replace at least one."""
    highest_total: int
    """The most servers in service and pending at any moment; what exceeds `desired` is the surge."""
    batches: tuple[PlannedBatch, ...]
    pauses: tuple[PlannedPause, ...]
    estimated_seconds: float
    """From the start until success, bake time included; servers that drain then are not waited for."""
    settled_seconds: float
    """Until the last old server has drained and is gone; not before `estimated_seconds`."""
    warnings: tuple[PlanWarning, ...]

    @property
    def surge(self) -> int:
        """Servers above the desired capacity that run, and are paid for, meanwhile."""
        return max(0, self.highest_total - self.desired)

    @property
    def replaced(self) -> int:
        """Servers replaced in all."""
        return sum(batch.size for batch in self.batches)

    @property
    def aborts(self) -> tuple[str, ...]:
        """What stops the rollout on its way."""
        end = "goes back to the release before" if self.preferences.auto_rollback else "stops where it is"
        alarms = [f"alarm {name} in ALARM: {end}" for name in self.preferences.alarms]
        return (*alarms, f"{duration_text(STALL_SECONDS)} without a further healthy new server: {end}")

    def describe(self) -> tuple[str, ...]:
        """The plan as lines of text, for a preview."""
        if not self.batches:
            return ("no servers to replace", *(f"warning: {warning.text}" for warning in self.warnings))
        return tuple(self._lines())

    def _lines(self) -> Iterator[str]:
        count, most = len(self.batches), max(batch.size for batch in self.batches)
        servers = _count(self.desired, "server", "servers")
        if self.replaced < self.desired:
            servers = f"{self.replaced} of {servers}"
        yield f"replaces {servers} in {_count(count, 'batch', 'batches')}" + (f" of up to {most}" if count > 1 else "")
        kept, running = f"{self.lowest_capacity} of {self.desired}", f"{self.highest_total} at once"
        yield f"keeps at least {kept} healthy (floor {self.floor}), runs up to {running} (ceiling {self.ceiling})"
        for pause in self.pauses:
            length, since = duration_text(pause.seconds), duration_text(pause.at_seconds)
            yield f"pauses {length} with {pause.percent} % replaced, after {since}"
        bake = self.preferences.bake_seconds
        baking = f", the last {duration_text(bake)} to bake" if bake else ""
        yield f"takes about {duration_text(self.estimated_seconds)}{baking}"
        yield from (f"stops on {reason}" for reason in self.aborts)
        yield from (f"warning: {warning.text}" for warning in self.warnings)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
