"""The service of Amazon ECS: its tasks, how many there are, and how a deployment of it proceeds."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from strata.components.base import Component
from strata.components.container_service.target_groups import TargetGroups
from strata.components.container_service.task_definition import TaskDefinition
from strata.components.ingress import Ingress
from strata.components.network import Place
from strata.rollout.tasks.service_terms import PROPAGATED_TAGS, ServiceTerms
from strata.settings.models import ContainerServiceSettings, Strategy
from strata.spectrum import Mutability

__all__ = ["ONLY_THE_GATE_SENDS", "ecs_service", "network_configuration", "parameters", "scaling"]

ONLY_THE_GATE_SENDS: Final[Mapping[str, str]] = {
    "taskDefinition": "taskDefinition",
    "networkConfiguration": "networkConfiguration",
    "loadBalancers": "loadBalancers",
    "platformVersion": "platformVersion",
    "serviceRegistries": "serviceRegistries",
    "serviceConnectConfiguration": "serviceConnectConfiguration",
    "volumeConfigurations": "volumeConfiguration",
    "vpcLatticeConfigurations": "vpcLatticeConfigurations",
}
"""The parameters of UpdateService that start a deployment, and what the provider calls each."""
ONLY_WHILE_THE_GATE_ROLLS: Final = "deploymentConfiguration.lifecycleHooks"
"""The gate sets the hooks for its own deployment and takes them off again; see `rollout/tasks/deployment_requests.py`.
An `up` that is killed leaves them, and the provider must see no change in that."""
_MOST_PERCENT: Final = 200
_NAMESPACE: Final = "ecs"
_DIMENSION: Final = "ecs:service:DesiredCount"


def network_configuration(ground: Place, security_group: "aws.ec2.SecurityGroup") -> dict[str, Any]:
    """Where tasks are, in pulumi_aws' words."""
    return {"subnets": ground.subnet_ids, "security_groups": [security_group.id], "assign_public_ip": False}


def parameters(
    settings: ContainerServiceSettings,
    network: Mapping[str, Any],
    load_balancers: Sequence[Mapping[str, Any]],
) -> pulumi.Output[dict[str, Any]]:
    """What the gate sends along with the task definition, in AWS's words.

    Args:
        settings: the service's settings.
        network: where its tasks are, in pulumi_aws' words.
        load_balancers: where their requests come from, in pulumi_aws' words.
    """
    sent: dict[str, Any] = {
        "networkConfiguration": {
            "awsvpcConfiguration": {
                **_camel_case({key: value for key, value in network.items() if key != "assign_public_ip"}),
                "assignPublicIp": "ENABLED" if network["assign_public_ip"] else "DISABLED",
            }
        },
        "platformVersion": settings.platform_version,
        "loadBalancers": [_camel_case(each) for each in load_balancers],
    }
    known: pulumi.Output[dict[str, Any]] = pulumi.Output.from_input(sent)
    return known


def _camel_case(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs of pulumi_aws in AWS's words."""
    return {
        first + "".join(word.capitalize() for word in rest): _camel_case(value) if isinstance(value, Mapping) else value
        for (first, *rest), value in ((key.split("_"), value) for key, value in inputs.items())
    }


def ecs_service(
    service: Component,
    settings: ContainerServiceSettings,
    *,
    cluster: pulumi.Input[str],
    task: TaskDefinition,
    network: Any,
    load_balancers: Any,
    alarm_names: pulumi.Output[Sequence[str]] | None,
    depends_on: Sequence[pulumi.Resource],
    hooks: pulumi.ResourceHookBinding | None,
) -> "aws.ecs.Service":
    """The service, with the network and the load balancers in pulumi_aws' words.

    What starts a deployment counts here when the service is created, and is ignored from then on: the provider reports
    a service as updated whatever becomes of the deployment. The gate sends it, and follows the deployment to its end.
    How many tasks there are is for scaling to decide.
    """
    capacity, rollout, rolling = settings.capacity, settings.rollout, settings.strategy is Strategy.ROLLING
    terms = ServiceTerms.of_service(settings)
    watched: dict[str, Any] = {}
    if alarm_names is not None:
        watched["alarms"] = {
            "alarm_names": alarm_names,
            "enable": terms.alarms_enabled,
            "rollback": terms.alarms_roll_back,
        }
    if load_balancers:
        watched["health_check_grace_period_seconds"] = terms.grace_seconds
    return service.child(
        aws.ecs.Service,
        "service",
        Mutability.REPLACED,
        depends_on=depends_on,
        ignore_changes=["desiredCount", *ONLY_THE_GATE_SENDS.values(), ONLY_WHILE_THE_GATE_ROLLS],
        hooks=hooks,
    )(
        cluster=cluster,
        task_definition=task.resource.arn,
        desired_count=capacity.min if capacity.initial is None else capacity.initial,
        launch_type="FARGATE",
        platform_version=terms.platform_version,
        network_configuration=network,
        load_balancers=load_balancers,
        deployment_controller={"type": "ECS"},
        deployment_configuration=_deployment_configuration(settings),
        deployment_minimum_healthy_percent=rollout.min_healthy_percent,
        deployment_maximum_percent=rollout.max_healthy_percent if rolling else _MOST_PERCENT,
        # The circuit breaker counts failed tasks of a rolling deployment; where requests move, alarms and the gate do.
        deployment_circuit_breaker={"enable": rolling, "rollback": rolling and rollout.goes_back},
        enable_execute_command=terms.execute_command,
        enable_ecs_managed_tags=True,
        propagate_tags=PROPAGATED_TAGS,
        # It would be content with the release before, after a rollback (pulumi-aws#4487).
        wait_for_steady_state=False,
        **watched,
    )


def _deployment_configuration(settings: ContainerServiceSettings) -> Any:
    rollout, strategy = settings.rollout, settings.strategy
    found: dict[str, Any] = {"strategy": strategy.name}
    if strategy.shifts_traffic:
        found["bake_time_in_minutes"] = str(rollout.bake_minutes)
    if strategy is Strategy.LINEAR:
        found["linear_configuration"] = {
            "step_percent": rollout.linear_step_percent,
            "step_bake_time_in_minutes": str(rollout.linear_bake_minutes),
        }
    if strategy is Strategy.CANARY:
        found["canary_configuration"] = {
            "canary_percent": rollout.canary_percent,
            "canary_bake_time_in_minutes": str(rollout.canary_bake_minutes),
        }
    return found


def scaling(
    service: Component,
    settings: ContainerServiceSettings,
    made: "aws.ecs.Service",
    groups: TargetGroups | None,
    ingress: Ingress | None,
) -> None:
    """The bounds of the number of tasks, and target tracking policies for what the settings name."""
    target = service.child(aws.appautoscaling.Target, "scalable_target", Mutability.REPLACED, suffix="capacity")(
        service_namespace=_NAMESPACE,
        scalable_dimension=_DIMENSION,
        # service/CLUSTER/SERVICE, as the ARN ends
        resource_id=made.id.apply(lambda arn: arn.rpartition(":")[2]),
        min_capacity=settings.capacity.min,
        max_capacity=settings.capacity.max,
    )
    tracked = settings.scaling
    if tracked is None:
        return
    if tracked.cpu_percent is not None:
        metric = {"predefined_metric_type": "ECSServiceAverageCPUUtilization"}
        _track(service, target, "cpu", tracked.cpu_percent, metric)
    if tracked.memory_percent is not None:
        metric = {"predefined_metric_type": "ECSServiceAverageMemoryUtilization"}
        _track(service, target, "memory", tracked.memory_percent, metric)
    if tracked.requests_per_task is not None and groups is not None and ingress is not None:
        label = pulumi.Output.concat(ingress.load_balancer_arn_suffix, "/", groups.primary.arn_suffix)
        requests = {"predefined_metric_type": "ALBRequestCountPerTarget", "resource_label": label}
        _track(service, target, "requests", tracked.requests_per_task, requests)


def _track(service: Component, target: "aws.appautoscaling.Target", suffix: str, value: int, metric: Any) -> None:
    service.child(aws.appautoscaling.Policy, f"scale_by_{suffix}", Mutability.REPLACED, suffix=suffix, tagged=False)(
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        policy_type="TargetTrackingScaling",
        target_tracking_scaling_policy_configuration={
            "target_value": value,
            "predefined_metric_specification": metric,
        },
    )
