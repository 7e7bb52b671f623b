"""What the tasks of a service run and how its rollout goes, for whoever asks about the service (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from strata.rollout.live_service import LiveRollout, described
from strata.rollout.note import Note, Phase
from strata.rollout.record import TaskRelease
from strata.rollout.tasks.task_status import TaskStatus, how_to_bring_back
from strata.rollout.tasks.task_views import DeploymentView

__all__ = ["LiveTasks"]

_ALL = 100


@dataclass(frozen=True)
class LiveTasks:
    """One service that tasks run, as AWS reports it now; see `LiveService`.

    Args:
        service: its name.
        status: its record beside what runs.
        deployment: its newest service deployment, if AWS still knows one.
        target: what that deployment brings: an image version, or a task definition.
        returns: whether that deployment takes the service back from a release that its gate did not let pass.
        proving: whether AWS calls that deployment successful, and its gate still watches the new tasks.
        trouble: the deployment's task that failed last; empty when none did, and when the deployment has succeeded.
        alarms: state of each alarm that gates a running rollout.
    """

    UNIT: ClassVar[str] = "task"

    service: str
    status: TaskStatus
    deployment: DeploymentView | None = None
    target: str = ""
    returns: bool = False
    proving: bool = False
    trouble: str = ""
    alarms: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def recorded(self) -> TaskRelease | None:
        """The release it is proven to run; None when nothing is proven."""
        return self.status.recorded

    @property
    def unreadable(self) -> str:
        """That its release record is none, as a clause; empty where it can be read, or is not there."""
        return self.status.unreadable

    @property
    def deployed(self) -> bool:
        """Whether there is a service of Amazon ECS."""
        return self.status.service is not None

    @property
    def desired(self) -> int:
        """Its desired count."""
        return self.status.service.desired if self.status.service else 0

    @property
    def healthy(self) -> frozenset[str]:
        """Ids of its healthy tasks."""
        return self.status.healthy

    @property
    def running(self) -> Mapping[str, int]:
        """Tasks that take a place, by what they run."""
        running, renamed = self.status.running, self.status.renamed
        return running if renamed is None else renamed.named(running)

    @property
    def apart(self) -> tuple[str, ...]:
        """Ids of its tasks that are marked as tainted."""
        return tuple(each.id for each in self.status.tasks if each.tainted)

    @property
    def rolling(self) -> bool:
        """Whether a rollout is in progress; its gate has the last word on a deployment that AWS calls successful."""
        return self.deployment is not None and (self.deployment.active or self.proving)

    @property
    def deviations(self) -> tuple[str, ...]:
        """In what the service is not what its record names; while a rollout runs, only that the record is none."""
        return self.status.spoiled if self.rolling else tuple(self.status.deviations())

    @property
    def way_back(self) -> str:
        """What brings the release back; empty where nothing has to, and while a rollout runs."""
        return "" if self.rolling else how_to_bring_back(self.status)

    @property
    def live(self) -> str:
        """What its tasks run, by name; the recorded version where that is all they run."""
        return " and ".join(sorted(self.running)) or "nothing"

    @property
    def forbidden(self) -> tuple[str, ...]:
        """What of what runs is vetoed or revoked, and why."""
        return self.status.forbidden.running(self.running)

    @property
    def note(self) -> Note | None:
        """What the gate of the newest deployment left; None where that was somebody else's."""
        note, deployment = self.status.note, self.deployment
        if note is None or deployment is None:
            return None
        return note if note.rollout_id == deployment.arn or self.returns else None

    @property
    def rollout(self) -> LiveRollout | None:
        """Its newest deployment, if AWS still knows one.

        One that goes back to the release before is no success, although AWS calls it successful; nor is one whose
        tasks did not last.
        """
        deployment, note = self.deployment, self.note
        if deployment is None:
            return None
        failed = self.returns or (note is not None and note.phase is Phase.FAILED)
        return LiveRollout(
            id=deployment.name,
            status=deployment.status.value,
            progress="" if deployment.succeeded and not self.proving else self._progress(deployment),
            active=deployment.active,
            succeeded=deployment.succeeded and not self.proving and not failed,
            target=self.target,
            reason=(note.reason if note else "") or ("" if deployment.succeeded else deployment.reason),
            started=deployment.started,
            ended=deployment.ended,
            trouble=self.trouble,
            alarms=self.alarms,
        )

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata rollout status` has it."""
        deployment, rollout, note, service = self.deployment, self.rollout, self.note, self.status.service
        fleet = {"cluster": service.cluster if service else None, "service_arn": service.arn if service else None}
        return {
            **described(self, fleet),
            "deployment": None
            if deployment is None or rollout is None
            else {
                **rollout.document(),
                "arn": deployment.arn,
                "proving": self.proving,
                "percentage": _percentage(deployment),
                "lifecycle_stage": deployment.stage if deployment.active else None,
                "traffic_percent": deployment.weight if deployment.shifts_traffic else None,
                "new_running": deployment.running,
                "new_wanted": deployment.wanted,
                "waiting_hooks": list(deployment.waiting_hooks),
                "gives_up_after_seconds": note.gives_up_after if note else None,
            },
        }

    def _progress(self, deployment: DeploymentView) -> str:
        if self.proving:
            return "in AWS, and its gate still watches the new tasks"
        if not deployment.forward:
            return ""
        said = f"{deployment.running} of {deployment.wanted} new tasks run"
        if deployment.stage:
            said = f"{deployment.stage}, {said}"
        if deployment.shifts_traffic:
            said += f", {deployment.weight:g} % of the traffic on them"
        return f"{said}, waits to be continued" if deployment.waiting_hooks else said


def _percentage(deployment: DeploymentView) -> int:
    """Percent of a deployment that is done: of the traffic where that moves, else of the tasks."""
    if deployment.succeeded:
        return _ALL
    if deployment.shifts_traffic:
        return int(deployment.weight)
    return min(_ALL, _ALL * deployment.running // deployment.wanted) if deployment.wanted else 0
