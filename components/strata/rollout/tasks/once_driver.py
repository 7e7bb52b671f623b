"""The AWS calls of a task that runs once before a rollout, see `once_task.py`."""

from collections.abc import Mapping
from typing import Any, Final

from strata.aws.outage import error_code
from strata.errors import RolloutError
from strata.rollout.run_once.once_parameters import OnceParameters
from strata.rollout.tasks.task_views import TaskView

__all__ = ["OnceDriver"]

_ANOTHER: Final = "ConflictException"
"""The token belongs to a task that was asked for in other words, such as by a newer copy of its task definition."""
_GONE: Final = "InvalidParameterException"


class OnceDriver(OnceParameters):
    """AWS, as far as a task that runs once needs it."""

    def begin_once(self, asked: Mapping[str, Any]) -> str:
        """Run one task and give its ARN; with a token that has run one already, that one's.

        Args:
            asked: the parameters of RunTask, with a `clientToken`.

        Raises:
            RolloutError: ECS has answered that it could not.
        """
        try:
            answer = self._client("ecs").run_task(**asked)
        except Exception as error:
            ids = getattr(error, "response", {}).get("resourceIds") if error_code(error) == _ANOTHER else None
            if not ids:
                raise
            return str(ids[0])
        if answer["tasks"]:
            return str(answer["tasks"][0]["taskArn"])
        reasons = "; ".join(str(each.get("reason")) for each in answer.get("failures") or ())
        raise RolloutError(f"ECS has started no task: {reasons or 'it gave no reason'}")

    def running_once(self, cluster: str, started_by: str) -> str | None:
        """ARN of a task that somebody has started under a name and that has not stopped; None where there is none."""
        found = self._client("ecs").list_tasks(cluster=cluster, startedBy=started_by)["taskArns"]
        return str(found[0]) if found else None

    def once_task(self, cluster: str, task: str) -> TaskView | None:
        """A task; None where AWS does not know it any more: an hour after it has stopped."""
        found = self._client("ecs").describe_tasks(cluster=cluster, tasks=[task])["tasks"]
        return TaskView.from_api(found[0]) if found else None

    def end_once(self, cluster: str, task: str, reason: str) -> None:
        """Stop a task, unless it is gone."""
        try:
            self._client("ecs").stop_task(cluster=cluster, task=task, reason=reason)
        except Exception as error:
            if error_code(error) != _GONE:
                raise
