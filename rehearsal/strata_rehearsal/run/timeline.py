"""How a fleet looked over time, for a terminal, a chart and a verdict."""

from collections.abc import Sequence
from dataclasses import dataclass

from strata_rehearsal.run.phases import RolloutPhase

__all__ = ["FleetSample", "RolloutTimeline"]


@dataclass(frozen=True)
class FleetSample:
    """A fleet at one moment; it stays so until the next sample.

    Args:
        at: simulated time in epoch seconds.
        desired: servers wanted.
        old: servers of another release, pending or in service.
        new: servers of the release being rolled out, pending or in service.
        healthy: servers in service that pass their health check.
        starting: of both releases, servers that have not been healthy yet and will be.
        never_healthy: of both releases, servers that never became healthy.
        old_unready: how many of the starting and the never healthy ones are of another release.
    """

    at: float
    desired: int
    old: int
    new: int
    healthy: int
    starting: int = 0
    never_healthy: int = 0
    old_unready: int = 0

    @property
    def total(self) -> int:
        return self.old + self.new

    @property
    def old_serving(self) -> int:
        """Servers of another release that have been healthy."""
        return self.old - self.old_unready

    @property
    def new_serving(self) -> int:
        """Servers of the release being rolled out that have been healthy."""
        return self.total - self.old_serving - self.starting - self.never_healthy


@dataclass(frozen=True)
class RolloutTimeline:
    """One service's fleet while it was rolled.

    Args:
        service: its name.
        before: version it came from, empty for a first deployment.
        after: version it was to run.
        samples: the fleet, in order of time.
        floor: healthy servers that were to be kept.
        ceiling: servers that were allowed at once.
        phases: what the rollout was doing when, in order.
        stopped_at: when somebody asked to roll it back or to cancel it, as `FleetSample.at`; None if nobody did.
    """

    service: str
    before: str
    after: str
    samples: Sequence[FleetSample]
    floor: int
    ceiling: int
    phases: Sequence[RolloutPhase] = ()
    stopped_at: float | None = None

    @property
    def seconds(self) -> float:
        """Simulated seconds from the first to the last sample."""
        return self.samples[-1].at - self.samples[0].at if self.samples else 0.0

    @property
    def lowest_healthy(self) -> int:
        return min((sample.healthy for sample in self.samples), default=0)

    @property
    def highest_total(self) -> int:
        return max((sample.total for sample in self.samples), default=0)
