"""What a task of the service is: the task definition, and the digest that identifies what it runs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from strata.components.base import Component
from strata.components.container_service.task_roles import TaskRoles
from strata.components.secret import Secret
from strata.components.service.launched import digest_without_secrets, list_secrets
from strata.errors import UsageError
from strata.rollout.record import DIGEST_TAG
from strata.settings.models import ContainerPlatform, ContainerServiceSettings
from strata.spectrum import Mutability

__all__ = ["TaskDefinition", "container", "task_definition"]

_NOT_IN_DIGEST: Final = frozenset({"tags", "family", "skip_destroy", "track_latest", "region"})
"""Inputs that change no running task: a cost tag must not roll a service."""
_ARCHITECTURES: Final[Mapping[ContainerPlatform, str]] = {
    ContainerPlatform.AMD64: "X86_64",
    ContainerPlatform.ARM64: "ARM64",
}
_LOG_BUFFER: Final = "25m"


@dataclass(frozen=True)
class TaskDefinition:
    """A revision of a task definition and the release digest of the service with it."""

    resource: "aws.ecs.TaskDefinition"
    digest: pulumi.Output[str]


def container(
    name: str,
    settings: ContainerServiceSettings,
    *,
    image: str,
    environment: Mapping[str, str],
    secrets: Mapping[str, str],
    logs: str,
    region: str,
) -> dict[str, Any]:
    """The container in a task, as a task definition has it.

    Args:
        name: what it is called.
        settings: the service's settings.
        image: repository@sha256:...
        environment: its variables.
        secrets: variables whose values ECS reads, by the ARN of the secret.
        logs: name of the log group.
        region: the log group's.
    """
    optional: dict[str, Any] = {}
    if settings.entry_point is not None:
        optional["entryPoint"] = list(settings.entry_point)
    if settings.command is not None:
        optional["command"] = list(settings.command)
    if settings.open_files is not None:
        limit = {"name": "nofile", "softLimit": settings.open_files, "hardLimit": settings.open_files}
        optional["ulimits"] = [limit]
    if (check := settings.container_health) is not None:
        optional["healthCheck"] = {
            "command": ["CMD", *check.command],
            "interval": check.interval_seconds,
            "timeout": check.timeout_seconds,
            "retries": check.retries,
            "startPeriod": settings.boot_seconds,
        }
    if secrets:
        optional["secrets"] = [{"name": key, "valueFrom": arn} for key, arn in sorted(secrets.items())]
    return {
        "name": name,
        "image": image,
        "essential": True,
        "user": settings.user,
        "readonlyRootFilesystem": True,
        # An init collects children and hands signals on. Fargate knows no tmpfs, and of capabilities only SYS_PTRACE
        # could be added.
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        "stopTimeout": settings.stop_seconds,
        "portMappings": [{"containerPort": settings.port, "hostPort": settings.port, "protocol": "tcp"}],
        "environment": [{"name": key, "value": value} for key, value in sorted(environment.items())],
        "mountPoints": [
            {"sourceVolume": _volume(index), "containerPath": path, "readOnly": False}
            for index, path in enumerate(settings.writable_paths)
        ],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": logs,
                "awslogs-region": region,
                "awslogs-stream-prefix": name,
                # a slow log must not stop the application
                "mode": "non-blocking",
                "max-buffer-size": _LOG_BUFFER,
            },
        },
        **optional,
    }


def task_definition(
    service: Component,
    settings: ContainerServiceSettings,
    *,
    reference: pulumi.Output[str],
    roles: TaskRoles,
    secrets: Mapping[str, Secret],
    environment: Mapping[str, pulumi.Input[str]],
    logs: "aws.cloudwatch.LogGroup",
    parameters: pulumi.Output[Any],
) -> TaskDefinition:
    """The task definition. Each change makes a new revision; none is run before the gate asks ECS for it.

    Revisions are kept when the program goes on to the next one: ECS starts no task of a deregistered revision, and a
    rollback would find nothing to go back to.

    Args:
        service: the service.
        settings: its settings.
        reference: the image.
        roles: what its tasks act by.
        secrets: what ECS reads for the container, by variable.
        environment: variables of what the service uses.
        logs: where the container's lines go.
        parameters: what the gate sends along with the task definition, which is part of the release too.
    """
    name = service.pulumi_resource_name
    values: dict[str, pulumi.Input[str]] = {
        **settings.environment,
        **environment,
        "STRATA_PROJECT": pulumi.get_project(),
        "STRATA_STACK": pulumi.get_stack(),
        "STRATA_SERVICE": name,
        "STRATA_LOG_GROUP": logs.name,
        "STRATA_PORT": str(settings.port),
    }
    arns = {key: secret.arn for key, secret in secrets.items()}

    def definitions(parts: Mapping[str, Any]) -> str:
        region = str(parts["arn"]).split(":")[3]
        known = {key: parts[key] for key in ("image", "environment", "secrets", "logs")}
        return json.dumps([container(name, settings, region=region, **known)], sort_keys=True)

    task: dict[str, Any] = service.overrides.apply(
        "task_definition",
        {
            "requires_compatibilities": ["FARGATE"],
            "network_mode": "awsvpc",
            "cpu": str(settings.cpu),
            "memory": str(settings.memory_mib),
            "runtime_platform": {
                "cpu_architecture": _ARCHITECTURES[settings.platform],
                "operating_system_family": "LINUX",
            },
            "ephemeral_storage": {"size_in_gib": settings.ephemeral_gib} if settings.ephemeral_gib else None,
            "execution_role_arn": roles.execution.arn,
            "task_role_arn": roles.application.arn,
            "volumes": [{"name": _volume(index)} for index, _ in enumerate(settings.writable_paths)],
            "container_definitions": pulumi.Output.all(
                image=reference,
                environment=pulumi.Output.all(**values),
                # of nothing, `all` would make a list
                secrets=pulumi.Output.all(**arns) if arns else {},
                logs=logs.name,
                arn=logs.arn,
            ).apply(definitions),
        },
    )
    digest = _digest(service, task, roles, parameters)
    made = service.child(aws.ecs.TaskDefinition, "task_definition", Mutability.REPLACED, suffix="task")
    # tasks get the tags of their task definition
    launched: Any = {**service.launched_tag_set(name, Mutability.REPLACED), DIGEST_TAG: digest}
    resource = made(
        family=f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}",
        skip_destroy=True,
        **{"tags": launched, **task},
    )
    return TaskDefinition(resource, digest)


def _digest(
    service: Component, task: Mapping[str, Any], roles: TaskRoles, parameters: pulumi.Output[Any]
) -> pulumi.Output[str]:
    def refusal(secret: Sequence[str]) -> UsageError:
        return UsageError(
            f"service {service.pulumi_resource_name!r}: {list_secrets(secret, 'task definition')}, and a task "
            "definition can be read by whoever may describe it, in every revision there ever was",
            fix="Pass secrets={'NAME': secret} of a Secret: ECS then reads the value when it starts the container. "
            "What is no secret is handed over with pulumi.Output.unsecret.",
        )

    parts = {key: value for key, value in task.items() if key not in _NOT_IN_DIGEST and value is not None}
    return digest_without_secrets({**parts, "sent": parameters}, parts, role=roles.application, refusal=refusal)


def _volume(index: int) -> str:
    return f"writable-{index}"
