"""Policy documents that hold in every partition."""

from collections.abc import Mapping
from typing import Any

import pulumi

from strata.aws.facts.partitions import SERVICE_PRINCIPALS

__all__ = ["assume_role_policy", "policy"]

_VERSION = "2012-10-17"


def policy(*statements: Mapping[str, Any]) -> pulumi.Output[str]:
    """A policy document that allows what the statements name.

    Args:
        statements: IAM statements; `Effect` is Allow unless given. Values may be outputs.
    """
    return pulumi.Output.json_dumps(
        {"Version": _VERSION, "Statement": [{"Effect": "Allow", **statement} for statement in statements]}
    )


def assume_role_policy(service: str) -> pulumi.Output[str]:
    """The document that lets an AWS service take on a role.

    Args:
        service: the service's short name, such as ec2.
    """
    return policy({"Action": "sts:AssumeRole", "Principal": {"Service": f"{service}.{SERVICE_PRINCIPALS}"}})
