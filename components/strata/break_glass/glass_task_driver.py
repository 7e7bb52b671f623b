"""The AWS calls of break-glass on tasks, one method each."""

from collections.abc import Mapping
from typing import Any

from strata.aws.outage import error_code
from strata.errors import AwsError
from strata.rollout.tasks.task_driver import NO_CLUSTER, TaskDriver, place_of
from strata.tags import TAINTED_TAG, VALUE_LIMIT

__all__ = ["GlassTaskDriver"]


class GlassTaskDriver(TaskDriver):
    """AWS, as far as letting somebody into a task needs it."""

    def task_of(self, service: str, task: str) -> Mapping[str, Any] | None:
        """A task of a service that runs or is about to, in AWS's words; None where the service has none of that id.

        Args:
            service: ARN of the service.
            task: id of the task.
        """
        cluster, name = place_of(service)
        try:
            found = self._client("ecs").describe_tasks(cluster=cluster, tasks=[task], include=["TAGS"])["tasks"]
        except Exception as error:
            if error_code(error) != NO_CLUSTER:
                raise
            # one service of the stack whose cluster is gone keeps nobody from the tasks of the others
            return None
        ours = (each for each in found if each.get("group") == f"service:{name}" and each["lastStatus"] != "STOPPED")
        return next(ours, None)

    def protect_task(self, service: str, task: str, minutes: int) -> None:
        """Protect a task from scale-in and from deployments for so many minutes.

        Raises:
            AwsError: ECS does not protect it.
        """
        cluster, _ = place_of(service)
        answer = self._client("ecs").update_task_protection(
            cluster=cluster, tasks=[task], protectionEnabled=True, expiresInMinutes=minutes
        )
        if answer["failures"]:
            failure = answer["failures"][0]
            said = ", ".join(str(failure[key]) for key in ("reason", "detail") if failure.get(key))
            raise AwsError(
                f"ECS does not protect task {task}: {said}",
                fix="Choose another task: it may just have stopped, or its service may wait for protected tasks.",
            )

    def taint_task(self, arn: str, said: str) -> None:
        """Mark a task as one that somebody was let into.

        Args:
            arn: of the task.
            said: when, and who.
        """
        self._client("ecs").tag_resource(resourceArn=arn, tags=[{"key": TAINTED_TAG, "value": said[:VALUE_LIMIT]}])

    def stop_task(self, service: str, task: str, reason: str) -> None:
        """Stop a task; its service starts another one."""
        cluster, _ = place_of(service)
        self._client("ecs").stop_task(cluster=cluster, task=task, reason=reason[:255])
