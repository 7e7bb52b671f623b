"""AWS as a look for drift of tasks asks it: by the cluster, not by the service or the task, and nothing twice."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from strata.aws.clients import ClientFor
from strata.aws.ecr_repository import ecr_in
from strata.aws.outage import error_code
from strata.aws.portions import portions
from strata.drift.kept_parameters import KeptParameters
from strata.drift.running_task import RunningTask
from strata.rollout.registered_targets import RegisteredTargets
from strata.rollout.tasks.image_lookup import RepositoryImage
from strata.rollout.tasks.task_driver import TaskDriver, place_of
from strata.rollout.tasks.task_views import (
    ContainerServiceView,
    DefinitionView,
    DeploymentView,
    RevisionView,
    TaskView,
)

__all__ = ["TaskDriftDriver"]

_SERVICES_A_CALL = 10
"""DescribeServices: `services`."""
_TASKS_A_CALL = 100
"""DescribeTasks: `tasks`."""
_GONE = frozenset({"RepositoryNotFoundException", "ImageNotFoundException"})
_MISSING = "MISSING"
"""Why ECS does not describe a task that has gone since it was listed."""


class TaskDriftDriver(KeptParameters, TaskDriver):
    """The calls of a rollout of tasks, which keep what they were answered, and those that only drift needs.

    A service that is asked for its tasks a second time is asked anew, and its target groups with it: who asks again
    wants to know what has become of them.

    Args:
        client: gives the boto3 client of a service.
    """

    def __init__(self, client: ClientFor) -> None:
        super().__init__(client)
        self.described: dict[str, Mapping[str, Any]] = {}
        """Services in AWS's words, by ARN."""
        self.undescribed: dict[str, str] = {}
        """Why tasks that were listed are not described, by ARN; those that have gone are not among them."""
        self._announced: dict[str, list[str]] = {}
        self._waiting: dict[str, Mapping[str, Any]] = {}
        self._of_service: dict[str, list[RunningTask]] = {}
        self._in_cluster: dict[str, list[RunningTask]] = {}
        self._definitions: dict[str, DefinitionView | None] = {}
        self._revisions: dict[str, RevisionView | None] = {}
        self._deployments: dict[str, DeploymentView] = {}
        self._targets: dict[str, RegisteredTargets | None] = {}
        self._stale: dict[str, RegisteredTargets | None] = {}
        self._images: dict[RepositoryImage, bool] = {}

    def announce(self, services: Iterable[str]) -> None:
        """Services that will be asked for, by ARN: those of a cluster are then described together."""
        for each in services:
            cluster, _ = place_of(each)
            self._announced.setdefault(cluster, []).append(each)

    def service(self, service: str) -> ContainerServiceView | None:
        if service not in self._waiting:
            cluster, _ = place_of(service)
            self.described.pop(service, None)
            self._waiting |= self._describe(cluster, {service, *self._announced.pop(cluster, ())})
        # once only: who asks again wants to know what has become of it
        found = self._waiting.pop(service, None)
        return self._view(found) if found is not None else None

    def _describe(self, cluster: str, services: Iterable[str]) -> dict[str, Mapping[str, Any]]:
        names = sorted(place_of(each)[1] for each in services)
        found: list[Mapping[str, Any]] = []
        try:
            for some in portions(names, _SERVICES_A_CALL):
                answer = self._client("ecs").describe_services(cluster=cluster, services=list(some), include=["TAGS"])
                found += answer["services"]
        except Exception as error:
            if error_code(error) != "ClusterNotFoundException":
                raise
        return {each["serviceArn"]: each for each in found if each["status"] != "INACTIVE"}

    def _view(self, found: Mapping[str, Any]) -> ContainerServiceView:
        self.described[found["serviceArn"]] = found
        return super()._view(found)

    def tasks(self, service: str, *, stopped: bool = False) -> list[TaskView]:
        if stopped:
            return super().tasks(service, stopped=True)
        cluster, name = place_of(service)
        if service in self._of_service:
            self._stale, self._targets = self._targets, {}
            found = self._listed(cluster, serviceName=name)
        else:
            found = [each for each in self.in_cluster(service) if each.service == name]
        self._of_service[service] = found
        return [each.view for each in found]

    def running(self, service: str) -> list[RunningTask]:
        """The tasks of a service as they were last answered."""
        return self._of_service.get(service, [])

    def in_cluster(self, service: str) -> list[RunningTask]:
        """All tasks of the cluster of a service that run or are about to, whoever has started them."""
        cluster, _ = place_of(service)
        if cluster not in self._in_cluster:
            self._in_cluster[cluster] = self._listed(cluster)
        return self._in_cluster[cluster]

    def _listed(self, cluster: str, **of: str) -> list[RunningTask]:
        ecs = self._client("ecs")
        pages = ecs.get_paginator("list_tasks").paginate(cluster=cluster, desiredStatus="RUNNING", **of)
        arns = [arn for page in pages for arn in page["taskArns"]]
        found: list[RunningTask] = []
        for some in portions(arns, _TASKS_A_CALL):
            answer = ecs.describe_tasks(cluster=cluster, tasks=list(some), include=["TAGS"])
            found += [RunningTask.from_api(each) for each in answer["tasks"]]
            failures: list[Mapping[str, str]] = answer.get("failures") or []
            self.undescribed |= {
                each.get("arn", ""): each.get("reason", "") for each in failures if each.get("reason") != _MISSING
            }
        return found

    def definition(self, arn: str) -> DefinitionView | None:
        if arn not in self._definitions:
            self._definitions[arn] = super().definition(arn)
        return self._definitions[arn]

    def revision(self, arn: str) -> RevisionView | None:
        if arn not in self._revisions:
            self._revisions[arn] = super().revision(arn)
        return self._revisions[arn]

    def _described(self, arns: Sequence[str]) -> list[DeploymentView]:
        unknown = [each for each in arns if each not in self._deployments]
        self._deployments |= {each.arn: each for each in super()._described(unknown)}
        return [self._deployments[each] for each in arns if each in self._deployments]

    def _targets_in(self, target_group: str) -> RegisteredTargets | None:
        if target_group not in self._targets:
            found, before = super()._targets_in(target_group), self._stale.get(target_group)
            self._targets[target_group] = found.after(before) if found is not None and before is not None else found
        return self._targets[target_group]

    def has_image(self, image: RepositoryImage) -> bool:
        """Whether an image is in its repository."""
        if image not in self._images:
            try:
                ecr_in(self._client, image.region).describe_images(
                    registryId=image.account, repositoryName=image.repository, imageIds=[{"imageDigest": image.digest}]
                )
                self._images[image] = True
            except Exception as error:
                if error_code(error) not in _GONE:
                    raise
                self._images[image] = False
        return self._images[image]
