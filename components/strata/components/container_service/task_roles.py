"""By which roles a container service acts: its containers, ECS that starts it, and ECS that moves its requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from strata.aws.policy_documents import assume_role_policy, policy
from strata.components.base import Component
from strata.components.secret import Secret
from strata.naming import ROLE_NAME
from strata.rollout.tasks.image_lookup import in_repository
from strata.settings.models import ContainerServiceSettings
from strata.spectrum import Mutability

__all__ = ["TaskRoles", "infrastructure_role", "task_roles"]

_PULL: Final = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
_SHELL: Final = [
    f"ssmmessages:{action}"
    for action in ("CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel")
]
_MOVES_REQUESTS: Final = "AmazonECSInfrastructureRolePolicyForLoadBalancers"


@dataclass(frozen=True)
class TaskRoles:
    """What a task acts by.

    Args:
        application: the role of the application and its sidecars, which `uses` is granted to.
        execution: the role by which ECS pulls the image, writes logs and reads secrets for the task.
        grants: what the roles may do; tasks that start before it exists would be refused.
    """

    application: "aws.iam.Role"
    execution: "aws.iam.Role"
    grants: Sequence[pulumi.Resource]


def task_roles(
    service: Component,
    settings: ContainerServiceSettings,
    *,
    references: Sequence[pulumi.Output[str]],
    secrets: Sequence[Secret],
    logs: "aws.cloudwatch.LogGroup",
) -> TaskRoles:
    """The two roles of a task. Only the second one may pull, and read the secrets that ECS hands to its containers.

    Args:
        service: the service.
        settings: its settings.
        references: the images of the containers.
        secrets: what ECS reads for them.
        logs: where their lines go.
    """
    application = service.child(aws.iam.Role, "task_role", Mutability.STABLE, suffix="task", named=ROLE_NAME)(
        assume_role_policy=assume_role_policy("ecs-tasks")
    )
    execution = service.child(aws.iam.Role, "execution_role", Mutability.STABLE, suffix="execution", named=ROLE_NAME)(
        assume_role_policy=assume_role_policy("ecs-tasks")
    )
    write_logs = {
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": [pulumi.Output.concat(logs.arn, ":*")],
    }
    # each secret once, however many variables have it
    read = [statement for secret in dict.fromkeys(secrets) for statement in secret.access.statements]

    def granted(parts: Sequence[str]) -> pulumi.Output[str]:
        partition, *images = parts
        return policy(write_logs, *_pull(images, partition), *read)

    allowed: pulumi.Output[str] = pulumi.Output.all(service.partition.partition, *references).apply(granted)
    grants: list[pulumi.Resource] = [
        service.child(aws.iam.RolePolicy, "execution_policy", Mutability.REPLACED, suffix="execution", tagged=False)(
            role=execution.id, policy=allowed
        )
    ]
    if settings.execute_command:
        shell = service.child(aws.iam.RolePolicy, "shell_policy", Mutability.REPLACED, suffix="shell", tagged=False)
        # the calls know no resources (IAM)
        grants.append(shell(role=application.id, policy=policy({"Action": _SHELL, "Resource": ["*"]})))
    return TaskRoles(application, execution, grants)


def _pull(references: Sequence[str], partition: str) -> list[Mapping[str, Any]]:
    found = [image for each in references if (image := in_repository(each)) is not None]
    if not found:
        # other registries are pulled from without a role
        return []
    arns = (f"arn:{partition}:ecr:{each.region}:{each.account}:repository/{each.repository}" for each in found)
    return [
        # the call knows no resources (IAM)
        {"Action": ["ecr:GetAuthorizationToken"], "Resource": ["*"]},
        {"Action": _PULL, "Resource": list(dict.fromkeys(arns))},
    ]


def infrastructure_role(service: Component) -> tuple["aws.iam.Role", list[pulumi.Resource]]:
    """The role by which ECS moves requests from one target group to the other, and what it may do."""
    role = service.child(
        aws.iam.Role, "infrastructure_role", Mutability.STABLE, suffix="infrastructure", named=ROLE_NAME
    )(assume_role_policy=assume_role_policy("ecs"))
    moves = service.child(
        aws.iam.RolePolicyAttachment,
        "infrastructure_policy",
        Mutability.REPLACED,
        suffix="infrastructure",
        tagged=False,
    )(
        role=role.name,
        policy_arn=pulumi.Output.concat("arn:", service.partition.partition, ":iam::aws:policy/", _MOVES_REQUESTS),
    )
    return role, [moves]
