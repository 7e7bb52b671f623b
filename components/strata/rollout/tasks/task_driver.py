"""The AWS calls of a rollout of tasks, one method each, answering with the plain values of `task_views.py`.

Everything here blocks; the gate calls it from a thread. Throttling is retried with backoff by the clients.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from strata.aws.ecr_repository import ecr_in
from strata.aws.kept_images import keep_images
from strata.aws.log_events import last_log_lines
from strata.aws.outage import error_code
from strata.aws.parameters import describe_parameters
from strata.aws.portions import portions
from strata.images.image_finder import ImageFinder
from strata.images.image_scan import ImageScan
from strata.images.scan_reading import read_container_scan
from strata.rollout.command_line import command_line_of
from strata.rollout.record import DIGEST_TAG, ImageRef
from strata.rollout.tasks.image_lookup import RepositoryImage, parts_of
from strata.rollout.tasks.listener_rule import ListenerRule
from strata.rollout.tasks.once_driver import OnceDriver
from strata.rollout.tasks.secret_lookup import customer_keys
from strata.rollout.tasks.task_access import RefusedAction, SubnetWays
from strata.rollout.tasks.task_routing import TaskRouting, with_weights
from strata.rollout.tasks.task_views import (
    ContainerServiceView,
    DefinitionView,
    DeploymentView,
    RevisionView,
    TaskView,
)

__all__ = ["LOG_LINES", "NO_CLUSTER", "TaskDriver", "place_of"]

LOG_LINES = 20
"""Lines of a failed task's log that are shown."""

_IMAGES_A_CALL = 100
"""BatchGetImage: `imageIds`."""
_A_CALL = 100
"""Tasks that DescribeTasks answers at once."""

_SERVICES_A_CALL = 10
"""Services that DescribeServices answers at once."""

_DEPLOYMENTS_A_CALL = 20
"""Service deployments that DescribeServiceDeployments answers at once."""

NO_CLUSTER = "ClusterNotFoundException"
_INACTIVE = "INACTIVE"
"""Status of a service that is deleted; AWS describes it for a while."""

_NO_RULE = frozenset({"RuleNotFound", "ListenerNotFound", "LoadBalancerNotFound"})
"""ELB's codes for a listener rule that is not there: it goes with its listener, and that with its load balancer."""

_REGISTERED = frozenset(
    {"taskDefinitionArn", "revision", "status", "registeredAt", "registeredBy", "deregisteredAt", "deleteRequestedAt"}
)
"""What AWS adds to a task definition; a task feels nothing of it."""

_DERIVED = frozenset({"requiresAttributes", "compatibilities"})
"""What AWS derives from the rest of a task definition."""


def place_of(service: str) -> tuple[str, str]:
    """Cluster and name of a service, by its ARN."""
    _, cluster, name = service.rsplit("/", 2)
    return cluster, name


class TaskDriver(OnceDriver):
    """AWS, as far as a rollout of tasks needs it."""

    @property
    def command_line(self) -> str:
        """AWS's own command line as it reaches this same AWS, see `command_line_of`."""
        return command_line_of(self._client("ecs"))

    # the service and its deployments

    def service(self, service: str) -> ContainerServiceView | None:
        """The service of that ARN, or None when there is none any more."""
        cluster, name = place_of(service)
        try:
            found = self._client("ecs").describe_services(cluster=cluster, services=[name])["services"]
        except Exception as error:
            if error_code(error) != NO_CLUSTER:
                raise
            return None
        return self._view(found[0]) if found and found[0]["status"] != _INACTIVE else None

    def service_tagged(self, tags: Mapping[str, str]) -> ContainerServiceView | None:
        """The service that carries every one of the tags; ECS lists none by its tags, so all are looked through."""
        ecs = self._client("ecs")
        for clusters in ecs.get_paginator("list_clusters").paginate():
            for cluster in clusters["clusterArns"]:
                try:
                    found = self._tagged_in(cluster, tags)
                except Exception as error:
                    if error_code(error) != NO_CLUSTER:
                        raise
                    # somebody has deleted it since it was listed
                    found = None
                if found is not None:
                    return found
        return None

    def _tagged_in(self, cluster: str, tags: Mapping[str, str]) -> ContainerServiceView | None:
        listed = self._client("ecs").get_paginator("list_services")
        for page in listed.paginate(cluster=cluster, maxResults=_SERVICES_A_CALL):
            found = self._tagged(cluster, page["serviceArns"], tags)
            if found is not None:
                return found
        return None

    def _tagged(self, cluster: str, services: Sequence[str], tags: Mapping[str, str]) -> ContainerServiceView | None:
        if not services:
            return None
        found = self._client("ecs").describe_services(cluster=cluster, services=list(services), include=["TAGS"])
        for each in found["services"]:
            own = {tag.get("key"): tag.get("value") for tag in each.get("tags") or ()}
            if tags.items() <= own.items() and each["status"] != _INACTIVE:
                return self._view(each)
        return None

    def _view(self, found: Mapping[str, Any]) -> ContainerServiceView:
        """A service of DescribeServices."""
        return ContainerServiceView.from_api(found)

    def deployments(self, service: str, *, most: int = 10) -> list[DeploymentView]:
        """The newest service deployments, newest first; AWS keeps those of ninety days."""
        cluster, name = place_of(service)
        listed = self._client("ecs").list_service_deployments(cluster=cluster, service=name, maxResults=most)
        arns = [each["serviceDeploymentArn"] for each in listed["serviceDeployments"]][:most]
        return self._described(arns)

    def every_deployment(self, service: str) -> list[DeploymentView]:
        """All service deployments that AWS keeps, newest first."""
        cluster, name = place_of(service)
        listed: dict[str, Any] = {"cluster": cluster, "service": name, "maxResults": _A_CALL}
        arns: list[str] = []
        while True:
            answer = self._client("ecs").list_service_deployments(**listed)
            arns += [each["serviceDeploymentArn"] for each in answer["serviceDeployments"]]
            if not answer.get("nextToken"):
                break
            listed["nextToken"] = answer["nextToken"]
        found: list[DeploymentView] = []
        for some in portions(arns, _DEPLOYMENTS_A_CALL):
            found += self._described(some)
        return found

    def last_success(self, service: str) -> DeploymentView | None:
        """The newest deployment that succeeded: AWS goes back to its revision."""
        cluster, name = place_of(service)
        listed = self._client("ecs").list_service_deployments(
            cluster=cluster, service=name, status=["SUCCESSFUL"], maxResults=1
        )["serviceDeployments"]
        found = self._described([each["serviceDeploymentArn"] for each in listed])
        return found[0] if found else None

    def deployment(self, arn: str) -> DeploymentView | None:
        """One deployment, or None when AWS knows none of that ARN."""
        found = self._described([arn])
        return found[0] if found else None

    def _described(self, arns: Sequence[str]) -> list[DeploymentView]:
        if not arns:
            return []
        found = self._client("ecs").describe_service_deployments(serviceDeploymentArns=list(arns))
        known = {each["serviceDeploymentArn"]: DeploymentView.from_api(each) for each in found["serviceDeployments"]}
        return [known[arn] for arn in arns if arn in known]

    def revision(self, arn: str) -> RevisionView | None:
        """A service revision, or None when AWS knows none of that ARN."""
        found = self._client("ecs").describe_service_revisions(serviceRevisionArns=[arn])["serviceRevisions"]
        return RevisionView(arn, found[0].get("taskDefinition", ""), found[0]) if found else None

    def definition(self, arn: str) -> DefinitionView | None:
        """A task definition, or None when it is not there any more."""
        try:
            answer = self._client("ecs").describe_task_definition(taskDefinition=arn, include=["TAGS"])
        except Exception as error:
            # ECS has no code of its own for one that was deleted
            if error_code(error) != "ClientException":
                raise
            return None
        found: Mapping[str, Any] = answer["taskDefinition"]
        tags = {each.get("key"): each.get("value") for each in answer.get("tags") or ()}
        return DefinitionView(
            arn=found["taskDefinitionArn"],
            status=found.get("status", "ACTIVE"),
            digest=tags.get(DIGEST_TAG),
            launches={key: value for key, value in found.items() if key not in _REGISTERED},
            containers=tuple(found["containerDefinitions"]),
            architecture=(found.get("runtimePlatform") or {}).get("cpuArchitecture") or "X86_64",
            execution_role=found.get("executionRoleArn") or "",
            tags={str(key): str(value) for key, value in tags.items()},
        )

    def newest_definition(self, definition: str) -> DefinitionView | None:
        """The newest task definition of the family of one that is not deregistered; None where there is none."""
        return self.definition(definition.rpartition("/")[2].rpartition(":")[0])

    def copy_definition(self, found: DefinitionView) -> str:
        """Register a task definition once more; gives its ARN."""
        inputs = {key: value for key, value in found.launches.items() if key not in _DERIVED}
        tags = [{"key": key, "value": value} for key, value in sorted(found.tags.items())]
        made = self._client("ecs").register_task_definition(**inputs, **({"tags": tags} if tags else {}))
        return str(made["taskDefinition"]["taskDefinitionArn"])

    def update(self, service: str, parameters: Mapping[str, Any]) -> None:
        """Send parameters to the service; those that start a deployment start one where they differ."""
        cluster, name = place_of(service)
        self._client("ecs").update_service(cluster=cluster, service=name, **parameters)

    def configure(self, service: str, configuration: Mapping[str, Any]) -> None:
        """Set how deployments of the service proceed from now on; this starts none."""
        cluster, name = place_of(service)
        self._client("ecs").update_service(cluster=cluster, service=name, deploymentConfiguration=dict(configuration))

    def stop(self, deployment: str) -> None:
        """Ask AWS to take a deployment back."""
        self._client("ecs").stop_service_deployment(serviceDeploymentArn=deployment, stopType="ROLLBACK")

    def answer_hook(self, deployment: str, hook: str) -> None:
        """Let a deployment that waits at a PAUSE hook continue."""
        self._client("ecs").continue_service_deployment(serviceDeploymentArn=deployment, hookId=hook, action="CONTINUE")

    def written(self, parameter: str) -> datetime | None:
        """When a parameter was last written; None where there is none."""
        found = next(iter(describe_parameters(self._client, [parameter])), None)
        return found["LastModifiedDate"] if found is not None else None

    # tasks

    def tasks(self, service: str, *, stopped: bool = False) -> list[TaskView]:
        """The service's tasks that run or are about to, or those that stopped of late: AWS keeps them for an hour."""
        cluster, name = place_of(service)
        ecs, status = self._client("ecs"), "STOPPED" if stopped else "RUNNING"
        pages = ecs.get_paginator("list_tasks").paginate(cluster=cluster, serviceName=name, desiredStatus=status)
        arns = [arn for page in pages for arn in page["taskArns"]]
        found: list[TaskView] = []
        for some in portions(arns, _A_CALL):
            described = ecs.describe_tasks(cluster=cluster, tasks=some, include=["TAGS"])["tasks"]
            found += [TaskView.from_api(each) for each in described]
        return found

    def healthy_addresses(self, target_groups: Iterable[str]) -> frozenset[str]:
        """Addresses that one of the target groups, at least, finds healthy."""
        found = (self._targets_in(arn) for arn in sorted(target_groups))
        return frozenset(address for targets in found if targets is not None for address in targets.healthy)

    def routing(self, rules: Iterable[str], target_groups: Iterable[str]) -> TaskRouting:
        """What so many listener rules and target groups lead to, and which of them are gone."""
        return TaskRouting(
            {arn: self._actions_of(arn) for arn in rules}, {arn: self._targets_in(arn) for arn in target_groups}
        )

    def _actions_of(self, rule: str) -> Sequence[Mapping[str, Any]] | None:
        found = self.listener_rule(rule)
        return found.actions if found is not None else None

    def listener_rule(self, rule: str) -> ListenerRule | None:
        """A listener rule; None where there is no such rule any more, or nothing that could have it."""
        try:
            # one at a time: ELB refuses the whole list for one that is not there
            (found,) = self._client("elbv2").describe_rules(RuleArns=[rule])["Rules"]
        except Exception as error:
            if error_code(error) not in _NO_RULE:
                raise
            return None
        return ListenerRule.from_api(found)

    def log_lines(self, group: str, stream: str) -> tuple[str, ...]:
        """The last lines of a log stream; none where there is no such stream."""
        return last_log_lines(self._client("logs"), group, stream, LOG_LINES)

    # what a preflight asks

    def lead(self, rule: str, weights: Mapping[str, int]) -> None:
        """Set the weights of target groups in a listener rule; nothing else of it changes."""
        elbv2 = self._client("elbv2")
        (found,) = elbv2.describe_rules(RuleArns=[rule])["Rules"]
        actions = [with_weights(each, weights) for each in found["Actions"]]
        if actions != found["Actions"]:
            elbv2.modify_rule(RuleArn=rule, Actions=actions)

    def ways(self, subnets: Sequence[str]) -> tuple[SubnetWays, ...]:
        """How each of the subnets that are there reaches what is outside its VPC."""
        if not subnets:
            return ()
        ec2 = self._client("ec2")
        # by a filter, since EC2 refuses the whole list for one that is not there
        asked = [{"Name": "subnet-id", "Values": list(subnets)}]
        found = [
            each for page in ec2.get_paginator("describe_subnets").paginate(Filters=asked) for each in page["Subnets"]
        ]
        if not found:
            return ()
        inside = [{"Name": "vpc-id", "Values": sorted({each["VpcId"] for each in found})}]
        pages = ec2.get_paginator("describe_route_tables").paginate(Filters=inside)
        tables = [table for page in pages for table in page["RouteTables"]]
        pages = ec2.get_paginator("describe_vpc_endpoints").paginate(Filters=inside)
        endpoints = [endpoint for page in pages for endpoint in page["VpcEndpoints"]]
        return tuple(SubnetWays.from_api(each, tables, endpoints) for each in found)

    def refused_actions(self, role: str, needs: Iterable[tuple[str, str]]) -> tuple[RefusedAction, ...]:
        """What the policies of a role do not allow of so many actions on resources."""
        actions: dict[str, list[str]] = {}
        for action, resource in needs:
            actions.setdefault(resource, []).append(action)
        refused: list[RefusedAction] = []
        simulation = self._client("iam").get_paginator("simulate_principal_policy")
        for resource, names in actions.items():
            for page in simulation.paginate(PolicySourceArn=role, ActionNames=names, ResourceArns=[resource]):
                refused += [
                    RefusedAction(each["EvalActionName"], resource, each["EvalDecision"] == "explicitDeny")
                    for each in page["EvaluationResults"]
                    if each["EvalDecision"] != "allowed"
                ]
        return tuple(refused)

    def secret_keys(self, secrets: Iterable[str]) -> tuple[str, ...]:
        """ARNs of the keys of a customer that encrypt any of these, see `customer_keys`."""
        return customer_keys(self._client("secretsmanager"), self._client("ssm"), self._client("kms"), secrets)

    def manifest(self, image: RepositoryImage) -> str | None:
        """The manifest of an image in a repository of ECR; None where the repository does not have it."""
        try:
            found = ecr_in(self._client, image.region).batch_get_image(
                registryId=image.account, repositoryName=image.repository, imageIds=[{"imageDigest": image.digest}]
            )
        except Exception as error:
            if error_code(error) != "RepositoryNotFoundException":
                raise
            return None
        return str(found["images"][0]["imageManifest"]) if found["images"] else None

    def parts(self, place: RepositoryImage, digests: Collection[str]) -> dict[str, frozenset[str]]:
        """The images that each index is made of, of those that a repository of ECR has; none of a single image.

        Args:
            place: an image of the repository.
            digests: of the indexes, and of others.
        """
        ecr, found = ecr_in(self._client, place.region), dict[str, frozenset[str]]()
        try:
            for some in portions(sorted(digests), _IMAGES_A_CALL):
                ids = [{"imageDigest": each} for each in some]
                answer = ecr.batch_get_image(registryId=place.account, repositoryName=place.repository, imageIds=ids)
                found |= {each["imageId"]["imageDigest"]: parts_of(each["imageManifest"]) for each in answer["images"]}
        except Exception as error:
            if error_code(error) != "RepositoryNotFoundException":
                raise
        return found

    def called(self, image: ImageRef) -> tuple[tuple[str, ...], str]:
        """The tags that people gave a container image, and that they are tags; none of what is in no repository."""
        labels = ImageFinder(self._client).labels_of(image.id.partition("@")[0], image.content)
        return labels, "by its tags"

    def scan(self, image: RepositoryImage) -> ImageScan | None:
        """What ECR last found in an image, see `read_container_scan`; None where it has not scanned it."""
        ecr = ecr_in(self._client, image.region)
        return read_container_scan(ecr, image.account, image.repository, image.digest)

    # after a rollout

    def keep_images(self, repository: str, digests: Collection[str], *, owner: str, prune: bool) -> frozenset[str]:
        """Spare images of a repository of this account, see `strata.aws.kept_images`; gives those it does not have."""
        return keep_images(self._client("ecr"), repository, digests, owner=owner, prune=prune)
