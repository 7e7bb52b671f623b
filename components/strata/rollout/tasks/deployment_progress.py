"""Whether a deployment that somebody else watches, or nobody, still comes closer to its end.

ECS ends a deployment by itself whose tasks never run, or fail the checks of a load balancer. One whose tasks run for a
moment and then exit does neither, and goes on for ever: its circuit breaker counts from zero with each that runs.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from strata.rollout.tasks.task_views import DeploymentView

__all__ = ["LASTING_SECONDS", "DeploymentProgress", "Stalls"]

LASTING_SECONDS = 60.0
"""How long a task must have been seen running, to count."""


@dataclass(frozen=True)
class Stalls:
    """When a deployment is no longer waited for.

    Args:
        service: ARN of its service.
        seconds: without any progress.
    """

    service: str
    seconds: float


class DeploymentProgress:
    """Remembers looks at a deployment, by seconds of one clock.

    Args:
        now: when the first look is.
    """

    def __init__(self, now: float) -> None:
        self._since = now
        self._where = ""
        self._most = (0, 0.0)
        self._seen: dict[str, float] = {}

    def look(self, now: float, deployment: DeploymentView, running: AbstractSet[str], wanted: int) -> float:
        """Take in a look; gives for how many seconds there has been no progress.

        Where all tasks last, the rest is time that AWS itself measures: bake times, pauses.

        Args:
            now: when it was.
            deployment: how it was.
            running: ids of the tasks that ran of what it brings, or goes back to.
            wanted: how many are to.
        """
        self._seen = {each: self._seen.get(each, now) for each in running}
        lasting = sum(now - since >= LASTING_SECONDS for since in self._seen.values())
        most = (max(self._most[0], lasting), max(self._most[1], deployment.weight))
        if lasting >= wanted or most != self._most or deployment.where != self._where:
            self._since = now
        self._most, self._where = most, deployment.where
        return now - self._since
