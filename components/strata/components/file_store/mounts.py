"""Where servers reach a file system."""

from collections.abc import Sequence
from functools import partial

import pulumi_aws as aws

from strata.components.base import Component
from strata.components.network import Place, Tier
from strata.errors import UsageError
from strata.settings.models import FileStoreSettings, MountSubnets
from strata.spectrum import Mutability

__all__ = ["NFS", "mount_targets", "security_group", "tier_of"]

NFS = 2049
"""The port of NFS, which EFS cannot change."""


def tier_of(settings: FileStoreSettings) -> Tier:
    """The subnets its mount targets are in."""
    return Tier.ISOLATED if settings.subnets is MountSubnets.ISOLATED else Tier.PRIVATE


def security_group(store: Component, ground: Place) -> "aws.ec2.SecurityGroup":
    """The security group of the mount targets, without a rule: each client's component brings its own."""
    return store.child(
        aws.ec2.SecurityGroup,
        "security_group",
        Mutability.STABLE,
        suffix="mounts",
    )(
        # The description is a constant: AWS replaces a group for a new one, and one in use cannot go.
        vpc_id=ground.vpc_id,
        description="Mount targets of a Strata file store",
        revoke_rules_on_delete=True,
    )


def mount_targets(
    store: Component,
    settings: FileStoreSettings,
    ground: Place,
    system: "aws.efs.FileSystem",
    group: "aws.ec2.SecurityGroup",
) -> "list[aws.efs.MountTarget]":
    """A mount target in the first subnets of the network, one a zone."""
    return [
        store.child(
            aws.efs.MountTarget,
            "mount_target",
            Mutability.STABLE,
            suffix=f"mount-{index + 1}",
            tagged=False,
        )(
            file_system_id=system.id,
            subnet_id=ground.subnet_ids.apply(partial(_subnet, store.pulumi_resource_name, settings, index)),
            security_groups=[group.id],
        )
        for index in range(settings.zones)
    ]


def _subnet(name: str, settings: FileStoreSettings, index: int, subnet_ids: Sequence[str]) -> str:
    if index >= len(subnet_ids):
        raise UsageError(
            f"file store {name!r} wants {settings.zones} mount targets, the network has {len(subnet_ids)} "
            f"{settings.subnets} subnets",
            fix=f"Set strata:file_stores.{name}.zones to what the network has, or choose other subnets.",
        )
    return subnet_ids[index]
