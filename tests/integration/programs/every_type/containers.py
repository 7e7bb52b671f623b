"""A container service with all that it needs; it runs no task, since which task runs when is not what is asked here."""

import json
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

DIGEST = f"sha256:{'a' * 64}"
ASSUMED_BY_ANYBODY = {"Effect": "Allow", "Principal": "*", "Action": ["ecr:BatchGetImage"], "Sid": "pull"}
EXPIRY = {
    "rules": [
        {
            "rulePriority": 1,
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": 90,
            },
            "action": {"type": "expire"},
        }
    ]
}


def container_service(
    *,
    vpc: pulumi.Input[str],
    subnets: Sequence[pulumi.Input[str]],
    security_group: pulumi.Input[str],
    listener: pulumi.Input[str],
    role: pulumi.Input[str],
    tags: Mapping[str, str],
) -> None:
    """Make it, with one resource at least of every type of containers."""
    repository = aws.ecr.Repository(
        "containers",
        # a task has pulled an image from it by the end
        force_delete=True,
        image_tag_mutability="IMMUTABLE",
        image_scanning_configuration={"scan_on_push": True},
        tags=tags,
    )
    aws.ecr.LifecyclePolicy("containers", repository=repository.name, policy=json.dumps(EXPIRY, indent=2))
    aws.ecr.RepositoryPolicy(
        "containers",
        repository=repository.name,
        policy=json.dumps({"Version": "2012-10-17", "Statement": [ASSUMED_BY_ANYBODY]}, indent=2),
    )
    cluster = aws.ecs.Cluster("containers", settings=[{"name": "containerInsights", "value": "enabled"}], tags=tags)
    aws.ecs.ClusterCapacityProviders(
        "containers",
        cluster_name=cluster.name,
        capacity_providers=["FARGATE", "FARGATE_SPOT"],
        default_capacity_provider_strategies=[{"capacity_provider": "FARGATE", "weight": 1}],
    )
    definition = aws.ecs.TaskDefinition(
        "containers",
        family="containers",
        requires_compatibilities=["FARGATE"],
        network_mode="awsvpc",
        cpu="256",
        memory="512",
        execution_role_arn=role,
        runtime_platform={"cpu_architecture": "ARM64", "operating_system_family": "LINUX"},
        volumes=[{"name": "scratch"}],
        container_definitions=repository.repository_url.apply(definitions),
        skip_destroy=True,
        tags=tags,
    )
    blue, green = (
        aws.lb.TargetGroup(f"containers-{name}", port=8080, protocol="HTTP", target_type="ip", vpc_id=vpc, tags=tags)
        for name in ("blue", "green")
    )
    rule = aws.lb.ListenerRule(
        "containers",
        listener_arn=listener,
        priority=20,
        conditions=[{"path_pattern": {"values": ["/containers/*"]}}],
        actions=[
            {
                "type": "forward",
                "forward": {"target_groups": [{"arn": blue.arn, "weight": 100}, {"arn": green.arn, "weight": 0}]},
            }
        ],
        tags=tags,
    )
    service = aws.ecs.Service(
        "containers",
        cluster=cluster.arn,
        task_definition=definition.arn,
        desired_count=0,
        launch_type="FARGATE",
        network_configuration={"subnets": subnets, "security_groups": [security_group]},
        load_balancers=[
            {
                "target_group_arn": blue.arn,
                "container_name": "web",
                "container_port": 8080,
                "advanced_configuration": {
                    "alternate_target_group_arn": green.arn,
                    "production_listener_rule": rule.arn,
                    "role_arn": role,
                },
            }
        ],
        health_check_grace_period_seconds=60,
        deployment_circuit_breaker={"enable": True, "rollback": True},
        deployment_configuration={
            "strategy": "CANARY",
            "bake_time_in_minutes": "10",
            "canary_configuration": {"canary_percent": 10, "canary_bake_time_in_minutes": "5"},
        },
        alarms={"alarm_names": ["containers"], "enable": True, "rollback": True},
        enable_ecs_managed_tags=True,
        propagate_tags="SERVICE",
        tags=tags,
        opts=pulumi.ResourceOptions(depends_on=[rule], ignore_changes=["taskDefinition", "desiredCount"]),
    )
    target = aws.appautoscaling.Target(
        "containers",
        min_capacity=0,
        max_capacity=pulumi.Config("trial").get_int("max") or 4,
        resource_id=pulumi.Output.concat("service/", cluster.name, "/", service.name),
        scalable_dimension="ecs:service:DesiredCount",
        service_namespace="ecs",
        tags=tags,
    )
    aws.appautoscaling.Policy(
        "containers",
        policy_type="TargetTrackingScaling",
        resource_id=target.resource_id,
        scalable_dimension=target.scalable_dimension,
        service_namespace=target.service_namespace,
        target_tracking_scaling_policy_configuration={
            "target_value": pulumi.Config("trial").get_int("delay") or 60,
            "predefined_metric_specification": {"predefined_metric_type": "ECSServiceAverageCPUUtilization"},
            "scale_in_cooldown": 300,
        },
    )


def definitions(repository: str) -> str:
    """The containers of the task, with what a document may leave to ECS written out or left out."""
    web = {
        "name": "web",
        "image": f"{repository}@{DIGEST}",
        "essential": True,
        "command": ["serve", "--all"],
        "environment": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}],
        "portMappings": [{"containerPort": 8080, "protocol": "tcp"}],
        "readonlyRootFilesystem": True,
        "mountPoints": [{"sourceVolume": "scratch", "containerPath": "/tmp"}],  # noqa: S108 - inside the container
    }
    return json.dumps([web], indent=2)
