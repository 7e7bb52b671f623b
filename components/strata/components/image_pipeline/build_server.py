"""The servers that build and test an image: their role, their network, and what Image Builder runs them by."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from strata.aws.policy_documents import assume_role_policy, policy
from strata.components.access import Usable
from strata.components.base import Component
from strata.components.network import Place
from strata.components.network.security_group import make_security_group
from strata.naming import ROLE_NAME
from strata.settings.models import ImagePipelineSettings
from strata.spectrum import Mutability

__all__ = ["infrastructure"]

_POLICIES: Final = {"session-manager": "AmazonSSMManagedInstanceCore", "builder": "EC2InstanceProfileForImageBuilder"}
"""AWS's own policies that a build needs, by what follows the role's name in that of the attachment."""
_PORTS: Final = (443, 80)
"""HTTPS for AWS, and HTTP for repositories of packages, which are signed."""


def infrastructure(
    pipeline: Component,
    settings: ImagePipelineSettings,
    ground: Place,
    *,
    order: str,
    logs: "aws.cloudwatch.LogGroup",
    uses: Sequence[Usable],
) -> "aws.imagebuilder.InfrastructureConfiguration":
    """What Image Builder launches.

    Args:
        pipeline: the pipeline.
        settings: its settings.
        ground: where its servers are; the first subnet.
        order: the parameter that says which version is baked.
        logs: where a build writes its log.
        uses: what its steps read besides.
    """
    role = pipeline.child(
        aws.iam.Role,
        "role",
        Mutability.STABLE,
        named=ROLE_NAME,
    )(assume_role_policy=assume_role_policy("ec2"))
    grants = [*_own_policies(pipeline, role), _build_policy(pipeline, settings, role, order, logs, uses)]
    profile = pipeline.child(aws.iam.InstanceProfile, "profile", Mutability.STABLE, named=ROLE_NAME)(role=role.name)
    walls = make_security_group(pipeline, ground.vpc_id, "Servers that bake images", suffix="builders")
    ways = [
        pipeline.child(
            aws.vpc.SecurityGroupEgressRule,
            "egress",
            Mutability.REPLACED,
            suffix=f"egress-{port}",
        )(
            security_group_id=walls.id,
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            description=f"To port {port} everywhere",
        )
        for port in _PORTS
    ]
    return pipeline.child(
        aws.imagebuilder.InfrastructureConfiguration,
        "infrastructure",
        Mutability.VERSIONED,
        # A build that starts before its role may do anything ends with a timeout, an hour later.
        depends_on=[*grants, *ways],
    )(
        instance_profile_name=profile.name,
        instance_types=list(settings.instance_types),
        instance_metadata_options={"http_tokens": "required", "http_put_response_hop_limit": 1},
        security_group_ids=[walls.id],
        subnet_id=ground.subnet_ids.apply(lambda ids: ids[0]),
        terminate_instance_on_failure=True,
        resource_tags=pipeline.launched_tag_set(pipeline.child_name("builder"), Mutability.REPLACED),
    )


def _own_policies(pipeline: Component, role: "aws.iam.Role") -> Iterator[pulumi.Resource]:
    for suffix, name in _POLICIES.items():
        yield pipeline.child(
            aws.iam.RolePolicyAttachment,
            "role_policy",
            Mutability.REPLACED,
            suffix=f"role-{suffix}",
            tagged=False,
        )(
            role=role.name,
            policy_arn=pulumi.Output.concat("arn:", pipeline.partition.partition, ":iam::aws:policy/", name),
        )


def _build_policy(
    pipeline: Component,
    settings: ImagePipelineSettings,
    role: "aws.iam.Role",
    order: str,
    logs: "aws.cloudwatch.LogGroup",
    uses: Sequence[Usable],
) -> pulumi.Resource:
    partition = pipeline.partition.partition
    statements: list[Mapping[str, Any]] = [
        {
            "Action": "ssm:GetParameter",
            "Resource": pulumi.Output.concat("arn:", partition, ":ssm:*:*:parameter", order),
        },
        {
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": [logs.arn, pulumi.Output.concat(logs.arn, ":*")],
        },
    ]
    if settings.artifact is not None:
        objects = settings.artifact.removeprefix("s3://").replace("{version}", "*")
        statements.append(
            {"Action": "s3:GetObject", "Resource": pulumi.Output.concat("arn:", partition, f":s3:::{objects}")}
        )
    if settings.reports is not None:
        written = pulumi.Output.concat("arn:", partition, ":s3:::", settings.reports.removeprefix("s3://"), "/*")
        statements.append({"Action": "s3:PutObject", "Resource": written})
    statements += [statement for usable in uses for statement in usable.access.statements]
    return pipeline.child(
        aws.iam.RolePolicy,
        "build_policy",
        Mutability.REPLACED,
        suffix="build",
        tagged=False,
    )(role=role.id, policy=policy(*statements))
