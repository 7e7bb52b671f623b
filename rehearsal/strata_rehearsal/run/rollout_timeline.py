"""How the servers or the tasks of a service looked over time, beside what its rollout was doing.

Pure; made from the local AWS's event log, for a terminal, a chart and a verdict.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from strata_rehearsal.run.rollout_phases import RolloutPhase

__all__ = ["FleetSample", "RolloutTimeline", "Unit"]


class Unit(StrEnum):
    """What a fleet consists of."""

    SERVERS = "servers"
    TASKS = "tasks"

    def counted(self, number: int) -> str:
        """So many of them, in words."""
        return f"{number} {self.value if number != 1 else self.value.removesuffix('s')}"


@dataclass(frozen=True)
class FleetSample:
    """A fleet at one moment; it stays so until the next sample. All counts are of servers, or of tasks.

    Args:
        at: simulated time in epoch seconds.
        desired: how many are wanted.
        old: those of another release, pending or in service.
        new: those of the release being rolled out, pending or in service.
        healthy: those in service that pass their health check.
        starting: of both releases, those that have not been healthy yet and will be.
        never_healthy: of both releases, those that never became healthy.
        old_unready: how many of the starting and the never healthy ones are of another release.
        serving: how many healthy ones each release with traffic has at least; None where all serve the same traffic.
    """

    at: float
    desired: int
    old: int
    new: int
    healthy: int
    starting: int = 0
    never_healthy: int = 0
    old_unready: int = 0
    serving: int | None = None

    @property
    def total(self) -> int:
        return self.old + self.new

    @property
    def old_serving(self) -> int:
        """Those of another release that have been healthy."""
        return self.old - self.old_unready

    @property
    def new_serving(self) -> int:
        """Those of the release being rolled out that have been healthy."""
        return self.total - self.old_serving - self.starting - self.never_healthy


@dataclass(frozen=True)
class RolloutTimeline:
    """One service's fleet while it was rolled.

    Args:
        service: its name.
        before: version it came from, empty for a first deployment.
        after: version it was to run.
        samples: the fleet, in order of time.
        floor: healthy ones that were to be kept.
        ceiling: how many were allowed at once.
        phases: what the rollout was doing when, in order.
        stopped_at: when somebody asked to roll it back or to cancel it, as `FleetSample.at`; None if nobody did.
        unit: what the fleet consists of.
    """

    service: str
    before: str
    after: str
    samples: Sequence[FleetSample]
    floor: int
    ceiling: int
    phases: Sequence[RolloutPhase] = ()
    stopped_at: float | None = None
    unit: Unit = Unit.SERVERS

    @property
    def change(self) -> str:
        """From which version to which, in words."""
        return f"{self.before} to {self.after}" if self.before else f"first deployment of {self.after}"

    @property
    def seconds(self) -> float:
        """Simulated seconds from the first to the last sample."""
        return self.samples[-1].at - self.samples[0].at if self.samples else 0.0

    @property
    def lowest_healthy(self) -> int:
        """The fewest that served at any moment; those without traffic make up for none that has it."""
        counts = (sample.healthy if sample.serving is None else sample.serving for sample in self.samples)
        return min(counts, default=0)

    @property
    def highest_total(self) -> int:
        return max((sample.total for sample in self.samples), default=0)
