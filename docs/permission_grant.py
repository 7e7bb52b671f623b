"""A row of the table of permissions, and the resources and conditions that its rows name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = [
    "ALL",
    "DEPLOYMENTS",
    "DRILLED",
    "EVERY_PARAMETER",
    "GROUPS",
    "IMAGES",
    "INSTANCES",
    "KEYS",
    "LAUNCHED",
    "MACHINES",
    "OURS",
    "PARAMETERS",
    "REPOSITORIES",
    "ROLES",
    "SECRETS",
    "SERVICES",
    "SHELL",
    "SNAPSHOTS",
    "TASKS",
    "Grant",
    "Part",
    "passed_to",
    "through",
]

ALL: Final = ("*",)
PARAMETERS: Final = ("arn:aws:ssm:*:*:parameter/strata/*",)
EVERY_PARAMETER: Final = ("arn:aws:ssm:*:*:parameter/strata", *PARAMETERS)
"""A path that is read as a whole is a resource of its own."""
IMAGES: Final = ("arn:aws:ssm:*:*:parameter/strata/images/*",)
KEYS: Final = ("arn:aws:kms:*:*:key/*",)
REPOSITORIES: Final = ("arn:aws:ecr:*:*:repository/*",)
SERVICES: Final = ("arn:aws:ecs:*:*:service/*",)
TASKS: Final = ("arn:aws:ecs:*:*:task/*",)
DEPLOYMENTS: Final = ("arn:aws:ecs:*:*:service-deployment/*",)
GROUPS: Final = ("arn:aws:autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName/*",)
INSTANCES: Final = ("arn:aws:ec2:*:*:instance/*",)
MACHINES: Final = ("arn:aws:ec2:*::image/*",)
LAUNCHED: Final = tuple(f"arn:aws:ec2:*:*:{each}/*" for each in ("instance", "volume", "network-interface"))
ROLES: Final = ("arn:aws:iam::*:role/*",)
DRILLED: Final = ("arn:aws:rds:*:*:db:*-drill",)
"""The copies that a drill makes: it always gives them such a name."""
SECRETS: Final = ("arn:aws:secretsmanager:*:*:secret:*",)
SHELL: Final = ("arn:aws:ssm:*::document/AWS-RunShellScript",)
"""A document of AWS's own: its ARN has no account."""
SNAPSHOTS: Final = ("arn:aws:ec2:*::snapshot/*",)
OURS: Final = {"Null": {"aws:ResourceTag/strata:project": "false"}}
"""Only what carries the tag that every resource of Strata has."""


def passed_to(*services: str) -> dict[str, dict[str, list[str]]]:
    """The condition under which a role may be handed over."""
    return {"StringEquals": {"iam:PassedToService": [f"{each}.amazonaws.com" for each in services]}}


def through(service: str) -> dict[str, dict[str, str]]:
    """The condition under which a key is used by a service for the caller, and never by the caller itself."""
    return {"StringLike": {"kms:ViaService": f"{service}.*.amazonaws.com"}}


@dataclass(frozen=True)
class Grant:
    """One action of IAM.

    Args:
        action: as IAM names it, such as `ssm:GetParameters`.
        why: what it is for; and what happens without it, where that is only a warning.
        on: ARNs of the resources. Default: all, as for every action that AWS cannot limit.
        where: the condition of the policy.
        within: no call has this name. AWS asks for it in the call of this other action, or a call that is made behaves
            differently without it. Default: it is asked for by the call of its own name.
    """

    action: str
    why: str
    on: tuple[str, ...] = ALL
    where: Mapping[str, Mapping[str, str | list[str]]] = field(default_factory=dict[str, dict[str, str | list[str]]])
    within: str = ""


@dataclass(frozen=True)
class Part:
    """Something that commands do.

    Args:
        title: what it is, as a heading.
        grants: what it needs.
    """

    title: str
    grants: tuple[Grant, ...]
