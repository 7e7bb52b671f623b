"""moto's scalable targets have no tags, and its scaling policies get new alarms whenever they change."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.applicationautoscaling.exceptions import AWSValidationException
from moto.applicationautoscaling.models import (
    ApplicationAutoscalingBackend,
    FakeApplicationAutoscalingPolicy,
    FakeScalableTarget,
)
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

from strata_rehearsal.cloud.patches import replace, wrap
from strata_rehearsal.cloud.state import current
from strata_rehearsal.cloud.tasks.service_keeping import keep_within

__all__ = ["patch"]

_ROLE = "aws-service-role/{0}.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_{1}"
_ROLE_NAMES = {"ecs": "ECSService", "dynamodb": "DynamoDBTable", "rds": "RDSCluster"}
"""How the service-linked role of a namespace ends."""

_NOTHING_SUSPENDED = dict.fromkeys(
    ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"), False
)


def patch() -> None:
    """Tag targets, find policies by name, and keep a policy what it is when it changes."""
    wrap(ApplicationAutoScalingResponse, "register_scalable_target", _tagged)
    wrap(ApplicationAutoScalingResponse, "describe_scaling_policies", _of_the_names)
    replace(ApplicationAutoScalingResponse, "tag_resource", _tag_resource)
    replace(ApplicationAutoScalingResponse, "untag_resource", _untag_resource)
    replace(ApplicationAutoScalingResponse, "list_tags_for_resource", _list_tags_for_resource)
    wrap(ApplicationAutoscalingBackend, "register_scalable_target", _completed)
    wrap(ApplicationAutoscalingBackend, "put_scaling_policy", _same_policy)
    wrap(ApplicationAutoscalingBackend, "deregister_scalable_target", _with_its_policies)


def _tags(target: Any) -> dict[str, str]:
    if not hasattr(target, "strata_tags"):
        target.strata_tags = {}
    return target.strata_tags


def _target(response: Any) -> FakeScalableTarget:
    arn = response._get_param("ResourceARN")  # noqa: SLF001 - moto's own way
    targets = response.applicationautoscaling_backend.targets.values()
    found = next((each for kept in targets for each in kept.values() if each.arn == arn), None)
    if found is None:
        raise AWSValidationException(f"The scalable target with ARN {arn} does not exist.")
    return found


def _tagged(original: Callable[..., str]) -> Callable[..., str]:
    def register_scalable_target(self: Any) -> str:
        answer = original(self)
        arn = json.loads(answer)["ScalableTargetARN"]
        for kept in self.applicationautoscaling_backend.targets.values():
            for target in kept.values():
                if target.arn == arn:
                    _tags(target).update(self._get_param("Tags") or {})
        return answer

    return register_scalable_target


def _tag_resource(self: Any) -> str:
    _tags(_target(self)).update(self._get_param("Tags") or {})
    return "{}"


def _untag_resource(self: Any) -> str:
    tags = _tags(_target(self))
    for key in self._get_param("TagKeys") or []:
        tags.pop(key, None)
    return "{}"


def _list_tags_for_resource(self: Any) -> str:
    return json.dumps({"Tags": _tags(_target(self))})


def _of_the_names(original: Callable[..., str]) -> Callable[..., str]:
    def describe_scaling_policies(self: Any) -> str:
        answer = json.loads(original(self))
        names = self._get_param("PolicyNames")
        if names:
            answer["ScalingPolicies"] = [each for each in answer["ScalingPolicies"] if each["PolicyName"] in names]
        return json.dumps(answer)

    return describe_scaling_policies


def _completed(original: Callable[..., FakeScalableTarget]) -> Callable[..., FakeScalableTarget]:
    def register_scalable_target(self: Any, namespace: str, *args: Any, **others: Any) -> FakeScalableTarget:
        target = original(self, namespace, *args, **others)
        if not target.role_arn:
            role = _ROLE.format(namespace, _ROLE_NAMES.get(namespace, namespace.capitalize()))
            target.role_arn = f"arn:{self.partition}:iam::{self.account_id}:role/{role}"
        suspended: Mapping[str, bool] = target.suspended_state or {}  # pyright: ignore[reportAssignmentType]
        target.suspended_state = {**_NOTHING_SUSPENDED, **suspended}  # pyright: ignore[reportAttributeAccessIssue]
        _bound(self, target)
        return target

    return register_scalable_target


def _bound(backend: Any, target: Any) -> None:
    """A container service has at least and at most what its scalable target allows."""
    _, cluster, name = (*str(target.resource_id).split("/"), "", "")[:3]
    for service in list(current().services_of(backend.account_id, backend.region_name)):
        if (service.cluster, service.name) == (cluster, name):
            keep_within(current(), service, int(target.min_capacity), int(target.max_capacity))


def _same_policy(original: Callable[..., Any]) -> Callable[..., Any]:
    def put_scaling_policy(
        self: Any,
        policy_name: str,
        service_namespace: str,
        resource_id: str,
        scalable_dimension: str,
        *args: Any,
        **more: Any,
    ) -> FakeApplicationAutoscalingPolicy:
        what = (service_namespace, resource_id, scalable_dimension, policy_name)
        before: Any = self.policies.get(FakeApplicationAutoscalingPolicy.formulate_key(*what))
        made = original(self, policy_name, service_namespace, resource_id, scalable_dimension, *args, **more)
        if before is not None:
            before.delete_alarms(self.account_id, self.region_name)
            made.policy_arn, made.creation_time = before.policy_arn, before.creation_time
        return made

    return put_scaling_policy


def _with_its_policies(original: Callable[..., None]) -> Callable[..., None]:
    def deregister_scalable_target(self: Any, namespace: str, r_id: str, dimension: str) -> None:
        original(self, namespace, r_id, dimension)
        for policy in list(self.policies.values()):
            if (policy.service_namespace, policy.resource_id, policy.scalable_dimension) == (
                namespace,
                r_id,
                dimension,
            ):
                self.delete_scaling_policy(policy.policy_name, namespace, r_id, dimension)

    return deregister_scalable_target
