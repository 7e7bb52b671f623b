"""Security groups, and the rules that let one group's members reach another's."""

import pulumi
import pulumi_aws as aws

from strata.components.base import Component
from strata.spectrum import Mutability

__all__ = ["let_in", "make_security_group"]


def make_security_group(
    component: Component,
    vpc_id: pulumi.Input[str],
    description: str,
    *,
    suffix: str,
    key: str = "security_group",
    mutability: Mutability = Mutability.STABLE,
) -> "aws.ec2.SecurityGroup":
    """A security group of a component, still without a rule.

    Args:
        component: whose child it is.
        vpc_id: the VPC it is in.
        description: a constant, never made of a name: AWS replaces a group whose description changes, and one in use
            cannot go.
        suffix: what follows the component's name in its own.
        key: its name in `overrides`.
        mutability: its class on the spectrum.
    """
    return component.child(aws.ec2.SecurityGroup, key, mutability, suffix=suffix)(
        vpc_id=vpc_id, description=description, revoke_rules_on_delete=True
    )


def let_in(
    component: Component,
    key: str,
    *,
    source: pulumi.Input[str],
    into: pulumi.Input[str],
    port: pulumi.Input[int],
    description: str,
    suffix: str | None = None,
) -> "aws.vpc.SecurityGroupIngressRule":
    """The rule that lets the members of one security group reach a TCP port of another's.

    Args:
        component: whose child it is.
        key: its name in `overrides`.
        source: id of the group whose members may come in.
        into: id of the group that lets them in.
        port: the port.
        description: as AWS shows it.
        suffix: what follows the component's name in the rule's. Default: the key.
    """
    return component.child(aws.vpc.SecurityGroupIngressRule, key, Mutability.REPLACED, suffix=suffix)(
        security_group_id=into,
        referenced_security_group_id=source,
        description=description,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
    )
