"""What a rehearsal did and left: how it ended, its rollouts, and what the services run."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from strata.engine.events import Changes
from strata.errors import ExitCode
from strata.policy import Violation
from strata.settings.freeze_spans import FreezeLook
from strata_rehearsal.run.made_up_images import MadeUpImage
from strata_rehearsal.run.playbook_runs import PlaybookRun
from strata_rehearsal.run.rollout_timeline import RolloutTimeline, Unit
from strata_rehearsal.run.taken_proofs import TakenProof

__all__ = ["NO_VERSION", "RehearsalOutcome", "RehearsalReport", "RehearsedRollout", "ServiceState"]

NO_VERSION = "nothing"
"""What a service without a server or a task runs."""


class RehearsalOutcome(StrEnum):
    """How a rehearsal ended."""

    SUCCEEDED = "succeeded"
    ROLLED_BACK = "rolled-back"
    FAILED = "failed"
    REFUSED = "refused"
    """Something that was made breaks a mandatory rule, or a rollout's preflight refused it."""
    INVALID = "invalid"
    """The program, or what its settings come to, cannot be used as it is."""
    BUSY = "busy"
    """Another rollout was running."""
    INTERRUPTED = "interrupted"
    """The engine was asked to stop, and did before it was done."""

    @property
    def exit_code(self) -> ExitCode:
        match self:
            case RehearsalOutcome.SUCCEEDED:
                return ExitCode.OK
            case RehearsalOutcome.INVALID:
                return ExitCode.BAD_INPUT
            case RehearsalOutcome.REFUSED:
                return ExitCode.REFUSED
            case RehearsalOutcome.BUSY:
                return ExitCode.BUSY
            case RehearsalOutcome.INTERRUPTED:
                return ExitCode.INTERRUPTED
            case RehearsalOutcome.ROLLED_BACK | RehearsalOutcome.FAILED:
                return ExitCode.FAILED


@dataclass(frozen=True)
class RehearsedRollout:
    """One rollout of a rehearsal.

    Args:
        timeline: the fleet while it went on.
        status: how it ended, in AWS's words.
        reason: why, in AWS's words; of what a gate stopped, AWS reports only that somebody asked.
        batches: batches begun, those of a rollback included; None for tasks, which have none.
        gave_up: why the gate stopped it; empty if it did not.
        id: of the instance refresh or the service deployment, as AWS has it.
        ended: whether it has ended; one of a fleet that wants nothing may go on, because no gate waits for it.
    """

    timeline: RolloutTimeline
    status: str
    reason: str
    batches: int | None
    gave_up: str = ""
    id: str = ""
    ended: bool = True

    @property
    def why(self) -> str:
        """Why it ended as it did, as far as anybody knows; empty for one that simply succeeded."""
        return self.gave_up or self.reason

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata rehearse` has it."""
        timeline = self.timeline
        first = timeline.samples[0].at if timeline.samples else 0.0
        return {
            "id": self.id,
            "service": timeline.service,
            "unit": timeline.unit.value,
            "from": timeline.before or None,
            "to": timeline.after,
            "status": self.status,
            "reason": self.why,
            "floor": timeline.floor,
            "ceiling": timeline.ceiling,
            "lowest_healthy": timeline.lowest_healthy,
            "highest_total": timeline.highest_total,
            "batches": self.batches,
            "phases": [
                {
                    "name": phase.name,
                    "after_seconds": round(phase.began - first, 1),
                    "seconds": round(phase.ended - phase.began, 1),
                    "traffic_percent": phase.traffic,
                }
                for phase in timeline.phases
            ],
            "simulated_seconds": round(timeline.seconds, 1),
        }


@dataclass(frozen=True)
class ServiceState:
    """What a service runs when the rehearsal is over."""

    service: str
    image_name: str
    version: str
    """The image version its servers or tasks run; NO_VERSION where it has none."""
    healthy: int
    desired: int
    deviations: tuple[str, ...] = ()
    """In what it is not what its release record names."""
    running: Mapping[str, int] = field(default_factory=dict[str, int])
    """Servers or tasks that take a place by what they run."""
    way_back: str | None = None
    """What brings the release back; None where nothing has to."""
    unit: Unit = Unit.SERVERS
    """What it consists of."""
    pinned: bool = True
    """Whether the stack file pins its image, so that `--image` can give it another version."""

    @property
    def live(self) -> str:
        """What it runs, in words: no version of an image names servers that are not its release."""
        return " and ".join(sorted(self.running)) if self.deviations and self.running else self.version


def left_out(freeze: FreezeLook) -> str:
    """That a real `up` is held back now and this was not; empty where no window is open.

    Args:
        freeze: the windows, by the time outside of the rehearsal.
    """
    if not freeze.sentence:
        return ""
    return f"strata:freezes was left out; a real `up` refuses to roll out another release now: {freeze.sentence}"


@dataclass(frozen=True)
class RehearsalReport:
    """What a rehearsal did and left."""

    stack: str
    outcome: RehearsalOutcome
    seconds: float
    endpoint: str
    region: str
    changes: Changes
    rollouts: tuple[RehearsedRollout, ...]
    services: tuple[ServiceState, ...]
    outputs: Mapping[str, Any]
    errors: tuple[str, ...]
    chart: Path | None = None
    findings: tuple[Violation, ...] = ()
    unnamed: Mapping[str, str] = field(default_factory=dict[str, str])
    """Versions that still run of services which the stack file does not name any more, by service."""
    made_up: tuple[MadeUpImage, ...] = ()
    """Machine images that the stack names and the local AWS had never had."""
    taken_proofs: tuple[TakenProof, ...] = ()
    """Proofs of pins for which there is only the stack file's word."""
    freeze: FreezeLook = field(default_factory=FreezeLook)
    """The freeze windows of the stack file, which a rehearsal leaves out, by the time outside of it."""
    playbooks: tuple[PlaybookRun, ...] = ()
    """What became of the playbooks of the fleets that are changed in place."""
    units: frozenset[Unit] = frozenset()
    """What the services of the stack file consist of, whether they are there or not."""

    def document(self) -> dict[str, Any]:
        """As `strata rehearse --json` prints it."""
        return {
            "stack": self.stack,
            "outcome": self.outcome.value,
            "seconds": round(self.seconds, 2),
            "endpoint": self.endpoint,
            "region": self.region,
            "changes": self.changes.document(),
            "rollouts": [rollout.document() for rollout in self.rollouts],
            "services": [asdict(service) for service in self.services],
            "playbooks": [run.document() for run in self.playbooks],
            "unnamed": dict(self.unnamed),
            "outputs": dict(self.outputs),
            "errors": list(self.errors),
            "made_up": [image.document() for image in self.made_up],
            "taken_proofs": [proof.document() for proof in self.taken_proofs],
            "freeze": self.freeze.document(),
            "policies": [finding.document() for finding in self.findings],
            "chart": str(self.chart) if self.chart else None,
        }
