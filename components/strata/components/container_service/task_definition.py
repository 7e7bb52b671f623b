"""What a task of the service is: the task definition, and the digest that identifies what it runs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from strata.components.base import Component
from strata.components.container_service.container_definition import ContainerValues, application, sidecar, volumes
from strata.components.container_service.sidecar import Beside
from strata.components.container_service.task_roles import TaskRoles
from strata.components.secret import Secret
from strata.components.service.launched import digest_without_secrets, list_secrets
from strata.errors import UsageError
from strata.rollout.record import DIGEST_TAG
from strata.settings.models import ContainerPlatform, ContainerServiceSettings
from strata.spectrum import Mutability

__all__ = ["TaskDefinition", "task_definition"]

_NOT_IN_DIGEST: Final = frozenset({"tags", "family", "skip_destroy", "track_latest", "region"})
"""Inputs that change no running task: a cost tag must not roll a service."""
_ARCHITECTURES: Final[Mapping[ContainerPlatform, str]] = {
    ContainerPlatform.AMD64: "X86_64",
    ContainerPlatform.ARM64: "ARM64",
}


@dataclass(frozen=True)
class TaskDefinition:
    """A revision of a task definition and the release digest of the service with it."""

    resource: "aws.ecs.TaskDefinition"
    digest: pulumi.Output[str]


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
    sidecars: Mapping[str, Beside],
    beside: Mapping[str, Mapping[str, pulumi.Input[str]]],
) -> TaskDefinition:
    """The task definition. Each change makes a new revision; none is run before the gate asks ECS for it.

    Revisions are kept when the program goes on to the next one: ECS starts no task of a deregistered revision, and a
    rollback would find nothing to go back to. What a refresh reads is the newest of them, as with a launch template.

    Args:
        service: the service.
        settings: its settings.
        reference: the image.
        roles: what its tasks act by.
        secrets: what ECS reads for the container, by variable.
        environment: variables of what the service uses.
        logs: where the container's lines go.
        parameters: what the gate sends along with the task definition, which is part of the release too.
        sidecars: its sidecars by name.
        beside: variables of what each of them uses.
    """
    name = service.pulumi_resource_name
    own: dict[str, pulumi.Input[str]] = {
        "STRATA_PROJECT": pulumi.get_project(),
        "STRATA_STACK": pulumi.get_stack(),
        "STRATA_SERVICE": name,
        "STRATA_LOG_GROUP": logs.name,
        "STRATA_PORT": str(settings.port),
    }
    main = _values(logs, reference, {**settings.environment, **environment, **own}, secrets)
    others = {
        key: _values(
            logs, each.image.apply(lambda it: it.id), {**each.settings.environment, **beside[key], **own}, each.secrets
        )
        for key, each in sidecars.items()
    }

    def definitions(values: Sequence[ContainerValues]) -> str:
        named = dict(zip(sidecars, values[1:], strict=True))
        made = [sidecar(key, sidecars[key].settings, each) for key, each in named.items()]
        return json.dumps([application(name, settings, values[0]), *made], sort_keys=True)

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
            "volumes": [{"name": each} for each in volumes(settings)],
            "container_definitions": pulumi.Output.all(main, *others.values()).apply(definitions),
        },
    )
    digest = _digest(service, task, roles, parameters)
    made = service.child(aws.ecs.TaskDefinition, "task_definition", Mutability.REPLACED, suffix="task")
    # tasks get the tags of their task definition
    launched: Any = {**service.launched_tag_set(name, Mutability.REPLACED), DIGEST_TAG: digest}
    resource = made(
        family=f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}",
        skip_destroy=True,
        # a rollback through AWS makes a copy of an earlier revision the newest one, and a refresh finds it by this
        track_latest=True,
        **{"tags": launched, **task},
    )
    return TaskDefinition(resource, digest)


def _values(
    logs: "aws.cloudwatch.LogGroup",
    reference: pulumi.Output[str],
    environment: Mapping[str, pulumi.Input[str]],
    secrets: Mapping[str, Secret],
) -> pulumi.Output[ContainerValues]:
    arns = {key: secret.arn for key, secret in secrets.items()}

    def known(parts: Mapping[str, Any]) -> ContainerValues:
        return ContainerValues(
            region=str(parts["arn"]).split(":")[3], **{key: parts[key] for key in parts if key != "arn"}
        )

    return pulumi.Output.all(
        image=reference,
        environment=pulumi.Output.all(**environment),
        # of nothing, `all` would make a list
        secrets=pulumi.Output.all(**arns) if arns else {},
        logs=logs.name,
        arn=logs.arn,
    ).apply(known)


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
